"""Joining the pieces of a community into grids: how many, and which pieces together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gridmap.analysis.grids.bettering import OUTSIDE_M, Costs, bettered
from gridmap.analysis.grids.objective import CUT, OFF_TARGET_M
from gridmap.analysis.grids.proving import Proof, proven
from gridmap.analysis.regions import Problem, solve
from gridmap.domain.numbers import Numbers

_OFF_TARGET_M = 100.0
"""Metres: one household off the target, squared, weighs as one household at this distance from the centre, squared."""
_STEPS_PER_PIECE = 1_000
_STEPS_LEAST = 10_000
_TIME_LIMIT_S = 10.0
_OPEN, _PATIENCE = 0.01, 5
"""What isn't proven to be so near to the best is bettered for so many times as long."""
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


def components(size: int, pairs: np.ndarray) -> np.ndarray:
    """The connected part of each piece."""
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    labels: np.ndarray = connected_components(links, directed=False)[1]
    return labels


def join(
    households: np.ndarray,
    xy: np.ndarray,
    pairs: np.ndarray,
    *,
    costs: Costs,
    numbers: Numbers,
    least: int,
    seed: int,
) -> tuple[np.ndarray, float]:
    """Join the pieces of one connected part into contiguous grids.

    For a number of grids the solver first makes least the sum of the squared distances of households to their grid's
    centre, in square metres, and of the squared deviations of the grids' households from the target, each of which
    weighs 100 m squared. What it finds is bettered by the objective itself (`gridmap.analysis.grids.objective`), and of
    several numbers of grids the one with the least is taken. Where no division keeps the bounds they are widened, as
    little as helps.

    Parameters
    ----------
    households
        (n,) of each piece.
    xy
        (n, 2) metres: where its people live.
    pairs
        (m, 2) pieces that touch.
    costs
        What the objective needs of the pieces.
    numbers
        `grid_target`, `grid_most`.
    least
        Households that a grid should have at least.
    seed
        Of the random choices; the same seed, the same grids.

    Returns
    -------
    tuple
        (n,) the grid of each piece, from 0, and the objective in household-metres with `OUTSIDE_M` for every household
        outside the bounds.
    """
    alone = households > numbers.grid_most
    counts = [int(alone.sum()) + count for count in how_many(int(households[~alone].sum()), numbers, least)]
    counts = [count for count in counts if count <= len(households)] or [len(households)]
    best, value = np.zeros(len(households), dtype=int), 0.0
    for wider in _RELAXED:
        lower = int(least / wider)
        upper = int(min(max(numbers.grid_most * wider, households.max()), households.sum()))
        found: list[tuple[float, int, np.ndarray]] = []
        for count in counts:
            off = OFF_TARGET_M * abs(households.sum() - count * numbers.grid_target)
            if found and off >= min(value for value, _, _ in found):
                continue
            grid = _divided(households, xy, pairs, count, (lower, upper, numbers.grid_target, seed))
            if grid is None:
                continue
            better, value = bettered(grid, households, pairs, costs, least=least, numbers=numbers, seed=seed)
            found.append((value, len(found), better))
        if found:
            value, _, best = min(found, key=lambda one: one[:2])
            break
    else:
        best, value = bettered(best, households, pairs, costs, least=least, numbers=numbers, seed=seed)
    return best, value


def best_of_all(
    grid: np.ndarray,
    value: float,
    households: np.ndarray,
    pairs: np.ndarray,
    *,
    costs: Costs,
    numbers: Numbers,
    least: int,
    seed: int,
) -> tuple[np.ndarray, float, Proof]:
    """A division that `join` found, or a better one where there is one, its value, and what is proven of all."""

    def missed(grid: np.ndarray) -> float:
        return _missed(grid, households, least, numbers.grid_most)

    def looked(start: np.ndarray, patience: int) -> tuple[np.ndarray, float]:
        return bettered(start, households, pairs, costs, least=least, numbers=numbers, seed=seed, patience=patience)

    # any division within the bounds is better than one that misses them
    worst = _dearest(households, costs, least=least, numbers=numbers) if missed(grid) else value
    proof = proven(grid, worst, households, pairs, costs, least=least, numbers=numbers)
    tried = [(grid, value)]
    if proof.grid is not None and _hangs_together(proof.grid, pairs):
        tried += [looked(proof.grid, 0), looked(proof.grid, 1)]
    elif proof.bound < value * (1 - _OPEN):
        tried.append(looked(grid, _PATIENCE))
    best, value = min(tried, key=lambda one: (missed(one[0]), one[1]))
    return best, value, replace(proof, none=missed(best) > 0 and proof.bound >= worst)


def _missed(grid: np.ndarray, households: np.ndarray, least: int, most: int) -> float:
    """Households outside the bounds, but for pieces that have too many by themselves."""
    load = np.bincount(grid, weights=households)
    several = np.bincount(grid[households > 0], minlength=len(load)) > 1
    return float(np.maximum(least - load, 0).sum() + np.maximum(load - most, 0)[several].sum())


def _dearest(households: np.ndarray, costs: Costs, *, least: int, numbers: Numbers) -> float:
    """A value that no division within the bounds exceeds."""
    most_grids = households.sum() / max(least, 1)
    off = most_grids * max(numbers.grid_target - least, numbers.grid_most - numbers.grid_target)
    alone = np.maximum(households - numbers.grid_most, 0).sum()
    walk = costs.walks.max(axis=0, initial=0.0).sum()
    return float(OFF_TARGET_M * off + (OFF_TARGET_M + OUTSIDE_M) * alone + walk + CUT * len(households))


def _hangs_together(grid: np.ndarray, pairs: np.ndarray) -> bool:
    """Whether each grid is in one piece."""
    inside = pairs[grid[pairs[:, 0]] == grid[pairs[:, 1]]]
    return len(np.unique(components(len(grid), inside))) == len(np.unique(grid))


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
