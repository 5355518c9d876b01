"""Walks of single pairs of places: near ones are looked for all around, far ones led by landmarks."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from gridmap.network.legs import Legs
from gridmap.network.search import Desk, Sought, search
from gridmap.network.segments import Floats, Ints, repeated

NEAR_M = 1_000.0
"""Walks up to here are looked for all around, longer ones led by landmarks; they are what they are either way."""
CELL_M = 250.0
"""Side of the squares by which nodes are sorted."""
LANDMARKS = 8
"""Nodes whose walks to all others lead the search for long walks."""
WORTH = 500
"""Sources with long walks from which on landmarks are worth their making."""


class Wanted(NamedTuple):
    """Pairs whose walks are wanted: `source` and `target` (k,), rows of the places whose legs are given.

    `together`: of each pair a number; targets of one number stand near each other. Of each source: its legs (`place`,
    `node`, `metres`), how far it looks (`reach`, metres), and its `key` (`FREE` for none).
    """

    source: Ints
    target: Ints
    together: Ints
    legs: tuple[Ints, Ints, Floats]
    reach: Floats
    key: Ints

    def apart(self, pairs: Ints) -> Wanted:
        """These pairs, with a source of its own for each source and number of `together`."""
        sources, row = np.unique(np.stack([self.source, self.together])[:, pairs], axis=1, return_inverse=True)
        place, node, metres = self.legs
        low = np.searchsorted(place, sources[0])
        own, pick = repeated(low, np.searchsorted(place, sources[0], side="right") - low)
        legs = (own, node[pick], metres[pick])
        return Wanted(row.reshape(-1), self.target[pairs], row, legs, self.reach[sources[0]], self.key[sources[0]])


class PairSearch:
    """The searches on one graph.

    Parameters
    ----------
    xy
        Where the nodes are (n, 2), metres.
    matrix
        CSR (n, n), symmetric: metres between nodes.
    parts
        The connected part of each node (n,) where locked nodes are shut.
    locks, joined
        Who passes each node, and the parts that the gates of each key join, see `search`.
    """

    def __init__(
        self, xy: Floats, matrix: csr_matrix, parts: Ints, locks: Ints, joined: tuple[Ints, Ints, Ints]
    ) -> None:
        # nodes near each other stand near each other in memory: a search looks at those of a few cells
        cell = np.floor(xy / CELL_M)
        order = np.lexsort((cell[:, 1], cell[:, 0]))
        self._row = np.empty(len(order), np.int64)
        self._row[order] = np.arange(len(order))
        self._matrix = matrix[order][:, order]
        self._starts, self._ends = (side.astype(np.int64) for side in (self._matrix.indptr, self._matrix.indices))
        self._desks: list[Desk] = []
        self._parts, self._locks, self._joined = parts[order], locks[order], joined

    def walks(self, wanted: Wanted, end: Legs) -> Floats:
        """Metres of each pair (k,) by way of nodes; inf where there is no way within the source's reach."""
        place, node, metres = wanted.legs
        wanted = wanted._replace(legs=(place, self._row[node], metres))
        end = end._replace(node=self._row[end.node])
        near = np.minimum(wanted.reach, NEAR_M)
        found = self._search(wanted._replace(reach=near), end)
        pairs = np.flatnonzero(~np.isfinite(found) & (wanted.reach > near)[wanted.source])
        if not len(pairs):
            return found
        if len(np.unique(wanted.source[pairs])) < WORTH:
            some = wanted._replace(source=wanted.source[pairs], target=wanted.target[pairs])
            found[pairs] = self._search(some, end)
        else:
            found[pairs] = self._search(wanted.apart(pairs), end, self._marks)
        return found

    def _search(self, wanted: Wanted, end: Legs, marks: Floats | None = None) -> Floats:
        none = np.empty((len(wanted.reach), 0))
        low, high = (none, none) if marks is None else _span(marks, end, wanted)
        place, node, metres = wanted.legs
        sources = np.arange(len(wanted.reach) + 1)
        order = np.argsort(wanted.source, kind="stable")
        walks = np.empty(len(order))
        walks[order] = search(
            Sought(
                self._starts,
                self._ends,
                self._matrix.data,
                self._parts,
                self._locks,
                *self._joined,
                np.searchsorted(place, sources),
                node,
                metres,
                wanted.key,
                np.searchsorted(wanted.source[order], sources),
                wanted.target[order],
                np.searchsorted(end.place, np.arange(len(end.xy) + 1)),
                end.node,
                end.metres,
                wanted.reach,
                np.empty((len(self._parts), 0)) if marks is None else marks,
                low,
                high,
            ),
            self._desks,
        )
        return walks

    @cached_property
    def _marks(self) -> Floats:
        """Metres from some nodes far from each other to all nodes (n, LANDMARKS) where all gates are open, which is no
        farther than any walk; inf where there is no way.

        All are in the largest part: long walks are rare in others.
        """
        largest = self._parts == np.bincount(self._parts).argmax()
        apart = dijkstra(self._matrix, indices=int(largest.argmax()))
        apart[~largest] = -1.0
        found = []
        for _ in range(LANDMARKS):
            found.append(dijkstra(self._matrix, indices=int(apart.argmax())))
            apart = np.minimum(apart, found[-1])
        return np.ascontiguousarray(np.array(found).T)


def _span(marks: Floats, end: Legs, wanted: Wanted) -> tuple[Floats, Floats]:
    """The least and the most metres from each landmark to the targets of each source, (sources, LANDMARKS) each.

    A leg may be shorter than any walk between the nodes that it joins by way of its place, so what is farthest is
    counted without it: no walk from a node to a target is shorter than these tell.
    """
    there, first = np.unique(end.place, return_index=True)
    nearest = np.full((len(end.xy), marks.shape[1]), np.inf)
    farthest = np.full(nearest.shape, -np.inf)
    if len(there):
        nearest[there] = np.minimum.reduceat(marks[end.node] + end.metres[:, None], first)
        reached = np.where(np.isfinite(marks), marks, -np.inf)[end.node] - end.metres[:, None]
        farthest[there] = np.maximum.reduceat(reached, first)
    low = np.full((len(wanted.reach), marks.shape[1]), np.inf)
    high = np.full(low.shape, -np.inf)
    np.minimum.at(low, wanted.source, nearest[wanted.target])
    np.maximum.at(high, wanted.source, farthest[wanted.target])
    unreached = ~np.isfinite(low)
    low[unreached], high[unreached] = 0.0, np.inf
    return low, high
