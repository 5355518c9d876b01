"""One thing that is wrong with the data, and many of them as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.domain.notes import Note
from gridmap.domain.words import FINDING_KINDS, SEVERITIES

Severity = Literal["error", "doubt"]


@dataclass(frozen=True)
class Finding:
    """What is wrong with one place: the kind by its code, and the sentence.

    `code` is the place's, `other` that of the other place where there are two. `area_m2`, `length_m` and `count` say
    how much; `shape` is where, in the district's coordinate system.
    """

    kind: str
    severity: Severity
    layer: str
    sentence: Note
    code: str | None = None
    other: str | None = None
    area_m2: float | None = None
    length_m: float | None = None
    count: int | None = None
    shape: Any = None

    @property
    def weight(self) -> float:
        """How much it is, in its own measure."""
        return next((float(one) for one in (self.area_m2, self.length_m, self.count) if one is not None), 0.0)


_KINDS = {kind: place for place, kind in enumerate(FINDING_KINDS)}
_SEVERITIES = {severity: place for place, severity in enumerate(SEVERITIES)}


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Errors before doubts, kind by kind, the worst of each first; always in the same order."""
    return sorted(
        findings,
        key=lambda one: (
            _SEVERITIES[one.severity],
            _KINDS[one.kind],
            -one.weight,
            one.layer,
            one.code or "",
            one.other or "",
        ),
    )


def table_of(findings: list[Finding], crs: object) -> gpd.GeoDataFrame:
    """Findings as a table.

    Parameters
    ----------
    findings
        In the order that `rank` gives them.
    crs
        The coordinate system of their shapes.

    Returns
    -------
    GeoDataFrame
        `rank` from 1, `kind`, `severity`, `layer`, `place_code`, `other`, `area_m2`, `length_m`, `count`, `sentence`
        (notes); the geometry is the whole shape, None where there is none or where it would tell where people live.
    """
    shapes = np.empty(len(findings), dtype=object)
    for row, one in enumerate(findings):
        shapes[row] = None if DISTRICT_LAYERS[one.layer].personal else one.shape
    table = pd.DataFrame(
        {
            "rank": np.arange(1, len(findings) + 1),
            "kind": [one.kind for one in findings],
            "severity": [one.severity for one in findings],
            "layer": [one.layer for one in findings],
            "place_code": pd.Series([one.code for one in findings], dtype=object),
            "other": pd.Series([one.other for one in findings], dtype=object),
            "area_m2": pd.Series([one.area_m2 for one in findings], dtype="float64"),
            "length_m": pd.Series([one.length_m for one in findings], dtype="float64"),
            "count": pd.Series([one.count for one in findings], dtype="Int64"),
            "sentence": pd.Series([one.sentence for one in findings], dtype=object),
        }
    )
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=crs), crs=crs)


def places_of(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The table with a point in each shape instead of it."""
    shapes = table.geometry.to_numpy()
    points = shapely.point_on_surface(shapes)
    lines = shapely.get_dimensions(shapes) == 1
    points[lines] = shapely.line_interpolate_point(shapes[lines], 0.5, normalized=True)
    return table.set_geometry(gpd.GeoSeries(points, index=table.index, crs=table.crs))
