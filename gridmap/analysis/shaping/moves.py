"""Moves that a planner asks for: repair pieces, finish what is unassigned, part a region, improve the rest."""

from __future__ import annotations

import heapq
from collections import defaultdict

import numpy as np
from scipy.optimize import linear_sum_assignment

from gridmap.analysis.regions import Problem, solve
from gridmap.analysis.regions.problem import Progress
from gridmap.analysis.shaping.figures import pieces
from gridmap.analysis.shaping.ground import Bools, Ground, Ints
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers

NONE = -1
PART_LEAST = 0.35
"""Of a region that is parted each half gets at least this share of the households, where that can be."""


def finished(ground: Ground, region: Ints, closed: Bools) -> Ints:
    """Give unassigned blocks to regions beside them, one by one: the region that a block has the longest border with.

    Parameters
    ----------
    ground
        The blocks.
    region
        (n,) label of each block's region, -1 for none.
    closed
        (n,) blocks that stay as they are, and whose region takes none.

    Returns
    -------
    (n,) labels. What no region of its street can be reached from stays unassigned; every other block hangs together
    with the region that takes it.
    """
    found = region.copy()
    shut = {int(label) for label in np.unique(region[closed & (region >= 0)])} & _whole(region, closed)
    beside = _beside(ground)
    heap: list[tuple[float, int, int]] = []

    def offer(block: int) -> None:
        shared: dict[int, float] = defaultdict(float)
        for other, border in beside[block]:
            label = int(found[other])
            if label != NONE and label not in shut:
                shared[label] += border
        for label, border in shared.items():
            heapq.heappush(heap, (-border, block, label))

    for free in np.flatnonzero((region == NONE) & ~closed):
        offer(int(free))
    while heap:
        _border, block, label = heapq.heappop(heap)
        if found[block] != NONE:
            continue
        found[block] = label
        for other, _ in beside[block]:
            if found[other] == NONE and not closed[other]:
                offer(other)
    return found


def _whole(region: Ints, closed: Bools) -> set[int]:
    """Labels of regions all of whose blocks are closed."""
    return {int(label) for label in np.unique(region[region >= 0]) if closed[region == label].all()}


def _beside(ground: Ground) -> list[list[tuple[int, float]]]:
    near: list[list[tuple[int, float]]] = [[] for _ in range(ground.n)]
    a, b = ground.edges.T
    ways = ground.passable & (ground.street[a] == ground.street[b])
    for (one, other), border in zip(ground.edges[ways].tolist(), ground.border[ways].tolist(), strict=True):
        near[one].append((other, border))
        near[other].append((one, border))
    return near


def repaired(ground: Ground, region: Ints, closed: Bools) -> Ints:
    """Make every region hang together: its piece of most households stays, the others go to regions beside them.

    A piece with a closed block stays where it is. What no region can take becomes unassigned.

    Parameters
    ----------
    ground, region, closed
        As in `finished`.
    """
    piece = pieces(ground, region)
    loose = np.zeros(ground.n, dtype=np.bool_)
    for label in np.unique(region[region >= 0]):
        members = np.flatnonzero(region == label)
        numbers, inverse = np.unique(piece[members], return_inverse=True)
        weight = np.bincount(inverse, weights=ground.households[members]) + 1e-6 * np.bincount(inverse)
        held = np.bincount(inverse, weights=closed[members]) > 0
        keeps = held if held.any() else np.arange(len(numbers)) == int(weight.argmax())
        loose[members[~keeps[inverse]]] = True
    before = np.where(loose, NONE, region)
    after = finished(ground, before, closed | ~loose & (before == NONE))
    return np.where(loose, after, region)


def parted(ground: Ground, region: Ints, label: int, new: int, closed: Bools) -> Ints | None:
    """Cut a region into two contiguous halves, the second with the label `new`; None where it can't be.

    Closed blocks stay in the first half.
    """
    members = np.flatnonzero(region == label)
    if len(members) < 2:
        return None
    position = np.full(ground.n, NONE)
    position[members] = np.arange(len(members))
    edges = position[ground.ways]
    weights = ground.households[members]
    fixed = {int(position[block]): "first" for block in members[closed[members]]}
    for share in (PART_LEAST, 0.0):
        problem = Problem(
            weights=weights,
            edges=edges[(edges >= 0).all(axis=1)],
            xy=ground.xy[members],
            lower=max(1, int(share * weights.sum())),
            regions=2,
            fixed=fixed or None,
        )
        found = solve(problem, objective="compact", time_limit=3.0, proof=False).region
        if found is not None and set(found.tolist()) == {0, 1}:
            first = found[next(iter(fixed))] if fixed else int(np.bincount(found, weights=weights).argmax())
            after = region.copy()
            after[members[found != first]] = new
            return after
    return None


def improved(
    ground: Ground,
    region: Ints,
    closed: Bools,
    *,
    numbers: Numbers = DEFAULT_NUMBERS,
    time_limit: float = 8.0,
    progress: Progress | None = None,
) -> tuple[Ints, list[str]]:
    """Draw the regions anew around what is closed, street by street, as many as there are, as compact as can be.

    Parameters
    ----------
    ground, region
        As in `finished`; unassigned blocks are taken in.
    closed
        (n,) blocks that stay in their region. Regions that are closed whole take no other block.
    time_limit
        Seconds for all streets.

    Returns
    -------
    tuple
        (n,) labels, and the codes of streets that stay as they were since no plan within the bounds was found there.
    """
    after, left = region.copy(), []
    whole = np.isin(region, list(_whole(region, closed)))
    streets = [street for street in np.unique(ground.street.astype(str)) if _several(region, ground, street, whole)]
    for street in streets:
        here = np.flatnonzero((ground.street == street) & ~whole)
        found = _redrawn(
            ground, region, here, closed, numbers=numbers, time_limit=time_limit / len(streets), progress=progress
        )
        if found is None:
            left.append(street)
        elif (region[here] == NONE).any() or _spread(ground, here, found) < _spread(ground, here, region[here]):
            after[here] = found
    return after, left


def _several(region: Ints, ground: Ground, street: str, whole: Bools) -> bool:
    here = region[(ground.street == street) & ~whole]
    return len(np.unique(here[here >= 0])) > 1


def _redrawn(
    ground: Ground,
    region: Ints,
    here: Ints,
    closed: Bools,
    *,
    numbers: Numbers,
    time_limit: float,
    progress: Progress | None,
) -> Ints | None:
    position = np.full(ground.n, NONE)
    position[here] = np.arange(len(here))
    edges = position[ground.ways]
    labels = np.unique(region[here][region[here] >= 0])
    fixed = {int(position[block]): int(region[block]) for block in here if closed[block] and region[block] >= 0}
    problem = Problem(
        weights=ground.households[here],
        edges=edges[(edges >= 0).all(axis=1)],
        xy=ground.xy[here],
        lower=numbers.region_least,
        upper=numbers.region_most,
        regions=len(labels),
        fixed=fixed or None,
    )
    solution = solve(problem, objective="compact", time_limit=time_limit, progress=progress, proof=False)
    if solution.region is None or (solution.region < 0).any() or len(solution.centres) != len(labels):
        return None
    overlap = np.zeros((len(labels), len(labels)))
    for new, old, weight in zip(solution.region, region[here], ground.households[here], strict=True):
        if old >= 0:
            overlap[new, np.searchsorted(labels, old)] += weight + 1e-6
    for unit, label in fixed.items():
        overlap[solution.region[unit], np.searchsorted(labels, label)] += 1e12
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    name = np.empty(len(labels), dtype=np.int64)
    name[rows] = labels[columns]
    return name[solution.region]


def _spread(ground: Ground, here: Ints, label: Ints) -> float:
    """Households times squared metres from their region's middle; endless where a region is in pieces."""
    weights, xy = ground.households[here].astype(float), ground.xy[here]
    whole = np.full(ground.n, NONE)
    whole[here] = label
    piece = pieces(ground, whole)[here]
    total = 0.0
    for one in np.unique(label):
        members = label == one
        if len(np.unique(piece[members])) > 1:
            return np.inf
        load = weights[members].sum()
        if load > 0:
            middle = weights[members] @ xy[members] / load
            total += float(weights[members] @ ((xy[members] - middle) ** 2).sum(axis=1))
    return total
