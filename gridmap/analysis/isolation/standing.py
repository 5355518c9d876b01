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
from gridmap.analysis.isolation.measurable import with_left_out
from gridmap.analysis.isolation.setting import make_setting
from gridmap.analysis.isolation.walked import Walked, walked
from gridmap.analysis.isolation.walks import Homes, Pairs, between_neighbours, both_ways, by_compound
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
    boundary
        The measures of all compounds' boundaries as they are.
    gone
        Neighbours that are none for the measures, since no mapped way leads to them, see `between_pieces`.
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
    boundary: pd.DataFrame
    gone: NDArray[np.bool_]

    @cached_property
    def measures(self) -> pd.DataFrame:
        """The measures and classes of all compounds as things are."""
        return self.judged(self.walk, self.boundary)

    @cached_property
    def _met(self) -> pd.DataFrame:
        return between_neighbours(self.neighbours, self.pairs, self.walk)

    def judged(self, walk: Floats, boundary: pd.DataFrame, *, rows: NDArray[np.bool_] | None = None) -> pd.DataFrame:
        """The measures of all compounds, with the column `class`, for these walks and boundaries.

        Parameters
        ----------
        walk
            Metres of each pair of homes; with `rows`, a mask of `neighbours`, of the pairs of those alone, while all
            others are as they are.
        """
        if rows is None:
            met = between_neighbours(self.neighbours, self.pairs, walk)
        else:
            pairs = self.pairs.take(rows[self.pairs.pair])
            met = self._met.copy()
            met.loc[rows] = between_neighbours(self.neighbours, pairs, walk).loc[rows]
        measures = by_compound(both_ways(met[~self.gone]), len(self.known)).join(boundary)
        measures = with_left_out(measures, self.neighbours, self.gone).assign(surveyed=self.known)
        return measures.assign(**{"class": classes(measures, self.numbers)})

    def boundary_with(self, gates: District, rows: Ints, *, before: pd.DataFrame | None = None) -> pd.DataFrame:
        """The boundaries' measures where the district's gates were those of `gates`, which differ at `rows` only from
        those of `before`: measures of some other gates, by default as things are."""
        before = self.boundary if before is None else before
        if len(rows) == 0:
            return before
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
        boundary = before.copy()
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
    found: Walked | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> Standing:
    """How the compounds of a metric district stand towards each other.

    `found`: the walks between neighbours, where they are known already.

    Raises
    ------
    DataError
        The district is in degrees.
    """
    tell = progress or (lambda _share, _words: None)
    tell(0.0, "walks between neighbours")
    found = found or _walked(with_outlines(district), numbers)
    setting = found.setting
    tell(0.6, "walk graph")
    graph = walk_graph(setting.district, numbers=numbers, ways=setting.graph.ways)
    return Standing(
        setting.district,
        numbers,
        graph,
        setting.homes,
        graph.legs(setting.homes.xy),
        setting.neighbours,
        setting.pairs,
        found.walk,
        found.known,
        found.boundary,
        found.gone,
    )


def _walked(district: District, numbers: Numbers) -> Walked:
    known = surveyed(district, numbers=numbers).to_numpy(dtype=bool)
    setting = make_setting(district, walk_graph(district, latch=True, numbers=numbers), numbers)
    return walked(setting, known, boundary_measures(district, known, numbers))


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
