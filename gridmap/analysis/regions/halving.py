# ruff: noqa: PLR0917 - compiled loops take their arrays one by one
"""Two compact regions: a bound, and often the proof, from where their middles can be.

Of a plan whose two middles lie in two boxes the value is known to within all households times the square of half a
box's diagonal: it is the sum of households x squared distance to the boxes' centres, less what the middles lie off
these. The least such sum, contiguity left out, is a knapsack. The boxes are halved, the most promising first, until
none is left that could hold a better plan (branch and bound). Where few units can be on another side than the
knapsack's, all plans of these boxes are looked at one by one.
"""

from __future__ import annotations

import heapq
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gridmap.analysis.regions.anneal import compiled
from gridmap.analysis.regions.problem import Answer, Floats, Ints, Part
from gridmap.analysis.regions.search import Clock, Search

BOXES_MOST = 100_000
LOOKS_MOST = 20_000
"""Plans of two boxes that are looked at one by one."""
FINE = 1e-4
"""Boxes whose size costs less than this share of the value aren't halved any more."""
EVEN = 1e-9


def halved(part: Part, answer: Answer, clock: Clock) -> Answer:
    """The best plan of two regions, with a bound and whether it is proven, from a known one."""
    bound, better = _Boxes(part, answer.value).bound(clock)
    if better is not None:
        found = Search(part, 2, "compact", np.random.default_rng(0), []).judged(better)
        if found is not None and found[2] < answer.value:
            answer = replace(answer, region=found[0], columns=found[1], value=found[2])
    if bound >= answer.value:
        return replace(answer, bound=answer.value, proven=True, cut_short=False)
    return replace(answer, bound=max(bound, answer.bound))


class _Pair(NamedTuple):
    """Two boxes: their centres (2, 2) and half their sides (2, 2)."""

    middle: Floats
    half: Floats

    def halves(self) -> tuple[_Pair, _Pair]:
        """The same with the longest side halved."""
        at = np.unravel_index(self.half.argmax(), (2, 2))
        half, first, second = self.half.copy(), self.middle.copy(), self.middle.copy()
        half[at] /= 2
        first[at] -= half[at]
        second[at] += half[at]
        return _Pair(first, half), _Pair(second, half)


class _Boxes:
    """The search over boxes in which the two middles lie; the first unit is in the first region."""

    def __init__(self, part: Part, value: float) -> None:
        assert part.xy is not None
        self.used = np.flatnonzero(part.weights > 0)
        self.weights = part.weights[self.used].astype(np.float64)
        self.total = self.weights.sum()
        xy = part.xy[self.used]
        self.xy = np.ascontiguousarray(xy - self.weights @ xy / self.total)  # the middle of all is at 0
        self.low = max(part.low, self.total - part.high)
        self.high = min(part.high, self.total - part.low)
        self.first = int((self.weights * (self.xy**2).sum(axis=1)).argmax())
        self.part, self.value = part, value
        self.countable = len(self.used) == part.n

    def bound(self, clock: Clock) -> tuple[float, Ints | None]:
        """A value below which no plan lies but the best found, infinite where none is left; and that plan if it is
        better than the known one."""
        corner = self.xy.min(axis=0), self.xy.max(axis=0)
        middle = np.tile((corner[0] + corner[1]) / 2, (2, 1))
        waiting = [(0.0, 0, _Pair(middle, np.tile((corner[1] - corner[0]) / 2 + EVEN, (2, 1))))]
        best: Ints | None = None
        done = 0
        while waiting and waiting[0][0] < self.value * (1 - EVEN):
            below, _, pair = heapq.heappop(waiting)
            size = float(self.high * (pair.half**2).sum(axis=1).max())
            if done >= BOXES_MOST or size < FINE * self.value or clock.stop_now(0.9):
                return below, best
            for half in pair.halves():
                done += 1
                if not self._possible(half):
                    continue
                least, wrong, side = self._least(half)
                if least >= self.value * (1 - EVEN):
                    continue
                whole, better = self._looked_through(least, wrong, side) if self.countable else (False, None)
                best = best if better is None else better
                if whole:
                    continue
                heapq.heappush(waiting, (max(least, below), done, half))
        return np.inf, best

    def _possible(self, pair: _Pair) -> bool:
        """Whether the middle of all can lie between two middles in these boxes."""
        low, high = pair.middle - pair.half, pair.middle + pair.half
        loads = np.array([[self.low, self.total - self.low], [self.high, self.total - self.high]])
        return bool(((loads @ low).min(axis=0) <= 0).all() and ((loads @ high).max(axis=0) >= 0).all())

    def _least(self, pair: _Pair) -> tuple[float, Floats, Ints]:
        """A bound on plans with middles in these boxes; by how much it grows where a unit is on the other side than the
        knapsack's; and that side of each unit."""
        count = len(self.weights)
        wrong, side = np.empty(count), np.empty(count, np.int64)
        off = (pair.half**2).sum(axis=1)
        least = _knapsack(self.xy, self.weights, pair.middle, off, self.low, self.high, self.first, wrong, side)
        return float(least), wrong, side

    def _looked_through(self, least: float, wrong: Floats, side: Ints) -> tuple[bool, Ints | None]:
        """Look at the plans with these sides but for what a better one can afford: whether that were all of them, and a
        better plan than any before if one was found."""
        order = np.argsort(wrong, kind="stable")
        found = np.empty(len(side), np.int64)
        part = self.part
        value, looks = _looked(
            order, wrong, side, self.value - least, self.xy, self.weights, part.indptr, part.indices,
            (self.low, self.high), self.value * (1 - EVEN), LOOKS_MOST, found,
        )  # fmt: skip
        better = bool(value < self.value * (1 - EVEN))
        self.value = float(value) if better else self.value
        return bool(looks <= LOOKS_MOST), found if better else None


@compiled
def _knapsack(xy, weights, middle, off, low, high, first, wrong, side):  # type: ignore[no-untyped-def]
    """Least sum of weights x (squared distance to a side's middle - what that may be off), the first side's load
    between the bounds; `wrong` and `side` in place."""
    n = len(weights)
    gain = np.empty(n)
    total, load, wanted = 0.0, 0.0, 0.0
    for i in range(n):
        one = (xy[i, 0] - middle[0, 0]) ** 2 + (xy[i, 1] - middle[0, 1]) ** 2 - off[0]
        two = (xy[i, 0] - middle[1, 0]) ** 2 + (xy[i, 1] - middle[1, 1]) ** 2 - off[1]
        gain[i] = -np.inf if i == first else one - two
        if i == first or gain[i] < 0:
            total += weights[i] * one
            load += weights[i]
        else:
            total += weights[i] * two
    price = 0.0
    if load < low or load > high:
        wanted = low if load < low else high
        order = np.argsort(gain)
        held = 0.0
        for place in range(n):
            i = order[place]
            share = min(weights[i], max(0.0, wanted - held))
            taken = weights[i] if (i == first or gain[i] < 0) else 0.0
            if i != first:
                total += (share - taken) * gain[i]
                if share > 0:
                    price = gain[i]
            held += weights[i]
    for i in range(n):
        side[i] = 0 if gain[i] < price else 1
        wrong[i] = np.inf if i == first else weights[i] * abs(gain[i] - price)
    return total


@compiled
def _looked(order, wrong, side, spare, xy, weights, indptr, indices, bounds, value, most, found):  # type: ignore[no-untyped-def]
    """The least value of a plan that differs from `side` by units that cost no more than `spare` in sum, into `found`,
    and how many were looked at: one more than `most` where it was given up."""
    n = len(side)
    region = side.copy()
    taken = np.empty(n + 1, np.int64)
    spent = np.zeros(n + 1)
    seen = np.empty(n, np.bool_)
    queue = np.empty(n, np.int64)
    depth, looks, at = 0, 0, -1
    while True:
        looks += 1
        if looks > most:
            return value, looks
        now = _value_of(region, xy, weights, bounds)
        if now < value and _in_two(region, indptr, indices, seen, queue):
            value = now
            found[:] = region
        at += 1
        # one unit more on the other side, or the last of them instead of which the next one is
        while at >= n or spent[depth] + wrong[order[at]] > spare:
            if depth == 0:
                return value, looks
            depth -= 1
            at = taken[depth]
            region[order[at]] = 1 - region[order[at]]
            at += 1
        taken[depth] = at
        spent[depth + 1] = spent[depth] + wrong[order[at]]
        region[order[at]] = 1 - region[order[at]]
        depth += 1


@compiled
def _value_of(region, xy, weights, bounds):  # type: ignore[no-untyped-def]
    """Sum of weights x squared distance to each region's middle; infinite where a load is out of bounds."""
    load, x, y, square = 0.0, 0.0, 0.0, 0.0
    total = 0.0
    for i in range(len(region)):
        total += weights[i]
        square += weights[i] * (xy[i, 0] ** 2 + xy[i, 1] ** 2)
        if region[i] == 0:
            load += weights[i]
            x += weights[i] * xy[i, 0]
            y += weights[i] * xy[i, 1]
    if load < bounds[0] or load > bounds[1]:
        return np.inf
    # the middle of all is at 0, so both regions have the same moment
    return square - (x * x + y * y) * (1.0 / load + 1.0 / (total - load))


@compiled
def _in_two(region, indptr, indices, seen, queue):  # type: ignore[no-untyped-def]
    """Whether each of the two regions hangs together."""
    n = len(region)
    pieces = 0
    seen[:] = False
    for start in range(n):
        if seen[start]:
            continue
        pieces += 1
        if pieces > 2:
            return False
        seen[start] = True
        queue[0] = start
        head, tail = 0, 1
        while head < tail:
            i = queue[head]
            head += 1
            for e in range(indptr[i], indptr[i + 1]):
                j = indices[e]
                if not seen[j] and region[j] == region[i]:
                    seen[j] = True
                    queue[tail] = j
                    tail += 1
    return True
