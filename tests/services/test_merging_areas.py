"""A community that is merged beside others gives way to them where they overlap a little; they stay as they were."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine

from gridmap.database.store import load_layer
from gridmap.domain.district import District
from gridmap.layers import write
from gridmap.services.files import import_file, load


def stored(engine: Engine) -> gpd.GeoSeries:
    with engine.connect() as connection:
        return load_layer(connection, "communities").set_index("code").geometry


@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_a_new_community_beside_those_that_are_there(
    database: Engine, town: District, tmp_path: Path, mode: str
) -> None:
    layers = District({name: town[name] for name in ("streets", "communities")})
    load(database, layers, mode="merge", actor="t", action="import", detail={"file": "town.gpkg"})
    before = stored(database)
    crs = town.metric_crs()
    west, south, _east, north = before.to_crs(crs).total_bounds
    new = gpd.GeoDataFrame(
        {"code": ["370000000099"], "name": ["西海社区"], "kind": ["urban"]},
        geometry=[shapely.box(west - 200, south, west + 2, north)],
        crs=crs,
    )
    write(tmp_path / "communities.gpkg", {"communities": new.to_crs("EPSG:4326")})
    done = import_file(database, tmp_path / "communities.gpkg", mode=mode, actor="t", progress=lambda *_: None)
    coverage = {entry.layer: entry for entry in done.report.coverage}["communities"]
    after = stored(database)
    if mode == "replace":
        assert (coverage.closed, list(after.index)) == ([], ["370000000099"])
        return
    assert shapely.to_wkb(after[before.index].to_numpy()).tolist() == shapely.to_wkb(before.to_numpy()).tolist()
    assert sum(fault.area_m2 for fault in coverage.closed) == pytest.approx(2 * (north - south), rel=0.02)
    metric = after.to_crs(crs)
    common = shapely.intersection(metric["370000000099"], metric[before.index].to_numpy())
    assert shapely.area(common).sum() < 1e-3
