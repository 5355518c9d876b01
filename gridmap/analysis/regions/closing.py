"""Proof for parts whose value is a sum of walks: the best plan with so many regions, or how far it may be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import linprog

from gridmap.analysis.regions.branching import branched
from gridmap.analysis.regions.lagrange import CELLS_MOST
from gridmap.analysis.regions.problem import Floats, Ints, Part
from gridmap.analysis.regions.program import PAIRS_RELAXED, Closed, Program
from gridmap.analysis.regions.resplitting import TOGETHER, resplit
from gridmap.analysis.regions.search import Clock, Found

TIME_TO_RESPLIT = 0.5


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
        program = Program(part, p, known, bound, clock)
        going = program.narrow(price)
        if going and known is not None and p > TOGETHER:
            program.known = resplit(part, known, _share(clock))
            going = program.relax()
        return program.solve() if going else program.so_far()
    if known is not None and p > TOGETHER:
        known = resplit(part, known, _share(clock))
    return branched(part, p, clock, known=known, bound=bound, price=price)


def _share(clock: Clock) -> Clock:
    return replace(clock, deadline=clock.deadline - clock.left * (1.0 - TIME_TO_RESPLIT))


def rounded(part: Part, clock: Clock) -> Ints | None:
    """(n,) the centre that gets most of a unit in the linear relaxation with fixed centres; None if there is none."""
    program = Program(part, len(part.centres), None, 0.0, clock)
    program.reach()
    if not program.pairs.any(axis=1).all() or program.pairs.sum() > PAIRS_RELAXED:
        return None
    model = program.model()
    result = linprog(model.cost, *model.rows, bounds=(0, 1), options={"time_limit": max(0.1, clock.left)})
    if result.status != 0:
        return None
    share = np.zeros(program.pairs.shape)
    share[model.unit, model.column] = result.x
    return share.argmax(axis=1)
