"""A graph's chains drawn together: places where nothing branches off need no node of their own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Edges(NamedTuple):
    """Edges from node `a` to node `b`, `length` metres, each of a `kind` (any number)."""

    a: Ints
    b: Ints
    length: Floats
    kind: Ints

    def take(self, rows: NDArray[np.bool_]) -> Edges:
        """These edges only."""
        return Edges(self.a[rows], self.b[rows], self.length[rows], self.kind[rows])


def drawn_together(edges: Edges, kept: NDArray[np.bool_]) -> Edges:
    """The edges with every chain of one kind as a single one; nodes keep their numbers, those in between have no edge.

    `kept` says of each node whether it stays whatever leaves it; so do ends, forks, and places where the kind changes.
    """
    n = len(kept)
    a, b, length, kind = edges
    ends, own = np.concatenate([a, b]), np.concatenate([kind, kind])
    least, most = np.full(n, np.iinfo(np.int64).max), np.full(n, np.iinfo(np.int64).min)
    np.minimum.at(least, ends, own)
    np.maximum.at(most, ends, own)
    inner = ~kept & (np.bincount(ends, minlength=n) == 2) & (least == most)
    both = inner[a] & inner[b]
    _, chain = connected_components(coo_array((np.ones(both.sum()), (a[both], b[both])), shape=(n, n)), directed=False)
    along = inner[a] | inner[b]
    of = chain[np.where(inner[a], a, b)[along]]
    total = np.bincount(of, weights=length[along], minlength=n)
    # A chain is left at both of its ends by an edge to a node that stays; a ring without one leads nowhere.
    leaves = along & ~both
    out = np.where(inner[a], b, a)[leaves]
    by = chain[np.where(inner[a], a, b)[leaves]]
    order = np.argsort(by, kind="stable")
    out, by, what = out[order], by[order], kind[leaves][order]
    rest = ~along
    return Edges(
        np.concatenate([a[rest], out[0::2]]),
        np.concatenate([b[rest], out[1::2]]),
        np.concatenate([length[rest], total[by[0::2]]]),
        np.concatenate([kind[rest], what[0::2]]),
    )
