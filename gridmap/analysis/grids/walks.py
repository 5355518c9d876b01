"""How far it is on foot: from many places to many, and of single pairs; with ways on the walk graph, else straight."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

import numpy as np
from scipy.spatial.distance import cdist

from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers
from gridmap.network import Legs, WalkGraph, legs_together, walk_graph

PairWalks: TypeAlias = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""From places (n, 2) in metres and pairs of rows, sources (k,) and targets (k,), to (k,) metres; inf: no way there."""


def straight(sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Distances in straight lines."""
    return cdist(sources, targets)


def straight_pairs(places: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Straight lines of single pairs."""
    return np.hypot(*(places[source] - places[target]).T)


def residents_graph(district: District, numbers: Numbers) -> WalkGraph | None:
    """The walk graph of people who live and work in the district, whom residents' gates let through; None without ways.

    What nobody surveyed counts as open.
    """
    if district["ways"].empty:
        return None
    return walk_graph(district, asker="residents", numbers=numbers)


class _Joined:
    """Places and how they reach the walk graph, each joined to it once."""

    def __init__(self, graph: WalkGraph) -> None:
        self.graph = graph
        self._parts: list[Legs] = []
        self._row: dict[complex, int] = {}
        self._count = 0

    def legs(self, places: np.ndarray) -> Legs:
        """The legs of these places (n, 2)."""
        keys = np.ascontiguousarray(places, dtype=float).view(complex).ravel().tolist()
        rows = np.array([self._row.get(key, -1) for key in keys], dtype=np.int64)
        new = np.flatnonzero(rows < 0)
        if len(new):
            self._parts.append(self.graph.legs(places[new]))
            rows[new] = self._count + np.arange(len(new))
            self._row.update((keys[at], int(rows[at])) for at in new.tolist())
            self._count += len(new)
        if len(new) == len(places) > 0:
            return self._parts[-1]
        self._parts = [legs_together(self._parts)]
        return self._parts[0].take(rows)


def pair_walks_of(district: District, numbers: Numbers) -> PairWalks:
    """Walks of single pairs in this district, whose walk graph is made when the first are asked for.

    Places are joined to the graph once, however often they are asked of.
    """

    @cache
    def joined() -> _Joined | None:
        graph = residents_graph(district, numbers)
        return None if graph is None else _Joined(graph)

    def walks(places: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        on_graph = joined()
        if on_graph is None:
            return straight_pairs(places, source, target)
        legs = on_graph.legs(places)
        return on_graph.graph.pair_walks(legs, legs, source, target)

    return walks
