"""What all plans of one district stand on: its blocks, which of them touch, where people live, how they walk."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.analysis.blocks import blocks
from gridmap.analysis.plans.barriers import passable, without_cut_off
from gridmap.analysis.plans.contiguity import Contiguity, Floats, Ints, contiguity
from gridmap.analysis.plans.plan import Units
from gridmap.analysis.regions import Problem
from gridmap.domain.district import District
from gridmap.domain.errors import InputError
from gridmap.domain.notes import Note, template
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.domain.uncertainty import Errors
from gridmap.network import walk_graph

Bools = NDArray[np.bool_]

CUT_OFF = 3.0
"""A block that no walk reaches is taken as this many times the straight distance away."""


class Walks:
    """Walks between blocks: on the walk graph, made at the first call, or straight where there are no ways."""

    def __init__(self, places: Floats, district: District, numbers: Numbers) -> None:
        self.places, self.district, self.numbers = places, district, numbers
        self.cut_off = 0
        self._graph: Any = None

    def to(self, points: Floats) -> Floats:
        """(k, n) metres from each of (k, 2) points to every block."""
        straight = np.hypot(*(points[:, None, :] - self.places[None, :, :]).transpose(2, 0, 1))
        if not len(self.district["ways"]) or not len(points):
            return straight
        if self._graph is None:
            self._graph = walk_graph(self.district, asker="residents", numbers=self.numbers)
        walk = np.asarray(self._graph.distances(points, self.places))
        missing = ~np.isfinite(walk)
        self.cut_off = int(missing.sum())
        return np.where(missing, CUT_OFF * straight, walk)


@dataclass(frozen=True)
class Ground:
    """A district made ready for plans, in metres.

    Parameters
    ----------
    district, numbers
        What it was made of.
    table
        The blocks, as `gridmap.analysis.blocks` gives them; rows from 0.
    every, counts, hard
        All pairs of blocks that touch, (m,) which of them people can cross, and which a river, a railway or the like
        parts.
    weights, group
        (n,) households, and the code of the street ("" where unknown), of each block.
    places
        (n, 2) where a block's people are.
    guessed
        How many groups of blocks behind walls without a known gate were joined to a neighbour.
    """

    district: District
    numbers: Numbers
    table: gpd.GeoDataFrame
    every: Contiguity
    counts: Bools
    hard: Bools
    weights: Ints
    group: NDArray[np.str_]
    places: Floats
    guessed: int
    walks: Walks = field(repr=False)

    @cached_property
    def touching(self) -> Contiguity:
        """The pairs of blocks that people can cross between."""
        return self.every.only(self.counts)

    @cached_property
    def community(self) -> Ints:
        """(n,) a number for the community of each block."""
        codes = self.table["community_code"].fillna("").astype(str)
        return np.asarray(pd.factorize(codes)[0], dtype=np.int64)

    @cached_property
    def village(self) -> Bools:
        """(n,) whether a block is a village."""
        return (self.table["kind"] == "village").to_numpy(dtype=np.bool_)

    @cached_property
    def ripe(self) -> Bools:
        """(n,) whether a block may be joined now: no village, or one whose collective property is reformed."""
        communities = self.district["communities"]
        done = (communities["kind"] != "village") | (communities["reform_status"] == "done")
        ripe = pd.Series(done.to_numpy(), index=communities["code"])
        found = self.table["community_code"].map(ripe[~ripe.index.duplicated()])
        return found.fillna(True).to_numpy(dtype=np.bool_)

    @cached_property
    def pace(self) -> Floats:
        """(n,) metres of walking that a metre of travel stands for: on land of villages people ride along roads."""
        ride = self.numbers.walking_speed / self.numbers.village_road_speed
        return np.where(self.village, ride, 1.0)

    @cached_property
    def names(self) -> list[str | Note]:
        """What each block is called: its compound's or village's name, else a number in its community."""
        compounds, communities = self.district["compounds"], self.district["communities"]
        called = pd.concat([_names(communities), _names(compounds)])
        called = called[~called.index.duplicated(keep="last")]
        found: list[str | Note] = []
        for code, home in zip(self.table["code"], self.table["community_code"].fillna(""), strict=True):
            name = called.get(code)
            number = code.rpartition("B")[2].lstrip("0")
            if isinstance(name, str):
                found.append(name)
            else:
                where = called.get(home)
                params = {"number": number, "community": where if isinstance(where, str) else str(home)}
                found.append(Note("block {number} of {community}", params))
        return found

    @cached_property
    def streets(self) -> dict[str, str]:
        """The name of each street that has blocks, its code where it has none."""
        return {str(code): self.street_name(str(code)) for code in np.unique(self.group) if code}

    def street_name(self, code: str) -> str:
        """A street's name, its code where it has none."""
        streets = self.district["streets"]
        found = streets["name"][streets["code"] == code].dropna()
        return str(found.iloc[0]) if len(found) else code

    def problem(self, lower: int, upper: int | None, regions: int | None = None) -> Problem:
        """The plain problem of regions, without costs."""
        return Problem(
            weights=self.weights,
            edges=self.touching.edges,
            xy=self.places,
            border=self.touching.border,
            lower=lower,
            upper=upper,
            regions=regions,
            within=self.group,
        )

    def units(self) -> Units:
        """The blocks as units of a plan."""
        return Units(
            id=self.table["code"].tolist(),
            households=self.weights.astype(np.float64),
            weights=self.weights,
            fine=1,
            group=self.group.tolist() if (self.group != "").any() else None,
            shapes=self.table.geometry,
            metric=self.table.geometry.to_numpy(),
            xy=self.places,
            errors=Errors(self.table["own_error"].to_numpy(), self.table["shared_error"].to_numpy()),
        )

    def notes(self) -> list[Note]:
        """What was taken for granted."""
        found = []
        if self.guessed:
            words = template("{count} groups of blocks behind walls without a known gate were joined to a neighbour.")
            found.append(Note(words, {"count": self.guessed}))
        if self.walks.cut_off:
            words = template(
                "{count} walks between blocks have no way; {times} times the straight distance stands for them."
            )
            found.append(Note(words, {"count": self.walks.cut_off, "times": f"{CUT_OFF:g}"}))
        return found


def ground(district: District, *, lower: int, only: Collection[str] = (), numbers: Numbers = DEFAULT_NUMBERS) -> Ground:
    """Make a metric district ready for plans whose regions have at least `lower` households.

    `only`: codes of the streets and communities that are planned; walks lead through the others, too.

    Raises
    ------
    DataError
        The district is not in metres or holds nothing to make blocks of.
    InputError
        There is no such street or community.
    """
    table = _only(blocks(district, numbers=numbers), district, only)
    weights = table["households"].to_numpy(dtype=np.int64)
    street = table["street_code"].to_numpy(dtype=object)
    names = np.where(~pd.isna(street), street, "").astype(str)
    group = np.unique(names, return_inverse=True)[1]
    touching = contiguity(table.geometry.to_numpy(), gap=numbers.contiguity_gap_m)
    crossable, soft = passable(touching, district, numbers=numbers)
    counts, guessed = without_cut_off(touching, crossable, soft, weights, group, least=lower)
    places = _places(table, district)
    walks = Walks(places, district, numbers)
    return Ground(district, numbers, table, touching, counts, ~counts & ~soft, weights, names, places, guessed, walks)


def _only(table: gpd.GeoDataFrame, district: District, codes: Collection[str]) -> gpd.GeoDataFrame:
    """The blocks of these streets and communities; of all where none are named.

    Raises
    ------
    InputError
        There is no such street or community, or no block in them.
    """
    if not codes:
        return table
    known = {*district["streets"]["code"], *district["communities"]["code"]}
    if lost := [code for code in codes if code not in known]:
        raise InputError("There is no street or community {codes}.", codes=", ".join(lost))
    inside = table["street_code"].isin(codes) | table["community_code"].isin(codes)
    if not inside.any():
        raise InputError("There are no blocks in {codes}.", codes=", ".join(codes))
    return table[inside].reset_index(drop=True)


def _names(layer: gpd.GeoDataFrame) -> pd.Series:
    return pd.Series(layer["name"].to_numpy(dtype=object), index=layer["code"]).dropna()


def _places(table: gpd.GeoDataFrame, district: District) -> Floats:
    """(n, 2) where a block's people are: the middle of its buildings by households, else a point on it."""
    points = table.geometry.representative_point()
    places = np.column_stack((points.x, points.y))
    buildings = district["buildings"]
    buildings = buildings[buildings["households"].fillna(0) > 0]
    if not len(buildings):
        return places
    at = buildings.geometry.representative_point()
    block, building = shapely.STRtree(at.to_numpy()).query(table.geometry.to_numpy(), predicate="contains")
    share = buildings["households"].to_numpy(dtype=np.float64)[building]
    total = np.bincount(block, weights=share, minlength=len(table))
    lived = total > 0
    for axis, values in enumerate((at.x.to_numpy(), at.y.to_numpy())):
        mean = np.bincount(block, weights=share * values[building], minlength=len(table))
        places[lived, axis] = mean[lived] / total[lived]
    return places
