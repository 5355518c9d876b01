"""The way from a place to an office, for somebody on foot."""

from __future__ import annotations

from dataclasses import dataclass

from pyproj import Geod

Point = tuple[float, float]
"""Longitude and latitude, EPSG:4326."""

_EARTH = Geod(ellps="WGS84")


@dataclass(frozen=True)
class WayThere:
    """How far it is and where to begin."""

    metres: float
    minutes: float | None
    """On foot; None where the walk isn't known."""
    heading: float
    """Degrees clockwise from north."""
    line: tuple[Point, ...]
    straight: bool
    """As the crow flies: walls and streets are not considered."""


def way_there(start: Point, end: Point) -> WayThere:
    """The way between two points, as the crow flies."""
    heading, _, metres = _EARTH.inv(*start, *end)
    return WayThere(metres=metres, minutes=None, heading=heading % 360, line=(start, end), straight=True)
