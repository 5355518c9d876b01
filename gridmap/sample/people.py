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
    """Whole numbers in proportion to the weights that sum to `total` exactly; none above its cap.

    The largest remainders are rounded up (Hamilton's method).
    """
    if caps is not None and caps.sum() < total:
        raise ValueError("the caps hold less than the total")
    given = np.zeros(len(weights), dtype=np.int64)
    room = np.full(len(weights), total, dtype=np.int64) if caps is None else caps.astype(np.int64)
    for _ in range(60):
        left = total - int(given.sum())
        if left <= 0:
            break
        open_weights = np.where(given < room, np.maximum(weights, 1e-9), 0.0)
        share = open_weights / open_weights.sum() * left
        whole = np.minimum(np.floor(share).astype(np.int64), room - given)
        given += whole
        left = total - int(given.sum())
        if left and not whole.any():
            order = np.argsort(-(share + (given < room)), kind="stable")
            order = order[given[order] < room[order]][:left]
            given[order] += 1
    return given


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
        weight = dwellings[own] * liking[[draft.buildings[b].compound for b in own]] * rng.uniform(0.8, 1.2, len(own))
        households[own] = apportion(int(target[k]), weight, dwellings[own])
    size = np.array([{"urban": 3.0, "converted": 3.15, "village": 2.75}[kind] for kind in zones.kind])
    weight = households * (size[community] - 1) * rng.uniform(0.85, 1.15, len(households))
    residents = households + apportion(round(RESIDENTS * scale) - int(households.sum()), weight)
    residents[households == 0] = 0
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
