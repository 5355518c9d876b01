"""The walk graph: distances and routes on foot between any places of a district."""

from __future__ import annotations

import copy
from functools import cached_property
from typing import Literal

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_matrix, csr_matrix, hstack, vstack
from scipy.sparse.csgraph import connected_components, dijkstra

from gridmap.domain.district import District
from gridmap.domain.errors import InputError
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.network.building import FACING_M, STRAIGHT_M, Edges, Parts, assemble, way_edges
from gridmap.network.joining import Joins, join_nearest
from gridmap.network.legs import Legs
from gridmap.network.pairs import PairSearch, Wanted
from gridmap.network.search import FREE, SHUT
from gridmap.network.segments import Floats, Ints, as_lines, repeated
from gridmap.network.survey import gate_owners, require_metric
from gridmap.network.walls import Walls, find_walls
from gridmap.network.yards import Yards

CHUNK = 4_000_000
"""Distances computed at once."""


class WalkGraph:
    """Where people on foot can go, for one asker and one state of what nobody surveyed.

    Attributes
    ----------
    xy
        Nodes (n, 2), metres: way ends and crossings, gates, corners of compounds.
    matrix
        scipy CSR (n, n), symmetric: metres between neighbouring nodes.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.xy: Floats = parts.edges.xy
        ends = np.concatenate([parts.edges.ends, parts.links])
        metres = np.concatenate([np.hypot(*(parts.edges.q - parts.edges.p).T), parts.link_m])
        # a link of no length would vanish from a sparse matrix
        metres = np.maximum(metres, 1e-6)
        count = len(self.xy)
        key, first = np.unique(ends.min(axis=1) * count + ends.max(axis=1), return_inverse=True)
        pairs = np.stack([key // max(count, 1), key % max(count, 1)], axis=1)
        least = np.full(len(pairs), np.inf)
        np.minimum.at(least, first, metres)
        rows, cols = np.concatenate([pairs, pairs[:, ::-1]]).T
        self.matrix: csr_matrix = coo_matrix(
            (np.concatenate([least, least]), (rows, cols)), shape=(len(self.xy), len(self.xy))
        ).tocsr()

    def with_matrix(self, matrix: csr_matrix) -> WalkGraph:
        """The same places with other metres between them; all that follows from these is found anew."""
        other = copy.copy(self)
        other.matrix = matrix
        for name, value in vars(type(self)).items():
            if isinstance(value, cached_property):
                other.__dict__.pop(name, None)
        return other

    @property
    def yards(self) -> Yards:
        """The land of compounds between walls."""
        return self._parts.ground.yards

    @property
    def gate_of(self) -> Ints:
        """The row of the gate at each node, (n,), -1 for none."""
        return self._parts.gate_of

    @cached_property
    def locks(self) -> Ints:
        """Who passes each node, (n,): -1 anybody, -2 nobody, else the row of the compound whose residents do.

        Only a graph that is made with `latch` has others than -1.
        """
        walls = self._parts.walls
        of_gate = np.full(len(walls.gates) + 1, FREE, np.int64)
        latched = np.flatnonzero(walls.latched)
        owner = gate_owners(walls.gates, walls.gate_compounds)[latched]
        theirs = (walls.gates["access"] == "residents").to_numpy(dtype=bool)[latched] & (owner >= 0)
        of_gate[latched] = np.where(theirs, owner, SHUT)
        return of_gate[self.gate_of]

    @property
    def edge_ends(self) -> Ints:
        """The nodes at both ends of each edge of the ways, (m, 2)."""
        return self._parts.edges.ends

    @property
    def walls(self) -> Walls:
        """What stops walkers, and the compounds and gates that it is of."""
        return self._parts.walls

    @property
    def edge_tree(self) -> shapely.STRtree:
        """The edges of the ways, as `edge_ends`, to look for those near a place."""
        return self._parts.ground.edge_tree

    @property
    def ways(self) -> Edges:
        """The walkable ways as `way_edges` gives them, walls or not."""
        return self._parts.ways

    @cached_property
    def way_pieces(self) -> Ints:
        """The piece of the network of ways that each node lies on, (n,), walls or not; -1 for nodes off the ways."""
        ways = self._parts.ways
        count = len(ways.xy)
        found = np.full(len(self.xy), -1, np.int64)
        if count == 0:
            return found
        links = coo_matrix((np.ones(len(ways.ends)), (ways.ends[:, 0], ways.ends[:, 1])), shape=(count, count))
        found[:count] = connected_components(links, directed=False)[1]
        # nodes where walls and legs cut a way come after its own
        cuts = np.unique(self.edge_ends[self.edge_ends >= count])
        tree = shapely.STRtree(as_lines(ways.p, ways.q))
        found[cuts] = found[ways.ends[tree.nearest(shapely.points(self.xy[cuts])), 0]]
        return found

    def open_gates(self) -> Floats:
        """Where the gates are that let the asker through, (n, 2)."""
        walls = self._parts.walls
        return np.asarray(shapely.get_coordinates(walls.gates.geometry.to_numpy()[walls.usable]))

    def clear(self, start: Floats, end: Floats) -> NDArray[np.bool_]:
        """Whether nothing stands between places (n, 2) on land that no enclosed compound takes."""
        return self._parts.ground.clear(start, end, np.full(len(start), -1))

    def legs(self, places: ArrayLike) -> Legs:
        """How places (n, 2) reach the graph."""
        xy = _places(places)
        yard = self.yards.locate(xy)
        region = self.yards.shut(yard)
        joins = join_nearest(self._parts.ground, xy, region)
        straight = self._straight(xy, xy, yard, joins.edge >= 0)
        return self._legs(xy, xy, yard, joins, [straight])

    def legs_of_opening(self, gates: Floats, seen: Floats, yard: Ints, *, reach: float) -> Legs:
        """How gates (n, 2) that there could be reach the graph on one side, as those do that there are.

        Parameters
        ----------
        gates
            Where they are; lengths count from there.
        seen
            Where one stands just inside or outside.
        yard
            The yard on this side, -1 for none.
        reach
            Metres to the nearest way.
        """
        parts = self._parts
        region = self.yards.shut(yard)
        joins = join_nearest(parts.ground, seen, region, reach=reach)
        own = _take(parts.own_ways, region, True)
        joins.edge[~own] = -1
        point, place = shapely.STRtree(np.asarray(shapely.points(parts.open_seen), dtype=object)).query(
            shapely.points(seen), "dwithin", FACING_M
        )
        outside = region[point] < 0
        point, place = point[outside], place[outside]
        clear = parts.ground.clear(seen[point], parts.open_seen[place], np.full(len(point), -1))
        node = parts.open_node[place[clear]]
        facing = (point[clear], node, np.hypot(*(self.xy[node] - gates[point[clear]]).T))
        return self._legs(gates, seen, yard, joins, [self._straight(gates, seen, yard, joins.edge >= 0), facing])

    def _legs(
        self, xy: Floats, seen: Floats, yard: Ints, joins: Joins, straight: list[tuple[Ints, Ints, Floats]]
    ) -> Legs:
        """The legs of places from where they join the ways and the nodes that they see."""
        edges = self._parts.edges
        place = np.flatnonzero(joins.edge >= 0)
        edge, at = joins.edge[place], joins.at[place]
        p, q = edges.xy[edges.ends[edge, 0]], edges.xy[edges.ends[edge, 1]]
        foot = xy.copy()
        foot[place] = p + at[:, None] * (q - p)
        off = np.hypot(*(foot[place] - xy[place]).T)
        metres = np.hypot(*(q - p).T)
        rows = np.concatenate([place, place, *(found[0] for found in straight)])
        order = np.argsort(rows, kind="stable")
        along_m, off_m = np.full(len(xy), np.nan), np.full(len(xy), np.inf)
        along_m[place], off_m[place] = at * metres, off
        return Legs(
            rows[order],
            np.concatenate([*edges.ends[edge].T, *(found[1] for found in straight)])[order],
            np.concatenate([off + at * metres, off + (1 - at) * metres, *(found[2] for found in straight)])[order],
            xy,
            seen,
            yard,
            joins.edge,
            along_m,
            off_m,
            foot,
        )

    def _straight(self, xy: Floats, seen: Floats, yard: Ints, joined: NDArray[np.bool_]) -> tuple[Ints, Ints, Floats]:
        """Straight lines from places in yards to the gates, corners and exits that they see."""
        anchors, yards = self._parts.anchors, self.yards
        order, by_yard = self._anchors_by_yard
        inside = np.flatnonzero(yard >= 0)
        low = np.searchsorted(by_yard, yard[inside], side="left")
        row, pick = repeated(low, np.searchsorted(by_yard, yard[inside], side="right") - low)
        place, anchor = inside[row], order[pick]
        metres = np.hypot(*(self.xy[anchors.node[anchor]] - xy[place]).T)
        own = _take(self._parts.own_ways, yard[place], False) & joined[place]
        keep = ~own | (metres <= STRAIGHT_M)
        place, anchor, metres = place[keep], anchor[keep], metres[keep]
        good = yards.sees(yard[place], seen[place], anchors.seen[anchor])
        return place[good], anchors.node[anchor[good]], metres[good]

    @cached_property
    def _anchors_by_yard(self) -> tuple[Ints, Ints]:
        """The anchors' numbers sorted by their yards, and those yards."""
        order = np.argsort(self._parts.anchors.yard, kind="stable")
        return order, self._parts.anchors.yard[order]

    def distances(self, sources: ArrayLike, targets: ArrayLike, *, limit: float | None = None) -> Floats:
        """Metres on foot from each source to each target.

        Parameters
        ----------
        sources, targets
            Places (n, 2) and (m, 2), metres.
        limit
            Metres; longer walks are not looked for.

        Returns
        -------
        (n, m); inf where there is no way through, or none within the limit.
        """
        start, end = self.legs(sources), self.legs(targets)
        if len(start.xy) > len(end.xy):
            return self.between(end, start, limit=limit).T
        return self.between(start, end, limit=limit)

    def between(self, start: Legs, end: Legs, *, limit: float | None = None) -> Floats:
        """As `distances`, between places whose legs are known."""
        result = self._direct_all(start, end)
        reach = np.inf if limit is None else limit
        n, step = len(self.xy), max(1, CHUNK // max(len(self.xy), 1))
        first = np.flatnonzero(np.diff(end.place, prepend=-1))
        for low in range(0, len(start.xy) if len(first) else 0, step):
            rows = np.arange(low, min(low + step, len(start.xy)))
            mine = np.flatnonzero((start.place >= rows[0]) & (start.place <= rows[-1]))
            out = coo_matrix(
                (np.maximum(start.metres[mine], 1e-6), (start.place[mine] - low, start.node[mine])),
                shape=(len(rows), n),
            ).tocsr()
            whole = vstack(
                [hstack([self._public, csr_matrix((n, len(rows)))]), hstack([out, csr_matrix((len(rows),) * 2)])]
            )
            reached = dijkstra(whole.tocsr(), indices=n + np.arange(len(rows)), limit=reach)[:, :n]
            through = np.minimum.reduceat(reached[:, end.node] + end.metres, first, axis=1)
            hit = end.place[first]
            result[np.ix_(rows, hit)] = np.minimum(result[np.ix_(rows, hit)], through)
        result[result > reach] = np.inf
        return result

    def pair_walks(
        self,
        start: Legs,
        end: Legs,
        source: Ints,
        target: Ints,
        *,
        other_side: Legs | None = None,
        limit: float | Floats | None = None,
        keys: Ints | None = None,
        everybody: bool = False,
        together: Ints | None = None,
    ) -> Floats:
        """Metres on foot of single pairs (k,): from row `source` of `start` to row `target` of `end`; inf for none.

        For many sources with a few targets each. The first call in a process compiles.

        Parameters
        ----------
        other_side
            Legs that the places of `start` have besides, as gates have on both sides.
        limit
            Metres; one for all or one for each row of `start`.
        keys
            In a graph with latched gates: of which compound (its row; -1: none) the residents' gates open to each row
            of `start`.
        everybody
            All latched gates open, closed ones too.
        together
            Of each pair a number; targets of pairs of one number stand near each other, which makes it faster to look
            for long walks.
        """
        reach = np.broadcast_to(np.float64(np.inf if limit is None else limit), len(start.xy)).astype(np.float64)
        wanted = Wanted(
            source,
            target,
            np.zeros(len(source), np.int64) if together is None else together,
            start[:3] if other_side is None else start.nodes_with(other_side),
            reach,
            np.full(len(start.xy), FREE, np.int64) if keys is None or everybody else np.array(keys, np.int64),
        )
        walks = (self._open_pairs if everybody else self._pairs).walks(wanted, end)
        for side in (start,) if other_side is None else (start, other_side):
            walks = np.minimum(walks, self._direct(side, end, source, target))
        walks[walks > reach[source]] = np.inf
        return walks

    @cached_property
    def _pairs(self) -> PairSearch:
        return PairSearch(self.xy, self.matrix, self.public_parts, self.locks, self._joined)

    @cached_property
    def _open_pairs(self) -> PairSearch:
        """Where all latched gates are open."""
        free = np.full_like(self.locks, FREE)
        return PairSearch(self.xy, self.matrix, self.parts, free, self._joined)

    def nearest(self, places: ArrayLike, sites: ArrayLike) -> Floats:
        """Metres on foot from each place (n, 2) to the nearest of the sites (m, 2); inf where none can be reached."""
        start, end = self.legs(places), self.legs(sites)
        return self.nearest_of(start, end)

    def nearest_of(self, start: Legs, end: Legs, *, keys: Ints | None = None, end_keys: Ints | None = None) -> Floats:
        """As `nearest`, between places whose legs are known.

        `keys` and `end_keys`, as in `pair_walks`: whose residents' gates open to those who set out, and to all who
        come to each site.
        """
        result = np.full(len(start.xy), np.inf)
        source, target = _side_by_side(start, end)
        np.minimum.at(result, source, self._direct(start, end, source, target))
        if len(end.node) == 0 or len(start.node) == 0:
            return result
        end = end if end_keys is None else self._let_in(end, end_keys)
        reached = self._from_nearest(end)
        np.minimum.at(result, start.place, reached[start.node] + start.metres)
        if keys is None:
            return result
        # who has a key passes a gate of theirs for the last time, and from there on walks as everybody does
        gate, beside, metres = self._beyond_gates
        beyond = np.full(len(self.xy), np.inf)
        np.minimum.at(beyond, gate, reached[beside] + metres)
        place, node, walk = self._to_own_gates(start, keys)
        np.minimum.at(result, place, walk + beyond[node])
        return result

    def _let_in(self, sites: Legs, keys: Ints) -> Legs:
        """The sites with legs through the gates that these keys open, to the nodes beyond."""
        place, node, walk = self._to_own_gates(sites, keys)
        gate, beside, metres = self._beyond_gates
        low = np.searchsorted(gate, node)
        row, pick = repeated(low, np.searchsorted(gate, node, side="right") - low)
        more = (place[row], beside[pick], walk[row] + metres[pick])
        both = [np.concatenate(columns) for columns in zip(sites[:3], more, strict=True)]
        order = np.argsort(both[0], kind="stable")
        return sites._replace(place=both[0][order], node=both[1][order], metres=both[2][order])

    def _to_own_gates(self, places: Legs, keys: Ints) -> tuple[Ints, Ints, Floats]:
        """Walks from places to the latched gates of their keys: the place's row, the gate's node, metres."""
        gate = np.flatnonzero(self.locks >= 0)
        gate = gate[np.argsort(self.locks[gate], kind="stable")]
        low = np.searchsorted(self.locks[gate], keys)
        size = np.where(keys >= 0, np.searchsorted(self.locks[gate], keys, side="right") - low, 0)
        place, pick = repeated(low, size)
        return place, gate[pick], self.pair_walks(places, self._at_nodes(gate), place, pick, keys=keys)

    def _at_nodes(self, nodes: Ints) -> Legs:
        """The legs of places that are nodes of the graph."""
        count, xy = len(nodes), self.xy[nodes]
        none, off = np.full(count, -1, np.int64), np.full(count, np.nan)
        return Legs(np.arange(count), nodes, np.zeros(count), xy, xy, none, none, off, off, xy)

    @cached_property
    def _beyond_gates(self) -> tuple[Ints, Ints, Floats]:
        """The edges from gates with a key to nodes that everybody passes, sorted by gate: gate, node, metres."""
        entries = self.matrix.tocsr().tocoo()
        out = (self.locks[entries.row] >= 0) & (self.locks[entries.col] == FREE)
        order = np.argsort(entries.row[out], kind="stable")
        columns = (entries.row[out].astype(np.int64), entries.col[out].astype(np.int64), entries.data[out])
        return columns[0][order], columns[1][order], columns[2][order]

    def _from_nearest(self, end: Legs) -> Floats:
        """Metres from each node to the nearest of these places, through gates that open to everybody."""
        n = len(self.xy)
        # the nearest leg of any site to a node counts, and a sparse sum would add them up
        least = np.full(n, np.inf)
        np.minimum.at(least, end.node, np.maximum(end.metres, 1e-6))
        hit = np.flatnonzero(np.isfinite(least))
        out = coo_matrix((least[hit], (np.full(len(hit), n), hit)), shape=(n + 1, n + 1))
        base = self._public.copy()
        base.resize((n + 1, n + 1))
        reached = np.asarray(dijkstra(base + out.tocsr(), indices=n)[:n], dtype=np.float64)
        # a site may have a leg to a latched gate, which nobody passes who has no key
        reached[self.locks != FREE] = np.inf
        return reached

    @cached_property
    def parts(self) -> Ints:
        """The connected part of the network that each node is in, (n,) numbers from 0; latched gates join parts."""
        return np.asarray(connected_components(self.matrix, directed=False)[1], dtype=np.int64)

    @cached_property
    def _public(self) -> csr_matrix:
        """The matrix without the edges at latched gates."""
        shut = self.locks != FREE
        if not shut.any():
            return self.matrix
        entries = self.matrix.tocoo()
        free = ~(shut[entries.row] | shut[entries.col])
        return coo_matrix((entries.data[free], (entries.row[free], entries.col[free])), shape=entries.shape).tocsr()

    @cached_property
    def public_parts(self) -> Ints:
        """The connected part that each node is in where latched gates are shut."""
        return np.asarray(connected_components(self._public, directed=False)[1], dtype=np.int64)

    @cached_property
    def _joined(self) -> tuple[Ints, Ints, Ints]:
        """Where each key's rows start, of these the parts that its gates touch, and a number, the same for those that
        they join."""
        entries = self.matrix.tocoo()
        lock, beyond = self.locks[entries.row], self.locks[entries.col]
        passed = (lock >= 0) & ((beyond == FREE) | (beyond == lock))
        own = np.flatnonzero(self.locks >= 0)
        key = np.concatenate([lock[passed], self.locks[own]])
        ends = np.concatenate([np.stack([entries.row, entries.col])[:, passed], np.stack([own, own])], axis=1)
        part = self.public_parts[ends]
        pairs, row = np.unique(np.stack([np.tile(key, 2), part.reshape(-1)], axis=1), axis=0, return_inverse=True)
        a, b = row.reshape(2, -1)
        links = coo_matrix((np.ones(len(a)), (a, b)), shape=(len(pairs), len(pairs)))
        room = connected_components(links, directed=False)[1].astype(np.int64)
        starts = np.searchsorted(pairs[:, 0], np.arange(key.max(initial=-1) + 2))
        return starts, np.ascontiguousarray(pairs[:, 1]), room

    def _direct(self, start: Legs, end: Legs, source: Ints, target: Ints) -> Floats:
        """Metres of pairs that need no node between them: in one place, on one edge, or in sight within one yard."""
        a, b = source, target
        line = np.hypot(*(start.xy[a] - end.xy[b]).T)
        result = np.where(line == 0, 0.0, np.inf)
        edge = np.flatnonzero((start.edge[a] == end.edge[b]) & (start.edge[a] >= 0) & (line > 0))
        i, j = a[edge], b[edge]
        result[edge] = start.off_m[i] + end.off_m[j] + np.abs(start.along_m[i] - end.along_m[j])
        own = _take(self._parts.own_ways, start.yard[a], False)
        sight = (start.yard[a] == end.yard[b]) & (start.yard[a] >= 0) & (line < result) & (~own | (line <= STRAIGHT_M))
        sight = np.flatnonzero(sight)
        seen = sight[self.yards.sees(start.yard[a[sight]], start.seen[a[sight]], end.seen[b[sight]])]
        result[seen] = line[seen]
        return result

    def direct(self, start: Legs, end: Legs) -> Floats:
        """Metres from one place, `start`, to each of `end` where no node is needed between: on one edge, or in sight
        within one yard; inf to the others."""
        to = np.arange(len(end.xy))
        return self._direct(start, end, np.zeros(len(to), np.int64), to)

    def _direct_all(self, start: Legs, end: Legs) -> Floats:
        result = np.full((len(start.xy), len(end.xy)), np.inf)
        source, target = _side_by_side(start, end)
        result[source, target] = self._direct(start, end, source, target)
        return result


def _side_by_side(start: Legs, end: Legs) -> tuple[Ints, Ints]:
    """The pairs that may need no node between them: on one edge, in one yard, or in one place."""
    _, place = np.unique(np.concatenate([start.xy, end.xy]), axis=0, return_inverse=True)
    places = place.reshape(-1)
    same = [
        _pairs(start.edge, end.edge),
        _pairs(start.yard, end.yard),
        _pairs(places[: len(start.xy)], places[len(start.xy) :]),
    ]
    source, target = (np.concatenate(rows) for rows in zip(*same, strict=True))
    return source, target


def walk_graph(
    district: District,
    *,
    asker: Literal["public", "residents"] = "public",
    unsurveyed: Literal["open", "sealed"] = "open",
    residents_of: frozenset[str] | None = None,
    numbers: Numbers = DEFAULT_NUMBERS,
    ways: Edges | None = None,
    latch: bool = False,
) -> WalkGraph:
    """The walk graph of a district (DESIGN section 9).

    People walk along walkable ways, noded where they cross except at bridges and tunnels. A barrier, and the boundary
    of an enclosed compound, is passed only within `gate_reach_m` of a gate that lets the asker through, or on a bridge
    or in a tunnel. Inside a compound people walk its own ways and straight lines that stay inside, up to 150 m, or any
    length where it has no ways. A place off the ways joins the nearest one by a straight line that crosses no wall.

    Parameters
    ----------
    district
        In metres.
    asker
        `public` passes public gates, `residents` residents' gates too.
    unsurveyed
        Whether compounds whose enclosure nobody surveyed let walkers through (`open`, the best case) or have walls
        without any gate but the mapped ones (`sealed`, the worst).
    residents_of
        With `residents`: codes of the compounds whose residents' gates open; None opens those of all.
    ways
        What `way_edges` gives of the district, where it is known: several graphs of it may share it.
    latch
        Have the gates that don't let the asker through as nodes, which open to those who have the key: for `Routes`,
        which says at each walk which of them open, and for the `keys` of `pair_walks`. All other distances stay the
        public's.

    Raises
    ------
    DataError
        The district is in degrees.
    """
    require_metric(district)
    if asker not in ("public", "residents"):
        raise InputError("The asker is public or residents, not {asker}.", asker=asker)
    if unsurveyed not in ("open", "sealed"):
        raise InputError("What nobody surveyed is open or sealed, not {unsurveyed}.", unsurveyed=unsurveyed)
    walls = find_walls(
        district, asker=asker, unsurveyed=unsurveyed, residents_of=residents_of, numbers=numbers, latch=latch
    )
    return WalkGraph(assemble(way_edges(district) if ways is None else ways, walls, numbers))


def _places(places: ArrayLike) -> Floats:
    xy = np.asarray(places, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(xy).all():
        raise InputError("A place to walk from or to has no coordinates.")
    return xy


def _take(values: NDArray[np.bool_], index: Ints, missing: bool) -> NDArray[np.bool_]:
    """The value of each index, `missing` for -1."""
    return np.append(values, missing)[index]


def _pairs(a: Ints, b: Ints) -> tuple[Ints, Ints]:
    """All pairs of rows of `a` and `b` that hold the same number, -1 aside."""
    order = np.argsort(b, kind="stable")
    low = np.searchsorted(b[order], a, side="left")
    size = np.where(a >= 0, np.searchsorted(b[order], a, side="right") - low, 0)
    i, pick = repeated(low, size)
    return i, order[pick]
