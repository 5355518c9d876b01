"""How far it is on foot: from many places to many, and of single pairs; with ways on the walk graph, else straight."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TypeAlias

import numpy as np
from scipy.spatial.distance import cdist

from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers
from gridmap.network import Legs, WalkGraph, walk_graph

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


def pair_walks_of(district: District, numbers: Numbers) -> PairWalks:
    """Walks of single pairs in this district, whose walk graph is made when the first are asked for.

    Places that are asked of twice in turn, as the same array, are joined to the graph once.
    """
    graph = cache(partial(residents_graph, district, numbers))
    last: list[tuple[np.ndarray, Legs]] = []

    def walks(places: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        made = graph()
        if made is None:
            return straight_pairs(places, source, target)
        if not last or last[0][0] is not places:
            last[:] = [(places, made.legs(places))]
        legs = last[0][1]
        return made.pair_walks(legs, legs, source, target)

    return walks
