# ruff: noqa: C901, PLR0912, PLR0915, PLR0917 - a compiled loop takes its arrays one by one and stays in one piece
"""Bettering a division of pieces by the objective itself: pieces change grids, contiguity is kept at every step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from gridmap.analysis.grids.objective import CUT, OFF_TARGET_M
from gridmap.analysis.regions.anneal import compiled, uniform
from gridmap.domain.numbers import Numbers

_TRIES_PER_PIECE = 600
_TRIES_LEAST = 6_000
OUTSIDE_M = 2_000.0
"""Metres that a household outside the bounds weighs: more than anything that could be gained by it."""
_HOT, _COLD = 40.0, 0.3
"""Metres of walk a household of one grid: what a step may cost at the beginning and at the end."""


@dataclass(frozen=True)
class Costs:
    """What the objective needs of m pieces.

    Attributes
    ----------
    walks
        (k, m) household-metres from each of the k buildings in which people live to all of a piece.
    compound
        (m,) number of the piece's compound, from 0; -1 without.
    grids_needed
        By compound: in how many grids it may lie at no cost.
    """

    walks: np.ndarray
    compound: np.ndarray
    grids_needed: np.ndarray
    home: np.ndarray
    """(k,) the piece each of the buildings is in."""

    def of(self, pieces: np.ndarray) -> Costs:
        """The same for some of the pieces and the buildings in them."""
        position = np.full(self.walks.shape[1], -1)
        position[pieces] = np.arange(len(pieces))
        inside = position[self.home] >= 0
        walks = self.walks[np.ix_(inside, pieces)]
        return Costs(walks, self.compound[pieces], self.grids_needed, position[self.home[inside]])


def bettered(
    grid: np.ndarray,
    households: np.ndarray,
    pairs: np.ndarray,
    costs: Costs,
    *,
    least: int,
    numbers: Numbers,
    seed: int,
    patience: int = 1,
) -> tuple[np.ndarray, float]:
    """The best division found from this one by annealing, with as many grids, and its value in household-metres.

    The value is 0 where nobody lives.

    Parameters
    ----------
    grid, households, pairs
        (m,) the grid, from 0, and the households of each piece; (n, 2) pieces that touch.
    costs
        Of these pieces.
    least
        Households a grid should have at least; outside the bounds is the last resort.
    patience
        So many times as many tries.
    """
    size = len(grid)
    if not len(costs.walks):
        return grid, 0.0
    both = np.concatenate([pairs, pairs[:, ::-1]]).astype(np.int64)
    graph = csr_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(size, size))
    best = grid.astype(np.int64).copy()
    value = _anneal(
        graph.indptr.astype(np.int64),
        graph.indices.astype(np.int64),
        households.astype(np.float64),
        np.ascontiguousarray(costs.walks.T),
        costs.compound.astype(np.int64),
        costs.grids_needed.astype(np.int64),
        np.array([least, numbers.grid_target, numbers.grid_most], dtype=np.float64),
        np.array([OFF_TARGET_M, OUTSIDE_M, CUT]),
        np.array([_HOT, _COLD]) * numbers.grid_target,
        patience * max(_TRIES_LEAST, _TRIES_PER_PIECE * size) if best.max(initial=0) else 0,
        np.array([np.random.default_rng(seed).integers(2**63)], dtype=np.uint64),
        best,
    )
    return best, float(value)


@compiled
def _of_size(load, sizes, prices):  # type: ignore[no-untyped-def]
    """What a grid of so many households costs."""
    outside = max(sizes[0] - load, 0.0) + max(load - sizes[2], 0.0)
    return prices[0] * abs(load - sizes[1]) + prices[1] * outside


@compiled
def _stays_whole(indptr, indices, region, left, seen, queue):  # type: ignore[no-untyped-def]
    """Whether the piece's grid hangs together, and isn't empty, without it."""
    own = region[left]
    start = -1
    count = 0
    for i in range(len(region)):
        seen[i] = False
        if region[i] == own and i != left:
            count += 1
            start = i
    if start < 0:
        return False
    seen[start] = True
    queue[0] = start
    head, tail = 0, 1
    while head < tail:
        i = queue[head]
        head += 1
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if region[j] == own and j != left and not seen[j]:
                seen[j] = True
                queue[tail] = j
                tail += 1
    return tail == count


@compiled
def _moved(i, to, region, load, sums, held, households, walks, compound):  # type: ignore[no-untyped-def]
    """Put a piece into another grid and keep the sums."""
    own = region[i]
    region[i] = to
    load[own] -= households[i]
    load[to] += households[i]
    for k in range(walks.shape[1]):
        sums[own, k] -= walks[i, k]
        sums[to, k] += walks[i, k]
    if compound[i] >= 0:
        held[own, compound[i]] -= 1
        held[to, compound[i]] += 1


@compiled
def _anneal(  # type: ignore[no-untyped-def]
    indptr, indices, households, walks, compound, needed, sizes, prices, heat, tries, state, best
):
    """The least value found; its division is in `best`, where the first one came in."""
    m = len(households)
    count = best.max() + 1
    region = best.copy()
    load = np.zeros(count)
    sums = np.zeros((count, walks.shape[1]))
    held = np.zeros((count, len(needed)), np.int64)
    for i in range(m):
        load[region[i]] += households[i]
        sums[region[i]] += walks[i]
        if compound[i] >= 0:
            held[region[i], compound[i]] += 1
    walk = np.array([sums[g].min() for g in range(count)])
    value = 0.0
    for g in range(count):
        value += walk[g] + _of_size(load[g], sizes, prices)
    for c in range(len(needed)):
        value += prices[2] * max((held[:, c] > 0).sum() - needed[c], 0)
    least = value
    seen = np.zeros(m, np.bool_)
    queue = np.empty(m, np.int64)
    for turn in range(tries):
        temperature = heat[0] * (heat[1] / heat[0]) ** (turn / tries)
        i = int(uniform(state) * m)
        if indptr[i] == indptr[i + 1]:
            continue
        other = indices[indptr[i] + int(uniform(state) * (indptr[i + 1] - indptr[i]))]
        a, b = region[i], region[other]
        if a == b or not _stays_whole(indptr, indices, region, i, seen, queue):
            continue
        back = -1
        _moved(i, b, region, load, sums, held, households, walks, compound)
        if uniform(state) < 0.5:
            # a second piece goes the other way
            j = int(uniform(state) * m)
            for _step in range(m):
                j = j + 1 if j + 1 < m else 0
                if region[j] == b and j != i:
                    beside = False
                    for e in range(indptr[j], indptr[j + 1]):
                        if region[indices[e]] == a:
                            beside = True
                    if beside:
                        if _stays_whole(indptr, indices, region, j, seen, queue):
                            back = j
                        break
            if back >= 0:
                _moved(back, a, region, load, sums, held, households, walks, compound)
        new_a, new_b = sums[a].min(), sums[b].min()
        after = value + new_a + new_b - walk[a] - walk[b]
        changed = households[i] - (households[back] if back >= 0 else 0.0)
        after += _of_size(load[a], sizes, prices) - _of_size(load[a] + changed, sizes, prices)
        after += _of_size(load[b], sizes, prices) - _of_size(load[b] - changed, sizes, prices)
        for c in (compound[i], compound[back] if back >= 0 and compound[back] != compound[i] else -1):
            if c < 0:
                continue
            now = (held[:, c] > 0).sum()
            was = now
            shift = 0
            if compound[i] == c:
                shift += 1
            if back >= 0 and compound[back] == c:
                shift -= 1
            was += (held[a, c] + shift > 0) - (held[a, c] > 0)
            was += (held[b, c] - shift > 0) - (held[b, c] > 0)
            after += prices[2] * (max(now - needed[c], 0) - max(was - needed[c], 0))
        if after <= value or uniform(state) < np.exp((value - after) / temperature):
            value = after
            walk[a], walk[b] = new_a, new_b
            if value < least - 1e-6:
                least = value
                best[:] = region
        else:
            if back >= 0:
                _moved(back, b, region, load, sums, held, households, walks, compound)
            _moved(i, a, region, load, sums, held, households, walks, compound)
    return least
