"""What stops walkers: barriers and the boundaries of enclosed compounds, and the gates that open them."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers
from gridmap.network.segments import Floats, Ints, complement, explode, piece_ends, within_discs
from gridmap.network.survey import gate_compounds, known, placed, usable_gates

INSET_M = 0.25
"""A compound's boundary stands this far inside its drawn line: a way drawn along that line runs outside."""


class Walls(NamedTuple):
    """Lines that can't be crossed, as segments `p` to `q`, and where gates open them.

    `doors_p` to `doors_q` are the pieces that an open gate took out, `door_gate` the gate's row number.
    `free` are walls that are barriers of their own, not a compound's boundary. `closed` are the row numbers of the
    compounds whose boundary stops walkers, `closed_shapes` their land inside the boundary. `gates` is the table of
    gates that have a place, `usable` says which of them let the asker through, `latched` which ones stay shut but are
    known to the graph as places where it could go through, and `gate_compounds` which compound each leads into. A
    latched gate's door stands in the wall: it is among `doors`, and the wall among `p` to `q`.
    """

    p: Floats
    q: Floats
    doors_p: Floats
    doors_q: Floats
    door_gate: Ints
    free: NDArray[np.bool_]
    compounds: gpd.GeoDataFrame
    closed: Ints
    closed_shapes: NDArray[np.object_]
    gates: gpd.GeoDataFrame
    usable: NDArray[np.bool_]
    latched: NDArray[np.bool_]
    gate_compounds: pd.DataFrame


def polygonal(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """The shapes made valid, with what is not an area left out."""
    shapes = np.asarray(shapely.make_valid(shapes), dtype=object)
    mixed = shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    shapes[mixed] = shapely.buffer(shapes[mixed], 0)
    return shapes


def find_walls(
    district: District,
    *,
    asker: str,
    unsurveyed: str,
    residents_of: frozenset[str] | None,
    numbers: Numbers,
    latch: bool = False,
) -> Walls:
    """The walls of a district for an asker, with compounds that nobody surveyed `open` or `sealed`.

    With `latch`, every gate that doesn't let the asker through is latched.
    """
    compounds, gates = placed(district["compounds"]), placed(district["gates"])
    shapes = polygonal(compounds.geometry.to_numpy())
    gates = _on_boundaries(gates, compounds, numbers)
    pairs = gate_compounds(gates, compounds, numbers=numbers)
    looked = known(compounds, gates, compounds, pairs).to_numpy(dtype=bool)
    walled = looked & (compounds["enclosure"] == "enclosed").to_numpy()
    closed = np.flatnonzero(walled | (~looked if unsurveyed == "sealed" else False))
    insets = _insets(shapes[closed])
    barriers = placed(district["barriers"]).geometry.to_numpy()
    if unsurveyed == "open":
        partly = looked & (compounds["enclosure"] == "partly").to_numpy()
        porous = placed(district["barriers"])["kind"].isin(["wall", "fence"]).to_numpy()
        barriers = barriers.copy()
        barriers[porous] = _let_through(
            barriers[porous], shapes[~looked], shapes[walled | partly], numbers.gate_reach_m, numbers.contiguity_gap_m
        )
    usable = usable_gates(gates, asker=asker, residents_of=residents_of)
    p, q, line = explode(np.concatenate([barriers, shapely.boundary(insets)]))
    latched = ~usable if latch else np.zeros(len(gates), bool)
    known_gates = np.flatnonzero(usable | latched)
    doors, disc = within_discs(p, q, shapely.get_coordinates(gates.geometry)[known_gates], numbers.gate_reach_m)
    doors_p, doors_q = piece_ends(p, q, doors)
    left = complement(len(p), doors.take(usable[known_gates[disc]]))
    p, q = piece_ends(p, q, left)
    return Walls(
        p,
        q,
        doors_p,
        doors_q,
        known_gates[disc],
        line[left.of] < len(barriers),
        compounds,
        closed,
        insets,
        gates,
        usable,
        latched,
        pairs,
    )


def _on_boundaries(gates: gpd.GeoDataFrame, compounds: gpd.GeoDataFrame, numbers: Numbers) -> gpd.GeoDataFrame:
    """The gates, and those once more on their compound's boundary that carry its code but were drawn beside it:
    farther off than a gate's reach, no farther than `gate_boundary_m`."""
    by_code = pd.Series(np.arange(len(compounds)), index=compounds["code"]).groupby(level=0).first()
    own = gates["compound_code"].map(by_code).to_numpy(dtype=float)
    known = np.flatnonzero(~np.isnan(own))
    points = gates.geometry.to_numpy()[known]
    outlines = shapely.boundary(compounds.geometry.to_numpy()[own[known].astype(np.int64)])
    metres = shapely.distance(points, outlines)
    beside = (metres > numbers.gate_reach_m) & (metres <= numbers.gate_boundary_m)
    if not beside.any():
        return gates
    at = shapely.get_point(shapely.shortest_line(outlines[beside], points[beside]), 0)
    again = gates.iloc[known[beside]].set_geometry(gpd.GeoSeries(at, index=gates.index[known[beside]], crs=gates.crs))
    return pd.concat([gates, again], ignore_index=True)


def _insets(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Each compound's land inside its boundary; where compounds overlap, the smaller one's boundary holds."""
    insets = np.asarray(shapely.buffer(shapes, -INSET_M, join_style="mitre"), dtype=object)
    a, b = shapely.STRtree(shapes).query(shapes, "intersects")
    smaller = shapely.area(shapes[b]) < shapely.area(shapes[a])
    smaller |= (shapely.area(shapes[b]) == shapely.area(shapes[a])) & (b < a)
    a, b = a[smaller], b[smaller]
    deep = shapely.intersects(insets[a], insets[b])
    for row in np.unique(a[deep]):
        others = shapely.buffer(shapes[b[deep & (a == row)]], INSET_M, join_style="mitre")
        insets[row] = shapely.difference(insets[row], shapely.union_all(others))
    return insets


def _let_through(
    walls: NDArray[np.object_], unknown: NDArray[np.object_], known: NDArray[np.object_], near: float, gap: float
) -> NDArray[np.object_]:
    """Walls without the stretches along compounds that nobody surveyed, unless known ones share them."""
    walls = walls.copy()
    zones = shapely.buffer(shapely.boundary(unknown), near)
    wall, zone = shapely.STRtree(zones).query(walls, "intersects")
    kept = shapely.buffer(shapely.boundary(known), gap)
    kept_tree = shapely.STRtree(kept)
    for row in np.unique(wall):
        open_here = shapely.union_all(zones[zone[wall == row]])
        held = kept[kept_tree.query(walls[row], "intersects")]
        if len(held):
            open_here = shapely.difference(open_here, shapely.union_all(held))
        walls[row] = shapely.difference(walls[row], open_here)
    return walls
