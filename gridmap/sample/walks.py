"""A quick measure of the walks between neighbours, by which the sample's gates are set where they are needed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from gridmap.domain.numbers import DEFAULT_NUMBERS
from gridmap.sample.chains import Edges, drawn_together
from gridmap.sample.draft import Draft, Floats, Way
from gridmap.sample.lattice import Ints

_STEP_M = 25.0
_LIMIT_M, _FAR_M, _LONG_M = 800.0, 1500.0, 3000.0
"""Walks are looked for within the first distance, then the second; longer ones from one home of a compound only."""
_TILE_M = 1500.0
_HOMES = 5
_LINKS = 3
_CHUNK = 160
_BY_LANE_M = 12.0
"""A bank without walls is left anywhere along a lane this near."""
_NONE = np.zeros(0, dtype=np.int64)


class Walks:
    """Ways as a graph whose openings can be opened and closed, with a few homes of every compound."""

    def __init__(self, draft: Draft, households: Ints, ways: list[Way]) -> None:
        shapes = np.array([c.polygon for c in draft.compounds], dtype=object)
        banks = np.flatnonzero([c.form == "bank" for c in draft.compounds])
        lines = np.array([w.line for w in ways], dtype=object)
        of_way = np.array([w.compound for w in ways], dtype=np.int64)
        # Homes reach ways of their compound, on a bank also the lane beside it: only these need nodes along them.
        reached = of_way >= 0
        reached[shapely.STRtree(lines).query(shapes[banks], predicate="dwithin", distance=_BY_LANE_M)[1]] = True
        lines[reached] = shapely.segmentize(lines[reached], _STEP_M)
        xy, of = shapely.get_coordinates(lines, return_index=True)
        keys = np.round(xy * 100).astype(np.int64)
        _, first, node = np.unique(keys[:, 0] * 10**10 + keys[:, 1], return_index=True, return_inverse=True)
        self.xy = xy[first]
        inside = of[1:] == of[:-1]
        length = np.linalg.norm(xy[1:] - xy[:-1], axis=1)[inside]
        opening = np.array([w.opening for w in ways], dtype=np.int64)[of[1:][inside]]
        self.edges = Edges(node[:-1][inside], node[1:][inside], length, opening)
        owner = np.full(len(self.xy), -1, dtype=np.int64)
        owner[node] = of_way[of]
        points = np.asarray(shapely.points(self.xy), dtype=object)
        near = shapely.STRtree(points).query(shapes[banks], predicate="dwithin", distance=_BY_LANE_M)
        bank, place = near[:, owner[near[1]] < 0]
        owner[place] = banks[bank]
        self._homes(draft, households, owner)
        self._straight(draft)
        i, j = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=DEFAULT_NUMBERS.neighbour_distance_m)
        self.i, self.j = i[i != j], j[i != j]

    def _homes(self, draft: Draft, households: Ints, owner: Ints) -> None:
        """A few homes of each compound, each joined to the three nearest places on its ways, on a bank to all."""
        compound = np.where(households > 0, [b.compound for b in draft.buildings], -1)
        middle = shapely.get_coordinates(shapely.centroid(np.array([b.polygon for b in draft.buildings], dtype=object)))
        count = len(draft.compounds)
        inside = compound >= 0
        self.total = np.bincount(compound[inside], weights=households[inside].astype(float), minlength=count)
        chosen: list[int] = []
        of: list[int] = []
        links: list[tuple[Ints, Ints, Floats]] = []
        by_home, by_node = _grouped(compound, count), _grouped(owner, count)
        for c in range(count):
            own, nodes = by_home[c], by_node[c]
            if not len(own) or not len(nodes):
                continue
            running = np.cumsum(households[own])
            picked = own[np.unique(np.searchsorted(running, (np.arange(_HOMES) + 0.5) / _HOMES * running[-1]))]
            links_each = len(nodes) if draft.compounds[c].form == "bank" else min(_LINKS, len(nodes))
            distance, near = cKDTree(self.xy[nodes]).query(middle[picked], k=links_each)
            near, distance = np.reshape(near, (len(picked), -1)), np.reshape(distance, (len(picked), -1))
            for k in range(len(picked)):
                links.append((np.full(near.shape[1], len(chosen)), nodes[near[k]], distance[k]))
                chosen.append(int(picked[k]))
                of.append(c)
        self.home_xy, self.home_of = middle[chosen], np.array(of, dtype=np.int64)
        self.link_home, self.link_node, self.link_length = (np.concatenate(part) for part in zip(*links, strict=True))

    def _straight(self, draft: Draft) -> None:
        """Straight lines inside each compound, from its homes to its openings and from opening to opening."""
        at = np.array([o.gate for c in draft.compounds for o in c.openings]).reshape(-1, 2)
        of = np.repeat(np.arange(len(draft.compounds)), [len(c.openings) for c in draft.compounds])
        distance, gate = cKDTree(self.xy).query(at)
        gate = np.where(distance < 0.1, gate, -1)
        openings, homes = _grouped(of, len(draft.compounds)), _grouped(self.home_of, len(draft.compounds))
        n = len(self.xy)
        rows: list[Ints] = []
        for own, lives in zip(openings, homes, strict=True):
            here = own[gate[own] >= 0]
            if len(here):
                first, second = np.triu_indices(len(here), 1)
                rows.append(np.stack([gate[here[first]], gate[here[second]], here[first], here[second]]))
                k, h = (m.ravel() for m in np.meshgrid(here, lives))
                rows.append(np.stack([gate[k], h + n, k, k]))
        joined = np.concatenate(rows, axis=1) if rows else np.zeros((4, 0), dtype=np.int64)
        self.line_a, self.line_b, self.line_open, self.line_open_too = joined
        self.places = np.vstack([self.xy, self.home_xy])
        self.number = np.full(len(self.places), -1)
        self.line_length = np.linalg.norm(self.places[self.line_a] - self.places[self.line_b], axis=1)

    def measure(self, is_open: NDArray[np.bool_], which: Ints) -> tuple[Floats, Floats]:
        """Mean directness and mean detour (metres) from each of the compounds `which` to the neighbours it reaches.

        NaN where it reaches none; walks beyond the longest limit count as that.
        `is_open` says of each opening whether the public may use it.
        """
        graph, near = self._graph(is_open)
        _, piece = connected_components(graph, directed=False)
        piece = piece[len(self.xy) :]
        by_compound = _grouped(self.home_of, len(self.total))
        partners = _grouped(np.where(np.isin(self.i, which), self.i, -1), len(self.total))
        ratio, extra = (np.full(len(self.total), np.nan) for _ in range(2))
        for tile in self._tiles(which, by_compound):
            around = [np.concatenate([by_compound[o] for o in self.j[partners[c]]] or [_NONE]) for c in tile]
            sources, targets = np.concatenate([by_compound[c] for c in tile]), np.unique(np.concatenate(around))
            row = np.repeat(np.arange(len(tile)), [len(by_compound[c]) for c in tile])
            column = [np.searchsorted(targets, others) for others in around]
            wanted = np.zeros((len(tile), len(targets)), dtype=bool)
            for k, columns in enumerate(column):
                wanted[k, columns] = True
            reached = wanted[row] & (piece[sources][:, None] == piece[targets][None])
            walk = self._walks(graph, near, (sources, row, targets), reached)
            for k, c in enumerate(tile):
                ratio[c], extra[c] = self._means(by_compound[c], around[k], walk[row == k][:, column[k]], by_compound)
        return ratio[which], extra[which]

    def _walks(
        self, graph: csr_array, near: _East, homes: tuple[Ints, Ints, Ints], wanted: NDArray[np.bool_]
    ) -> Floats:
        """Walks (sources, targets) where they are wanted; `homes` are sources, the compound of each, and targets."""
        sources, row, targets = homes
        walk = self._between(graph, near, sources, targets, _LIMIT_M)
        far = np.flatnonzero((np.isinf(walk) & wanted).any(axis=1))
        if len(far):
            walk[far] = self._between(graph, near, sources[far], targets, _FAR_M)
        lost = np.isinf(walk) & wanted
        compounds, first = np.unique(row, return_index=True)
        farthest = np.isin(compounds, row[lost.any(axis=1)])
        if farthest.any():
            long = np.full((len(compounds), len(targets)), np.inf)
            long[farthest] = self._between(graph, near, sources[first[farthest]], targets, _LONG_M)
            walk = np.where(lost, np.minimum(long, _LONG_M)[row], walk)
        return walk

    def _graph(self, is_open: NDArray[np.bool_]) -> tuple[csr_array, _East]:
        """The walks there are with these openings, between all places, and where those lie that have any."""
        keep = (self.edges.kind < 0) | is_open[self.edges.kind]
        line = is_open[self.line_open] & is_open[self.line_open_too] if len(is_open) else np.zeros(0, dtype=bool)
        a, b = self.line_a[line], self.line_b[line]
        kept = np.zeros(len(self.places), dtype=bool)
        kept[np.concatenate([self.link_node, a, b])] = True
        edges = drawn_together(self.edges.take(keep), kept[: len(self.xy)])
        row = np.concatenate([edges.a, self.link_home + len(self.xy), a])
        col = np.concatenate([edges.b, self.link_node, b])
        length = np.concatenate([edges.length, self.link_length, self.line_length[line]])
        used = np.unique(np.concatenate([row, col]))
        return _shortest(row, col, np.maximum(length, 0.01), len(self.places)), _East(self.places, used)

    def _means(self, own: Ints, others: Ints, walk: Floats, by_compound: list[Ints]) -> tuple[float, float]:
        """Mean directness and detour over pairs of homes that are reached, by the dwellings each stands for."""
        straight = np.linalg.norm(self.home_xy[own][:, None] - self.home_xy[others][None], axis=2)
        use = np.isfinite(walk) & (straight >= DEFAULT_NUMBERS.pair_least_m)
        if not use.any():
            return np.nan, np.nan
        of = self.home_of[others]
        share = self.total[of] / np.array([len(by_compound[o]) for o in of])
        weight = np.broadcast_to(share, walk.shape)[use]
        directness = np.average((walk[use] / straight[use]), weights=weight)
        return float(directness), float(np.average((walk - straight)[use], weights=weight))

    def _tiles(self, which: Ints, by_compound: list[Ints]) -> list[list[int]]:
        """The compounds that have homes, in groups that lie close together, homes in order inside each."""
        groups: dict[tuple[int, int], list[int]] = {}
        for c in np.sort(which).tolist():
            if len(by_compound[c]):
                x, y = (self.home_xy[by_compound[c][0]] // _TILE_M).astype(int).tolist()
                groups.setdefault((x, y), []).append(c)
        return list(groups.values())

    def _between(self, graph: csr_array, near: _East, sources: Ints, targets: Ints, limit: float) -> Floats:
        """Walks (sources, targets) between homes, inf beyond the limit; only the land within the limit is searched."""
        n = len(self.xy)
        places = near.within(self.home_xy[sources].min(axis=0) - limit, self.home_xy[sources].max(axis=0) + limit)
        found = np.full((len(sources), len(targets)), np.inf)
        at = np.minimum(np.searchsorted(places, targets + n), len(places) - 1)
        inside = places[at] == targets + n
        at = at[inside]
        part = self._part(graph, places)
        for start in range(0, len(sources), _CHUNK):
            rows = np.searchsorted(places, sources[start : start + _CHUNK] + n)
            found[start : start + _CHUNK, inside] = dijkstra(part, directed=True, indices=rows, limit=limit)[:, at]
        return found

    def _part(self, graph: csr_array, places: Ints) -> csr_array:
        """The graph of these places alone. (To slice its columns would cost as much as the whole graph does.)"""
        rows = graph[places]
        self.number[places] = np.arange(len(places))
        column = self.number[rows.indices]
        self.number[places] = -1
        inside = column >= 0
        starts = np.concatenate([[0], np.cumsum(inside)])[rows.indptr]
        return csr_array((rows.data[inside], column[inside], starts), shape=(len(places), len(places)))


class _East:
    """Some of the places, found by where they lie."""

    def __init__(self, places: Floats, which: Ints) -> None:
        self.which = which[np.argsort(places[which, 0], kind="stable")]
        self.xy = places[self.which]

    def within(self, low: Floats, high: Floats) -> Ints:
        """The numbers, in order, of those between two corners."""
        first, last = np.searchsorted(self.xy[:, 0], [low[0], high[0]])
        north = self.xy[first:last, 1]
        return np.sort(self.which[first:last][(north >= low[1]) & (north <= high[1])])


def _shortest(row: Ints, col: Ints, length: Floats, size: int) -> csr_array:
    """The symmetric graph of the edges, the shortest where two join the same nodes."""
    low, high = np.minimum(row, col), np.maximum(row, col)
    order = np.lexsort((length, high, low))
    low, high, length = low[order], high[order], length[order]
    first = np.concatenate([[True], (low[1:] != low[:-1]) | (high[1:] != high[:-1])]) & (low != high)
    low, high, length = low[first], high[first], length[first]
    both = (np.concatenate([length, length]), (np.concatenate([low, high]), np.concatenate([high, low])))
    return coo_array(both, shape=(size, size)).tocsr()


def _grouped(label: Ints, count: int) -> list[Ints]:
    """Indices of each label from 0 to count-1; negative labels are left out."""
    index = np.argsort(label, kind="stable")
    bounds = np.searchsorted(label[index], np.arange(count + 1))
    return [index[a:b] for a, b in pairwise(bounds)]
