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
from gridmap.sample.draft import Draft, Floats, Way
from gridmap.sample.lattice import Ints

_STEP_M = 25.0
_LIMIT_M = 1500.0
_LONG_M = 8000.0
"""Walks longer than the first limit are measured from one home of a compound only, up to the second."""
_TILE_M = 2500.0
_HOMES = 5
_CHUNK = 160
_NONE = np.zeros(0, dtype=np.int64)


class Walks:
    """Ways as a graph whose openings can be opened and closed, with a few homes of every compound."""

    def __init__(self, draft: Draft, ways: list[Way]) -> None:
        lines = shapely.segmentize(np.array([w.line for w in ways], dtype=object), _STEP_M)
        xy, of = shapely.get_coordinates(lines, return_index=True)
        keys = np.round(xy * 100).astype(np.int64)
        _, first, node = np.unique(keys[:, 0] * 10**10 + keys[:, 1], return_index=True, return_inverse=True)
        self.xy = xy[first]
        inside = of[1:] == of[:-1]
        self.a, self.b = node[:-1][inside], node[1:][inside]
        self.length = np.linalg.norm(xy[1:] - xy[:-1], axis=1)[inside]
        self.opening = np.array([w.opening for w in ways], dtype=np.int64)[of[1:][inside]]
        owner = np.full(len(self.xy), -1, dtype=np.int64)
        owner[node] = np.array([w.compound for w in ways], dtype=np.int64)[of]
        self._homes(draft, owner)
        self._straight(draft)
        shapes = np.array([c.polygon for c in draft.compounds], dtype=object)
        i, j = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=DEFAULT_NUMBERS.neighbour_distance_m)
        self.i, self.j = i[i != j], j[i != j]

    def _homes(self, draft: Draft, owner: Ints) -> None:
        """A few homes of each compound, each joined to the three nearest places on its compound's own ways."""
        compound = np.array([b.compound if b.dwellings else -1 for b in draft.buildings])
        weight = np.array([b.dwellings for b in draft.buildings], dtype=float)
        middle = shapely.get_coordinates(shapely.centroid(np.array([b.polygon for b in draft.buildings], dtype=object)))
        count = len(draft.compounds)
        self.total = np.bincount(compound[compound >= 0], weights=weight[compound >= 0], minlength=count)
        chosen: list[int] = []
        of: list[int] = []
        links: list[tuple[Ints, Ints, Floats]] = []
        by_home, by_node = _grouped(compound, count), _grouped(owner, count)
        for c in range(count):
            own, nodes = by_home[c], by_node[c]
            if not len(own) or not len(nodes):
                continue
            picked = own[np.unique(np.linspace(0, len(own) - 1, min(_HOMES, len(own))).round().astype(int))]
            distance, near = cKDTree(self.xy[nodes]).query(middle[picked], k=min(3, len(nodes)))
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
        self.by_east = np.argsort(self.places[:, 0], kind="stable")
        self.east = self.places[self.by_east, 0]
        self.line_length = np.linalg.norm(self.places[self.line_a] - self.places[self.line_b], axis=1)

    def measure(self, is_open: NDArray[np.bool_], which: Ints) -> tuple[Floats, Floats]:
        """Mean directness and mean detour (metres) from each of the compounds `which` to the neighbours it reaches.

        NaN where it reaches none; walks beyond the longest limit count as that.
        `is_open` says of each opening whether the public may use it.
        """
        n, homes = len(self.xy), len(self.home_of)
        keep = (self.opening < 0) | is_open[self.opening]
        line = is_open[self.line_open] & is_open[self.line_open_too] if len(is_open) else np.zeros(0, dtype=bool)
        row = np.concatenate([self.a[keep], self.link_home + n, self.line_a[line]])
        col = np.concatenate([self.b[keep], self.link_node, self.line_b[line]])
        length = np.concatenate([self.length[keep], self.link_length, self.line_length[line]])
        graph = _shortest(row, col, np.maximum(length, 0.01), n + homes)

        _, piece = connected_components(graph, directed=False)
        by_compound = _grouped(self.home_of, len(self.total))
        partners = _grouped(np.where(np.isin(self.i, which), self.i, -1), len(self.total))
        ratio, extra = (np.full(len(self.total), np.nan) for _ in range(2))
        for tile in self._tiles(which, by_compound):
            around = [np.concatenate([by_compound[o] for o in self.j[partners[c]]] or [_NONE]) for c in tile]
            homes_here = np.concatenate([by_compound[c] for c in tile])
            targets = np.unique(np.concatenate(around))
            found = self._between(graph, homes_here, targets, _LIMIT_M)
            for c, others in zip(tile, around, strict=True):
                own = by_compound[c]
                walk = found[np.ix_(np.searchsorted(homes_here, own), np.searchsorted(targets, others))]
                far = np.isinf(walk) & (piece[own + n][:, None] == piece[others + n][None])
                if far.any():
                    long = self._between(graph, own[:1], others, _LONG_M)
                    walk = np.where(far, np.minimum(long, _LONG_M), walk)
                ratio[c], extra[c] = self._means(own, others, walk, by_compound)
        return ratio[which], extra[which]

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

    def _between(self, graph: csr_array, sources: Ints, targets: Ints, limit: float) -> Floats:
        """Walks (sources, targets) between homes, inf beyond the limit; only the land within the limit is searched."""
        low, high = self.home_xy[sources].min(axis=0) - limit, self.home_xy[sources].max(axis=0) + limit
        first, last = np.searchsorted(self.east, [low[0], high[0]])
        strip = self.by_east[first:last]
        north = self.places[strip, 1]
        near = np.sort(strip[(north >= low[1]) & (north <= high[1])])
        n = len(self.xy)
        found = np.full((len(sources), len(targets)), np.inf)
        at = np.minimum(np.searchsorted(near, targets + n), len(near) - 1)
        inside = near[at] == targets + n
        at = at[inside]
        part = graph[near][:, near]
        for start in range(0, len(sources), _CHUNK):
            rows = np.searchsorted(near, sources[start : start + _CHUNK] + n)
            found[start : start + _CHUNK, inside] = dijkstra(part, directed=True, indices=rows, limit=limit)[:, at]
        return found


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
