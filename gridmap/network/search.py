"""Shortest walks from many places to a few places each: compiled, since it is a loop that must be fast."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BATCHES = 16
"""Sources are worked through in so many batches, which share the processor's cores."""

LOOK_M = 40.0
"""Each time a search has come so much farther, it looks which targets are reached."""

FREE, SHUT = -1, -2
"""Locks of nodes: anybody passes, nobody does; others are opened by the key of the same number."""


@njit(cache=True)
def _push(keys, nodes, size, key, node):  # type: ignore[no-untyped-def]  # pragma: no cover
    k = size
    while k > 0:
        up = (k - 1) >> 1
        if keys[up] <= key:
            break
        keys[k], nodes[k] = keys[up], nodes[up]
        k = up
    keys[k], nodes[k] = key, node
    return size + 1


@njit(cache=True)
def _pop(keys, nodes, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    size -= 1
    key, node = keys[size], nodes[size]
    k = 0
    while True:
        child = 2 * k + 1
        if child >= size:
            break
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[k], nodes[k] = keys[child], nodes[child]
        k = child
    keys[k], nodes[k] = key, node
    return size


@njit(cache=True)
def _room(part, key, via_ptr, via_part, via_room):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The number of what the gates of a key join this part to, -1 where they don't touch it."""
    if key == FREE or key + 1 >= len(via_ptr):
        return -1
    for k in range(via_ptr[key], via_ptr[key + 1]):
        if via_part[k] == part:
            return via_room[k]
    return -1


@njit(cache=True)
def _joined(nodes, rooms, part, lock, key, via_ptr, via_part, via_room, t_node, low, high):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    """Whether a target's legs, `low` to `high`, lead to what the `nodes` of a source lead to, which are of `rooms`."""
    for k in range(low, high):
        there = t_node[k]
        if lock[there] != FREE and lock[there] != key:
            continue
        room = _room(part[there], key, via_ptr, via_part, via_room)
        for j in range(len(nodes)):
            if part[nodes[j]] == part[there] or (room >= 0 and rooms[j] == room):
                return True
    return False


@njit(cache=True)
def _least(best, t_node, t_m, low, high):  # type: ignore[no-untyped-def]  # pragma: no cover
    least = np.inf
    for k in range(low, high):
        least = min(least, best[t_node[k]] + t_m[k])
    return least


@njit(cache=True)
def _ahead(marks, node, low, high):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Metres that are left at least from a node to any of the targets, by its walks from the landmarks and theirs."""
    least = 0.0
    for k in range(marks.shape[1]):
        here = marks[node, k]
        if np.isfinite(here):
            least = max(least, low[k] - here, here - high[k])
    return least


class Sought(NamedTuple):
    """What is looked for, and on which graph.

    Attributes
    ----------
    indptr, indices, metres
        The graph, CSR, symmetric.
    part
        The connected part of each node for those who have no key.
    lock
        Who passes each node: `FREE`, `SHUT`, or the number of a key.
    via_ptr, via_part, via_room
        For each key: the parts that its gates touch, and a number that is the same for those that they join.
    s_ptr, s_node, s_m; t_ptr, t_node, t_m
        The legs of sources and of targets: for each its nodes and metres to them.
    key
        The key of each source, `FREE` for none.
    want_ptr, want
        For each source, the numbers of the targets wanted.
    limit
        Metres, for each source.
    marks
        Metres from landmarks to each node (n, k), inf where they don't reach it; with none (k = 0) the search goes all
        around, else it is led towards the targets; no walk of a source may be shorter than these tell.
    low, high
        For each source, the least and the most metres from each landmark to the targets wanted (sources, k); 0 and inf
        where it says nothing.
    """

    indptr: Ints
    indices: Ints
    metres: Floats
    part: Ints
    lock: Ints
    via_ptr: Ints
    via_part: Ints
    via_room: Ints
    s_ptr: Ints
    s_node: Ints
    s_m: Floats
    key: Ints
    want_ptr: Ints
    want: Ints
    t_ptr: Ints
    t_node: Ints
    t_m: Floats
    limit: Floats
    marks: Floats
    low: Floats
    high: Floats


class Desk(NamedTuple):
    """What one thread searches on, for one graph; to make it takes as long as a search, and each leaves it as it was.

    The metres found for each node and those ahead of it, the nodes that have any, and the heap of those to go on from.
    """

    best: Floats
    ahead: Floats
    touched: Ints
    keys: Floats
    nodes: Ints

    @classmethod
    def of(cls, nodes: int, edges: int) -> Desk:
        """A desk for a graph of this size."""
        heap = edges + nodes + 1
        return cls(
            np.full(nodes, np.inf), np.zeros(nodes), np.empty(nodes, np.int64), np.empty(heap), np.empty(heap, np.int64)
        )


def search(sought: Sought, desks: list[Desk]) -> Floats:
    """Metres from each source to each of the targets wanted of it; inf where there is no way within the limit.

    `desks` are free ones of this graph, which are taken and given back, with what had to be made.
    """
    out = np.full(len(sought.want), np.inf)
    batches = min(BATCHES, len(sought.limit))

    def part(batch: int) -> None:
        try:
            desk = desks.pop()
        except IndexError:
            desk = Desk.of(len(sought.part), len(sought.indices))
        _search(out, batch, batches, *desk, *sought)
        desks.append(desk)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for done in [threads.submit(part, batch) for batch in range(batches)]:
            done.result()
    return out


@njit(cache=True, nogil=True)
def _search(  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912, PLR0915, PLR0917  # pragma: no cover
    out,
    batch,
    batches,
    best,
    ahead,
    touched,
    keys,
    nodes,
    indptr,
    indices,
    metres,
    part,
    lock,
    via_ptr,
    via_part,
    via_room,
    s_ptr,
    s_node,
    s_m,
    key,
    want_ptr,
    want,
    t_ptr,
    t_node,
    t_m,
    limit,
    marks,
    low,
    high,
):
    """The part of `search` that is every so many sources, from `batch` on; fills in `out`."""
    sources = len(s_ptr) - 1
    legs, most = 0, 0
    for s in range(sources):
        legs = max(legs, s_ptr[s + 1] - s_ptr[s])
        most = max(most, want_ptr[s + 1] - want_ptr[s])
    led = marks.shape[1] > 0
    if len(keys) < len(indices) + legs + 1:
        keys, nodes = np.empty(len(indices) + legs + 1), np.empty(len(indices) + legs + 1, np.int64)
    wanted = np.empty(most, np.int64)
    starts, rooms = np.empty(legs, np.int64), np.empty(legs, np.int64)
    for s in range(batch, sources, batches):
        size, seen, count, done = 0, 0, 0, 0
        here = 0
        for k in range(s_ptr[s], s_ptr[s + 1]):
            u = s_node[k]
            if lock[u] == FREE or lock[u] == key[s]:
                starts[here] = u
                rooms[here] = _room(part[u], key[s], via_ptr, via_part, via_room)
                here += 1
        for w in range(want_ptr[s], want_ptr[s + 1]):
            low_leg, high_leg = t_ptr[want[w]], t_ptr[want[w] + 1]
            if _joined(
                starts[:here],
                rooms[:here],
                part,
                lock,
                key[s],
                via_ptr,
                via_part,
                via_room,
                t_node,
                low_leg,
                high_leg,
            ):
                wanted[count] = w
                count += 1
        if count == 0:
            continue
        for k in range(s_ptr[s], s_ptr[s + 1]):
            u, d = s_node[k], s_m[k]
            if lock[u] != FREE and lock[u] != key[s]:
                continue
            if d < best[u] and d <= limit[s]:
                if best[u] == np.inf:
                    touched[seen] = u
                    seen += 1
                    if led:
                        ahead[u] = _ahead(marks, u, low[s], high[s])
                best[u] = d
                size = _push(keys, nodes, size, d + ahead[u], u)
        look = LOOK_M
        while size > 0:
            least, u = keys[0], nodes[0]
            if least >= look:
                # a target is done when no path that is still to be found can be shorter; one that isn't yet tells
                # that the search goes on, whatever the others after it
                while done < count:
                    w = wanted[done]
                    out[w] = _least(best, t_node, t_m, t_ptr[want[w]], t_ptr[want[w] + 1])
                    if out[w] > least:
                        break
                    done += 1
                if done == count:
                    break
                look = least + LOOK_M
            size = _pop(keys, nodes, size)
            d = best[u]
            if least > d + ahead[u]:
                continue
            for k in range(indptr[u], indptr[u + 1]):
                v, e = indices[k], d + metres[k]
                if e < best[v] and e <= limit[s] and (lock[v] == FREE or lock[v] == key[s]):
                    if best[v] == np.inf:
                        touched[seen] = v
                        seen += 1
                        if led:
                            ahead[v] = _ahead(marks, v, low[s], high[s])
                    best[v] = e
                    size = _push(keys, nodes, size, e + ahead[v], v)
        for i in range(done, count):
            w = wanted[i]
            out[w] = _least(best, t_node, t_m, t_ptr[want[w]], t_ptr[want[w] + 1])
        for i in range(count):
            if out[wanted[i]] > limit[s]:
                out[wanted[i]] = np.inf
        for k in range(seen):
            best[touched[k]] = np.inf
            ahead[touched[k]] = 0.0
