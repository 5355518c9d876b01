"""Two regions of little border: the least cut between what lies outermost on either side (inertial flow).

Along a direction the first units that make a region are one side, the last that make one the other; between them the
least cut runs wherever it likes, and both sides are large enough (A. Schild and C. Sommer, On balanced separators in
road networks, 2015).
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, maximum_flow

from gridmap.analysis.regions.problem import Floats, Ints, Part
from gridmap.analysis.regions.start import positions

UNITS_MOST = 2_000
"""Larger parts would take minutes."""
DIRECTIONS = 32
SHARES = (0.0, 0.5)
"""Of the room between the bounds what is given to the sides beforehand."""
CAPACITY_MOST = 1e6
"""The longest border as a whole number, in which flows are counted."""


def flowing(part: Part, p: int = 2) -> Ints | None:
    """(n,) a division into p contiguous regions within the bounds: in two, each side in two again, and so on, each time
    with the least border of the cuts that were looked at; None where none was found.
    """
    if p == 1:
        return np.zeros(part.n, np.int64)
    sides = _halved(part, p // 2, p - p // 2)
    if sides is None:
        return None
    region = np.empty(part.n, np.int64)
    for side, inside in ((0, p // 2), (1, p - p // 2)):
        units = np.flatnonzero(sides == side)
        inner = flowing(part.among(units), inside)
        if inner is None:
            return None
        region[units] = side * (p // 2) + inner
    return region


def _halved(part: Part, first: int, second: int) -> Ints | None:
    """The least of the cuts into sides for so many regions each."""
    sources = np.repeat(np.arange(part.n), np.diff(part.indptr))
    least = np.array(
        [
            max(first * part.low, part.weight - second * part.high),
            max(second * part.low, part.weight - first * part.high),
        ]
    )
    best: tuple[float, Ints] | None = None
    turns = np.arange(DIRECTIONS) * np.pi / DIRECTIONS
    for key in (positions(part) @ np.array([np.cos(turns), np.sin(turns)])).T:
        for order in (np.argsort(key, kind="stable"), np.argsort(-key, kind="stable"))[: 1 + (first != second)]:
            for share in SHARES:
                region = _cut(part, sources, order, least + share * (part.weight - least.sum()) / 2)
                if region is None:
                    continue
                cut = float(part.border[region[sources] != region[part.indices]].sum())
                if (best is None or cut < best[0]) and _two(part, sources, region, least):
                    best = cut, region
    return None if best is None else best[1]


def _cut(part: Part, sources: Ints, order: Ints, least: Floats) -> Ints | None:
    """The least cut between the first units in this order that have so many households and the last that have."""
    load = part.weights[order]
    first = int(np.searchsorted(np.cumsum(load), least[0])) + 1
    last = int(np.searchsorted(np.cumsum(load[::-1]), least[1])) + 1
    if first + last > part.n:
        return None
    node = np.empty(part.n, np.int64)
    node[order[:first]], node[order[part.n - last :]] = 0, 1
    node[order[first : part.n - last]] = 2 + np.arange(part.n - first - last)
    start, end = node[sources], node[part.indices]
    between = start != end
    count = 2 + part.n - first - last
    unit = max(1e-9, float(part.border.max()) / CAPACITY_MOST)
    lengths = np.maximum(1, np.round(part.border[between] / unit)).astype(np.int32)
    capacity = csr_array((lengths, (start[between], end[between])), shape=(count, count))
    left = csr_array(capacity - maximum_flow(capacity, 0, 1).flow)
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    reached = np.zeros(count, bool)
    reached[breadth_first_order(left, 0, return_predecessors=False)] = True
    return np.where(reached[node], 0, 1)


def _two(part: Part, sources: Ints, region: Ints, least: Floats) -> bool:
    """Whether both sides hang together and have so many households."""
    inside = region[sources] == region[part.indices]
    links = csr_array((np.ones(inside.sum()), (sources[inside], part.indices[inside])), shape=(part.n, part.n))
    load = np.bincount(region, weights=part.weights, minlength=2)
    return bool((load >= least).all()) and connected_components(links)[0] == 2
