"""Places where a gate could be: along the walls of compounds, with what lies on either side."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.domain.district import District
from gridmap.domain.errors import InputError
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.network.building import FACING_M, GATE_LEG_M, SIDE_M
from gridmap.network.graph import WalkGraph
from gridmap.network.legs import Legs
from gridmap.network.segments import Floats, Ints, along, as_lines
from gridmap.network.survey import placed
from gridmap.network.walls import polygonal

STEP_M = 25.0
"""Possible openings along a wall are this far apart."""

APART_M = 10.0
"""No opening is proposed this near to one that there is."""

ALONG = 0.7
"""A wall runs along a boundary where it turns less than 45 degrees from it (the cosine)."""

BESIDE_M, CORNER_M = 3.0, 7.0
"""Where the wall turns within the first, an opening stands so much farther along."""

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
    """Where a gate could open the wall of a compound.

    Every `step` metres where a way or a neighbour is on the other side within 30 m, and no building, river, railway
    or retaining wall in between. All of an enclosed compound's boundary is walled; of a partly enclosed one the
    stretches where a mapped barrier that stops walkers runs along it, within `gate_reach_m`.

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
    spots = _joined(_on_yards(graph, which, step), _on_barriers(graph, which, step, numbers))
    return _looked_into(graph, spots.take(_buildable(district, graph, spots, numbers)), numbers)


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


class _Spots(NamedTuple):
    """Places on walls: which way is out, the compound's row, and the closed yard inside (-1: open land)."""

    xy: Floats
    outward: Floats
    compound: Ints
    home: Ints

    def take(self, rows: NDArray[np.bool_]) -> _Spots:
        """These places only."""
        return _Spots(self.xy[rows], self.outward[rows], self.compound[rows], self.home[rows])


def _joined(first: _Spots, second: _Spots) -> _Spots:
    return _Spots(*(np.concatenate(columns) for columns in zip(first, second, strict=True)))


def _on_yards(graph: WalkGraph, which: NDArray[np.bool_], step: float) -> _Spots:
    """Places round the yards of enclosed compounds."""
    yards = graph.yards
    yard = np.flatnonzero(yards.closed & which[np.maximum(yards.compound, 0)])
    row, xy, outward = _stations(shapely.get_exterior_ring(yards.shapes[yard]), step)
    return _Spots(xy, outward, yards.compound[yard[row]], yard[row].astype(np.int64))


def _on_barriers(graph: WalkGraph, which: NDArray[np.bool_], step: float, numbers: Numbers) -> _Spots:
    """Places on the barriers that stop walkers along the boundaries of partly enclosed compounds."""
    walls = graph.walls
    partly = np.flatnonzero(which & (walls.compounds["enclosure"] == "partly").to_numpy(dtype=bool))
    shapes, of = shapely.get_parts(polygonal(walls.compounds.geometry.to_numpy()[partly]), return_index=True)
    areas = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    row, xy, outward = _stations(shapely.get_exterior_ring(shapes[areas]), step)
    p, q = walls.p[walls.free], walls.q[walls.free]
    place, wall = shapely.STRtree(as_lines(p, q)).query(shapely.points(xy), "dwithin", numbers.gate_reach_m)
    d = q[wall] - p[wall]
    normal = np.stack([d[:, 1], -d[:, 0]], axis=1) / np.hypot(*d.T)[:, None]
    out = (normal * outward[place]).sum(1)
    # a wall that only ends at the boundary, or crosses it, doesn't run along it
    beside = np.abs(out) >= ALONG
    place, wall, normal, d, out = place[beside], wall[beside], normal[beside], d[beside], out[beside]
    foot = p[wall] + along(p[wall], q[wall], xy[place])[:, None] * d
    order = np.lexsort((np.hypot(*(foot - xy[place]).T), place))
    nearest = order[np.flatnonzero(np.diff(place[order], prepend=-1))]
    return _Spots(
        foot[nearest],
        normal[nearest] * np.sign(out[nearest])[:, None],
        partly[of[areas][row[place[nearest]]]].astype(np.int64),
        np.full(len(nearest), -1, np.int64),
    )


def _stations(rings: NDArray[np.object_], step: float) -> tuple[Ints, Floats, Floats]:
    """Places along rings about `step` apart: the ring's number, the place, and the direction that leads out."""
    length = shapely.length(rings)
    count = np.maximum(np.round(length / step).astype(np.int64), 4)
    row = np.repeat(np.arange(len(rings)), count)
    at = (np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + 0.5) * (length / count)[row]
    at = np.where(_bent(rings[row], at, length[row]), (at + CORNER_M) % length[row], at)
    return row, *_looking_out(rings[row], at)


def _looking_out(rings: NDArray[np.object_], at: Floats) -> tuple[Floats, Floats]:
    """A place on each ring, and the direction that leads out there."""
    length = shapely.length(rings)
    before, after = _along(rings, np.maximum(at - 0.5, 0)), _along(rings, np.minimum(at + 0.5, length))
    d = (after - before) / np.maximum(np.hypot(*(after - before).T), 1e-9)[:, None]
    side = np.where(shapely.is_ccw(rings), 1.0, -1.0)
    return _along(rings, at), np.stack([d[:, 1], -d[:, 0]], axis=1) * side[:, None]


def _bent(rings: NDArray[np.object_], at: Floats, length: Floats) -> NDArray[np.bool_]:
    """Whether the ring turns within a gate's reach of each place: no gate is built into a corner."""
    before, here, after = (_along(rings, (at + step) % length) for step in (-BESIDE_M, 0.0, BESIDE_M))
    turn = ((here - before) * (after - here)).sum(axis=1)
    apart = np.hypot(*(here - before).T) * np.hypot(*(after - here).T)
    return np.asarray(turn < ALONG * apart, dtype=bool)


def _along(rings: NDArray[np.object_], at: Floats) -> Floats:
    return np.asarray(shapely.get_coordinates(shapely.line_interpolate_point(rings, at))).reshape(-1, 2)


def _buildable(district: District, graph: WalkGraph, spots: _Spots, numbers: Numbers) -> NDArray[np.bool_]:
    points = np.asarray(shapely.points(spots.xy), dtype=object)
    keep = np.ones(len(points), bool)
    barriers = placed(district["barriers"])
    natural = barriers.geometry.to_numpy()[barriers["kind"].isin(NATURAL).to_numpy()]
    gates = graph.open_gates()
    for things, near in ((natural, numbers.gate_reach_m), (np.asarray(shapely.points(gates), dtype=object), APART_M)):
        keep[shapely.STRtree(things).query(points, "dwithin", near)[0]] = False
    through = as_lines(spots.xy - 2 * spots.outward, spots.xy + 2 * spots.outward)
    footprints = placed(district["buildings"]).geometry.to_numpy()
    keep[shapely.STRtree(footprints).query(through, "intersects")[0]] = False
    return keep


def _looked_into(graph: WalkGraph, spots: _Spots, numbers: Numbers, *, anywhere: bool = False) -> Openings:
    """What the places open onto: those that face a way or a neighbour, or all of them, with the legs on both sides."""
    yards = graph.yards
    xy, outward, compound, home = spots
    seen = xy + SIDE_M * outward
    place, near = yards.tree.query(shapely.points(xy), "dwithin", numbers.contiguity_gap_m)
    beside = yards.closed[near] & (yards.compound[near] != compound[place])
    onto = yards.locate(seen)
    open_land = yards.shut(onto) < 0
    onto[~open_land] = -1
    onto[place[beside]] = near[beside]
    outer = graph.legs_of_opening(xy, seen, onto, reach=GATE_LEG_M)
    other = np.full(len(xy), -1, np.int64)
    other[place[beside]] = yards.compound[near[beside]]
    by_way = (outer.edge >= 0) & (outer.off_m <= FACING_M) & open_land & (other < 0)
    # round the end of a fence the nearest way may be the compound's own
    shapes = graph.walls.compounds.geometry.to_numpy()[compound]
    by_way &= (home >= 0) | ~np.asarray(shapely.contains_xy(shapes, outer.foot), dtype=bool)
    todo = np.flatnonzero(open_land & (other < 0) & ~by_way)
    other[todo] = _neighbour(graph, seen[todo], outward[todo], compound[todo])
    within = np.where(home[:, None] >= 0, xy, xy - SIDE_M * outward)
    inner = graph.legs_of_opening(xy, within, np.where(home >= 0, home, yards.locate(within)), reach=GATE_LEG_M)
    rows = np.flatnonzero((other >= 0) | by_way | anywhere)
    return Openings(
        xy[rows],
        compound[rows],
        other[rows],
        np.where(other[rows] >= 0, -1, outer.edge[rows]),
        inner.take(rows),
        outer.take(rows),
    )


def _neighbour(graph: WalkGraph, seen: Floats, outward: Floats, compound: Ints) -> Ints:
    """The nearest other compound within 30 m before each place, over land that nothing stands on; -1 for none."""
    shapes = graph.walls.compounds.geometry.to_numpy()
    place, other = shapely.STRtree(shapes).query(shapely.points(seen), "dwithin", FACING_M)
    apart = other != compound[place]
    place, other = place[apart], other[apart]
    foot = shapely.get_coordinates(shapely.shortest_line(shapely.points(seen[place]), shapes[other]))
    foot = foot.reshape(-1, 2, 2)[:, 1]
    good = (((foot - seen[place]) * outward[place]).sum(1) >= 0) & graph.clear(seen[place], foot)
    place, other, metres = place[good], other[good], np.hypot(*(foot - seen[place])[good].T)
    found = np.full(len(seen), -1, np.int64)
    order = np.argsort(-metres, kind="stable")
    found[place[order]] = other[order]
    return found


def opening_at(
    graph: WalkGraph, district: District, place: Floats, compound: int, *, built: bool, numbers: Numbers
) -> Openings:
    """The opening of a compound's wall nearest to a place (2,), as one of `possible_openings`.

    Parameters
    ----------
    compound
        Row number.
    built
        Whether a gate stands there already: then it needs no way or neighbour before it, and nothing is in its way.

    Raises
    ------
    InputError
        The compound has no wall within 30 m of the place, something stands in the way, or it would lead nowhere.
    """
    spot = _spot(graph, place, compound)
    if spot is None:
        raise InputError("There is no wall of this compound within {metres} m of that place.", metres=FACING_M)
    if not built and not _buildable(district, graph, spot, numbers)[0]:
        raise InputError(
            "No gate can stand there: a building, a river, a railway, a retaining wall or a gate is in the way."
        )
    found = _looked_into(graph, spot, numbers, anywhere=built)
    if len(found.xy) == 0:
        raise InputError(
            "A gate there would lead nowhere: no way and no neighbour is within {metres} m.", metres=FACING_M
        )
    return found


def _spot(graph: WalkGraph, place: Floats, compound: int) -> _Spots | None:
    """The place on the compound's wall that is nearest."""
    yards, walls, point = graph.yards, graph.walls, shapely.Point(place)
    mine = np.flatnonzero(yards.closed & (yards.compound == compound))
    rings = shapely.get_exterior_ring(yards.shapes[mine])
    if len(rings):
        nearest = int(np.argmin(shapely.distance(rings, point)))
        at = shapely.line_locate_point(rings[nearest : nearest + 1], point)
        xy, outward = _looking_out(rings[nearest : nearest + 1], at)
        home = mine[nearest : nearest + 1]
    else:
        shape = walls.compounds.geometry.iloc[compound]
        p, q = walls.p[walls.free], walls.q[walls.free]
        near = shapely.STRtree(as_lines(p, q)).query(shapely.boundary(shape), "dwithin", FACING_M / 3)
        if len(near) == 0:
            return None
        p, q = p[near], q[near]
        k = int(np.argmin(shapely.distance(as_lines(p, q), point)))
        d = q[k] - p[k]
        xy = p[k : k + 1] + along(p[k : k + 1], q[k : k + 1], place[None, :])[:, None] * d
        outward = np.array([[d[1], -d[0]]]) / np.hypot(*d)
        if shapely.contains_xy(shape, *(xy + outward)[0]):
            outward = -outward
        home = np.array([-1])
    if np.hypot(*(xy[0] - place)) > FACING_M:
        return None
    return _Spots(xy, outward, np.array([compound]), home.astype(np.int64))
