"""The shortest walk from a place to the nearest of a few others, with its nodes: compiled, and led by the target."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from gridmap.network.search import _pop, _push
from gridmap.network.segments import Floats, Ints

Flags = NDArray[np.bool_]


LANDMARKS = 32
"""From so many nodes at the rim the walks to all others are known; the more, the fewer nodes a search looks at."""


def from_landmarks(matrix: csr_matrix, xy: Floats) -> Floats:
    """Metres on foot from a few nodes, each far from those before, to all nodes: (n, landmarks); inf for no way."""
    n = len(xy)
    far = np.full((n, min(LANDMARKS, n)), np.inf)
    nearest = np.hypot(*(xy - xy.mean(axis=0)).T) if n else np.empty(0)
    for k in range(far.shape[1]):
        far[:, k] = dijkstra(matrix, indices=int(np.argmax(nearest)))
        reached = np.isfinite(far[:, k])
        nearest = np.where(reached, np.minimum(nearest, far[:, k]) if k else far[:, k], 0.0)
    return far


@njit(cache=True, nogil=True)
def _left(far, node, least, most):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Metres that are left from a node at least, by the triangles with the landmarks."""
    left = 0.0
    for k in range(far.shape[1]):
        if far[node, k] < np.inf and most[k] < np.inf:
            left = max(left, least[k] - far[node, k], far[node, k] - most[k])
    return left


@njit(cache=True, nogil=True)
def shortest(  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912, PLR0917  # pragma: no cover
    indptr, indices, metres, far, barred, shut, s_node, s_m, t_node, t_m
):
    """The shortest walk: its metres, the number of the target's leg (-1: no way), and the node before each node.

    Parameters
    ----------
    indptr, indices, metres
        The graph, CSR, symmetric.
    far
        `from_landmarks` of this graph with nothing barred, and nothing shut either or just what is shut here.
    barred
        Nodes that nobody walks through; one may start or end there.
    shut
        Edges that are not walked, as `indices`; of no length where all are.
    s_node, s_m; t_node, t_m
        The legs of the place and of the targets: nodes and metres to them.
    """
    n = len(indptr) - 1
    best = np.full(n, np.inf)
    last = np.full(n, np.inf)
    before = np.full(n, -1, np.int64)
    done = np.zeros(n, np.bool_)
    keys = np.empty(len(indices) + len(s_node) + 1)
    nodes = np.empty(len(indices) + len(s_node) + 1, np.int64)
    size = 0
    least, most = np.full(far.shape[1], np.inf), np.full(far.shape[1], -np.inf)
    for k in range(len(t_node)):
        last[t_node[k]] = min(last[t_node[k]], t_m[k])
        for i in range(far.shape[1]):
            least[i] = min(least[i], far[t_node[k], i] + t_m[k])
            most[i] = max(most[i], far[t_node[k], i] - t_m[k])
    for k in range(len(s_node)):
        if s_m[k] < best[s_node[k]]:
            best[s_node[k]] = s_m[k]
            size = _push(keys, nodes, size, s_m[k] + _left(far, s_node[k], least, most), s_node[k])
    found, end = np.inf, -1
    while size > 0 and keys[0] < found:
        u = nodes[0]
        size = _pop(keys, nodes, size)
        if done[u]:
            continue
        done[u] = True
        if best[u] + last[u] < found:
            found, end = best[u] + last[u], u
        if barred[u]:
            continue
        for k in range(indptr[u], indptr[u + 1]):
            if len(shut) and shut[k]:
                continue
            v, walked = indices[k], best[u] + metres[k]
            if walked < best[v] and not done[v]:
                best[v] = walked
                before[v] = u
                size = _push(keys, nodes, size, walked + _left(far, v, least, most), v)
    leg = -1
    for k in range(len(t_node)):
        if t_node[k] == end and t_m[k] == last[end]:
            leg = k
    return found, leg, before


def path(before: Ints, end: int) -> Ints:
    """The nodes up to the end, in the order in which they are walked."""
    nodes = [end]
    while before[nodes[-1]] >= 0:
        nodes.append(int(before[nodes[-1]]))
    return np.array(nodes[::-1], dtype=np.int64)
