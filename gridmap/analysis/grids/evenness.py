"""How near to the target grids can be on the mean, over all divisions of some pieces: proven by an integer program."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, csc_array

_TURNS, _TIME_LIMIT_S = 2, 0.25
_EVEN = 1e-6


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
    once = LinearConstraint(block_diag([csc_array(one.member.T.astype(float)) for one in parts]).tocsc(), 1, 1)
    mean, below = known, 0.0
    for _ in range(_TURNS):
        solved = milp(
            off - mean,
            constraints=once,
            integrality=np.ones(len(off)),
            bounds=Bounds(0, 1),
            options={"time_limit": _TIME_LIMIT_S},
        )
        least = -np.inf if solved.mip_dual_bound is None else float(solved.mip_dual_bound)
        below = max(below, mean + min(least, 0.0) / fewest)
        if solved.x is None or least >= -_EVEN:
            break
        chosen = solved.x > 0.5
        better = float(off[chosen].mean())
        if better >= mean - _EVEN:
            break
        mean = better
    return below
