"""Alternatives differ in kind and in households; near-optimal plans tell how firm a border is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis.plans import Alternative, Missing, alternatives, difference, firmness, ground
from gridmap.analysis.regions import Problem, near_optimal, solve
from gridmap.analysis.regions.check import faults
from gridmap.domain.numbers import Numbers
from tests.fixtures.boards import board

PLANS = st.lists(st.integers(-1, 3), min_size=4, max_size=12)


@pytest.fixture(scope="module")
def made():
    here = ground(board(8, 6, streets=2), lower=5000)
    return here, list(alternatives(here, lower=5000, upper=15_000, time_limit=8.0))


def test_there_are_four_that_differ_in_kind(made):
    kinds = [one.kind for one in made[1] if isinstance(one, Alternative)]
    assert len(kinds) == len(set(kinds)) >= 4


def test_any_two_differ_in_fifteen_percent_of_the_households(made):
    here, found = made
    plans = [one.solution.region for one in found if isinstance(one, Alternative)]
    assert min(difference(here.weights, a, b) for a, b in itertools.combinations(plans, 2)) >= 0.15


def test_each_keeps_the_bounds_and_hangs_together(made):
    here, found = made
    problem = here.problem(5000, 15_000)
    for one in found:
        if isinstance(one, Alternative):
            assert faults(problem, one.solution.region, one.solution.centres) == []


def test_the_plan_of_fewest_regions_has_the_fewest(made):
    counts = {one.kind: len(one.solution.centres) for one in made[1] if isinstance(one, Alternative)}
    assert counts["fewest"] == min(counts.values()) == 4


def test_a_street_that_can_have_one_plan_only_says_so():
    here = ground(board(5, 1), lower=5000)
    found = list(alternatives(here, lower=5000, upper=15_000, time_limit=1.0))
    assert [type(one) for one in found] == [Alternative, *[Missing] * (len(found) - 1)]
    assert "less than 15%" in str(found[1].note(0.15))


def test_a_district_without_enough_households_has_no_alternative():
    here = ground(board(2, 1), lower=5000)
    assert not [
        one for one in alternatives(here, lower=5000, upper=15_000, time_limit=1.0) if isinstance(one, Alternative)
    ]


def test_swapped_names_of_regions_are_no_difference():
    assert difference(np.array([1, 2, 3]), np.array([0, 0, 1]), np.array([1, 1, 0])) == 0.0


def test_one_unit_of_ten_that_goes_elsewhere_is_its_share():
    first, second = np.array([0] * 5 + [1] * 5), np.array([0] * 6 + [1] * 4)
    assert difference(np.full(10, 7), first, second) == pytest.approx(0.1)


@given(PLANS, st.data())
def test_a_difference_is_the_same_both_ways_and_a_share(first, data):
    second = data.draw(st.lists(st.integers(-1, 3), min_size=len(first), max_size=len(first)))
    weights = np.array(data.draw(st.lists(st.integers(1, 9), min_size=len(first), max_size=len(first))))
    there = difference(weights, np.array(first), np.array(second))
    assert there == pytest.approx(difference(weights, np.array(second), np.array(first)))
    assert -1e-9 <= there <= 1.0


def grid(columns, rows, lower):
    place = np.arange(columns * rows).reshape(rows, columns)
    edges = [*zip(place[:, :-1].ravel(), place[:, 1:].ravel(), strict=True)]
    edges += [*zip(place[:-1].ravel(), place[1:].ravel(), strict=True)]
    xy = np.column_stack((np.tile(np.arange(columns), rows), np.repeat(np.arange(rows), columns))).astype(float)
    return Problem(weights=np.ones(columns * rows, dtype=int), edges=edges, xy=xy, lower=lower)


def test_a_bridge_between_two_crowds_is_a_border_in_every_good_plan():
    left, right = [(a, b) for a in range(4) for b in range(a)], [(a, b) for a in range(4, 8) for b in range(4, a)]
    problem = Problem(weights=np.ones(8, dtype=int), edges=[*left, *right, (3, 4)], lower=3, regions=2)
    region = solve(problem, objective="border").region
    near = near_optimal(problem, "border", region, within=0.02, count=50)
    assert near.apart(np.array([[3, 4], [0, 1]]), 8).tolist() == [1.0, 0.0]


def test_a_border_that_may_lie_anywhere_is_not_firm():
    problem = grid(12, 4, 16)
    region = np.repeat([[0] * 6 + [1] * 6], 4, axis=0).ravel()
    near = near_optimal(problem, "border", region, within=0.02, count=40)
    assert near.plans > 2
    assert near.apart(np.array([[5, 6]]), 48)[0] < 1.0


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000))
def test_near_optimal_plans_keep_bounds_contiguity_and_the_value(seed):
    problem = grid(9, 6, 12)
    solution = solve(problem, objective="border", iterations=60_000, seed=seed)
    near = near_optimal(problem, "border", solution.region, within=0.1, count=15, seed=seed)
    a, b = np.array(problem.edges).T
    for plan in near.parts[0][1]:
        centres = [int(np.flatnonzero(plan == number)[0]) for number in range(plan.max() + 1)]
        assert faults(problem, plan, centres) == []
        assert (plan[a] != plan[b]).sum() <= solution.value * 1.1


def test_the_same_seed_gives_the_same_near_optimal_plans():
    problem = grid(9, 6, 12)
    region = solve(problem, objective="border", iterations=60_000).region
    first, second = (near_optimal(problem, "border", region, within=0.1, count=10, seed=3, time_limit=60) for _ in "ab")
    assert (first.parts[0][1] == second.parts[0][1]).all()


def test_the_settings_say_how_many_plans_and_how_near(made):
    here, found = made
    one = found[0]
    here = ground(here.district, lower=5000, numbers=Numbers(firm_plans=7, firm_within=0.05))
    near = firmness(here, one.problem, one.asked.objective, one.solution.region, time_limit=5.0)
    assert near.within == 0.05
    assert 1 <= near.plans <= 7


def test_hardly_any_time_still_ends_without_a_fault():
    rng = np.random.default_rng(1)
    problem = grid(30, 20, 5000)
    weights = rng.integers(1, 60, 600)
    tight = Problem(
        weights=weights,
        edges=problem.edges,
        xy=problem.xy,
        lower=int(weights.sum() // 7),
        upper=int(weights.sum() // 7) + 60,
    )
    assert solve(tight, objective="border", time_limit=0.01).status in {"feasible", "infeasible", "optimal"}
