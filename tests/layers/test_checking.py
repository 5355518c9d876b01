"""What a check finds: every planted fault, with its size and its place, and nothing in a district that is in order."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridmap.domain.district import District
from gridmap.domain.numbers import DEFAULT_NUMBERS
from gridmap.domain.words import FINDING_KINDS
from gridmap.layers import read, write
from gridmap.layers.checking import check, places_of, refused, table_of
from gridmap.sample import make_sample
from tests.fixtures.districts import CRS, EAST, NORTH, STREET, URBAN, VILLAGE, make_town

A = f"{URBAN}-A"


def found(district, **tables):
    changed = district.to_crs(CRS).with_tables(**tables)
    return check(changed, numbers=DEFAULT_NUMBERS, progress=lambda _share, _words: None, before=[])


def kinds(findings):
    return {one.kind for one in findings}


@pytest.fixture
def metric(town):
    return town.to_crs(CRS)


def with_shape(table, code, shape):
    table = table.copy()
    table.loc[table["code"] == code, "geometry"] = shapely.transform(shape, lambda xy: np.add(xy, (EAST, NORTH)))
    return table


def with_value(table, code, /, **values):
    table = table.copy()
    for column, value in values.items():
        table.loc[table["code"] == code, column] = value
    return table


def test_a_town_in_order_has_nothing(town):
    assert found(town) == []


def test_the_sample_has_no_errors():
    district = make_sample(seed=2012, scale=0.1).district.metric()
    findings = check(district, numbers=DEFAULT_NUMBERS, progress=lambda _share, _words: None, before=[])
    assert [one for one in findings if one.severity == "error"] == []


def test_an_invalid_shape(town, metric):
    bow = shapely.Polygon([(15, 20), (85, 32), (85, 20), (15, 32)])
    one = found(town, buildings=with_shape(metric["buildings"], f"{A}-1", bow))[0]
    assert (one.kind, one.severity, one.layer, one.code) == ("invalid_shape", "error", "buildings", f"{A}-1")


def test_an_overlap_with_its_area(town, metric):
    shape = shapely.MultiPolygon([shapely.box(-20, 210, 420, 420)])
    (one,) = found(town, communities=with_shape(metric["communities"], VILLAGE, shape))
    assert (one.kind, {one.code, one.other}) == ("overlap", {URBAN, VILLAGE})
    assert one.area_m2 == pytest.approx(4400)
    assert one.shape.area == pytest.approx(4400)


def test_compounds_that_overlap_are_doubted_and_nested_ones_are_not(town, metric):
    crossing = with_shape(metric["compounds"], A, shapely.box(0, 0, 110, 200))
    assert [(one.kind, one.severity) for one in found(town, compounds=crossing)] == [("overlap", "doubt")]
    nested = metric["compounds"].iloc[[0]].assign(code="yard", households=None, residents=None)
    nested = with_shape(nested, "yard", shapely.box(40, 40, 60, 60))
    assert found(town, compounds=pd.concat([metric["compounds"], nested])) == []


def test_a_gap_between_areas(town, metric):
    ring = shapely.box(-20, 220, 420, 420) - shapely.box(100, 300, 130, 340)
    inner = metric["communities"].iloc[[1]].assign(code="371071004202", households=None, residents=None)
    inner = with_shape(inner, "371071004202", shapely.MultiPolygon([shapely.box(100, 300, 130, 330)]))
    communities = with_shape(metric["communities"], VILLAGE, shapely.MultiPolygon([ring]))
    one = next(one for one in found(town, communities=pd.concat([communities, inner])) if one.kind == "gap")
    assert one.area_m2 == pytest.approx(300)
    assert {one.code, one.other} == {VILLAGE, "371071004202"}


def test_what_of_a_street_lies_in_no_community(town, metric):
    smaller = shapely.MultiPolygon([shapely.box(-20, 220, 370, 420)])
    findings = found(town, communities=with_shape(metric["communities"], VILLAGE, smaller))
    (one,) = (one for one in findings if one.kind == "gap")
    assert (one.layer, one.code) == ("streets", STREET)
    assert one.area_m2 == pytest.approx(50 * 200)


def test_an_area_that_reaches_out_of_its_parent(town, metric):
    compounds = with_shape(metric["compounds"], A, shapely.box(-30, 0, 100, 200))
    (one,) = found(town, compounds=compounds)
    assert (one.kind, one.code, one.other, one.severity) == ("outside", A, URBAN, "doubt")
    assert one.area_m2 == pytest.approx(2000)


def test_a_building_of_another_compound_is_an_error(town, metric):
    buildings = with_value(metric["buildings"], f"{A}-1", compound_code=f"{URBAN}-D")
    one = next(one for one in found(town, buildings=buildings) if one.kind == "outside")
    assert (one.code, one.other, one.severity) == (f"{A}-1", f"{URBAN}-D", "error")


def test_places_that_belong_nowhere(town, metric):
    building = with_value(metric["buildings"], f"{VILLAGE}-1", community_code=None)
    building = with_shape(building, f"{VILLAGE}-1", shapely.box(600, 300, 612, 309))
    stairwell = with_value(metric["stairwells"], f"{A}-1-1", building_code=None)
    stairwell = with_shape(stairwell, f"{A}-1-1", shapely.Point(95, 100))
    gate = with_value(metric["gates"], f"{A}-G", compound_code=None)
    gate = with_shape(gate, f"{A}-G", shapely.Point(50, -60))
    findings = found(town, buildings=building, stairwells=stairwell, gates=gate)
    assert {one.code for one in findings if one.kind == "orphan"} == {f"{VILLAGE}-1", f"{A}-1-1", f"{A}-G"}


def test_a_parent_that_the_place_itself_tells_is_not_missed(town, metric):
    buildings = metric["buildings"].assign(community_code=None)
    assert "orphan" not in kinds(found(town, buildings=buildings))


def test_a_community_in_no_street(town, metric):
    street = with_value(metric["streets"], STREET, code="371071009")
    communities = metric["communities"].assign(street_code=None)
    apart = with_shape(street, "371071009", shapely.MultiPolygon([shapely.box(-20, -20, 420, 100)]))
    orphan = [one.code for one in found(town, streets=apart, communities=communities) if one.kind == "orphan"]
    assert orphan == [VILLAGE]


def test_a_gate_away_from_its_boundary(town, metric):
    (one,) = found(town, gates=with_shape(metric["gates"], f"{A}-G", shapely.Point(50, 70)))
    assert (one.kind, one.code, one.other) == ("far_gate", f"{A}-G", A)
    assert one.length_m == pytest.approx(50)


@pytest.mark.parametrize(("end", "gap"), [(-10.6, 0.6), (-11.4, None), (-10, None), (-10.01, None)])
def test_a_way_that_ends_just_before_another(town, metric, end, gap):
    line = shapely.transform(shapely.LineString([(350, -60), (350, end)]), lambda xy: np.add(xy, (EAST, NORTH)))
    way = gpd.GeoDataFrame({"kind": ["footway"], "name": ["小路"]}, geometry=[line], crs=CRS)
    findings = found(town, ways=pd.concat([metric["ways"], way], ignore_index=True))
    assert [one.kind for one in findings] == ([] if gap is None else ["loose_end"])
    assert [one.length_m for one in findings] == ([] if gap is None else [pytest.approx(gap)])


def test_references_that_lead_nowhere(town, metric):
    findings = found(
        town,
        buildings=with_value(metric["buildings"], f"{VILLAGE}-1", community_code="371071004999"),
        centres=with_value(metric["centres"], "C1", serves=f"{URBAN} 371071004998"),
    )
    dead = {(one.code, one.other) for one in findings if one.kind == "dead_reference"}
    assert dead == {(f"{VILLAGE}-1", "371071004999"), ("C1", "371071004998")}


def test_a_layer_that_is_missing_is_one_finding_a_column(town, metric):
    findings = found(town, compounds=metric["compounds"].iloc[:0])
    dead = [one for one in findings if one.kind == "dead_reference"]
    assert {(one.layer, one.count) for one in dead} == {("buildings", 16), ("gates", 3)}


def test_sums_that_disagree(town, metric):
    findings = found(
        town,
        communities=with_value(metric["communities"], URBAN, households=1100),
        compounds=with_value(metric["compounds"], A, residents=800),
        stairwells=with_value(metric["stairwells"], f"{A}-1-1", households=60),
    )
    assert {(one.layer, one.code, one.count) for one in findings if one.kind == "count"} == {
        ("communities", URBAN, 140),
        ("compounds", A, 80),
        ("buildings", f"{A}-1", 30),
    }


def test_sums_within_the_tolerance_are_right(town, metric):
    assert found(town, communities=with_value(metric["communities"], URBAN, households=1000)) == []


def test_a_code_in_two_layers(town, metric):
    facilities = with_value(metric["facilities"], "F1", code=A)
    (one,) = found(town, facilities=facilities)
    assert (one.kind, one.code, one.count) == ("code_twice", A, 2)
    assert "compounds, facilities" in str(one.sentence)


@pytest.mark.parametrize(
    ("layer", "code", "column", "value"),
    [
        ("buildings", f"{VILLAGE}-1", "households", -1),
        ("buildings", f"{VILLAGE}-1", "floors", 0),
        ("buildings", f"{VILLAGE}-1", "households", 7),
        ("communities", VILLAGE, "elderly", 121),
        ("communities", VILLAGE, "children", 121),
        ("compounds", A, "employer_share", 1.5),
    ],
)
def test_values_out_of_range(town, metric, layer, code, column, value):
    findings = found(town, **{layer: with_value(metric[layer], code, **{column: value})})
    assert [(one.layer, one.code) for one in findings if one.kind == "value"] == [(layer, code)]


def test_homes_of_people_are_not_told(town, metric):
    staff = with_value(metric["staff"], "P1", capacity=-1)
    findings = found(town, staff=staff)
    assert [one.layer for one in findings] == ["staff"]
    assert table_of(findings, CRS).geometry.isna().all()


def test_errors_come_first_and_the_worst_of_each_kind_first(town, metric):
    compounds = with_shape(metric["compounds"], A, shapely.box(-30, 0, 110, 200))
    facilities = with_value(metric["facilities"], "F1", code=f"{URBAN}-B")
    findings = found(town, compounds=compounds, facilities=facilities)
    assert [one.severity for one in findings] == sorted(
        (one.severity for one in findings), key=["error", "doubt"].index
    )
    table = table_of(findings, CRS)
    assert table["rank"].tolist() == list(range(1, len(findings) + 1))
    assert set(shapely.get_type_id(places_of(table).geometry.to_numpy())) == {0}


def test_what_reading_refuses_or_mends_is_found(tmp_path, town):
    bow = shapely.Polygon([(122, 37.4), (122.002, 37.402), (122.002, 37.4), (122, 37.402)])
    good = shapely.box(122.01, 37.4, 122.012, 37.402)
    table = gpd.GeoDataFrame(
        {"code": ["a", "b", "b"]}, geometry=[bow, good, shapely.box(122.02, 37.4, 122.022, 37.402)], crs="EPSG:4326"
    )
    write(tmp_path / "buildings.gpkg", {"buildings": table})
    reading = read(tmp_path / "buildings.gpkg", as_it_is=True)
    assert {(one.kind, one.code) for one in refused(reading.report)} == {("invalid_shape", "a"), ("code_twice", "b")}


def test_a_way_that_runs_a_little_past_another_meets_it(town, metric):
    line = shapely.transform(shapely.LineString([(350, -60), (350, -9.4)]), lambda xy: np.add(xy, (EAST, NORTH)))
    way = gpd.GeoDataFrame({"kind": ["footway"], "name": ["小路"]}, geometry=[line], crs=CRS)
    assert not found(town, ways=pd.concat([metric["ways"], way], ignore_index=True))


def test_a_file_is_checked_as_it_is(tmp_path):
    tables = make_town().with_tables(facilities=make_town()["facilities"].assign(code=A))
    write(tmp_path / "town.gpkg", {name: tables[name] for name in tables.filled()})
    reading = read(tmp_path / "town.gpkg", as_it_is=True)
    assert reading.district["facilities"]["code"].tolist() == [A]
    assert reading.district["compounds"]["derived"].isna().all()
    assert reading.report.coverage == []


def test_every_kind_can_be_found():
    assert set(FINDING_KINDS) == {
        *("refused", "invalid_shape", "overlap", "gap", "outside", "orphan", "far_gate", "loose_end"),
        *("dead_reference", "count", "code_twice", "value"),
    }


def test_nothing_to_check_is_no_fault():
    empty = District({}, crs=CRS)
    assert check(empty, numbers=DEFAULT_NUMBERS, progress=lambda _share, _words: None, before=[]) == []
    assert len(table_of([], CRS)) == 0
    assert np.array_equal(places_of(table_of([], CRS)).geometry.to_numpy(), [])
