"""`gridmap check`: of a file as it is, and of the database, which keeps what it found."""

import json

import geopandas as gpd
import pyogrio
import pytest
import shapely

from gridmap.domain.layers import RESULT_LAYERS
from gridmap.layers import write
from gridmap.services.files import load, stored_layer
from tests.fixtures.districts import CRS, EAST, NORTH, URBAN, VILLAGE


@pytest.fixture
def damaged(town):
    """The town whose village reaches 10 m into the community, with a gate off its boundary and a wrong sum."""
    communities, gates = town["communities"].to_crs(CRS), town["gates"].to_crs(CRS)
    shape = shapely.MultiPolygon([shapely.box(EAST - 20, NORTH + 210, EAST + 420, NORTH + 420)])
    communities.loc[communities["code"] == VILLAGE, "geometry"] = shape
    communities.loc[communities["code"] == URBAN, "households"] = 1200
    gates.loc[0, "geometry"] = shapely.Point(EAST + 50, NORTH + 60)
    return town.with_tables(communities=communities.to_crs(4326), gates=gates.to_crs(4326))


@pytest.fixture
def damaged_file(damaged, tmp_path):
    path = tmp_path / "damaged.gpkg"
    write(path, {name: damaged[name] for name in damaged.filled()})
    return path


def test_a_file_is_checked_and_the_report_has_everything(gridmap, damaged_file, tmp_path):
    answer = gridmap("check", damaged_file, "--report", tmp_path / "r.json", "-o", tmp_path / "out.gpkg")
    report = json.loads((tmp_path / "r.json").read_text())
    assert (answer.code, answer.err) == (0, "")
    assert "3 findings, 1 of them errors." in answer.out
    assert {kind for kind, count in report["kinds"].items() if count == 1} == {"overlap", "far_gate", "count"}
    overlap = report["list"][0]
    assert overlap["area_m2"] == pytest.approx(4400, rel=0.001)
    assert {overlap["place_code"], overlap["other"]} == {URBAN, VILLAGE}
    assert overlap["lon"] == pytest.approx(122, abs=0.1)
    assert "overlap by 4,400" in overlap["sentence"]


def test_the_findings_are_a_layer_of_points_and_one_of_areas(gridmap, damaged_file, tmp_path):
    gridmap("check", damaged_file, "-o", tmp_path / "out.gpkg")
    assert dict(pyogrio.list_layers(tmp_path / "out.gpkg")) == {"findings": "Point", "finding_areas": "MultiPolygon"}
    findings = gpd.read_file(tmp_path / "out.gpkg", layer="findings")
    assert set(RESULT_LAYERS["findings"].names) <= set(findings.columns)
    areas = gpd.read_file(tmp_path / "out.gpkg", layer="finding_areas").to_crs(CRS)
    assert areas["kind"].tolist() == ["overlap", "count"]
    assert areas.area.iloc[0] == pytest.approx(4400, rel=0.001)


def test_a_file_in_order_has_no_findings(gridmap, town_file, tmp_path):
    answer = gridmap("check", town_file, "--report", tmp_path / "r.json", "-o", tmp_path / "out.geojson")
    assert (answer.code, answer.err) == (0, "")
    assert json.loads((tmp_path / "r.json").read_text())["list"] == []
    assert json.loads((tmp_path / "out.geojson").read_text())["features"] == []


def test_a_file_that_is_none_is_said_in_one_line(gridmap, tmp_path):
    (tmp_path / "broken.gpkg").write_bytes(b"nothing")
    answer = gridmap("check", tmp_path / "broken.gpkg")
    assert answer.code == 2
    assert len(answer.err.strip().splitlines()) == 1


def test_the_database_keeps_what_was_found(gridmap_db, database, damaged):
    load(database, damaged, mode="merge", actor="test", action="import", detail={})
    answer = gridmap_db("check")
    assert (answer.code, answer.err) == (0, "")
    assert "3 findings, 1 of them errors." in answer.out
    found = stored_layer(database, "findings")
    assert found["kind"].tolist() == ["overlap", "far_gate", "count"]
    assert found["words_zh"].iloc[1].startswith(f"{URBAN}-A-G 是 {URBAN}-A 的出入口")
    assert found.geometry.notna().all()
