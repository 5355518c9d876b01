"""A district in memory: typed tables in one coordinate system."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from gridmap.domain.district import District
from gridmap.domain.errors import DataError
from gridmap.domain.metric import metric_crs
from gridmap.domain.numbers import DEFAULT_NUMBERS, sources


def test_a_missing_layer_reads_as_an_empty_table_with_its_columns():
    assert list(District({})["gates"].columns[:2]) == ["code", "compound_code"]


def test_a_layer_without_geometry_is_a_plain_table():
    assert type(District({})["members"]) is pd.DataFrame


def test_missing_columns_are_added_in_their_type():
    table = gpd.GeoDataFrame({"code": ["a"]}, geometry=[Point(122, 37)], crs="EPSG:4326")
    assert str(District({"buildings": table})["buildings"]["households"].dtype) == "Int64"


def test_an_exchanged_layer_leaves_the_district_it_came_from_as_it_was(town):
    before = town["gates"]["access"].tolist()
    other = town.with_tables(compounds=town["compounds"].iloc[:1])
    other["gates"]["access"] = "closed"
    other["gates"].loc[other["gates"].index[0], "kind"] = None
    assert (len(town["compounds"]), len(other["compounds"])) == (4, 1)
    assert (town["gates"]["access"].tolist(), town["gates"]["kind"].isna().any()) == (before, False)


def test_the_metric_district_is_in_metres(town):
    west, south, east, north = town.metric().bounds()
    assert (round(east - west), round(north - south)) == (440, 440)


def test_a_district_without_any_place_says_so():
    with pytest.raises(DataError, match="nothing that has a place"):
        District({}).bounds()


@pytest.mark.parametrize(
    ("bounds", "crs"),
    [
        ((121.9, 37.4, 122.1, 37.5), "EPSG:4550"),
        ((116.30, 39.9, 116.33, 40.0), "EPSG:4548"),
        ((24.9, 60.1, 25.0, 60.2), "EPSG:32635"),
        ((-71.9, 41.1, -71.1, 42.0), "EPSG:32619"),
    ],
)
def test_the_metric_system_follows_from_the_position(bounds, crs):
    assert metric_crs(bounds) == crs


def test_metres_are_not_taken_for_degrees():
    with pytest.raises(DataError, match="not longitude and latitude"):
        metric_crs((412000, 4150000, 412400, 4150400))


@pytest.mark.parametrize(("households", "staff"), [(0, 5), (1500, 5), (1501, 6), (6000, 20)])
def test_an_urban_community_needs_five_or_one_for_300_households(households, staff):
    assert DEFAULT_NUMBERS.staff_needed(households, "urban") == staff


def test_the_staff_rule_does_not_hold_for_villages():
    assert DEFAULT_NUMBERS.staff_needed(900, "village") is None


def test_every_number_has_its_source():
    assert all(sources().values())
