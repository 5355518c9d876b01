"""A plan made better by proving the best split of a few neighbouring regions at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gridmap.analysis.regions.branching import branched
from gridmap.analysis.regions.lagrange import access_bound
from gridmap.analysis.regions.problem import Ints, Part
from gridmap.analysis.regions.program import TIGHT
from gridmap.analysis.regions.search import Clock, Found, Search

TOGETHER = 4
"""Regions whose best split is proven at a time, at most: first of two, then of three."""
SECONDS_A_RESPLIT = 2.0


def resplit(part: Part, known: Found, clock: Clock) -> Found:
    """A plan made better by proving the best split of each few neighbouring regions, until no few can be bettered."""
    for together in range(2, TOGETHER + 1):
        known = _resplit(part, known, together, clock)
    return known


def _resplit(part: Part, known: Found, together: int, clock: Clock) -> Found:
    region, columns, value = known[0].copy(), known[1].copy(), known[2]
    tried: set[tuple[int, ...]] = set()
    waiting = list(range(len(columns)))
    while waiting and not clock.stop_now(0.9):
        few = _neighbours(part, region, waiting.pop(0), together)
        units = np.flatnonzero(np.isin(region, few))
        if (state := tuple(region[units].tolist() + units.tolist())) in tried:
            continue
        tried.add(state)
        inner, inside = _few(part, units, columns, few)
        local = np.searchsorted(few, region[units])
        before = Search(inner, len(few), "access", np.random.default_rng(0), []).value(local, inside)
        own = replace(clock, deadline=min(clock.deadline, clock.deadline - clock.left + SECONDS_A_RESPLIT))
        bound, price = access_bound(inner, len(few), len(few), before, own)
        found = branched(inner, len(few), own, known=(local, inside, before), bound=bound, price=price).found
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


def _neighbours(part: Part, region: Ints, first: int, together: int) -> Ints:
    """A region and those that share the most edges with it, up to so many, in order."""
    sources = np.repeat(np.arange(part.n), np.diff(part.indptr))
    here = region[sources] == first
    shared = np.bincount(region[part.indices[here]], minlength=int(region.max()) + 1)
    shared[first] = len(part.indices) + 1
    order = np.argsort(-shared, kind="stable")[:together]
    return np.sort(order[shared[order] > 0])


def _few(part: Part, units: Ints, columns: Ints, few: Ints) -> tuple[Part, Ints]:
    """Some regions as a part of their own, and the columns of their centres in it."""
    used = np.flatnonzero(np.isin(part.centres, units))
    inner = replace(part.only(units, used), least=len(few), most=len(few))
    return inner, np.searchsorted(used, columns[few])
