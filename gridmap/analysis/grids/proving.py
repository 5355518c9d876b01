# ruff: noqa: PLR0917 - a compiled loop takes its arrays one by one
"""The best division of a few dozen pieces, proven: every connected set of pieces is looked at, and the best chosen."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from gridmap.analysis.grids.bettering import OUTSIDE_M, Costs
from gridmap.analysis.grids.bounding import Relaxed
from gridmap.analysis.grids.evenness import Sets
from gridmap.analysis.grids.objective import CUT, OFF_TARGET_M
from gridmap.analysis.grids.partitioning import cheapest
from gridmap.analysis.regions.anneal import compiled
from gridmap.domain.numbers import Numbers

_PIECES_MOST = 62
"""Pieces that fit into the bits of a number."""
_SETS_MOST, _LOOKS_MOST = 400_000, 10_000_000
_CHUNK = 2_000
_EVEN = 1e-6


@dataclass(frozen=True)
class Proof:
    """A value below which no division of the pieces lies, the one of that value where it was found, and the connected
    sets of pieces that a grid can be, where they could be counted."""

    bound: float
    grid: np.ndarray | None = None
    sets: Sets | None = None


def proven(
    value: float,
    households: np.ndarray,
    pairs: np.ndarray,
    costs: Costs,
    *,
    least: int,
    numbers: Numbers,
) -> Proof:
    """A bound on the objective of any contiguous division of the pieces, and a better division than the known one.

    Prices of households by Lagrangian relaxation give a first bound. Where the connected sets of pieces within the
    bounds on households can be counted, those that could still be in a better division at these prices are put before
    an integer program. Land without households joins whatever lies about it, which keeps the bound true.

    Parameters
    ----------
    value
        The objective of a known division, with `OUTSIDE_M` for each household outside the bounds.
    households, pairs, costs, least
        As for `gridmap.analysis.grids.bettering.bettered`.
    """
    living = np.flatnonzero(households > 0)
    total = int(households.sum())
    if len(living) < 2 or total < 2 * max(least, 1):
        return Proof(value, sets=Sets(total, np.array([float(total)]), np.ones((1, 1), dtype=bool)))
    load = households[living].astype(np.float64)
    walks = costs.walks[:, living]
    own = np.searchsorted(living, costs.home)
    over = np.maximum(load - numbers.grid_most, 0.0)
    sizes = (float(least), float(numbers.grid_target), float(max(numbers.grid_most, load.max())))
    fewest, most = math.ceil(total / sizes[2]), min(len(load), total // max(least, 1))
    relaxed = Relaxed(walks / load, load, own, sizes, (fewest, most))
    forced = OUTSIDE_M * float(over.sum())
    bound, price = relaxed.by_shares(value - forced)
    near = _links(len(households), pairs, living) if len(living) <= _PIECES_MOST else None
    sets = None if near is None else _connected(load, near, least, numbers)
    if sets is None:
        return Proof(min(relaxed.bound(value - forced) + forced, value))
    bound = min(bound + forced, value)
    member = (sets[:, None] >> np.arange(len(living), dtype=np.uint64)[None, :]) & np.uint64(1) == 1
    countable = Sets(total, member @ load, member)
    slices = [member[at : at + _CHUNK] for at in range(0, len(sets), _CHUNK)]
    cost = np.concatenate([np.empty(0), *(_cost(some, load, walks, numbers) for some in slices)])
    reduced = cost - member @ (price * load)
    worst = float((price * load).sum()) + (most - 1) * min(0.0, float(reduced.min(initial=0.0)))
    able = worst + reduced < value - _EVEN
    if not member[able].any(axis=0).all():
        return Proof(value, sets=countable)
    chosen, found = _best(member[able], cost[able], costs.compound[living], costs.grids_needed, value)
    if chosen is None:
        return Proof(min(max(bound, found), value), sets=countable)
    grid = np.full(len(households), -1)
    for number, one in enumerate(member[able][chosen]):
        grid[living[one]] = number
    return Proof(min(max(bound, found), value), _with_land(grid, pairs), countable)


def _best(
    member: np.ndarray, cost: np.ndarray, compound: np.ndarray, needed: np.ndarray, value: float
) -> tuple[np.ndarray | None, float]:
    """Which of the sets (rows) make a division better than one of this value, if one was found, and a bound."""
    large = np.unique(compound[compound >= 0])
    large = large[[(compound == one).sum() > 1 for one in large]] if len(large) else large
    touched = np.array([member[:, compound == one].any(axis=1) for one in large]).reshape(len(large), len(member))
    return cheapest(
        np.concatenate([cost, np.full(len(large), CUT)]),
        csc_array(np.hstack([member.T.astype(float), np.zeros((member.shape[1], len(large)))])),
        csc_array(np.hstack([touched.astype(float), -np.eye(len(large))])),
        needed[large].astype(float),
        value,
    )


def _cost(member: np.ndarray, load: np.ndarray, walks: np.ndarray, numbers: Numbers) -> np.ndarray:
    """What sets of pieces cost as grids."""
    size = member @ load
    outside = np.maximum(size - numbers.grid_most, 0)
    best = (member.astype(np.float64) @ walks.T).min(axis=1)
    found: np.ndarray = best + OFF_TARGET_M * np.abs(size - numbers.grid_target) + OUTSIDE_M * outside
    return found


def _links(size: int, pairs: np.ndarray, living: np.ndarray) -> np.ndarray:
    """For each lived-in piece the bits of those that it touches, or that land without households joins it to."""
    touch = np.zeros((size, size), dtype=bool)
    touch[pairs[:, 0], pairs[:, 1]] = touch[pairs[:, 1], pairs[:, 0]] = True
    for land in np.setdiff1d(np.arange(size), living):
        touch |= touch[:, land, None] & touch[None, land, :]
    near = touch[np.ix_(living, living)]
    np.fill_diagonal(near, val=False)
    return (near.astype(np.uint64) << np.arange(len(living), dtype=np.uint64)).sum(axis=1, dtype=np.uint64)


def _with_land(grid: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Land that is in no grid yet to a grid beside it, as far as there is one."""
    both = np.concatenate([pairs, pairs[:, ::-1]])
    while (grid < 0).any():
        reach = both[(grid[both[:, 0]] < 0) & (grid[both[:, 1]] >= 0)]
        if not len(reach):
            grid[grid < 0] = 0
            break
        grid[reach[:, 0]] = grid[reach[:, 1]]
    return grid


def _connected(load: np.ndarray, near: np.ndarray, least: int, numbers: Numbers) -> np.ndarray | None:
    """All connected sets of pieces within the bounds, as bits; a piece beyond them by itself; None for too many."""
    found = np.empty(_SETS_MOST, dtype=np.uint64)
    count = _enumerate(load, near, float(least), float(numbers.grid_most), _LOOKS_MOST, found)
    return found[:count] if count >= 0 else None


@compiled
def _enumerate(load, near, low, high, looks, found):  # type: ignore[no-untyped-def]
    """Every connected set once: from its first piece on, each time by a piece that lies beside what is there."""
    m = len(load)
    one = np.uint64(1)
    count = 0
    sets = np.empty(100_000, np.uint64)
    open_ = np.empty(100_000, np.uint64)
    closed = np.empty(100_000, np.uint64)
    sums = np.empty(100_000)
    for root in range(m):
        bit = one << np.uint64(root)
        later = ~(bit | (bit - one))
        sets[0], open_[0], closed[0], sums[0] = bit, near[root] & later, near[root] | bit, load[root]
        top = 1
        while top > 0:
            top -= 1
            looks -= 1
            now, ways, shut, size = sets[top], open_[top], closed[top], sums[top]
            if looks < 0:
                return -1
            if size >= low and (size <= high or now == bit):
                if count == len(found):
                    return -1
                found[count] = now
                count += 1
            for i in range(root + 1, m):
                more = one << np.uint64(i)
                if ways & more == 0:
                    continue
                ways &= ~more
                if size + load[i] <= high:
                    if top == len(sets):
                        return -1
                    sets[top] = now | more
                    open_[top] = ways | (near[i] & later & ~shut)
                    closed[top] = shut | near[i] | more
                    sums[top] = size + load[i]
                    top += 1
    return count
