"""The boundaries of compounds: openings per km, the longest gap between them, and what is walled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers
from gridmap.network import gate_compounds, gate_owners, placed, require_metric, usable_gates

STEP_M = 5.0
"""A boundary is looked at every so many metres."""

FACING_M = 30.0
"""A boundary faces ways and neighbours this near."""


def with_outlines(district: District) -> District:
    """The district with those compounds alone that have an outline, numbered from 0.

    Raises
    ------
    DataError
        The district is in degrees.
    """
    require_metric(district)
    compounds = placed(district["compounds"])
    areas = shapely.get_dimensions(compounds.geometry.to_numpy()) == 2
    return district.with_tables(compounds=compounds[areas].reset_index(drop=True))


def boundary_measures(district: District, surveyed: NDArray[np.bool_], numbers: Numbers) -> pd.DataFrame:
    """Openings and walls along the boundary of each compound.

    Parameters
    ----------
    district
        Metric; its compounds all have a place and are numbered from 0.
    surveyed
        Which compounds are surveyed; the others' figures are empty.

    Returns
    -------
    One row a compound: `boundary_m` (its own length), `openings` (public gates; an open stretch counts as one every
    `opening_spacing_m` begun, the spacing that GB 50180-2018, 6.0.4 asks for), `openings_per_km`, `longest_gap_m`
    (the longest stretch without an opening, once round: with one opening or none the whole length; 0 where all is
    open), `blank_m` (the longest such stretch that faces a way or a neighbour within 30 m all along),
    `residents_openings_per_km` and `residents_longest_gap_m` (with the gates that open to the compound's own
    residents), `walled_share` (0 to 1), `gates`, `gates_restricted` (those that the public may not use).

    All of an enclosed compound's boundary is walled, of a partly enclosed one the stretches within `gate_reach_m` of
    a mapped barrier, of an open one nothing.
    """
    compounds, gates = district["compounds"], placed(district["gates"])
    shapes = compounds.geometry.to_numpy()
    rings = shapely.get_exterior_ring(_largest(shapes))
    length = shapely.length(rings)
    count = np.maximum(np.ceil(length / STEP_M).astype(int), 4)
    row = np.repeat(np.arange(len(rings)), count)
    at = (np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)) * (length / count)[row]
    points = np.asarray(shapely.line_interpolate_point(rings[row], at), dtype=object)
    walled = _walled(district, row, points, numbers)
    pairs = gate_compounds(gates, compounds, numbers=numbers)
    gate_row = pairs["compound"].to_numpy(dtype=np.int64)
    usable = usable_gates(gates)[pairs["gate"]]
    theirs = (gates["access"] == "residents").to_numpy(dtype=bool)[pairs["gate"]]
    theirs &= gate_owners(gates, pairs)[pairs["gate"]] == gate_row
    gate_at = shapely.line_locate_point(rings[gate_row], gates.geometry.to_numpy()[pairs["gate"]])
    size = len(rings)
    open_stretch = np.bincount(row[~walled], (length / count)[row[~walled]], minlength=size)
    stretches = np.ceil(open_stretch / numbers.opening_spacing_m - 1e-9)
    faces = _facing(district, row, points)

    def openings(gate: NDArray[np.bool_]) -> NDArray[Any]:
        return np.asarray(np.bincount(gate_row[gate], minlength=size) + stretches)

    def longest(gate: NDArray[np.bool_], breaks: NDArray[np.bool_]) -> NDArray[Any]:
        """The longest stretch without one of these gates or a place among `breaks`."""
        gap = _longest(
            np.concatenate([gate_row[gate], row[breaks]]), np.concatenate([gate_at[gate], at[breaks]]), length
        )
        gap[gap <= 1.5 * length / count] = 0.0
        return gap

    table = pd.DataFrame(
        {
            "boundary_m": length,
            "openings": openings(usable),
            "openings_per_km": openings(usable) / length * 1000,
            "longest_gap_m": longest(usable, ~walled),
            "blank_m": longest(usable, ~walled | ~faces),
            "residents_openings_per_km": openings(usable | theirs) / length * 1000,
            "residents_longest_gap_m": longest(usable | theirs, ~walled),
            "walled_share": np.bincount(row[walled], minlength=size) / count,
            "gates": np.bincount(gate_row, minlength=size),
            "gates_restricted": np.bincount(gate_row[~usable], minlength=size),
        }
    )
    known = ["gates", "gates_restricted", "boundary_m"]
    table.loc[~surveyed, [name for name in table.columns if name not in known]] = np.nan
    return table


def _largest(shapes: NDArray[Any]) -> NDArray[Any]:
    """Each shape's largest polygon."""
    parts, of = shapely.get_parts(shapes, return_index=True)
    order = np.argsort(shapely.area(parts), kind="stable")
    largest = np.array(shapes, dtype=object)
    largest[of[order]] = parts[order]
    return largest


def _walled(district: District, row: NDArray[Any], points: NDArray[Any], numbers: Numbers) -> NDArray[np.bool_]:
    enclosure = district["compounds"]["enclosure"].to_numpy()[row]
    walled = np.asarray(enclosure == "enclosed", dtype=bool)
    partly = np.flatnonzero(enclosure == "partly")
    lines = placed(district["barriers"]).geometry.to_numpy()
    if len(lines) and len(partly):
        near = shapely.STRtree(lines).query(points[partly], "dwithin", numbers.gate_reach_m)[0]
        walled[partly[near]] = True
    return walled


def _facing(district: District, row: NDArray[Any], points: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each place on a boundary has a way outside, or another compound, within 30 m."""
    faces = np.zeros(len(row), bool)
    shapes = district["compounds"].geometry.to_numpy()
    place, other = shapely.STRtree(shapes).query(points, "dwithin", FACING_M)
    faces[place[other != row[place]]] = True
    ways = placed(district["ways"])
    lines = ways.geometry.to_numpy()[ways["walkable"].fillna(True).to_numpy(dtype=bool)]
    left = np.flatnonzero(~faces)
    place, way = shapely.STRtree(lines).query(points[left], "dwithin", FACING_M)
    place = left[place]
    # a compound's own ways inside it are not what its boundary faces
    foot = shapely.get_coordinates(shapely.shortest_line(points[place], lines[way])).reshape(-1, 2, 2)[:, 1]
    shapely.prepare(shapes)
    outside = ~np.asarray(shapely.contains_xy(shapes[row[place]], foot), dtype=bool)
    faces[place[outside]] = True
    return faces


def _longest(row: NDArray[Any], at: NDArray[Any], length: NDArray[Any]) -> NDArray[Any]:
    """The longest stretch between neighbouring places on each ring, once round; the ring's length if it has none."""
    longest = length.astype(float).copy()
    if len(row) == 0:
        return longest
    order = np.lexsort((at, row))
    row, at = row[order], at[order]
    first = np.flatnonzero(np.diff(row, prepend=-1))
    last = np.append(first[1:], len(row)) - 1
    after = np.roll(at, -1)
    after[last] = at[first] + length[row[first]]
    longest[row[first]] = np.maximum.reduceat(after - at, first)
    return longest
