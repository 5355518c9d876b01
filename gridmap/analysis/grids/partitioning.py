"""The cheapest way to choose sets that hold every piece once: by the linear relaxation, and what that leaves open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse import csc_array, vstack

_FEW, _MANY = 300, 1_200
"""So many of the sets are tried first, which is quick; where more than so many are left the relaxation has to do."""
_TIME_LIMIT_S = 5.0
_GAP = 1e-3
_INFEASIBLE = 2
_EVEN = 1e-6
_HALF = 0.5
_ROUNDS, _CUTS_A_ROUND = 12, 60
_PAYS = 1e-3
"""Share of the value by which a round of cuts has to raise the relaxation for another one."""
_VIOLATED = 1.02


def cheapest(
    price: np.ndarray,
    once: csc_array,
    cuts: csc_array,
    most: np.ndarray,
    value: float,
    *,
    times: np.ndarray | None = None,
) -> tuple[np.ndarray | None, float]:
    """Which sets make a partition that costs less than `value`, if one was found, and a bound on what any costs.

    A set whose reduced cost in the linear relaxation is more than what lies between that and the value of a known
    partition is in none that costs less (fixing by reduced costs), so few are left to the integer program. Where many
    are left the relaxation is tightened: of the sets that hold two of any three pieces one at most is chosen
    (subset-row cuts: M. Jepsen et al., Subset-row inequalities applied to the vehicle-routing problem with time
    windows, 2008).

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
    times
        (n,) what has to be otherwise than 1 in rows of `once`.

    Returns
    -------
    The positions of the sets, or None, and the bound.
    """
    program = _Program(price, once, np.ones(once.shape[0]) if times is None else times, cuts, most, len(most))
    left, least = np.arange(len(price) - len(most)), -np.inf
    if not len(left):
        return None, value
    for _ in range(_ROUNDS):
        relaxed = program.relaxed()
        if relaxed.x is None:
            return None, value if relaxed.status == _INFEASIBLE else least
        pays = relaxed.fun > least + _PAYS * value
        least = max(least, float(relaxed.fun))
        reduced = program.reduced(relaxed)
        able = np.flatnonzero(reduced < value - least)
        if not len(able):
            return None, value
        able = able[np.argsort(reduced[able], kind="stable")]
        left, program, reduced = left[able], program.of(able), reduced[able]
        tighter = program.tightened(relaxed.x[able]) if pays and len(able) > _FEW else None
        if tighter is None:
            break
        program = tighter
    return _chosen(program, left, reduced, value, least)


def _chosen(
    program: _Program, left: np.ndarray, reduced: np.ndarray, value: float, least: float
) -> tuple[np.ndarray | None, float]:
    """The same of the sets that are left, in the order of their reduced costs; `least` is the relaxation's bound."""
    chosen, best = None, value
    for limit in (_FEW, _MANY):
        left = left[: np.searchsorted(reduced, best - least)]
        if not len(left):
            return chosen, best
        if limit == _MANY and len(left) > limit:
            break
        solved = program.of(np.arange(min(limit, len(left)))).solved()
        if solved.x is not None and solved.fun < best - _EVEN:
            some = np.flatnonzero(solved.x[: min(limit, len(left))] > _HALF)
            chosen, best = left[some], float(solved.fun)
        if len(left) <= limit:
            if solved.status == _INFEASIBLE:
                return chosen, best
            bound = -np.inf if solved.mip_dual_bound is None else float(solved.mip_dual_bound)
            return chosen, min(max(least, bound), best)
    return chosen, least


@dataclass(frozen=True)
class _Program:
    """Of s sets and k numbers: `price`, what holds in sum (`once`, `times`), what is not exceeded (`below`, `most`)."""

    price: np.ndarray
    once: csc_array
    times: np.ndarray
    below: csc_array
    most: np.ndarray
    numbers: int

    def of(self, sets: np.ndarray) -> _Program:
        """The program with some of the sets only."""
        columns = np.append(sets, np.arange(len(self.price) - self.numbers, len(self.price)))
        return replace(self, price=self.price[columns], once=self.once[:, columns], below=self.below[:, columns])

    def relaxed(self) -> OptimizeResult:
        """The linear relaxation, solved."""
        known = {"A_eq": self.once, "b_eq": self.times, "A_ub": self.below, "b_ub": self.most}
        return linprog(self.price, **known, method="highs")

    def reduced(self, relaxed: OptimizeResult) -> np.ndarray:
        """By how much the sum grows, at least, where a set is chosen that isn't now."""
        paid = self.once.T @ relaxed.eqlin.marginals + self.below.T @ relaxed.ineqlin.marginals
        reduced: np.ndarray = self.price - paid
        return reduced[: len(reduced) - self.numbers]

    def tightened(self, share: np.ndarray) -> _Program | None:
        """With cuts that these shares of the sets don't keep; None where there are none."""
        alike = np.flatnonzero(self.times == 1.0)
        member = self.once[:, : len(share)].toarray()[alike] > _HALF
        used, part = member[:, share > _EVEN], share[share > _EVEN]
        pair = (used * part) @ used.T
        threes = np.array(list(combinations(range(len(alike)), 3)), dtype=int).reshape(-1, 3)
        sums = sum(pair[threes[:, one], threes[:, other]] for one, other in ((0, 1), (0, 2), (1, 2)))
        threes = threes[sums > _VIOLATED]
        broken = np.array([part[used[three].sum(axis=0) > 1].sum() for three in threes])
        worst = threes[np.argsort(-broken, kind="stable")[: min(_CUTS_A_ROUND, int((broken > _VIOLATED).sum()))]]
        if not len(worst):
            return None
        held = np.array([member[three].sum(axis=0) > 1 for three in worst])
        rows = np.hstack([held, np.zeros((len(worst), self.numbers))])
        below = vstack([self.below, csc_array(rows.astype(float))], format="csc")
        return replace(self, below=below, most=np.append(self.most, np.ones(len(worst))))

    def solved(self) -> OptimizeResult:
        """The best whole choice, as far as it is found in the time there is."""
        whole = np.arange(len(self.price)) < len(self.price) - self.numbers
        return milp(
            self.price,
            constraints=[
                LinearConstraint(self.once, self.times, self.times),
                LinearConstraint(self.below, -np.inf, self.most),
            ],
            integrality=whole,
            bounds=Bounds(0, np.where(whole, 1.0, np.inf)),
            options={"time_limit": _TIME_LIMIT_S, "mip_rel_gap": _GAP},
        )
