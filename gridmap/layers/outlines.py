"""Outlines drawn as closed lines, as drawings have them and what is exported from them, taken as areas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy.typing as npt
import shapely

from gridmap.domain.notes import Note
from gridmap.layers.recognise import by_name, fits
from gridmap.layers.report import Report

_TRIANGLE = 4
"""Points of a closed line that encloses something, the first one twice."""


def outlined(
    shapes: npt.NDArray[Any] | None, names: Iterable[str], source: str, *, report: Report
) -> npt.NDArray[Any] | None:
    """The shapes of a layer, closed lines as areas where its name is that of a layer of areas.

    Parameters
    ----------
    shapes
        As they were read.
    names
        What the layer is called, the likeliest name first.
    source
        Its name in the file.
    report
        Gets a note of how many there are.
    """
    if shapes is None or not _is_of_areas(names):
        return shapes
    lines = shapely.get_type_id(shapes) == shapely.GeometryType.LINESTRING
    closed = lines & shapely.is_closed(shapes) & (shapely.get_num_coordinates(shapes) >= _TRIANGLE)
    if not closed.any():
        return shapes
    corners, owner = shapely.get_coordinates(shapes[closed], return_index=True)
    out = shapes.copy()
    out[closed] = shapely.polygons(shapely.linearrings(corners, indices=owner))
    told = {"count": int(closed.sum()), "layer": source}
    report.note(Note("{count} closed lines of {layer} were taken as the outlines of areas.", told))
    return out


def _is_of_areas(names: Iterable[str]) -> bool:
    """Whether the first name that is one of ours is of areas, and can't be of lines or points."""
    for name in names:
        if by_name(name, "line") is not None:
            return False
        layer = by_name(name, "polygon")
        if layer is not None:
            return not fits(layer, "point")
    return False
