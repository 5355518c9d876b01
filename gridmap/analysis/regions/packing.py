# ruff: noqa: C901, PLR0912, PLR0915, PLR0917 - compiled loops take their arrays one by one and stay in one piece
"""As many regions as can be packed: grown one after another from the fringe, each just to the floor, many times."""

from __future__ import annotations

import numpy as np

from gridmap.analysis.regions.anneal import compiled, uniform
from gridmap.analysis.regions.problem import Ints, Part


def packed(part: Part, *, seed: int, turns: int) -> Ints | None:
    """The partition with the most regions of some greedy ones; None where none keeps the upper bound.

    Locks and candidate centres are not looked at: for parts without them.
    """
    state = np.array([np.random.default_rng(seed).integers(2**63)], dtype=np.uint64)
    best = np.empty(part.n, dtype=np.int64)
    count = int(_pack(part.indptr, part.indices, part.weights, part.low, part.high, turns, state, best))
    return best if count > 0 else None


@compiled
def _pack(indptr, indices, weights, low, high, turns, state, best):  # type: ignore[no-untyped-def]
    """The most regions over so many greedy turns; the partition in `best`. 0 where none keeps the bounds."""
    n = len(weights)
    record = 0
    region = np.empty(n, dtype=np.int64)
    open_ = np.empty(n, dtype=np.int64)
    fringe = np.empty(n, dtype=np.int64)
    inside = np.zeros(n, dtype=np.int64)
    load = np.empty(n)
    stamp = 0
    for _ in range(turns):
        greed = uniform(state)
        for v in range(n):
            region[v] = -2
            open_[v] = indptr[v + 1] - indptr[v]
        count = 0
        left = n
        while left > 0:
            seed = -1
            least = 1e18
            for v in range(n):
                if region[v] == -2:
                    rank = open_[v] + 1.5 * uniform(state)
                    if rank < least:
                        least = rank
                        seed = v
            stamp += 1
            total = 0.0
            size = 0
            v = seed
            while v >= 0:
                region[v] = count
                inside[v] = stamp
                total += weights[v]
                fringe[size] = v
                size += 1
                left -= 1
                for e in range(indptr[v], indptr[v + 1]):
                    open_[indices[e]] -= 1
                if total >= low:
                    break
                v = -1
                least = 1e18
                for i in range(size):
                    x = fringe[i]
                    for e in range(indptr[x], indptr[x + 1]):
                        u = indices[e]
                        if region[u] == -2 and total + weights[u] <= high:
                            over = (total + weights[u] - low) / low
                            rank = open_[u] + (greed * 3.0 * over if over >= 0 else 0.7) + uniform(state)
                            if rank < least:
                                least = rank
                                v = u
            if total >= low and total <= high:
                load[count] = total
                count += 1
            else:
                for i in range(size):
                    region[fringe[i]] = -1
        if count <= record:
            continue
        waiting = True
        moved = True
        while waiting and moved:
            waiting = False
            moved = False
            for v in range(n):
                if region[v] != -1:
                    continue
                chosen = -1
                for e in range(indptr[v], indptr[v + 1]):
                    r = region[indices[e]]
                    if r >= 0 and load[r] + weights[v] <= high and (chosen < 0 or load[r] < load[chosen]):
                        chosen = r
                if chosen < 0:
                    waiting = True
                else:
                    region[v] = chosen
                    load[chosen] += weights[v]
                    moved = True
        if not waiting:
            record = count
            best[:] = region
    return record
