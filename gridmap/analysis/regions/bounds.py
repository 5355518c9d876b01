"""Lower bounds on the value of any plan."""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree

from gridmap.analysis.regions.lagrange import access_bound, compact_bound
from gridmap.analysis.regions.problem import Ints, Part
from gridmap.analysis.regions.search import Clock
from gridmap.analysis.regions.spreading import spreading_bound

TABLE_MOST = 2e9
"""Steps of the table of sizes: a few seconds."""


def lower_bound(
    part: Part, objective: str, *, fewest: int, most: int, value: float, clock: Clock, quick: bool = False
) -> float:
    """A bound below the value of every plan of the part with `fewest` to `most` regions; `value` is a known plan's.

    The whole's value can't be less than this, whatever method found it. The wish for a target adds the least it can
    cost: all regions alike. More regions cost less except in borders. `quick` leaves out what takes seconds of those.
    """
    bound = _wish_bound(part, fewest, most)
    if objective == "access":
        bound += access_bound(part, fewest, most, value, clock)[0]
    elif objective == "compact":
        bound += compact_bound(part, fewest, most, value, clock)
    else:
        bound += _border_bound(part, fewest, None if quick else clock)
    return bound


def _wish_bound(part: Part, fewest: int, most: int) -> float:
    if part.target_cost <= 0:
        return 0.0
    return part.target_cost * min((part.weight - p * part.target) ** 2 / p for p in range(fewest, most + 1))


def _border_bound(part: Part, p: int, clock: Clock | None) -> float:
    """Least border between p regions.

    The regions of a connected part hang together over at least p - 1 different borders: at least the p - 1 edges of
    least border in a spanning tree. On a square lattice more is known: m cells share at most floor(2m - 2 sqrt(m))
    sides (Harary and Harborth 1976), whatever their shape. Elsewhere, with time, households must be spread out.
    """
    bound = 0.0
    if p > 1:
        graph = csr_array((part.border + 1e-9, part.indices, part.indptr), shape=(part.n, part.n))
        tree = np.sort(minimum_spanning_tree(graph).data)
        bound = max(0.0, float(tree[: p - 1].sum()) - 1e-6)
    if is_lattice(part):
        edges = len(part.indices) // 2
        bound = max(bound, edges - _most_inside(part, p))
    elif clock is not None:
        bound = max(bound, spreading_bound(part, _room(part, p), clock))
    whole = bool((part.border % 1 == 0).all())
    return float(np.ceil(bound - 1e-6)) if whole else bound


def _room(part: Part, p: int) -> int:
    """Households that any region may have, with p regions or more."""
    most = part.high if part.capacity is None else int(part.capacity.max())
    return min(most, part.weight - (p - 1) * part.low)


def is_lattice(part: Part) -> bool:
    """Whether the units are cells of a square lattice joined across whole sides, each side counting 1."""
    if part.n < 2 or not (part.border == 1).all():
        return False
    if part.xy is None:
        return _is_board(part)
    sources = np.repeat(np.arange(part.n), np.diff(part.indptr))
    side = float(np.abs(part.xy[sources] - part.xy[part.indices]).max())
    place = (part.xy - part.xy.min(axis=0)) / max(side, 1e-9)
    cells = np.round(place).astype(np.int64)
    return bool(np.allclose(place, cells, atol=1e-6)) and _are_cells(part, cells)


def _are_cells(part: Part, cells: Ints) -> bool:
    """Whether every edge is one step between places on the lattice, and no two units share a place."""
    sources = np.repeat(np.arange(part.n), np.diff(part.indptr))
    one = np.abs(cells[sources] - cells[part.indices]).sum(axis=1) == 1
    return bool(one.all()) and len(np.unique(cells, axis=0)) == part.n


def _is_board(part: Part) -> bool:
    """The same without positions, for a rectangle: a cell is where so many steps from two of its corners lead."""
    degree = np.diff(part.indptr)
    corners = np.flatnonzero(degree == 2)
    if degree.max() > 4 or len(corners) != 4:
        return False
    graph = csr_array((np.ones(len(part.indices)), part.indices, part.indptr), shape=(part.n, part.n))
    steps = dijkstra(graph, indices=corners, unweighted=True).astype(np.int64)
    for number in range(1, 4):
        wide = steps[0, corners[number]]
        twice = np.column_stack((steps[0] - steps[number] + wide, steps[0] + steps[number] - wide))
        if (twice % 2 == 0).all() and _are_cells(part, twice // 2):
            return True
    return False


def _most_inside(part: Part, p: int) -> float:
    """Most sides that p shapes of all n cells can hold inside, for sizes that the loads allow.

    The sizes are taken from the largest down, since floor(2m - 2 sqrt(m)) favours unequal ones; the k largest
    shapes can't have more cells than the lightest cells that weigh what k regions may weigh together.
    """
    n, light = part.n, np.cumsum(np.sort(part.weights))
    inside = len(part.indices) / 2
    room = [min(k * part.high, part.weight - (p - k) * part.low) for k in range(1, p + 1)]
    cells = [int(np.searchsorted(light, load, side="right")) for load in room]
    largest = min(n - p + 1, cells[0])
    if p * largest * n > TABLE_MOST:
        return _most_inside_by_majorization(cells, inside)
    table = np.full((p + 1, n + 1), -np.inf)
    table[0, 0] = 0.0
    for size in range(largest, 0, -1):
        held = 2 * size - math.isqrt(4 * size - 1) - 1
        for k in range(1, p + 1):
            end = min(cells[k - 1], n) + 1
            if size < end:
                np.maximum(table[k, size:end], table[k - 1, : end - size] + held, out=table[k, size:end])
    return float(min(table[p, n], inside)) if np.isfinite(table[p, n]) else inside


def _most_inside_by_majorization(cells: list[int], inside: float) -> float:
    """The same for many regions, a little weaker: no k regions have more cells than `cells[k - 1]`.

    2m - 2 sqrt(m) is convex, so its sum is largest for the sizes that majorize all others: the steps of `cells`.
    """
    sizes = -np.sort(-np.diff(cells, prepend=0).astype(np.float64))
    return min(inside, float((2.0 * sizes - 2.0 * np.sqrt(sizes)).sum()))
