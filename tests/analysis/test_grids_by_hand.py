"""What a community's grids are corrected on, and what grids put together by hand become."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis.grids import grids
from gridmap.analysis.shaping import Ground, drawn_by_hand, grid_kinds, survey_community
from gridmap.domain.district import District
from gridmap.domain.errors import DataError
from tests.fixtures.districts import URBAN, VILLAGE, make_town


def alone(code: str) -> District:
    """The one community of the town, in metres."""
    town = make_town().metric()
    only = {
        name: town[name][town[name][column] == code].reset_index(drop=True)
        for name, column in (("communities", "code"), ("buildings", "community_code"))
    }
    return town.with_tables(**only)


@lru_cache
def surveyed() -> tuple[District, Ground]:
    """The urban community and its blocks."""
    urban = alone(URBAN)
    return urban, survey_community(urban, prefix=URBAN)


@pytest.fixture
def urban() -> District:
    return surveyed()[0]


@pytest.fixture
def ground() -> Ground:
    return surveyed()[1]


def test_every_building_is_a_block_of_its_own(ground: Ground, urban: District) -> None:
    assert sorted(ground.buildings.values()) == list(range(len(urban["buildings"])))


def test_blocks_tile_the_community(ground: Ground, urban: District) -> None:
    assert shapely.coverage_is_valid(ground.shapes)
    assert shapely.union_all(ground.shapes).symmetric_difference(urban["communities"].geometry[0]).area < 1e-3


def test_each_building_stands_on_its_own_block(ground: Ground, urban: District) -> None:
    rows = [ground.buildings[code] for code in urban["buildings"]["code"]]
    assert shapely.covers(shapely.buffer(ground.shapes[rows], 0.01), urban["buildings"].geometry.to_numpy()).all()


def test_blocks_hold_the_households_of_the_community(ground: Ground) -> None:
    assert ground.households.tolist() == [60] * 16


def test_blocks_of_a_compound_carry_its_code(ground: Ground) -> None:
    codes, count = np.unique(ground.community.astype(str), return_counts=True)
    assert dict(zip(codes.tolist(), count.tolist(), strict=True)) == {f"{URBAN}-{name}": 4 for name in "ABCD"}


def test_a_grid_of_a_village_is_rural() -> None:
    village = survey_community(alone(VILLAGE), prefix=VILLAGE)
    assert grid_kinds(village, np.ones(village.n, dtype=np.int64)) == {1: "rural"}


def test_without_buildings_there_is_nothing_to_correct(urban: District) -> None:
    with pytest.raises(DataError):
        survey_community(urban.with_tables(buildings=urban["buildings"].iloc[:0]), prefix=URBAN)


def drawn(ground: Ground, urban: District, region: np.ndarray):
    codes = {int(label): f"{URBAN}{label:03d}" for label in np.unique(region)}
    made = drawn_by_hand(ground, region, codes, urban["buildings"]["code"].tolist())
    return grids(urban, drawn={URBAN: made})


def test_grids_by_hand_are_measured_as_drawn(ground: Ground, urban: District) -> None:
    names = ground.community.astype(str)
    made = drawn(ground, urban, np.where(names == f"{URBAN}-A", 1, np.where(names == f"{URBAN}-B", 7, 2)))
    table = made.grids.set_index("code")
    assert table["households"].to_dict() == {f"{URBAN}001": 240, f"{URBAN}002": 480, f"{URBAN}007": 240}
    assert table["by_hand"].all()


def test_those_outside_the_bounds_are_named_as_drawn_by_hand(ground: Ground, urban: District) -> None:
    made = drawn(ground, urban, np.ones(ground.n, dtype=np.int64))
    assert [str(note) for note in made.notes if note.place] == [
        f"Grid {URBAN}001 has 960 households, more than 500: it was drawn so by hand."
    ]


def test_the_analysis_keeps_grids_by_hand_of_any_size(ground: Ground, urban: District) -> None:
    before = drawn(ground, urban, np.ones(ground.n, dtype=np.int64)).grids
    again = grids(urban.with_tables(grids=before)).grids
    assert again["code"].tolist() == [f"{URBAN}001"]
    assert again["by_hand"].all()


def test_but_draws_grids_of_its_own_anew_where_they_are_outside_the_bounds(ground: Ground, urban: District) -> None:
    before = drawn(ground, urban, np.ones(ground.n, dtype=np.int64)).grids.assign(by_hand=False)
    assert len(grids(urban.with_tables(grids=before)).grids) > 1


@settings(max_examples=15)
@given(st.lists(st.integers(1, 5), min_size=16, max_size=16))
def test_whatever_is_painted_tiles_the_community(labels: list[int]) -> None:
    urban, ground = surveyed()
    made = drawn(ground, urban, np.array(labels)).grids
    assert made["households"].sum() == 960
    assert made["buildings"].sum() == 16
    assert abs(made.geometry.area.sum() - urban["communities"].geometry[0].area) < 1e-2


def test_land_on_which_nothing_stands_follows_what_it_is_joined_to(ground: Ground) -> None:
    kinds = ["land", *ground.kind[1:]]
    households = np.append(0, ground.households[1:])
    other = dataclasses.replace(ground, kind=kinds, households=households)
    region = np.append(2, np.ones(ground.n - 1, dtype=np.int64))
    assert grid_kinds(other, region) == {1: "basic", 2: "rural"}
