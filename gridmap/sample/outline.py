"""The outline of the district: the real coast, a lagoon and inland borders drawn for the purpose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.optimize import brentq
from shapely.geometry.base import BaseGeometry

from gridmap.sample import source

AREA_M2 = 140e6
"""The mission's figure for the district."""

_CENTRE = (122.043, 37.5135)
"""Where a district smaller than the real one is cut out."""


_OPEN_SEA_M = 20_000
"""How far north the sea is drawn: past the edge of a tall screen that shows the whole district."""


@dataclass(frozen=True)
class Outline:
    """The district's land, its sea and the coast line, in metres."""

    land: shapely.Polygon
    sea: shapely.Polygon | shapely.MultiPolygon
    lagoon: BaseGeometry
    coast: shapely.LineString


def outline(scale: float = 1.0) -> Outline:
    """The outline of a district of `scale` times 140 km².

    At most 1 it is the part of the real zone around its centre; beyond 1 its inland border moves south.
    """
    coast = source.coast()
    lagoon: BaseGeometry = _smoothed(source.drawn("lagoon"))
    border = _rounded(source.drawn("border"))

    if scale <= 1:
        whole = _land(coast, lagoon, _moved(border, _stretch(coast, lagoon, border, AREA_M2)))
        land = whole if scale == 1 else _cut(whole, scale * AREA_M2)
    else:
        land = _land(coast, lagoon, _moved(border, _stretch(coast, lagoon, border, scale * AREA_M2)))
    west, south, east, north = land.bounds
    frame = shapely.box(west - 2000, south, east + 2000, north + _OPEN_SEA_M)
    mainland = _mainland(coast, south - 1000)
    sea = frame.difference(mainland).difference(source.islets())
    lagoon = lagoon.intersection(mainland)
    return Outline(land=land, sea=_largest(sea), lagoon=lagoon, coast=coast)


def _largest(shape: shapely.Geometry) -> shapely.Polygon:
    parts = shapely.get_parts(shape)
    return parts[np.argmax(shapely.area(parts))]


def _smoothed(points: NDArray[np.float64]) -> shapely.Polygon:
    """The ring with its corners cut twice (Chaikin)."""
    for _ in range(2):
        following = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], axis=1).reshape(-1, 2)
    return shapely.Polygon(points)


def _rounded(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The open line with its corners cut twice, its ends kept."""
    for _ in range(2):
        a, b = points[:-1], points[1:]
        inner = np.stack([0.75 * a + 0.25 * b, 0.25 * a + 0.75 * b], axis=1).reshape(-1, 2)
        points = np.vstack([points[:1], inner, points[-1:]])
    return points


def _mainland(coast: shapely.LineString, south: float) -> shapely.Geometry:
    xy = shapely.get_coordinates(coast)
    west, east = xy[0, 0] - 40_000, xy[-1, 0] + 40_000
    ring = [(west, xy[0, 1]), *map(tuple, xy), (east, xy[-1, 1]), (east, south), (west, south)]
    return shapely.make_valid(shapely.Polygon(ring))


def _land(coast: shapely.LineString, lagoon: shapely.Geometry, border: NDArray[np.float64]) -> shapely.Polygon:
    top = border[:, 1].max() + 6000
    ring = shapely.Polygon([*map(tuple, border), (border[-1, 0], top), (border[0, 0], top)])
    land = shapely.make_valid(ring).intersection(_mainland(coast, border[:, 1].min() - 1000)).difference(lagoon)
    return shapely.Polygon(shapely.set_precision(_largest(land), 0.01).exterior)


def _moved(border: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """The border with its southern part moved away from the coast; wider as well where that is far."""
    top = source.metric_xy(np.array([[121.98, 37.468]]))[0]
    below = np.clip((top[1] - border[:, 1]) / 3000, 0, 1)
    moved = border.copy()
    moved[:, 1] = np.where(below > 0, top[1] + (border[:, 1] - top[1]) * factor, border[:, 1])
    wider = 1 + max(factor - 1.2, 0) * 0.4 * below
    moved[:, 0] = top[0] + (border[:, 0] - top[0]) * wider
    return moved


def _stretch(coast: shapely.LineString, lagoon: shapely.Geometry, border: NDArray[np.float64], area: float) -> float:
    def excess(factor: float) -> float:
        return float(_land(coast, lagoon, _moved(border, factor)).area - area)

    return float(brentq(excess, 0.5, 12.0, xtol=1e-7))


def _cut(whole: shapely.Polygon, area: float) -> shapely.Polygon:
    centre = shapely.Point(source.metric_xy(np.array([_CENTRE]))[0])

    def part(radius: float) -> shapely.Polygon:
        return _largest(shapely.set_precision(whole.intersection(centre.buffer(radius, quad_segs=12)), 0.01))

    radius = brentq(lambda r: part(r).area - area, 500.0, 40_000.0, xtol=1e-3)
    return shapely.Polygon(part(float(radius)).exterior)
