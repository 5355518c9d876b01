"""What is missing is worked out, what was given stays, and every derived value is named."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.domain.district import District
from gridmap.domain.numbers import DEFAULT_NUMBERS
from gridmap.layers import derived
from gridmap.layers.enclosure import nearest_boundary, walled_share
from gridmap.layers.stairwells import stairwells

METRIC = "EPSG:4550"
X, Y = 500_000.0, 4_150_000.0


def box(west, south, east, north):
    return shapely.box(X + west, Y + south, X + east, Y + north)


def line(*points):
    return shapely.LineString([(X + x, Y + y) for x, y in points])


def table(shapes, **columns):
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=METRIC)


def district(**tables):
    return District(tables, crs=METRIC)


@pytest.fixture
def yard():
    compounds = table([box(0, 0, 100, 100)], code=["c1"], name=["甲"])
    buildings = table(
        [box(10, 10, 60, 22), box(10, 40, 20, 50)],
        code=["b1", "b2"],
        use=["residential", None],
        floors=pd.array([6, None], dtype="Int64"),
    )
    return {"compounds": compounds, "buildings": buildings}


def test_a_building_takes_the_smallest_compound_that_it_stands_in(yard):
    yard["compounds"] = table([box(0, 0, 100, 100), box(-500, -500, 500, 500)], code=["c1", "outer"])
    found = derived(district(**yard))
    assert found["buildings"]["compound_code"].tolist() == ["c1", "c1"]
    assert found["compounds"]["within"].tolist() == ["outer", None]


def test_households_are_floor_area_by_the_size_of_a_dwelling(yard):
    buildings = derived(district(**yard))["buildings"]
    assert buildings["households"].tolist() == [round(600 * 6 / 95), round(100 * 2 / 95)]
    assert buildings["residents"].tolist() == [3 * round(600 * 6 / 95), 3 * round(100 * 2 / 95)]


def test_what_was_derived_is_named_and_what_was_given_is_not(yard):
    names = [set(text.split()) for text in derived(district(**yard))["buildings"]["derived"]]
    assert names[0] == {"compound_code", "households", "residents"}
    assert names[1] == {"compound_code", "use", "floors", "households", "residents"}


def test_what_was_given_stays(yard):
    yard["buildings"]["households"] = pd.array([7, 8], dtype="Int64")
    yard["compounds"]["households"] = pd.array([99], dtype="Int64")
    found = derived(district(**yard))
    assert found["buildings"]["households"].tolist() == [7, 8]
    assert found["compounds"]["households"].tolist() == [99]


def test_households_follow_from_residents_where_those_are_known(yard):
    yard["buildings"]["residents"] = pd.array([30, None], dtype="Int64")
    assert derived(district(**yard))["buildings"]["households"].tolist() == [10, round(100 * 2 / 95)]


def test_a_compounds_households_are_the_sum_of_its_buildings(yard):
    found = derived(district(**yard))
    assert found["compounds"]["households"].iloc[0] == found["buildings"]["households"].sum()


def test_an_employers_buildings_of_unknown_use_are_no_dwellings(yard):
    yard["compounds"]["employer"] = ["某厂"]
    assert derived(district(**yard))["buildings"]["use"].tolist() == ["residential", "unknown"]


def test_deriving_twice_changes_nothing(yard):
    once = derived(district(**yard))
    twice = derived(once)
    for name in once.filled():
        pd.testing.assert_frame_equal(pd.DataFrame(once[name]), pd.DataFrame(twice[name]))


def test_stairwells_that_are_given_are_all_there_are(yard):
    given_one = table([shapely.Point(X + 35, Y + 22)], code=["s1"], building_code=["b1"])
    assert derived(district(**yard, stairwells=given_one))["stairwells"]["code"].tolist() == ["s1"]


def test_a_slab_of_50_m_has_three_stairwells_on_its_northern_side(yard):
    found = derived(district(**yard))["stairwells"]
    first = found[found["building_code"] == "b1"]
    assert first["number"].tolist() == [1, 2, 3]
    assert first.geometry.y.tolist() == pytest.approx([Y + 22] * 3)
    assert np.diff(first.geometry.x).tolist() == pytest.approx([50 / 3] * 2)


@settings(deadline=None, max_examples=30)
@given(st.integers(20, 150), st.integers(8, 20), st.integers(0, 400), st.floats(0, 180))
def test_stairwells_stand_on_the_outline_and_share_out_every_household(length, depth, households, angle):
    shape = shapely.affinity.rotate(box(0, 0, length, depth), angle)
    buildings = table([shape], code=["b"], use=["residential"], households=pd.array([households], dtype="Int64"))
    none = district()["stairwells"]
    found = stairwells(buildings, none, numbers=DEFAULT_NUMBERS)
    assert found["households"].sum() == households
    assert (found.geometry.distance(shape.boundary) < 1e-6).all()
    assert found["households"].max() - found["households"].min() <= 1


# enclosure


def test_walls_on_three_sides_of_a_square_are_three_quarters():
    walls = np.array([line((0, 0), (0, 100), (100, 100), (100, 0))], dtype=object)
    edges = np.array([box(0, 0, 100, 100).boundary], dtype=object)
    share = walled_share(edges, walls, np.array([], dtype=object), reach=1.0)
    assert share[0] == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize(
    ("walls", "enclosure"),
    [
        (line((0, 0), (0, 100), (100, 100), (100, 0), (0, 0)), "enclosed"),
        (line((0, 0), (0, 100), (100, 100)), "partly"),
        (line((300, 0), (300, 100)), "unknown"),
    ],
)
def test_enclosure_follows_from_the_walls_along_the_boundary(yard, walls, enclosure):
    found = derived(district(**yard, barriers=table([walls], kind=["wall"])))["compounds"].iloc[0]
    assert found["enclosure"] == enclosure
    assert "enclosure" in found["derived"]


def test_an_enclosure_that_somebody_called_unknown_stays_unknown(yard):
    yard["compounds"]["enclosure"] = ["unknown"]
    walls = table([line((0, 0), (0, 100), (100, 100), (100, 0), (0, 0))], kind=["wall"])
    assert derived(district(**yard, barriers=walls))["compounds"]["enclosure"].tolist() == ["unknown"]


def test_a_gate_belongs_to_the_nearest_boundary_within_reach():
    compounds = table([box(0, 0, 100, 100), box(104, 0, 200, 100)], code=["a", "b"])
    gates = table([shapely.Point(X + 100.5, Y + 50), shapely.Point(X + 104, Y + 50), shapely.Point(X + 50, Y + 50)])
    assert nearest_boundary(gates, compounds, reach=10.0).tolist() == ["a", "b", None]
