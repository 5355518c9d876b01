"""The solver: the most regions, contiguous, within the bounds; what can't be is named."""

import dataclasses
import itertools
import time

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis.regions import Problem, solve
from gridmap.analysis.regions.bounds import lower_bound
from gridmap.analysis.regions.check import faults
from gridmap.analysis.regions.prepare import prepare
from gridmap.analysis.regions.search import Clock
from gridmap.domain.errors import InputError


def lattice(rows, columns, weights=None, **more):
    """Cells of a chessboard, joined by their sides."""
    cell = np.arange(rows * columns).reshape(rows, columns)
    beside = np.column_stack((cell[:, :-1].ravel(), cell[:, 1:].ravel()))
    above = np.column_stack((cell[:-1].ravel(), cell[1:].ravel()))
    y, x = np.divmod(np.arange(rows * columns), columns)
    given_weights = np.ones(rows * columns, dtype=int) if weights is None else weights
    return Problem(given_weights, np.concatenate((beside, above)), xy=np.column_stack((x, y)) * 1.0, **more)


def all_plans(problem):
    """Every contiguous partition within the bounds, by trying all; for a handful of units."""
    n = len(problem.weights)
    graph = nx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(np.asarray(problem.edges).tolist())

    def partitions(i, blocks):
        if i == n:
            yield [list(b) for b in blocks]
            return
        for block in blocks:
            block.append(i)
            yield from partitions(i + 1, blocks)
            block.pop()
        blocks.append([i])
        yield from partitions(i + 1, blocks)
        blocks.pop()

    weights = np.asarray(problem.weights)
    upper = np.inf if problem.upper is None else problem.upper
    for plan in partitions(0, []):
        if all(problem.lower <= weights[b].sum() <= upper and nx.is_connected(graph.subgraph(b)) for b in plan):
            yield plan


def value_of(problem, plan, objective):
    """The objective of a plan, worked out from its definition."""
    weights, xy = np.asarray(problem.weights), np.asarray(problem.xy)
    if objective == "border":
        where = {unit: number for number, block in enumerate(plan) for unit in block}
        return sum(where[a] != where[b] for a, b in np.asarray(problem.edges).tolist())
    total = 0.0
    for block in plan:
        if objective == "access":
            total += min((weights[block] * np.hypot(*(xy[block] - xy[c]).T)).sum() for c in block)
        elif weights[block].sum():
            middle = (xy[block] * weights[block][:, None]).sum(axis=0) / weights[block].sum()
            total += (weights[block] * ((xy[block] - middle) ** 2).sum(axis=1)).sum()
    return total


@pytest.mark.parametrize("objective", ["access", "compact", "border"])
def test_two_squares_are_the_best_halves_of_a_domino(objective):
    solution = solve(lattice(2, 4, lower=4), objective=objective)
    assert sorted(map(tuple, (np.flatnonzero(solution.region == r).tolist() for r in (0, 1)))) == [
        (0, 1, 4, 5),
        (2, 3, 6, 7),
    ]


def test_the_value_of_two_squares_is_four_corners_each_half_a_diagonal_away():
    solution = solve(lattice(2, 4, lower=4), objective="compact")
    assert solution.value == pytest.approx(8 * 0.5)


@pytest.mark.parametrize("objective", ["access", "compact", "border"])
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_plan_of_a_small_board_is_better(objective, seed):
    rng = np.random.default_rng(seed)
    problem = lattice(2, 4, rng.integers(0, 9, 8), lower=8, upper=None if seed % 2 else 20)
    plans = list(all_plans(problem))
    solution = solve(problem, objective=objective, iterations=200_000)
    if not plans:
        assert solution.region is None
        return
    most = max(map(len, plans))
    assert len(solution.centres) == most
    best = min(value_of(problem, plan, objective) for plan in plans if len(plan) == most)
    assert solution.value == pytest.approx(best)
    assert solution.bound <= best + 1e-6


@pytest.mark.parametrize("objective", ["access", "compact", "border"])
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_bound_is_never_above_the_best(objective, seed):
    problem = lattice(2, 4, np.random.default_rng(seed).integers(1, 9, 8), lower=8)
    plans = list(all_plans(problem))
    most = max(map(len, plans), default=0)
    if most < 2:
        return
    best = min(value_of(problem, plan, objective) for plan in plans if len(plan) == most)
    part = prepare(problem, objective).parts[0]
    clock = Clock(time.perf_counter() + 5)
    bound = lower_bound(part, objective, fewest=most, most=most, value=best, clock=clock)
    assert 0 <= bound <= best + 1e-6


def test_the_bound_on_walks_comes_near():
    weights = np.random.default_rng(3).integers(5, 20, 144)
    solution = solve(lattice(12, 12, weights, lower=400), time_limit=5, iterations=400_000)
    assert solution.gap < 0.1


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    rows=st.integers(1, 9),
    columns=st.integers(2, 9),
    objective=st.sampled_from(["access", "compact", "border"]),
)
def test_every_answer_keeps_the_rules(seed, rows, columns, objective):
    rng = np.random.default_rng(seed)
    n = rows * columns
    problem = lattice(rows, columns, rng.integers(0, 100, n), lower=200, upper=700, within=rng.integers(0, 2, n))
    solution = solve(problem, objective=objective, iterations=60_000, seed=seed, proof=n <= 20)
    if solution.region is None:
        assert solution.reason
    else:
        assert faults(problem, solution.region, solution.centres) == []
        assert solution.bound <= solution.value + 1e-9


def test_the_same_seed_gives_the_same_answer():
    problem = lattice(12, 12, np.random.default_rng(1).integers(1, 30, 144), lower=150)
    one, two = (solve(problem, objective="border", iterations=100_000, seed=5) for _ in range(2))
    assert (one.region == two.region).all()


def test_exactly_the_threshold_is_enough():
    solution = solve(Problem([2500, 2500, 5000], [(0, 1), (1, 2)], xy=[[0, 0], [1, 0], [2, 0]]))
    assert len(solution.centres) == 2


def test_one_household_less_is_not():
    solution = solve(Problem([2500, 2499, 5000], [(0, 1), (1, 2)], xy=[[0, 0], [1, 0], [2, 0]]))
    assert len(solution.centres) == 1


def test_a_part_below_the_threshold_stays_out_and_says_how_much_is_missing():
    problem = Problem([6000, 3000, 1200], [(1, 2)], xy=[[0, 0], [5, 0], [6, 0]])
    solution = solve(problem)
    assert solution.status == "partial"
    assert solution.region.tolist() == [0, -1, -1]
    assert (solution.unserved[0].missing, solution.unserved[0].reason) == (800, "below_lower")
    assert solution.reason.startswith("below_lower")


def test_regions_stay_in_their_group():
    problem = dataclasses.replace(lattice(2, 4, lower=4), within=list("aaabaaab"))
    assert solve(problem).region.tolist() == [0, 0, 0, -1, 0, 0, 0, -1]


def test_a_unit_above_the_upper_bound_stays_out():
    problem = Problem([4, 30, 4, 4], [(0, 1), (1, 2), (2, 3)], xy=np.eye(4)[:, :2], lower=4, upper=10)
    solution = solve(problem)
    assert solution.region[1] == -1
    assert solution.unserved[0].reason == "unit_above_upper"


def test_between_the_bounds_there_may_be_no_number_of_regions():
    solution = solve(Problem([4, 4, 4], [(0, 1), (1, 2)], xy=np.eye(3)[:, :2], lower=8, upper=11))
    assert (solution.status, solution.reason.split(":")[0]) == ("infeasible", "between_bounds")


def test_more_regions_than_units_are_refused():
    solution = solve(Problem([9000], [], xy=[[0, 0]], regions=2))
    assert solution.reason.startswith("too_few_units")


@pytest.mark.parametrize("regions", [1, 2, 3])
def test_a_given_number_of_regions_is_kept(regions):
    solution = solve(lattice(3, 4, lower=2, regions=regions), objective="border")
    assert len(solution.centres) == regions


def test_more_regions_than_the_households_allow_are_refused():
    solution = solve(lattice(3, 4, lower=4, regions=4))
    assert solution.reason.startswith("too_many_regions")


def test_units_of_one_lock_share_a_region_and_of_two_don_t():
    problem = lattice(3, 6, lower=6, fixed={0: "a", 14: "a", 5: "b"})
    region = solve(problem, objective="compact").region
    assert region[0] == region[14] != region[5]


def test_locks_that_can_t_hold_together_are_named():
    problem = Problem([9, 9, 9], [(0, 1), (1, 2)], xy=np.eye(3)[:, :2], lower=5, upper=20, fixed={0: 1, 1: 1, 2: 1})
    assert solve(problem).reason.startswith("locks")


def test_fixed_centres_have_a_region_each():
    problem = dataclasses.replace(lattice(2, 6, lower=0), centres=[0, 1, 11], fixed_centres=True, capacity=[4, 4, 4])
    solution = solve(problem)
    assert solution.region[[0, 1, 11]].tolist() == [0, 1, 2]
    assert np.bincount(solution.region).tolist() == [4, 4, 4]


def test_centres_are_chosen_among_the_candidates():
    problem = dataclasses.replace(lattice(1, 6, lower=3), centres=[0, 1, 4, 5])
    assert sorted(solve(problem).centres.tolist()) == [1, 4]


def test_a_part_without_a_candidate_is_not_served():
    problem = Problem([9, 9], [], xy=[[0, 0], [5, 0]], lower=5, centres=[0])
    assert solve(problem).unserved[0].reason == "no_centre"


def test_what_can_t_be_reached_isn_t_given_to_a_centre():
    cost = np.array([[0, np.inf], [1, 9], [np.inf, 0]])
    problem = Problem([5, 5, 5], [(0, 1), (1, 2)], cost=cost, centres=[0, 2], fixed_centres=True, lower=5)
    assert solve(problem).region.tolist() == [0, 0, 1]


def test_a_wish_for_a_target_evens_the_loads():
    problem = lattice(1, 12, lower=2, regions=3, target=4, target_cost=10.0)
    assert np.bincount(solve(problem, objective="border").region).tolist() == [4, 4, 4]


@pytest.mark.parametrize(
    "wrong",
    [
        {"weights": [1, -2, 3]},
        {"weights": [1, float("nan"), 3]},
        {"weights": [1, 2.5, 3]},
        {"weights": []},
        {"edges": [(0, 3)]},
        {"xy": [[0, 0], [1, float("nan")], [2, 0]]},
        {"cost": np.full((3, 3), np.nan)},
        {"cost": np.zeros((3, 2))},
        {"centres": [0, 7]},
        {"within": [0, 1]},
        {"lower": -1},
        {"regions": 0},
        {"fixed": {9: 0}},
        {"fixed": {"first": 0}},
        {"centres": [0, 2], "fixed": {1: "the other"}},
        {"weights": [1, 2, 1e308]},
        {"edges": [(0, 1), (1, 2, 0)]},
        {"lower": "many"},
        {"lower": float("nan")},
        {"upper": float("inf")},
        {"regions": 1.5},
        {"regions": "two"},
        {"target": float("nan"), "target_cost": 1.0},
        {"border": [1, -1]},
        {"centres": [0, 2], "capacity": [4, float("nan")]},
        {"centres": [0, 0]},
    ],
)
def test_what_is_no_problem_is_refused_with_its_reason(wrong):
    good = {"weights": [1, 2, 3], "edges": [(0, 1), (1, 2)], "xy": [[0, 0], [1, 0], [2, 0]], "lower": 1}
    with pytest.raises(InputError):
        solve(Problem(**{**good, **wrong}))


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"seed": 0.5}, {"time_limit": float("nan")}, {"objective": "beauty"}])
def test_what_is_no_way_to_solve_is_refused(wrong):
    with pytest.raises(InputError):
        solve(lattice(2, 2, lower=2), **wrong)


def test_units_without_households_have_plans_too():
    assert solve(lattice(2, 3, np.zeros(6), lower=0, regions=2)).status == "optimal"


def test_an_interrupted_search_has_a_bound():
    solution = solve(lattice(20, 20, lower=20), progress=lambda share, words: share < 0.3, iterations=10_000_000)
    assert 0 < solution.bound <= solution.value


def test_an_error_of_the_caller_s_goes_through():
    def progress(share, words):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        solve(lattice(9, 9, lower=9), progress=progress)


def test_returning_false_stops_the_search_with_the_best_so_far():
    problem = lattice(10, 10, lower=10)
    solution = solve(problem, objective="border", iterations=50_000_000, progress=lambda share, words: share < 0.05)
    assert solution.interrupted
    assert solution.seconds < 5


def test_the_time_limit_holds():
    solution = solve(lattice(30, 30, lower=40), objective="border", iterations=10**10, time_limit=0.5)
    assert solution.seconds < 2


def test_the_checker_finds_a_torn_region():
    problem = lattice(1, 4, lower=1)
    assert any("pieces" in fault for fault in faults(problem, np.array([0, 1, 0, 1]), [0, 1]))


def test_the_checker_finds_a_light_region():
    assert any("below" in fault for fault in faults(lattice(1, 3, lower=2), np.array([0, 0, 1]), [0, 2]))


def test_a_known_board_is_cut_near_the_best_known():
    weights = np.random.default_rng(7).integers(20, 151, 1000)
    solution = solve(lattice(25, 40, weights), objective="border", iterations=10_000_000)
    assert len(solution.centres) == 17
    assert 188 <= solution.bound <= solution.value <= 210


def test_the_order_of_units_is_kept_whatever_the_parts():
    order = list(itertools.chain.from_iterable(zip(range(5), range(5, 10), strict=True)))
    weights = np.arange(1, 11)[order]
    problem = Problem(weights, [(i, i + 2) for i in range(8)], xy=np.column_stack((order, np.zeros(10))), lower=7)
    solution = solve(problem)
    assert faults(problem, solution.region, solution.centres) == []
