"""The best division of a few dozen pieces into grids, proven where it can be.

Where there are few sets of pieces that a grid can be, an integer program chooses among all of them. Else, for each
number of grids, the bound is raised (`gridmap.analysis.grids.generating`); where it stays below the value of the known
division, every set of pieces that could be in a better one is looked for at the best prices, and an integer program
chooses among these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from gridmap.analysis.grids.bettering import OUTSIDE_M, Costs
from gridmap.analysis.grids.bounding import Relaxed
from gridmap.analysis.grids.evenness import Lumps
from gridmap.analysis.grids.generating import Bounds, touching
from gridmap.analysis.grids.objective import CUT, OFF_TARGET_M
from gridmap.analysis.grids.partitioning import cheapest
from gridmap.analysis.grids.pricing import Field, Prices
from gridmap.domain.numbers import Numbers

_PIECES_MOST = 100
"""Pieces up to which sets are looked for one by one."""
_LOOKS, _LOOKS_FIRST, _LOOKS_LAST = 3_000_000, 500, 1_000_000
"""Sets looked at while the bounds are raised; around each piece at the first prices; and to find all that are left."""
_SETS_FEW, _SETS_MOST = 5_000, 100_000
"""Sets up to which all are chosen from at once, and that may be left at the end."""
_OPEN = 0.01
"""Where more than this share of the value stays open the relaxation without contiguity is tried as well."""
_EVEN, _EVEN_SHARE = 1e-6, 1e-3


@dataclass(frozen=True)
class Proof:
    """A value below which no division of the pieces lies, the one of that value where it was found, and the pieces in
    which people live. `none`: there is no division within the bounds."""

    bound: float
    grid: np.ndarray | None
    lumps: Lumps
    none: bool = False


def proven(
    grid: np.ndarray,
    value: float,
    households: np.ndarray,
    pairs: np.ndarray,
    costs: Costs,
    *,
    least: int,
    numbers: Numbers,
) -> Proof:
    """A bound on the objective of any contiguous division of the pieces, and a better division than the known one.

    A piece with more households than a grid may have is a grid by itself. Land without households joins whatever lies
    about it, which keeps the bound true.

    Parameters
    ----------
    grid, value
        A known division, and its objective with `OUTSIDE_M` for each household outside the bounds.
    households, pairs, costs, least
        As for `gridmap.analysis.grids.bettering.bettered`.
    """
    living = np.flatnonzero(households > 0)
    lumps = Lumps(
        households[living].astype(np.float64), _near(len(households), pairs, living), least, numbers.grid_most
    )
    if len(living) < 2 or lumps.load.sum() < 2 * max(least, 1):
        return Proof(value, None, lumps)
    small = np.flatnonzero(lumps.load <= numbers.grid_most)
    alone = np.flatnonzero(lumps.load > numbers.grid_most)
    compound, needed = _compounds(costs, living, alone)
    here = costs.of(living)
    forced = sum(
        here.walks[here.home == one, one].min()
        + OFF_TARGET_M * (lumps.load[one] - numbers.grid_target)
        + OUTSIDE_M * (lumps.load[one] - numbers.grid_most)
        for one in alone
    )
    if not len(small):
        return Proof(min(float(forced), value), None, lumps)
    inside = here.of(small)
    order = np.argsort(inside.home, kind="stable")
    near = lumps.near[np.ix_(small, small)]
    field = Field(
        walks=np.ascontiguousarray(inside.walks[order]),
        first=np.searchsorted(inside.home[order], np.arange(len(small) + 1)),
        load=lumps.load[small],
        indptr=np.append(0, near.sum(axis=1).cumsum()),
        indices=np.nonzero(near)[1],
        compound=compound[small],
        sizes=(float(least), float(numbers.grid_target), float(numbers.grid_most)),
    )
    known = np.array([grid[living[small]] == one for one in np.unique(grid[living[small]])])
    few = Lumps(field.load, near, least, numbers.grid_most).sets(_SETS_FEW)
    sets, bound = _best(field, None if few is None else few[1], needed, known, value - forced)
    bound = min(bound + forced, value)
    if sets is None:
        return Proof(bound, None, lumps)
    better = np.full(len(households), -1)
    better[living[alone]] = len(sets) + np.arange(len(alone))
    for number, one in enumerate(sets):
        better[living[small[one]]] = number
    return Proof(bound, _with_land(better, pairs), lumps)


def _best(
    field: Field, few: np.ndarray | None, needed: np.ndarray, known: np.ndarray, value: float
) -> tuple[np.ndarray | None, float]:
    """The sets (g, m) of a division better than the known one of this value, if one was found, and a bound on all.

    `few` are all sets that there are, where they are few.
    """
    best: np.ndarray | None = None
    if few is not None:
        best, bound = _chosen(field, needed, few, value)
        value = value if best is None else _value(field, needed, best)
        if bound >= value * (1 - _EVEN_SHARE):
            return best, bound
    bounds = Bounds(field, needed, known, value, _LOOKS)
    counts = (min(bounds.below, default=1), max(bounds.below, default=1))
    relaxed = Relaxed(field.walks / field.load, field.load, field.own, field.sizes, counts)
    if len(field.load) > _PIECES_MOST:
        return best, relaxed.bound(value)
    price = relaxed.by_shares(value)[1] * field.load
    bounds.look(Prices(price, np.zeros(len(needed))), counts[1], _LOOKS_FIRST)
    for count in sorted(bounds.below, key=lambda one: (abs(one - len(known)), one)):
        bounds.climb(count)
        if bounds.below[count] >= bounds.value - _EVEN:
            continue
        sets = bounds.left(count, _LOOKS_LAST, _SETS_MOST)
        if sets is None:
            continue
        found, below = _chosen(field, needed, sets, bounds.value, count)
        bounds.below[count] = max(bounds.below[count], below)
        if found is not None:
            best, bounds.value = found, _value(field, needed, found)
    bound = min([*bounds.below.values(), bounds.value])
    if bound < bounds.value * (1 - _OPEN):
        bound = max(bound, min(relaxed.bound(value), bounds.value))
    return best, bound


def _chosen(
    field: Field, needed: np.ndarray, sets: np.ndarray, value: float, count: int | None = None
) -> tuple[np.ndarray | None, float]:
    """Those of the sets that make a division better than one of this value, if one was found, and a bound on all.

    With `count` of divisions into so many grids.
    """
    rows, times = sets.T, np.ones(sets.shape[1])
    if count is not None:
        rows, times = np.vstack([rows, np.ones(len(sets))]), np.append(times, count)
    compounds = len(needed)
    touched = touching(sets, field.compound, compounds)
    chosen, bound = cheapest(
        np.append(field.costs(sets), np.full(compounds, CUT)),
        csc_array(np.hstack([rows, np.zeros((len(rows), compounds))])),
        csc_array(np.hstack([touched, -np.eye(compounds)])),
        needed.astype(float),
        value,
        times=times,
    )
    return None if chosen is None else sets[chosen], bound


def _value(field: Field, needed: np.ndarray, sets: np.ndarray) -> float:
    """The objective of a division into these sets."""
    cuts = np.maximum(touching(sets, field.compound, len(needed)).sum(axis=1) - needed, 0)
    return float(field.costs(sets).sum() + CUT * cuts.sum())


def _compounds(costs: Costs, living: np.ndarray, alone: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each living piece the number of its compound among those in several of them, -1 else; and in how many grids
    each of these may lie at no cost besides those that are one piece alone."""
    compound = costs.compound[living]
    found, number, pieces = np.unique(compound, return_inverse=True, return_counts=True)
    several = (found >= 0) & (pieces > 1)
    place = np.where(several, np.cumsum(several) - 1, -1)[number]
    taken = np.bincount(place[alone][place[alone] >= 0], minlength=int(several.sum()))
    return place, costs.grids_needed[found[several]] - taken


def _near(size: int, pairs: np.ndarray, living: np.ndarray) -> np.ndarray:
    """Which lived-in pieces (n, n) touch, or are joined by land without households."""
    touch = np.zeros((size, size), dtype=bool)
    touch[pairs[:, 0], pairs[:, 1]] = touch[pairs[:, 1], pairs[:, 0]] = True
    for land in np.setdiff1d(np.arange(size), living):
        touch |= touch[:, land, None] & touch[None, land, :]
    near: np.ndarray = touch[np.ix_(living, living)]
    np.fill_diagonal(near, val=False)
    return near


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
