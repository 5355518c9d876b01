# ruff: noqa: PLR0917 - compiled loops take their arrays one by one
"""A bound by Lagrangian relaxation: every candidate takes the units that pay, whoever else takes them too.

Each unit offers a price for being served; a candidate's best offer is a fractional knapsack between the bounds; the
best candidates together and the prices give a bound for any prices. The prices move towards serving each unit once
(subgradients with memory and Polyak's step). Contiguity is left out, which keeps the bound true.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from gridmap.analysis.regions.anneal import compiled
from gridmap.analysis.regions.problem import Bools, Floats, Ints, Part
from gridmap.analysis.regions.search import Clock

TURNS = 400
MEMORY, PATIENCE = 0.7, 20
"""Share of the last direction in the next, and turns without a better bound after which steps are halved. Found by
trying: without memory the bound stayed 5 % below its limit."""
HOPED = 1.1
"""What the bound goes up to, as far as is known, where no plan is: so many times itself."""
LONGER = 0.9
"""The same for how often a candidate was taken."""
CELLS_MOST = 2_000_000
"""Units times candidates that a turn may look at."""
FINE_CELLS_MOST = 10_000_000
"""The same for the one look at the end."""
COARSE, CLOSER, FINE = 64.0, 256.0, 1600.0
"""Places a region that stand for its middle where the value is "compact": to find prices, to better them, and for the
bound."""
CLOSER_TURNS = 100


def access_bound(part: Part, fewest: int, most: int, value: float, clock: Clock) -> tuple[float, Floats | None]:
    """Lower bound on the sum of weights x cost over `fewest` to `most` regions around candidates, and its prices."""
    if part.n * len(part.centres) > CELLS_MOST:
        return 0.0, None
    bound, price, _ = Relaxation.of(part, allowed(part), fewest, most).climb(value, clock)
    return bound, price


def allowed(part: Part) -> Bools:
    """(n, k) whether a unit may be in the region of a candidate, as far as costs, locks and fixed centres say."""
    pairs = np.isfinite(part.costs()) | (part.weights == 0)[:, None]
    if not part.free_centres:
        locked = np.flatnonzero(part.label >= 0)
        pairs[locked] &= part.label[locked, None] == np.arange(len(part.centres))
    if part.fixed_centres:
        pairs[part.centres] = False
        pairs[part.centres, np.arange(len(part.centres))] = True
    return pairs


def compact_bound(part: Part, fewest: int, most: int, value: float, clock: Clock) -> float:
    """Lower bound on the sum of weights x squared distance to the regions' weighted middles.

    The middle of a region is somewhere; a lattice of places has one within half a cell's diagonal of it. Moving a
    region's middle by d adds its weight x d² to its value, no more: so the bound around lattice places, less all
    weights x that diagonal's half squared, holds for middles anywhere.
    """
    coarse, _ = _lattice(part, min(COARSE * most, CELLS_MOST / part.n))
    closer, _ = _lattice(part, min(CLOSER * most, CELLS_MOST / part.n))
    fine, off = _lattice(part, min(FINE * most, FINE_CELLS_MOST / part.n))
    if part.n * len(fine) > 2 * FINE_CELLS_MOST:
        return 0.0
    price = _around(part, coarse, fewest, most).climb(value, clock).price
    price = _around(part, closer, fewest, most).climb(value, clock, price=price, turns=CLOSER_TURNS).price
    return max(0.0, _around(part, fine, fewest, most).at(price)[0] - part.weight * off)


def _lattice(part: Part, wanted: float) -> tuple[Floats, float]:
    """About so many places over the part, and the square of half the diagonal of their cells."""
    assert part.xy is not None
    low = part.xy.min(axis=0)
    span = np.maximum(part.xy.max(axis=0) - low, 1e-9)
    step = float(np.sqrt(max(span[0] * span[1] / wanted, (span.max() / wanted) ** 2)))
    counts = np.maximum(1, np.ceil(span / step)).astype(int)
    axes = [low[i] + (np.arange(counts[i]) + 0.5) * span[i] / counts[i] for i in range(2)]
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2), float(((span / counts / 2) ** 2).sum())


def _around(part: Part, places: Floats, fewest: int, most: int) -> Relaxation:
    """The relaxation around places, each of which may be the middle of several regions."""
    assert part.xy is not None
    used = part.weights > 0
    cost = ((part.xy[used, None, :] - places[None, :, :]) ** 2).sum(axis=2)
    high = np.full(len(places), part.high, dtype=np.float64)
    nobody = np.full(len(places), -1)
    return Relaxation(
        used,
        part.weights[used].astype(np.float64),
        np.ascontiguousarray(cost.T),
        nobody,
        part.low,
        high,
        fewest,
        most,
        often=True,
    )


@dataclass
class Relaxation:
    """The relaxed problem over the m units that have households.

    Parameters
    ----------
    used
        (n,) which units these are.
    weights, cost
        (m,) households, (k, m) finite costs.
    own
        (k,) the candidate's own unit, which its region always takes; -1 where it has none.
    low, high
        Bounds on a candidate's households, (k,) from above.
    fewest, most
        How many candidates are taken.
    often
        Whether one may be taken several times.
    must
        (k,) candidates that are taken in any case; None: none of them. Not with `often`.
    """

    used: Bools
    weights: Floats
    cost: Floats
    own: Ints
    low: float
    high: Floats
    fewest: int
    most: int
    often: bool = False
    must: Bools | None = None

    @classmethod
    def of(cls, part: Part, pairs: Bools, fewest: int, most: int) -> Relaxation:
        """The relaxation of a part with candidates; a pair that can't be costs more than any plan would pay."""
        used = part.weights > 0
        costs = part.costs()[used]
        far = 10.0 * float(costs[np.isfinite(costs)].max(initial=0.0)) + 1.0
        cost = np.where(pairs[used], costs, far)
        high = np.full(len(part.centres), part.high, dtype=np.float64)
        if part.capacity is not None:
            high = np.minimum(high, part.capacity)
        number = np.where(used, np.cumsum(used) - 1, -1)
        k = len(part.centres)
        weights = part.weights[used].astype(np.float64)
        own = number[part.centres]
        return cls(used, weights, np.ascontiguousarray(cost.T), own, part.low, high, min(fewest, k), min(most, k))

    def only(self, columns: Ints, must: Bools) -> Relaxation:
        """The same with these candidates alone, of which those that `must` says are taken in any case."""
        return replace(self, cost=self.cost[columns], own=self.own[columns], high=self.high[columns], must=must)

    def at(self, price: Floats) -> tuple[float, Floats, Ints]:
        """The bound for these prices, how often each unit is served, and the candidates that were taken."""
        offer, _ = self._offers(price)
        chosen = self._chosen(offer)
        served = np.zeros(len(self.weights))
        _serve(self.cost, self.weights, price, self.own, self.low, self.high, chosen, served)
        return float(offer[chosen].sum() + (price * self.weights).sum()), served, chosen

    def _offers(self, price: Floats) -> tuple[Floats, Floats]:
        offer, last = np.empty(len(self.cost)), np.zeros(len(self.cost))
        _offers(self.cost, self.weights, price, self.own, self.low, self.high, offer, last)
        return offer, last

    def _chosen(self, offer: Floats) -> Ints:
        if self.often:
            best = int(offer.argmin())
            return np.full(self.most if offer[best] < 0 else self.fewest, best)
        first = offer if self.must is None else np.where(self.must, -np.inf, offer)
        order = np.argsort(first, kind="stable")
        paying = int(np.searchsorted(first[order], 0.0))
        return order[: min(self.most, max(self.fewest, paying))]

    def reduced(self, price: Floats) -> tuple[float, Floats, Floats]:
        """The bound for these prices, and by how much it grows at least where a candidate is taken that isn't now, or
        isn't taken that is now, (k,) each; infinite where that can't be."""
        offer, _ = self._offers(price)
        chosen = self._chosen(offer)
        free = chosen if self.must is None else chosen[~self.must[chosen]]
        other = np.setdiff1d(np.arange(len(offer)), chosen)
        with_it, without = np.zeros(len(offer)), np.full(len(offer), np.inf)
        with_it[other] = np.maximum(0.0, offer[other] - offer[free].max(initial=-np.inf))
        without[other] = 0.0
        without[free] = np.maximum(0.0, offer[other].min(initial=np.inf) - offer[free])
        return float(offer[chosen].sum() + (price * self.weights).sum()), with_it, without

    def least_with(self, price: Floats) -> Floats:
        """(n, k) the bound for plans that have this unit in this candidate's region, for these prices."""
        offer, last = self._offers(price)
        chosen = self._chosen(offer)
        extra = np.maximum(0.0, offer - offer[chosen].max())
        extra[chosen] = 0.0
        bound = offer[chosen].sum() + (price * self.weights).sum()
        least = np.empty((len(self.used), len(offer)))
        least[:] = bound + extra
        more = np.maximum(0.0, self.cost - price - last[:, None]) * self.weights
        with_own = np.flatnonzero(self.own >= 0)
        more[with_own, self.own[with_own]] = 0.0
        least[self.used] += more.T
        return least

    def climb(self, value: float, clock: Clock, *, price: Floats | None = None, turns: int = TURNS) -> Climbed:
        """The best bound found below the value of a known plan (infinite without one), and how it was come to.

        From the given prices on, or else from each unit's third best cost.
        """
        if price is None:
            nth = min(2, len(self.cost) - 1)
            price = np.partition(self.cost, nth, axis=0)[nth]
        best, best_price, scale, waited = 0.0, price, 1.0, 0
        way, taken = np.zeros(len(price)), np.zeros(len(self.cost))
        for _ in range(turns):
            now, served, chosen = self.at(price)
            way = MEMORY * way + (1.0 - MEMORY) * (1.0 - served)
            taken *= LONGER
            taken[chosen] += 1.0 - LONGER
            if now > best:
                best, best_price, waited = now, price, 0
            else:
                waited += 1
            if waited >= PATIENCE:
                scale, waited, price = scale / 2, 0, best_price
                way[:] = 0.0
                continue
            norm = float((way**2).sum())
            goal = value if np.isfinite(value) else HOPED * best
            if norm < 1e-9 or scale < 1e-3 or goal - now <= 1e-9 * abs(goal) or clock.stop_now(0.9):
                break
            price = price + scale * (goal - now) / norm * way / self.weights
        return Climbed(best, best_price, taken)


class Climbed(NamedTuple):
    """A bound, the prices (m,) that gave it, and how often each candidate (k,) was taken lately (0 to 1)."""

    bound: float
    price: Floats
    taken: Floats


@compiled
def _fill(gain, weights, own, low, high, served, last):  # type: ignore[no-untyped-def]
    """Take units, the best gain first, up to a load of `high`, and on up to `low` where they cost; sum of gains.

    `own` is taken first, whatever it costs. The share of each unit that is taken is added to `served`, and the gain
    of the last one where a bound on the load ended it is put into `last`, in place.
    """
    order = np.argsort(gain)
    load = 0.0
    total = 0.0
    last[0] = 0.0
    if own >= 0:
        served[own] += 1.0
        load = weights[own]
        total = weights[own] * gain[own]
    for place in range(len(weights)):
        i = order[place]
        if i == own:
            continue
        limit = low if gain[i] >= 0 else high
        if load >= limit:
            break
        share = min(1.0, (limit - load) / weights[i])
        served[i] += share
        load += share * weights[i]
        total += share * weights[i] * gain[i]
        if load >= limit - 1e-9:
            last[0] = gain[i]
    return total


@compiled
def _serve(cost, weights, price, own, low, high, chosen, served):  # type: ignore[no-untyped-def]
    """Add up which share of each unit the chosen candidates take, in place."""
    last = np.zeros(1)
    for j in chosen:
        _fill(cost[j] - price, weights, own[j], low, high[j], served, last)


@compiled
def _offers(cost, weights, price, own, low, high, offer, last):  # type: ignore[no-untyped-def]
    """Least sum of weights x (cost - price) that each candidate can have with a load between the bounds, in place.

    `last` is what a unit must gain to be taken.
    """
    unasked = np.zeros(len(weights))
    ended = np.zeros(1)
    for j in range(len(cost)):
        gain = cost[j] - price
        load = 0.0
        total = 0.0
        for i in range(len(weights)):
            if gain[i] < 0 or i == own[j]:
                load += weights[i]
                total += weights[i] * gain[i]
        if low <= load <= high[j]:
            offer[j] = total
            last[j] = 0.0
        else:
            offer[j] = _fill(gain, weights, own[j], low, high[j], unasked, ended)
            last[j] = ended[0]
