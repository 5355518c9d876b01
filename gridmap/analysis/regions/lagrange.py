# ruff: noqa: PLR0917 - compiled loops take their arrays one by one
"""A bound by Lagrangian relaxation: every candidate takes the units that pay, whoever else takes them too.

Each unit offers a price for being served; a candidate's best offer is a fractional knapsack between the bounds; the
best candidates together and the prices give a bound for any prices. The prices move towards serving each unit once
(Held and Karp's subgradients with Polyak's step). Contiguity is left out, which keeps the bound true.
"""

from __future__ import annotations

import numpy as np

from gridmap.analysis.regions.anneal import compiled
from gridmap.analysis.regions.problem import Floats, Part
from gridmap.analysis.regions.search import Clock

TURNS = 200
CELLS_MOST = 2_000_000
"""Units times candidates that a turn may look at."""
FINE_CELLS_MOST = 10_000_000
"""The same for the one look at the end."""
COARSE, FINE = 16.0, 200.0
"""Places a region that stand for its middle where the value is "compact": to find prices, and for the bound."""


def access_bound(part: Part, p: int, value: float, clock: Clock) -> float:
    """Lower bound on the sum of weights x cost over p regions around candidates."""
    if part.n * len(part.centres) > CELLS_MOST:
        return 0.0
    high = np.full(len(part.centres), part.high, dtype=np.float64)
    if part.capacity is not None:
        high = np.minimum(high, part.capacity)
    finite = part.costs()[np.isfinite(part.costs())]
    cost = np.where(np.isfinite(part.costs()), part.costs(), 10.0 * finite.max(initial=0.0) + 1.0)
    return _Relaxation(part, cost, high, p).climb(value, clock)[0]


def compact_bound(part: Part, p: int, value: float, clock: Clock) -> float:
    """Lower bound on the sum of weights x squared distance to the regions' weighted middles.

    The middle of a region is somewhere; a lattice of places has one within half a cell's diagonal of it. Moving a
    region's middle by d adds its weight x d² to its value, no more: so the bound around lattice places, less all
    weights x that diagonal's half squared, holds for middles anywhere.
    """
    coarse, _ = _lattice(part, min(COARSE * p, CELLS_MOST / part.n))
    fine, off = _lattice(part, min(FINE * p, FINE_CELLS_MOST / part.n))
    if part.n * len(fine) > 2 * FINE_CELLS_MOST:
        return 0.0
    _, price = _around(part, coarse, p).climb(value, clock)
    return max(0.0, _around(part, fine, p).at(price)[0] - part.weight * off)


def _lattice(part: Part, wanted: float) -> tuple[Floats, float]:
    """About so many places over the part, and the square of half the diagonal of their cells."""
    assert part.xy is not None
    low = part.xy.min(axis=0)
    span = np.maximum(part.xy.max(axis=0) - low, 1e-9)
    step = float(np.sqrt(max(span[0] * span[1] / wanted, (span.max() / wanted) ** 2)))
    counts = np.maximum(1, np.ceil(span / step)).astype(int)
    axes = [low[i] + (np.arange(counts[i]) + 0.5) * span[i] / counts[i] for i in range(2)]
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2), float(((span / counts / 2) ** 2).sum())


def _around(part: Part, places: Floats, p: int) -> _Relaxation:
    assert part.xy is not None
    cost = ((part.xy[:, None, :] - places[None, :, :]) ** 2).sum(axis=2)
    return _Relaxation(part, cost, np.full(len(places), part.high, dtype=np.float64), p)


class _Relaxation:
    """The relaxed problem: (n, k) finite costs, the candidates' upper bounds, how many of them are taken."""

    def __init__(self, part: Part, cost: Floats, high: Floats, p: int) -> None:
        used = part.weights > 0
        self.weights = part.weights[used].astype(np.float64)
        self.cost = np.ascontiguousarray(cost[used].T)
        self.high, self.low = high, float(part.low)
        self.p = min(p, len(high))

    def at(self, price: Floats) -> tuple[float, Floats]:
        """The bound for these prices, and how often each unit is served."""
        offer = np.empty(len(self.cost))
        _offers(self.cost, self.weights, price, self.low, self.high, offer)
        chosen = np.argsort(offer, kind="stable")[: self.p]
        served = np.zeros(len(self.weights))
        _serve(self.cost, self.weights, price, self.low, self.high, chosen, served)
        return float(offer[chosen].sum() + (price * self.weights).sum()), served

    def climb(self, value: float, clock: Clock) -> tuple[float, Floats]:
        """The best bound found below the value of a known plan, and its prices."""
        nth = min(2, len(self.cost) - 1)
        price = np.partition(self.cost, nth, axis=0)[nth]
        best, best_price, scale, waited = 0.0, price, 1.0, 0
        for _ in range(TURNS):
            now, served = self.at(price)
            over = self.weights * (1.0 - served)
            if now > best:
                best, best_price, waited = now, price, 0
            else:
                waited += 1
            if waited >= 8:
                scale, waited, price = scale / 2, 0, best_price
                continue
            norm = float((over**2).sum())
            if norm < 1e-9 or scale < 1e-3 or value - now <= 1e-9 * abs(value) or clock.stop_now(0.9):
                break
            price = price + scale * (value - now) / norm * over
        return best, best_price


@compiled
def _fill(gain, weights, low, high, served):  # type: ignore[no-untyped-def]
    """Take units, the best gain first, up to a load of `high`, and on up to `low` where they cost; sum of gains.

    The share of each unit that is taken is added to `served`, in place.
    """
    order = np.argsort(gain)
    load = 0.0
    total = 0.0
    for place in range(len(weights)):
        i = order[place]
        limit = low if gain[i] >= 0 else high
        if load >= limit:
            break
        share = min(1.0, (limit - load) / weights[i])
        served[i] += share
        load += share * weights[i]
        total += share * weights[i] * gain[i]
    return total


@compiled
def _serve(cost, weights, price, low, high, chosen, served):  # type: ignore[no-untyped-def]
    """Add up which share of each unit the chosen candidates take, in place."""
    for j in chosen:
        _fill(cost[j] - price, weights, low, high[j], served)


@compiled
def _offers(cost, weights, price, low, high, offer):  # type: ignore[no-untyped-def]
    """Least sum of weights x (cost - price) that each candidate can have with a load between the bounds, in place."""
    unasked = np.zeros(len(weights))
    for j in range(len(cost)):
        gain = cost[j] - price
        load = 0.0
        total = 0.0
        for i in range(len(weights)):
            if gain[i] < 0:
                load += weights[i]
                total += weights[i] * gain[i]
        offer[j] = total if low <= load <= high[j] else _fill(gain, weights, low, high[j], unasked)
