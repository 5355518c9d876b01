"""Shortest walks from many places to a few places each: compiled, since it is a loop that must be fast."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BATCHES = 16
"""Sources are worked through in so many batches, which share the processor's cores."""


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


@njit(cache=True, parallel=True)
def search(  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912, PLR0917  # pragma: no cover
    indptr, indices, metres, part, s_ptr, s_node, s_m, want_ptr, want, t_ptr, t_node, t_m, limit
):
    """Metres from each source to each of the targets wanted of it; inf where there is no way within the limit.

    Parameters
    ----------
    indptr, indices, metres
        The graph, CSR, symmetric.
    part
        The connected part of each node.
    s_ptr, s_node, s_m; t_ptr, t_node, t_m
        The legs of sources and of targets: for each its nodes and metres to them.
    want_ptr, want
        For each source, the numbers of the targets wanted.
    limit
        Metres.
    """
    n, sources = len(indptr) - 1, len(s_ptr) - 1
    out = np.full(len(want), np.inf)
    room = len(indices)
    for s in range(sources):
        room = max(room, len(indices) + s_ptr[s + 1] - s_ptr[s])
    for batch in prange(BATCHES):
        best = np.full(n, np.inf)
        wanted = np.full(n, -1, np.int64)
        touched = np.empty(n, np.int64)
        keys = np.empty(room + 1)
        nodes = np.empty(room + 1, np.int64)
        for s in range(batch, sources, BATCHES):
            if want_ptr[s] == want_ptr[s + 1]:
                continue
            size, seen, left = 0, 0, 0
            for k in range(s_ptr[s], s_ptr[s + 1]):
                u, d = s_node[k], s_m[k]
                if d < best[u] and d <= limit:
                    if best[u] == np.inf:
                        touched[seen] = u
                        seen += 1
                    best[u] = d
                    size = _push(keys, nodes, size, d, u)
            for w in range(want_ptr[s], want_ptr[s + 1]):
                for k in range(t_ptr[want[w]], t_ptr[want[w] + 1]):
                    u = t_node[k]
                    if wanted[u] != s:
                        for j in range(s_ptr[s], s_ptr[s + 1]):
                            if part[s_node[j]] == part[u]:
                                wanted[u] = s
                                left += 1
                                break
            while size > 0 and left > 0:
                d, u = keys[0], nodes[0]
                size = _pop(keys, nodes, size)
                if d > best[u]:
                    continue
                if wanted[u] == s:
                    left -= 1
                for k in range(indptr[u], indptr[u + 1]):
                    v, e = indices[k], d + metres[k]
                    if e < best[v] and e <= limit:
                        if best[v] == np.inf:
                            touched[seen] = v
                            seen += 1
                        best[v] = e
                        size = _push(keys, nodes, size, e, v)
            for w in range(want_ptr[s], want_ptr[s + 1]):
                least = np.inf
                for k in range(t_ptr[want[w]], t_ptr[want[w] + 1]):
                    least = min(least, best[t_node[k]] + t_m[k])
                if least <= limit:
                    out[w] = least
            for k in range(seen):
                best[touched[k]] = np.inf
    return out
