"""The map of a plan for paper: areas by colour, borders by how firm they are, numbers; the page and the PDF draw it."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from gridmap.domain.metric import metric_crs
from gridmap.report.styles import FIRMNESS, SIX, colours_apart, firmness_class

_WIDTH = 1000.0
_MOST_HEIGHT = 1300.0
"""Of the map, in its own units."""


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


class PrintedMap(NamedTuple):
    """The map in units of its own: x from the left, y from the top."""

    width: float
    height: float
    areas: list[Area]
    lines: list[Line]
    names: list[Name]


def printed_map(regions: gpd.GeoDataFrame, borders: gpd.GeoDataFrame) -> PrintedMap:
    """The map of a plan's regions (`region`) and border pieces (`firmness`), in any coordinate system."""
    crs = metric_crs(tuple(regions.total_bounds))
    areas, lines = regions.to_crs(crs), borders.to_crs(crs)
    west, south, east, north = areas.total_bounds
    scale = min(_WIDTH / (east - west), _MOST_HEIGHT / (north - south))

    def placed(shapes: np.ndarray) -> np.ndarray:
        simple = shapely.simplify(shapes, 0.5 / scale)
        return np.asarray(shapely.transform(simple, lambda xy: np.round((xy - [west, north]) * [scale, -scale], 1)))

    shapes = placed(areas.geometry.to_numpy())
    colour = colours_apart(areas.geometry.to_numpy()).tolist()
    firm = lines["firmness"].astype("float64").tolist()
    points = shapely.point_on_surface(shapes)
    return PrintedMap(
        (east - west) * scale,
        (north - south) * scale,
        [Area(shape, SIX[which]) for shape, which in zip(shapes, colour, strict=True)],
        [_line(shape, value) for shape, value in zip(placed(lines.geometry.to_numpy()), firm, strict=True)],
        [
            Name(point.x, point.y, str(number + 1))
            for point, number in zip(points, areas["region"], strict=True)
            if number >= 0
        ],
    )


def _line(shape: shapely.Geometry, firmness: float) -> Line:
    which = firmness_class(firmness)
    if which == len(FIRMNESS):
        return Line(shape, "#5A6775", 2.5, (2, 5))
    _, width, colour, _ = FIRMNESS[which]
    return Line(shape, colour, width, ())
