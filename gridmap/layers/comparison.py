"""Shapes beside what is already known of a place: whether they are shifted, and which meridian they count from.

A file is tried in each system that it may be in. Right is the one in which it fits what is there: the same things lie
on each other, gates lie on the boundaries of compounds, houses off the roads. Chance is kept out by trying each system
some metres aside, too: what fits there as well is no evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer

from gridmap.domain.metric import GEOGRAPHIC, metric_crs
from gridmap.domain.notes import Note
from gridmap.layers.crs import Bounds, System
from gridmap.layers.shifted import shift

Shapes = npt.NDArray[Any]
_Metres = npt.NDArray[np.float64]
_Place = Callable[[_Metres], _Metres]
_How = Literal["corners", "lines", "inside", "clear", "uncut"]

WATER = "water"
"""Name of the known shapes on which nobody builds: those of `ground` that are sea or water."""

_TESTS: dict[str, tuple[tuple[str, _How], ...]] = {
    "streets": (("streets", "lines"), ("communities", "lines"), ("buildings", "clear")),
    "communities": (("communities", "lines"), ("buildings", "clear")),
    "compounds": (("compounds", "lines"), ("buildings", "clear"), ("ways", "uncut")),
    "buildings": (("buildings", "corners"), ("compounds", "uncut"), ("ways", "uncut"), (WATER, "clear")),
    "stairwells": (("stairwells", "corners"), ("buildings", "lines")),
    "gates": (("gates", "corners"), ("compounds", "lines"), ("barriers", "lines")),
    "barriers": (("barriers", "lines"), ("compounds", "lines"), ("buildings", "clear")),
    "ways": (("ways", "lines"), ("buildings", "clear")),
    "centres": (("centres", "corners"), ("buildings", "inside")),
    "facilities": (("facilities", "corners"), ("buildings", "inside")),
    "staff": (("buildings", "inside"),),
    "grids": (("grids", "lines"), ("communities", "lines"), ("buildings", "clear")),
}
"""What each layer is compared with, and how, the surest first.

corners: they lie on corners; lines: on outlines and lines; inside: in areas; clear: off areas; uncut: off lines.
"""
KNOWN_SHAPES = (
    *dict.fromkeys(known for tests in _TESTS.values() for known, _how in tests if known != WATER),
    WATER,
)
"""Names of the known shapes that a comparison asks for."""

_FITS_M = 5.0
"""Metres within which corners and lines are the same."""
_ASIDE_M = 40.0
"""Metres aside at which chance is measured."""
_NEAR = 0.03
"""Degrees around what is known within which a file can be compared with it."""
_HERE = 0.8
"""Share of a file that has to lie near what is known, where that alone tells."""
_TELLING = 20_000
"""Shapes from all over a file that say where it lies; so many of these are laid on what is known:"""
_FEATURES = 500
_POINTS = 1500
_PIECES = 3000
_LEAST: dict[_How, int] = {"corners": 12, "lines": 12, "inside": 20, "clear": 30, "uncut": 30}
_FLOOR: dict[_How, float] = {"corners": 0.4, "lines": 0.4, "inside": 0.5, "clear": 0.9, "uncut": 0.9}
_MARGIN: dict[_How, float] = {"corners": 0.25, "lines": 0.25, "inside": 0.25, "clear": 0.05, "uncut": 0.05}
_SIGMAS = 4.0
"""By so many standard deviations of chance the right system is ahead, besides the margin."""
_COMPASS = [(np.cos(a), np.sin(a)) for a in np.linspace(0, 2 * np.pi, 8, endpoint=False) + 0.2]


class Known(Protocol):
    """What is already known of a place, to compare files with."""

    def extent(self) -> Bounds | None:
        """Bounds of all of it in degrees; None where nothing is known."""
        ...

    def within(self, bounds: Bounds) -> Mapping[str, Shapes]:
        """The shapes there in EPSG:4326, by their name in `KNOWN_SHAPES`."""
        ...


@dataclass(frozen=True)
class _Sample:
    """Some shapes of a file with the points that stand for them."""

    shapes: Shapes
    corners: npt.NDArray[np.float64]


@lru_cache(maxsize=128)
def _transformer(source: CRS, target: CRS) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def _degrees(system: System) -> _Place:
    """From the file's values to longitude and latitude."""
    crs = system.crs
    assert crs is not None
    to = None if crs.is_geographic else _transformer(crs, CRS.from_user_input(GEOGRAPHIC))

    def placed(xy: _Metres) -> _Metres:
        points = xy[:, ::-1] if system.swapped else xy
        if to is not None:
            points = np.column_stack(to.transform(points[:, 0], points[:, 1]))
        return shift(points, source=system.datum, target="wgs84") if system.datum != "wgs84" else points

    return placed


def _sampled(shapes: Shapes, near: npt.NDArray[np.bool_]) -> _Sample:
    chance = np.random.default_rng(0)
    rows = np.flatnonzero(near)
    rows = np.sort(chance.choice(rows, _FEATURES, replace=False)) if len(rows) > _FEATURES else rows
    some = shapely.force_2d(shapes[rows])
    corners = shapely.get_coordinates(some)
    if len(corners) > _POINTS:
        corners = corners[chance.choice(len(corners), _POINTS, replace=False)]
    return _Sample(some, corners)


def _lines(shapes: Shapes) -> Shapes:
    """The outlines of areas, and lines as they are, in straight pieces."""
    parts = shapely.get_parts(shapes)
    areas = shapely.get_dimensions(parts) == 2
    whole = np.concatenate([shapely.get_parts(shapely.boundary(parts[areas])), parts[~areas]])
    xy, line = shapely.get_coordinates(whole, return_index=True)
    same = line[1:] == line[:-1]
    if not same.any():
        return np.empty(0, dtype=object)
    return np.asarray(shapely.linestrings(np.stack([xy[:-1][same], xy[1:][same]], axis=1)))


def _shifted_by(shapes: Shapes, x: float, y: float) -> Shapes:
    return np.asarray(shapely.transform(shapes, lambda xy: xy + np.array([x, y])))


class _Fit:
    """One comparison: the share of a sample that fits the known shapes, at a place and aside of it."""

    def __init__(self, known: Shapes, how: _How, *, whole: bool) -> None:
        """`whole`: the file's shapes are tried as they are where they are many, not their outlines."""
        self.how, self.areas = how, whole
        self.tree: Any = None
        if how == "corners":
            from scipy.spatial import cKDTree  # noqa: PLC0415  (half a second that most imports don't need)

            self.tree = cKDTree(shapely.get_coordinates(known))
        else:
            self.tree = shapely.STRtree(known if how in ("inside", "clear") else _lines(known))

    def shares(self, sample: _Sample, place: _Place) -> tuple[int, float, float]:
        """How many were tried, the share that fits, and the mean share that fits aside."""
        if self.how in ("clear", "uncut"):
            pieces = shapely.transform(sample.shapes, place)
            pieces = pieces if len(pieces) >= _LEAST[self.how] and self.areas else _lines(pieces)[:_PIECES]
            tried = [self._clear(_shifted_by(pieces, x, y)) for x, y in self._steps()]
            count = len(pieces)
        else:
            points = place(sample.corners)
            tried = [self._on(points + np.array([x, y])) for x, y in self._steps()]
            count = len(points)
        return count, tried[0], float(np.mean(tried[1:]))

    def _steps(self) -> list[tuple[float, float]]:
        return [(0.0, 0.0), *((_ASIDE_M * x, _ASIDE_M * y) for x, y in _COMPASS)]

    def _on(self, points: _Metres) -> float:
        if not len(points):
            return 0.0
        if self.how == "corners":
            near, _ = self.tree.query(points, distance_upper_bound=_FITS_M)
            return float(np.isfinite(near).mean())
        within = _FITS_M if self.how == "lines" else 0.5
        hit = self.tree.query(shapely.points(points), predicate="dwithin", distance=within)[0]
        return len(np.unique(hit)) / len(points)

    def _clear(self, pieces: Shapes) -> float:
        if not len(pieces):
            return 0.0
        return 1.0 - len(np.unique(self.tree.query(pieces, predicate="intersects")[0])) / len(pieces)


def _ahead(how: _How, count: int, more: float, less: float) -> bool:
    """Whether one share is greater than another by more than the margin and more than chance."""
    mean = (more + less) / 2
    chance = _SIGMAS * float(np.sqrt(2 * mean * (1 - mean) / count))
    return more - less >= max(_MARGIN[how], chance)


def _told(
    known: Mapping[str, Shapes], layer: str, sample: _Sample, places: Sequence[_Place]
) -> tuple[int, Note] | None:
    """The number of the system that fits, and the words for it."""
    found: dict[int, Note] = {}
    for name, how in _TESTS[layer]:
        there = known.get(name)
        if there is None or not len(there):
            continue
        fit = _Fit(there, how, whole=layer == "buildings")
        tried = [fit.shares(sample, place) for place in places]
        best = max(range(len(tried)), key=lambda at: tried[at][1])
        count, share, aside = tried[best]
        others = [tried[at][1] for at in range(len(tried)) if at != best]
        if count < _LEAST[how] or share < _FLOOR[how] or not _ahead(how, count, share, aside):
            continue
        if all(_ahead(how, count, share, other) for other in others):
            other = max(others, default=0.0)
            said = {"count": f"{len(there):,}", "layer": name, "share": f"{share:.0%}", "other": f"{other:.0%}"}
            words = Note("compared with {count} {layer} here: {share} of it fits so, {other} at best otherwise", said)
            found.setdefault(best, words)
    return next(iter(found.items())) if len(found) == 1 else None


def compared(shapes: Shapes, layer: str, systems: Sequence[System], known: Known) -> System | None:
    """The one of some systems in which shapes fit what is known.

    Parameters
    ----------
    shapes
        As they stand in the file.
    layer
        Which of our layers they are.
    systems
        Those that are possible, at least two.

    Returns
    -------
    System
        With the comparison as `known_by`; None where it can't tell.
    """
    extent = known.extent()
    if extent is None or layer not in _TESTS or len(systems) < 2:
        return None
    present = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
    present = present[:: len(present) // _TELLING + 1]
    boxes = shapely.bounds(present)
    middles = np.column_stack([boxes[:, [0, 2]].mean(axis=1), boxes[:, [1, 3]].mean(axis=1)])
    middles, present = middles[np.isfinite(middles).all(axis=1)], present[np.isfinite(middles).all(axis=1)]
    west, south, east, north = extent
    inside = []
    for system in systems:
        x, y = _degrees(system)(middles).T
        inside.append((x >= west - _NEAR) & (x <= east + _NEAR) & (y >= south - _NEAR) & (y <= north + _NEAR))
    possible = [at for at in range(len(systems)) if inside[at].any()]
    if not possible:
        return None
    if len(possible) == 1 and inside[possible[0]].mean() >= _HERE:
        words = Note("of {count} possible systems the only one that brings it here", {"count": len(systems)})
        return replace(systems[possible[0]], known_by=words, sure=True)
    near = np.logical_or.reduce([inside[at] for at in possible])
    sample = _sampled(present, near)
    corners = [_degrees(systems[at])(shapely.get_coordinates(sample.shapes)) for at in possible]
    low, high = np.min([c.min(axis=0) for c in corners], axis=0), np.max([c.max(axis=0) for c in corners], axis=0)
    low, high = np.maximum(low, (west - _NEAR, south - _NEAR)), np.minimum(high, (east + _NEAR, north + _NEAR))
    bounds = (low[0] - 0.001, low[1] - 0.001, high[0] + 0.001, high[1] + 0.001)
    to = _transformer(CRS.from_user_input(GEOGRAPHIC), CRS.from_user_input(metric_crs(extent)))

    def metres(lonlat: _Metres) -> _Metres:
        return np.column_stack(to.transform(lonlat[:, 0], lonlat[:, 1]))

    def through(system: System) -> _Place:
        degrees = _degrees(system)
        return lambda xy: metres(degrees(xy))

    plane = {name: np.asarray(shapely.transform(there, metres)) for name, there in known.within(bounds).items()}
    told = _told(plane, layer, sample, [through(systems[at]) for at in possible])
    if told is None:
        return None
    return replace(systems[possible[told[0]]], known_by=told[1], sure=True)
