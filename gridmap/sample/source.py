"""The facts the sample district is built from: the small tables in `geodata/`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

METRIC = "EPSG:4550"
"""The metric system of the district (CGCS2000, 3-degree Gauss-Krüger, central meridian 123°E)."""

ATTRIBUTION = "coast © OpenStreetMap contributors, ODbL 1.0; codes: National Bureau of Statistics, 2023"

_TO_METRIC = Transformer.from_crs("EPSG:4326", METRIC, always_xy=True)
_TO_DEGREES = Transformer.from_crs(METRIC, "EPSG:4326", always_xy=True)


def metric_xy(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres (n, 2) in `METRIC` of longitudes and latitudes (n, 2)."""
    return np.column_stack(_TO_METRIC.transform(lonlat[:, 0], lonlat[:, 1]))


def degrees_xy(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Longitudes and latitudes (n, 2), rounded to about a millimetre, of metres (n, 2) in `METRIC`."""
    return np.round(np.column_stack(_TO_DEGREES.transform(xy[:, 0], xy[:, 1])), 8)


@cache
def folder() -> Path:
    """The folder of the tables, in an installed wheel or in a checkout."""
    package = Path(__file__).resolve().parents[1]
    shipped = package / "_data" / "geodata"
    return shipped if shipped.is_dir() else package.parent / "geodata"


def table(name: str) -> pd.DataFrame:
    """One table, all columns as text."""
    return pd.read_csv(folder() / f"{name}.csv", dtype=str, keep_default_na=False)


def coast() -> shapely.LineString:
    """The coast from west to east, in metres."""
    features = json.loads((folder() / "coast.geojson").read_text(encoding="utf-8"))["features"]
    line = next(f for f in features if f["geometry"]["type"] == "LineString")
    return shapely.LineString(metric_xy(np.array(line["geometry"]["coordinates"])))


def islets() -> shapely.MultiPolygon:
    """The islets off the coast, in metres."""
    features = json.loads((folder() / "coast.geojson").read_text(encoding="utf-8"))["features"]
    rings = [f["geometry"]["coordinates"][0] for f in features if f["geometry"]["type"] == "Polygon"]
    return shapely.MultiPolygon([shapely.Polygon(metric_xy(np.array(ring))) for ring in rings])


def drawn(part: str) -> NDArray[np.float64]:
    """The points (n, 2) in metres of a part of the project's own outline: `border` (inland) or `lagoon`."""
    rows = table("outline")
    rows = rows[rows["part"].eq(part)]
    return metric_xy(rows[["lon", "lat"]].to_numpy(float))


def landmark(name: str) -> shapely.Point:
    """The position of a landmark, in metres."""
    row = table("landmarks").set_index("name").loc[[name], ["lon", "lat"]]
    return shapely.Point(metric_xy(row.to_numpy(float))[0])
