"""A plan looked at whole: its scores, its hubs and offices, its borders with their reasons and how firm they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np

from gridmap.analysis.plans import reasons, scores, sites
from gridmap.analysis.plans.contiguity import Floats, Ints
from gridmap.analysis.plans.district import statuses
from gridmap.analysis.plans.ground import Ground
from gridmap.analysis.plans.plan import numbered
from gridmap.analysis.regions import Near, Problem, near_optimal
from gridmap.analysis.regions.problem import Objective, Progress
from gridmap.domain.notes import Note


@dataclass(frozen=True)
class Review:
    """What there is to say about a plan.

    Parameters
    ----------
    scores
        Of the four principles.
    hubs, offices
        The street's hubs (see `sites.hubs`), and of each region its code, its office's site and its mean minutes.
    borders
        The border pieces, see `reasons.borders`.
    changes
        The blocks that are parted from their community, see `reasons.changes`.
    ensemble
        What the firmness of borders rests on: `plans`, `starts`, `within`; empty where it wasn't asked.
    """

    scores: list[scores.Score]
    hubs: list[dict[str, Any]]
    offices: list[dict[str, Any]]
    borders: gpd.GeoDataFrame
    changes: list[dict[str, Any]]
    ensemble: dict[str, Any] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """All but the borders, as JSON keeps it."""
        changed = [
            {key: value.as_data() if isinstance(value, Note) else value for key, value in one.items()}
            for one in self.changes
        ]
        return {
            "scores": scores.as_data(self.scores),
            "hubs": self.hubs,
            "offices": self.offices,
            "changes": changed,
            "ensemble": self.ensemble,
        }


def review(
    found: sites.Sites,
    region: Ints,
    *,
    lower: int,
    upper: int | None,
    centre: Ints | None = None,
    locked: Iterable[int] = (),
    near: Near | None = None,
    codes: list[str] | None = None,
    called: Mapping[str, str] = MappingProxyType({}),
) -> Review:
    """Look at a plan, wherever it comes from.

    Parameters
    ----------
    found
        The sites of the district (`sites.find_sites`), which know the district.
    region
        (n,) region of each block, any numbers from 0, -1 without one. They are renumbered as a plan's codes are.
    lower, upper
        Least and most households of a region.
    centre
        (p,) block of each region's centre, in the numbers of `region`, for regions without any site.
    locked
        Blocks that a planner locked.
    near
        Near-optimal plans, from `firmness`.
    codes
        The code of each region, where the regions are numbered by them already.
    called
        What people call regions, by their codes.
    """
    here = found.here
    renumbered = region
    if codes is None:
        renumbered, codes = numbered(here.units(), region) if (region >= 0).any() else (region, [])
    middle = np.full(len(codes), -1)
    if centre is not None:
        middle[renumbered[centre]] = centre
    chosen, walk = sites.offices(found, renumbered, middle)
    points = _points(found, renumbered, chosen, middle)
    drawn = reasons.Drawn(
        renumbered, codes, here.walks.to(points) * here.pace[None, :], lower, upper, frozenset(locked), called
    )
    placed = sites.hubs(found, renumbered, codes)
    status = statuses(here, renumbered, lower)
    firm = None if near is None else _firm(here, near)
    return Review(
        scores=scores.score(found, renumbered, status, walk, placed, lower=lower, upper=upper),
        hubs=placed,
        offices=_offices(found, renumbered, codes, chosen, walk),
        borders=reasons.borders(here, drawn, firm),
        changes=reasons.changes(here, drawn),
        ensemble={} if near is None else _ensemble(near),
    )


def firmness(
    here: Ground,
    problem: Problem,
    objective: Objective,
    region: Ints,
    *,
    seed: int = 0,
    time_limit: float = 10.0,
    progress: Progress | None = None,
) -> Near:
    """Near-optimal plans around one, as many and as near as the settings say; see `near_optimal`."""
    return near_optimal(
        problem,
        objective,
        region,
        within=here.numbers.firm_within,
        count=here.numbers.firm_plans,
        seed=seed,
        time_limit=time_limit,
        progress=progress,
    )


def _firm(here: Ground, near: Near) -> Floats:
    return near.apart(here.every.edges, len(here.weights))


def _ensemble(near: Near) -> dict[str, Any]:
    return {"plans": near.plans, "starts": near.starts, "within": near.within}


def _points(found: sites.Sites, region: Ints, chosen: list[int], middle: Ints) -> Floats:
    """(p, 2) where each region's office is."""
    here = found.here
    xy = found.table[["x", "y"]].to_numpy(dtype=np.float64)
    points = np.empty((len(chosen), 2))
    for number, site in enumerate(chosen):
        if site >= 0:
            points[number] = xy[site]
        elif middle[number] >= 0:
            points[number] = here.places[middle[number]]
        else:
            members = np.flatnonzero(region == number)
            points[number] = here.places[members[here.weights[members].argmax()]]
    return points


def _offices(
    found: sites.Sites, region: Ints, codes: list[str], chosen: list[int], walk: Floats
) -> list[dict[str, Any]]:
    here = found.here
    minutes = walk / here.numbers.circle_15_min_m * sites.MINUTES
    told = []
    for number, (code, site) in enumerate(zip(codes, chosen, strict=True)):
        members = region == number
        households = int(here.weights[members].sum())
        mean = float((minutes[members] * here.weights[members]).sum() / households) if households else None
        within = int(here.weights[members & (minutes <= sites.MINUTES)].sum())
        told.append(
            {
                "region": code,
                "site": found.as_data(site) if site >= 0 else None,
                "households": households,
                "within": within,
                "mean_minutes": None if mean is None else round(mean, 1),
            }
        )
    return told
