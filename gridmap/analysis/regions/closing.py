"""Proof for parts whose value is a sum of walks: the assignment of units to centres as a mixed-integer program.

What a known plan and the bound rule out is left out first. Contiguity is added as it is broken: a unit may join a
centre only if some unit of each set that separates the two does. The bound stays true without the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Thread
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import connected_components

from gridmap.analysis.regions.lagrange import CELLS_MOST, Relaxation, access_bound, allowed
from gridmap.analysis.regions.problem import Bools, Floats, Ints, Part
from gridmap.analysis.regions.search import COLD, Clock, Found, Search
from gridmap.analysis.regions.start import contiguous

PAIRS_MOST = 60_000
"""Pairs of a unit and a centre that may be left for the program; beyond, the bound is all there is."""
PAIRS_RELAXED = 30_000
"""Pairs for which the linear relaxation takes seconds."""
NODES_FIRST = 50
REPAIR_STEPS = 1000
"""Annealing steps a unit that make a plan of an assignment."""
TOGETHER = 4
"""Regions whose best split is proven at a time, to better a plan."""
SECONDS_A_RESPLIT = 5.0
TIME_TO_RESPLIT = 0.5
ROUNDS = 100
TIGHT = 1e-9


@dataclass
class Closed:
    """The best plan known, a bound, and whether the two meet; no plan and `proven` means that there is none."""

    found: Found | None
    bound: float
    proven: bool = False


def closable(part: Part, objective: str) -> bool:
    """Whether the value of a part is a sum of costs to centres, and its size within reach."""
    locked = part.free_centres and bool((part.label >= 0).any())
    return objective == "access" and part.target_cost == 0 and not locked and part.n * len(part.centres) <= CELLS_MOST


def close(
    part: Part, p: int, clock: Clock, *, known: Found | None = None, bound: float = 0.0, price: Floats | None = None
) -> Closed:
    """The best plan with exactly p regions of a part that is `closable`, or a better bound.

    Parameters
    ----------
    part, p, clock
        What to solve, and the time there is. The regions' centres are among the part's candidates.
    known
        A plan: what costs more is left out.
    bound, price
        A bound and the units' prices that gave it, from `lagrange`.
    """
    return _Closing(part, p, known, bound, clock).run(price)


def resplit(part: Part, known: Found, clock: Clock) -> Found:
    """A plan made better by proving the best split of each few neighbouring regions, until no few can be bettered."""
    region, columns, value = known[0].copy(), known[1].copy(), known[2]
    tried: set[tuple[int, ...]] = set()
    waiting = list(range(len(columns)))
    while waiting and not clock.stop_now(0.9):
        few = _neighbours(part, region, waiting.pop(0))
        units = np.flatnonzero(np.isin(region, few))
        if (state := tuple(region[units].tolist() + units.tolist())) in tried:
            continue
        tried.add(state)
        inner, inside = _few(part, units, columns, few)
        local = np.searchsorted(few, region[units])
        before = Search(inner, len(few), "access", np.random.default_rng(0), []).value(local, inside)
        own = replace(clock, deadline=min(clock.deadline, clock.deadline - clock.left + SECONDS_A_RESPLIT))
        closing = _Closing(inner, len(few), (local, inside, before), 0.0, own, alone=True)
        price = None if part.fixed_centres else access_bound(inner, len(few), len(few), before, own)[1]
        found = closing.run(price).found
        clock.stopped = clock.asked_to_stop = own.asked_to_stop
        if found is None or found[2] >= before * (1 - TIGHT):
            continue
        order = np.argsort(found[1]) if part.fixed_centres else np.arange(len(few))
        for number, old in zip(order, few, strict=True):
            region[units[found[0] == number]] = old
            columns[old] = np.flatnonzero(part.centres == units[inner.centres[found[1][number]]])[0]
        value += found[2] - before
        waiting += [one for one in few if one not in waiting]
    value = Search(part, len(columns), "access", np.random.default_rng(0), []).value(region, columns)
    return (region, columns, value) if value < known[2] else known


def _neighbours(part: Part, region: Ints, first: int) -> Ints:
    """A region and those that share the most edges with it, up to TOGETHER of them, in order."""
    sources = np.repeat(np.arange(part.n), np.diff(part.indptr))
    here = region[sources] == first
    shared = np.bincount(region[part.indices[here]], minlength=int(region.max()) + 1)
    shared[first] = len(part.indices) + 1
    order = np.argsort(-shared, kind="stable")[:TOGETHER]
    return np.sort(order[shared[order] > 0])


def _few(part: Part, units: Ints, columns: Ints, few: Ints) -> tuple[Part, Ints]:
    """Some regions as a part of their own, and the columns of their centres in it."""
    here = np.full(part.n, -1)
    here[units] = np.arange(len(units))
    sources = np.repeat(np.arange(part.n), np.diff(part.indptr))
    keep = (here[sources] >= 0) & (here[part.indices] >= 0)
    indptr = np.zeros(len(units) + 1, dtype=np.int64)
    np.cumsum(np.bincount(here[sources[keep]], minlength=len(units)), out=indptr[1:])
    used = np.flatnonzero(here[part.centres] >= 0)
    renumbered = np.full(len(part.centres) + 1, -1)
    renumbered[used] = np.arange(len(used))
    inner = replace(
        part,
        units=part.units[units],
        weights=part.weights[units],
        indptr=indptr,
        indices=here[part.indices[keep]],
        border=part.border[keep],
        xy=None if part.xy is None else part.xy[units],
        cost=np.ascontiguousarray(part.costs()[np.ix_(units, used)]),
        centres=here[part.centres[used]],
        label=part.label[units] if part.free_centres else renumbered[part.label[units]],
        capacity=None if part.capacity is None else part.capacity[used],
        least=len(few),
        most=len(few),
    )
    return inner, renumbered[columns[few]]


def rounded(part: Part, clock: Clock) -> Ints | None:
    """(n,) the centre that gets most of a unit in the linear relaxation with fixed centres; None if there is none."""
    closing = _Closing(part, len(part.centres), None, 0.0, clock)
    closing.reach()
    if not closing.pairs.any(axis=1).all() or closing.pairs.sum() > PAIRS_RELAXED:
        return None
    model = closing.model()
    result = linprog(model.cost, *model.rows, bounds=(0, 1), options={"time_limit": max(0.1, clock.left)})
    if result.status != 0:
        return None
    share = np.zeros(closing.pairs.shape)
    share[model.unit, model.column] = result.x
    return share.argmax(axis=1)


@dataclass
class _Closing:
    part: Part
    p: int
    known: Found | None
    bound: float
    clock: Clock
    pairs: Bools = field(init=False)
    """(n, k) whether the unit may still be in that centre's region."""
    whole: bool = field(init=False)
    """Whether every value is a whole number, so that a better plan is better by one."""
    cuts: list[tuple[int, Ints, Ints]] = field(default_factory=list)
    """Candidate, units behind the separator, the separator."""
    alone: bool = False
    """Whether this is one of the few regions of a larger part."""
    nodes: int = NODES_FIRST
    """Of the next program's tree: few at first, so that a better plan leaves out more before the long work."""

    def __post_init__(self) -> None:
        costs = self.part.costs()
        used = costs[self.part.weights > 0]
        self.whole = bool((used[np.isfinite(used)] % 1 == 0).all())
        self.pairs = allowed(self.part)

    @property
    def value(self) -> float:
        """That of the best plan known."""
        return np.inf if self.known is None else self.known[2]

    @property
    def better(self) -> float:
        """A plan is better only if its value is at most this."""
        return self.value - 1 + 1e-6 if self.whole else self.value * (1 - TIGHT) - TIGHT

    def run(self, price: Floats | None) -> Closed:
        """Leave out, relax, solve and cut until the best plan is proven or the time is up."""
        if price is not None:
            relaxed = Relaxation.of(self.part, self.pairs, self.p, self.p)
            self.pairs &= relaxed.least_with(price) <= self.better
        self.reach()
        if not self._relax() or self.clock.stop_now(0.9):
            return self._closed(proven=self.bound > self.better)
        if self.known is not None and self.p > TOGETHER and not self.alone:
            self.known = resplit(self.part, self.known, self._share())
            if not self._relax():
                return self._closed(proven=self.bound > self.better)
        for _ in range(ROUNDS):
            done = self._round()
            if done is not None:
                return self._closed(proven=done)
        return self._closed(proven=False)

    def _share(self) -> Clock:
        return replace(self.clock, deadline=self.clock.deadline - self.clock.left * (1.0 - TIME_TO_RESPLIT))

    def _closed(self, *, proven: bool) -> Closed:
        return Closed(self.known, self.value if proven else min(self.bound, self.value), proven)

    def reach(self) -> None:
        """Leave out what isn't connected to its centre through what is left; and centres that are out."""
        part = self.part
        sources = np.repeat(np.arange(part.n), np.diff(part.indptr))
        for j, centre in enumerate(part.centres):
            here = self.pairs[:, j]
            if here[centre]:
                keep = here[sources] & here[part.indices]
                graph = csr_array((np.ones(keep.sum()), (sources[keep], part.indices[keep])), shape=(part.n, part.n))
                piece = connected_components(graph, directed=False)[1]
                self.pairs[:, j] = here & (piece == piece[centre])
            else:
                self.pairs[:, j] = False

    def _relax(self) -> bool:
        """Better the bound by the linear relaxation and leave out more, while that helps; whether to go on."""
        for _ in range(4):
            count = int(self.pairs.sum())
            if not self.pairs.any(axis=1).all():
                self.bound = np.inf
            if self.bound > self.better or count > PAIRS_MOST:
                return False
            if count > PAIRS_RELAXED or not self._relax_once() or self.pairs.sum() > 0.9 * count:
                break
        return self.bound <= self.better

    def _relax_once(self) -> bool:
        model = self.model()
        options = {"time_limit": max(0.1, self.clock.left)}
        result = linprog(model.cost, *model.rows, bounds=(0, 1), options=options)
        if result.status == 2:
            self.bound = np.inf
        if result.status != 0 or self.clock.stop_now(0.9):
            return False
        self.bound = max(self.bound, float(result.fun))
        out = result.fun + result.lower.marginals > self.better
        self.pairs[model.unit[out], model.column[out]] = False
        self.reach()
        return True

    def _round(self) -> bool | None:
        """Solve the program with the cuts so far. True: proven, False: no time left, None: cuts were added."""
        model = self.model()
        equal, sides = model.rows[2], model.rows[3]
        rows = [LinearConstraint(equal, sides, sides), LinearConstraint(model.rows[0], -np.inf, model.rows[1])]
        gap = min(1e-6, 0.5 / self.value) if self.whole and self.value > 0 else 1e-7
        options = {"time_limit": max(0.1, self.clock.left), "mip_rel_gap": gap, "node_limit": self.nodes}
        program = partial(
            milp, model.cost, integrality=np.ones(len(model.cost)), bounds=Bounds(0, 1), constraints=rows,
            options=options,
        )  # fmt: skip
        result = _aside(program, self.clock)
        if result is None:
            return False
        if result.status == 2:
            self.bound = np.inf
            return True
        if result.mip_dual_bound is not None and np.isfinite(result.mip_dual_bound):
            self.bound = max(self.bound, float(result.mip_dual_bound))
        if self.bound > self.better:
            return True
        through = result.status == 0
        if not through:
            self.nodes *= 4
        if result.x is not None and self._learn(model, result.x) and through:
            return True
        if self.clock.stop_now(0.9):
            return False
        return None if self._relax() else self.bound > self.better

    def _learn(self, model: _Model, taken: Floats) -> bool:
        """Add the cuts an assignment asks for, and keep it or what it is repaired to; whether it is a plan itself."""
        unit, column = model.unit[taken > 0.5], model.column[taken > 0.5]
        owner = np.empty(self.part.n, dtype=np.int64)
        owner[unit] = column
        columns = np.unique(owner)
        region = np.searchsorted(columns, owner)
        whole = self._cut(owner)
        run = Search(self.part, self.p, "access", np.random.default_rng(0), [])
        found = (region, columns, run.value(region, columns)) if whole else self._repaired(region, columns)
        if found is not None and found[2] < self.value:
            self.known = found
        return whole

    def _repaired(self, region: Ints, columns: Ints) -> Found | None:
        """A plan near an assignment that isn't contiguous."""
        rng = np.random.default_rng(0)
        core = [self.part.centres[[column]] for column in columns]
        begin = contiguous(self.part, region, core, rng)
        run = Search(self.part, self.p, "access", rng, core)
        return run.run(begin, REPAIR_STEPS * self.part.n, COLD, self.clock, lambda _: 0.9)

    def _cut(self, owner: Ints) -> bool:
        """Add the separators that an assignment breaks; whether it breaks none."""
        part = self.part
        sources = np.repeat(np.arange(part.n), np.diff(part.indptr))
        same = owner[sources] == owner[part.indices]
        graph = csr_array((np.ones(same.sum()), (sources[same], part.indices[same])), shape=(part.n, part.n))
        piece = connected_components(graph, directed=False)[1]
        before = len(self.cuts)
        for number in range(piece.max() + 1):
            members = np.flatnonzero(piece == number)
            j = int(owner[members[0]])
            if piece[part.centres[j]] != number:
                self.cuts.append((j, members, self._separator(j, members)))
        return len(self.cuts) == before

    def _separator(self, j: int, members: Ints) -> Ints:
        """The units next to these that can be reached from the centre: without them nothing gets through."""
        part, here = self.part, self.pairs[:, j]
        beside = np.zeros(part.n, dtype=bool)
        for unit in members:
            beside[part.indices[part.indptr[unit] : part.indptr[unit + 1]]] = True
        beside &= here
        beside[members] = False
        sources = np.repeat(np.arange(part.n), np.diff(part.indptr))
        free = here & ~beside
        keep = free[sources] & free[part.indices]
        graph = csr_array((np.ones(keep.sum()), (sources[keep], part.indices[keep])), shape=(part.n, part.n))
        piece = connected_components(graph, directed=False)[1]
        side = free & (piece == piece[part.centres[j]])
        side[part.centres[j]] = True
        touched = np.zeros(part.n, dtype=bool)
        touched[part.indices[side[sources]]] = True
        touched[part.centres[j]] = True
        return np.flatnonzero(beside & touched)

    def model(self) -> _Model:
        """The program for what is left."""
        return _Model.of(self.part, self.p, self.pairs, self.cuts)


def _aside(work: Callable[[], Any], clock: Clock) -> Any:
    """What the work comes to; None if the clock says stop before. The work then ends at its own time limit, unheard."""
    result: list[Any] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            result.append(work())
        except Exception as error:
            failed.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.02)
        if clock.left <= -0.5 or (clock.stop_now(0.9) and clock.asked_to_stop):
            return None
    if failed:
        raise failed[0]
    return result[0]


@dataclass
class _Model:
    """The pairs that are left as columns, with their costs and rows: `A_ub, b_ub, A_eq, b_eq`."""

    unit: Ints
    column: Ints
    cost: Floats
    rows: tuple[csr_array, Floats, csr_array, Floats]

    @classmethod
    def of(cls, part: Part, p: int, pairs: Bools, cuts: list[tuple[int, Ints, Ints]]) -> _Model:
        unit, column = (array.astype(np.int64) for array in np.nonzero(pairs))
        count = len(unit)
        at = np.full(pairs.shape, -1)
        at[unit, column] = np.arange(count)
        own = at[part.centres[column], column]
        weight = part.weights[unit]
        cost = np.zeros(count)
        paid = weight > 0
        cost[paid] = weight[paid] * part.costs()[unit[paid], column[paid]]
        used = np.unique(column)
        row = np.searchsorted(used, column)
        open_ = at[part.centres[used], used]
        lines = np.arange(len(used))
        load = csr_array((weight.astype(float), (row, np.arange(count))), shape=(len(used), count))
        high = np.full(len(part.centres), part.high) if part.capacity is None else part.capacity
        upper = load - csr_array((high[used].astype(float), (lines, open_)), shape=load.shape)
        below = [upper.tocsr()]
        if part.low > 0:
            floor = csr_array((np.full(len(used), float(part.low)), (lines, open_)), shape=load.shape)
            below.append((floor - load).tocsr())
        joined = np.flatnonzero(own != np.arange(count))
        if not part.fixed_centres:
            below.append(_at_most(joined, own[joined], np.arange(len(joined)), count))
        below.append(_neighbour_rows(part, pairs, at, unit, column))
        for j, members, separator in cuts:
            inside = at[members, j]
            inside = inside[inside >= 0]
            wall = at[separator, j]
            wall = wall[wall >= 0]
            where = np.repeat(np.arange(len(inside)), len(wall))
            below.append(_at_most(inside, np.tile(wall, len(inside)), where, count))
        equal = [csr_array((np.ones(count), (unit, np.arange(count))), shape=(part.n, count))]
        sides = np.ones(part.n)
        if not part.fixed_centres:
            equal.append(csr_array((np.ones(len(used)), (np.zeros(len(used), dtype=int), open_)), shape=(1, count)))
            sides = np.append(sides, p)
        above = vstack(below).tocsr()
        return cls(unit, column, cost, (above, np.zeros(above.shape[0]), vstack(equal).tocsr(), sides))


def _at_most(left: Ints, right: Ints, where: Ints, count: int) -> csr_array:
    """Rows that say: left is at most the sum of those of right that belong to it."""
    lines = np.arange(len(left))
    values = np.concatenate((np.ones(len(left)), -np.ones(len(right))))
    places = np.concatenate((lines, where)), np.concatenate((left, right))
    return csr_array((values, places), shape=(len(left), count))


def _neighbour_rows(part: Part, pairs: Bools, at: Ints, unit: Ints, column: Ints) -> csr_array:
    """A unit that isn't next to its centre has a neighbour in the same region."""
    beside = np.zeros(pairs.shape, dtype=bool)
    for j, centre in enumerate(part.centres):
        beside[part.indices[part.indptr[centre] : part.indptr[centre + 1]], j] = True
        beside[centre, j] = True
    far = np.flatnonzero(~beside[unit, column])
    degree = np.diff(part.indptr)[unit[far]]
    where = np.repeat(np.arange(len(far)), degree)
    start = np.repeat(part.indptr[unit[far]] - np.concatenate(([0], np.cumsum(degree)[:-1])), degree)
    neighbour = part.indices[start + np.arange(degree.sum())]
    right = at[neighbour, column[far][where]]
    kept = right >= 0
    return _at_most(far, right[kept], where[kept], len(unit))
