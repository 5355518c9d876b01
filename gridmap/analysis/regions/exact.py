# ruff: noqa: PLR0917 - compiled loops take their arrays one by one and stay in one piece
"""Proof for small parts: every region there can be, and the cheapest set of them that covers each unit once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from gridmap.analysis.regions.anneal import compiled
from gridmap.analysis.regions.problem import Answer, Bools, Floats, Ints, Part
from gridmap.analysis.regions.search import Clock, Search

UNITS_MOST = 62
"""A region is kept as the bits of one integer."""
NODES_PER_SECOND = 10_000_000
VISITS_MOST = 10_000_000
REGIONS_MOST = 100_000
"""Beyond these the part is left to the heuristic: about a second of listing, a few of choosing."""


@compiled
def _connected_sets(neighbours, weights, label, low, high, visits_most, sets):  # type: ignore[no-untyped-def]
    """Every connected set of units with a load within the bounds and at most one lock's label, as bits.

    Each set is reached once: a set grows by its lowest open neighbour, or leaves that neighbour out for good.
    Returns how many were found, or -1 where there are too many of them or of the steps to them.
    """
    n = len(weights)
    depth = 4 * n + 8
    chosen = np.empty(depth, dtype=np.int64)
    closed = np.empty(depth, dtype=np.int64)
    open_ = np.empty(depth, dtype=np.int64)
    load = np.empty(depth, dtype=np.int64)
    lock = np.empty(depth, dtype=np.int64)
    found = 0
    visits = 0
    for root in range(n):
        chosen[0] = np.int64(1) << root
        closed[0] = (np.int64(1) << (root + 1)) - 1
        open_[0] = neighbours[root] & ~closed[0]
        load[0] = weights[root]
        lock[0] = label[root]
        top = 1
        if load[0] > high:
            continue
        while top > 0:
            top -= 1
            visits += 1
            if visits > visits_most:
                return -1
            s, x, f, w, k = chosen[top], closed[top], open_[top], load[top], lock[top]
            if f == 0:
                if w >= low:
                    if found == len(sets):
                        return -1
                    sets[found] = s
                    found += 1
                continue
            bit = f & -f
            u = 0
            while (bit >> u) & 1 == 0:
                u += 1
            x |= bit
            chosen[top], closed[top], open_[top], load[top], lock[top] = s, x, f & ~bit, w, k
            top += 1
            if w + weights[u] <= high and (k < 0 or label[u] < 0 or k == label[u]):
                chosen[top] = s | bit
                closed[top] = x
                open_[top] = (f | neighbours[u]) & ~x
                load[top] = w + weights[u]
                lock[top] = label[u] if k < 0 else k
                top += 1
    return found


def prove(part: Part, objective: str, clock: Clock, known: tuple[int, float] | None = None) -> Answer | bool | None:
    """The proven best plan of a small part.

    Parameters
    ----------
    part, objective, clock
        What to solve, and the time there is.
    known
        Number of regions and value of a plan that is known, to leave out what can't be better.

    Returns
    -------
    Answer, None or bool
        The best plan; False where it is proven that there is none; None where the part is too large for a proof or
        the time ran out.
    """
    fewest = part.least if known is None else known[0]
    sets = _sets(part, fewest) if part.n <= UNITS_MOST else None
    if sets is None:
        return None
    member = ((sets[:, None] >> np.arange(part.n)) & 1).astype(bool)
    member, cost, column = _priced(part, objective, member)
    order = np.argsort(member.argmax(axis=1), kind="stable")
    member, cost, column = member[order], cost[order], column[order]
    listed = _Listed(part, member, clock)
    chosen = listed.most(fewest)
    if chosen is None:
        return None
    if not len(chosen):
        return False
    p = len(chosen)
    value = known[1] if known is not None and known[0] == p else np.inf
    best = listed.cheapest(cost, p, min(value, float(cost[chosen].sum())))
    if best is None:
        return None
    return _answer(part, objective, member, column, best if len(best) else chosen)


@dataclass
class _Listed:
    """All regions there can be, in the order of their first units, and the search for covers of them."""

    part: Part
    member: Bools
    clock: Clock

    def most(self, fewest: int) -> Ints | None:
        """A cover by the most regions; empty if there is none with at least `fewest`, None if time ran out."""
        empty = np.empty(0, dtype=np.int64)
        if not len(self.member):
            return empty
        relaxed = self._relaxed(-np.ones(len(self.member)), None)
        if relaxed is None or len(relaxed[1]) == 0:
            return empty if relaxed is not None else None
        value, reduced = relaxed
        for p in range(min(self.part.most, int(np.floor(1e-6 - value))), fewest - 1, -1):
            chosen = self._search(reduced, p, -p - value + 1e-6, any_will_do=True)
            if chosen is None or len(chosen):
                return chosen
        return empty

    def cheapest(self, cost: Floats, p: int, value: float) -> Ints | None:
        """The cheapest cover by p regions if it costs less than `value`, else empty; None if time ran out."""
        relaxed = self._relaxed(cost, p)
        if relaxed is None or len(relaxed[1]) == 0:
            return None
        return self._search(relaxed[1], p, value - relaxed[0] - 1e-9 * max(1.0, abs(value)), any_will_do=False)

    def _relaxed(self, cost: Floats, p: int | None) -> tuple[float, Floats] | None:
        """Value and reduced costs of the linear relaxation; no reduced costs if it has no solution, None if no time."""
        rows = [csr_array(self.member.T.astype(float))]
        if p is not None:
            rows.append(csr_array(np.ones((1, len(self.member)))))
        matrix = vstack(rows).tocsc()
        sides = np.ones(matrix.shape[0])
        if p is not None:
            sides[-1] = p
        options = {"time_limit": max(0.1, self.clock.left)}
        result = linprog(cost, A_eq=matrix, b_eq=sides, bounds=(0, None), options=options)
        if result.status == 2:
            return 0.0, np.empty(0)
        if result.status != 0 or self.clock.stop_now(0.5):
            return None
        return float(result.fun), cost - matrix.T @ result.eqlin.marginals

    def _search(self, reduced: Floats, p: int, budget: float, *, any_will_do: bool) -> Ints | None:
        first = self.member.argmax(axis=1)
        kept = np.flatnonzero(reduced <= budget)
        kept = kept[np.lexsort((reduced[kept], first[kept]))]
        starts = np.searchsorted(first[kept], np.arange(self.part.n + 1))
        bits = self.member[kept] @ (np.int64(1) << np.arange(self.part.n))
        chosen = np.full(p, -1)
        state = _exact_cover(
            bits, self.member[kept] @ self.part.weights, np.maximum(reduced[kept], 0.0), starts, self.part.weight,
            self.part.n, p, self.part.low, self.part.high, budget, any_will_do,
            int(max(0.2, self.clock.left) * NODES_PER_SECOND), chosen,
        )  # fmt: skip
        if state < 0:
            return None
        return kept[chosen] if state > 0 else np.empty(0, dtype=np.int64)


@compiled
def _exact_cover(  # type: ignore[no-untyped-def]
    bits, load, reduced, starts, weight, n, p, low, high, budget, any_will_do, nodes, chosen
):
    """p sets that cover each unit once, with the least sum of reduced costs below the budget, in `chosen`.

    Depth first: the first unit that isn't covered is covered by each set that begins with it, cheapest first.
    Returns 1 if there are such sets, 0 if there are none, -1 where the nodes ran out before that was known.
    """
    at = np.zeros(p + 1, dtype=np.int64)
    end = np.zeros(p + 1, dtype=np.int64)
    covered = np.zeros(p + 1, dtype=np.int64)
    spent = np.zeros(p + 1)
    left = np.zeros(p + 1, dtype=np.int64)
    stack = np.zeros(p + 1, dtype=np.int64)
    everything = (np.int64(1) << n) - 1
    left[0] = weight
    at[0], end[0] = starts[0], starts[1]
    depth = 0
    found = 0
    while depth >= 0:
        nodes -= 1
        if nodes < 0:
            return -1
        i = at[depth]
        if i >= end[depth] or spent[depth] + reduced[i] > budget:
            depth -= 1
            continue
        at[depth] += 1
        if bits[i] & covered[depth]:
            continue
        rest = left[depth] - load[i]
        more = p - depth - 1
        if rest < more * low or rest > more * high:
            continue
        now = covered[depth] | bits[i]
        stack[depth] = i
        if now == everything:
            if more == 0:
                chosen[:] = stack[:p]
                found = 1
                if any_will_do:
                    return 1
                budget = spent[depth] + reduced[i] - 1e-12
            continue
        if more == 0:
            continue
        u = 0
        while (now >> u) & 1:
            u += 1
        depth += 1
        covered[depth] = now
        spent[depth] = spent[depth - 1] + reduced[i]
        left[depth] = rest
        at[depth], end[depth] = starts[u], starts[u + 1]
    return found


def _sets(part: Part, fewest: int) -> Ints | None:
    """Every region that a plan with at least `fewest` regions can have, as bits; None where there are too many."""
    neighbours = np.zeros(part.n, dtype=np.int64)
    sources = np.repeat(np.arange(part.n), np.diff(part.indptr))
    np.bitwise_or.at(neighbours, sources, np.int64(1) << part.indices)
    room = part.high if part.capacity is None else int(part.capacity.max())
    high = min(room, part.weight - (fewest - 1) * part.low)
    sets = np.empty(REGIONS_MOST, dtype=np.int64)
    label = part.label if part.free_centres else np.full(part.n, -1)
    found = int(_connected_sets(neighbours, part.weights, label, part.low, high, VISITS_MOST, sets))
    if found < 0:
        return None
    whole = np.ones(found, dtype=bool)
    for one in np.unique(label[label >= 0]):
        units = np.bitwise_or.reduce(np.int64(1) << np.flatnonzero(label == one))
        held = sets[:found] & units
        whole &= (held == 0) | (held == units)
    return sets[:found][whole]


def _priced(part: Part, objective: str, member: Bools) -> tuple[Bools, Floats, Ints]:
    """What each region adds to the value, and its centre's column; regions that no centre can take are dropped."""
    weights = part.weights.astype(np.float64)
    load = member @ weights
    cost: Floats = np.zeros(len(member))
    column = np.zeros(len(member), dtype=np.int64)
    if objective == "border":
        sources = np.repeat(np.arange(part.n), np.diff(part.indptr))
        for unit, other, length in zip(sources, part.indices, part.border, strict=True):
            cost += 0.5 * length * (member[:, unit] & ~member[:, other])
    if objective == "compact":
        assert part.xy is not None
        moment = member @ (weights[:, None] * part.xy)
        square = member @ (weights * (part.xy**2).sum(axis=1))
        cost = square - np.divide((moment**2).sum(axis=1), load, out=np.zeros(len(load)), where=load > 0)
    if objective == "access" or not part.free_centres:
        prices = np.full((len(member), len(part.centres)), np.inf)
        for j, centre in enumerate(part.centres):
            prices[:, j] = _with_centre(part, objective, member, load, j, int(centre))
        column = prices.argmin(axis=1)
        best = prices[np.arange(len(member)), column]
        taken = np.isfinite(best)
        member, column, load = member[taken], column[taken], load[taken]
        cost = cost[taken] + best[taken]
    if part.target_cost > 0:
        cost = cost + part.target_cost * (load - part.target) ** 2
    return member, cost, column


def _with_centre(part: Part, objective: str, member: Bools, load: Floats, j: int, centre: int) -> Floats:
    """Cost of every region with candidate j as its centre; infinite where it can't be."""
    price: Floats = np.zeros(len(member))
    if objective == "access":
        each = part.weights * np.where(part.weights > 0, part.costs()[:, j], 0.0)
        lost = ~np.isfinite(each)
        price += member @ np.where(lost, 0.0, each)
        price[member[:, lost].any(axis=1)] = np.inf
    price[~member[:, centre]] = np.inf
    if part.capacity is not None:
        price[load > part.capacity[j]] = np.inf
    if not part.free_centres:
        price[member[:, (part.label >= 0) & (part.label != j)].any(axis=1)] = np.inf
        price[(~member[:, part.label == j]).any(axis=1)] = np.inf
    if part.fixed_centres:
        others = np.delete(part.centres, j)
        price[member[:, others].any(axis=1)] = np.inf
    return price


def _answer(part: Part, objective: str, member: Bools, column: Ints, chosen: Ints) -> Answer:
    """The chosen regions, numbered by their first units (or by their fixed centres), as an answer."""
    if part.fixed_centres:
        chosen = chosen[np.argsort(column[chosen])]
    else:
        chosen = chosen[np.argsort(member[chosen].argmax(axis=1))]
    region = np.zeros(part.n, dtype=np.int64)
    for number, one in enumerate(chosen):
        region[member[one]] = number
    run = Search(part, len(chosen), objective, np.random.default_rng(0), [])
    value = run.value(region, column[chosen])
    return Answer(region, value, value, column[chosen], proven=True)
