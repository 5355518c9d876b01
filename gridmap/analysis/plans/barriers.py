"""What stands between blocks: no contiguity across a barrier unless a gate, a bridge or a tunnel leads over."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridmap.analysis.plans.contiguity import Contiguity, Ints, Shapes
from gridmap.domain.district import District
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers

Bools = NDArray[np.bool_]

BESIDE_M = 2.0
"""A barrier this near runs along a border."""
OPENING_M = 3.0
"""A border with this much free of barriers can be crossed."""
WALLS = ("wall", "fence")
"""Barriers that may have an opening nobody mapped; a river or a railway has none."""


def passable(touching: Contiguity, district: District, *, numbers: Numbers = DEFAULT_NUMBERS) -> tuple[Bools, Bools]:
    """Which borders people can cross.

    Parameters
    ----------
    touching
        Pairs of blocks with their borders, in metres.
    district
        In the same system; `barriers`, `compounds` (enclosed ones are walls all around), `gates`, `ways`.
    numbers
        `gate_reach_m`: how near a gate must be.

    Returns
    -------
    tuple
        (m,) whether a border can be crossed; (m,) whether only walls or fences stand in the way of one that can't.
    """
    compounds = district["compounds"]
    walled = compounds.geometry[compounds["enclosure"] == "enclosed"].boundary
    barriers = district["barriers"]
    soft = barriers["kind"].isin(WALLS)
    walls = np.concatenate((barriers.geometry[soft].to_numpy(), walled.to_numpy()))
    hard = barriers.geometry[~soft].to_numpy()
    free_of_hard = _uncovered(touching.lines, hard)
    over_hard = shapely.length(free_of_hard) >= np.minimum(OPENING_M, 0.5 * touching.border)
    free = _uncovered(free_of_hard, walls)
    open_ = shapely.length(free) >= np.minimum(OPENING_M, 0.5 * touching.border)
    gates = district["gates"]
    ways = district["ways"]
    led = ways.geometry[(ways["bridge"].fillna(False) | ways["tunnel"].fillna(False)) & ways["walkable"].fillna(True)]
    through_gate = _reached(touching.lines, gates.geometry[gates["access"] != "closed"], numbers.gate_reach_m)
    over = _reached(touching.lines, led, 0.0)
    return open_ | through_gate | over, over_hard


def _uncovered(lines: Shapes, barriers: Shapes) -> Shapes:
    """What of each line no barrier runs along."""
    left = lines.copy()
    barriers = barriers[~shapely.is_empty(barriers)]
    if not len(barriers):
        return left
    strips = shapely.buffer(barriers, BESIDE_M, cap_style="flat", quad_segs=2)
    line, strip = shapely.STRtree(strips).query(lines, predicate="intersects")
    starts = np.flatnonzero(np.r_[True, line[1:] != line[:-1]]) if len(line) else np.empty(0, dtype=np.int64)
    turn = np.arange(len(line)) - np.repeat(starts, np.diff(np.r_[starts, len(line)]))
    for number in range(int(turn.max(initial=-1)) + 1):
        here = turn == number
        left[line[here]] = shapely.difference(left[line[here]], strips[strip[here]])
    return left


def _reached(lines: Shapes, things: gpd.GeoSeries, distance: float) -> Bools:
    found = np.zeros(len(lines), dtype=np.bool_)
    if len(things):
        found[shapely.STRtree(lines).query(things.to_numpy(), predicate="dwithin", distance=distance)[1]] = True
    return found


def without_cut_off(
    touching: Contiguity, crossable: Bools, soft: Bools, weights: Ints, group: Ints, *, least: int
) -> tuple[Bools, int]:
    """The borders that count, when blocks behind walls without a known gate may not be left alone.

    A group of blocks that is cut off only by walls and has fewer than `least` households is taken as joined to its
    neighbour across the longest wall: every compound has a way in, mapped or not. How often that was done is given.

    Parameters
    ----------
    touching
        Pairs of blocks.
    crossable, soft
        (m,) from `passable`.
    weights, group
        (n,) households and street (a number) of each block.
    least
        Households of a region.
    """
    counts = crossable.copy()
    a, b = touching.edges.T
    inside = group[a] == group[b]
    added = 0
    while True:
        here = counts & inside
        graph = coo_array((np.ones(here.sum()), (a[here], b[here])), shape=(len(weights), len(weights)))
        piece = connected_components(graph, directed=False)[1]
        load = np.bincount(piece, weights=weights)
        open_ = np.flatnonzero(soft & ~counts & inside & (piece[a] != piece[b]))
        small = np.minimum(load[piece[a[open_]]], load[piece[b[open_]]]) < least
        open_ = open_[small]
        if not len(open_):
            return counts, added
        lightest = np.where(load[piece[a[open_]]] <= load[piece[b[open_]]], piece[a[open_]], piece[b[open_]])
        order = np.lexsort((-touching.border[open_], lightest))
        first = order[np.unique(lightest[order], return_index=True)[1]]
        counts[open_[first]] = True
        added += len(first)
