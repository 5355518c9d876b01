"""A layer that is written in parts is the same file as one that is written at once."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from shapely import Point

from gridmap.layers import write, write_parts


@pytest.mark.parametrize("crs", ["wgs84", "gcj02", "bd09", "EPSG:4550"])
@pytest.mark.parametrize("ending", [".csv", ".geojson"])
def test_in_every_system(tmp_path: Path, ending: str, crs: str) -> None:
    gates = gpd.GeoDataFrame(
        {"code": ["a", "b", "c"], "access": ["public", None, "closed"]},
        geometry=[Point(122.0, 37.5), Point(122.1, 37.4), Point(122.2, 37.3)],
        crs="EPSG:4326",
    )
    write(tmp_path / f"once{ending}", {"gates": gates}, crs=crs)
    write_parts(tmp_path / f"parts{ending}", "gates", [gates.iloc[:1], gates.iloc[1:]], crs=crs)
    assert (tmp_path / f"parts{ending}").read_bytes() == (tmp_path / f"once{ending}").read_bytes()
