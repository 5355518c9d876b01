"""Two compact regions, proven from where their middles can be, against trying all plans."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay

from gridmap.analysis.regions import Problem, Solution, solve
from gridmap.analysis.regions.halving import halved
from gridmap.analysis.regions.prepare import prepare
from gridmap.analysis.regions.problem import Answer
from gridmap.analysis.regions.search import Clock


def town(seed: int, size: int, lower: float, empty: float = 0.0) -> Problem:
    """Units at random places, joined by half of Delaunay's edges and a tree; a region holds a share `lower` of all."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1000, (size, 2))
    weights = np.where(rng.random(size) < empty, 0, rng.integers(10, 200, size))
    corners = Delaunay(xy).simplices
    edges = np.unique(
        np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1), axis=0
    )
    kept = rng.random(len(edges)) < 0.6
    kept[np.unique(edges[:, 1], return_index=True)[1]] = True  # each but the first to one before it
    return Problem(weights, edges[kept], xy=xy, lower=max(1, int(weights.sum() * lower)), regions=2)


def best_of_all(problem: Problem) -> float:
    """The least value over all divisions into two connected regions within the bounds; infinite for none."""
    weights, xy, edges = np.asarray(problem.weights), np.asarray(problem.xy), np.asarray(problem.edges)
    best = np.inf
    for bits in range(2 ** (len(weights) - 1)):
        region = (bits >> np.arange(len(weights))) & 1
        if min(weights[region == 0].sum(), weights[region == 1].sum()) < problem.lower:
            continue
        inside = edges[region[edges[:, 0]] == region[edges[:, 1]]]
        links = coo_matrix((np.ones(len(inside)), inside.T), shape=(len(weights),) * 2)
        if connected_components(links, directed=False)[0] > 2:
            continue
        best = min(best, sum(spread(weights[region == one], xy[region == one]) for one in (0, 1)))
    return best


def spread(weights: np.ndarray, xy: np.ndarray) -> float:
    middle = weights @ xy / weights.sum()
    return float(weights @ ((xy - middle) ** 2).sum(axis=1))


def bounded(problem: Problem) -> tuple[Answer, Solution]:
    """From a hurried search's plan."""
    found = solve(problem, objective="compact", iterations=200, time_limit=20, proof=False)
    part = prepare(problem, "compact").parts[0]
    assume(part.plainly_in_two and found.region is not None and len(np.unique(found.region)) == 2)
    answer = Answer(np.asarray(found.region), found.value, 0.0, np.zeros(2, np.int64))
    return halved(part, answer, Clock(time.perf_counter() + 60)), found


@given(st.integers(0, 10_000), st.integers(5, 9), st.floats(0.2, 0.45))
@settings(max_examples=40, deadline=None)
def test_the_plan_that_is_proven_is_the_best_of_all(seed: int, size: int, lower: float) -> None:
    problem = town(seed, size, lower)
    least = best_of_all(problem)
    if np.isfinite(least):
        answer, _ = bounded(problem)
        assert answer.proven
        assert answer.value == pytest.approx(least, rel=1e-7)


@given(st.integers(0, 10_000), st.integers(5, 9))
@settings(max_examples=30, deadline=None)
def test_with_land_where_nobody_lives_the_bound_is_below_the_best(seed: int, size: int) -> None:
    problem = town(seed, size, 0.3, empty=0.4)
    if np.asarray(problem.weights).sum() and np.isfinite(least := best_of_all(problem)):
        answer, _ = bounded(problem)
        assert answer.bound <= least * (1 + 1e-7) + 1e-6


def test_a_street_of_forty_villages_is_proven() -> None:
    solution = solve(town(3, 40, 0.42), objective="compact", time_limit=20)
    assert solution.status == "optimal"
