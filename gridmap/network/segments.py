"""Straight segments as arrays: taken from lines, noded where they cross, cut where something stands in the way.

Segments are two arrays of shape (n, 2), their starts `p` and their ends `q`, in metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SNAP_M = 0.1
"""Ends of ways nearer than this are one node, and a way's end this near to another way lies on it: what drawing and
changing the coordinate system leave between lines that meet."""


class Pieces(NamedTuple):
    """Parts of segments: which segment each is of, and where it starts and ends along it (0 to 1)."""

    of: Ints
    start: Floats
    end: Floats

    def take(self, rows: NDArray[np.bool_]) -> Pieces:
        """These pieces only."""
        return Pieces(self.of[rows], self.start[rows], self.end[rows])


def repeated(low: Ints, size: Ints) -> tuple[Ints, Ints]:
    """All of many ranges after each other, each `size` numbers from `low` on: the range's number, and the number."""
    row = np.repeat(np.arange(len(low)), size)
    return row, np.repeat(low, size) + np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)


def explode(lines: Sequence[object] | NDArray[np.object_]) -> tuple[Floats, Floats, Ints]:
    """The segments of lines (multi-lines too): starts, ends, and the number of the line each is from."""
    parts, of = shapely.get_parts(np.asarray(lines, dtype=object), return_index=True)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    follows = np.flatnonzero(part[1:] == part[:-1])
    p, q = xy[follows], xy[follows + 1]
    keep = np.isfinite(p).all(1) & np.isfinite(q).all(1) & (p != q).any(1)
    return p[keep], q[keep], of[part[follows[keep]]].astype(np.int64)


def as_lines(p: Floats, q: Floats) -> NDArray[np.object_]:
    """The segments as shapely lines."""
    return np.asarray(shapely.linestrings(np.stack([p, q], axis=1)), dtype=object)


def along(p: Floats, q: Floats, points: Floats) -> Floats:
    """Where along each segment its nearest place to the point of the same row lies, 0 to 1."""
    d = q - p
    return np.clip(((points - p) * d).sum(1) / (d * d).sum(1), 0.0, 1.0)


def _crossings(p: Floats, q: Floats, a: Ints, b: Ints) -> tuple[Ints, Floats]:
    """Where the segments `a` and `b` cross each other: segment and place along it, for both."""
    da, db, gap = q[a] - p[a], q[b] - p[b], p[b] - p[a]
    cross = da[:, 0] * db[:, 1] - da[:, 1] * db[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        s = (gap[:, 0] * db[:, 1] - gap[:, 1] * db[:, 0]) / cross
        t = (gap[:, 0] * da[:, 1] - gap[:, 1] * da[:, 0]) / cross
    hit = (s > 0) & (s < 1) & (t > 0) & (t < 1)
    return np.concatenate([a[hit], b[hit]]), np.concatenate([s[hit], t[hit]])


def _touches(p: Floats, q: Floats, a: Ints, b: Ints, points: Floats) -> tuple[Ints, Floats]:
    """Where ends of the segments `b` (their `points`) lie on the segments `a`: segment and place along it."""
    t = along(p[a], q[a], points[b])
    near = np.hypot(*(p[a] + t[:, None] * (q[a] - p[a]) - points[b]).T) <= SNAP_M
    return a[near], t[near]


def node(p: Floats, q: Floats, raised: NDArray[np.bool_]) -> tuple[Floats, Ints, Ints]:
    """The planar graph of segments, split wherever two cross or one ends on another.

    Returns nodes (n, 2), edges (m, 2), and the number of the segment that each edge is a part of.

    `raised` segments (of bridges and tunnels) meet others only where both have a vertex.
    """
    if len(p) == 0:
        return np.empty((0, 2)), np.empty((0, 2), np.int64), np.empty(0, np.int64)
    lines = as_lines(p, q)
    a, b = shapely.STRtree(lines).query(lines, "dwithin", SNAP_M)
    a, b = a.astype(np.int64), b.astype(np.int64)
    level = ~raised[a] & ~raised[b]
    once = level & (a < b)
    ends_on = (a != b) & ~raised[a]
    found = [
        _crossings(p, q, a[once], b[once]),
        _touches(p, q, a[level & ends_on], b[level & ends_on], p),
        _touches(p, q, a[level & ends_on], b[level & ends_on], q),
        # the end of a bridge lands on the street
        _landings(p, q, (a, b), raised),
    ]
    of = np.concatenate([segment for segment, _ in found])
    at = np.concatenate([place for _, place in found])
    inside = (at > 0) & (at < 1)
    return _graph(p, q, of[inside], at[inside])


def _landings(p: Floats, q: Floats, pairs: tuple[Ints, Ints], raised: NDArray[np.bool_]) -> tuple[Ints, Floats]:
    """Ends of raised lines, not their other vertices, on segments at street level."""
    candidates = raised[pairs[1]] & ~raised[pairs[0]]
    if not candidates.any():
        return np.empty(0, np.int64), np.empty(0)
    a, b = pairs[0][candidates], pairs[1][candidates]
    vertices = cKDTree(np.concatenate([p[raised], q[raised]]))
    found = []
    for points in (p, q):
        is_end = vertices.query_ball_point(points[b], 1e-6, return_length=True) == 1
        found.append(_touches(p, q, a[is_end], b[is_end], points))
    return np.concatenate([segment for segment, _ in found]), np.concatenate([place for _, place in found])


def _graph(p: Floats, q: Floats, of: Ints, at: Floats) -> tuple[Floats, Ints, Ints]:
    """Nodes and edges of segments that are split at these places; ends nearer than `SNAP_M` are one node."""
    n = len(p)
    segment = np.concatenate([np.arange(n), of, np.arange(n)])
    place = np.concatenate([np.zeros(n), at, np.ones(n)])
    order = np.lexsort((place, segment))
    segment, place = segment[order], place[order]
    xy = p[segment] + place[:, None] * (q[segment] - p[segment])
    last = place == 1.0
    xy[last] = q[segment[last]]
    near = cKDTree(xy).query_pairs(SNAP_M, output_type="ndarray")
    links = coo_matrix((np.ones(len(near)), (near[:, 0], near[:, 1])), shape=(len(xy), len(xy)))
    count, label = connected_components(links, directed=False)
    nodes = np.empty((count, 2))
    nodes[label[::-1]] = xy[::-1]
    follows = np.flatnonzero(segment[1:] == segment[:-1])
    edges = np.sort(np.stack([label[follows], label[follows + 1]], axis=1), axis=1)
    follows, edges = follows[edges[:, 0] != edges[:, 1]], edges[edges[:, 0] != edges[:, 1]]
    _, first = np.unique(edges[:, 0].astype(np.int64) * count + edges[:, 1], return_index=True)
    return nodes, edges[first].astype(np.int64), segment[follows[first]].astype(np.int64)


def complement(count: int, blocked: Pieces) -> Pieces:
    """What is left of `count` segments without the blocked pieces."""
    touched, number = np.unique(blocked.of, return_inverse=True)
    # on one long axis, three units a segment, so that one running maximum merges the intervals of all of them
    order = np.argsort(3.0 * number + blocked.start, kind="stable")
    offset = 3.0 * number[order]
    start = offset + blocked.start[order]
    reach = np.maximum.accumulate(offset + blocked.end[order]) if len(order) else np.empty(0)
    first = np.ones(len(order), bool)
    first[1:] = (start[1:] > reach[:-1]) | (number[order][1:] != number[order][:-1])
    begins = np.flatnonzero(first)
    closes = np.append(begins[1:], len(order)) - 1
    group = number[order][begins]
    low, high = start[begins] - 3.0 * group, (reach[closes] - 3.0 * group if len(order) else np.empty(0))
    whole = np.setdiff1d(np.arange(count), touched)
    k = np.arange(len(touched))
    slot = np.concatenate([k, group])
    begin = np.concatenate([np.zeros(len(k)), high])
    order = np.lexsort((begin, slot))
    finish_slot = np.concatenate([group, k])
    finish = np.concatenate([low, np.ones(len(k))])
    finish_order = np.lexsort((finish, finish_slot))
    of, begin, finish = touched[slot[order]], begin[order], finish[finish_order]
    keep = finish - begin > 1e-9
    return Pieces(
        np.concatenate([whole, of[keep]]).astype(np.int64),
        np.concatenate([np.zeros(len(whole)), begin[keep]]),
        np.concatenate([np.ones(len(whole)), finish[keep]]),
    )


def near_lines(p: Floats, q: Floats, wall_p: Floats, wall_q: Floats, distance: float) -> tuple[Pieces, Ints]:
    """The pieces of the segments within `distance` of the walls, and the number of the wall of each."""
    none = np.empty(0, np.int64)
    if len(p) == 0 or len(wall_p) == 0:
        return Pieces(none, np.empty(0), np.empty(0)), none
    lines, walls = as_lines(p, q), as_lines(wall_p, wall_q)
    wall, of = shapely.STRtree(lines).query(walls, "dwithin", distance)
    inside = shapely.intersection(lines[of], shapely.buffer(walls[wall], distance, quad_segs=4))
    xy, row = shapely.get_coordinates(inside, return_index=True)
    t = along(p[of[row]], q[of[row]], xy)
    starts = np.flatnonzero(np.diff(row, prepend=-1))
    if len(starts) == 0:
        return Pieces(none, np.empty(0), np.empty(0)), none
    pieces = Pieces(of[row[starts]].astype(np.int64), np.minimum.reduceat(t, starts), np.maximum.reduceat(t, starts))
    return pieces, wall[row[starts]].astype(np.int64)


def within_discs(p: Floats, q: Floats, centres: Floats, radius: float) -> tuple[Pieces, Ints]:
    """The pieces of the segments inside discs, and the number of the disc of each."""
    none = np.empty(0, np.int64)
    if len(p) == 0 or len(centres) == 0:
        return Pieces(none, np.empty(0), np.empty(0)), none
    disc, of = shapely.STRtree(as_lines(p, q)).query(shapely.points(centres), "dwithin", radius)
    d, gap = q[of] - p[of], p[of] - centres[disc]
    a, b, c = (d * d).sum(1), (d * gap).sum(1), (gap * gap).sum(1) - radius**2
    root = np.sqrt(np.maximum(b * b - a * c, 0.0))
    start, end = np.clip((-b - root) / a, 0.0, 1.0), np.clip((-b + root) / a, 0.0, 1.0)
    keep = end > start
    return Pieces(of[keep].astype(np.int64), start[keep], end[keep]), disc[keep].astype(np.int64)


def piece_ends(p: Floats, q: Floats, pieces: Pieces) -> tuple[Floats, Floats]:
    """Starts and ends of pieces, as segments."""
    start, d = p[pieces.of], q[pieces.of] - p[pieces.of]
    return start + pieces.start[:, None] * d, start + pieces.end[:, None] * d
