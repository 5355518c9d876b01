"""What one more gate would change, or one that is closed or opened: classes, figures and households, nothing kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from gridmap.analysis.isolation.gates import Gain, gain_of, joined, mean_by_home, with_gate
from gridmap.analysis.isolation.standing import Floats, Ints, Opened, Standing
from gridmap.domain.district import District
from gridmap.domain.errors import InputError, NotFoundError
from gridmap.network import (
    Openings,
    WalkGraph,
    legs_together,
    legs_without,
    nodes_at_gates,
    opening_at,
    placed,
    without_nodes,
)
from gridmap.network.legs import Legs

FIGURES = ("directness", "detour_m", "neighbours", "unreached", "openings_per_km", "longest_gap_m")
"""What is told of each compound before and after, beside its class."""

SAME_M = 1e-6
"""Walks that differ by no more than this are one."""


class Change(NamedTuple):
    """One change: a gate to `add` at a place (x, y in metres) in a compound's wall, the nearest where none is named; or
    one to `open` to the public or to `close`, by its code."""

    kind: Literal["add", "open", "close"]
    place: tuple[float, float] | None = None
    compound: str | None = None
    gate: str | None = None


class Told(NamedTuple):
    """A change as it was understood: the gate's code, the compound's row, what lies on the other side, the place."""

    kind: str
    gate: str | None
    compound: int
    joins: str | None
    place: Floats


class Effect(NamedTuple):
    """What the changes come to.

    `compounds`: of each compound that one of its figures changes, and of those whose gates they are, `code`, `name`,
    `households`, `own` (whether a gate of its is changed), `class_before`, `class_after`, and of each of `FIGURES`
    `…_before` and `…_after`. `gates`: each change's `kind`, `code`, `compound_code`, `joins` and point. `gain` and
    `loss`: the households of the compounds concerned whose walks to neighbours become a metre or more shorter and
    longer on their mean.
    """

    compounds: pd.DataFrame
    gates: gpd.GeoDataFrame
    gain: Gain
    loss: Gain


def what_if(base: Standing, changes: Sequence[Change]) -> Effect:
    """The effect of these changes together, exactly: every walk that they bear on is found anew.

    Raises
    ------
    NotFoundError
        There is no such gate.
    InputError
        There is no change, a gate is already as it is to be, or none can stand there.
    """
    if not changes:
        raise InputError("Say which gate to add, open or close.")
    district = base.district
    shut: list[str] = []
    openings: list[Openings] = []
    told: list[Told] = []
    for change in changes:
        if change.kind == "add":
            xy, compound, code = *_where(base, change), None
        else:
            xy, compound, code = _existing(base, change)
        found: Openings | None
        if change.kind == "close":
            shut.append(str(code))
            found = None
        else:
            found = _opening(base, xy, compound, built=change.kind == "open")
            openings.append(found)
            xy = found.xy[0]
        district = _changed(district, change, xy, base.district["compounds"]["code"].iloc[compound])
        told.append(Told(change.kind, code, compound, joined(base.district, found)[0] if found else None, xy))
    graph, legs, walk = _closed(base, shut)
    if openings:
        opened = Opened(graph, legs, _together(openings))
        for row in range(len(openings)):
            opened.open(row)
        walk = opened.between(base.pairs.a, base.pairs.b, walk)
    places = np.array([one.place for one in told])
    own = np.unique(np.array([one.compound for one in told], dtype=np.int64))
    beside = np.union1d(base.beside(places), own).astype(np.int64)
    after = base.judged(walk, base.boundary_with(district, beside))
    gain, loss = _gains(base, own, walk)
    return Effect(_compounds(base, after, own), _gates(base, told), gain, loss)


def _where(base: Standing, change: Change) -> tuple[Floats, int]:
    """The place of a gate to add, and the compound whose wall it opens."""
    compounds = base.district["compounds"]
    xy = np.array(change.place, dtype=np.float64)
    if change.compound is not None:
        rows = np.flatnonzero((compounds["code"] == change.compound).to_numpy())
        if len(rows) == 0:
            raise NotFoundError("There is no compound {code}.", code=change.compound)
        return xy, int(rows[0])
    walled = np.flatnonzero(compounds["enclosure"].isin(["enclosed", "partly"]).to_numpy())
    if len(walled) == 0:
        raise InputError("No compound has a wall that a gate could open.")
    rings = shapely.boundary(compounds.geometry.to_numpy()[walled])
    return xy, int(walled[np.argmin(shapely.distance(rings, shapely.Point(xy)))])


def _existing(base: Standing, change: Change) -> tuple[Floats, int, str]:
    """The place of a gate that there is, its compound, and its code."""
    gates = placed(base.district["gates"])
    rows = np.flatnonzero((gates["code"] == change.gate).to_numpy())
    if len(rows) == 0:
        raise NotFoundError("There is no gate {code}.", code=change.gate)
    row = int(rows[0])
    public = pd.isna(gates["access"].iloc[row]) or gates["access"].iloc[row] == "public"
    if public and change.kind == "open":
        raise InputError("The gate {code} is open to the public already.", code=change.gate)
    if not public and change.kind == "close":
        raise InputError("The gate {code} is closed to the public already.", code=change.gate)
    pairs = base.graph.walls.gate_compounds
    mine = pairs["compound"].to_numpy()[(pairs["gate"] == row).to_numpy()]
    if len(mine) == 0:
        raise InputError("The gate {code} belongs to no compound.", code=change.gate)
    return shapely.get_coordinates(gates.geometry.iloc[row])[0], int(mine[0]), str(change.gate)


def _opening(base: Standing, xy: Floats, compound: int, *, built: bool) -> Openings:
    if not base.known[compound]:
        raise InputError("Nobody has surveyed this compound: what a gate changes there can't be said. Survey it first.")
    return opening_at(base.graph, base.district, xy, compound, built=built, numbers=base.numbers)


def _changed(district: District, change: Change, xy: Floats, compound: str) -> District:
    """The district with its gates as the change has them."""
    if change.kind == "add":
        return with_gate(district, xy, compound)
    gates = district["gates"].copy()
    gates.loc[gates["code"] == change.gate, "access"] = "public" if change.kind == "open" else "closed"
    return district.with_tables(gates=gates)


def _closed(base: Standing, codes: list[str]) -> tuple[WalkGraph, Legs, Floats]:
    """The graph, the homes' legs and the walks of all pairs where these gates are shut."""
    if not codes:
        return base.graph, base.legs, base.walk
    gates = base.graph.walls.gates
    nodes = nodes_at_gates(base.graph, np.flatnonzero(gates["code"].isin(codes).to_numpy()))
    graph, legs = without_nodes(base.graph, nodes), legs_without(base.legs, nodes)
    through = np.zeros(len(base.pairs.a), bool)
    for reached in np.atleast_2d(dijkstra(base.graph.matrix, indices=nodes)):
        metres = np.full(len(base.homes.xy), np.inf)
        np.minimum.at(metres, base.legs.place, reached[base.legs.node] + base.legs.metres)
        way = metres[base.pairs.a] + metres[base.pairs.b]
        through |= np.isfinite(way) & (way <= base.walk + SAME_M)
    walk = base.walk.copy()
    rows = np.flatnonzero(through)
    walk[rows] = graph.pair_walks(legs, legs, base.pairs.a[rows], base.pairs.b[rows])
    return graph, legs, walk


def _together(openings: list[Openings]) -> Openings:
    """Openings of one row each as one table."""

    xy, compound, other, edge = (np.concatenate([one[k] for one in openings]) for k in range(4))
    inner, outer = legs_together([one.inner for one in openings]), legs_together([one.outer for one in openings])
    return Openings(xy, compound, other, edge, inner, outer)


def _gains(base: Standing, own: Ints, walk: Floats) -> tuple[Gain, Gain]:
    """The households of the changed gates' compounds and their neighbours that gain, and those that lose."""
    neighbours = base.neighbours
    touching: NDArray[np.bool_] = np.isin(neighbours, own)
    group = np.union1d(own, neighbours[touching[:, 0] | touching[:, 1]])
    inside: NDArray[np.bool_] = np.isin(neighbours, group)
    rows = np.flatnonzero((inside[:, 0] & inside[:, 1])[base.pairs.pair])
    pairs = base.pairs.take(rows)
    most = pairs.straight + base.numbers.circle_15_min_m
    saved = (np.minimum(base.walk[rows], most) - np.minimum(walk[rows], most)) * pairs.weight
    mean = mean_by_home(pairs.a, pairs.b, saved, pairs.weight, len(base.homes.xy))
    mine: NDArray[np.bool_] = np.isin(base.homes.compound, own)
    return (
        gain_of(mean, base.homes.weight, mine, float(np.maximum(saved, 0).sum()), base.numbers),
        gain_of(-mean, base.homes.weight, mine, float(np.maximum(-saved, 0).sum()), base.numbers),
    )


def _compounds(base: Standing, after: pd.DataFrame, own: Ints) -> pd.DataFrame:
    before, compounds = base.measures, base.district["compounds"]
    told = ["class", *FIGURES]
    same = pd.Series(True, index=before.index)
    for name in told:
        a, b = before[name], after[name]
        same &= (a == b) | (a.isna() & b.isna())
    rows = np.union1d(np.flatnonzero(~same), own).astype(np.int64)
    table = pd.DataFrame(
        {
            "code": compounds["code"].iloc[rows],
            "name": compounds["name"].iloc[rows],
            "households": compounds["households"].iloc[rows],
            "own": np.isin(rows, own),
        }
    )
    for name in told:
        table[f"{name}_before"], table[f"{name}_after"] = before[name].iloc[rows], after[name].iloc[rows]
    return table.reset_index(drop=True)


def _gates(base: Standing, told: list[Told]) -> gpd.GeoDataFrame:
    codes = base.district["compounds"]["code"].to_numpy()
    rows = [
        {"kind": kind, "code": code, "compound_code": codes[compound], "joins": joins, "geometry": shapely.Point(xy)}
        for kind, code, compound, joins, xy in told
    ]
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=base.district.crs)
