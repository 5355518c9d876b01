"""The assignment of units to centres as a mixed-integer program, for parts whose value is a sum of walks.

What a known plan and the bound rule out is left out first. Contiguity is added as it is broken: a unit may join a
centre only if some unit of each set that separates the two does. The bound stays true without the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import connected_components

from gridmap.analysis.regions.lagrange import Relaxation, allowed
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
ROUNDS = 100
TIGHT = 1e-9


@dataclass
class Closed:
    """The best plan known, a bound, and whether the two meet; no plan and `proven` means that there is none."""

    found: Found | None
    bound: float
    proven: bool = False


class Relaxed(NamedTuple):
    """Of a linear relaxation (n,) which centre gets most of a unit, (k,) what a household more there costs others."""

    owner: Ints
    toll: Floats


@dataclass
class Program:
    """The program of a part with p regions, as far as it isn't ruled out yet, and the best plan known."""

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

    def run(self, price: Floats | None = None) -> Closed:
        """Leave out, relax, solve and cut until the best plan is proven or the time is up."""
        return self.solve() if self.narrow(price) else self.so_far()

    def narrow(self, price: Floats | None = None) -> bool:
        """Leave out what the prices and the linear relaxation rule out; whether to go on with what is left."""
        self.leave_out(price)
        return self.relax() and not self.clock.stop_now(0.9)

    def leave_out(self, price: Floats | None) -> None:
        """Leave out the pairs that these prices rule out, and what is cut off from its centre then."""
        if price is not None:
            relaxed = Relaxation.of(self.part, self.pairs, self.p, self.p)
            self.pairs &= relaxed.least_with(price) <= self.better
        self.reach()

    def solve(self) -> Closed:
        """Solve and cut until the best plan is proven or the time is up."""
        for _ in range(ROUNDS):
            done = self._round()
            if done is not None:
                return self._closed(proven=done)
        return self._closed(proven=False)

    def so_far(self) -> Closed:
        """What is known."""
        return self._closed(proven=self.bound > self.better)

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

    def relax(self) -> bool:
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

    def relaxed(self) -> Relaxed | None:
        """What the linear relaxation of what is left says; None if it has no solution or the time is up."""
        model = self.model()
        result = self._linear(model)
        if result.status != 0:
            return None
        share = np.zeros(self.pairs.shape)
        share[model.unit, model.column] = result.x
        return Relaxed(share.argmax(axis=1), model.tolls(result.ineqlin.marginals, self.part))

    def _linear(self, model: _Model) -> Any:
        options = {"time_limit": max(0.1, self.clock.left)}
        return linprog(model.cost, *model.rows, bounds=(0, 1), options=options)

    def _relax_once(self) -> bool:
        model = self.model()
        result = self._linear(model)
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
        return None if self.relax() else self.bound > self.better

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

    def tolls(self, marginals: Floats, part: Part) -> Floats:
        """(k,) what a household more at a centre costs the others, from the marginals of the rows above."""
        used = np.unique(self.column)
        toll = np.zeros(len(part.centres))
        toll[used] = -marginals[: len(used)]
        if part.low > 0:
            toll[used] += marginals[len(used) : 2 * len(used)]
        return toll


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
