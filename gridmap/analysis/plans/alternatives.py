"""Alternatives that differ in kind, any two of them in a good share of the households."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridmap.analysis.plans.contiguity import Floats, Ints
from gridmap.analysis.plans.district import as_plan, with_costs
from gridmap.analysis.plans.ground import Ground
from gridmap.analysis.plans.plan import Asked, Plan
from gridmap.analysis.regions import Problem, Solution, solve
from gridmap.analysis.regions.problem import Objective, Progress
from gridmap.domain.notes import Note, template

KINDS = ("borders", "fewest", "changes", "most", "walks")
"""The order in which alternatives are made: the first needs no walks and is there soon, the last is the one that
`propose` gives alone."""
KIND_WORDS = {
    "borders": template("Smoothest borders"),
    "fewest": template("Fewest regions"),
    "changes": template("Fewest changes"),
    "most": template("Most regions"),
    "walks": template("Shortest walks"),
}
"""What each kind is called."""
FIRST_S = 1.2
"""Seconds of searching for the first alternative: somebody waits for it."""
PUSHES = (0.3, 1.0, 4.0)
"""How many times dearer a border or a centre becomes that a plan too much alike has, one try after another."""
PUSHED = 0.1
"""Share of a kind's time that each such try gets."""
TOGETHER = 20.0
"""A border inside a community counts so many times, where communities can't stay whole."""


@dataclass(frozen=True)
class Alternative:
    """One alternative: its kind, the plan, what was solved, and how far it is from the nearest one made before it.

    `pushed`: it had to be driven away from the plan of the kind `pushed`, or it would have been too much alike.
    """

    kind: str
    plan: Plan
    solution: Solution
    problem: Problem
    asked: Asked
    difference: float
    pushed: str | None = None


@dataclass(frozen=True)
class Missing:
    """A kind of which no plan was found that differs enough; with the nearest kind where there was one."""

    kind: str
    near: str | None
    difference: float

    def note(self, least: float) -> Note:
        """Why there is no such alternative."""
        kind = Note(KIND_WORDS[self.kind])
        if self.near is None:
            return Note("Alternative not made: {kind}. No plan was found within the bounds.", {"kind": kind})
        words = template(
            "Alternative not made: {kind}. Every plan found of this kind differs from “{near}” in less than {least} of "
            "the households ({share})."
        )
        params = {"kind": kind, "near": Note(KIND_WORDS[self.near])}
        return Note(words, {**params, "least": f"{least:.0%}", "share": f"{self.difference:.0%}"})


def difference(weights: Ints, first: Ints, second: Ints) -> float:
    """The share of households whose region differs when the regions of two plans are matched as well as can be.

    Parameters
    ----------
    weights
        (n,) households.
    first, second
        (n,) regions from 0, -1 without one; units that neither plan serves don't count.
    """
    counted = (first >= 0) | (second >= 0)
    total = float(weights[counted].sum())
    both = (first >= 0) & (second >= 0)
    if total <= 0 or not both.any():
        return 0.0 if total <= 0 else 1.0
    shape = int(first.max()) + 1, int(second.max()) + 1
    overlap = coo_array((weights[both], (first[both], second[both])), shape=shape).toarray()
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    return 1.0 - float(overlap[rows, columns].sum()) / total


def alternatives(
    here: Ground,
    *,
    lower: int,
    upper: int | None,
    time_limit: float,
    seed: int = 0,
    progress: Progress | None = None,
) -> Iterator[Alternative | Missing]:
    """Plans that differ in kind, each as soon as it is found.

    Parameters
    ----------
    here
        The district.
    lower, upper
        Least and most households of a region.
    time_limit
        Seconds of searching, over all kinds.
    seed
        Of the random numbers.

    Yields
    ------
    Alternative or Missing
        Of each of `KINDS` one; any two alternatives differ in at least `numbers.plans_differ` of the households.
    """
    kept: list[Alternative] = []
    begin = time.perf_counter()
    for number, kind in enumerate(KINDS):
        if kind == "most" and len(kept) > 2:
            continue
        left = max(time_limit / len(KINDS), time_limit - (time.perf_counter() - begin))
        seconds = min(FIRST_S, left) if number == 0 else left / (len(KINDS) - number)
        inner = None if progress is None else _within(progress, number, kind)
        found = _one(here, kind, kept, _Asked(lower, upper, seconds, seed + 1009 * number, inner))
        if isinstance(found, Alternative):
            kept.append(found)
        yield found


@dataclass(frozen=True)
class _Asked:
    """The bounds of regions, and how long and with what the search goes."""

    lower: int
    upper: int | None
    seconds: float
    seed: int
    progress: Progress | None


def _within(progress: Progress, number: int, kind: str) -> Progress:
    words = Note("alternative: {kind}", {"kind": Note(KIND_WORDS[kind])})
    return lambda share, _words: progress((number + share) / len(KINDS), words)


def _one(here: Ground, kind: str, kept: Sequence[Alternative], effort: _Asked) -> Alternative | Missing:
    """The plan of one kind, driven away from those before it where it would be too much like one of them."""
    least = here.numbers.plans_differ
    near: Alternative | None = None
    alike = best = 0.0
    whole = effort.seconds
    for push in (0.0, *PUSHES):
        effort = replace(effort, seconds=whole * (PUSHED if push else 1.0 - PUSHED * len(PUSHES)))
        made = _solved(here, kind, effort, away=(near, push) if near else None)
        if made is None or made[1].region is None:
            return Missing(kind, near.kind if near else None, best)
        problem, solution, objective = made
        assert solution.region is not None
        apart = [difference(here.weights, solution.region, one.plan_region) for one in map(_Kept, kept)]
        nearest = min(apart, default=1.0)
        if nearest >= least:
            asked = Asked(objective, effort.lower, effort.upper, problem.regions, effort.seed)
            plan = as_plan(here, solution, asked)
            if near is not None:
                plan.report["notes"].append(_driven(kind, near.kind, alike))
            return Alternative(kind, plan, solution, problem, asked, nearest, near.kind if near else None)
        if near is None:
            alike = nearest
        near, best = kept[int(np.argmin(apart))], max(best, nearest)
    return Missing(kind, near.kind if near else None, best)


def _driven(kind: str, near: str, alike: float) -> Note:
    words = template(
        "“{kind}” would have differed from “{near}” in only {share} of the households, so it was driven away from it: "
        "by its own measure it isn't the best that can be, and its bound is unknown."
    )
    return Note(words, {"kind": Note(KIND_WORDS[kind]), "near": Note(KIND_WORDS[near]), "share": f"{alike:.0%}"})


class _Kept:
    def __init__(self, one: Alternative) -> None:
        assert one.solution.region is not None
        self.plan_region = one.solution.region


def _solved(
    here: Ground,
    kind: str,
    effort: _Asked,
    *,
    away: tuple[Alternative, float] | None,
) -> tuple[Problem, Solution, Objective] | None:
    """The problem of a kind and its answer; None where it can't be solved."""
    lower, upper = effort.lower, effort.upper
    fewest, most = _range(here, lower, upper)
    if kind == "walks":
        problem = with_costs(here, here.problem(lower, upper))
        return _answered(_dearer_centres(problem, away), problem, "access", effort)
    if kind == "changes":
        whole = None if away else _whole_communities(here, effort)
        problem = replace(here.problem(lower, upper), border=_inside(here))
        if whole is not None:
            return problem, whole, "border"
        return _answered(_dearer_borders(problem, away), problem, "border", effort)
    if kind == "fewest":
        for regions in range(fewest, most + 1):
            problem = here.problem(lower, upper, regions)
            found = _answered(_dearer_borders(problem, away), problem, "border" if away else "compact", effort)
            if found is not None:
                return found
        return None
    problem = here.problem(lower, upper, math.ceil((fewest + most) / 2) if kind == "borders" else None)
    found = _answered(_dearer_borders(problem, away), problem, "compact" if kind == "most" and not away else "border",
                      effort)  # fmt: skip
    if found is None and problem.regions is not None:
        problem = replace(problem, regions=None)
        found = _answered(_dearer_borders(problem, away), problem, "border", effort)
    return found


def _answered(
    asked: Problem, problem: Problem, objective: Objective, effort: _Asked
) -> tuple[Problem, Solution, Objective] | None:
    """The answer to `asked`, valued by `problem` where the two differ."""
    solution = solve(asked, objective=objective, time_limit=effort.seconds, seed=effort.seed, progress=effort.progress)
    if solution.region is None:
        return None
    if asked is not problem:  # the search was driven: neither its value nor its bound is that of the plan
        value = value_of(problem, objective, solution)
        solution = replace(solution, value=value, bound=float("nan"), gap=float("nan"), status="feasible")
    return problem, solution, objective


def value_of(problem: Problem, objective: Objective, solution: Solution) -> float:
    """What a plan is worth in the plain problem: its border's length, or its household-weighted walk."""
    assert solution.region is not None
    region, weights = solution.region, np.asarray(problem.weights)
    if objective == "access":
        assert problem.cost is not None
        assert problem.centres is not None
        column = {int(unit): j for j, unit in enumerate(np.asarray(problem.centres))}
        chosen = np.array([column[int(unit)] for unit in solution.centres])
        served = np.flatnonzero(region >= 0)
        cost = np.asarray(problem.cost)
        return float((weights[served] * cost[served, chosen[region[served]]]).sum())
    assert problem.border is not None
    a, b = np.asarray(problem.edges).T
    cut = (region[a] != region[b]) & (region[a] >= 0) & (region[b] >= 0) & _inner(problem, a, b)
    return float(np.asarray(problem.border)[cut].sum())


def _inner(problem: Problem, a: Ints, b: Ints) -> np.ndarray:
    group = np.asarray(problem.within)
    return np.asarray(group[a] == group[b])


def _range(here: Ground, lower: int, upper: int | None) -> tuple[int, int]:
    """Fewest and most regions by the households of each street's parts, those below the floor left out."""
    a, b = here.touching.edges.T
    inside = here.group[a] == here.group[b]
    n = len(here.weights)
    graph = coo_array((np.ones(inside.sum()), (a[inside], b[inside])), shape=(n, n))
    load = np.bincount(connected_components(graph, directed=False)[1], weights=here.weights)
    load = load[load >= lower]
    most = int((load // lower).sum())
    fewest = len(load) if upper is None else int(np.ceil(load / upper).sum())
    return max(1, min(fewest, most)), max(1, most)


def _dearer_borders(problem: Problem, away: tuple[Alternative, float] | None) -> Problem:
    """The same, where the borders of a plan cost more."""
    if away is None:
        return problem
    other, push = away
    region = other.solution.region
    assert region is not None
    a, b = np.asarray(problem.edges).T
    border = np.asarray(problem.border, dtype=np.float64)
    return replace(problem, border=np.where(region[a] != region[b], border * (1.0 + push), border))


def _dearer_centres(problem: Problem, away: tuple[Alternative, float] | None) -> Problem:
    """The same, where a centre in a unit's own region of a plan costs more."""
    if away is None:
        return problem
    other, push = away
    region = other.solution.region
    assert region is not None
    same = region[:, None] == region[np.asarray(problem.centres)][None, :]
    cost: Floats = np.asarray(problem.cost, dtype=np.float64)
    return replace(problem, cost=np.where(same, cost * (1.0 + push), cost))


def _inside(here: Ground) -> Floats:
    """Border lengths, those inside a community many times as long."""
    a, b = here.touching.edges.T
    return np.where(here.community[a] == here.community[b], TOGETHER, 1.0) * here.touching.border


def _whole_communities(here: Ground, effort: _Asked) -> Solution | None:
    """Regions of whole communities (of their connected pieces); None where they leave more units out than blocks do."""
    a, b = here.touching.edges.T
    n = len(here.weights)
    same = (here.community[a] == here.community[b]) & (here.group[a] == here.group[b])
    graph = coo_array((np.ones(same.sum()), (a[same], b[same])), shape=(n, n))
    count, piece = connected_components(graph, directed=False)
    weights = np.bincount(piece, weights=here.weights, minlength=count).astype(np.int64)
    first = np.zeros(count, dtype=np.int64)
    first[piece[::-1]] = np.arange(n)[::-1]
    total = np.bincount(piece, minlength=count)
    middle = np.column_stack([np.bincount(piece, weights=xy, minlength=count) / total for xy in here.places.T])
    pairs = np.sort(np.column_stack((piece[a], piece[b])), axis=1)
    apart = pairs[:, 0] != pairs[:, 1]
    edges, which = np.unique(pairs[apart], axis=0, return_inverse=True)
    border = np.bincount(which.ravel(), weights=here.touching.border[apart], minlength=len(edges))
    coarse = Problem(
        weights=weights,
        edges=edges,
        xy=middle,
        border=border,
        lower=effort.lower,
        upper=effort.upper,
        within=here.group[first],
    )
    solution = solve(coarse, objective="border", time_limit=effort.seconds, seed=effort.seed, progress=effort.progress)
    if solution.region is None:
        return None
    left = float(weights[solution.region < 0].sum())
    unavoidable = _below(here, effort.lower)
    if left > unavoidable:
        return None
    region = solution.region[piece]
    heaviest = np.lexsort((-here.weights,))
    centres = np.array([heaviest[region[heaviest] == number][0] for number in range(len(solution.centres))])
    unserved = tuple(replace(one, units=np.flatnonzero(np.isin(piece, one.units))) for one in solution.unserved)
    return replace(solution, region=region, centres=centres, unserved=unserved)


def _below(here: Ground, lower: int) -> float:
    a, b = here.touching.edges.T
    inside = here.group[a] == here.group[b]
    n = len(here.weights)
    graph = coo_array((np.ones(inside.sum()), (a[inside], b[inside])), shape=(n, n))
    load = np.bincount(connected_components(graph, directed=False)[1], weights=here.weights)
    return float(load[load < lower].sum())
