"""One grid per member of staff: as many grids as the mission's rule asks for staff."""

from __future__ import annotations

from dataclasses import replace

import pytest
from shapely import box

from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from tests.analysis.test_grids import assert_tiles, buildings, community, counts, district, grids

PER_STAFF = replace(DEFAULT_NUMBERS, grid_per_staff=True)


def row_of(count: int, each: int, **about):
    """A community of so many equal buildings in a row."""
    return district(
        communities=[community(box(0, 0, 60 * count, 100), **about)],
        buildings=buildings([(60 * k + 20, 40) for k in range(count)], [each] * count),
    )


def test_a_small_urban_community_has_five_grids():
    assert counts(grids(row_of(20, 40), numbers=PER_STAFF)) == [160] * 5


def test_without_the_setting_it_has_as_many_as_the_target_asks_for():
    assert len(counts(grids(row_of(20, 40)))) == 3


def test_a_large_one_has_a_grid_for_every_300_begun():
    assert len(counts(grids(row_of(48, 40), numbers=PER_STAFF))) == 7


def test_they_tile_the_community():
    given = row_of(20, 40)
    assert_tiles(grids(given, numbers=PER_STAFF), given)


def test_staff_are_counted_by_the_communitys_own_households():
    assert len(counts(grids(row_of(20, 40, households=1_801), numbers=PER_STAFF))) == 7


def test_a_converted_community_has_grids_as_usual():
    assert len(counts(grids(row_of(20, 40, kind="converted"), numbers=PER_STAFF))) == 3


def test_each_grid_says_what_size_it_was_to_have():
    table = grids(row_of(20, 40), numbers=PER_STAFF).grids
    assert table[["size_least", "size_most"]].drop_duplicates().to_numpy().tolist() == [[107, 267]]


def test_where_buildings_are_too_few_it_says_so():
    result = grids(row_of(3, 40), numbers=PER_STAFF)
    said = [note for note in result.notes if "members of staff" in note.message]
    assert [note.params for note in said] == [{"name": "青石社区", "grids": 3, "staff": 5}]


@pytest.mark.parametrize(
    ("households", "staff", "target"), [(800, 5, 160), (2_100, 7, 300), (0, 5, 300), (800, None, 300)]
)
def test_the_target_is_the_households_of_one_of_the_staff(households, staff, target):
    assert PER_STAFF.for_grids(households, staff=staff).grid_target == target


def test_numbers_are_as_they_are_without_the_setting():
    assert Numbers().for_grids(800, staff=5) == Numbers()
