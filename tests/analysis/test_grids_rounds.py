"""The order in which a grid's buildings are walked to."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis.grids.touring import stops
from gridmap.analysis.grids.walks import straight_pairs


def houses(*corners: tuple[float, float]) -> np.ndarray:
    """The middles of houses of 10 m that have these corners."""
    return np.array(corners, dtype=float).reshape(-1, 2) + 5


def length(corners: list[tuple[float, float]], stop: np.ndarray) -> float:
    path = np.array(corners)[np.argsort(stop)]
    return float(np.hypot(*np.diff(path, axis=0).T).sum())


def test_along_a_lane_one_house_follows_the_other() -> None:
    lane = houses((60, 0), (0, 0), (80, 0), (20, 0), (40, 0))
    assert stops(lane, np.zeros(5, int), straight_pairs).tolist() == [4, 1, 5, 2, 3]


def test_two_rows_are_walked_up_and_down() -> None:
    corners = [(20.0 * k, row) for row in (0.0, 50.0) for k in range(5)]
    assert length(corners, stops(houses(*corners), np.zeros(10, int), straight_pairs)) == 210


def test_a_wall_between_two_rows_is_not_crossed_again_and_again() -> None:
    corners = [(30.0 * k, row) for row in (0.0, 20.0) for k in range(5)]

    def walks(places: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        across = np.abs(places[source, 1] - places[target, 1]) > 10
        return straight_pairs(places, source, target) + 500.0 * across

    stop = stops(houses(*corners), np.zeros(10, int), walks)
    rows = np.array([row for _, row in corners])[np.argsort(stop)]
    assert np.count_nonzero(np.diff(rows)) == 1


def test_a_house_alone_is_the_first_stop() -> None:
    assert stops(houses((0, 0), (50, 0)), np.array([0, 1]), straight_pairs).tolist() == [1, 1]


def test_no_houses_no_stops() -> None:
    assert stops(houses(), np.zeros(0, int), straight_pairs).tolist() == []


places = st.tuples(st.integers(0, 400), st.integers(0, 400), st.integers(0, 2))


@given(st.lists(places, min_size=1, max_size=40, unique_by=lambda place: place[:2]))
@settings(max_examples=40, deadline=None)
def test_every_house_of_a_grid_has_a_stop_of_its_own(drawn: list[tuple[int, int, int]]) -> None:
    grid = np.array([number for *_, number in drawn])
    stop = stops(houses(*((x, y) for x, y, _ in drawn)), grid, straight_pairs)
    assert all(
        sorted(stop[grid == one]) == list(range(1, np.count_nonzero(grid == one) + 1)) for one in np.unique(grid)
    )


@given(st.lists(places, min_size=2, max_size=25, unique_by=lambda place: place[:2]))
@settings(max_examples=40, deadline=None)
def test_a_round_is_no_longer_than_from_west_to_east(drawn: list[tuple[int, int, int]]) -> None:
    corners = [(float(x), float(y)) for x, y, _ in drawn]
    stop = stops(houses(*corners), np.zeros(len(corners), int), straight_pairs)
    sweep = np.argsort(np.lexsort(np.array(corners).T[::-1]))
    # walks to what lies farther than the ten nearest are taken to be longer than they are
    assert length(corners, stop) <= 1.6 * length(corners, sweep) + 1e-6


def test_past_very_many_houses_the_round_follows_a_curve() -> None:
    rng = np.random.default_rng(3)
    corners = rng.uniform(0, 1000, (2_500, 2))
    stop = stops(houses(*corners.tolist()), np.zeros(len(corners), int), straight_pairs)
    assert sorted(stop.tolist()) == list(range(1, len(corners) + 1))
    assert length(corners[:, :2].tolist(), stop) < 2 * np.sqrt(len(corners)) * 1000
