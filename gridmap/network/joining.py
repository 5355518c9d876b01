"""Straight legs: how a place off the ways reaches the walk graph without crossing a wall."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.network.segments import Floats, Ints, along, as_lines
from gridmap.network.walls import Walls
from gridmap.network.yards import Yards

REACHES_M = (20.0, 60.0, 200.0, 600.0, 2000.0)
"""How far a way is looked for, step by step; farther places are off the network."""

TRIES = 6
"""So many ways more, the nearest first, are tried at each step until one is not behind a wall."""

FEW = 16
"""So many places are joined at once when a single walk is asked for."""


class Ground(NamedTuple):
    """What legs are laid on: the ways' edges `p` to `q`, the closed yard (`region`) and the yard of any kind that each
    lies in (-1: none, -2: a bridge or tunnel, which no leg reaches), walls and yards."""

    p: Floats
    q: Floats
    region: Ints
    yard: Ints
    edge_tree: shapely.STRtree
    wall_tree: shapely.STRtree
    yards: Yards

    def clear(self, start: Floats, end: Floats, region: Ints) -> NDArray[np.bool_]:
        """Whether each straight leg crosses no wall and, where it starts in a closed yard, stays inside."""
        clear = np.ones(len(start), bool)
        inside = np.flatnonzero(region >= 0)
        clear[inside] = self.yards.sees(region[inside], start[inside], end[inside])
        # what stands in a yard is cut out of it, so only other legs can meet a wall
        other = np.flatnonzero(region < 0)
        clear[other[self.wall_tree.query(as_lines(start[other], end[other]), "intersects")[0]]] = False
        return clear

    def changed(self, p: Floats, q: Floats, raised: NDArray[np.bool_], same: Ints) -> Ground:
        """The ground with other edges, of which those are the `same` as edges here (their numbers; -1: new)."""
        new, old = np.flatnonzero(same < 0), np.flatnonzero(same >= 0)
        yard = np.empty(len(p), np.int64)
        yard[old] = self.yard[same[old]]
        yard[new] = self.yards.locate((p[new] + q[new]) / 2, slack=0.0)
        lines = np.empty(len(p), dtype=object)
        lines[old] = self.edge_tree.geometries[same[old]]
        lines[new] = as_lines(p[new], q[new])
        region = self.yards.shut(yard)
        region[raised] = yard[raised] = -2
        return self._replace(p=p, q=q, region=region, yard=yard, edge_tree=shapely.STRtree(lines))


class Joins(NamedTuple):
    """Where each place joins the ways: number of the edge (-1: nowhere), the position along it (0 to 1), metres."""

    edge: Ints
    at: Floats
    length: Floats


def make_ground(p: Floats, q: Floats, raised: NDArray[np.bool_], walls: Walls, yards: Yards) -> Ground:
    """The ground for these edges; each edge belongs to the closed yard that its middle lies in."""
    yard = yards.locate((p + q) / 2, slack=0.0)
    region = yards.shut(yard)
    region[raised] = yard[raised] = -2
    return Ground(
        p,
        q,
        region,
        yard,
        shapely.STRtree(as_lines(p, q)),
        shapely.STRtree(as_lines(walls.p, walls.q)),
        yards,
    )


def join_nearest(
    ground: Ground,
    xy: Floats,
    region: Ints,
    *,
    reach: float = REACHES_M[-1],
    inside: bool = False,
    beyond: Ints | None = None,
) -> Joins:
    """The nearest way that each place reaches by a straight leg: in its own yard, crossing no wall.

    Parameters
    ----------
    xy
        Places (n, 2), metres.
    region
        The closed yard that each lies in, -1 for none.
    reach
        Metres; nothing farther is joined.
    inside
        Only ways inside the yard are joined, open yards' too, and `region` is the yard of any kind.
    beyond
        The yard of each place that it looks out of, whose ways are not meant; -1 for none.
    """
    n = len(xy)
    joins = Joins(np.full(n, -1, np.int64), np.zeros(n), np.full(n, np.inf))
    tried = np.zeros(n, np.int64)
    home = ground.yard if inside else ground.region
    # for few places the comparison is much quicker than a sorted search
    held = (region[:, None] == home).any(axis=1) if n <= FEW else np.isin(region, home)
    todo = np.flatnonzero(held)
    for radius in (*(r for r in REACHES_M if r < reach), reach):
        if len(todo) == 0:
            break
        place, edge = ground.edge_tree.query(shapely.points(xy[todo]), "dwithin", radius)
        same = region[todo[place]] == home[edge]
        if beyond is not None:
            mine = beyond[todo[place]]
            same &= (mine < 0) | (mine != ground.yard[edge])
        place, edge = todo[place[same]], edge[same]
        at = along(ground.p[edge], ground.q[edge], xy[place])
        foot = ground.p[edge] + at[:, None] * (ground.q[edge] - ground.p[edge])
        length = np.hypot(*(foot - xy[place]).T)
        order = np.lexsort((length, place))
        place, edge, at, foot, length = place[order], edge[order], at[order], foot[order], length[order]
        rank = np.arange(len(place)) - np.searchsorted(place, place) - tried[place]
        for first, last in ((0, 1), (1, TRIES)):
            pick = np.flatnonzero((rank >= first) & (rank < last) & (joins.edge[place] < 0))
            good = pick[ground.clear(xy[place[pick]], foot[pick], region[place[pick]])][::-1]
            joins.edge[place[good]], joins.at[place[good]] = edge[good], at[good]
            joins.length[place[good]] = length[good]
        tried += np.bincount(place[(rank >= 0) & (rank < TRIES)], minlength=n)
        todo = todo[joins.edge[todo] < 0]
    return joins
