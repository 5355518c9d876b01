"""Two regions of least border: against trying all plans, and two at a time among many."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gridmap.analysis.regions import Problem, solve
from gridmap.analysis.regions.cutting import cut_in_two, recut
from gridmap.analysis.regions.flowing import flowing
from gridmap.analysis.regions.prepare import prepare
from gridmap.analysis.regions.problem import Answer, Part
from gridmap.analysis.regions.search import Clock
from tests.analysis.test_regions_halving import town


def with_borders(seed: int, size: int, lower: float, empty: float = 0.0) -> Problem:
    """The town with borders of any length."""
    plain = town(seed, size, lower, empty)
    border = np.random.default_rng(seed).integers(1, 50, len(plain.edges)).astype(float)
    return Problem(plain.weights, plain.edges, xy=plain.xy, border=border, lower=plain.lower, regions=2)


def best_of_all(problem: Problem) -> float:
    weights, edges, border = np.asarray(problem.weights), np.asarray(problem.edges), np.asarray(problem.border)
    best = np.inf
    for bits in range(2 ** (len(weights) - 1)):
        region = (bits >> np.arange(len(weights))) & 1
        if min(weights[region == 0].sum(), weights[region == 1].sum()) < problem.lower:
            continue
        cut = region[edges[:, 0]] != region[edges[:, 1]]
        links = coo_matrix((np.ones((~cut).sum()), edges[~cut].T), shape=(len(weights),) * 2)
        if connected_components(links, directed=False)[0] == 2:
            best = min(best, float(border[cut].sum()))
    return best


def first_plan(problem: Problem) -> tuple[Part, Answer]:
    """The part of a problem in one piece, and a hurried search's plan."""
    found = solve(problem, objective="border", iterations=100, time_limit=20, proof=False)
    part = prepare(problem, "border").parts[0]
    assume(found.region is not None and part.plainly_in_two and len(np.unique(found.region)) == 2)
    return part, Answer(np.asarray(found.region), found.value, 0.0, np.zeros(2, np.int64))


@given(st.integers(0, 10_000), st.integers(5, 9), st.floats(0.2, 0.45), st.sampled_from([0.0, 0.4]))
@settings(max_examples=40, deadline=None)
def test_the_cut_that_is_proven_is_the_least_of_all(seed: int, size: int, lower: float, empty: float) -> None:
    problem = with_borders(seed, size, lower, empty)
    assume(np.asarray(problem.weights).sum() and np.isfinite(least := best_of_all(problem)))
    answer = cut_in_two(*first_plan(problem), Clock(time.perf_counter() + 60))
    assert answer.proven
    assert answer.value == pytest.approx(least)


def test_the_cut_runs_where_the_border_is_short() -> None:
    # a lane of six houses, a narrow place after the second
    edges = [(k, k + 1) for k in range(5)]
    problem = Problem([10] * 6, edges, border=[9.0, 1.0, 9.0, 9.0, 9.0], lower=15, regions=2)
    region = flowing(prepare(problem, "border").parts[0])
    assert region is not None
    assert sorted(np.bincount(region)) == [2, 4]


@given(st.integers(0, 10_000), st.integers(12, 60), st.integers(2, 5))
@settings(max_examples=40, deadline=None)
def test_least_cuts_give_contiguous_regions_within_the_bounds(seed: int, size: int, p: int) -> None:
    problem = replace(with_borders(seed, size, 0.7 / p, empty=0.2), regions=p)
    parts = prepare(problem, "border").parts
    assume(parts and len(parts[0].units) == size)
    part = parts[0]
    region = flowing(part, p)
    assume(region is not None)
    assert np.unique(region).tolist() == list(range(p))
    assert np.bincount(region, weights=part.weights).min() >= part.low
    sources = np.repeat(np.arange(part.n), np.diff(part.indptr))
    inside = region[sources] == region[part.indices]
    links = coo_matrix((np.ones(inside.sum()), (sources[inside], part.indices[inside])), shape=(size, size))
    assert connected_components(links)[0] == p


def test_two_regions_among_many_are_cut_anew() -> None:
    rows = np.arange(60).reshape(6, 10)
    edges = np.concatenate(
        [np.c_[rows[:, :-1].ravel(), rows[:, 1:].ravel()], np.c_[rows[:-1].ravel(), rows[1:].ravel()]]
    )
    xy = np.column_stack([np.arange(60) % 10, np.arange(60) // 10]).astype(float)
    problem = Problem([1] * 60, edges, xy=xy, lower=10, regions=3)
    part = prepare(problem, "border").parts[0]
    crooked = (np.arange(60) % 10 + 2 * (np.arange(60) // 10 % 2)) // 4
    value = float((crooked[edges[:, 0]] != crooked[edges[:, 1]]).sum())
    found = recut(part, (crooked, np.zeros(3, np.int64), value), Clock(time.perf_counter() + 60))
    assert found[2] <= 12 < value
