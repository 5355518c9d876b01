"""Rows that name their parent, which only the database knows, get its code."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine

from gridmap.database.store import load_layer
from gridmap.domain.district import District
from gridmap.layers import write
from gridmap.services import files
from tests.fixtures.districts import URBAN


@pytest.fixture
def loaded(database: Engine, town: District) -> Engine:
    layers = {name: town[name] for name in town.filled()}
    files.load(database, District(layers), mode="merge", actor="t", action="import", detail={"file": "town.gpkg"})
    return database


def houses(folder: Path, *named: str) -> Path:
    boxes = [shapely.box(122.0 + n * 1e-3, 37.4, 122.0002 + n * 1e-3, 37.4002) for n in range(len(named))]
    columns = {"楼栋编码": [f"N{n}" for n in range(len(named))], "层数": [6] * len(named), "所属社区": list(named)}
    path = folder / "楼栋.geojson"
    write(path, {"楼栋": gpd.GeoDataFrame(columns, geometry=boxes, crs="EPSG:4326")})
    return path


def communities(engine: Engine) -> dict[str, str | None]:
    with engine.connect() as connection:
        return load_layer(connection, "buildings").set_index("code")["community_code"].to_dict()


def test_a_name_that_one_community_has_becomes_its_code(loaded: Engine, tmp_path: Path) -> None:
    files.import_file(loaded, houses(tmp_path, "金海湾社区", URBAN), actor="t", progress=lambda *_: None)
    assert {code: communities(loaded)[code] for code in ("N0", "N1")} == {"N0": URBAN, "N1": URBAN}


def test_a_name_that_nobody_has_is_left_out_and_said(loaded: Engine, tmp_path: Path) -> None:
    done = files.import_file(loaded, houses(tmp_path, "别处社区"), actor="t", progress=lambda *_: None)
    assert communities(loaded)["N0"] is None
    assert any(str(note).startswith("1 rows of buildings name their communities") for note in done.report.notes)


def test_the_page_reads_names_as_the_command_does(loaded: Engine, tmp_path: Path) -> None:
    found = files.read_file(loaded, houses(tmp_path, "金海湾社区"))
    assert found.district["buildings"]["community_code"].tolist() == [URBAN]
