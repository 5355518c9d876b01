"""How near to the target grids can be on the mean, over all divisions of some pieces: proven by an integer program."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import block_diag, csc_array

from gridmap.analysis.grids.partitioning import cheapest

_TURNS = 4


class Sets(NamedTuple):
    """The connected sets of a part's pieces that a grid can be: households of the part, of each set (s,), and the
    set's pieces (s, n)."""

    total: int
    size: np.ndarray
    member: np.ndarray


def least_mean(parts: Sequence[Sets], known: float, target: int) -> float:
    """Households that grids are off the target on the mean, at least: in any division of all these parts.

    The mean is a ratio, so the sum of what sets are off, less a mean for each grid, is made least (Dinkelbach's
    method): below 0 there may be a smaller mean, which is then tried.

    Parameters
    ----------
    known
        The mean of a division that there is.
    """
    off = np.concatenate([np.abs(one.size - target) for one in parts])
    fewest = sum(math.ceil(one.total / one.size.max()) for one in parts)
    once = csc_array(block_diag([csc_array(one.member.T.astype(float)) for one in parts]))
    no_cuts, no_most = csc_array((0, len(off))), np.empty(0)
    mean, below = known, 0.0
    for _ in range(_TURNS):
        chosen, least = cheapest(off - mean, once, no_cuts, no_most, 0.0)
        below = max(below, mean + least / fewest)
        if chosen is None:
            break
        mean = float(off[chosen].mean())
    return below
