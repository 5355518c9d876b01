"""Households and residents of every building, adding up exactly to the mission's figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridmap.domain.numbers import DEFAULT_NUMBERS
from gridmap.sample.draft import Draft, Floats
from gridmap.sample.lattice import Ints
from gridmap.sample.zones import Zones

HOUSEHOLDS = 62_000
RESIDENTS = 186_000
STAFF = 80


@dataclass
class People:
    """Households and residents by building, and the households each community should have."""

    households: Ints
    residents: Ints
    community: Ints
    target: Ints


def apportion(total: int, weights: Floats, caps: Ints | None = None) -> Ints:
    """Whole numbers in proportion to the weights that sum to `total` exactly; none above its cap, 0 for weight 0.

    The shares are rounded along their running sum, so that many small ones come out as fairly as few large ones.
    """
    room = np.where(weights > 0, np.inf if caps is None else caps, 0.0)
    if room.sum() < total:
        raise ValueError("the caps hold less than the total")
    share = np.zeros(len(weights))
    free = weights > 0
    for _ in range(len(weights)):
        left = total - share[~free].sum()
        share[free] = weights[free] / weights[free].sum() * left if free.any() else 0.0
        over = free & (share > room)
        if not over.any():
            break
        share[over] = room[over]
        free &= ~over
    running = np.round(np.cumsum(share) + 1e-7).astype(np.int64)
    running[-1:] = total
    return np.diff(running, prepend=0)


def community_of(draft: Draft, zones: Zones) -> Ints:
    """The community of each building."""
    return np.array([zones.community[b.cell] for b in draft.buildings], dtype=np.int64)


def targets(zones: Zones, houses: Ints, scale: float, rng: np.random.Generator) -> Ints:
    """Households of each community: the staff rule over the urban ones gives the mission's 80."""
    kinds = np.array(zones.kind)
    total = round(HOUSEHOLDS * scale)
    target = np.zeros(len(kinds), dtype=np.int64)
    urban = np.flatnonzero(kinds == "urban")
    more = max(0, round(STAFF * scale) - DEFAULT_NUMBERS.staff_least * len(urban))
    step = DEFAULT_NUMBERS.households_per_staff
    order = rng.permutation(urban)
    target[order[:more]] = rng.integers(5 * step + 15, 6 * step - 10, len(order[:more]))
    target[order[more:]] = rng.integers(4 * step - 40, 5 * step - 10, len(order[more:]))
    village = np.flatnonzero(kinds == "village")
    target[village] = np.round(houses[village] * rng.uniform(0.84, 0.97, len(village))).astype(np.int64)
    converted = np.flatnonzero(kinds == "converted")
    left = total - int(target.sum())
    target[converted] = apportion(left, rng.uniform(0.75, 1.25, len(converted)))
    return target


def settle(draft: Draft, zones: Zones, scale: float, rng: np.random.Generator) -> People:
    """Fill the dwellings.

    Buildings of a community that has too few dwellings get more floors.
    """
    community = community_of(draft, zones)
    dwellings = np.array([b.dwellings for b in draft.buildings], dtype=np.int64)
    houses = np.bincount(community, weights=dwellings > 0, minlength=len(zones.kind)).astype(np.int64)
    target = targets(zones, houses, scale, rng)
    liking = rng.lognormal(0, 0.35, len(draft.compounds) + 1)
    households = np.zeros(len(dwellings), dtype=np.int64)
    for k in range(len(zones.kind)):
        own = np.flatnonzero((community == k) & (dwellings > 0))
        _heighten(draft, own, dwellings, int(target[k]))
        compound = np.array([draft.buildings[b].compound for b in own])
        old = np.array([c >= 0 and draft.compounds[c].form == "houses" for c in compound])
        weight = dwellings[own] * liking[compound] * rng.uniform(0.8, 1.2, len(own)) * np.where(old, 2.2, 1.0)
        households[own] = apportion(int(target[k]), weight, dwellings[own])
    size = np.array([{"urban": 3.0, "converted": 3.15, "village": 2.75}[kind] for kind in zones.kind])
    weight = households * (size[community] - 1) * rng.uniform(0.85, 1.15, len(households))
    residents = households + apportion(round(RESIDENTS * scale) - int(households.sum()), weight)
    return People(households, residents, community, target)


def _heighten(draft: Draft, own: Ints, dwellings: Ints, target: int) -> None:
    """More dwellings a building until the community's households find room with a tenth to spare."""
    room = int(dwellings[own].sum())
    if room >= target:
        return
    factor = int(np.ceil(target * 1.12 / max(room, 1)))
    for b in own:
        building = draft.buildings[int(b)]
        building.floors = (
            building.floors * factor if building.entrances > 1 or building.floors > 2 else building.floors + 1
        )
        building.dwellings *= factor
        dwellings[b] = building.dwellings
