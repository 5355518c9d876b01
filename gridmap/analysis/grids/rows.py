"""Cutting an area between its buildings: straight between rows, or else halfway between outlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import shapely
from shapely import Polygon
from shapely.ops import split

_POINTS_APART_M = 2.0
_MOST_POINTS = 500
"""Points along the seeds: enough for a smooth line halfway, few enough to be quick."""
_OFF_M2, _OFF_SHARE = 0.01, 1e-7
"""By how much zones may miss their area: roundness."""
_WIDE_GAP_M = 20.0
"""Metres from which on a gap between rows is as good as a wider one."""


NODE_M = 1e-6
"""Metres to which lines are noded: far below any survey, far above the rounding of coordinates. Without it unions of
neighbours can lose a piece."""


@dataclass(frozen=True)
class Part:
    """A part of a cut area and the buildings in it (positions in the caller's array)."""

    shape: Polygon
    buildings: np.ndarray


def cut_rows(area: Polygon, outlines: np.ndarray, households: np.ndarray, most: int) -> list[Part]:
    """Cut an area into parts of at most `most` households, never through a building.

    Cuts are straight lines in the gaps between rows, along the direction of the buildings; where rows interlock the
    line runs halfway between the buildings' outlines. A single building with more than `most` is a part by itself.

    Parameters
    ----------
    area
        Metres.
    outlines, households
        The buildings inside it: footprints, and how many live in each.
    most
        Households.

    Returns
    -------
    list of Part
        They tile the area, and each building is in one of them.
    """
    angle = _direction(outlines)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    done: list[Part] = []
    waiting = [Part(area, np.arange(len(outlines)))]
    while waiting:
        part = waiting.pop()
        living = (households[part.buildings] > 0).sum()
        if households[part.buildings].sum() <= most or living < 2:
            done.append(part)
            continue
        parts = _halves(part, outlines, households, turn)
        (waiting if len(parts) > 1 else done).extend(parts)
    return done


def allot(area: Polygon, seeds: Sequence[shapely.Geometry], labels: np.ndarray) -> list[tuple[int, Polygon]]:
    """Share an area out among seeds: everything to the label of the nearest seed, in connected pieces."""
    length = sum(shapely.length(seeds))
    step = max(_POINTS_APART_M, length / _MOST_POINTS)
    seeds_array = np.array(seeds, dtype=object)
    areal = shapely.get_dimensions(seeds_array) == 2
    lines = shapely.segmentize(np.where(areal, shapely.boundary(seeds_array), seeds_array), step)
    points, which = shapely.get_coordinates(lines, return_index=True)
    label = np.asarray(labels)[which]
    points, first, inverse = np.unique(points.round(3), axis=0, return_index=True, return_inverse=True)
    # a point that two labels share would give one of them the cells of the other
    mixed = np.zeros(len(points), dtype=bool)
    mixed[inverse.ravel()[label != label[first][inverse.ravel()]]] = True
    points, label = points[~mixed], label[first][~mixed]
    names = np.unique(label)
    if len(names) < 2:
        return [(int(labels[0]), area)]
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=area, ordered=True))
    found = zones(cells, label, area)
    if not found:
        longest = pd.Series(shapely.length(seeds_array)).groupby(np.asarray(labels)).sum().idxmax()
        return [(int(str(longest)), area)]
    shapes = [shape for _, shape in found]
    if shapely.coverage_is_valid(shapes):
        shapes = list(shapely.coverage_simplify(shapes, 1.0, simplify_boundary=False))
    return [(name, shape) for (name, _), shape in zip(found, shapes, strict=True)]


def zones(cells: np.ndarray, label: np.ndarray, area: Polygon) -> list[tuple[int, Polygon]]:
    """The cells of each label as connected zones of the area; nothing where roundness breaks the cells.

    Cells are a coverage but for roundness, so the quick union is tried first, and checked.
    """
    for unite in (shapely.coverage_union_all, partial(shapely.union_all, grid_size=NODE_M)):
        found: list[tuple[int, Polygon]] = []
        for name in np.unique(label):
            try:
                zone = unite(cells[label == name])
            except shapely.errors.GEOSException:  # roundness has left the cells without common corners
                break
            if not shapely.is_valid(zone):
                break
            pieces = shapely.get_parts(shapely.intersection(zone, area, grid_size=NODE_M))
            found.extend((int(name), piece) for piece in pieces if piece.geom_type == "Polygon")
        off = abs(shapely.area([shape for _, shape in found]).sum() - area.area)
        if off < max(_OFF_M2, _OFF_SHARE * area.area):
            return found
    return []


def _direction(outlines: np.ndarray) -> float:
    """The direction of the longer side of the buildings, weighted by their length, in radians of 0 to pi."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(outlines)).reshape(len(outlines), -1, 2)
    sides = np.diff(corners[:, :3], axis=1)
    length = np.hypot(sides[..., 0], sides[..., 1])
    longest = sides[np.arange(len(sides)), length.argmax(axis=1)]
    # doubled angles, so that opposite directions agree
    double = 2 * np.arctan2(longest[:, 1], longest[:, 0])
    weight = length.max(axis=1)
    return float(np.arctan2((weight * np.sin(double)).sum(), (weight * np.cos(double)).sum()) / 2)


def _halves(part: Part, outlines: np.ndarray, households: np.ndarray, turn: np.ndarray) -> list[Part]:
    """The part in two (or more, where its shape is bent), each with somebody living in it."""
    own, weight = outlines[part.buildings], households[part.buildings]
    coordinates, which = shapely.get_coordinates(own, return_index=True)
    turned = coordinates @ turn.T
    best: tuple[float, int, float] | None = None
    for axis in (1, 0):
        low = np.full(len(own), np.inf)
        high = np.full(len(own), -np.inf)
        np.minimum.at(low, which, turned[:, axis])
        np.maximum.at(high, which, turned[:, axis])
        order = np.argsort(low)
        edge = np.maximum.accumulate(high[order])[:-1]
        gap = low[order][1:] - edge
        left = np.cumsum(weight[order])[:-1]
        lesser = np.minimum(left, weight.sum() - left) / weight.sum()
        score = np.where((gap > 0) & (lesser > 0), lesser + 0.2 * np.minimum(gap / _WIDE_GAP_M, 1.0), -1.0)
        at = int(score.argmax())
        if score[at] > 0 and (best is None or score[at] > best[0]):
            best = float(score[at]), axis, float(edge[at] + gap[at] / 2)
    if best is not None:
        parts = _sides(part, outlines, turn, best[1], best[2])
        if len(parts) > 1:
            return parts
    return _between(part, outlines, households, turn)


def _sides(part: Part, outlines: np.ndarray, turn: np.ndarray, axis: int, position: float) -> list[Part]:
    """The part cut by the straight line at this position across the turned axis."""
    centre = np.array([[part.shape.centroid.x, part.shape.centroid.y]]) @ turn.T
    reach = np.hypot(*np.ptp(np.reshape(part.shape.bounds, (2, 2)), axis=0))
    ends = np.repeat(centre, 2, axis=0)
    ends[:, axis] = position
    ends[:, 1 - axis] += (-reach, reach)
    pieces = shapely.get_parts(split(part.shape, shapely.linestrings(ends @ turn)))
    return parts_of(pieces, part.buildings, outlines)


def _between(part: Part, outlines: np.ndarray, households: np.ndarray, turn: np.ndarray) -> list[Part]:
    """The part cut halfway between two groups of buildings, one on either side along its longer axis."""
    own = outlines[part.buildings]
    middle = shapely.get_coordinates(shapely.centroid(own)) @ turn.T
    axis = int(np.ptp(middle, axis=0).argmax())
    order = np.argsort(middle[:, axis], kind="stable")
    grown = np.cumsum(households[part.buildings][order])
    half = int(np.clip(np.searchsorted(grown, grown[-1] / 2), 1, len(order) - 1))
    # both sides need somebody living there
    half = int(np.clip(half, np.searchsorted(grown, 1) + 1, np.searchsorted(grown, grown[-1])))
    label = np.zeros(len(own), dtype=int)
    label[order[half:]] = 1
    shapes = [shape for _, shape in allot(part.shape, list(own), label)]
    return parts_of(np.array(shapes, dtype=object), part.buildings, outlines)


def parts_of(pieces: np.ndarray, buildings: np.ndarray, outlines: np.ndarray) -> list[Part]:
    """Polygons with the buildings in them; one without any joins the neighbour with the longest common border."""
    points = shapely.point_on_surface(outlines[buildings])
    nearest = shapely.STRtree(pieces).nearest(points)
    holds = np.bincount(nearest, minlength=len(pieces)) > 0
    shapes = list(pieces)
    for empty in np.flatnonzero(~holds):
        common = [
            shapely.length(shapely.intersection(shapes[empty], shapes[k])) if holds[k] else -1.0
            for k in range(len(shapes))
        ]
        to = int(np.argmax(common))
        shapes[to] = shapely.union(shapes[to], shapes[empty], grid_size=NODE_M)
    return [Part(shapes[k], buildings[nearest == k]) for k in np.flatnonzero(holds)]
