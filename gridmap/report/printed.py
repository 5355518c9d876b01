"""The map of a plan for paper: areas by colour, borders by how firm they are, numbers; the page and the PDF draw it."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from gridmap.domain.metric import metric_crs
from gridmap.report.styles import FIRMNESS, SIX, colours_apart, firmness_class
from gridmap.report.words import Lang, phrase

_WIDTH = 1000.0
_MOST_HEIGHT = 1300.0
"""Of the map, in its own units."""
_STROKES: list[tuple[str, float, tuple[int, ...]]] = [
    *((colour, width, ()) for _, width, colour, _ in FIRMNESS),
    ("#5A6775", 2.5, (2, 5)),
]
"""Colour, width and dash of borders, the firmest first; at last of those that are held whatever the plan."""
_ALWAYS = frozenset({"street", "barrier"})


class Area(NamedTuple):
    """A region and its fill."""

    shape: shapely.Geometry
    colour: str


class Line(NamedTuple):
    """A border piece and its stroke; `dash`: lengths of strokes and gaps in turn, none for a whole line."""

    shape: shapely.Geometry
    colour: str
    width: float
    dash: tuple[int, ...]


class Name(NamedTuple):
    """A region's number on the map, around a point: the one that it has in the table of regions, from 1."""

    x: float
    y: float
    words: str


class Stroke(NamedTuple):
    """What a kind of line means."""

    colour: str
    width: float
    dash: tuple[int, ...]
    words: str


class PrintedMap(NamedTuple):
    """The map in units of its own: x from the left, y from the top."""

    width: float
    height: float
    areas: list[Area]
    lines: list[Line]
    names: list[Name]
    legend: list[Stroke]


def printed_map(regions: gpd.GeoDataFrame, borders: gpd.GeoDataFrame, *, lang: Lang) -> PrintedMap:
    """The map of a plan's regions (`region`) and border pieces (`firmness`, `held_by`), in any coordinate system.

    Where no piece has a firmness, since people drew them, only those that are held whatever the plan are told apart.
    """
    crs = metric_crs(tuple(regions.total_bounds))
    areas, lines = regions.to_crs(crs), borders.to_crs(crs)
    west, south, east, north = areas.total_bounds
    scale = min(_WIDTH / (east - west), _MOST_HEIGHT / (north - south))

    def placed(shapes: np.ndarray) -> np.ndarray:
        simple = shapely.simplify(shapes, 0.5 / scale)
        return np.asarray(shapely.transform(simple, lambda xy: np.round((xy - [west, north]) * [scale, -scale], 1)))

    shapes = placed(areas.geometry.to_numpy())
    colour = colours_apart(areas.geometry.to_numpy()).tolist()
    firm = lines["firmness"].astype("float64")
    held = lines["held_by"].fillna("").str.split().map(lambda codes: bool(_ALWAYS & set(codes))).to_numpy(dtype=bool)
    drawn = firm.isna().all() and not held.all()
    stroke = np.where(held, len(FIRMNESS), 0).tolist() if drawn else [firmness_class(value) for value in firm.tolist()]
    points = shapely.point_on_surface(shapes)
    return PrintedMap(
        (east - west) * scale,
        (north - south) * scale,
        [Area(shape, SIX[which]) for shape, which in zip(shapes, colour, strict=True)],
        [Line(shape, *_STROKES[which]) for shape, which in zip(placed(lines.geometry.to_numpy()), stroke, strict=True)],
        [
            Name(point.x, point.y, str(number + 1))
            for point, number in zip(points, areas["region"], strict=True)
            if number >= 0
        ],
        _legend(lang, drawn=bool(drawn)),
    )


def _legend(lang: Lang, *, drawn: bool) -> list[Stroke]:
    names = ["drawn"] if drawn else [name for *_, name in FIRMNESS]
    strokes = [*_STROKES[: len(names)], _STROKES[-1]]
    return [
        Stroke(*stroke, phrase(f"firmness_{name}", lang))
        for stroke, name in zip(strokes, [*names, "fixed"], strict=True)
    ]
