"""Wrong arguments and wrong input: one line on standard error, exit 2, nothing half-written."""

import pytest

MISTAKES = {
    "no such command": ("frobnicate",),
    "no such option": ("grids", "--speed", "9"),
    "a port that is no number": ("serve", "--port", "http"),
    "a port out of range": ("serve", "--port", "70000"),
    "an address that others can reach": ("serve", "--host", "0.0.0.0"),
    "no file": ("isolation", "nowhere.gpkg", "-o", "out.gpkg"),
    "no place for the result": ("isolation", "TOWN"),
    "an ending that no format has": ("isolation", "TOWN", "-o", "out.docx"),
    "a folder that isn't there": ("sample", "nowhere/out.gpkg"),
    "a field that isn't there": (
        "propose",
        "TOWN",
        "--units",
        "compounds",
        "--households",
        "people",
        "-o",
        "out.geojson",
    ),
    "a layer that isn't there": (
        "propose",
        "TOWN",
        "--units",
        "castles",
        "--households",
        "people",
        "-o",
        "out.geojson",
    ),
    "units without their households": ("propose", "TOWN", "--units", "compounds", "-o", "out.geojson"),
    "a graph that is no JSON": ("propose", "--graph", "TOWN", "--households", "pop", "-o", "out.csv"),
    "an objective that isn't there": ("propose", "TOWN", "--objective", "beauty", "-o", "out.geojson"),
    "a threshold of nothing": ("propose", "TOWN", "--min-households", "0", "-o", "out.geojson"),
    "an upper bound below the lower": ("propose", "TOWN", "--max-households", "10", "-o", "out.geojson"),
    "a file that is no map of columns": ("import", "TOWN", "--columns", "TOWN", "--dry-run"),
    "a coordinate system that isn't there": ("import", "TOWN", "--crs", "EPSG:1", "--dry-run"),
}


@pytest.mark.parametrize("words", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line_and_exit_2(gridmap, town_file, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    answer = gridmap(*(str(town_file) if word == "TOWN" else word for word in words))
    assert (answer.code, answer.err.count("\n"), answer.err[:8]) == (2, 1, "gridmap:")
    assert {path.name for path in set(tmp_path.iterdir()) - before} <= {"home"}


def test_a_file_that_is_no_district_is_refused(gridmap, tmp_path):
    (tmp_path / "letter.gpkg").write_text("Dear all,")
    answer = gridmap("grids", tmp_path / "letter.gpkg", "-o", tmp_path / "out.gpkg")
    assert (answer.code, answer.err.count("\n")) == (2, 1)
