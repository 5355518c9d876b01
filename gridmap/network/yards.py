"""Yards: the land of compounds on which people walk where they like, between what stands in their way."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.network.segments import Floats, Ints, as_lines
from gridmap.network.walls import INSET_M, Walls, polygonal

WALL_M = 0.05
"""Walls are this thick to either side: a way that meets one ends here."""

DEEP_M = 1.5
"""A wall that stays this near to a yard's edge is the edge."""

EXIT_STEP_M = 25.0
"""People leave an open compound at places this far apart."""

ON_EDGE_M = 0.3
"""A place on the boundary of an open compound this near to the edge of its yard is on that edge, not inside."""

OWN_WAYS_M = 20.0
"""A yard with fewer metres of ways has no ways of its own."""


class Yards(NamedTuple):
    """Pieces of land, each inside one enclosed compound (`closed`) or of open ones that touch each other.

    `compound` is the row number of the compound of a closed yard, -1 else; `roomy` the shape widened by a hair, for
    tests whether a line stays inside; in a `convex` one every line does.
    """

    shapes: NDArray[np.object_]
    roomy: NDArray[np.object_]
    compound: Ints
    closed: NDArray[np.bool_]
    convex: NDArray[np.bool_]
    tree: shapely.STRtree

    def locate(self, xy: Floats, *, slack: float = 0.8 * INSET_M) -> Ints:
        """The yard of each point, -1 outside all yards; one at most `slack` metres beside a yard is in it."""
        found = np.full(len(xy), -1, np.int64)
        points = np.asarray(shapely.points(xy), dtype=object)
        point, yard = self.tree.query(points, "dwithin", slack)
        found[point] = yard
        # of several the nearest
        more = np.flatnonzero(np.bincount(point, minlength=len(xy))[point] > 1)
        distance = shapely.distance(points[point[more]], self.shapes[yard[more]])
        order = more[np.argsort(-distance, kind="stable")]
        found[point[order]] = yard[order]
        return found

    def shut(self, yard: Ints) -> Ints:
        """The yards, -1 in place of those that are not closed."""
        if len(self.shapes) == 0:
            return yard.copy()
        return np.where((yard >= 0) & self.closed[yard], yard, -1).astype(np.int64)

    def sees(self, yard: Ints, start: Floats, end: Floats) -> NDArray[np.bool_]:
        """Whether the straight line between two places of the yard of its row stays inside."""
        inside = self.convex[yard]
        test = np.flatnonzero(~inside & (start != end).any(1))
        inside |= (start == end).all(1)
        if len(test):
            shapely.prepare(self.roomy)
            inside[test] = shapely.covers(self.roomy[yard[test]], as_lines(start[test], end[test]))
        return np.asarray(inside, dtype=bool)


def find_yards(walls: Walls) -> Yards:
    """The yards of a district: of every enclosed compound, and of open ones, those that touch taken together."""
    is_open = np.setdiff1d(np.arange(len(walls.compounds)), walls.closed)
    together = _open_land(walls, polygonal(walls.compounds.geometry.to_numpy()[is_open]))
    land = np.concatenate([walls.closed_shapes, together])
    of = np.concatenate([walls.closed, np.full(len(together), -1)]).astype(np.int64)
    land = _without_walls(land, of >= 0, walls)
    shapes, row = shapely.get_parts(land, return_index=True)
    keep = (shapely.area(shapes) > 4.0) & (shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON)
    shapes, row = shapes[keep], row[keep]
    roomy = shapely.buffer(shapes, WALL_M / 2, join_style="mitre")
    convex = shapely.area(shapely.convex_hull(shapes)) - shapely.area(shapes) < WALL_M
    return Yards(shapes, roomy, of[row], of[row] >= 0, convex, shapely.STRtree(shapes))


def _open_land(walls: Walls, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """The land of compounds that are not enclosed, those that touch joined, without what enclosed ones take of it."""
    if len(shapes) == 0:
        return np.empty(0, dtype=object)
    joined = shapely.buffer(
        shapely.union_all(shapely.buffer(shapes, 0.5, join_style="mitre")), -0.5, join_style="mitre"
    )
    parts = shapely.get_parts(joined)
    tree = shapely.STRtree(walls.closed_shapes)
    part, shut = tree.query(parts, "intersects")
    for row in np.unique(part):
        others = shapely.buffer(walls.closed_shapes[shut[part == row]], INSET_M, join_style="mitre")
        parts[row] = shapely.difference(parts[row], shapely.union_all(others))
    return np.asarray(parts, dtype=object)


def _without_walls(land: NDArray[np.object_], closed: NDArray[np.bool_], walls: Walls) -> NDArray[np.object_]:
    """The land without the strips that free-standing walls take of it."""
    land = land.copy()
    lines = as_lines(walls.p[walls.free], walls.q[walls.free])
    core = land.copy()
    core[closed] = shapely.buffer(land[closed], -DEEP_M)
    row, line = shapely.STRtree(lines).query(core, "intersects")
    for k in np.unique(row):
        near = shapely.STRtree(lines).query(land[k], "dwithin", WALL_M) if closed[k] else line[row == k]
        strips = shapely.buffer(lines[near], WALL_M, cap_style="square", join_style="mitre", quad_segs=1)
        land[k] = shapely.difference(land[k], shapely.union_all(strips))
    return land


def corners(yards: Yards) -> tuple[Floats, Ints]:
    """The corners around which a shortest walk inside a yard may bend: positions (n, 2), and the yard of each."""
    rings, yard = [], []
    for exterior in (True, False):
        if exterior:
            found, of = shapely.get_exterior_ring(yards.shapes), np.arange(len(yards.shapes))
        else:
            found, of = _holes(yards.shapes)
        rings.append(found)
        yard.append(of)
    ring = np.concatenate(rings)
    xy, number = shapely.get_coordinates(ring, return_index=True)
    if len(xy) == 0:
        return np.empty((0, 2)), np.empty(0, np.int64)
    first = np.flatnonzero(np.append(True, number[1:] != number[:-1]))
    last = np.append(first[1:], len(xy)) - 1
    before, after = np.arange(len(xy)) - 1, np.arange(len(xy)) + 1
    # a ring's last vertex is its first again
    before[first], after[last] = last - 1, first + 1
    came, goes = xy - xy[before], xy[after] - xy
    cross = came[:, 0] * goes[:, 1] - came[:, 1] * goes[:, 0]
    turn = np.arctan2(cross, (came * goes).sum(1))
    clockwise = ~shapely.is_ccw(ring)[number]
    hole = number >= len(yards.shapes)
    reflex = np.where(clockwise ^ hole, turn, -turn) > np.radians(3.0)
    reflex[last] = False
    return xy[reflex], np.concatenate(yard)[number[reflex]].astype(np.int64)


def _holes(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], Ints]:
    rings, of = shapely.get_rings(shapes, return_index=True)
    outer = np.append(True, of[1:] != of[:-1]) if len(of) else np.empty(0, bool)
    return rings[~outer], of[~outer].astype(np.int64)


def exits(yards: Yards, walls: Walls) -> tuple[Floats, Ints]:
    """Places along the edge of open yards where people step out: positions (n, 2), and the yard of each.

    They are counted off along each compound's own boundary, so that they stay where they are when one that touches it
    is changed.
    """
    outlines = walls.compounds.geometry.to_numpy()[np.setdiff1d(np.arange(len(walls.compounds)), walls.closed)]
    yard = np.flatnonzero(~yards.closed)
    if len(yard) == 0:
        return np.empty((0, 2)), np.empty(0, np.int64)
    parts = shapely.get_parts(polygonal(outlines))
    rings = shapely.get_exterior_ring(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
    length = shapely.length(rings)
    # an outline of 600.000001 m has no place more than one of 600 m
    count = np.maximum(np.ceil((length / EXIT_STEP_M).round(3)).astype(int), 4)
    row = np.repeat(np.arange(len(rings)), count)
    step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    points = np.asarray(shapely.line_interpolate_point(rings[row], step * length[row] / count[row]), dtype=object)
    edges = shapely.get_exterior_ring(yards.shapes[yard])
    point, edge = shapely.STRtree(edges).query_nearest(points, max_distance=ON_EDGE_M, all_matches=False)
    point, edge = point[np.argsort(point, kind="stable")], edge[np.argsort(point, kind="stable")]
    foot = shapely.line_interpolate_point(edges[edge], shapely.line_locate_point(edges[edge], points[point]))
    return shapely.get_coordinates(foot).reshape(-1, 2), yard[edge].astype(np.int64)
