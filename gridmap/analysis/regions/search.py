"""The heuristic for a part of any size: a power diagram, then annealed moves, cooled by steps and not by time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from gridmap.analysis.regions import anneal
from gridmap.analysis.regions.packing import packed
from gridmap.analysis.regions.problem import Bools, Floats, Ints, Part, Progress
from gridmap.analysis.regions.start import cores, positions, power_diagram
from gridmap.domain.notes import Words

OBJECTIVES = {"access": anneal.ACCESS, "compact": anneal.COMPACT, "border": anneal.BORDER}
CHUNK = 200_000
"""Steps between two looks at the clock."""
UNREACHED = 1000.0
"""An infinite cost is searched as this many times the largest finite one; an answer that holds one is refused."""

Found = tuple[Ints, Ints, float]
"""A partition, its regions' columns of `cost`, its value."""


@dataclass(frozen=True)
class Schedule:
    """How a run cools, in typical changes of the value: temperatures, and prices of an average unit's households.

    A price is paid for each household outside the bounds.
    """

    hot: float
    cold: float
    price_hot: float
    price_cold: float
    any_will_do: bool = False


SMOOTH = Schedule(0.5, 0.01, 3.0, 60.0)
"""For many units a region. Found by trying on rook grids of 1,000 to 5,000 units: with lower prices long runs freeze
outside the bounds, with higher ones before they are smooth."""
STEADY = Schedule(0.45, 0.2, 3.0, 3.0)
"""For borders of many units a region, found the same way: what is won is won in a narrow span, slowly."""
LUMPY = Schedule(1.0, 0.01, 1.0, 30.0)
"""For few units a region, where most moves leave the bounds for a while."""
BOLD = Schedule(1.0, 0.2, 1.0, 1.0)
"""For borders of few or lumpy units, where many short runs find more than a long one."""
HOT = Schedule(1.0, 0.005, 3.0, 60.0)
"""For little room at fixed centres."""
COLD = Schedule(0.1, 0.005, 3.0, 60.0)
"""To mend what is nearly a good plan."""
WITHIN = Schedule(3.0, 0.05, 6.0, 6.0, any_will_do=True)
"""To get within the bounds at all: the value hardly counts."""
STAY_PRICE = 30.0
"""Price of an average unit's households outside the bounds, in typical changes, for a partition that wanders."""


@dataclass
class Clock:
    """Time and interruption: once stopped it stays stopped, and the best so far is what counts."""

    deadline: float
    progress: Progress | None = None
    words: Words = ""
    begin: float = 0.0
    width: float = 1.0
    stopped: bool = False
    asked_to_stop: bool = False
    hurried: bool = False
    """Whether a run was shortened to fit the time."""
    _told: float = field(default=0.0, repr=False)

    @property
    def left(self) -> float:
        """Seconds left."""
        return max(0.0, self.deadline - time.perf_counter())

    def stop_now(self, share: float) -> bool:
        """Tell the caller how far the work is; whether to stop, by time or because the caller returned False."""
        if self.left <= 0:
            self.stopped = True
        now = time.perf_counter()
        if self.progress is not None and not self.stopped and now - self._told > 0.05:
            self._told = now
            if self.progress(self.begin + self.width * min(share, 1.0), self.words) is False:
                self.stopped = self.asked_to_stop = True
        return self.stopped


@dataclass
class Search:
    """The annealer's arrays for one part, one objective and one number of regions."""

    part: Part
    p: int
    objective: str
    rng: np.random.Generator
    core: list[Ints]
    toll: Floats | None = None
    """(k,) what a household more at a candidate costs the others, where a relaxation tells."""
    kind: int = field(init=False)
    xy: Floats = field(init=False)
    cost: Floats = field(init=False)
    capacity: Ints = field(init=False)

    def __post_init__(self) -> None:
        part = self.part
        self.kind = OBJECTIVES[self.objective]
        self.xy = part.xy if part.xy is not None else positions(part)
        self.cost = np.zeros((1, 1))
        if self.kind == anneal.ACCESS:
            self.cost = part.costs()
            if not np.isfinite(self.cost).all():
                finite = self.cost[np.isfinite(self.cost)]
                self.cost = np.where(np.isfinite(self.cost), self.cost, UNREACHED * (1.0 + finite.max(initial=0.0)))
        self.capacity = np.full(len(part.centres), part.high) if part.capacity is None else part.capacity

    @property
    def centred(self) -> bool:
        """Whether the regions have centres that matter to the search."""
        return self.kind == anneal.ACCESS or not self.part.free_centres

    def value(self, region: Ints, column: Ints) -> float:
        """The objective of a partition."""
        return float(anneal.sums(*self._problem(column), region, self.p, *self._wish)[0])

    def _problem(self, column: Ints) -> tuple[object, ...]:
        part = self.part
        return self.kind, part.indptr, part.indices, part.border, part.weights, self.xy, self.cost, column

    def _limits(self, column: Ints) -> tuple[float, Floats, Floats, Bools]:
        """Of each region the least and most households and the toll, and (n,) the units that stay where they are."""
        part = self.part
        high = self.capacity[column] if not part.free_centres else np.full(self.p, part.high)
        locked = part.label >= 0
        if self.centred:
            locked[part.centres[column]] = True
        toll = np.zeros(self.p) if self.toll is None else self.toll[column]
        return float(part.low), high.astype(np.float64), toll, locked

    @property
    def _wish(self) -> tuple[float, float]:
        return (0.0 if np.isnan(self.part.target) else self.part.target), self.part.target_cost

    def first_columns(self, region: Ints) -> Ints | None:
        """A candidate for each region of a start; None where a region holds no candidate."""
        part = self.part
        if part.fixed_centres:
            return np.arange(self.p)
        if not self.centred:
            return np.zeros(self.p, dtype=np.int64)
        column = np.full(self.p, -1)
        cost = self.cost if self.kind == anneal.ACCESS else _spread(part, self.xy)
        load = np.bincount(region, weights=part.weights, minlength=self.p)
        anneal.recentre(part.weights, cost, part.centres, region, self.p, column, self.capacity, load)
        for number, unit in enumerate(self.core):
            locked = part.label[unit][part.label[unit] >= 0] if len(unit) and not part.free_centres else unit[:0]
            if len(locked):
                column[number] = locked[0]
        for bare in np.flatnonzero(column < 0):
            inside = np.flatnonzero(region[part.centres] == bare)
            if not len(inside):
                return None
            column[bare] = inside[0]
        return column

    def run(
        self, region: Ints, steps: int, schedule: Schedule, clock: Clock, share: Callable[[float], float]
    ) -> Found | None:
        """Anneal a partition for so many steps; the best within all bounds with its centres' columns and value.

        Where the time won't do for them it cools faster, so that it is cold in the end.
        """
        part = self.part
        column = self.first_columns(region)
        if column is None:
            return None
        region = region.copy()
        best, best_value = region.copy(), np.array([np.inf])
        kept: Found | None = None
        state = np.array([self.rng.integers(2**63)], dtype=np.uint64)
        typical = float(anneal.typical_change(*self._problem(column), region, self.p, *self._wish)) or 1.0
        positive = part.weights[part.weights > 0]
        unit = float(positive.mean()) if len(positive) else 1.0
        smooth = 0.3 * typical / float(part.border.mean() or 1.0) if len(part.border) else 0.0
        push = np.array([1.0, 0.0])
        done = 0
        chunk = self._chunk(steps)
        began = time.perf_counter()
        while done < steps:
            stop = min(steps, done + chunk)
            best_value[0] = np.inf if self.centred else best_value[0]
            anneal.anneal(
                *self._problem(column), region, self.p, *self._limits(column), *self._wish,
                smooth, schedule.hot * typical, schedule.cold * typical,
                schedule.price_hot * typical / unit, schedule.price_cold * typical / unit,
                done, stop, steps, state, best, best_value, push, schedule.any_will_do,
            )  # fmt: skip
            done = stop
            possible = done * (1.0 + clock.left / max(time.perf_counter() - began, 1e-9))
            if possible < steps:
                steps, clock.hurried = max(done, int(possible)), True
            if np.isfinite(best_value[0]) and (kept is None or best_value[0] < kept[2]):
                kept = (best.copy(), column.copy(), float(best_value[0]))
            if self.centred and not part.fixed_centres:
                self._recentre(region, column)
            if clock.stop_now(share(done / steps)) or (schedule.any_will_do and kept is not None):
                break
        return self._final(kept)

    def wander(self, region: Ints, column: Ints, steps: int, heat: float) -> None:
        """Change a partition in place by so many steps at one temperature, `heat` typical changes of the value.

        The steps are those of `run`; households outside the bounds are dear, so that it mostly stays within them.
        """
        part = self.part
        state = np.array([self.rng.integers(2**63)], dtype=np.uint64)
        typical = float(anneal.typical_change(*self._problem(column), region, self.p, *self._wish)) or 1.0
        mean = float(part.weights.mean()) or 1.0
        smooth = 0.3 * typical / float(part.border.mean() or 1.0) if len(part.border) else 0.0
        price = STAY_PRICE * typical / mean
        anneal.anneal(
            *self._problem(column), region, self.p, *self._limits(column), *self._wish,
            smooth, heat * typical, heat * typical, price, price, 0, steps, steps, state, region.copy(),
            np.array([np.inf]), np.array([1.0, 0.0]), False,
        )  # fmt: skip
        if self.centred and not part.fixed_centres:
            self._recentre(region, column)

    def within(self, region: Ints, column: Ints) -> bool:
        """Whether all loads are within their bounds."""
        load = np.bincount(region, weights=self.part.weights, minlength=self.p)
        high = self.capacity[column] if not self.part.free_centres else np.full(self.p, self.part.high)
        return bool(((load >= self.part.low) & (load <= high)).all())

    def tidied(self, found: Found) -> Found:
        """The same value with a shorter border: units without households go where they make it so."""
        part = self.part
        empty = part.weights == 0
        if self.kind == anneal.BORDER or not empty.any():
            return found
        region, column, value = found
        region = region.copy()
        locked = ~empty | (part.label >= 0)
        if self.centred:
            locked[part.centres[column]] = True
        state = np.array([self.rng.integers(2**63)], dtype=np.uint64)
        steps = 500 * int(empty.sum())
        best, best_value, push = region.copy(), np.array([np.inf]), np.array([1.0, 0.0])
        typical = float(part.border.mean()) if len(part.border) else 1.0
        anneal.anneal(
            anneal.BORDER, *self._problem(column)[1:], region, self.p, 0.0, np.full(self.p, np.inf), np.zeros(self.p),
            locked, 0.0, 0.0, 0.0, 0.3 * typical, 0.003 * typical, 1.0, 1.0, 0, steps, steps, state, best, best_value,
            push, False,
        )  # fmt: skip
        return best, column, value

    def judged(self, region: Ints) -> Found | None:
        """A partition that is known to keep the bounds, with its best centres and its value."""
        column = self.first_columns(region)
        return None if column is None else self._final((region, column, 0.0))

    def _chunk(self, steps: int) -> int:
        if self.centred and not self.part.fixed_centres:
            return max(2000, min(CHUNK, steps // 60))
        return CHUNK

    def _recentre(self, region: Ints, column: Ints) -> None:
        part = self.part
        cost = self.cost if self.kind == anneal.ACCESS else _spread(part, self.xy)
        load = np.bincount(region, weights=part.weights, minlength=self.p)
        before = column.copy()
        anneal.recentre(part.weights, cost, part.centres, region, self.p, column, self.capacity, load)
        if not part.free_centres:
            for label in np.unique(part.label[part.label >= 0]):
                held = np.flatnonzero(before == label)
                column[held] = label

    def _final(self, kept: Found | None) -> Found | None:
        """The best with its best centres and its value as asked, without the smoothing share."""
        if kept is None:
            return None
        region, column, _ = kept
        if self.centred and not self.part.fixed_centres:
            self._recentre(region, column)
        value = self.value(region, column)
        if self.kind == anneal.ACCESS and self.part.cost is not None:
            used = self.part.cost[np.arange(self.part.n), column[region]]
            if not np.isfinite(used[self.part.weights > 0]).all():
                return None
        return region, column, value


def _spread(part: Part, xy: Floats) -> Floats:
    """(n, k) squared distances, to choose centres where the objective has none of its own."""
    return np.ascontiguousarray(((xy[:, None, :] - xy[None, part.centres, :]) ** 2).sum(axis=2))


def search(
    part: Part,
    p: int,
    objective: str,
    *,
    seed: int,
    steps: int,
    clock: Clock,
    schedule: Schedule = SMOOTH,
    begin: Ints | None = None,
    toll: Floats | None = None,
) -> Found | None:
    """The best of an annealed run with p regions from a power diagram, or from the partition `begin`.

    None where it never came within the bounds. `toll` is that of `Search`.
    """
    rng = np.random.default_rng(seed)
    core = cores(part, p, rng)
    if core is None:
        return None
    region = power_diagram(part, p, core, rng) if begin is None else begin
    if region.min() < 0 or len(np.unique(region)) < p:
        return None
    return Search(part, p, objective, rng, core, toll).run(region, steps, schedule, clock, lambda done: done)


def most_regions(part: Part, objective: str, *, seed: int, steps: int, clock: Clock) -> tuple[int, Found] | None:
    """The most regions for which a partition within the bounds is found, and that partition.

    From the most that the households allow down in growing steps, then halving the span, then upwards with more
    effort for as long as that helps.
    """
    tried = 0

    def within(p: int, effort: int) -> Found | None:
        nonlocal tried
        for _ in range(2):
            tried += 1
            found = search(
                part, p, objective, seed=seed + 104_729 * tried, steps=steps * effort, clock=clock, schedule=WITHIN
            )
            if found is not None or clock.stopped:
                return found
        return None

    known = part.least == part.most
    best = None if known else _packed(part, objective, seed)
    floor = part.least - 1 if best is None else best[0]
    high, step = part.most + 1, 1
    p = part.most
    while p > floor and not clock.stopped:
        found = within(p, 1)
        if found is not None:
            best = p, found
            break
        high, p, step = p, max(floor + 1, p - step) if p > floor + 1 else floor, step * 2
    while best is not None and high - best[0] > 1 and not clock.stopped:
        p = (best[0] + high) // 2
        found = within(p, 1)
        if found is None:
            high = p
        else:
            best = p, found
    while best is not None and best[0] < part.most and not clock.stopped:
        found = within(best[0] + 1, 3)
        if found is None:
            break
        best = best[0] + 1, found
    return best or _in_the_end(part, objective, seed, known=known)


def _in_the_end(part: Part, objective: str, seed: int, *, known: bool) -> tuple[int, Found] | None:
    """Where no number of regions was found: the packing if that wasn't tried, else the first number that works."""
    if known:
        return _packed(part, objective, seed)
    for p in range(part.least, part.most):
        found = search(part, p, objective, seed=seed + p, steps=20_000, clock=Clock(np.inf), schedule=WITHIN)
        if found is not None:
            return p, found
    return None


def _packed(part: Part, objective: str, seed: int) -> tuple[int, Found] | None:
    """The greedy packing where nothing but households and contiguity counts, and where it fits the wanted numbers."""
    if not part.free_centres or (part.label >= 0).any():
        return None
    region = packed(part, seed=seed, turns=max(20, min(1000, 400_000 // part.n)))
    if region is None or not part.least <= region.max() + 1 <= part.most:
        return None
    p = int(region.max()) + 1
    run = Search(part, p, objective, np.random.default_rng(seed), [np.empty(0, dtype=np.int64)] * p)
    found = run.judged(region)
    return None if found is None else (p, found)
