"""Where one more gate would help most: possible openings, the metres that each saves, and the best of them in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.analysis.isolation.boundary import with_outlines
from gridmap.analysis.isolation.walks import Homes, Pairs, homes, neighbours, pairs_of, walk_pairs
from gridmap.domain.district import District
from gridmap.domain.layers import RESULT_LAYERS
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.domain.words import WAY_KINDS
from gridmap.network import (
    Legs,
    Openings,
    WalkGraph,
    facing,
    placed,
    possible_openings,
    surveyed,
    walk_graph,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEIGHBOUR = "相邻小区"
"""What a gate leads to where that compound has no name."""

BATCH = 400
"""So many openings are measured at once."""


class Near(NamedTuple):
    """What a gate of one compound bears on: the homes of it and its neighbours, and the pairs among them.

    `a` and `b` are positions in `homes`, `pair` rows of the district's pairs.
    """

    compounds: Ints
    homes: Ints
    pair: Ints
    a: Ints
    b: Ints


class Gain(NamedTuple):
    """What an opening saves: metres times the product of households in all, and of the households that gain a metre
    or more how many, their mean and 90th percentile; and the share of its compound's that gain `gate_gain_m`."""

    total: float
    households: float
    mean_m: float
    p90_m: float
    share_50m: float


def gate_proposals(
    district: District,
    *,
    count: int = 20,
    numbers: Numbers = DEFAULT_NUMBERS,
    progress: Callable[[float, str], None] | None = None,
) -> gpd.GeoDataFrame:
    """The gates that would save neighbours the most metres on foot, the best first.

    Possible gates stand every 25 m along the walls of surveyed compounds, all round enclosed ones and on the barriers
    along partly enclosed ones, where a way or a neighbour is on the other side within 30 m, and no building, river,
    railway or retaining wall between. A gate
    changes the walk between two homes only to the least of the old one and the two through the gate. Each is measured
    given those before it, over the pairs of homes at least `pair_least_m` apart of the compound and its neighbours
    (all of them among each other), weighted by the product of households. Where there was no walk, one of
    `circle_15_min_m` more than the straight line stands in its place.

    Parameters
    ----------
    district
        Metric.
    count
        How many at most; fewer where no further one saves anything.
    numbers
        Thresholds.
    progress
        Told the share done and what is being done.

    Returns
    -------
    Points in the district's system, one row a gate: `rank` from 1, `compound_code`, `joins` (the name of the way or
    of the compound on the other side, what it is where it has none), `households` that gain a metre or more on the
    mean of their walks to neighbours, `saved_mean_m` and `saved_p90_m` (metres, over those households), `share_50m`
    (0 to 1, the share of the compound's own households that gain at least `gate_gain_m`), `saved_total` (metres times
    the product of households).
    """
    tell = progress or (lambda _share, _words: None)
    district = with_outlines(district)
    compounds = district["compounds"]
    known = surveyed(district, numbers=numbers)
    walled = (known & compounds["enclosure"].isin(["enclosed", "partly"])).to_numpy(dtype=bool)
    if count < 1 or not walled.any():
        return _table([], compounds.crs)
    tell(0.0, "walk graph")
    graph = walk_graph(district, numbers=numbers)
    openings = possible_openings(graph, district, walled, numbers=numbers)
    tell(0.1, "walks between neighbours")
    search = _Search(graph, district, openings, numbers)
    for share in search.measure():
        tell(0.2 + 0.6 * share, "possible gates")
    chosen = []
    for opening, gain in search.best(count):
        chosen.append((opening, gain))
        tell(0.8 + 0.2 * len(chosen) / count, "choosing gates")
    names, codes = _joined(district, openings), compounds["code"].to_numpy()
    rows = [
        {
            "rank": rank,
            "compound_code": codes[openings.compound[opening]],
            "joins": names[opening],
            "households": round(gain.households),
            "saved_mean_m": round(gain.mean_m, 1),
            "saved_p90_m": round(gain.p90_m, 1),
            "share_50m": round(gain.share_50m, 3),
            "saved_total": gain.total,
            "geometry": shapely.Point(openings.xy[opening]),
        }
        for rank, (opening, gain) in enumerate(chosen, 1)
    ]
    return _table(rows, compounds.crs)


class _Search:
    """The greedy choice. Each opening's gain is measured anew when one near it is chosen, since two gates of a compound
    can be worth more together, and else only when it comes out on top."""

    def __init__(self, graph: WalkGraph, district: District, openings: Openings, numbers: Numbers) -> None:
        self.graph, self.openings, self.numbers = graph, openings, numbers
        self.homes: Homes = homes(district)
        self.legs: Legs = graph.legs(self.homes.xy)
        self.neighbours = neighbours(district["compounds"], numbers)
        self.pairs: Pairs = pairs_of(self.homes, self.neighbours, numbers)
        walk = walk_pairs(graph, self.legs, self.homes, self.pairs)
        self.walk = np.minimum(walk, self.pairs.straight + numbers.circle_15_min_m)
        self.near = {int(compound): self._near(int(compound)) for compound in np.unique(openings.compound)}
        self.walks: dict[int, Floats] = {}
        self.gain = np.zeros(len(openings.xy))
        self.measured = np.zeros(len(openings.xy), np.int64)
        # walks from each chosen gate to all homes and to all openings
        self.chosen: list[Floats] = []

    def measure(self) -> Iterator[float]:
        """Measure every opening on its own; yields the share done."""
        order = np.argsort(self.openings.compound, kind="stable")
        for low in range(0, len(order), BATCH):
            rows = order[low : low + BATCH]
            nears = [self.near[int(compound)] for compound in self.openings.compound[rows]]
            wanted = [near.homes for near in nears]
            # a longer walk than any between two homes saves nothing
            limit = np.array([self.walk[near.pair].max(initial=0.0) for near in nears])
            size = [len(homes) for homes in wanted]
            source, target = np.repeat(np.arange(len(rows)), size), np.concatenate(wanted)
            walk = self._walks(rows, self.legs, source, target, limit)
            for row, part in zip(rows, np.split(walk, np.cumsum(size)[:-1]), strict=True):
                self.walks[int(row)] = part
                self.gain[row] = self._saved(int(row)).sum()
            yield (low + len(rows)) / len(order)

    def best(self, count: int) -> Iterator[tuple[int, Gain]]:
        """The best openings in turn with what each saves given those before."""
        while len(self.chosen) < count and len(self.gain):
            row = int(np.argmax(self.gain))
            if self.gain[row] <= 0:
                return
            if self.measured[row] < len(self.chosen):
                self._refresh(row)
                continue
            gain = self._gain(row)
            if round(gain.households) == 0:
                # centimetres for many help nobody
                self.gain[row] = 0.0
                continue
            self._choose(row)
            group = self.near[int(self.openings.compound[row])].compounds
            for other in np.flatnonzero(np.isin(self.openings.compound, group)):
                self._refresh(int(other))
            yield row, gain

    def _walks(self, rows: Ints, end: Legs, source: Ints, target: Ints, limit: Floats | float) -> Floats:
        """Walks from these openings, on whichever side is nearer."""
        inner, outer = self.openings.inner.take(rows), self.openings.outer.take(rows)
        return self.graph.pair_walks(inner, end, source, target, other_side=outer, limit=limit)

    def _near(self, compound: int) -> Near:
        group = np.unique(self.neighbours[(self.neighbours == compound).any(axis=1)])
        group = np.union1d(group, [compound])
        inside = np.flatnonzero(np.isin(self.neighbours, group).all(axis=1))
        low = np.searchsorted(self.pairs.pair, inside)
        high = np.searchsorted(self.pairs.pair, inside, side="right")
        ranges = [np.arange(a, b) for a, b in zip(low, high, strict=True)]
        pair = np.concatenate([*ranges, np.empty(0, np.int64)]).astype(np.int64)
        found, place = np.unique(np.concatenate([self.pairs.a[pair], self.pairs.b[pair]]), return_inverse=True)
        a, b = place.reshape(2, -1)
        return Near(group, found, pair, a, b)

    def _refresh(self, row: int) -> None:
        self.gain[row] = self._saved(row).sum()
        self.measured[row] = len(self.chosen)

    def _saved(self, row: int) -> Floats:
        """Metres times weight that each pair near the opening saves, given the gates chosen so far."""
        near = self.near[int(self.openings.compound[row])]
        walk = self.walks[row]
        for through in self.chosen:
            walk = np.minimum(walk, through[len(self.homes.xy) + row] + through[near.homes])
        saved = np.maximum(self.walk[near.pair] - walk[near.a] - walk[near.b], 0.0)
        return np.asarray(saved * self.pairs.weight[near.pair])

    def _gain(self, row: int) -> Gain:
        """The gain by household: each home's mean over its pairs near the opening."""
        near, saved = self.near[int(self.openings.compound[row])], self._saved(row)
        size = len(near.homes)
        weight = self.pairs.weight[near.pair]
        own = self.homes.weight[near.homes]
        total = np.bincount(near.a, saved, minlength=size) + np.bincount(near.b, saved, minlength=size)
        pairs = np.bincount(near.a, weight, minlength=size) + np.bincount(near.b, weight, minlength=size)
        mean = total / np.maximum(pairs, 1e-9)
        gains = mean >= 1.0
        mine = self.homes.compound[near.homes] == self.openings.compound[row]
        noticed = mine & (mean >= self.numbers.gate_gain_m)
        return Gain(
            float(saved.sum()),
            float(own[gains].sum()),
            float(np.average(mean[gains], weights=own[gains])) if gains.any() else 0.0,
            _quantile(mean[gains], own[gains], 0.9),
            float(own[noticed].sum() / own[mine].sum()) if mine.any() else 0.0,
        )

    def _choose(self, row: int) -> None:
        """Open the gate: shorten the walks of all pairs, and those from the gates chosen before."""
        limit = float(self.walk.max(initial=0.0))
        ends = (self.legs, self.openings.inner, self.openings.outer)
        to_homes, to_inner, to_outer = (
            self._walks(np.array([row]), end, np.zeros(len(end.xy), np.int64), np.arange(len(end.xy)), limit)
            for end in ends
        )
        to_outer = np.minimum(to_outer, facing(self.graph, self.openings, row))
        walk = np.concatenate([to_homes, np.minimum(to_inner, to_outer)])
        place = len(self.homes.xy) + row
        for through in self.chosen:
            walk = np.minimum(walk, through[place] + through)
        self.chosen = [np.minimum(through, through[place] + walk) for through in self.chosen] + [walk]
        self.walk = np.minimum(self.walk, walk[self.pairs.a] + walk[self.pairs.b])


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    if len(values) == 0:
        return 0.0
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) >= share * weights.sum()
    return float(values[order][np.argmax(reached)])


def _joined(district: District, openings: Openings) -> NDArray[np.object_]:
    """What each opening leads to: the name of the neighbour or of the way; what it is where it has none."""
    compounds, ways = district["compounds"], placed(district["ways"])
    foot = np.asarray(shapely.points(openings.outer.foot), dtype=object)
    kinds = ways["kind"].map({term.code: term.zh for term in WAY_KINDS.values()})
    names = ways["name"].fillna(kinds).to_numpy(dtype=object)
    lines = shapely.STRtree(ways.geometry.to_numpy())
    onto = np.full(len(foot), None, dtype=object)
    if len(ways):
        onto[:] = names[np.asarray(lines.nearest(foot), dtype=np.int64)]
    beside = openings.other >= 0
    onto[beside] = compounds["name"].fillna(NEIGHBOUR).to_numpy(dtype=object)[openings.other[beside]]
    return onto


def _table(rows: list[dict[str, object]], crs: object) -> gpd.GeoDataFrame:
    names = [*RESULT_LAYERS["gate_proposals"].names, "saved_total"]
    if not rows:
        columns = {name: pd.Series([], dtype="object") for name in names}
        return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=crs), crs=crs)
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=crs)[[*names, "geometry"]]
