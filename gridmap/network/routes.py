"""The walk from a place to the nearest of some others, for askers to whom different gates open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components
from shapely import LineString

from gridmap.domain.district import District
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.network.graph import WalkGraph, walk_graph
from gridmap.network.legs import Legs
from gridmap.network.segments import Floats, Ints, as_lines
from gridmap.network.shortest import Flags, from_landmarks, path, shortest
from gridmap.network.survey import known, usable_gates

NOBODY: frozenset[str] = frozenset()

INSIDE_M = 0.5
"""So far inside its boundary a compound that nobody surveyed begins: walks along the boundary are not through it."""


class Passage(NamedTuple):
    """A gate on a walk: its code, and how many metres from the start."""

    code: str
    at_m: float


@dataclass(frozen=True)
class Walk:
    """One walk: its length in metres, its line, and which of the targets it leads to."""

    length_m: float
    line: LineString
    target: int
    _gates_on: Callable[[LineString], tuple[Passage, ...]] = field(repr=False)

    @cached_property
    def gates(self) -> tuple[Passage, ...]:
        """The gates it passes, in order; looked for when they are asked for."""
        return self._gates_on(self.line)


class Routes:
    """Walks in a district, for every asker from one graph.

    Public gates are open to everybody. Every other gate is a node of the graph that is barred unless the walk's asker
    may pass it, which is decided at each walk, by the rule of `usable_gates`.

    Parameters
    ----------
    district
        In metres.
    """

    def __init__(self, district: District, *, numbers: Numbers = DEFAULT_NUMBERS) -> None:
        self.graph: WalkGraph = walk_graph(district, latch=True, numbers=numbers)
        walls, matrix = self.graph.walls, self.graph.matrix
        self._indptr = matrix.indptr.astype(np.int64)
        self._indices = matrix.indices.astype(np.int64)
        latched = np.flatnonzero(np.append(walls.latched, False)[self.graph.gate_of])
        self._latched: Ints = latched
        # a gate may stand on several nodes' place, and each is its own
        self._latched_gate: Ints = self.graph.gate_of[latched]
        # of a gate that stands beside its boundary and on it, the one that was drawn is walked up to
        with_node = np.flatnonzero(self.graph.gate_of >= 0)[::-1]
        self._gate_codes = walls.gates["code"].to_numpy()
        self._gate_points = walls.gates.geometry.to_numpy()
        self._compound_codes = walls.compounds["code"].to_numpy()
        self._node_of = dict(zip(self._gate_codes[self.graph.gate_of[with_node]], with_node, strict=True))
        looked = known(walls.compounds, walls.gates, walls.compounds, walls.gate_compounds).to_numpy(dtype=bool)
        self._unknown: Ints = np.flatnonzero(~looked)
        shapes = walls.compounds.geometry.to_numpy()
        self._compound_tree = shapely.STRtree(shapes)
        self._unknown_tree = shapely.STRtree(shapely.buffer(shapes[self._unknown], -INSIDE_M))
        self._door_tree = shapely.STRtree(as_lines(walls.doors_p, walls.doors_q))
        self._public: Flags = np.zeros(len(self.graph.xy), np.bool_)
        self._public[latched] = True
        self._public.flags.writeable = False
        self._shut: Flags = self._through_unknown()
        everything = np.zeros(len(self._indices), np.bool_)
        self._open_part, self._surveyed_part = self._parts_of(everything), self._parts_of(self._shut)
        self._far = from_landmarks(matrix, self.graph.xy)
        surveyed = csr_matrix((np.where(self._shut, np.inf, matrix.data), matrix.indices, matrix.indptr), matrix.shape)
        self._surveyed_far = from_landmarks(surveyed, self.graph.xy)

    def places(self, xy: Floats) -> Legs:
        """Places (n, 2), metres, to walk from or to: for what is asked more than once of them."""
        return self.graph.legs(xy)

    def to_places(
        self,
        start: Floats | Legs,
        targets: Floats | Legs,
        *,
        opened: frozenset[str] = NOBODY,
        surveyed_only: bool = False,
    ) -> Walk | None:
        """The shortest walk to the nearest of these places; None where there is no way to any.

        Parameters
        ----------
        start, targets
            Places (2,) and (n, 2), metres, or what `places` gave for them.
        opened
            Codes of the compounds whose residents' gates open to the asker.
        surveyed_only
            Not through compounds that nobody has surveyed: the way that holds even if they turn out walled.
        """
        barred = self._barred(opened)
        end = self._legs(targets)
        # who leaves the graph at a barred gate has passed it
        return self._walk(start, _only(end, ~barred[end.node]), barred, surveyed_only)

    def to_gates(
        self,
        start: Floats | Legs,
        codes: tuple[str, ...],
        *,
        opened: frozenset[str] = NOBODY,
        surveyed_only: bool = False,
    ) -> Walk | None:
        """As `to_places`, up to the nearest of these gates, whether it opens or not; the gate itself isn't passed."""
        row = np.array([k for k, code in enumerate(codes) if code in self._node_of], dtype=np.int64)
        nodes = np.array([self._node_of[codes[k]] for k in row], dtype=np.int64)
        xy = np.full((len(codes), 2), np.nan)
        xy[row] = self.graph.xy[nodes]
        none, off = np.full(len(codes), -1, np.int64), np.full(len(codes), np.nan)
        there = Legs(row, nodes, np.zeros(len(nodes)), xy, xy, none, none, off, off, xy)
        return self._walk(start, there, self._barred(opened), surveyed_only)

    def compounds_at(self, place: Floats) -> tuple[str, ...]:
        """Codes of the compounds in which a place (2,) lies."""
        rows = self._compound_tree.query(shapely.Point(place), "intersects")
        return tuple(self._compound_codes[np.sort(rows)])

    def unsurveyed(self, line: LineString) -> tuple[str, ...]:
        """Codes of the compounds that nobody has surveyed and that a walk leads through, in the order of the data."""
        rows = np.unique(self._unknown[self._unknown_tree.query(_segments(line), "intersects")[1]])
        return tuple(self._compound_codes[rows])

    def _legs(self, places: Floats | Legs) -> Legs:
        return places if isinstance(places, Legs) else self.graph.legs(places)

    def _walk(self, start: Floats | Legs, end: Legs, barred: Flags, surveyed_only: bool) -> Walk | None:
        begin = self._legs(start)
        begin = _only(begin, ~barred[begin.node])
        if surveyed_only:
            begin, end = self._surveyed(begin), self._surveyed(end)
        direct = self.graph.direct(begin, end)
        nearest = int(np.argmin(direct)) if len(direct) else 0
        straight = float(direct[nearest]) if len(direct) else np.inf
        metres, leg, before = np.inf, -1, np.empty(0, np.int64)
        if self._joined(begin, end, barred, self._surveyed_part if surveyed_only else self._open_part):
            metres, leg, before = shortest(
                self._indptr,
                self._indices,
                self.graph.matrix.data,
                self._surveyed_far if surveyed_only else self._far,
                barred,
                self._shut if surveyed_only else np.empty(0, np.bool_),
                begin.node,
                begin.metres,
                end.node,
                end.metres,
            )
        if not np.isfinite(min(metres, straight)):
            return None
        if straight <= metres:
            in_sight = straight <= np.hypot(*(end.xy[nearest] - begin.xy[0])) + 1e-9
            between = [] if in_sight else [begin.foot[0], end.foot[nearest]]
            line = LineString(np.array([begin.xy[0], *between, end.xy[nearest]]))
            return Walk(straight, line, nearest, self._gates_on)
        target = int(end.place[leg])
        line = self._line(begin, end, target, path(before, int(end.node[leg])))
        return Walk(float(metres), line, target, self._gates_on)

    def _barred(self, opened: frozenset[str]) -> Flags:
        """The nodes that an asker to whom these compounds' residents' gates open can't walk through."""
        if not opened:
            return self._public
        usable = usable_gates(self.graph.walls.gates, asker="residents", residents_of=opened)
        barred = np.zeros(len(self.graph.xy), np.bool_)
        barred[self._latched[~usable[self._latched_gate]]] = True
        return barred

    def _parts_of(self, shut: Flags) -> Ints:
        """The connected part that each node is in for the public, with these edges shut."""
        matrix = self.graph.matrix.tocoo()
        free = ~(shut | self._public[matrix.row] | self._public[matrix.col])
        links = coo_matrix((np.ones(free.sum()), (matrix.row[free], matrix.col[free])), shape=matrix.shape)
        return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)

    def _joined(self, begin: Legs, end: Legs, barred: Flags, part: Ints) -> bool:
        """Whether there can be a way: from the parts of the public's graph, which opened gates join."""

        def around(node: int) -> set[int]:
            beside = self._indices[self._indptr[node] : self._indptr[node + 1]]
            return {int(part[node]), *(int(one) for one in part[beside])}

        reached = {int(part[node]) for node in begin.node}
        opens = [around(int(node)) for node in self._latched if not barred[node]]
        while True:
            joined = [parts for parts in opens if parts & reached]
            if not joined:
                break
            opens = [parts for parts in opens if not parts & reached]
            reached.update(*joined)
        ends = (around(int(node)) if barred[node] else {int(part[node])} for node in end.node)
        return any(parts & reached for parts in ends)

    def _through_unknown(self) -> Flags:
        """The entries of the matrix that lead through compounds that nobody has surveyed."""
        matrix = self.graph.matrix.tocoo()
        lines = as_lines(self.graph.xy[matrix.row], self.graph.xy[matrix.col])
        through = np.zeros(len(lines), np.bool_)
        through[self._unknown_tree.query(lines, "intersects")[0]] = True
        # a way may run along the boundary; a straight line that ends there is one across the compound
        ways = self.graph.edge_ends.max(initial=-1)
        straight = np.flatnonzero(np.maximum(matrix.row, matrix.col) > ways)
        shapes = self.graph.walls.compounds.geometry.to_numpy()[self._unknown]
        through[straight[shapely.STRtree(shapes).query(lines[straight], "intersects")[0]]] = True
        return through

    def _surveyed(self, legs: Legs) -> Legs:
        """The legs that don't lead through compounds that nobody has surveyed."""
        by_way = self._by_way(legs)
        place, node = legs.xy[legs.place], self.graph.xy[legs.node]
        bend = np.where(by_way[:, None], legs.foot[legs.place], place)
        lines = np.asarray(shapely.linestrings(np.stack([place, bend, node], axis=1)), dtype=object)
        through = np.zeros(len(lines), np.bool_)
        through[self._unknown_tree.query(lines, "intersects")[0]] = True
        return _only(legs, ~through)

    def _by_way(self, legs: Legs) -> Flags:
        """Which legs lead to an end of the edge that their place joins, not straight to their node."""
        edge = legs.edge[legs.place]
        return np.asarray((edge >= 0) & (self.graph.edge_ends[edge] == legs.node[:, None]).any(axis=1), dtype=bool)

    def _line(self, begin: Legs, end: Legs, target: int, nodes: Ints) -> LineString:
        """The line along these nodes; a leg that joins an edge between its nodes bends at its foot."""
        ends = self.graph.edge_ends
        points = [begin.xy[0]]
        if begin.edge[0] >= 0 and nodes[0] in ends[begin.edge[0]]:
            points.append(begin.foot[0])
        points += list(self.graph.xy[nodes])
        if end.edge[target] >= 0 and nodes[-1] in ends[end.edge[target]]:
            points.append(end.foot[target])
        return LineString(np.array([*points, end.xy[target]]))

    def _gates_on(self, line: LineString) -> tuple[Passage, ...]:
        walls = self.graph.walls
        pieces = _segments(line)
        piece, passed = self._door_tree.query(pieces, "intersects")
        if len(passed) == 0:
            return ()
        crossing = shapely.intersection(self._door_tree.geometries[passed], pieces[piece])
        gates = np.unique(walls.door_gate[passed])
        points = self._gate_points[gates]
        nearest = gates[np.argmin(shapely.distance(crossing[:, None], points[None, :]), axis=1)]
        length = shapely.length(pieces)
        before = (np.cumsum(length) - length)[piece]
        where = before + shapely.line_locate_point(pieces[piece], shapely.point_on_surface(crossing))
        first: dict[str, float] = {}
        for row in np.argsort(where, kind="stable"):
            first.setdefault(str(self._gate_codes[nearest[row]]), float(where[row]))
        return tuple(Passage(code, at) for code, at in first.items())


def _only(legs: Legs, keep: Flags) -> Legs:
    """The places with these legs only."""
    return legs._replace(place=legs.place[keep], node=legs.node[keep], metres=legs.metres[keep])


def _segments(line: LineString) -> NDArray[np.object_]:
    xy = shapely.get_coordinates(line)
    return as_lines(xy[:-1], xy[1:])
