"""A bound on borders of any graph: who is in another region is at least one border away, and few are in the same.

Give each edge a length, 1 where a border runs along it and 0 elsewhere. A region has so many households at most; all
others are at a distance of at least 1 from each of its units, whatever way is taken. The least sum of border lengths
times such edge lengths, where any lengths of 0 to 1 will do, is a linear program whose rows are found as they are
broken, along the shortest ways (spreading metrics: Even, Naor, Rao and Schieber 2000).
"""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import dijkstra

from gridmap.analysis.regions.anneal import compiled
from gridmap.analysis.regions.problem import Floats, Ints, Part
from gridmap.analysis.regions.search import Clock

UNITS_MOST = 1500
"""All shortest ways between them are looked at in each round."""
ROUNDS = 100
GAIN = 0.0005
"""Share by which a round betters the bound, or it is the last."""
ROUNDS_LEAST = 5
BROKEN, SLACK = 1e-4, 0.02
"""By what share a row is missed before it is added, and exceeded before it is forgotten."""
SECONDS = 8.0
"""At most; the bound grows by less and less."""
SHORTEST = 1e-9
"""Stands for a length of 0, which a sparse graph would read as no edge."""
EXACT = 1e-6
"""What the linear program's answer may be off."""


def spreading_bound(part: Part, most: int, clock: Clock) -> float:
    """Lower bound on the border between regions of `most` households at most; 0 where the part is too large for it."""
    total = part.weight
    if part.n > UNITS_MOST or most >= total:
        return 0.0
    end = time.perf_counter() + SECONDS
    edges = _Edges.of(part)
    length = np.full(len(edges.border), np.sqrt(2.0 / 3.0 * total / part.n / most))  # the answer on a square lattice
    while not edges.broken(length, most).shape[0]:
        length /= 2
    rows, best = csr_array((0, len(length))), 0.0
    for turn in range(ROUNDS):
        broken = edges.broken(length, most)
        if not broken.shape[0] or clock.stop_now(0.9) or time.perf_counter() > end:
            break
        rows = vstack((rows, broken)).tocsr()
        options = {"time_limit": max(0.1, min(clock.left, end - time.perf_counter()))}
        result = linprog(edges.border, -rows, -np.ones(rows.shape[0]), bounds=(0, 1), options=options)
        if result.status != 0:
            break
        before, best, length = best, max(best, float(result.fun)), result.x
        if turn >= ROUNDS_LEAST and best < before * (1.0 + GAIN):
            break
        rows = rows[rows @ length < 1.0 + SLACK]
    return best * (1.0 - EXACT)


class _Edges(NamedTuple):
    """The part's graph, and which of its m edges each entry of `part.indices` is: `border` (m,) are their lengths."""

    part: Part
    number: Ints
    border: Floats

    @classmethod
    def of(cls, part: Part) -> _Edges:
        sources = np.repeat(np.arange(part.n), np.diff(part.indptr))
        low, high = np.minimum(sources, part.indices), np.maximum(sources, part.indices)
        _, first, number = np.unique(low * part.n + high, return_index=True, return_inverse=True)
        return cls(part, number, part.border[first])

    def broken(self, length: Floats, most: int) -> csr_array:
        """(rows, m) for each unit that has too much within 1 of it: what its shortest ways need to add up to 1."""
        part = self.part
        shape = (part.n, part.n)
        graph = csr_array((np.maximum(length, SHORTEST)[self.number], part.indices, part.indptr), shape=shape)
        away, before = dijkstra(graph, return_predecessors=True, limit=1.0)
        near = away < 1.0 - EXACT
        need = near @ part.weights - float(most)
        have = np.where(near, away, 0.0) @ part.weights
        units = np.flatnonzero((need > 0) & (have < need * (1.0 - BROKEN)))
        rows = np.zeros((len(units), len(self.border)))
        order = np.argsort(-np.where(near, away, -1.0)[units], axis=1, kind="stable")
        counts = near[units].sum(axis=1)
        _ways(units, order, counts, before, part.weights, part.indptr, part.indices, self.number, rows)
        return csr_array(rows / need[units, None])


@compiled
def _ways(units, order, counts, before, weights, indptr, indices, number, rows):  # type: ignore[no-untyped-def] # noqa: PLR0917
    """Households whose shortest way from each unit uses each edge, in place in `rows`; the farthest come first."""
    held = np.zeros(len(weights))
    for at in range(len(units)):
        inside = order[at, : counts[at]]
        for u in inside:
            held[u] = weights[u]
        for u in inside:
            if u == units[at]:
                continue
            b = before[units[at], u]
            held[b] += held[u]
            e = indptr[u] + np.searchsorted(indices[indptr[u] : indptr[u + 1]], b)
            rows[at, number[e]] += held[u]
