"""GCJ-02 and BD-09, the shifted coordinates of Chinese maps, from and to WGS84.

Both shifts are smooth functions of the true position; the way back is found by iterating the way there, which
settles far below a millimetre. Formula of GCJ-02: the published reconstruction (Krasovsky's ellipsoid); of BD-09:
Baidu's own offset on top of GCJ-02. Outside China's bounding box GCJ-02 is WGS84.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from gridmap.domain.metric import GEOGRAPHIC

Datum = Literal["wgs84", "gcj02", "bd09"]
DATUMS: tuple[Datum, ...] = ("wgs84", "gcj02", "bd09")

_Degrees = npt.NDArray[np.float64]
_Shift = Callable[[_Degrees], _Degrees]

_AXIS = 6378245.0
_ECCENTRICITY = 0.00669342162296594323
_BAIDU = np.pi * 3000.0 / 180.0
_CHINA = (72.004, 0.8293, 137.8347, 55.8271)
_ROUNDS = 12


def _wave(value: _Degrees, *parts: tuple[float, float]) -> _Degrees:
    return sum((weight * np.sin(value * np.pi / period) for weight, period in parts), np.zeros_like(value)) * 2.0 / 3.0


def _gcj02(xy: _Degrees) -> _Degrees:
    lon, lat = xy[:, 0], xy[:, 1]
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    both = _wave(x, (20.0, 1 / 6), (20.0, 1 / 2))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north = north + both + _wave(y, (20.0, 1.0), (40.0, 3.0), (160.0, 12.0), (320.0, 30.0))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east = east + both + _wave(x, (20.0, 1.0), (40.0, 3.0), (150.0, 12.0), (300.0, 30.0))
    phi = np.radians(lat)
    magic = 1 - _ECCENTRICITY * np.sin(phi) ** 2
    metres_north = _AXIS * (1 - _ECCENTRICITY) / magic**1.5
    metres_east = _AXIS / np.sqrt(magic) * np.cos(phi)
    moved = np.column_stack([lon + np.degrees(east / metres_east), lat + np.degrees(north / metres_north)])
    west, south, easternmost, northernmost = _CHINA
    inside = (lon >= west) & (lon <= easternmost) & (lat >= south) & (lat <= northernmost)
    return np.where(inside[:, None], moved, xy)


def _bd09(xy: _Degrees) -> _Degrees:
    x, y = xy[:, 0], xy[:, 1]
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BAIDU)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BAIDU)
    return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])


def _back(shift: _Shift, xy: _Degrees) -> _Degrees:
    found = xy.copy()
    for _ in range(_ROUNDS):
        found = found + xy - shift(found)
    return found


def shift(xy: npt.ArrayLike, *, source: Datum, target: Datum) -> _Degrees:
    """Coordinates of one datum in another.

    Parameters
    ----------
    xy : (n, 2)
        Longitude and latitude in degrees in `source`.

    Returns
    -------
    (n, 2)
        Longitude and latitude in `target`; there and back again agrees within a millimetre.
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    at, to = DATUMS.index(source), DATUMS.index(target)
    steps: tuple[_Shift, ...] = (_gcj02, _bd09)
    for step in steps[at:to]:
        points = step(points)
    for step in reversed(steps[to:at]):
        points = _back(step, points)
    return points


def shift_shapes(shapes: npt.NDArray[Any], *, source: Datum, target: Datum) -> npt.NDArray[Any]:
    """Shapes in degrees of one datum, moved point by point into another."""
    if source == target:
        return shapes
    return np.asarray(shapely.transform(shapes, lambda xy: shift(xy, source=source, target=target)))


def shift_table(table: gpd.GeoDataFrame, *, source: Datum, target: Datum) -> gpd.GeoDataFrame:
    """The table with its geometry moved; the result carries EPSG:4326, the nearest that formats can name."""
    shapes = shift_shapes(table.geometry.to_numpy(), source=source, target=target)
    return table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=GEOGRAPHIC, name=table.geometry.name))
