"""A file read in pieces is the file read at once."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridmap.domain.errors import InputError
from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.layers import read, read_parts, report, source, write
from gridmap.layers.report import Report

HOUSES = 60


def houses(**columns: object) -> gpd.GeoDataFrame:
    """Houses of 12 m by 9 m in six rows, some invalid, some without a shape."""
    x, y = 122.0 + (np.arange(HOUSES) % 10) * 0.0004, 37.0 + (np.arange(HOUSES) // 10) * 0.0004
    shapes = shapely.box(x, y, x + 0.00014, y + 0.00008)
    shapes[7] = shapely.Polygon([(x[7], y[7]), (x[7] + 1e-4, y[7] + 1e-4), (x[7] + 1e-4, y[7]), (x[7], y[7] + 1e-4)])
    shapes[[8, 41]] = None
    return gpd.GeoDataFrame({"code": [f"B{i}" for i in range(HOUSES)], **columns}, geometry=shapes, crs=4326)


def areas(code: str, x: float, y: float, across: float, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": [code], **columns}, geometry=[shapely.box(x, y, x + across, y + across)], crs=4326)


def district(**buildings: object) -> dict[str, pd.DataFrame]:
    return {
        "communities": areas("C1", 121.99, 36.99, 0.1, name="长峰社区", kind="urban"),
        "compounds": areas("K1", 121.999, 36.999, 0.003, enclosure="open", management="open"),
        "buildings": houses(**buildings),
    }


def in_pieces(
    path: Path, monkeypatch: pytest.MonkeyPatch, **how: str
) -> tuple[dict[str, gpd.GeoDataFrame], Report, int]:
    """The file read seven features at a time: its tables, its report, and in how many parts the buildings came."""
    monkeypatch.setattr(source, "AT_ONCE", 20)
    monkeypatch.setattr(source, "PIECE", 7)
    found: dict[str, list[gpd.GeoDataFrame]] = {}
    with read_parts(path, **how) as parts:
        for name, table in parts.tables:
            found.setdefault(name, []).append(table)
    tables = {name: pd.concat(tables, ignore_index=True) for name, tables in found.items()}
    return tables, parts.report, len(found.get("buildings", []))


def same(path: Path, monkeypatch: pytest.MonkeyPatch, **how: str) -> dict[str, gpd.GeoDataFrame]:
    """Read the file both ways and compare tables and reports; the tables."""
    whole = read(path, **how)
    tables, told, pieces = in_pieces(path, monkeypatch, **how)
    assert pieces > 3
    assert set(tables) == set(whole.district.filled())
    for name, table in tables.items():
        left, right = (t.sort_values("code").reset_index(drop=True) for t in (table, whole.district[name]))
        columns = list(right.columns)
        pd.testing.assert_frame_equal(
            pd.DataFrame(left[columns]).drop(columns="geometry"), pd.DataFrame(right).drop(columns="geometry")
        )
        assert shapely.equals_exact(left.geometry.to_numpy(), right.geometry.to_numpy(), tolerance=1e-9).all()
    ours, theirs = told.as_dict(), whole.report.as_dict()
    for key in ("read", "loaded", "repaired", "rejected", "derived"):
        assert ours[key] == theirs[key]
    key = lambda one: (one["layer"], one["number"])  # noqa: E731
    assert sorted(ours["features"], key=key) == sorted(theirs["features"], key=key)
    assert sorted(map(str, ours["notes"])) == sorted(map(str, theirs["notes"]))
    for one in (ours, theirs):
        one["layers"].sort(key=lambda layer: layer["source"])
    assert ours["layers"] == theirs["layers"]
    return tables


@pytest.mark.parametrize("ending", ["gpkg", "fgb", "geojson", "zip"])
def test_every_format(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / f"buildings.{ending}"
    write(path, {"buildings": houses(floors=[6] * HOUSES)})
    same(path, monkeypatch)


def test_parents_households_and_stairwells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "district.gpkg", district(use=["residential"] * HOUSES, households=[4] * HOUSES))
    tables = same(tmp_path / "district.gpkg", monkeypatch)
    assert tables["buildings"]["compound_code"].eq("K1").any()
    assert tables["compounds"]["households"].tolist() == [4 * tables["buildings"]["compound_code"].eq("K1").sum()]
    assert len(tables["stairwells"])


def test_stairwells_that_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = district(use=["residential"] * HOUSES, households=[5] * HOUSES)
    walls = shapely.boundary(tables["buildings"].geometry.to_numpy()[[0, 0, 33]])
    at = shapely.get_coordinates(shapely.line_interpolate_point(walls, 0.00005))
    points = shapely.points(at + np.array([[0, 0], [0, 1e-6], [0, 0]]))
    tables["stairwells"] = gpd.GeoDataFrame({"code": ["S1", "S2", "S3"]}, geometry=points, crs=4326)
    write(tmp_path / "district.gpkg", tables)
    found = same(tmp_path / "district.gpkg", monkeypatch)["stairwells"]
    assert found["building_code"].tolist() == ["B0", "B0", "B33"]
    assert found["households"].tolist() == [3, 2, 5]


def test_codes_that_come_twice_in_different_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = district()
    tables["buildings"].loc[[30, 31], "code"] = ["B2", "K1"]
    write(tmp_path / "district.gpkg", tables)
    found = same(tmp_path / "district.gpkg", monkeypatch)
    assert "buildings-K1" in set(found["buildings"]["code"])


def test_codes_are_numbered_over_all_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "buildings.gpkg", {"buildings": houses().drop(columns="code")})
    assert "buildings-60" in set(same(tmp_path / "buildings.gpkg", monkeypatch)["buildings"]["code"])


def test_values_that_cannot_be_read_are_counted_over_all_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    floors = ["六层" if i % 9 == 0 else "6" for i in range(HOUSES)]
    write(tmp_path / "house.gpkg", {"house": houses(floors=floors)})
    same(tmp_path / "house.gpkg", monkeypatch, layer="buildings")


def test_nothing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "dots.gpkg", {"dots": gpd.GeoDataFrame(geometry=shapely.points(np.full((40, 2), 37.0)), crs=4326)})
    with pytest.raises(InputError, match="40 of 40: which layer it belongs to isn't known"):
        in_pieces(tmp_path / "dots.gpkg", monkeypatch)


def test_more_features_than_a_report_lists_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "MOST_LISTED", 1)
    write(tmp_path / "buildings.gpkg", {"buildings": houses()})
    told = read(tmp_path / "buildings.gpkg").report.as_dict()
    assert len(told["features"]) == 1
    layer = {"layer": "buildings", "action": "rejected", "reason_code": "no_geometry"}
    assert told["features_beyond"] == [{**layer, "count": 2}]
    assert (told["rejected"], told["repaired"]) == (2, 1)
    assert any("2 more are counted" in str(note) for note in told["notes"])


def test_layers_are_those_of_a_district() -> None:
    from gridmap.layers.piecewise import IN_PIECES

    assert set(IN_PIECES) <= set(DISTRICT_LAYERS)
