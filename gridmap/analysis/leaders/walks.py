"""How far it is: a small function from points to points, so that an analysis runs with and without a walk graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from scipy.spatial.distance import cdist

Distances: TypeAlias = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From n sources and m targets, arrays (n, 2) and (m, 2) in metres, to (n, m) metres; inf: can't be reached."""


def straight(sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Distances in straight lines."""
    return cdist(sources, targets)
