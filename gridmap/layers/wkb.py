"""Shapes from well-known binary, one by one: what is broken costs only itself."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

_SURFACES = (15, 16)
"""Polyhedral surface and TIN: patches of a 3D face, which on the map are polygons."""


def _surface_as_multipolygon(wkb: bytes) -> bytes | None:
    order = "<" if wkb[:1] == b"\x01" else ">"
    (code,) = struct.unpack_from(f"{order}I", wkb, 1)
    kind = (code & 0x0FFFFFFF) % 1000
    if kind not in _SURFACES:
        return None
    out = bytearray(wkb)
    struct.pack_into(f"{order}I", out, 1, code - kind + 6)
    at = 9
    (count,) = struct.unpack_from(f"{order}I", wkb, 5)
    for _ in range(count):
        (part,) = struct.unpack_from(f"{order}I", wkb, at + 1)
        struct.pack_into(f"{order}I", out, at + 1, part - (part & 0x0FFFFFFF) % 1000 + 3)
        (rings,) = struct.unpack_from(f"{order}I", wkb, at + 5)
        dimensions = 2 + {0: 0, 1: 1, 2: 1, 3: 2}[(part & 0x0FFFFFFF) // 1000] + bool(part & 0x80000000)
        at += 9
        for _ring in range(rings):
            (points,) = struct.unpack_from(f"{order}I", wkb, at)
            at += 4 + points * dimensions * 8
    return bytes(out)


def _flattened(wkb: bytes) -> BaseGeometry | None:
    try:
        patches = _surface_as_multipolygon(wkb)
    except (struct.error, KeyError):
        return None
    if patches is None:
        return None
    shape: BaseGeometry | None = shapely.from_wkb(patches, on_invalid="ignore")
    if shape is None:
        return None
    parts = shapely.make_valid(shapely.get_parts(shapely.force_2d(shape)))
    return shapely.union_all([part for part in parts if part.area > 0])


def shapes_of(wkb: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Shapes of an array of WKB.

    Returns
    -------
    shapes
        None where there is none or none can be made.
    broken
        Where there was something that no shape could be made of.
    mended
        Where a ring had to be closed, or a surface was flattened, to get a shape.
    """
    there = np.array([w is not None and len(w) > 0 for w in wkb], dtype=bool)
    texts = wkb.copy()
    texts[~there] = None
    shapes = shapely.from_wkb(texts, on_invalid="ignore")
    lost = there & shapely.is_missing(shapes)
    mended = np.zeros(len(wkb), dtype=bool)
    if lost.any():
        fixed = shapely.from_wkb(texts[lost], on_invalid="fix")
        for i, shape in zip(np.flatnonzero(lost), fixed, strict=True):
            shapes[i] = shape if shape is not None else _flattened(texts[i])
            mended[i] = shapes[i] is not None
    return shapes, there & shapely.is_missing(shapes), mended


def areas_of(shape: BaseGeometry) -> BaseGeometry:
    """The polygons in what `make_valid` gave; lines and points fall away. Empty where there is no area."""
    if shape.geom_type != "GeometryCollection":
        return shape if shape.geom_type in ("Polygon", "MultiPolygon") else shapely.MultiPolygon()
    parts = [p for g in shapely.get_parts(shape) for p in shapely.get_parts(g) if p.geom_type == "Polygon"]
    return shapely.union_all(parts) if parts else shapely.MultiPolygon()
