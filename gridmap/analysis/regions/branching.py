"""Proof for parts whose regions lie around centres to be chosen: branch and bound over the candidates.

With prices for being served (`gridmap.analysis.regions.lagrange`) the bound is near once it is said which candidates
are centres; what then is open, which unit goes to which of them, is a program of its own
(`gridmap.analysis.regions.program`). So a candidate is taken for sure or left out for good, whatever is in doubt first,
and of what is open always the least bound is looked at next.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from gridmap.analysis.regions.lagrange import Relaxation
from gridmap.analysis.regions.problem import Bools, Floats, Ints, Part
from gridmap.analysis.regions.program import REPAIR_STEPS, Closed, Program
from gridmap.analysis.regions.search import HOT, Clock, Found, search

TURNS_A_BRANCH = 150
"""Steps of the prices for each branch, which begins with those of the branch before."""
SECONDS_FIRST, MORE = 2.0, 4.0
"""That the program for given centres takes at most in the first turn, and how many times as many in each next one."""
EVEN = 0.5
"""Of how often a candidate is taken: whether it is a centre is most in doubt there."""


def branched(
    part: Part, p: int, clock: Clock, *, known: Found | None = None, bound: float = 0.0, price: Floats | None = None
) -> Closed:
    """The best plan with exactly p regions of a part that is `closable`, or a better bound.

    See `gridmap.analysis.regions.closing.close` for the parameters.
    """
    program = Program(part, p, known, bound, clock)
    if part.fixed_centres:
        return program.run(price)
    program.leave_out(price)
    return _Branching(program).run(price)


class _Branch(NamedTuple):
    """Plans of which `must` (k,) candidates are centres, and others only where they `may`; none is below `bound`."""

    bound: float
    number: int
    must: Bools
    may: Bools
    price: Floats | None


@dataclass
class _Branching:
    """`program` holds the best known plan, what is better than it, and which pairs of unit and candidate are left.

    `waiting` is a heap of branches, `hard` are those that took longer than a turn has for each.
    """

    program: Program
    waiting: list[_Branch] = field(default_factory=list)
    hard: list[_Branch] = field(default_factory=list)
    made: int = 0

    def run(self, price: Floats | None) -> Closed:
        """Branch until nothing better is left or the time is up."""
        program, part = self.program, self.program.part
        relaxed = Relaxation.of(part, program.pairs, program.p, program.p)
        must = np.zeros(len(part.centres), dtype=bool)
        must[part.label[part.label >= 0]] = True
        self._wait(program.bound, must, program.pairs[part.centres, np.arange(len(part.centres))], price)
        seconds = SECONDS_FIRST
        while self.waiting and not program.clock.stopped:
            while self.waiting and not program.clock.stop_now(0.9):
                branch = heapq.heappop(self.waiting)
                if branch.bound <= program.better:
                    self._look(branch, relaxed, seconds)
            self.waiting += self.hard
            self.hard = []
            heapq.heapify(self.waiting)
            seconds *= MORE
        left = min((branch.bound for branch in self.waiting if branch.bound <= program.better), default=np.inf)
        return Closed(program.known, min(left, program.value), proven=bool(np.isinf(left)))

    def _wait(self, bound: float, must: Bools, may: Bools, price: Floats | None) -> None:
        if must.sum() <= self.program.p <= may.sum():
            heapq.heappush(self.waiting, _Branch(bound, self.made, must, may, price))
            self.made += 1

    def _look(self, branch: _Branch, relaxed: Relaxation, seconds: float) -> None:
        """Bound the branch, decide what that decides, and take or leave the candidate most in doubt."""
        program, p = self.program, self.program.p
        must, may = branch.must.copy(), branch.may.copy()
        columns = np.flatnonzero(may)
        here = relaxed.only(columns, must[columns])
        climbed = here.climb(program.value, program.clock, price=branch.price, turns=TURNS_A_BRANCH)
        least, with_it, without = here.reduced(climbed.price)
        bound = max(branch.bound, climbed.bound)
        if bound > program.better:
            return
        may[columns[least + with_it > program.better]] = False
        must[columns[least + without > program.better]] = True
        if not must.sum() <= p <= may.sum():
            return
        if p in {must.sum(), may.sum()}:
            taken = must if must.sum() == p else may
            bound = self._assign(np.flatnonzero(taken), bound, climbed.price, seconds)
            if np.isfinite(bound) and bound <= program.better:
                self.hard.append(_Branch(bound, branch.number, taken, taken, climbed.price))
            return
        doubt = np.where((may & ~must)[columns], np.abs(climbed.taken - EVEN), np.inf)
        one = np.arange(len(may)) == columns[doubt.argmin()]
        self._wait(bound, must | one, may, climbed.price)
        self._wait(bound, must, may & ~one, climbed.price)

    def _assign(self, columns: Ints, bound: float, price: Floats, seconds: float) -> float:
        """Find the best plan around these candidates, if it is better than the known one; the bound on what isn't."""
        program, part = self.program, _around(self.program.part, columns)
        clock = replace(program.clock, deadline=min(program.clock.deadline, time.perf_counter() + seconds))
        found = None
        if seconds == SECONDS_FIRST:  # a plan that is nearly the best leaves out most of the work
            found = search(part, program.p, "access", seed=0, steps=REPAIR_STEPS * part.n, clock=clock, schedule=HOT)
        known = min((one for one in (found, program.known) if one is not None), key=itemgetter(2), default=None)
        inner = Program(part, program.p, known, bound, clock)
        inner.pairs &= program.pairs[:, columns]
        closed = inner.run(price)
        program.clock.stopped = program.clock.asked_to_stop = clock.asked_to_stop
        if closed.found is not None and closed.found[2] < program.value:
            region, centres, value = closed.found
            program.known = region, columns[centres], value
        return np.inf if closed.proven else closed.bound


def _around(part: Part, columns: Ints) -> Part:
    """The part with these candidates alone, all of them centres."""
    p = len(columns)
    return replace(part.only(np.arange(part.n), columns), free_centres=False, fixed_centres=True, least=p, most=p)
