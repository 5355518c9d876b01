"""Where one more gate would help most: possible openings, the metres that each saves, and the best of them in turn."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gridmap.analysis.isolation import agreement
from gridmap.analysis.isolation.boundary import FACING_M, with_outlines
from gridmap.analysis.isolation.standing import Opened, Standing, standing
from gridmap.analysis.isolation.walked import Walked
from gridmap.analysis.isolation.walks import Homes
from gridmap.domain.district import District
from gridmap.domain.layers import RESULT_LAYERS
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.domain.words import WAY_KINDS
from gridmap.network import Legs, Openings, WalkGraph, placed, possible_openings, surveyed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Per = Literal["district", "street", "compound"]

NEIGHBOUR = "相邻小区"
"""What a gate leads to where that compound has no name."""

BATCH = 400
"""So many openings are measured at once."""

MOST_ROUNDS = 3
"""So often each chosen gate is moved along its wall."""

FURTHER = ("other_code", "class_before", "class_after", "classes_changed", "agree_zh", "agree_en", "within",
           "rank_within", "saved_total")  # fmt: skip
"""Columns beside those of the layer."""


class Near(NamedTuple):
    """What a gate of one compound bears on: the homes of it and its neighbours, and the pairs among them.

    `a` and `b` are positions in `homes`, `pair` rows of the search's pairs.
    """

    compounds: Ints
    homes: Ints
    pair: Ints
    a: Ints
    b: Ints


class Gain(NamedTuple):
    """What is saved: metres times the product of households in all, and of the households that gain a metre
    or more how many, their mean and 90th percentile; and the share of its compound's that gain `gate_gain_m`."""

    total: float
    households: float
    mean_m: float
    p90_m: float
    share_50m: float


class Proposal(NamedTuple):
    """A chosen opening (row number), what it saves, the classes of all compounds before it and after it, and its place
    among those of its group."""

    opening: int
    gain: Gain
    before: NDArray[np.object_]
    after: NDArray[np.object_]
    group: str | None
    place: int


def gate_proposals(
    district: District,
    *,
    count: int = 20,
    per: Per = "district",
    numbers: Numbers = DEFAULT_NUMBERS,
    found: Walked | None = None,
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
    per
        Whether so many are chosen for the whole district, or for each street or each compound on its own, where each
        is measured given those before it in the same street or compound.
    numbers
        Thresholds.
    found
        The walks between neighbours, where they are known already.
    progress
        Told the share done and what is being done.

    Returns
    -------
    Points in the district's system, one row a gate: `rank` from 1, `compound_code`, `joins` (the name of the way or
    of the compound on the other side, what it is where it has none), `households` that gain a metre or more on the
    mean of their walks to neighbours, `saved_mean_m` and `saved_p90_m` (metres, over those households), `share_50m`
    (0 to 1, the share of the compound's own households that gain at least `gate_gain_m`); and besides
    `other_code` (the compound on the other side, empty for a way), `class_before` and `class_after` (of its own
    compound), `classes_changed` (JSON: of every compound whose class it changes `code`, `before`, `after`), `agree_zh`
    and `agree_en` (who would have to agree), `within` (the street's or compound's code by which it was chosen) and
    `rank_within`, `saved_total` (metres times the product of households). Ranks go by `rank_within`, then by what is
    saved.
    """
    tell = progress or (lambda _share, _words: None)
    outlined = with_outlines(district)
    if count < 1 or not _walled(outlined, numbers).any():
        return _table([], outlined["compounds"].crs)
    base = standing(district, numbers=numbers, found=found, progress=lambda share, words: tell(share * 0.3, words))
    return proposals(base, count=count, per=per, progress=lambda share, words: tell(0.3 + share * 0.7, words))


def proposals(
    base: Standing,
    *,
    count: int,
    per: Per = "district",
    only: NDArray[np.bool_] | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> gpd.GeoDataFrame:
    """As `gate_proposals`, where it is known how the compounds stand, and for the compounds of `only` alone."""
    tell = progress or (lambda _share, _words: None)
    compounds = base.district["compounds"]
    walled = _walled(base.district, base.numbers)
    if only is not None:
        walled = walled & only
    openings = possible_openings(base.graph, base.district, walled, numbers=base.numbers)
    chosen: list[Proposal] = []
    groups = _groups(base.district, openings, per)
    for n, (group, rows) in enumerate(groups):
        search = _Search(base, openings, rows, whole=per == "district" and only is None)
        for share in search.measure():
            tell((n + 0.8 * share) / len(groups), "possible gates")
        for found in search.best(count):
            chosen.append(Proposal(*found, group, len(search.chosen)))
            tell((n + 0.8 + 0.2 * len(search.chosen) / count) / len(groups), "choosing gates")
    chosen.sort(key=lambda one: (one.place, -one.gain.total))
    return _table(_rows(base, openings, chosen), compounds.crs)


def _walled(district: District, numbers: Numbers) -> NDArray[np.bool_]:
    known = surveyed(district, numbers=numbers)
    return np.asarray(known & district["compounds"]["enclosure"].isin(["enclosed", "partly"]), dtype=bool)


def _groups(district: District, openings: Openings, per: Per) -> list[tuple[str | None, Ints]]:
    """The openings (row numbers) among which is chosen, each with what they are of."""
    every = np.arange(len(openings.xy))
    if per == "district":
        return [(None, every)]
    compounds = district["compounds"]
    names = compounds["code"].to_numpy() if per == "compound" else _streets(district)
    of = names[openings.compound]
    return [(name or None, every[of == name]) for name in dict.fromkeys(of[np.argsort(of, kind="stable")])]


def _streets(district: District) -> NDArray[np.object_]:
    """The street of each compound: its community's, else the one that it lies in; empty for none."""
    compounds, streets = district["compounds"], placed(district["streets"])
    of = district["communities"].drop_duplicates("code").set_index("code")["street_code"]
    found = compounds["community_code"].map(of).to_numpy(dtype=object, copy=True)
    middle = np.asarray(shapely.point_on_surface(compounds.geometry.to_numpy()), dtype=object)
    place, street = shapely.STRtree(streets.geometry.to_numpy()).query(middle, "within")
    lost = pd.isna(found[place])
    found[place[lost]] = streets["code"].to_numpy()[street[lost]]
    found[pd.isna(found)] = ""
    return found


class _Search:
    """The greedy choice among some openings. Each one's gain is measured anew when one near it is chosen, since two
    gates of a compound can be worth more together, and else only when it comes out on top."""

    def __init__(self, base: Standing, openings: Openings, rows: Ints, *, whole: bool) -> None:
        self.base, self.openings, self.rows = base, _taken(openings, rows), rows
        self.pair = np.arange(len(base.pairs.a)) if whole else self._around()
        pairs = base.pairs.take(self.pair)
        places, of = np.unique(np.concatenate([pairs.a, pairs.b]), return_inverse=True)
        a, b = of.reshape(2, -1)
        self.homes: Homes = base.homes.take(places)
        self.legs: Legs = base.legs.take(places)
        self.pairs = pairs._replace(a=a, b=b)
        self.start = np.minimum(base.walk[self.pair], pairs.straight + base.numbers.circle_15_min_m)
        self.walk = self.start
        self._of = rows_by(base.neighbours, len(base.known))
        self.near = {int(compound): self._near(int(compound)) for compound in np.unique(self.openings.compound)}
        self.walks: dict[int, Floats] = {}
        self.gain = np.zeros(len(rows))
        self.measured = np.zeros(len(rows), np.int64)
        self.facing, self.apart = facing_pairs(base.graph, self.openings)
        self.joint = np.zeros(len(self.facing))
        self.joint_measured = np.full(len(self.facing), -1)
        self.chosen = Opened(base.graph, self.legs, self.openings)

    def _around(self) -> Ints:
        """The pairs of homes of which one is in a compound of the openings or beside it."""
        neighbours = self.base.neighbours
        mine: NDArray[np.bool_] = np.isin(neighbours, np.unique(self.openings.compound))
        ring = np.union1d(np.unique(self.openings.compound), neighbours[mine[:, 0] | mine[:, 1]])
        beside: NDArray[np.bool_] = np.isin(neighbours, ring)
        return np.flatnonzero((beside[:, 0] | beside[:, 1])[self.base.pairs.pair])

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
            inner, outer = self.openings.inner.take(rows), self.openings.outer.take(rows)
            walk = self.base.graph.pair_walks(inner, self.legs, source, target, other_side=outer, limit=limit)
            for row, part in zip(rows, np.split(walk, np.cumsum(size)[:-1]), strict=True):
                self.walks[int(row)] = part
                self.gain[row] = self._saved(int(row)).sum()
            yield (low + len(rows)) / len(order)
        for n in range(len(self.facing)):
            self._refresh_pair(n)

    def best(self, count: int) -> Iterator[tuple[int, Gain, NDArray[np.object_], NDArray[np.object_]]]:
        """The best openings in turn with what each saves given those before, and all classes before and after it.

        What was chosen first is looked at again when all are: it may stand better a little farther along its wall.
        """
        for _row, _gain in self._in_turn(count, np.arange(len(self.rows))):
            pass
        kept = self._moved(list(self.chosen.rows))
        self.chosen, self.walk = self.chosen.only([]), self.start
        before = self.base.measures["class"].to_numpy(dtype=object)
        self.joint[~np.isin(self.facing, kept).all(axis=1)] = 0.0
        self.joint_measured[:] = np.where(self.joint > 0, -1, 0)
        self.gain[:] = 0.0
        for row in kept:
            self._refresh(row)
        gates, boundary = self.base.district, self.base.boundary
        codes = gates["compounds"]["code"].to_numpy()
        for row, gain in self._in_turn(len(kept), np.array(kept, np.int64)):
            gates = with_gate(gates, self.openings.xy[row], codes[self.openings.compound[row]])
            beside = self.base.beside(self.openings.xy[[row]])
            boundary = self.base.boundary_with(gates, beside, before=boundary)
            after = self._classes(boundary)
            yield int(self.rows[row]), gain, before, after
            before = after

    def _in_turn(self, count: int, among: Ints) -> Iterator[tuple[int, Gain]]:
        """Open the best of these openings one after another; yields each with what it saves given those before.

        Two that face each other count as much as half of what both save: one is often of no use alone. Those that are
        not among these have no gain.
        """
        then: int | None = None
        while len(self.chosen) < count and len(self.gain):
            row, paired = (int(np.argmax(self.gain)), False) if then is None else (then, True)
            if self.gain[row] > 0 and self.measured[row] < len(self.chosen):
                self._refresh(row)
                continue
            pair = self._better_pair(row) if not paired and len(self.chosen) + 1 < count else None
            if not (paired or pair) and self.gain[row] <= 0:
                return
            row, then = pair or (row, None)
            gain = self._gain(row)
            if not (paired or pair) and round(gain.households) == 0:
                # centimetres for many help nobody
                self.gain[row] = 0.0
                continue
            walk = self.chosen.open(row)
            self.walk = np.minimum(self.walk, walk[self.pairs.a] + walk[self.pairs.b])
            self.gain[row] = 0.0
            group = self.near[int(self.openings.compound[row])].compounds
            for other in among[np.isin(self.openings.compound[among], group)]:
                self._refresh(int(other))
            yield row, gain

    def _better_pair(self, row: int) -> tuple[int, int] | None:
        """The best facing pair, where both opened save more than twice what `row` does; the better one first."""
        while len(self.joint):
            best = int(np.argmax(self.joint))
            if self.joint[best] <= 2 * self.gain[row]:
                return None
            if np.isin(self.facing[best], self.chosen.rows).any():
                self.joint[best] = 0.0
            elif self.joint_measured[best] == len(self.chosen):
                x, y = (int(one) for one in self.facing[best])
                return (x, y) if self.gain[x] >= self.gain[y] else (y, x)
            else:
                self._refresh_pair(best)
        return None

    def _refresh_pair(self, n: int) -> None:
        """Measure anew what both openings of a facing pair save, given the gates chosen so far."""
        x, y = (int(row) for row in self.facing[n])
        near, other = self.near[int(self.openings.compound[x])], self.near[int(self.openings.compound[y])]
        to_x = self.chosen.nearer(x, self.walks[x], near.homes)
        place = np.minimum(np.searchsorted(other.homes, near.homes), len(other.homes) - 1)
        there = self.chosen.nearer(y, self.walks[y], other.homes)
        to_y = np.where(other.homes[place] == near.homes, there[place], np.inf)
        to_x, to_y = np.minimum(to_x, to_y + self.apart[n]), np.minimum(to_y, to_x + self.apart[n])
        a, b = near.a, near.b
        walk = np.minimum(to_x[a] + to_x[b], to_y[a] + to_y[b])
        saved = np.maximum(self.walk[near.pair] - walk, 0.0)
        self.joint[n] = float((saved * self.pairs.weight[near.pair]).sum())
        self.joint_measured[n] = len(self.chosen)

    def _moved(self, rows: list[int]) -> list[int]:
        """The chosen openings, each moved along its compound's wall to where it saves most beside the others."""
        for _round in range(MOST_ROUNDS):
            before = list(rows)
            for n, row in enumerate(rows):
                compound = int(self.openings.compound[row])
                near = self.near[compound]
                beside = [other for other in rows if other != row]
                if not np.isin(self.openings.compound[beside], near.compounds).any():
                    continue
                others = self.chosen.only(beside)
                homes = near.homes
                walk = others.between(homes[near.a], homes[near.b], self.start[near.pair])
                wall = [int(k) for k in np.flatnonzero(self.openings.compound == compound) if k not in beside]
                saved = [self._saving(k, near, walk, others).sum() for k in wall]
                best = int(np.argmax(saved))
                if saved[best] > 1.0001 * saved[wall.index(row)]:
                    rows[n] = wall[best]
            if rows == before:
                break
        return rows

    def _near(self, compound: int) -> Near:
        neighbours = self.base.neighbours
        group = np.union1d(neighbours[self._of[compound]], [compound])
        beside = np.unique(np.concatenate([self._of[one] for one in group.tolist()]))
        inside = beside[np.isin(neighbours[beside], group).all(axis=1)]
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
        return self._saving(row, near, self.walk[near.pair], self.chosen)

    def _saving(self, row: int, near: Near, walk: Floats, opened: Opened) -> Floats:
        """The same where other gates are open, with which the pairs' walks are `walk`."""
        to = opened.nearer(row, self.walks[row], near.homes)
        return np.asarray(np.maximum(walk - to[near.a] - to[near.b], 0.0) * self.pairs.weight[near.pair])

    def _gain(self, row: int) -> Gain:
        """The gain by household: each home's mean over its pairs near the opening."""
        near = self.near[int(self.openings.compound[row])]
        where = self.homes.take(near.homes)
        mean = mean_by_home(near.a, near.b, self._saved(row), self.pairs.weight[near.pair], len(near.homes))
        mine = where.compound == self.openings.compound[row]
        return gain_of(mean, where.weight, mine, float(self._saved(row).sum()), self.base.numbers)

    def _classes(self, boundary: pd.DataFrame) -> NDArray[np.object_]:
        """The classes of all compounds with the gates chosen so far, which give these measures of boundaries."""
        base = self.base
        walk = base.walk.copy()
        walk[self.pair] = self.chosen.between(self.pairs.a, self.pairs.b, base.walk[self.pair])
        changed = np.zeros(len(base.neighbours), bool)
        changed[base.pairs.pair[walk < base.walk]] = True
        return base.judged(walk[changed[base.pairs.pair]], boundary, rows=changed)["class"].to_numpy(dtype=object)


def rows_by(neighbours: Ints, count: int) -> list[Ints]:
    """Of each of `count` compounds the rows of the pairs (k, 2) that it is in."""
    order = np.argsort(neighbours.T.reshape(-1), kind="stable")
    ends = np.cumsum(np.bincount(neighbours.reshape(-1), minlength=count))[:-1]
    return np.split(order % max(len(neighbours), 1), ends)


def mean_by_home(a: Ints, b: Ints, saved: Floats, weight: Floats, count: int) -> Floats:
    """Of each home the metres that it saves on the mean of its pairs; `saved` is metres times the pair's weight."""
    total = np.bincount(a, saved, minlength=count) + np.bincount(b, saved, minlength=count)
    pairs = np.bincount(a, weight, minlength=count) + np.bincount(b, weight, minlength=count)
    return np.asarray(total / np.maximum(pairs, 1e-9))


def gain_of(mean: Floats, weight: Floats, mine: NDArray[np.bool_], total: float, numbers: Numbers) -> Gain:
    """The gain of homes of these weights that save `mean` metres; `mine` are those whose share is asked for."""
    gains = mean >= 1.0
    noticed = mine & (mean >= numbers.gate_gain_m)
    return Gain(
        total,
        float(weight[gains].sum()),
        float(np.average(mean[gains], weights=weight[gains])) if gains.any() else 0.0,
        _quantile(mean[gains], weight[gains], 0.9),
        float(weight[noticed].sum() / weight[mine].sum()) if mine.any() else 0.0,
    )


def with_gate(district: District, xy: Floats, compound: str) -> District:
    """The district with one more public gate there."""
    gates = district["gates"]
    name = gates.geometry.name
    row = {"code": [f"new-{len(gates)}"], "compound_code": [compound], "access": ["public"], name: [shapely.Point(xy)]}
    new = gpd.GeoDataFrame(row, geometry=name, crs=district.crs)
    return district.with_tables(gates=pd.concat([gates, new], ignore_index=True) if len(gates) else new)


def facing_pairs(graph: WalkGraph, openings: Openings) -> tuple[Ints, Floats]:
    """Openings of different compounds that face each other over open land, (k, 2), each with the nearest such one of
    each other compound; and the metres between."""
    seen, out = openings.outer.seen, np.flatnonzero(openings.outer.yard < 0)
    pair = out[cKDTree(seen[out]).query_pairs(FACING_M, output_type="ndarray")] if len(out) else np.empty((0, 2), int)
    pair = pair[openings.compound[pair[:, 0]] != openings.compound[pair[:, 1]]]
    metres = np.hypot(*(openings.xy[pair[:, 0]] - openings.xy[pair[:, 1]]).T)
    order = np.argsort(metres, kind="stable")
    pair, metres = pair[order], metres[order]
    _, first = np.unique(np.column_stack([pair[:, 0], openings.compound[pair[:, 1]]]), axis=0, return_index=True)
    pair, metres = pair[first], metres[first]
    clear = graph.clear(seen[pair[:, 0]], seen[pair[:, 1]])
    return pair[clear].astype(np.int64), metres[clear]


def _taken(openings: Openings, rows: Ints) -> Openings:
    return Openings(
        openings.xy[rows],
        openings.compound[rows],
        openings.other[rows],
        openings.edge[rows],
        openings.inner.take(rows),
        openings.outer.take(rows),
    )


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    if len(values) == 0:
        return 0.0
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) >= share * weights.sum()
    return float(values[order][np.argmax(reached)])


def _rows(base: Standing, openings: Openings, chosen: list[Proposal]) -> list[dict[str, object]]:
    compounds = base.district["compounds"]
    names, codes = joined(base.district, openings), compounds["code"].to_numpy()
    rows = []
    for rank, one in enumerate(chosen, 1):
        own, other = int(openings.compound[one.opening]), int(openings.other[one.opening])
        asked = [compounds.iloc[row] for row in (own, other) if row >= 0]
        changed = np.flatnonzero(one.before != one.after)
        rows.append(
            {
                "rank": rank,
                "compound_code": codes[own],
                "joins": names[one.opening],
                "households": round(one.gain.households),
                "saved_mean_m": round(one.gain.mean_m, 1),
                "saved_p90_m": round(one.gain.p90_m, 1),
                "share_50m": round(one.gain.share_50m, 3),
                "other_code": codes[other] if other >= 0 else None,
                "class_before": one.before[own],
                "class_after": one.after[own],
                "classes_changed": json.dumps(
                    [{"code": codes[k], "before": one.before[k], "after": one.after[k]} for k in changed]
                ),
                "agree_zh": agreement.worded(asked, "zh"),
                "agree_en": agreement.worded(asked, "en"),
                "within": one.group,
                "rank_within": one.place,
                "saved_total": one.gain.total,
                "geometry": shapely.Point(openings.xy[one.opening]),
            }
        )
    return rows


def joined(district: District, openings: Openings) -> NDArray[np.object_]:
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
    names = [*RESULT_LAYERS["gate_proposals"].names, *FURTHER]
    if not rows:
        columns = {name: pd.Series([], dtype="object") for name in names}
        return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=crs), crs=crs)
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=crs)[[*names, "geometry"]]
