"""The mission's four principles as four scores of 0 to 100, each with its parts and a weight that can be moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gridmap.analysis.plans.contiguity import Floats, Ints
from gridmap.analysis.plans.ground import Ground
from gridmap.analysis.plans.sites import MINUTES, Sites
from gridmap.domain.notes import template

PRINCIPLE_WORDS = {
    "manage": template("Easy to manage"),
    "serve": template("Easy to serve"),
    "govern": template("Easy to govern themselves"),
    "share": template("Sharing resources"),
}
"""The mission's four principles."""
PART_WORDS = {
    "within_bounds": template("Households in regions within the bounds"),
    "evenness": template("Regions differ in size from their mean by"),
    "borders_uncut": template("Borders where people can cross"),
    "barriers_at_edge": template("Rivers, railways and the like at an edge of regions"),
    "office_within_15": template("Households within 15 minutes of their region's office"),
    "office_minutes": template("Mean time to the region's office"),
    "hub_within_15": template("Households within 15 minutes of their street's hub of at least 1,000 m²"),
    "households_together": template("Households parted from most of their community"),
    "communities_whole": template("Communities cut in two"),
    "walled_with_neighbours": template("Neighbours of enclosed compounds in the compound's own region"),
    "unripe_left": template("Households of villages that are joined before they are ripe"),
    "kinds_of_facilities": template("Kinds of facilities inside the region, on average"),
    "office_floor": template("Floor area of offices and centres per household"),
}
"""What the figure of each part says."""


@dataclass(frozen=True)
class Part:
    """One part of a score: what it is worth (0 the worst, 1 the best), and the figure it comes from in its unit."""

    name: str
    worth: float
    figure: float
    unit: str


@dataclass(frozen=True)
class Score:
    """One principle: the mean of its parts times 100; None where none of them can be measured."""

    name: str
    parts: tuple[Part, ...]
    weight: float

    @property
    def value(self) -> float | None:
        """0 to 100."""
        return round(100 * sum(part.worth for part in self.parts) / len(self.parts), 1) if self.parts else None


def as_data(scores: Sequence[Score]) -> dict[str, Any]:
    """Scores as JSON has them: `total` (the weighted mean of those that could be measured) and `principles`."""
    return {
        "total": _total([(score.value, score.weight) for score in scores]),
        "principles": [
            {
                "name": score.name,
                "value": score.value,
                "weight": score.weight,
                "parts": [
                    {"name": p.name, "worth": round(p.worth, 4), "figure": round(p.figure, 4), "unit": p.unit}
                    for p in score.parts
                ],
            }
            for score in scores
        ],
    }


def _total(values: Sequence[tuple[float | None, float]]) -> float | None:
    """The weighted mean of the values that are known."""
    known = [(value, weight) for value, weight in values if value is not None and weight > 0]
    weight = sum(each for _, each in known)
    return round(sum(value * each for value, each in known) / weight, 1) if weight else None


def score(
    sites: Sites,
    region: Ints,
    status: Sequence[str],
    walk: Floats,
    hubs: Sequence[Mapping[str, Any]],
    *,
    lower: int,
    upper: int | None,
) -> list[Score]:
    """The four scores of a plan, as `docs/plans.md` defines them.

    Parameters
    ----------
    sites
        Of the district that the plan is for.
    region, status
        (n,) region of each block, -1 without one; the status of each region.
    walk
        (n,) metres of walking to the region's office.
    hubs
        As `sites.hubs` gives them.
    lower, upper
        Least and most households of a region.
    """
    here = sites.here
    weights = here.numbers.principle_weights
    parts = (
        _manage(here, region, lower, upper),
        _serve(here, region, walk, hubs),
        _govern(here, region, status),
        _share(sites, region),
    )
    return [Score(name, tuple(each), weights[name]) for name, each in zip(PRINCIPLE_WORDS, parts, strict=True)]


def _share_of(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else 0.0


def _manage(here: Ground, region: Ints, lower: int, upper: int | None) -> list[Part]:
    served = region >= 0
    load = np.bincount(region[served], weights=here.weights[served]) if served.any() else np.empty(0)
    total = float(here.weights.sum())
    if total <= 0 or not len(load):
        return []
    fits = (load >= lower) & (load <= (np.inf if upper is None else upper))
    within = _share_of(float(load[fits].sum()), total)
    uneven = float(np.abs(load - load.mean()).mean() / load.mean())
    found = [
        Part("within_bounds", within, within * 100, "percent"),
        Part("evenness", max(0.0, 1.0 - uneven), uneven * 100, "percent"),
    ]
    a, b = here.every.edges.T
    inner = (here.group[a] == here.group[b]) & served[a] & served[b]
    apart = region[a] != region[b]
    crossed = inner & here.counts
    if crossed.any():
        length = here.every.border
        cut = _share_of(float(length[crossed & apart].sum()), float(length[crossed].sum()))
        found.append(Part("borders_uncut", 1.0 - cut, float(length[crossed & apart].sum()) / 1000, "km"))
    walls = inner & here.hard
    if walls.any():
        length = here.every.border
        edge = _share_of(float(length[walls & apart].sum()), float(length[walls].sum()))
        found.append(Part("barriers_at_edge", edge, edge * 100, "percent"))
    return found


def _serve(here: Ground, region: Ints, walk: Floats, hubs: Sequence[Mapping[str, Any]]) -> list[Part]:
    known = np.isfinite(walk) & (region >= 0)
    total = float(here.weights[known].sum())
    found = []
    if total > 0:
        minutes = walk / here.numbers.circle_15_min_m * MINUTES
        near = _share_of(float(here.weights[known & (minutes <= MINUTES)].sum()), total)
        mean = float((minutes[known] * here.weights[known]).sum() / total)
        found = [
            Part("office_within_15", near, near * 100, "percent"),
            Part("office_minutes", max(0.0, 1.0 - mean / (2 * MINUTES)), mean, "minutes"),
        ]
    households = sum(hub["households"] for hub in hubs)
    if households:
        reached = sum(hub["within"] for hub in hubs if hub["missing_m2"] == 0) / households
        found.append(Part("hub_within_15", reached, reached * 100, "percent"))
    return found


def parted(here: Ground, region: Ints) -> tuple[Ints, Ints]:
    """(n,) the region of most households of each block's community (-1: none), and positions of blocks elsewhere."""
    main = np.full(int(here.community.max(initial=-1)) + 1, -1)
    served = np.flatnonzero(region >= 0)
    load: dict[tuple[int, int], int] = {}
    for unit in served:
        key = int(here.community[unit]), int(region[unit])
        load[key] = load.get(key, 0) + int(here.weights[unit])
    for (home, number), _ in sorted(load.items(), key=lambda item: (item[1], -item[0][1])):
        main[home] = number
    own = main[here.community]
    return own, np.flatnonzero((region >= 0) & (own >= 0) & (region != own))


def _govern(here: Ground, region: Ints, status: Sequence[str]) -> list[Part]:
    total = float(here.weights[region >= 0].sum())
    if total <= 0:
        return []
    _, away = parted(here, region)
    moved = float(here.weights[away].sum())
    found = [Part("households_together", 1.0 - _share_of(moved, total), moved, "households")]
    homes = np.unique(here.community[region >= 0])
    split = np.unique(here.community[away[here.weights[away] > 0]])
    found.append(Part("communities_whole", 1.0 - _share_of(len(split), len(homes)), float(len(split)), "communities"))
    beside = _beside(here, region)
    if beside is not None:
        found.append(Part("walled_with_neighbours", beside, beside * 100, "percent"))
    unripe = here.village & ~here.ripe & (region >= 0)
    if here.weights[unripe].sum() > 0:
        new = np.isin(region, [number for number, each in enumerate(status) if each == "new"])
        joined = float(here.weights[unripe & new].sum())
        found.append(Part("unripe_left", 1.0 - joined / float(here.weights[unripe].sum()), joined, "households"))
    return found


def _beside(here: Ground, region: Ints) -> float | None:
    """Of the neighbours' households of enclosed compounds, the share in the compound's own region."""
    compounds = here.district["compounds"]
    enclosed = set(compounds["code"][(compounds["enclosure"] == "enclosed").fillna(False)])
    walled = here.table["code"].isin(enclosed).to_numpy() & (region >= 0)
    a, b = here.every.edges.T
    same = here.group[a] == here.group[b]
    a, b = np.concatenate((a[same], b[same])), np.concatenate((b[same], a[same]))
    near = walled[a] & (region[b] >= 0)
    weight = here.weights[a[near]] * here.weights[b[near]]
    total = float(weight.sum())
    return _share_of(float(weight[region[a[near]] == region[b[near]]].sum()), total) if total > 0 else None


def _share(sites: Sites, region: Ints) -> list[Part]:
    here = sites.here
    count = int(region.max(initial=-1)) + 1
    served = region >= 0
    load = np.bincount(region[served], weights=here.weights[served], minlength=count) if count else np.empty(0)
    if not load.sum():
        return []
    found = []
    facilities = here.district["facilities"]
    kinds = facilities["kind"].dropna().unique()
    if len(kinds):
        at, block = shapely.STRtree(here.table.geometry.to_numpy()).query(
            facilities.geometry.representative_point().to_numpy(), predicate="within"
        )
        kind = facilities["kind"].to_numpy()[at]
        has = np.array([[bool(((kind == k) & (region[block] == r)).any()) for k in kinds] for r in range(count)])
        share = float((has.mean(axis=1) * load).sum() / load.sum())
        found.append(Part("kinds_of_facilities", share, share * len(kinds), "kinds"))
    floor = sites.table[sites.table["kind"] != "public_floor"]
    if floor["area_m2"].notna().any():
        mine = region[floor["block"].to_numpy()]
        area = floor["area_m2"].fillna(0).to_numpy(dtype=np.float64)
        each = np.array([area[mine == r].sum() for r in range(count)])
        enough = here.numbers.centre_area_m2 / here.numbers.region_least
        worth = np.minimum(1.0, np.divide(each, load, out=np.zeros(count), where=load > 0) / enough)
        found.append(
            Part("office_floor", float((worth * load).sum() / load.sum()), float(each.sum() / load.sum()), "m2")
        )
    return found


def weighed(told: Mapping[str, Any], weights: Mapping[str, float]) -> dict[str, Any]:
    """Scores as `as_data` gave them, with other weights of the principles and the total that follows."""
    principles = [{**each, "weight": weights.get(each["name"], each["weight"])} for each in told["principles"]]
    return {"total": _total([(each["value"], each["weight"]) for each in principles]), "principles": principles}


def dominated(values: Sequence[Sequence[float | None]]) -> list[bool]:
    """Of each plan's scores, whether another plan is as good in every one and better in one: it isn't on the front."""

    def beats(one: Sequence[float | None], other: Sequence[float | None]) -> bool:
        pairs = [(a or 0.0, b or 0.0) for a, b in zip(one, other, strict=True)]
        return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)

    return [any(beats(one, other) for one in values) for other in values]
