"""Which of many lines a point lies nearest to."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def segments(lines: NDArray[np.object_]) -> tuple[NDArray[np.object_], Ints]:
    """The straight segments of lines, and the number of the line each is of.

    A tree is to hold these: the boxes of lines that run through the whole district would all overlap.
    """
    parts, of = shapely.get_parts(lines, return_index=True)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    start = np.flatnonzero(part[1:] == part[:-1])
    ends = np.stack([xy[start], xy[start + 1]], axis=1)
    return np.asarray(shapely.linestrings(ends), dtype=object), np.asarray(of[part[start]], dtype=np.int64)


def nearest_line(points: NDArray[np.object_], lines: NDArray[np.object_]) -> Ints:
    """The number of the line nearest to each point, the first of those that are equally near."""
    straight, of = segments(lines)
    (point, segment), distance = shapely.STRtree(straight).query_nearest(points, return_distance=True)
    line = of[segment]
    order = np.lexsort((line, distance, point))
    point, line = point[order], line[order]
    return line[np.append(True, point[1:] != point[:-1])]
