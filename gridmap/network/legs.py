"""How places off the ways reach the walk graph, as arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gridmap.network.segments import Floats, Ints, repeated


class Legs(NamedTuple):
    """How places reach the graph.

    `place`, `node`, `metres`: legs to nodes, sorted by place. Then a row a place: where it is (`xy`), where it looks
    from (`seen`), its yard, the edge it joins (-1: none), how far along it, how far off it, and where on it (`foot`);
    places on one edge walk along it without reaching its ends.
    """

    place: Ints
    node: Ints
    metres: Floats
    xy: Floats
    seen: Floats
    yard: Ints
    edge: Ints
    along_m: Floats
    off_m: Floats
    foot: Floats

    def take(self, rows: Ints) -> Legs:
        """The legs of these places, in this order."""
        low = np.searchsorted(self.place, rows)
        place, pick = repeated(low, np.searchsorted(self.place, rows, side="right") - low)
        return Legs(
            place,
            self.node[pick],
            self.metres[pick],
            self.xy[rows],
            self.seen[rows],
            self.yard[rows],
            self.edge[rows],
            self.along_m[rows],
            self.off_m[rows],
            self.foot[rows],
        )

    def nodes_with(self, other: Legs) -> tuple[Ints, Ints, Floats]:
        """The legs to nodes of these places and of `other`, row by row the same ones, together, sorted by place."""
        place = np.concatenate([self.place, other.place])
        order = np.argsort(place, kind="stable")
        node, metres = np.concatenate([self.node, other.node]), np.concatenate([self.metres, other.metres])
        return place[order], node[order], metres[order]


def legs_together(parts: list[Legs]) -> Legs:
    """The legs of the places of all parts, one part after the other."""
    first = np.cumsum([0, *(len(part.xy) for part in parts[:-1])])
    place = np.concatenate([part.place + low for part, low in zip(parts, first, strict=True)])
    return Legs(place, *(np.concatenate(columns) for columns in zip(*(part[1:] for part in parts), strict=True)))
