"""Every analysis runs on a district file with no database, and writes what DESIGN says."""

import json

import geopandas as gpd
import pyogrio
import pytest

from gridmap.domain.layers import RESULT_LAYERS


@pytest.mark.parametrize(
    ("command", "layers"),
    [
        ("isolation", ["isolation", "gate_proposals"]),
        ("grids", ["grids", "members"]),
        ("leaders", ["leaders", "need"]),
    ],
)
def test_an_analysis_of_a_file_writes_its_layers_with_their_columns(gridmap, town_file, tmp_path, command, layers):
    out = tmp_path / "out.gpkg"
    answer = gridmap(command, town_file, "-o", out)
    assert (answer.code, answer.err) == (0, "")
    for layer in layers:
        columns = set(pyogrio.read_info(out, layer=layer)["fields"])
        assert set(RESULT_LAYERS[layer].names) - {"derived"} <= columns


def test_a_geojson_holds_the_first_layer_alone(gridmap, town_file, tmp_path):
    out = tmp_path / "isolation.geojson"
    gridmap("isolation", town_file, "-o", out)
    assert len(json.loads(out.read_text())["features"]) == 4


def test_a_plan_below_the_threshold_is_said_and_not_hidden(gridmap, town_file, tmp_path):
    report = tmp_path / "report.json"
    answer = gridmap("propose", town_file, "-o", tmp_path / "plan.geojson", "--report", report, "--time-limit", 5)
    assert answer.code == 0
    assert json.loads(report.read_text())["infeasible"][0]["missing"] == 4000


def test_a_plan_has_its_regions_and_a_report(gridmap, town_file, tmp_path):
    plan, report = tmp_path / "plan.geojson", tmp_path / "report.json"
    wishes = ("--min-households", 600, "--time-limit", 5)
    answer = gridmap("propose", town_file, "-o", plan, "--report", report, *wishes)
    assert (answer.code, answer.err) == (0, "")
    regions = gpd.read_file(plan)
    assert len(json.loads(plan.read_text())["features"][0]["properties"]["members"]) == 10
    assert regions[["code", "status", "households"]].values.tolist() == [["371071004601", "new", 1000]]
    assert json.loads(report.read_text())["status"] in {"optimal", "feasible"}


def test_regions_of_any_polygons(gridmap, town_file, tmp_path):
    plan = tmp_path / "plan.geojson"
    words = ("--units", "compounds", "--id", "code", "--households", "households", "--min-households", 400)
    answer = gridmap("propose", town_file, "-o", plan, *words, "--time-limit", 5)
    assert (answer.code, answer.err) == (0, "")
    assert gpd.read_file(plan)["households"].tolist() == [480, 480]


def test_regions_of_a_dual_graph(gridmap, tmp_path):
    graph, out = tmp_path / "graph.json", tmp_path / "assignment.csv"
    nodes = [{"id": number, "pop": 100} for number in range(4)]
    adjacency = [[{"id": number - 1}] * (number > 0) + [{"id": number + 1}] * (number < 3) for number in range(4)]
    graph.write_text(
        json.dumps({"directed": False, "multigraph": False, "graph": [], "nodes": nodes, "adjacency": adjacency})
    )
    answer = gridmap("propose", "--graph", graph, "--households", "pop", "--min-households", 200, "-o", out)
    assert (answer.code, answer.err) == (0, "")
    assert len(out.read_text(encoding="utf-8-sig").splitlines()) == 5


def test_the_sample_is_written_with_its_truth(gridmap, tmp_path):
    out = tmp_path / "sample.gpkg"
    assert gridmap("sample", out, "--scale", 0.1).code == 0
    assert "truth" in pyogrio.list_layers(out)[:, 0]
