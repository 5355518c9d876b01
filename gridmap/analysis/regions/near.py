"""Near-optimal plans around a known one: what holds in all of them is no matter of taste."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gridmap.analysis.regions.prepare import prepare
from gridmap.analysis.regions.problem import Floats, Ints, Objective, Part, Problem, Progress
from gridmap.analysis.regions.search import SMOOTH, Clock, Search, search

STEPS_BETWEEN = 10
"""Steps a unit between two plans that are looked at."""
STARTS = 3
"""Searches from scratch, beside the plan itself, from which the walk sets out where they come near enough."""
STEPS_OF_START = 1_500
"""Steps a unit of such a search."""
HEAT, COOLER, WARMER = 0.3, 0.85, 1.03
"""First temperature in typical changes of the value, and what it is multiplied by after a plan that is too far off,
and after one that is near."""
TRIES = 6
"""How many plans are looked at, at most, for each that is wanted."""


@dataclass(frozen=True)
class Near:
    """Near-optimal plans, part by part: parts have nothing to do with each other, so any of them go together.

    Parameters
    ----------
    parts
        Of each part with more than one region its units, and (s, n) the regions from 0 of its different plans.
    starts
        From how many different searches they came at most, the given plan included.
    within
        By which share the value of a part may be worse than the given plan's.
    """

    parts: tuple[tuple[Ints, Ints], ...]
    starts: int
    within: float

    @property
    def plans(self) -> int:
        """How many different plans there are of the part with the fewest; 0 where nothing can differ."""
        return min((len(plans) for _, plans in self.parts), default=0)

    def apart(self, edges: Ints, n: int) -> Floats:
        """(m,) of each pair of n units the share of plans in which they are in different regions.

        NaN where they aren't in one part.
        """
        found = np.full(len(edges), np.nan)
        for units, plans in self.parts:
            place = np.full(n, -1)
            place[units] = np.arange(len(units))
            a, b = place[edges[:, 0]], place[edges[:, 1]]
            here = (a >= 0) & (b >= 0)
            found[here] = (plans[:, a[here]] != plans[:, b[here]]).mean(axis=0)
        return found


def near_optimal(
    problem: Problem,
    objective: Objective,
    region: Ints,
    *,
    within: float,
    count: int,
    seed: int = 0,
    time_limit: float = 10.0,
    progress: Progress | None = None,
) -> Near:
    """Plans with as many regions whose value is worse than a given plan's by at most a share.

    A walk at a temperature that keeps it near: it sets out from the plan, and from searches from scratch that come as
    near; every so many steps the plan it is at is taken if its regions are contiguous, within their bounds and good
    enough, else it goes back to the last that was. It is no even sample of all such plans: what is far from where the
    walks set out may be missing, so the shares are at the upper end.

    Parameters
    ----------
    problem, objective
        What the plan was found for.
    region
        (n,) the plan; -1 for units without a region.
    within
        A share, for instance 0.02.
    count
        How many plans are wanted; fewer where the time doesn't do.
    seed, time_limit, progress
        As for `solve`. With time to spare the same seed gives the same plans.

    Returns
    -------
    Near
        At least the plan itself.
    """
    deadline = time.perf_counter() + time_limit
    parts = prepare(replace(problem, regions=None), objective).parts
    parts = [part for part in parts if (region[part.units] >= 0).all()]
    parts = [part for part in parts if len(np.unique(region[part.units])) > 1]
    total = sum(part.n for part in parts) or 1
    done, starts, found = 0, 1, []
    for number, part in enumerate(parts):
        share = part.n / (total - done)
        until = time.perf_counter() + max(0.0, deadline - time.perf_counter()) * share
        walk = _Walk(part, objective, within, count, seed + number, until)
        plans, sources = walk.plans_around(region[part.units])
        found.append((part.units, plans))
        starts = max(starts, sources)
        done += part.n
        if progress is not None:
            progress(done / total, "firmness of borders")
    return Near(tuple(found), starts, within)


@dataclass(frozen=True)
class _Walk:
    """How the plans of one part are looked for."""

    part: Part
    objective: Objective
    within: float
    count: int
    seed: int
    until: float

    def plans_around(self, region: Ints) -> tuple[Ints, int]:
        """Different plans with regions from 0, at least the given one; and from how many starts they came."""
        own = np.unique(region, return_inverse=True)[1].astype(np.int64)
        p = int(own.max()) + 1
        rng = np.random.default_rng(self.seed)
        run = Search(self.part, p, self.objective, rng, [np.empty(0, dtype=np.int64)] * p)
        column = run.first_columns(own)
        if column is None:
            return own[None, :], 1
        limit = run.value(own, column) * (1.0 + self.within)
        starts = [(own, column), *self._others(p, limit)]
        plans: dict[bytes, Ints] = {_key(own): own}
        for number, start in enumerate(starts):
            wanted = (self.count * (number + 1)) // len(starts)
            for plan in self._from(run, start, limit, TRIES * max(0, wanted - len(plans))):
                plans[_key(plan)] = plan
                if len(plans) >= wanted:
                    break
        return np.array(list(plans.values())), len(starts)

    def _others(self, p: int, limit: float) -> Iterator[tuple[Ints, Ints]]:
        """Plans from scratch that come as near, with their centres."""
        for number in range(STARTS):
            now = time.perf_counter()
            found = search(
                self.part,
                p,
                self.objective,
                seed=self.seed + 7919 * (number + 1),
                steps=STEPS_OF_START * self.part.n,
                clock=Clock(min(self.until, now + (self.until - now) / (2 * STARTS))),
                schedule=SMOOTH,
            )
            if found is not None and found[2] <= limit:
                yield found[0], found[1]

    def _from(self, run: Search, start: tuple[Ints, Ints], limit: float, tries: int) -> Iterator[Ints]:
        """The plans that are near enough along one walk of at most so many looks."""
        at, column = start[0].copy(), start[1].copy()
        heat = HEAT
        for _ in range(tries):
            if time.perf_counter() > self.until:
                return
            region, centre = at.copy(), column.copy()
            run.wander(region, centre, STEPS_BETWEEN * self.part.n, heat)
            if run.within(region, centre) and run.value(region, centre) <= limit:
                at, column = region, centre
                heat *= WARMER
                yield region.copy()
            else:
                heat *= COOLER


def _key(region: Ints) -> bytes:
    """The same for plans that differ in the numbers of their regions alone."""
    first, inverse = np.unique(region, return_index=True, return_inverse=True)[1:]
    return bytes(np.argsort(np.argsort(first))[inverse].astype(np.int32).tobytes())
