"""Slips of the drawing hand in an area's outline: corners that stand twice, and spikes that run out and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

_METRES_A_DEGREE = 111_320.0
_WIDE_M = 0.05
"""A spike is no wider than this where the shorter of its sides begins; setting."""
_LONG_M = 0.5
"""And at least this long; a shorter one nobody sees; setting."""
_THIN = 0.02
"""And so much narrower than long, about a degree; setting."""
_SHORTEST_RING = 4


def without_repeated(shapes: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Shapes without points that stand twice one after another, and how many went; others are the same objects."""
    out, gone = shapes.copy(), np.zeros(len(shapes), dtype=np.int64)
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    again = (xy[1:] == xy[:-1]).all(axis=1) & (owner[1:] == owner[:-1])
    rows = np.unique(owner[1:][again])
    some = shapes[rows]
    less = shapely.remove_repeated_points(some, tolerance=0)
    fewer = shapely.get_num_coordinates(some) - shapely.get_num_coordinates(less)
    fewer[shapely.is_empty(less) | (shapely.get_type_id(less) != shapely.get_type_id(some))] = 0
    gone[rows] = fewer
    out[rows[fewer > 0]] = less[fewer > 0]
    return out, gone


def _scale(xy: npt.NDArray[np.float64], crs: Any) -> npt.NDArray[np.float64]:
    """Metres a unit, east and north, where these coordinates are."""
    system = None if crs is None else CRS.from_user_input(crs)
    if system is None:
        return np.ones(2)
    if system.is_geographic:
        return _METRES_A_DEGREE * np.array([np.cos(np.radians(np.median(xy[:, 1]))), 1.0])
    return np.full(2, system.axis_info[0].unit_conversion_factor if system.axis_info else 1.0)


def _tips(
    metres: npt.NDArray[np.float64], before: npt.NDArray[np.float64], after: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Which corners are the tip of a spike, from the corners before and after each; all in metres."""
    back, on = before - metres, after - metres
    one, two = np.hypot(*back.T), np.hypot(*on.T)
    long, short = np.maximum(one, two), np.minimum(one, two)
    wide = np.abs(back[:, 0] * on[:, 1] - back[:, 1] * on[:, 0])
    same_way = (back * on).sum(axis=1) > 0
    return same_way & (short >= _LONG_M) & (wide <= _WIDE_M * long) & (wide <= _THIN * long * short)


def _ring_without(xy: npt.NDArray[np.float64], scale: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], int]:
    """A closed ring without its spikes, tip by tip until there is none, and how many went."""
    ring, gone = xy[:-1], 0
    while len(ring) >= _SHORTEST_RING:
        metres = ring * scale
        tips = np.flatnonzero(_tips(metres, np.roll(metres, 1, axis=0), np.roll(metres, -1, axis=0)))
        if not len(tips):
            break
        ring = np.delete(ring, tips[0], axis=0)
        gone += 1
        if (ring[tips[0] - 1] == ring[tips[0] % len(ring)]).all():
            ring = np.delete(ring, tips[0] - 1, axis=0)
    return np.concatenate([ring, ring[:1]]), gone


def without_spikes(shapes: npt.NDArray[Any], crs: Any) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Areas without spikes, and how many went of each; those without any are the same objects.

    Parameters
    ----------
    shapes
        Valid areas, None where there is none.
    crs
        Their coordinate system; where it isn't known the units are taken as metres.
    """
    gone = np.zeros(len(shapes), dtype=np.int64)
    xy, ring, owner = _rings(shapes)
    if not len(owner):
        return shapes, gone
    scale = _scale(xy, crs)
    out = shapes.copy()
    for row in np.unique(owner[_suspects(xy * scale, ring, len(owner))]):
        shape, gone[row] = _area_without(shapes[row], scale)
        if gone[row]:
            out[row] = shape
    return out, gone


def _rings(
    shapes: npt.NDArray[Any],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The corners of all rings, the number of the ring that each belongs to, and the row of the shape of each ring."""
    # most areas are one ring, whose corners are the area's own; taking rings out makes an object of each
    alone = (shapely.get_type_id(shapes) == 3) & (shapely.get_num_interior_rings(shapes) == 0)
    xy, ring = shapely.get_coordinates(shapes[alone], return_index=True)
    parts, of = shapely.get_parts(shapes[~alone], return_index=True)
    further, part = shapely.get_rings(parts, return_index=True)
    more, number = shapely.get_coordinates(further, return_index=True)
    owner = np.concatenate([np.flatnonzero(alone), np.flatnonzero(~alone)[of[part]]])
    return np.concatenate([xy, more]), np.concatenate([ring, number + alone.sum()]), owner


def _suspects(metres: npt.NDArray[np.float64], ring: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """Rings that have the tip of a spike, all looked at in one go."""
    first = np.searchsorted(ring, np.arange(count))
    last = np.append(first[1:], len(ring)) - 1
    before, after = np.arange(len(ring)) - 1, np.arange(len(ring)) + 1
    before[first], after[last] = last - 1, first + 1
    return np.unique(ring[_tips(metres, metres[before], metres[after])])


def _area_without(shape: Any, scale: npt.NDArray[np.float64]) -> tuple[Any, int]:
    """One area without spikes; as it was where it wouldn't be a valid area of the same parts then."""
    parts, gone = [], 0
    for polygon in shapely.get_parts(shape):
        rings = []
        for ring in shapely.get_rings(polygon):
            xy, tips = _ring_without(shapely.get_coordinates(ring), scale)
            if len(xy) < _SHORTEST_RING:
                return shape, 0
            rings.append(xy)
            gone += tips
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    made = parts[0] if shape.geom_type == "Polygon" else shapely.multipolygons(parts)
    return (made, gone) if shapely.is_valid(made) and made.area > 0 else (shape, 0)
