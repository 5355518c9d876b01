"""What a file would bring, as a map shows it before it is loaded: what goes in, was repaired, was rejected."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.layers import Reading
from gridmap.layers.report import FeatureNote

MOST_DRAWN = 6_000
"""Features of a preview: what was rejected and repaired first, then an even choice of the rest."""
_DIGITS = 6
"""Of a degree: a decimetre."""


def bounds(reading: Reading) -> list[float] | None:
    """West, south, east, north of what would be loaded, or where nothing is of what can be drawn; None for neither."""
    boxes = [table.total_bounds for _name, table in _placed(reading)]
    boxes = boxes or [np.array(note.shape.bounds) for note in _noted(reading)]
    if not boxes:
        return None
    west, south, east, north = np.vstack(boxes).T
    return [float(west.min()), float(south.min()), float(east.max()), float(north.max())]


def features(reading: Reading) -> bytes:
    """The preview as gzipped GeoJSON; `what` of each feature: loaded, repaired or rejected, and then the `reason`.

    Reasons are notes as data; `drawn` and `all` beside the features tell whether some are left out.
    """
    noted = [
        {
            "what": note.action,
            "layer": note.layer,
            "code": note.code,
            "number": note.number,
            "reason": note.reason.as_data(),
            "shape": note.shape,
        }
        for note in _noted(reading)
    ]
    noted.sort(key=lambda one: one["what"] == "repaired")
    tables = list(_placed(reading))
    whole = sum(len(table) for _name, table in tables)
    room = max(MOST_DRAWN - len(noted), 0)
    out = [*_loaded(tables, room, whole), *(_feature(one) for one in noted[:MOST_DRAWN])]
    body = {"type": "FeatureCollection", "features": out, "drawn": len(out), "all": max(whole, len(out))}
    return gzip.compress(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def _noted(reading: Reading) -> list[FeatureNote]:
    """What was repaired or rejected and can be drawn."""
    return [
        note
        for note in reading.report.features
        if note.action in ("repaired", "rejected") and note.shape is not None and not note.shape.is_empty
    ]


def _placed(reading: Reading) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    for name in reading.district.filled():
        table = reading.district[name]
        if DISTRICT_LAYERS[name].geometry is None or DISTRICT_LAYERS[name].personal:
            continue
        table = table[table.geometry.notna() & ~table.geometry.is_empty]
        if len(table):
            yield name, table


def _loaded(tables: Iterable[tuple[str, gpd.GeoDataFrame]], room: int, whole: int) -> Iterator[dict[str, Any]]:
    step = max(1, -(-whole // room)) if room else 0
    for name, table in tables:
        for row in table.iloc[::step].itertuples() if step else ():
            code = getattr(row, "code", None)
            yield _feature({"what": "loaded", "layer": name, "code": code, "shape": row.geometry})


def _feature(one: dict[str, Any]) -> dict[str, Any]:
    shape = one.pop("shape")
    return {"type": "Feature", "properties": one, "geometry": shapely.geometry.mapping(_rounded(shape))}


def _rounded(shape: Any) -> Any:
    return shapely.transform(shape, lambda xy: np.round(xy, _DIGITS))
