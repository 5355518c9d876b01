"""Grids of which one no longer fits: it is drawn anew, and the others stay."""

from __future__ import annotations

from functools import cache

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box
from shapely.geometry import MultiPolygon

from gridmap.analysis import grids as analysis
from gridmap.analysis.grids import Grids
from gridmap.analysis.grids.walks import straight_pairs
from gridmap.domain.district import District

CRS = "EPSG:4550"
CODE = "371071004009"
HOUSES, STEP_M = 15, 100


def street(households: list[int]) -> District:
    """A community along a street: a house every 100 m."""
    places = [box(STEP_M * k + 40, 40, STEP_M * k + 60, 60) for k in range(HOUSES)]
    area = MultiPolygon([box(0, 0, STEP_M * HOUSES, 100)])
    common = {"community_code": CODE, "use": "residential", "floors": 6}
    houses = [
        {"code": f"B{k:02}", "households": count, "geometry": place, **common}
        for k, (count, place) in enumerate(zip(households, places, strict=True))
    ]
    tables = {
        "communities": [{"code": CODE, "name": "青石社区", "kind": "urban", "geometry": area}],
        "buildings": houses,
    }
    layers = {name: gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS) for name, rows in tables.items()}
    for layer in layers.values():
        layer.geometry = layer.geometry.translate(412_000, 4_150_000)
    return District(layers, crs=CRS)


EVEN = [100] * HOUSES


@cache
def first() -> Grids:
    """Five grids of three houses each."""
    return analysis.grids(street(EVEN), walks=straight_pairs)


def again(households: list[int]) -> Grids:
    """The grids once the households are these."""
    before = street(households).with_tables(grids=first().grids, members=first().members)
    return analysis.grids(before, walks=straight_pairs)


def with_grid(households: dict[int, int]) -> list[int]:
    """The even households, but these of some houses."""
    return [households.get(k, count) for k, count in enumerate(EVEN)]


def houses_of(result: Grids) -> dict[str, list[int]]:
    members = result.members.assign(house=result.members["building_code"].str[1:].astype(int))
    return members.groupby("grid_code")["house"].apply(sorted).to_dict()


def test_before_there_are_five_grids_of_three_houses():
    assert list(houses_of(first()).values()) == [[k, k + 1, k + 2] for k in range(0, HOUSES, 3)]


def test_a_grid_that_has_grown_too_large_is_divided_and_the_others_stay():
    found = houses_of(again(with_grid({6: 220, 7: 160, 8: 220})))
    before = houses_of(first())
    others = [code for code, houses in before.items() if houses != [6, 7, 8]]
    assert {code: found[code] for code in others} == {code: before[code] for code in others}


def test_of_a_divided_grid_one_keeps_its_code_and_the_others_are_numbered_on():
    found = houses_of(again(with_grid({6: 220, 7: 160, 8: 220})))
    assert set(found) - set(houses_of(first())) == {f"{CODE}006"}


def test_a_grid_that_has_become_too_small_is_drawn_anew_with_one_neighbour():
    found, before = houses_of(again(with_grid({0: 20, 1: 20, 2: 20}))), houses_of(first())
    assert sum(found.get(code) == houses for code, houses in before.items()) == 3


def test_a_small_grid_that_another_needed_is_drawn_anew_once():
    # the first two can be cut to 190 and 365 or to 390 and 165 alone, so the third, too small itself, goes with them
    households = with_grid({0: 20, 1: 20, 2: 20, 3: 130, 4: 200, 5: 165, 6: 20, 7: 20, 8: 20})
    found, before = houses_of(again(households)), houses_of(first())
    assert sum(found.get(code) == houses for code, houses in before.items()) == 2


def test_that_some_were_drawn_anew_is_said():
    (note,) = [note for note in again(with_grid({6: 220, 7: 160, 8: 220})).notes if "anew" in note.message]
    assert (note.message.split(" of ")[0], note.params["same"], note.params["grids"]) == ("Some grids", 4, 6)


@given(st.lists(st.integers(20, 160), min_size=HOUSES, max_size=HOUSES).filter(lambda some: sum(some) >= 400))
@settings(max_examples=25, deadline=None)
def test_whatever_has_changed_the_grids_tile_the_community_within_the_bounds(households):
    result = again(households).grids
    shapes, area = result.geometry.to_numpy(), street(households)["communities"].geometry.iloc[0]
    assert np.isclose(shapely.area(shapes).sum(), area.area)
    assert shapely.area(shapely.symmetric_difference(shapely.union_all(shapes), area)) < 1e-3
    assert result["households"].between(200, 500).all()
    assert result["code"].is_unique
