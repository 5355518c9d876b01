"""The commands on the database: import, analyse, export, hand on."""

import json

import geopandas as gpd
import pytest

from gridmap.layers import write


@pytest.fixture
def loaded(gridmap_db, town_file):
    """The command on a database that holds the town."""
    assert gridmap_db("import", town_file).code == 0
    return gridmap_db


def test_an_import_reports_what_it_loaded(gridmap_db, town_file, tmp_path):
    report = tmp_path / "report.json"
    answer = gridmap_db("import", town_file, "--report", report)
    assert (answer.code, answer.err) == (0, "")
    counts = json.loads(report.read_text())
    assert counts["read"] == counts["loaded"] + counts["rejected"]
    assert counts["rejected"] == 0


def test_a_dry_run_loads_nothing(gridmap_db, town_file, tmp_path):
    gridmap_db("import", town_file, "--dry-run")
    gridmap_db("export", "buildings", tmp_path / "out.geojson")
    assert json.loads((tmp_path / "out.geojson").read_text())["features"] == []


def test_an_import_says_what_becomes_of_the_illustrative_district(gridmap_db, town_file, tmp_path, monkeypatch):
    gridmap_db("sample", tmp_path / "sample.gpkg", "--scale", 0.05)
    gridmap_db("import", tmp_path / "sample.gpkg")
    report = tmp_path / "report.json"
    assert "illustrative district is still there" in gridmap_db("import", town_file).out
    monkeypatch.setenv("GRIDMAP_LANG", "zh")
    assert "示意区已移除：" in gridmap_db("import", town_file, "--mode", "replace", "--report", report).out
    assert "示意区已移除：" in " ".join(json.loads(report.read_text())["notes"])


def test_what_goes_in_comes_out_equal(loaded, town, tmp_path):
    loaded("export", "compounds", tmp_path / "out.gpkg")
    out = gpd.read_file(tmp_path / "out.gpkg").sort_values("code")
    expected = town["compounds"].sort_values("code")
    assert out["code"].tolist() == expected["code"].tolist()
    assert out["households"].tolist() == expected["households"].tolist()
    assert out.geometry.geom_equals_exact(expected.geometry, 1e-7, align=False).all()


@pytest.mark.parametrize("analysis", ["isolation", "grids", "leaders"])
def test_an_analysis_keeps_its_result_in_the_database(loaded, tmp_path, analysis):
    answer = loaded(analysis)
    assert (answer.code, answer.err) == (0, "")
    loaded("export", analysis, tmp_path / "out.gpkg")
    assert len(gpd.read_file(tmp_path / "out.gpkg")) > 0


def test_a_plan_is_kept_and_exported(loaded, tmp_path):
    assert loaded("propose", "--min-households", 600, "--time-limit", 5).code == 0
    loaded("export", "regions", tmp_path / "regions.geojson")
    assert len(json.loads((tmp_path / "regions.geojson").read_text())["features"]) == 1


def test_the_map_that_is_handed_on_names_no_other_host(loaded, tmp_path):
    loaded("isolation")
    answer = loaded("snapshot", tmp_path / "map.html")
    assert (answer.code, answer.err) == (0, "")
    page = (tmp_path / "map.html").read_text()
    assert json.dumps("A小区").strip('"') in page
    assert 'src="http' not in page
    assert '<link rel="stylesheet" href="http' not in page
    assert "OpenStreetMap" not in page


@pytest.mark.parametrize("words", [("export", "castles", "out.gpkg"), ("snapshot", "out.html", "--layers", "staff")])
def test_what_is_not_to_be_had_is_one_line_and_exit_2(loaded, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    answer = loaded(*words)
    assert (answer.code, answer.err.count("\n")) == (2, 1)


def test_a_server_of_ones_own_is_not_ours_to_start(gridmap_db):
    assert gridmap_db("db", "start").code == 2


def test_a_result_that_was_never_made_is_not_exported_empty(loaded, tmp_path):
    answer = loaded("export", "grids", tmp_path / "grids.gpkg")
    assert (answer.code, (tmp_path / "grids.gpkg").exists()) == (2, False)


def test_an_imported_roster_finds_the_stairwells_of_its_people(loaded, tmp_path):
    roster = tmp_path / "名册.csv"
    roster.write_text("编号,姓名,党员,住址\nQ1,李四,是,A小区1-2-302\nQ2,王五,否,A小区9-1\n", encoding="utf-8")
    report = tmp_path / "report.json"
    answer = loaded("import", roster, "--layer", "staff", "--report", report)
    assert (answer.code, answer.err) == (0, "")
    loaded("export", "staff", tmp_path / "staff.gpkg")
    people = gpd.read_file(tmp_path / "staff.gpkg").set_index("code")
    assert people["stairwell_code"][["Q1", "Q2"]].fillna("").tolist() == ["371071004001-A-1-2", ""]
    assert people.geometry["Q1"] is not None
    assert (
        "The stairwells of 1 people were found by their addresses; 1 weren't sure."
        in json.loads(report.read_text())["notes"]
    )


def test_a_file_in_shifted_coordinates_is_told_by_what_is_there_and_said_loudly(loaded, town, tmp_path):
    write(tmp_path / "buildings.fgb", {"buildings": town["buildings"]}, crs="gcj02")
    for how in (["--dry-run"], []):
        assert "says that it is in EPSG:4326" in loaded("import", tmp_path / "buildings.fgb", *how).out
    loaded("export", "buildings", tmp_path / "out.gpkg")
    out = gpd.read_file(tmp_path / "out.gpkg").set_index("code").geometry
    there = town["buildings"].set_index("code").geometry
    assert out.reindex(there.index).geom_equals_exact(there, 1e-7).all()


def test_the_report_is_written_where_nothing_can_be_loaded_too(gridmap_db, tmp_path):
    file, report = tmp_path / "buildings.csv", tmp_path / "report.json"
    file.write_text('code,WKT\nB-1,"LINESTRING (122 37.5, 122.001 37.5)"\n', encoding="utf-8")
    answer = gridmap_db("import", file, "--layer", "buildings", "--crs", "wgs84", "--report", report)
    assert (answer.code, "Nothing of" in answer.err) == (2, True)
    assert json.loads(report.read_text())["rejected"] == 1
