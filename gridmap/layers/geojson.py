"""GeoJSON as RFC 7946 has it: longitude first, right-hand rule, no more than 7 decimals, no `crs` member."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.domain.layers import Layer
from gridmap.layers.fields import field
from gridmap.layers.ogr import geometry_of

DECIMALS = 7


def shapes_as_json(geometry: gpd.GeoSeries) -> list[str]:
    """Each shape as the text of a GeoJSON geometry, rounded and with outer rings counter-clockwise; "null" for none."""
    shapes = geometry.to_numpy()
    shapes = shapely.transform(shapely.force_2d(shapes), lambda xy: np.round(xy, DECIMALS))
    texts = shapely.to_geojson(shapely.orient_polygons(shapes))
    return [text if isinstance(text, str) else "null" for text in texts]


def features_as_json(table: pd.DataFrame, *, layer: Layer | None = None) -> list[str]:
    """Each row as the text of a GeoJSON feature.

    Parameters
    ----------
    table
        Rows in longitude and latitude; a plain table gives features whose geometry is null.
    layer
        The layer's description, for the types of the columns.
    """
    geometry = geometry_of(table, layer)
    shapes = ["null"] * len(table) if geometry is None else shapes_as_json(geometry)
    skip = table._geometry_column_name if isinstance(table, gpd.GeoDataFrame) else None
    fields = [field(table[c], c, layer=layer) for c in table.columns if c != skip]
    names = [f.name for f in fields]
    columns = [f.listed() for f in fields]
    rows = zip(*columns, strict=True) if columns else ([] for _ in shapes)
    return [
        f'{{"type":"Feature","properties":{_dumps(dict(zip(names, row, strict=True)))},"geometry":{shape}}}'
        for row, shape in zip(rows, shapes, strict=True)
    ]


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str, allow_nan=False)


def write_geojson(path: Path, table: pd.DataFrame, *, name: str, layer: Layer | None, system: str | None) -> None:
    """Write one table as a FeatureCollection.

    `system` names coordinates that are not WGS84 (GCJ-02, BD-09, an EPSG code) in a member `coordinates`, since the
    standard has no place for them.
    """
    body = ",\n".join(features_as_json(table, layer=layer))
    path.write_text(f"{head_of(name, system)}{body}\n]}}\n", encoding="utf-8")


def head_of(name: str, system: str | None) -> str:
    """How a FeatureCollection begins, up to its first feature."""
    said = f'"coordinates":{_dumps(system)},' if system is not None else ""
    return f'{{"type":"FeatureCollection","name":{_dumps(name)},{said}"features":[\n'
