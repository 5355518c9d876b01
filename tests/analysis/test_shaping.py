"""Plans shaped by hand: figures worked out on a chessboard, and moves that keep what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis.shaping import compared, figures, finished, improved, parted, pieces, repaired
from tests.fixtures.grounds import board

BOARD = board(4, 5)
OPEN = np.zeros(BOARD.n, dtype=bool)
drawings = st.lists(st.integers(-1, 3), min_size=BOARD.n, max_size=BOARD.n).map(np.array)
locks = st.lists(st.booleans(), min_size=BOARD.n, max_size=BOARD.n).map(np.array)


def in_one_piece(region: np.ndarray, label: int) -> bool:
    return len(np.unique(pieces(BOARD, region)[region == label])) == 1


def test_figures_of_a_square_of_four_blocks() -> None:
    ground = board(2, 2)
    row = figures(ground, np.zeros(4, dtype=np.int64)).loc[0]
    assert row[["households", "blocks", "missing", "pieces"]].tolist() == [2000, 4, 3000, 1]
    assert row["polsby_popper"] == pytest.approx(np.pi / 4, abs=1e-4)
    assert row["reock"] == pytest.approx(2 / np.pi, abs=1e-4)
    assert (row["mean_walk_m"], row["p95_walk_m"], row["beyond_15"]) == (100.0, 200.0, 0.0)


def test_two_blocks_that_touch_at_a_corner_are_two_pieces() -> None:
    assert figures(board(2, 2), np.array([0, 1, 1, 0]))["pieces"].tolist() == [2, 2]


def test_two_blocks_with_a_wall_between_are_two_pieces() -> None:
    assert figures(board(1, 2, wall=(0, 1)), np.array([0, 0]))["pieces"].tolist() == [2]


def test_a_region_without_a_site_has_no_walk() -> None:
    row = figures(board(1, 2), np.array([-1, 0])).loc[0]
    assert row["office"] == -1
    assert np.isnan(row["mean_walk_m"])


def test_changed_households_are_those_that_came() -> None:
    found = figures(board(1, 3), np.array([0, 0, 1]), np.array([0, 1, 1]))
    assert found["changed"].tolist() == [500, 0]


@given(drawings, locks)
def test_repair_leaves_every_free_region_in_one_piece(region: np.ndarray, closed: np.ndarray) -> None:
    after = repaired(BOARD, region, closed)
    free = [label for label in np.unique(after[after >= 0]) if not closed[after == label].any()]
    assert all(in_one_piece(after, label) for label in free)


@given(drawings, locks)
def test_repair_moves_no_closed_block_and_takes_in_none_that_was_unassigned(
    region: np.ndarray, closed: np.ndarray
) -> None:
    after = repaired(BOARD, region, closed)
    assert (after[closed] == region[closed]).all()
    assert (after[region == -1] == -1).all()


@given(drawings, locks)
def test_finishing_changes_only_what_was_unassigned_and_free(region: np.ndarray, closed: np.ndarray) -> None:
    after = finished(BOARD, region, closed)
    stays = closed | (region != -1)
    assert (after[stays] == region[stays]).all()


@given(drawings)
def test_finishing_without_locks_leaves_nothing_where_there_is_a_region(region: np.ndarray) -> None:
    after = finished(BOARD, region, OPEN)
    assert (after >= 0).all() or (region == -1).all()


@given(drawings)
def test_finishing_makes_no_new_pieces(region: np.ndarray) -> None:
    before = figures(BOARD, region)["pieces"]
    after = figures(BOARD, finished(BOARD, region, OPEN))["pieces"]
    assert (after.reindex(before.index) <= before).all()


def test_a_region_that_is_locked_whole_takes_none() -> None:
    ground = board(1, 3)
    region = np.array([0, -1, 1])
    assert finished(ground, region, np.array([True, False, False])).tolist() == [0, 1, 1]


@settings(max_examples=10, deadline=None)
@given(st.sets(st.integers(0, BOARD.n - 1), max_size=4))
def test_parting_gives_two_halves_in_one_piece_each_and_loses_nobody(closed: set[int]) -> None:
    region = np.zeros(BOARD.n, dtype=np.int64)
    after = parted(BOARD, region, 0, 7, np.isin(np.arange(BOARD.n), list(closed)))
    if after is None:
        assert closed
        return
    assert set(after.tolist()) == {0, 7}
    assert in_one_piece(after, 0)
    assert in_one_piece(after, 7)
    assert (after[list(closed)] == 0).all()


def test_one_block_can_t_be_parted() -> None:
    assert parted(board(1, 1), np.array([0]), 0, 1, np.array([False])) is None


def test_improving_goes_around_the_locks() -> None:
    ground = board(4, 10)
    region = np.arange(40) % 10 // 5
    ragged = region.copy()
    ragged[[4, 14, 5, 15]] = [1, 1, 0, 0]
    closed = np.zeros(40, dtype=bool)
    closed[[0, 39]] = True
    after, left = improved(ground, ragged, closed, time_limit=5)
    assert (left, after[0], after[39]) == ([], 0, 1)
    assert figures(ground, after)["pieces"].tolist() == [1, 1]
    assert figures(ground, after)["missing"].tolist() == [0, 0]


def test_a_street_that_can_t_reach_the_threshold_is_left_and_named() -> None:
    region = np.array([0, 0, 1, 1])
    after, left = improved(board(1, 4), region, np.zeros(4, dtype=bool), time_limit=2)
    assert (after.tolist(), left) == ([0, 0, 1, 1], ["371071004"])


def test_regions_correspond_by_their_households() -> None:
    found = compared(np.array([0, 0, 0, 1]), np.array([5, 5, 6, 6]), np.full(4, 10))
    assert (found.partner, found.blocks.tolist()) == ({0: 5, 1: 6}, [False, False, True, False])


def test_communities_that_are_joined_whole_change_nobody() -> None:
    found = compared(np.array([0, 0, 1, 1]), np.array([3, 3, 3, 3]), np.full(4, 10), joining=True)
    assert not found.blocks.any()


@given(drawings)
def test_a_plan_beside_itself_changes_nobody(region: np.ndarray) -> None:
    assert not compared(region, region, BOARD.households).blocks.any()
