"""The cheapest way to choose sets that hold every piece once: by the linear relaxation, and what that leaves open."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array

_FEW, _MANY = 300, 1_200
"""So many of the sets are tried first, which is quick; where more than so many are left the relaxation has to do."""
_TIME_LIMIT_S = 5.0
_GAP = 1e-3
_INFEASIBLE = 2
_EVEN = 1e-6
_HALF = 0.5


def cheapest(
    price: np.ndarray, once: csc_array, cuts: csc_array, most: np.ndarray, value: float
) -> tuple[np.ndarray | None, float]:
    """Which sets make a partition that costs less than `value`, if one was found, and a bound on what any costs.

    A set whose reduced cost in the linear relaxation is more than what lies between that and the value of a known
    partition is in none that costs less (fixing by reduced costs), so few are left to the integer program.

    Parameters
    ----------
    price
        (s + k,) of the s sets, each taken or not, and of k numbers that are 0 or more.
    once
        (n, s + k): what has to be 1 in each row.
    cuts, most
        (k, s + k): what has to be at most `most` (k,) in each row.
    value
        Of a partition that there is; the bound is never above it.

    Returns
    -------
    The positions of the sets, or None, and the bound.
    """
    relaxed = linprog(price, A_ub=cuts, b_ub=most, A_eq=once, b_eq=np.ones(once.shape[0]), method="highs")
    if relaxed.x is None:
        return None, value if relaxed.status == _INFEASIBLE else -np.inf
    least = float(relaxed.fun)
    reduced = price - once.T @ relaxed.eqlin.marginals - cuts.T @ relaxed.ineqlin.marginals
    sets = len(price) - len(most)
    rank = np.argsort(reduced[:sets], kind="stable")
    chosen, best = None, value
    for limit in (_FEW, _MANY):
        able = rank[: np.searchsorted(reduced[rank], best - least)]
        if not len(able):
            return chosen, best
        if limit == _MANY and len(able) > limit:
            break
        columns = np.append(able[:limit], np.arange(sets, len(price)))
        solved = milp(
            price[columns],
            constraints=[LinearConstraint(once[:, columns], 1, 1), LinearConstraint(cuts[:, columns], -np.inf, most)],
            integrality=columns < sets,
            bounds=Bounds(0, np.where(columns < sets, 1.0, np.inf)),
            options={"time_limit": _TIME_LIMIT_S, "mip_rel_gap": _GAP},
        )
        if solved.x is not None and solved.fun < best - _EVEN:
            chosen, best = columns[(solved.x > _HALF) & (columns < sets)], float(solved.fun)
        if len(able) <= limit:
            if solved.status == _INFEASIBLE:
                return chosen, best
            bound = -np.inf if solved.mip_dual_bound is None else float(solved.mip_dual_bound)
            return chosen, min(max(least, bound), best)
    return chosen, least
