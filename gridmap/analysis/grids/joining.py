"""Joining the pieces of a community into grids: how many, and which pieces together."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gridmap.analysis.regions import Problem, solve
from gridmap.domain.numbers import Numbers

_OFF_TARGET_M = 100.0
"""Metres: one household off the target, squared, weighs as one household at this distance from the centre, squared."""
_STEPS_PER_PIECE = 3_000
_STEPS_LEAST = 30_000
_TIME_LIMIT_S = 10.0
_NEAR_BEST = 0.02
"""A mean deviation this near to that of equal grids needs no comparison with another number of grids."""
_RELAXED = (1.0, 1.3, np.inf)
"""By how much the bounds are widened, one after another, where nothing keeps them."""


def how_many(households: int, numbers: Numbers, least: int) -> list[int]:
    """Numbers of grids worth trying, the best first.

    The best keeps the mean within the bounds and nearest to the target; of two equally near the lesser. The others
    follow in the order of their distance from it, for where pieces are too lumpy.
    """
    counts = np.arange(1, households // max(1, numbers.grid_target // 2) + 2)
    mean = households / counts
    outside = np.maximum(least - mean, 0) + np.maximum(mean - numbers.grid_most, 0)
    order = np.lexsort((counts, np.abs(mean - numbers.grid_target), outside))
    return [int(counts[i]) for i in order[:3]]


def least_deviation(households: int, numbers: Numbers) -> float:
    """A lower bound on the mean deviation of grids from the target, as a share of it, however they are divided.

    With k grids it can't be less than that of the mean grid; k may be any number whose mean is within the bounds.
    """
    counts = np.arange(1, households // max(1, numbers.grid_least) + 2)
    mean = households / counts
    inside = (mean >= numbers.grid_least) & (mean <= numbers.grid_most)
    off = np.abs((mean[inside] if inside.any() else mean) - numbers.grid_target)
    return float(off.min() / numbers.grid_target)


def components(size: int, pairs: np.ndarray) -> np.ndarray:
    """The connected part of each piece."""
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    labels: np.ndarray = connected_components(links, directed=False)[1]
    return labels


def join(
    households: np.ndarray, xy: np.ndarray, pairs: np.ndarray, *, numbers: Numbers, least: int, seed: int
) -> np.ndarray:
    """Join the pieces of one connected part into contiguous grids.

    For a number of grids the solver makes least the sum of the squared distances of households to their grid's centre,
    in square metres, and of the squared deviations of the grids' households from the target, each of which weighs
    100 m squared; the deviation so comes before the walk wherever pieces allow it. Of several numbers of grids the one
    with the least mean deviation is taken. Where no division keeps the bounds they are widened, as little as helps.

    Parameters
    ----------
    households
        (n,) of each piece.
    xy
        (n, 2) metres: where its people live.
    pairs
        (m, 2) pieces that touch.
    numbers
        `grid_target`, `grid_most`.
    least
        Households that a grid should have at least.
    seed
        Of the random choices; the same seed, the same grids.

    Returns
    -------
    ndarray
        (n,) the grid of each piece, from 0.
    """
    alone = households > numbers.grid_most
    counts = [int(alone.sum()) + count for count in how_many(int(households[~alone].sum()), numbers, least)]
    counts = [count for count in counts if count <= len(households)] or [len(households)]
    for wider in _RELAXED:
        lower = int(least / wider)
        upper = int(min(max(numbers.grid_most * wider, households.max()), households.sum()))
        found: list[tuple[float, int, np.ndarray]] = []
        for count in counts:
            grid = _divided(households, xy, pairs, count, (lower, upper, numbers.grid_target, seed))
            if grid is not None:
                found.append((_deviation(grid, households, numbers), len(found), grid))
                best_mean = abs(households.sum() / count - numbers.grid_target) / numbers.grid_target
                if found[-1][0] <= best_mean + _NEAR_BEST:
                    break
        if found:
            return min(found)[2]
    return np.zeros(len(households), dtype=int)


def _divided(
    households: np.ndarray, xy: np.ndarray, pairs: np.ndarray, count: int, wanted: tuple[int, int, int, int]
) -> np.ndarray | None:
    """The best division into this number of grids within the bounds; None where none was found."""
    lower, upper, target, seed = wanted
    if count == 1:
        return np.zeros(len(households), dtype=int) if lower <= households.sum() <= upper else None
    problem = Problem(
        weights=households,
        edges=pairs,
        xy=xy - xy.mean(axis=0),
        lower=max(1, lower),
        upper=upper,
        regions=count,
        target=target,
        target_cost=_OFF_TARGET_M**2,
    )
    steps = max(_STEPS_LEAST, _STEPS_PER_PIECE * len(households))
    solution = solve(problem, objective="compact", iterations=steps, seed=seed, time_limit=_TIME_LIMIT_S, proof=False)
    whole = solution.region is not None and bool((solution.region >= 0).all())
    return np.asarray(solution.region) if whole else None


def _deviation(grid: np.ndarray, households: np.ndarray, numbers: Numbers) -> float:
    """Mean deviation of the grids from the target, as a share of it."""
    load = np.bincount(grid, weights=households)
    return float(np.abs(load - numbers.grid_target).mean() / numbers.grid_target)
