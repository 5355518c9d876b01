"""Two regions of least border: an integer program, in which contiguity is asked for where an answer lacks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import connected_components

from gridmap.analysis.regions.flowing import flowing
from gridmap.analysis.regions.problem import Answer, Bools, Floats, Ints, Part
from gridmap.analysis.regions.search import Clock, Found, Search

SECONDS, SECONDS_A_PAIR = 30.0, 3.0
"""A program can't be interrupted, so it has no more; and two regions among others have less."""
EVEN = 1e-6
HALF = 0.5


def _flowed(part: Part, answer: Answer, clock: Clock) -> Answer:  # noqa: ARG001  (it takes no time)
    """A plan of two regions bettered by the least cut between the outermost units."""
    region = flowing(part)
    return answer if region is None else _better(part, answer, region)


def _better(part: Part, answer: Answer, region: Ints) -> Answer:
    """The answer, or this division if it is better."""
    found = _search(part, 2).judged(region)
    if found is None or found[2] >= answer.value:
        return answer
    return replace(answer, region=found[0], columns=found[1], value=found[2])


def cut_in_two(part: Part, answer: Answer, clock: Clock) -> Answer:
    """The plan of two regions with the least border, with a bound and whether it is proven, from a known one."""
    program, bound = _Cut(part), answer.bound
    while not clock.stop_now(0.9):
        solved = milp(
            program.cost,
            constraints=program.rows,
            integrality=program.whole,
            bounds=program.bounds,
            options={"time_limit": min(max(0.1, clock.left), SECONDS), "mip_rel_gap": 0.0},
        )
        if solved.mip_dual_bound is not None:
            bound = max(bound, float(solved.mip_dual_bound) * (1 - EVEN))
        if solved.x is None or bound >= answer.value * (1 - EVEN):
            break
        region = (solved.x[: part.n] > HALF).astype(np.int64)
        if not program.forbid(region):
            answer = _better(part, answer, region)
            break
    if bound >= answer.value * (1 - 2 * EVEN):
        return replace(answer, bound=answer.value, proven=True, cut_short=False)
    return replace(answer, bound=bound)


def cut_by_flows(part: Part, p: int, clock: Clock) -> Found | None:
    """A plan of p regions by least cuts alone, two regions at a time in the end; None where none was found."""
    region = flowing(part, p)
    found = None if region is None else _search(part, p).judged(region)
    return found if found is None or p == 2 else _recut(part, found, _flowed, clock)


def recut(part: Part, known: Found, clock: Clock) -> Found:
    """A plan made better by cutting two neighbouring regions anew at a time, until no two can be bettered."""
    for anew in (_flowed, cut_in_two):
        known = _recut(part, known, anew, clock)
    return known


def _recut(part: Part, known: Found, anew: Callable[[Part, Answer, Clock], Answer], clock: Clock) -> Found:
    region, columns = known[0].copy(), known[1]
    waiting = _beside(part, region)
    while waiting and not clock.stop_now(0.9):
        pair = waiting.pop(0)
        if pair not in _beside(part, region):  # others have come between
            continue
        units = np.flatnonzero(np.isin(region, pair))
        inner = replace(part.among(units), least=2, most=2)
        local, none = (region[units] == pair[1]).astype(np.int64), np.zeros(2, np.int64)
        before = Answer(local, _search(inner, 2).value(local, none), 0.0, none)
        own = replace(clock, deadline=min(clock.deadline, clock.deadline - clock.left + SECONDS_A_PAIR))
        after = anew(inner, before, own)
        clock.stopped = clock.asked_to_stop = own.asked_to_stop
        if after.value < before.value * (1 - EVEN):
            region[units] = np.array(pair)[after.region]
            again = [one for one in _beside(part, region) if set(one) & set(pair) and one != pair]
            waiting += [one for one in again if one not in waiting]
    found = _search(part, len(columns)).judged(region)
    return known if found is None or found[2] >= known[2] else found


def _search(part: Part, p: int) -> Search:
    """What tells the value of plans."""
    return Search(part, p, "border", np.random.default_rng(0), [])


def _beside(part: Part, region: Ints) -> list[tuple[int, int]]:
    """The pairs of regions with a common border, the longest first."""
    sources = region[np.repeat(np.arange(part.n), np.diff(part.indptr))]
    targets = region[part.indices]
    count = int(region.max()) + 1
    length = np.bincount(sources * count + targets, weights=part.border, minlength=count**2).reshape(count, count)
    first, second = np.nonzero(np.triu(length, 1))
    order = np.argsort(-length[first, second], kind="stable")
    return list(zip(first[order].tolist(), second[order].tolist(), strict=True))


class _Cut:
    """Whether each unit is in the second region, and whether each edge is cut; the heaviest unit is in the first.

    A region in pieces is forbidden by rows: whoever is in a region together is joined by somebody around the one's
    piece.
    """

    def __init__(self, part: Part) -> None:
        self.part = part
        sources = np.repeat(np.arange(part.n), np.diff(part.indptr))
        once = sources < part.indices
        self.edges = np.column_stack([sources[once], part.indices[once]])
        n, m = part.n, len(self.edges)
        self.cost = np.concatenate([np.zeros(n), part.border[once]])
        # an edge follows from its ends, but the solver is quicker and says less where it is told so
        self.whole = np.ones(n + m)
        self.root = int(part.weights.argmax())
        most = np.ones(n + m)
        most[self.root] = 0
        self.bounds = Bounds(0, most)
        number = np.arange(m)
        ends = csr_array((np.repeat([1.0, -1.0], m), (np.tile(number, 2), self.edges.T.ravel())), shape=(m, n + m))
        cut = csr_array((np.ones(m), (number, n + number)), shape=(m, n + m))
        load = csr_array(np.concatenate([part.weights, np.zeros(m)])[None])
        low, high = max(part.low, part.weight - part.high), min(part.high, part.weight - part.low)
        self.rows = [
            LinearConstraint(vstack([cut - ends, cut + ends]), 0, np.inf),
            LinearConstraint(load, low, high),
        ]

    def forbid(self, region: Ints) -> bool:
        """Rows that this division breaks where one of its regions is in pieces; whether there were any."""
        inside = self.edges[region[self.edges[:, 0]] == region[self.edges[:, 1]]]
        links = csr_array((np.ones(len(inside)), inside.T), shape=(self.part.n,) * 2)
        piece = connected_components(links, directed=False)[1]
        rows, limits = [], []
        for own in (0, 1):
            held = np.unique(piece[region == own])
            load = np.bincount(piece, weights=self.part.weights)[held]
            main = piece[self.root] if own == 0 else held[load.argmax()]
            for lone in held[held != main]:
                row = self._together(piece == lone, piece == main)
                # in the first region is who isn't in the second
                rows.append(row if own else -row)
                limits.append(1.0 if own else 1.0 - row.sum())
        if rows:
            self.rows.append(LinearConstraint(csr_array(np.array(rows)), -np.inf, np.array(limits)))
        return bool(rows)

    def _together(self, lone: Bools, main: Bools) -> Floats:
        """A unit of each of two pieces, less all around the lone one: 1 at most where these make a region."""
        first, second = self.edges.T
        around = np.zeros(len(self.cost))
        around[second[lone[first]]] = around[first[lone[second]]] = 1.0
        around[: self.part.n][lone] = 0.0
        row = -around
        for piece in (lone, main):
            row[np.flatnonzero(piece)[self.part.weights[piece].argmax()]] = 1.0
        return row
