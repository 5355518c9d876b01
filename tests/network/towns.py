"""Small districts drawn by hand, in metres, in the system of the sample district."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
from shapely import LineString, Point, Polygon, box

from gridmap.domain.district import District

CRS = "EPSG:4550"


def table(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=CRS)


def town(**layers: list[dict[str, Any]]) -> District:
    return District({name: table(rows) for name, rows in layers.items() if rows}, crs=CRS)


def way(*xy: tuple[float, float], **columns: Any) -> dict[str, Any]:
    return {"kind": "residential", "walkable": True, "geometry": LineString(xy), **columns}


def barrier(*xy: tuple[float, float], kind: str = "wall") -> dict[str, Any]:
    return {"kind": kind, "geometry": LineString(xy)}


def compound(code: str, *bounds: float, enclosure: str = "enclosed", **columns: Any) -> dict[str, Any]:
    shape = columns.pop("shape", None) or box(*bounds)
    return {"code": code, "enclosure": enclosure, "management": "unknown", "geometry": Polygon(shape), **columns}


def gate(x: float, y: float, code: str, compound_code: str | None = None, access: str = "public") -> dict[str, Any]:
    return {"code": code, "compound_code": compound_code, "access": access, "geometry": Point(x, y)}


def building(
    code: str, x: float, y: float, compound_code: str | None = None, households: int | None = 10, **columns: Any
) -> dict[str, Any]:
    return {
        "code": code,
        "compound_code": compound_code,
        "use": "residential",
        "households": households,
        "geometry": box(x - 5, y - 5, x + 5, y + 5),
        **columns,
    }
