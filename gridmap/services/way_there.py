"""The way from a place to an office, for somebody on foot who lives there."""

from __future__ import annotations

from dataclasses import dataclass

from pyproj import Geod

from gridmap.domain.numbers import Numbers
from gridmap.services.route import Target, WalkMap, line_of

Point = tuple[float, float]
"""Longitude and latitude, EPSG:4326."""

_EARTH = Geod(ellps="WGS84")
_SET_OUT_M = 30.0
"""So far along the walk one has set out: its first metres only lead to the door's way."""


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


def way_there(start: Point, end: Point, *, walks: WalkMap | None, lives_in: str | None, numbers: Numbers) -> WayThere:
    """The walk between two points through public gates and those of the compound that one lives in.

    As the crow flies where there is no map of walks yet, or no such walk.
    """
    opened = frozenset({lives_in} if lives_in else ())
    found = walks.find(start, Target((end,)), opened) if walks else None
    if walks is None or found is None or found.walk is None or found.stops_at is not None:
        heading, _, metres = _EARTH.inv(*start, *end)
        return WayThere(metres=metres, minutes=None, heading=heading % 360, line=(start, end), straight=True)
    walk = found.walk
    set_out = walk.line.interpolate(min(_SET_OUT_M, walk.length_m))
    lon, lat = walks.degrees([[set_out.x, set_out.y]])[0]
    heading, _, _ = _EARTH.inv(*start, float(lon), float(lat))
    return WayThere(
        metres=walk.length_m,
        minutes=walk.length_m / numbers.walking_speed / 60,
        heading=heading % 360,
        line=tuple((lon, lat) for lon, lat in line_of(walks, walk)),
        straight=False,
    )
