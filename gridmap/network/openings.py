"""Places where a gate could be: along the walls of compounds, with what lies on either side."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.domain.district import District
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.network.building import FACING_M, GATE_LEG_M, SIDE_M
from gridmap.network.graph import WalkGraph
from gridmap.network.legs import Legs
from gridmap.network.segments import Floats, Ints, as_lines
from gridmap.network.survey import placed

STEP_M = 25.0
"""Possible openings along a wall are this far apart."""

APART_M = 10.0
"""No opening is proposed this near to one that there is."""

NATURAL = ("river", "railway", "road", "retaining_wall")
"""Barriers that no gate opens."""


class Openings(NamedTuple):
    """Possible gates: place, the compound whose wall it is in (row number), and the compound (-1: none) or the way (row
    number of the edge, -1: none) on the other side; legs from it inside and outside, lengths from the gate itself."""

    xy: Floats
    compound: Ints
    other: Ints
    edge: Ints
    inner: Legs
    outer: Legs


def possible_openings(
    graph: WalkGraph,
    district: District,
    which: NDArray[np.bool_],
    *,
    step: float = STEP_M,
    numbers: Numbers = DEFAULT_NUMBERS,
) -> Openings:
    """Where a gate could open the wall of an enclosed compound.

    Every `step` metres where a way within 30 m or a neighbour back to back is on the other side, and no building,
    river, railway or retaining wall in between.

    Parameters
    ----------
    graph
        The district's walk graph.
    district
        Metric; its compounds all have a place.
    which
        The compounds to look at, by row.
    step
        Metres along the wall from one to the next.
    """
    yards = graph.yards
    yard = np.flatnonzero(yards.closed & which[np.maximum(yards.compound, 0)])
    rings = shapely.get_exterior_ring(yards.shapes[yard])
    length = shapely.length(rings)
    count = np.maximum(np.round(length / step).astype(np.int64), 4)
    row = np.repeat(np.arange(len(yard)), count)
    at = (np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + 0.5) * (length / count)[row]
    xy = _along(rings[row], at)
    before, after = _along(rings[row], np.maximum(at - 0.5, 0)), _along(rings[row], np.minimum(at + 0.5, length[row]))
    d = (after - before) / np.maximum(np.hypot(*(after - before).T), 1e-9)[:, None]
    side = np.where(shapely.is_ccw(rings)[row], 1.0, -1.0)
    outward = np.stack([d[:, 1], -d[:, 0]], axis=1) * side[:, None]
    home = yard[row].astype(np.int64)
    keep = _buildable(district, graph, xy, outward, numbers)
    return _looked_into(graph, xy[keep], outward[keep], home[keep], numbers)


def facing(graph: WalkGraph, openings: Openings, row: int) -> Floats:
    """Metres from one opening straight to each that it faces over open land, as gates do; inf to the others."""
    metres = np.full(len(openings.xy), np.inf)
    outer = openings.outer
    straight = np.hypot(*(openings.xy - openings.xy[row]).T)
    apart = np.hypot(*(outer.seen - outer.seen[row]).T)
    near = np.flatnonzero((apart <= FACING_M) & (outer.yard < 0) & (outer.yard[row] < 0) & (straight > 0))
    clear = graph.clear(np.broadcast_to(outer.seen[row], (len(near), 2)), outer.seen[near])
    metres[near[clear]] = straight[near[clear]]
    return metres


def _along(rings: NDArray[np.object_], at: Floats) -> Floats:
    return np.asarray(shapely.get_coordinates(shapely.line_interpolate_point(rings, at))).reshape(-1, 2)


def _buildable(
    district: District, graph: WalkGraph, xy: Floats, outward: Floats, numbers: Numbers
) -> NDArray[np.bool_]:
    points = np.asarray(shapely.points(xy), dtype=object)
    keep = np.ones(len(xy), bool)
    barriers = placed(district["barriers"])
    natural = barriers.geometry.to_numpy()[barriers["kind"].isin(NATURAL).to_numpy()]
    gates = graph.open_gates()
    for things, near in ((natural, numbers.gate_reach_m), (np.asarray(shapely.points(gates), dtype=object), APART_M)):
        keep[shapely.STRtree(things).query(points, "dwithin", near)[0]] = False
    through = as_lines(xy - 2 * outward, xy + 2 * outward)
    footprints = placed(district["buildings"]).geometry.to_numpy()
    keep[shapely.STRtree(footprints).query(through, "intersects")[0]] = False
    return keep


def _looked_into(graph: WalkGraph, xy: Floats, outward: Floats, home: Ints, numbers: Numbers) -> Openings:
    yards = graph.yards
    seen = xy + SIDE_M * outward
    place, near = yards.tree.query(shapely.points(xy), "dwithin", numbers.contiguity_gap_m)
    beside = yards.closed[near] & (yards.compound[near] != yards.compound[home[place]])
    other = np.full(len(xy), -1, np.int64)
    other[place[beside]] = near[beside]
    outer = graph.legs_of_opening(xy, seen, other, reach=GATE_LEG_M)
    faces = (other >= 0) | ((outer.edge >= 0) & (outer.off_m <= FACING_M) & (yards.shut(yards.locate(seen)) < 0))
    inner = graph.legs_of_opening(xy, xy, home, reach=GATE_LEG_M)
    rows = np.flatnonzero(faces)
    return Openings(
        xy[rows],
        yards.compound[home[rows]],
        np.where(other[rows] >= 0, yards.compound[other[rows]], -1),
        np.where(other[rows] >= 0, -1, outer.edge[rows]),
        inner.take(rows),
        outer.take(rows),
    )
