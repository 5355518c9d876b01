"""What all measurements of one district share, and the walks between neighbours in any state of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gridmap.analysis.isolation.causes import NATURAL
from gridmap.analysis.isolation.walks import (
    Floats,
    Homes,
    Ints,
    Pairs,
    homes,
    neighbours,
    pairs_of,
    walk_pairs,
)
from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers
from gridmap.network import Legs, WalkGraph, placed

MARK_M = 5.0
"""No place of a boundary is farther than this from the next mark on it."""


class Setting(NamedTuple):
    """Homes, which compounds are neighbours, pairs of their homes, and the graph of the best case.

    `graph` has latched gates; `legs` are those of the homes on it.
    """

    district: District
    homes: Homes
    neighbours: Ints
    pairs: Pairs
    numbers: Numbers
    graph: WalkGraph
    legs: Legs

    @property
    def compound_count(self) -> int:
        """How many compounds there are."""
        return len(self.district["compounds"])


def make_setting(district: District, graph: WalkGraph, numbers: Numbers) -> Setting:
    """The setting of a metric district whose compounds all have a place."""
    where = homes(district)
    neighbour = neighbours(district["compounds"], numbers)
    pairs = pairs_of(where, neighbour, numbers)
    return Setting(district, where, neighbour, pairs, numbers, graph, graph.legs(where.xy))


def walks_on(setting: Setting, graph: WalkGraph, pairs: Pairs) -> Floats:
    """Metres on foot of these pairs on another graph of the district."""
    if len(pairs.a) == 0:
        return np.empty(0)
    rows = np.unique(np.concatenate([pairs.a, pairs.b]))
    met = pairs._replace(a=np.searchsorted(rows, pairs.a), b=np.searchsorted(rows, pairs.b))
    return walk_pairs(graph, graph.legs(setting.homes.xy[rows]), setting.homes.take(rows), met)


def bearing_on(setting: Setting, only: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which pairs of homes are walks from or to these compounds."""
    near = only[setting.neighbours[:, 0]] | only[setting.neighbours[:, 1]]
    return np.asarray(near[setting.pairs.pair], dtype=bool)


def within_detour(setting: Setting, pairs: Pairs, walk: Floats, which: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of these walks could come by one of these compounds, and so change with it; none of those of no length.

    No place on a walk is farther from the middle of its ends than half its length, and none leads from one compound to
    another past a third without coming to its boundary.
    """
    found = np.zeros(len(walk), bool)
    known = np.flatnonzero(np.isfinite(walk))
    outlines = shapely.boundary(setting.district["compounds"].geometry.to_numpy()[which])
    marks = shapely.get_coordinates(shapely.segmentize(outlines, 2 * MARK_M))
    if len(marks) == 0 or len(known) == 0:
        return found
    where = setting.homes.xy
    middle = (where[pairs.a[known]] + where[pairs.b[known]]) / 2
    room = walk[known] / 2 + MARK_M + setting.numbers.gate_reach_m
    metres, _ = cKDTree(marks).query(middle, distance_upper_bound=float(room.max()) + 1.0)
    found[known] = metres <= room
    return found


def crossed(setting: Setting) -> NDArray[np.bool_]:
    """Between which neighbours a river, a railway or the like lies."""
    barriers = placed(setting.district["barriers"])
    natural = barriers.geometry.to_numpy()[barriers["kind"].isin(NATURAL).to_numpy()]
    shapes = setting.district["compounds"].geometry.to_numpy()
    shortest = shapely.shortest_line(shapes[setting.neighbours[:, 0]], shapes[setting.neighbours[:, 1]])
    found = np.zeros(len(setting.neighbours), bool)
    found[shapely.STRtree(natural).query(np.asarray(shortest, dtype=object), "intersects")[0]] = True
    return found


def mostly(setting: Setting, off: NDArray[np.bool_], which: NDArray[np.bool_], share: float) -> NDArray[np.bool_]:
    """Of which compounds at least this share of those neighbours (`which` of the pairs) is cut `off`."""
    count = setting.compound_count
    total = np.bincount(setting.neighbours[which].reshape(-1), minlength=count)
    cut = np.bincount(setting.neighbours[which & off].reshape(-1), minlength=count)
    return np.asarray((total > 0) & (cut >= share * total), dtype=bool)
