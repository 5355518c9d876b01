# ruff: noqa: PLR0917 - compiled loops take their arrays one by one
"""First partitions to improve: a balanced power diagram of the units, made contiguous."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from gridmap.analysis.regions.anneal import compiled, uniform
from gridmap.analysis.regions.problem import Floats, Ints, Part

TURNS = 60
"""Times that the offsets of a power diagram are evened out."""


def positions(part: Part) -> Floats:
    """(n, 2) positions: the part's own, else an embedding of hop distances by principal coordinates of pivots."""
    if part.xy is not None:
        return part.xy
    graph = _graph(part)
    pivots = [0]
    hops = [dijkstra(graph, indices=0, unweighted=True)]
    for _ in range(min(24, part.n - 1)):
        pivots.append(int(np.minimum.reduce(hops).argmax()))
        hops.append(dijkstra(graph, indices=pivots[-1], unweighted=True))
    square = np.column_stack(hops) ** 2
    square = square - square.mean(axis=0) - square.mean(axis=1, keepdims=True) + square.mean()
    u, s, _ = np.linalg.svd(square, full_matrices=False)
    coordinates = np.zeros((part.n, 2))
    rank = min(2, u.shape[1])
    coordinates[:, :rank] = u[:, :rank] * np.sqrt(s[:rank])
    return coordinates


def cores(part: Part, p: int, rng: np.random.Generator) -> list[Ints] | None:
    """Connected sets of units that must be in region 0, 1, …: locks and fixed centres, joined by shortest ways.

    None where the ways of one region are cut off by another's units.
    """
    wanted: list[Ints] = []
    if part.free_centres:
        wanted = [np.flatnonzero(part.label == label) for label in np.unique(part.label[part.label >= 0])]
    else:
        labels = np.unique(part.label[part.label >= 0])
        used = np.arange(len(part.centres)) if part.fixed_centres else labels
        for column in used:
            wanted.append(np.union1d([part.centres[column]], np.flatnonzero(part.label == column)))
    wanted += [np.empty(0, dtype=np.int64)] * (p - len(wanted))
    if all(len(units) <= 1 for units in wanted):
        return wanted
    taken = np.full(part.n, -1)
    for number, units in enumerate(wanted):
        taken[units] = number
    for number in rng.permutation(len(wanted)):
        joined = _join(part, wanted[number], (taken < 0) | (taken == number))
        if joined is None:
            return None
        taken[joined] = number
        wanted[number] = joined
    return wanted


def _join(part: Part, units: Ints, free: np.ndarray) -> Ints | None:
    if len(units) <= 1:
        return units
    graph = _graph(part)
    keep = csr_array((free.astype(float), (range(part.n), range(part.n))), shape=graph.shape)
    inside = keep @ graph @ keep
    inside.eliminate_zeros()
    joined, rest = {int(units[0])}, {int(u) for u in units[1:]}
    while rest:
        distance, before, _ = dijkstra(
            inside, indices=sorted(joined), unweighted=True, min_only=True, return_predecessors=True
        )
        nearest = min(rest, key=lambda unit: (distance[unit], unit))
        if not np.isfinite(distance[nearest]):
            return None
        step = nearest
        while step >= 0 and step not in joined:
            joined.add(step)
            step = int(before[step])
        rest -= joined
    return np.array(sorted(joined))


def power_diagram(part: Part, p: int, core: list[Ints], rng: np.random.Generator) -> Ints:
    """p contiguous regions of about equal households around centres that were moved to their middles.

    Cohen-Addad, Klein and Young, "Balanced centroidal power diagrams for redistricting" (arXiv 1710.03358), with
    the weights found by a damped search instead of a flow.
    """
    xy = positions(part)
    weights = part.weights + 1e-3 * max(1.0, part.weights.mean())
    centre = _seeds(xy, weights, p, core, rng)
    pinned = np.array([part.fixed_centres or bool(len(units)) for units in core])
    owner = _balanced(xy, weights, centre, pinned, max(float(xy.var(axis=0).sum()) / p, 1e-12))
    return contiguous(part, owner, core, rng)


@compiled
def _balanced(xy, weights, centre, pinned, spread):  # type: ignore[no-untyped-def]
    """(n,) the centre whose squared distance less its offset is the least, with offsets that even out the households.

    `centre` (p, 2) is moved to the middles of its units, in place, where it isn't `pinned`.
    """
    n, p = len(xy), len(centre)
    target = weights.sum() / p
    offset = np.zeros(p)
    owner = np.zeros(n, dtype=np.int64)
    for turn in range(TURNS):
        load = np.zeros(p)
        middle = np.zeros((p, 2))
        for v in range(n):
            least = np.inf
            for c in range(p):
                power = (xy[v, 0] - centre[c, 0]) ** 2 + (xy[v, 1] - centre[c, 1]) ** 2 - offset[c]
                if power < least:
                    least = power
                    owner[v] = c
            load[owner[v]] += weights[v]
            middle[owner[v], 0] += weights[v] * xy[v, 0]
            middle[owner[v], 1] += weights[v] * xy[v, 1]
        step = 1.0 / (1.0 + turn / 15)
        offset += step * spread * np.minimum(np.maximum(1.0 - load / target, -1.0), 1.0)
        offset -= offset.mean()
        if turn % 3 == 2:
            for c in range(p):
                if load[c] > 0 and not pinned[c]:
                    centre[c] = middle[c] / load[c]
    return owner


def _seeds(xy: Floats, weights: Floats, p: int, core: list[Ints], rng: np.random.Generator) -> Floats:
    """Spread first centres: each next one drawn in proportion to weight and squared distance (k-means++)."""
    centre = np.empty((p, 2))
    nearest = np.full(len(xy), np.inf)
    for number in range(p):
        if number < len(core) and len(core[number]):
            centre[number] = xy[core[number]].mean(axis=0)
        else:
            chance = weights if number == 0 or np.isinf(nearest[0]) else weights * nearest
            if chance.sum() <= 0:
                chance = np.ones(len(xy))
            centre[number] = xy[rng.choice(len(xy), p=chance / chance.sum())]
        nearest = np.minimum(nearest, ((xy - centre[number]) ** 2).sum(axis=1))
    return centre


def contiguous(part: Part, owner: Ints, core: list[Ints], rng: np.random.Generator) -> Ints:
    """The nearest partition in p connected, non-empty regions that hold their cores."""
    p = len(core)
    region = owner.copy()
    for number, units in enumerate(core):
        region[units] = number
    graph = _graph(part).tocoo()
    same = region[graph.row] == region[graph.col]
    pieces = csr_array((np.ones(same.sum()), (graph.row[same], graph.col[same])), shape=graph.shape)
    piece = connected_components(pieces, directed=False)[1]
    load = np.bincount(piece, weights=part.weights + 1e-6)
    kept = np.full(p, -1)
    for number in np.argsort(load):
        kept[region[np.flatnonzero(piece == number)[0]]] = number
    for number, units in enumerate(core):
        if len(units):
            kept[number] = piece[units[0]]
    region[kept[region] != piece] = -1
    state = np.array([rng.integers(2**63)], dtype=np.uint64)
    locked = np.zeros(part.n, dtype=np.bool_)
    for units in core:
        locked[units] = True
    for empty in np.flatnonzero(kept < 0):
        _plant(int(empty), part.indptr, part.indices, part.weights, region, locked, state)
    _grow(part.indptr, part.indices, part.weights, region, p)
    return region


@compiled
def _plant(number, indptr, indices, weights, region, locked, state):  # type: ignore[no-untyped-def]
    """Give an empty region its first unit: one without a region, else one its region can spare."""
    n = len(weights)
    offset = int(uniform(state) * n)
    for i in range(n):
        v = (i + offset) % n
        if region[v] < 0:
            region[v] = number
            return
    mark = np.zeros(n, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    for i in range(n):
        v = (i + offset) % n
        if locked[v]:
            continue
        r = region[v]
        first = -1
        count = 0
        for u in range(n):
            if region[u] == r and u != v:
                first = u
                count += 1
        if first < 0:
            continue
        mark[:] = 0
        mark[v] = 1
        mark[first] = 1
        queue[0] = first
        head = 0
        tail = 1
        while head < tail:
            x = queue[head]
            head += 1
            for e in range(indptr[x], indptr[x + 1]):
                u = indices[e]
                if region[u] == r and mark[u] == 0:
                    mark[u] = 1
                    queue[tail] = u
                    tail += 1
        if tail == count:
            region[v] = number
            return


@compiled
def _grow(indptr, indices, weights, region, p):  # type: ignore[no-untyped-def]
    """Give every unit without a region to the lightest region beside it, wave by wave, in place."""
    load = np.zeros(p)
    for v in range(len(region)):
        if region[v] >= 0:
            load[region[v]] += weights[v]
    left = 1
    while left > 0:
        left = 0
        moved = 0
        for v in range(len(region)):
            if region[v] >= 0:
                continue
            chosen = -1
            for e in range(indptr[v], indptr[v + 1]):
                r = region[indices[e]]
                if r >= 0 and (chosen < 0 or load[r] < load[chosen]):
                    chosen = r
            if chosen < 0:
                left += 1
            else:
                region[v] = chosen
                load[chosen] += weights[v]
                moved += 1
        if moved == 0:
            return


def _graph(part: Part) -> csr_array:
    return csr_array((np.ones(len(part.indices)), part.indices, part.indptr), shape=(part.n, part.n))
