"""What was loaded is listed, and taken back by the command line."""

import json

import pytest

from gridmap.layers import write


@pytest.fixture
def gates_file(town, tmp_path):
    path = tmp_path / "gates.gpkg"
    write(path, {"gates": town["gates"].assign(hours=["24/7", None, None])})
    return path


def test_an_import_says_what_it_changed(gridmap_db, town, town_file, gates_file, tmp_path):
    gridmap_db("import", town_file)
    answer = gridmap_db("import", gates_file, "--report", tmp_path / "r.json")
    line = next(
        line for line in answer.out.splitlines() if "Gates" in line and line.split()[-4:] == ["0", "1", "2", "0"]
    )
    assert line
    assert json.loads((tmp_path / "r.json").read_text())["changed"] == {
        "gates": {"added": 0, "changed": 1, "unchanged": 2, "removed": 0}
    }


def test_the_same_ways_again_change_nothing(gridmap_db, town_file, tmp_path):
    gridmap_db("import", town_file)
    gridmap_db("import", town_file, "--report", tmp_path / "r.json")
    changed = json.loads((tmp_path / "r.json").read_text())["changed"]
    assert {(one["added"], one["changed"], one["removed"]) for one in changed.values()} == {(0, 0, 0)}


def test_the_latest_import_is_taken_back_and_had_again(gridmap_db, town_file, gates_file):
    gridmap_db("import", town_file)
    gridmap_db("import", gates_file)
    answer = gridmap_db("undo")
    assert (answer.code, answer.err) == (0, "")
    assert "Data version 2 is taken back; the data as they are now are version 3." in answer.out
    listed = gridmap_db("versions").out
    assert all(
        words in listed for words in ("imported data gates.gpkg", "took back version 2", "taken back by version 3")
    )
    assert gridmap_db("undo", 3).code == 0


def test_what_cannot_be_taken_back_is_said(gridmap_db, town_file):
    assert (gridmap_db("undo").code, "no load that could be taken back" in gridmap_db("undo").err) == (2, True)
    assert "Nothing has been loaded yet." in gridmap_db("versions").out
    gridmap_db("import", town_file)
    answer = gridmap_db("undo", 7)
    assert (answer.code, answer.err) == (2, "gridmap: There is no data version 7.\n")


def test_how_many_can_be_taken_back_is_a_setting(gridmap_db, town_file, monkeypatch):
    monkeypatch.setenv("GRIDMAP_UNDO_LOADS", "0")
    gridmap_db("import", town_file)
    answer = gridmap_db("undo")
    assert (answer.code, "no longer kept" in answer.err) == (2, True)
