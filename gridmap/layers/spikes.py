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
    less = shapely.remove_repeated_points(shapes, tolerance=0)
    gone = shapely.get_num_coordinates(shapes) - shapely.get_num_coordinates(less)
    gone[shapely.is_empty(less) | (shapely.get_type_id(less) != shapely.get_type_id(shapes))] = 0
    out = shapes.copy()
    out[gone > 0] = less[gone > 0]
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
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    if not len(rings):
        return shapes, gone
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    scale = _scale(xy, crs)
    out = shapes.copy()
    for row in np.unique(owner[part[_suspects(xy * scale, ring, len(rings))]]):
        shape, gone[row] = _area_without(shapes[row], scale)
        if gone[row]:
            out[row] = shape
    return out, gone


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
