"""Proof for parts whose value is a sum of walks: the best plan with so many regions, or how far it may be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from operator import itemgetter

import numpy as np

from gridmap.analysis.regions.branching import branched
from gridmap.analysis.regions.lagrange import CELLS_MOST
from gridmap.analysis.regions.problem import Floats, Ints, Part
from gridmap.analysis.regions.program import PAIRS_RELAXED, Closed, Program, Relaxed
from gridmap.analysis.regions.resplitting import TOGETHER, resplit
from gridmap.analysis.regions.search import SMOOTH, Clock, Found, search
from gridmap.analysis.regions.start import contiguous, cores

TIME_TO_RESPLIT = 0.3
TIME_FOR_EASY = 0.2
"""Share of the time after which a program with fixed centres counts as hard."""
WIDE = 0.003
"""Gap of a hard one above which better plans are looked for first, which leave out more."""
TIME_TO_SEARCH = 0.5
SEARCHES = 100
STEPS_A_SEARCH = 80_000
"""Annealing steps a unit of each of these searches: a quarter of them find worse plans in the same time."""


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
    if part.fixed_centres:
        return _close_fixed(Program(part, p, known, bound, clock), price)
    if known is not None and p > TOGETHER:
        known = resplit(part, known, _share(clock, TIME_TO_RESPLIT))
    return branched(part, p, clock, known=known, bound=bound, price=price)


def _close_fixed(program: Program, price: Floats | None) -> Closed:
    """The same with the candidates as centres."""
    going = program.narrow(price)
    if program.p <= TOGETHER or not going:
        return program.solve() if going else program.so_far()
    with _for_a_share(program, TIME_TO_RESPLIT):
        going = _resplit(program)
    with _for_a_share(program, TIME_FOR_EASY):
        closed = program.solve() if going else program.so_far()
    if closed.proven or not going or program.clock.stop_now(0.9):
        return closed
    if program.bound < program.value * (1.0 - WIDE):
        with _for_a_share(program, TIME_TO_SEARCH):
            _search(program)
        with _for_a_share(program, TIME_TO_RESPLIT):
            going = _resplit(program)
    return program.solve() if going else program.so_far()


@contextmanager
def _for_a_share(program: Program, share: float) -> Iterator[None]:
    """Let the program have so much of the time that it has left."""
    clock = program.clock
    program.clock = _share(clock, share)
    yield
    clock.asked_to_stop = clock.stopped = program.clock.asked_to_stop
    program.clock = clock


def _resplit(program: Program) -> bool:
    """Better the plan, and leave out what that rules out; whether to go on with what is left."""
    if program.known is not None:
        program.known = resplit(program.part, program.known, program.clock)
    return program.relax()


def _search(program: Program) -> None:
    """Anneal from the relaxed plan and its tolls, again and again while there is time."""
    relaxed = program.relaxed()
    if relaxed is None:
        return
    part, clock = program.part, program.clock
    for seed in range(SEARCHES):
        if clock.stop_now(0.9):
            return
        found = search(
            part, program.p, "access", seed=seed, steps=STEPS_A_SEARCH * part.n, clock=clock, schedule=SMOOTH,
            begin=begin_of(part, relaxed, seed), toll=relaxed.toll,
        )  # fmt: skip
        program.known = min((one for one in (found, program.known) if one is not None), key=itemgetter(2), default=None)


def _share(clock: Clock, share: float) -> Clock:
    return replace(clock, deadline=clock.deadline - clock.left * (1.0 - share))


def relaxed_fixed(part: Part, clock: Clock) -> Relaxed | None:
    """What the linear relaxation with fixed centres says; None if there is none within the time."""
    program = Program(part, len(part.centres), None, 0.0, clock)
    program.reach()
    if not program.pairs.any(axis=1).all() or program.pairs.sum() > PAIRS_RELAXED:
        return None
    return program.relaxed()


def begin_of(part: Part, relaxed: Relaxed, seed: int) -> Ints | None:
    """(n,) the assignment that would be best if units could be shared, made contiguous."""
    rng = np.random.default_rng(seed)
    core = cores(part, len(part.centres), rng)
    return None if core is None else contiguous(part, relaxed.owner, core, rng)
