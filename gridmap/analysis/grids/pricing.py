# ruff: noqa: C901, PLR0912, PLR0915, PLR0917 - a compiled loop takes its arrays one by one and stays in one piece
"""The connected sets of pieces that cost least as grids, where pieces have prices: by branch and bound.

The pricing of a column generation (`gridmap.analysis.grids.generating`). From one building as the middle of a grid the
walks add up piece by piece, so a set that isn't whole yet is bounded by filling it up with shares of what it can still
reach, the best a household first, as `gridmap.analysis.grids.bounding` does. The buildings of one piece are looked at
together. The branches are a piece that the set touches: inside, or outside for good.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gridmap.analysis.grids.bounding import filled
from gridmap.analysis.grids.objective import OFF_TARGET_M
from gridmap.analysis.regions.anneal import compiled

_EVEN = 1e-7
_LOOKS_A_PIECE = 50_000
"""Sets looked at around one piece at most."""


class Prices(NamedTuple):
    """What is paid for each piece (m,) that a grid holds, and what each grid pays that touches a compound (c,)."""

    pieces: np.ndarray
    compounds: np.ndarray


class Field(NamedTuple):
    """What grids are chosen from: m pieces in which people live, and k buildings that may be the middle of a grid.

    Attributes
    ----------
    walks
        (k, m) household-metres from each building to all of a piece.
    first
        (m + 1,) where the buildings of each piece begin among the k.
    load
        (m,) households, each at least 1 and at most the last of `sizes`.
    indptr, indices
        The pieces that touch each piece, as compressed rows.
    compound
        (m,) number of the piece's compound among those that lie in several pieces, -1 else.
    sizes
        The least, wished and most households of a grid.
    """

    walks: np.ndarray
    first: np.ndarray
    load: np.ndarray
    indptr: np.ndarray
    indices: np.ndarray
    compound: np.ndarray
    sizes: tuple[float, float, float]

    @property
    def own(self) -> np.ndarray:
        """(k,) the piece that each building is in."""
        return np.repeat(np.arange(len(self.load)), np.diff(self.first))

    def costs(self, sets: np.ndarray) -> np.ndarray:
        """What sets of pieces (s, m) cost as grids: the walks to the best of their buildings, and their size."""
        size = sets @ self.load
        chunks = np.array_split(sets, len(sets) // 2_000 + 1)
        walks = [
            np.where(one[:, self.own], one.astype(np.float64) @ self.walks.T, np.inf).min(axis=1) for one in chunks
        ]
        found: np.ndarray = np.concatenate(walks) + OFF_TARGET_M * np.abs(size - self.sizes[1])
        return found


def best_offers(field: Field, prices: Prices, count: int, looks: int) -> tuple[np.ndarray, np.ndarray, int]:
    """The least that a grid with its middle in each piece costs, as far as it may be among the `count` least.

    Returns
    -------
    (m,) a bound below each, which is exact for the `count` least unless more than `looks` sets had to be looked at;
    the sets found (s, m), each the least around a piece; and how many sets were looked at.
    """
    bound, found, sets, used = _least(field, prices, OFF_TARGET_M, count, min(looks, _LOOKS_A_PIECE))
    return bound, sets[found], int(used)


def offers_below(field: Field, prices: Prices, limit: float, most: int, looks: int) -> np.ndarray | None:
    """All sets (s, m) that cost less than `limit` at these prices; None where that are more than `most`.

    Or where more than `looks` sets would have to be looked at.
    """
    sets = np.zeros((most, len(field.load)), dtype=bool)
    count = _below(field, prices, OFF_TARGET_M, limit, looks, sets)
    return np.unique(sets[:count], axis=0) if count >= 0 else None


@compiled
def _least_with(field, rate, order, able, size, total, slope, scratch):  # type: ignore[no-untyped-def]
    """The least that a set of this size and sum can still come to with shares of the able pieces; inf for none."""
    size, total = filled(rate, field.load, order, able, size, total, field.sizes, slope, scratch)
    return total + slope * abs(size - field.sizes[1]) if size >= field.sizes[0] - _EVEN else np.inf


@compiled
def _around(field, prices, own, near, slope, limit, looks, every, sets):  # type: ignore[no-untyped-def]
    """The sets with the piece `own` that cost less than `limit` from the best of its buildings.

    `near` is the least of their walks to each piece. With `every` all sets are put into `sets`; else the best one into
    its first row. Returns the cost of the best or else `limit`, a bound below all that cost less, how many were stored
    (-1: too many), and how many looked at.
    """
    low, target, high = field.sizes
    load, price, walks = field.load, prices.pieces, field.walks[field.first[own] : field.first[own + 1]]
    m = len(load)
    gain = near - price
    rate = gain / load
    order = np.argsort(rate)
    scratch = np.zeros(m)
    states = np.zeros((m + 2, m), np.int8)
    grown = np.zeros(m + 2, np.bool_)
    states[0, own] = 1
    grown[0] = True
    top, used, stored = 1, 0, 0
    best, bound = limit, np.inf
    able = np.zeros(m, np.bool_)
    queue = np.empty(m, np.int64)
    reached = np.zeros(m, np.bool_)
    touched = np.zeros(len(prices.compounds) + 1, np.bool_)
    while top > 0:
        top -= 1
        state = states[top]
        used += 1
        size, rest = 0.0, 0.0
        touched[:] = False
        able[:] = False
        reached[:] = False
        ends = 0
        for i in range(m):
            if state[i] == 1:
                size += load[i]
                rest -= price[i]
                reached[i] = True
                queue[ends] = i
                ends += 1
                compound = field.compound[i]
                if compound >= 0 and not touched[compound]:
                    touched[compound] = True
                    rest += prices.compounds[compound]
        total = np.inf
        for j in range(len(walks)):
            walk = 0.0
            for place in range(ends):
                walk += walks[j, queue[place]]
            total = min(total, walk)
        total += rest
        if grown[top] and size >= low:
            cost = total + slope * abs(size - target)
            if cost < best - _EVEN:
                if every:
                    if stored == len(sets):
                        return best, bound, -1, used
                    sets[stored] = state == 1
                    stored += 1
                else:
                    best = cost
                    sets[0] = state == 1
                    stored = 1
        inner, at, pick = ends, 0, -1
        while at < ends:
            for place in range(field.indptr[queue[at]], field.indptr[queue[at] + 1]):
                i = field.indices[place]
                if reached[i] or state[i] == 2 or size + load[i] > high:
                    continue
                reached[i] = able[i] = True
                queue[ends] = i
                ends += 1
                if at < inner and (pick < 0 or gain[i] < gain[pick]):
                    pick = i
            at += 1
        if pick < 0:
            continue
        least = _least_with(field, rate, order, able, size, total, slope, scratch)
        if least >= best - _EVEN:
            continue
        if used > looks:
            if every:
                return best, bound, -1, used
            bound = min(bound, least)
            continue
        states[top + 1] = state
        states[top, pick] = 2
        grown[top] = False
        states[top + 1, pick] = 1
        grown[top + 1] = True
        top += 2
    return best, min(bound, best), stored, used


@compiled
def _nearest(field):  # type: ignore[no-untyped-def]
    """The least walk from a building of each piece to each piece."""
    m = len(field.load)
    near = np.full((m, m), np.inf)
    for piece in range(m):
        for j in range(field.first[piece], field.first[piece + 1]):
            for i in range(m):
                near[piece, i] = min(near[piece, i], field.walks[j, i])
    return near


@compiled
def _least(field, prices, slope, count, looks):  # type: ignore[no-untyped-def]
    """For each piece a bound below all sets around it, whether one was found, that set, and how many looked at."""
    m = len(field.load)
    near = _nearest(field)
    bound = np.empty(m)
    able, scratch = np.ones(m, np.bool_), np.zeros(m)
    for own in range(m):
        gain = near[own] - prices.pieces
        rate = gain / field.load
        able[own] = False
        bound[own] = _least_with(field, rate, np.argsort(rate), able, field.load[own], gain[own], slope, scratch)
        able[own] = True
    found = np.zeros(m, np.bool_)
    sets = np.zeros((m, m), np.bool_)
    least = np.full(count, np.inf)
    used = 0
    for own in np.argsort(bound):
        limit = least.max()
        if bound[own] >= limit:
            break
        row = sets[own : own + 1]
        best, below, stored, some = _around(field, prices, own, near[own], slope, limit, looks, False, row)
        bound[own] = max(below, bound[own])
        found[own] = stored > 0
        used += some
        if stored and best < limit:
            least[least.argmax()] = best
    return bound, found, sets, used


@compiled
def _below(field, prices, slope, limit, looks, sets):  # type: ignore[no-untyped-def]
    """Into `sets` those around each piece that cost less than `limit`; how many, or -1 for too many."""
    near = _nearest(field)
    stored = 0
    for own in range(len(field.load)):
        left = sets[stored:]
        _, _, more, used = _around(field, prices, own, near[own], slope, limit, looks, True, left)
        if more < 0:
            return -1
        looks -= used
        stored += more
    return stored
