"""How all compounds stand towards each other: what every question about one more or one less gate starts from."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.analysis.isolation.boundary import FACING_M, boundary_measures, with_outlines
from gridmap.analysis.isolation.judge import classes
from gridmap.analysis.isolation.measure import Setting, _crossed, _measurable, _mostly
from gridmap.analysis.isolation.walks import (
    Homes,
    Pairs,
    between_neighbours,
    by_compound,
    homes,
    neighbours,
    pairs_of,
    walk_pairs,
)
from gridmap.domain.district import District
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.network import Legs, Openings, WalkGraph, facing, legs_together, placed, surveyed, walk_graph

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

AROUND_M = 2 * FACING_M
"""What is farther from a compound than this doesn't bear on the figures of its boundary."""


@dataclass(frozen=True)
class Standing:
    """The walks between all neighbours' homes as things are, and the graph that they were found on.

    Attributes
    ----------
    known
        Which compounds are surveyed, (n,).
    walk
        Metres of each pair of homes on foot; inf where there is no way.
    """

    district: District
    numbers: Numbers
    graph: WalkGraph
    homes: Homes
    legs: Legs
    neighbours: Ints
    pairs: Pairs
    walk: Floats
    known: NDArray[np.bool_]

    @property
    def setting(self) -> Setting:
        """The same for the measures."""
        return Setting(self.district, self.homes, self.neighbours, self.pairs, self.numbers)

    @cached_property
    def boundary(self) -> pd.DataFrame:
        """The measures of all compounds' boundaries as they are."""
        return boundary_measures(self.district, self.known, self.numbers)

    @cached_property
    def measurable(self) -> NDArray[np.bool_]:
        """Where the mapped ways lead somewhere."""
        measures = self.walked(self.walk).join(self.boundary)
        crossed = _crossed(self.setting)
        across = _mostly(self.setting, crossed, np.ones(len(crossed), bool), 1.0)
        return _measurable(self.setting, self.graph, measures, across)

    @cached_property
    def measures(self) -> pd.DataFrame:
        """The measures and classes of all compounds as things are."""
        return self.judged(self.walk, self.boundary)

    def walked(self, walk: Floats) -> pd.DataFrame:
        """Neighbours, unreached ones, directness and detour of all compounds, with these walks of the pairs."""
        return by_compound(between_neighbours(self.neighbours, self.pairs, walk), len(self.known))

    def judged(self, walk: Floats, boundary: pd.DataFrame) -> pd.DataFrame:
        """The measures of all compounds, with the column `class`, for these walks and boundaries."""
        measures = self.walked(walk).join(boundary)
        measures["surveyed"], measures["measurable"] = self.known, self.measurable
        return measures.assign(**{"class": classes(measures, self.numbers)})

    def boundary_with(self, gates: District, rows: Ints) -> pd.DataFrame:
        """The boundaries' measures where the district's gates were those of `gates`, which differ at `rows` only."""
        if len(rows) == 0:
            return self.boundary
        compounds = self.district["compounds"]
        shapes = compounds.geometry.to_numpy()
        around = np.unique(shapely.STRtree(shapes).query(shapes[rows], "dwithin", AROUND_M)[1])
        land = shapely.union_all(shapely.buffer(shapes[rows], AROUND_M))
        near = {
            name: table[shapely.intersects(table.geometry.to_numpy(), land)].reset_index(drop=True)
            for name, table in ((name, placed(gates[name])) for name in ("gates", "ways", "barriers"))
        }
        part = gates.with_tables(compounds=compounds.iloc[around].reset_index(drop=True), **near)
        found = boundary_measures(part, self.known[around], self.numbers).set_index(around)
        boundary = self.boundary.copy()
        boundary.loc[rows, found.columns] = found.loc[rows]
        return boundary

    def beside(self, xy: Floats) -> Ints:
        """The compounds whose boundary a gate at one of these places (n, 2) opens."""
        rings = shapely.boundary(self.district["compounds"].geometry.to_numpy())
        near = shapely.STRtree(rings).query(shapely.points(xy), "dwithin", self.numbers.gate_reach_m)[1]
        return np.unique(near).astype(np.int64)


def standing(
    district: District,
    *,
    numbers: Numbers = DEFAULT_NUMBERS,
    progress: Callable[[float, str], None] | None = None,
) -> Standing:
    """How the compounds of a metric district stand towards each other.

    Raises
    ------
    DataError
        The district is in degrees.
    """
    tell = progress or (lambda _share, _words: None)
    district = with_outlines(district)
    known = surveyed(district, numbers=numbers).to_numpy(dtype=bool)
    tell(0.0, "walk graph")
    graph = walk_graph(district, numbers=numbers)
    tell(0.4, "walks between neighbours")
    where = homes(district)
    neighbour = neighbours(district["compounds"], numbers)
    pairs = pairs_of(where, neighbour, numbers)
    legs = graph.legs(where.xy)
    walk = walk_pairs(graph, legs, where, pairs)
    return Standing(district, numbers, graph, where, legs, neighbour, pairs, walk, known)


class Opened:
    """Gates opened one after another: the walks from each to all homes and to all openings, through those before it.

    Parameters
    ----------
    graph
        On which the openings were found.
    ends
        The homes' legs.
    openings
        What may be opened.
    """

    def __init__(self, graph: WalkGraph, ends: Legs, openings: Openings) -> None:
        self.graph, self.ends, self.openings = graph, ends, openings
        self.targets = legs_together([ends, openings.inner, openings.outer])
        self.rows: list[int] = []
        self._walks: list[Floats] = []
        self._direct: dict[int, Floats] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, rows: list[int]) -> Opened:
        """With just these opened, in this order."""
        other = copy.copy(self)
        other.rows, other._walks = [], []
        for row in rows:
            other.open(row)
        return other

    def open(self, row: int) -> Floats:
        """Open one more; metres from it to all homes."""
        if row not in self._direct:
            self._direct[row] = self._from(row)
        walk = self._direct[row]
        place = len(self.ends.xy) + row
        for through in self._walks:
            walk = np.minimum(walk, through[place] + through)
        self._walks = [np.minimum(through, through[place] + walk) for through in self._walks] + [walk]
        self.rows.append(row)
        return walk[: len(self.ends.xy)]

    def nearer(self, row: int, walk: Floats, homes: Ints) -> Floats:
        """The walks from an opening to these homes, where they were `walk`, through those that are open."""
        for through in self._walks:
            walk = np.minimum(walk, through[len(self.ends.xy) + row] + through[homes])
        return walk

    def between(self, a: Ints, b: Ints, walk: Floats) -> Floats:
        """The walks of pairs of homes, where they were `walk`, through those that are open."""
        for through in self._walks:
            walk = np.minimum(walk, through[a] + through[b])
        return walk

    def _from(self, row: int) -> Floats:
        """Metres from an opening to all homes and to all openings, with no other opened."""
        inner, outer = (side.take(np.array([row])) for side in (self.openings.inner, self.openings.outer))
        to = np.arange(len(self.targets.xy))
        source = np.zeros(len(to), np.int64)
        found = self.graph.pair_walks(inner, self.targets, source, to, other_side=outer)
        to_homes, to_inner, to_outer = np.split(found, len(self.ends.xy) + np.array([0, len(self.openings.xy)]))
        to_outer = np.minimum(to_outer, facing(self.graph, self.openings, row))
        return np.concatenate([to_homes, np.minimum(to_inner, to_outer)])
