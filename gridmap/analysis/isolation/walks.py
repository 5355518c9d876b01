"""Walks between the buildings of neighbouring compounds: directness, detour, and who can't be reached."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers
from gridmap.network import Legs, WalkGraph, placed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_BUILDINGS = 60
"""Of a larger compound, so many buildings spread evenly over its list stand for all of them."""


class Homes(NamedTuple):
    """Buildings that stand for compounds' people, by compound: places, the compound's row, weight, households."""

    xy: Floats
    compound: Ints
    weight: Floats
    households: Floats

    def take(self, rows: Ints) -> Homes:
        """These homes only."""
        return Homes(self.xy[rows], self.compound[rows], self.weight[rows], self.households[rows])

    def of(self, compound: Ints) -> tuple[Ints, Ints]:
        """First and last + 1 row of each compound."""
        return np.searchsorted(self.compound, compound), np.searchsorted(self.compound, compound, side="right")


class Pairs(NamedTuple):
    """Pairs of buildings of two neighbours (`pair`: which neighbours), the straight line and the weight of each."""

    pair: Ints
    a: Ints
    b: Ints
    straight: Floats
    weight: Floats

    def take(self, rows: NDArray[Any]) -> Pairs:
        """These pairs only."""
        return Pairs(self.pair[rows], self.a[rows], self.b[rows], self.straight[rows], self.weight[rows])


def homes(district: District) -> Homes:
    """The buildings of each compound: by its code, else by where they stand; its middle where it has none.

    Weights are households; in a compound whose buildings carry none, 1 each.
    """
    compounds, buildings = district["compounds"], placed(district["buildings"])
    points = np.asarray(shapely.point_on_surface(buildings.geometry.to_numpy()), dtype=object)
    of = compounds_of(buildings, points, compounds)
    known = np.flatnonzero(of >= 0)
    table = pd.DataFrame(
        {
            "compound": of[known],
            "x": shapely.get_x(points[known]),
            "y": shapely.get_y(points[known]),
            "households": buildings["households"].to_numpy(dtype=float, na_value=0.0)[known],
        }
    )
    empty = np.setdiff1d(np.arange(len(compounds)), table["compound"])
    middle = shapely.point_on_surface(compounds.geometry.to_numpy()[empty])
    households = compounds["households"].to_numpy(dtype=float, na_value=0.0)[empty]
    bare = {"compound": empty, "x": shapely.get_x(middle), "y": shapely.get_y(middle), "households": households}
    table = pd.concat([table, pd.DataFrame(bare)]).sort_values("compound", kind="stable", ignore_index=True)
    return _thinned(table)


def compounds_of(buildings: gpd.GeoDataFrame, points: NDArray[Any], compounds: gpd.GeoDataFrame) -> Ints:
    """The row of each building's compound, by its code, else by where its point lies; -1 where it is in none."""
    by_code = pd.Series(np.arange(len(compounds)), index=compounds["code"]).groupby(level=0).first()
    of = buildings["compound_code"].map(by_code).fillna(-1).to_numpy(np.int64, copy=True)
    lost = np.flatnonzero(of < 0)
    place, inside = shapely.STRtree(compounds.geometry.to_numpy()).query(points[lost], "within")
    of[lost[place]] = inside
    return of


def _thinned(table: pd.DataFrame) -> Homes:
    groups = table.groupby("compound")
    total = groups["households"].transform("sum").to_numpy()
    table["weight"] = np.where(total > 0, table["households"], 1.0)
    table = table[table["weight"] > 0]
    groups = table.groupby("compound")
    size, rank = groups["weight"].transform("size").to_numpy(), groups.cumcount().to_numpy()
    keep = (rank * MOST_BUILDINGS) // size != ((rank - 1) * MOST_BUILDINGS) // size
    keep |= size <= MOST_BUILDINGS
    share = groups["weight"].transform("sum").to_numpy()
    table = table.assign(whole=share)[keep]
    scale = table["whole"].to_numpy() / table.groupby("compound")["weight"].transform("sum").to_numpy()
    return Homes(
        table[["x", "y"]].to_numpy(),
        table["compound"].to_numpy(),
        table["weight"].to_numpy() * scale,
        table["households"].to_numpy() * scale,
    )


def neighbours(compounds: gpd.GeoDataFrame, numbers: Numbers) -> Ints:
    """Pairs of compounds within `neighbour_distance_m` of each other, boundary to boundary, (k, 2), each once."""
    shapes = compounds.geometry.to_numpy()
    a, b = shapely.STRtree(shapes).query(shapes, "dwithin", numbers.neighbour_distance_m)
    pairs = np.stack([a[a < b], b[a < b]], axis=1).astype(np.int64)
    # the order in which a tree answers changes with every edit, and with it the last digit of sums
    return pairs[np.lexsort(pairs.T[::-1])]


def pairs_of(where: Homes, pairs: Ints, numbers: Numbers) -> Pairs:
    """All pairs of buildings of these neighbours that are at least `pair_least_m` apart."""
    a_low, a_high = where.of(pairs[:, 0])
    b_low, b_high = where.of(pairs[:, 1])
    size = (a_high - a_low) * (b_high - b_low)
    pair = np.repeat(np.arange(len(pairs)), size)
    step = np.arange(len(pair)) - np.repeat(np.cumsum(size) - size, size)
    width = (b_high - b_low)[pair]
    a, b = a_low[pair] + step // np.maximum(width, 1), b_low[pair] + step % np.maximum(width, 1)
    straight = np.hypot(*(where.xy[a] - where.xy[b]).T)
    far = straight >= numbers.pair_least_m
    pair, a, b, straight = pair[far], a[far], b[far], straight[far]
    return Pairs(pair, a, b, straight, where.weight[a] * where.weight[b])


def walk_pairs(
    graph: WalkGraph, legs: Legs, where: Homes, pairs: Pairs, *, keys: Ints | None = None, everybody: bool = False
) -> Floats:
    """Metres on foot of each pair.

    A walk is the same there and back, so of two neighbours the one that takes part in more pairs a building is where
    the search starts; with `keys`, one for each home (see `WalkGraph.pair_walks`), it starts at `a`.
    """
    if len(pairs.a) == 0:
        return np.empty(0)
    if keys is not None:
        return graph.pair_walks(legs, legs, pairs.a, pairs.b, keys=keys)
    size = np.bincount(where.compound)
    both = np.concatenate([where.compound[pairs.a], where.compound[pairs.b]])
    worth = np.bincount(both, minlength=len(size)) / np.maximum(size, 1)
    turn = worth[where.compound[pairs.b]] > worth[where.compound[pairs.a]]
    source, target = np.where(turn, pairs.b, pairs.a), np.where(turn, pairs.a, pairs.b)
    return graph.pair_walks(legs, legs, source, target, everybody=everybody, together=pairs.pair)


def between_neighbours(neighbour: Ints, pairs: Pairs, walk: Floats) -> pd.DataFrame:
    """The figures of each pair of neighbours, weighted by the product of households.

    Returns
    -------
    One row a pair: `a`, `b` (rows of compounds), `reached` (whether anybody gets through), `weight` of the reachable
    pairs of buildings, and the weighted sums `ratio_sum`, `detour_sum` and `straight_sum` (metres) over them.
    """
    reached = np.isfinite(walk)
    count = len(neighbour)
    weight = np.where(reached, pairs.weight, 0.0)
    finite = np.where(reached, walk, pairs.straight)
    return pd.DataFrame(
        {
            "a": neighbour[:, 0],
            "b": neighbour[:, 1],
            "measured": np.bincount(pairs.pair, minlength=count) > 0,
            "reached": np.bincount(pairs.pair[reached], minlength=count) > 0,
            "weight": np.bincount(pairs.pair, weight, minlength=count),
            "ratio_sum": np.bincount(pairs.pair, weight * finite / pairs.straight, minlength=count),
            "detour_sum": np.bincount(pairs.pair, weight * (finite - pairs.straight), minlength=count),
            "straight_sum": np.bincount(pairs.pair, weight * pairs.straight, minlength=count),
        }
    )


def both_ways(between: pd.DataFrame) -> pd.DataFrame:
    """Each pair twice, from `a` to `b` and back."""
    return pd.concat([between, between.rename(columns={"a": "b", "b": "a"})], ignore_index=True)


def by_compound(directed: pd.DataFrame, count: int) -> pd.DataFrame:
    """Of each compound `neighbours`, `unreached`, `directness`, `detour_m`, the last two empty if none is reached.

    `directed` has a row for each compound (`a`) and neighbour of it, see `both_ways`.
    """
    of = directed["a"].to_numpy(dtype=np.int64)

    def total(name: str) -> Floats:
        return np.asarray(np.bincount(of, directed[name].to_numpy(dtype=float), minlength=count), dtype=np.float64)

    weight = total("weight")
    with np.errstate(divide="ignore", invalid="ignore"):
        return pd.DataFrame(
            {
                "neighbours": total("measured").astype(int),
                "unreached": (total("measured") - total("reached")).astype(int),
                "directness": total("ratio_sum") / weight,
                "detour_m": total("detour_sum") / weight,
            }
        )


def told(directed: pd.DataFrame, codes: NDArray[Any]) -> pd.Series:
    """The walks of each compound to each of its neighbours as a JSON list, the worst first.

    One object a neighbour that has homes at least `pair_least_m` away: `code`, `straight_m`, `walk_m`, `directness`,
    `detour_m`; no more than the code where it can't be reached, and these stand first, then the longest detours.
    """
    met = directed[directed["measured"].astype(bool)]
    weight = met["weight"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio, detour, straight = (
            (met[name] / weight).to_numpy() for name in ("ratio_sum", "detour_sum", "straight_sum")
        )
    table = pd.DataFrame(
        {
            "a": met["a"].to_numpy(),
            "code": codes[met["b"].to_numpy(dtype=np.int64)],
            "straight_m": np.round(straight, 1),
            "walk_m": np.round(straight + detour, 1),
            "directness": np.round(ratio, 3),
            "detour_m": np.round(detour, 1),
            "worst": np.where(np.isnan(detour), -np.inf, -detour),
        }
    ).sort_values(["a", "worst", "code"], kind="stable")
    names = ["code", "straight_m", "walk_m", "directness", "detour_m"]
    rows = [
        {name: value for name, value in zip(names, row, strict=True) if value == value}  # noqa: PLR0124  # not NaN
        for row in zip(*(table[name].tolist() for name in names), strict=True)
    ]
    lists: dict[int, list[dict[str, object]]] = {}
    for compound, row in zip(table["a"].tolist(), rows, strict=True):
        lists.setdefault(compound, []).append(row)
    return pd.Series([json.dumps(lists.get(k, []), ensure_ascii=False) for k in range(len(codes))])
