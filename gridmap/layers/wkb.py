"""Shapes from well-known binary, one by one: what is broken costs only itself."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

_FACES = (3, 17)
"""Polygon and triangle; a TIN, a polyhedral surface and a collection hold them."""
_LINES = (2, 8)
"""A line, and a string of arcs."""
_HOLDERS = (6, 7, 15, 16)


def _patches(wkb: bytes, at: int) -> tuple[list[Any], int]:
    """The faces of a surface as polygons in two dimensions, and where the next shape begins."""
    order = "<" if wkb[at] == 1 else ">"
    code, count = struct.unpack_from(f"{order}II", wkb, at + 1)
    kind, flavour = (code & 0x0FFFFFFF) % 1000, (code & 0x0FFFFFFF) // 1000
    at += 9
    if kind in _HOLDERS:
        faces: list[Any] = []
        for _ in range(count):
            more, at = _patches(wkb, at)
            faces += more
        return faces, at
    if kind not in _FACES:
        raise ValueError(f"no face of a surface: {kind}")
    width = 2 + (0, 1, 1, 2)[flavour] + bool(code & 0x80000000) + bool(code & 0x40000000)
    rings = []
    for _ in range(count):
        (points,) = struct.unpack_from(f"{order}I", wkb, at)
        values = np.frombuffer(wkb, dtype=f"{order}f8", count=points * width, offset=at + 4)
        rings.append(values.reshape(points, width)[:, :2])
        at += 4 + points * width * 8
    return [shapely.Polygon(rings[0], rings[1:])] if rings and len(rings[0]) >= 4 else [], at


def _flattened(wkb: bytes) -> BaseGeometry | None:
    """A surface of faces in space as the area it covers on the map; None where it is no surface, or covers nothing."""
    try:
        faces, _end = _patches(wkb, 0)
    except (struct.error, ValueError, IndexError):
        return None
    flat = [area for area in shapely.make_valid(np.array(faces, dtype=object)) if area.area > 0]
    return areas_of(shapely.union_all(flat)) if flat else None


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
    there = np.array([bool(w) for w in wkb.tolist()], dtype=bool)
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


def _corners(wkb: bytes, at: int) -> tuple[list[npt.NDArray[np.float64]], int]:
    """The corners of a shape in two dimensions, whatever is wrong with it, and where the next shape begins."""
    order = "<" if wkb[at] == 1 else ">"
    (code,) = struct.unpack_from(f"{order}I", wkb, at + 1)
    kind, flavour = (code & 0x0FFFFFFF) % 1000, (code & 0x0FFFFFFF) // 1000
    width = 2 + (0, 1, 1, 2)[flavour] + bool(code & 0x80000000) + bool(code & 0x40000000)
    at += 5
    if kind == 1:
        return [np.frombuffer(wkb, dtype=f"{order}f8", count=2, offset=at).reshape(1, 2)], at + width * 8
    (count,) = struct.unpack_from(f"{order}I", wkb, at)
    found: list[npt.NDArray[np.float64]] = []
    if kind not in (*_FACES, *_LINES):
        at += 4
        for _ in range(count):
            more, at = _corners(wkb, at)
            found += more
        return found, at
    rings, at = (1, at) if kind in _LINES else (count, at + 4)
    for _ in range(rings):
        (points,) = struct.unpack_from(f"{order}I", wkb, at)
        values = np.frombuffer(wkb, dtype=f"{order}f8", count=points * width, offset=at + 4)
        found.append(values.reshape(points, width)[:, :2])
        at += 4 + points * width * 8
    return found, at


def remains_of(wkb: bytes) -> BaseGeometry | None:
    """Something by which a map can show where a broken shape is: a line through its corners, or a point; else None."""
    try:
        parts, _end = _corners(wkb, 0)
    except (struct.error, ValueError, IndexError, RecursionError):
        return None
    corners = np.concatenate(parts) if parts else np.empty((0, 2))
    corners = corners[np.isfinite(corners).all(axis=1)]
    if not len(corners):
        return None
    several = (corners != corners[0]).any()
    return shapely.LineString(corners) if several else shapely.Point(corners[0])


def areas_of(shape: BaseGeometry) -> BaseGeometry:
    """The polygons in what `make_valid` gave; lines and points fall away. Empty where there is no area."""
    if shape.geom_type != "GeometryCollection":
        return shape if shape.geom_type in ("Polygon", "MultiPolygon") else shapely.MultiPolygon()
    parts = [p for g in shapely.get_parts(shape) for p in shapely.get_parts(g) if p.geom_type == "Polygon"]
    return shapely.union_all(parts) if parts else shapely.MultiPolygon()
