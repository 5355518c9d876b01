# ruff: noqa: PLR0917 - compiled loops take their arrays one by one
"""A lower bound on the objective of any division of a community, by Lagrangian relaxation.

As in `gridmap.analysis.regions.lagrange`: each household offers a price for being in a grid; a building's best offer is
the grid around it that gains most at these prices, its size free between the bounds and its deviation from the target
paid for; the best offers and the prices together are a bound for any prices. Contiguity is left out, and units may be
in a grid by a share: both keep the bound true.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gridmap.analysis.grids.objective import OFF_TARGET_M, Setting
from gridmap.analysis.regions.anneal import compiled
from gridmap.domain.numbers import Numbers

_TURNS = 150
_MEMORY, _PATIENCE = 0.7, 15
"""Share of the last direction in the next, and turns without a better bound after which steps are halved."""
_GOOD_GAP = 0.001
_STEPS_MOST = 2e8
"""Of the tables of whole units: a quarter of a second."""
_SORTED = 20
"""Steps that sorting a unit among the others takes."""
_TURNS_LEAST = 20


def lower_bound(setting: Setting, unit: np.ndarray, value: float, numbers: Numbers) -> float:
    """Household-metres below which no division lies that keeps units whole and parts of the community apart.

    A part with fewer than `numbers.grid_least` households is one grid. Grids have at most `numbers.grid_most`, or as
    many as the largest unit.

    Parameters
    ----------
    setting, unit
        What is divided, and the unit (from 0) of each building.
    value
        The objective of a known division: steers the search and ends it.
    """
    share = setting.households.sum()
    return sum(
        _part_bound(setting, unit, own, value * setting.households[own].sum() / share, numbers)
        for own in (np.flatnonzero(setting.part == part) for part in np.unique(setting.part))
    )


def least_deviation(setting: Setting, unit: np.ndarray, numbers: Numbers) -> float:
    """A lower bound on the mean deviation of grids from the target, as a share of it.

    A division into k grids is off by at least what `k` grids alike are, and each unit with more households than the
    target puts at least its surplus into some grid. `k` is any number of grids that the parts of the community allow;
    `setting` and `unit` are as for `lower_bound`.
    """
    table = [(0, 0.0)]
    for part in np.unique(setting.part):
        own = setting.part == part
        total = int(setting.households[own].sum())
        load = np.bincount(unit[own], weights=setting.households[own])
        high = max(numbers.grid_most, load.max())
        low = numbers.grid_least if total >= numbers.grid_least else 1
        counts = range(math.ceil(total / high), max(total // low, 1) + 1)
        ways = [(k, _off(total, load, k, numbers)) for k in counts]
        table = [(n + k, off + more) for n, off in table for k, more in ways]
        table = [(n, min(off for m, off in table if m == n)) for n in {n for n, _ in table}]
    return min(off / n for n, off in table if n) / numbers.grid_target


def _off(total: int, load: np.ndarray, k: int, numbers: Numbers) -> float:
    """Households that k grids of a part are at least off by: those above the target and those below add up."""
    surplus = total - k * numbers.grid_target
    above = max(float(np.maximum(load - numbers.grid_target, 0).sum()), surplus, 0)
    return 2 * above - surplus


def _part_bound(setting: Setting, unit: np.ndarray, own: np.ndarray, value: float, numbers: Numbers) -> float:
    weight = setting.households[own].astype(np.float64)
    walks = setting.walks[np.ix_(own, own)]
    total = int(weight.sum())
    member = np.unique(unit[own], return_inverse=True)[1]
    load = np.bincount(member, weights=weight)
    cost = np.zeros((len(own), len(load)))
    for number in range(len(load)):
        inside = member == number
        cost[:, number] = weight[inside] @ walks[inside] / load[number]
    high = max(numbers.grid_most, load.max())
    low = numbers.grid_least if total >= numbers.grid_least else 0
    if total < 2 * max(low, 1):
        return float((cost @ load).min() + OFF_TARGET_M * abs(total - numbers.grid_target))
    fewest, most = math.ceil(total / high), min(len(load), total // max(low, 1))
    relaxed = Relaxed(cost, load, member, (float(low), float(numbers.grid_target), float(high)), (fewest, most))
    return relaxed.bound(value)


@dataclass(frozen=True)
class Relaxed:
    """The relaxed problem of a part: `cost` (k, m) metres from each building to each unit, `load` (m,) households, the
    unit (k,) that each building is in, the least, wished and most households of a grid, the fewest and most grids."""

    cost: np.ndarray
    load: np.ndarray
    own: np.ndarray
    sizes: tuple[float, float, float]
    counts: tuple[int, int]

    def bound(self, value: float) -> float:
        """The best bound found: first with units by shares, and then, as far as that is quick, with whole ones."""
        best, price = self.by_shares(value)
        turns = min(_TURNS, int(_STEPS_MOST / (self.cost.size * self.sizes[2])))
        if turns >= _TURNS_LEAST and value - best > _GOOD_GAP * value:
            best = max(best, self._climbed(price, value, turns, whole=True)[0])
        return best

    def by_shares(self, value: float) -> tuple[float, np.ndarray]:
        """The best bound found with units by shares, and its prices a household."""
        third = min(2, len(self.cost) - 1)
        turns = min(_TURNS, max(_TURNS_LEAST, int(_STEPS_MOST / (self.cost.size * _SORTED))))
        return self._climbed(np.partition(self.cost, third, axis=0)[third], value, turns, whole=False)

    def _climbed(self, price: np.ndarray, value: float, turns: int, *, whole: bool) -> tuple[float, np.ndarray]:
        """The best bound from these prices on, which move towards every unit being in one grid (Polyak's step)."""
        best, best_price, scale, waited = 0.0, price, 1.0, 0
        way = np.zeros(len(price))
        for _ in range(turns):
            now, served = self._at(price, whole=whole)
            way = _MEMORY * way + (1.0 - _MEMORY) * (1.0 - served)
            if now > best:
                best, best_price, waited = now, price, 0
            else:
                waited += 1
            if waited >= _PATIENCE:
                scale, waited, price = scale / 2, 0, best_price
                way[:] = 0.0
                continue
            norm = float((way**2).sum())
            if norm < 1e-9 or scale < 1e-3 or value - now <= _GOOD_GAP * value:
                break
            price = price + scale * (value - now) / norm * way / self.load
        return best, best_price

    def _at(self, price: np.ndarray, *, whole: bool) -> tuple[float, np.ndarray]:
        """The bound at these prices, and how often each unit is in a grid."""
        offer, served = np.empty(len(self.cost)), np.zeros(len(price))
        known = (self.cost, self.load, price, self.own, *self.sizes, OFF_TARGET_M)
        _offers(whole, *known, np.arange(len(self.cost)), offer, served)
        fewest, most = self.counts
        order = np.argsort(offer, kind="stable")
        chosen = order[: min(most, max(fewest, int((offer < 0).sum())))]
        served[:] = 0.0
        _offers(whole, *known, chosen, offer, served)
        return float(offer[chosen].sum() + price @ self.load), served


@compiled
def filled(gain, load, order, able, size, total, sizes, slope, served):  # type: ignore[no-untyped-def]
    """The size and the sum of gains that a grid of this size and sum comes to with shares of the able units.

    Units are taken in their order, the best gain a household first: up to the least of the `sizes` in any case, up to
    the wished one if they cost less than `slope` a household, beyond it if they bring more, and never beyond the most.
    Shares taken are added to `served`.
    """
    low, target, high = sizes
    for place in range(len(load)):
        i = order[place]
        if not able[i]:
            continue
        left = load[i]
        for step in range(3):
            limit = low if step == 0 else (target if step == 1 else high)
            if size >= limit or left <= 0.0:
                continue
            if step == 1 and gain[i] - slope >= 0.0:
                break
            if step == 2 and gain[i] + slope >= 0.0:
                break
            taken = min(left, limit - size)
            size += taken
            left -= taken
            total += taken * gain[i]
            served[i] += taken / load[i]
        if left > 0.0:
            break
    return size, total


@compiled
def _fill(gain, load, own, low, target, high, slope, served):  # type: ignore[no-untyped-def]
    """The best grid around a building: the sum of gains and what its size costs; shares taken are added to `served`.

    The building's own unit `own` is taken first.
    """
    able = np.ones(len(load), np.bool_)
    able[own] = False
    served[own] += 1.0
    size, total = filled(
        gain, load, np.argsort(gain), able, load[own], load[own] * gain[own], (low, target, high), slope, served
    )
    return total + slope * abs(size - target)


@compiled
def _fill_whole(gain, load, own, low, target, high, slope, served):  # type: ignore[no-untyped-def]
    """The same with whole units: the least sum for each size, unit by unit."""
    size = int(load[own])
    least = np.full(int(high) + 1, np.inf)
    least[size] = load[own] * gain[own]
    taken = np.zeros((len(load), int(high) + 1), np.bool_)
    reach = size
    for i in range(len(load)):
        if i == own:
            continue
        more = int(load[i])
        extra = load[i] * gain[i]
        reach = min(int(high), reach + more)
        for h in range(reach, more + size - 1, -1):
            if least[h - more] + extra < least[h]:
                least[h] = least[h - more] + extra
                taken[i, h] = True
    best = np.inf
    at = size
    for h in range(max(size, int(low)), int(high) + 1):
        if least[h] + slope * abs(h - target) < best:
            best = least[h] + slope * abs(h - target)
            at = h
    served[own] += 1.0
    for i in range(len(load) - 1, -1, -1):
        if taken[i, at]:
            served[i] += 1.0
            at -= int(load[i])
    return best


@compiled
def _offers(  # type: ignore[no-untyped-def]
    whole, cost, load, price, own, low, target, high, slope, chosen, offer, served
):
    """What the best grid around each of the chosen buildings costs at these prices, and the shares taken, in place."""
    for j in chosen:
        gain = cost[j] - price
        if whole:
            offer[j] = _fill_whole(gain, load, own[j], low, target, high, slope, served)
        else:
            offer[j] = _fill(gain, load, own[j], low, target, high, slope, served)
