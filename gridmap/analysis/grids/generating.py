"""Column generation: a bound on divisions of pieces into so many grids, from ever more of the sets that a grid can be.

A linear program chooses shares of the known sets so that each piece is held once; its duals are the prices at which
`gridmap.analysis.grids.pricing` looks for sets that would better it, until there are none. At any prices the least
offers around as many pieces as there are grids, and the prices together, are a bound below all divisions (each grid has
a middle of its own), so the search may end when it likes. Prices are smoothed towards the best known ones (P. Wentges,
Weighted Dantzig-Wolfe decomposition for linear mixed-integer programming, 1997).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_array

from gridmap.analysis.grids.objective import CUT
from gridmap.analysis.grids.pricing import Field, Prices, best_offers, offers_below

_TURNS = 300
"""Linear programs solved for a number of grids."""
_NEAR = 2e-3
"""Share of the value that the linear program may be above the bound when the search ends."""
_SMOOTH = 0.6
_KEPT = 0.4
"""Share of the looks that are left to the other numbers of grids."""
_LOOKS_FIRST, _MORE, _FEWER = 100, 8, 2
"""Sets looked at around a piece at first; how many times as many where that finds nothing new; a half where it does."""


class Bounds:
    """What is known of all divisions of a field into each number of grids.

    Attributes
    ----------
    value
        The objective of the best known division; what lies above it is of no interest.
    below
        For each number of grids a bound below all divisions into so many.
    at
        The prices that gave it.
    looks
        How many sets may still be looked at.
    """

    def __init__(self, field: Field, needed: np.ndarray, known: np.ndarray, value: float, looks: int) -> None:
        """Begin with the sets (s, m) of a known division; `needed` says by compound how many grids it may lie in."""
        self.field, self.needed, self.value, self.looks = field, needed, value, looks
        total, (low, _, high) = field.load.sum(), field.sizes
        counts = range(int(np.ceil(total / high)), min(len(field.load), int(total / max(low, 1.0))) + 1)
        self.below = dict.fromkeys(counts, -np.inf)
        self.at: dict[int, Prices] = {}
        self._sets: set[bytes] = set()
        self._program = _Program(field, needed, value)
        size = known @ field.load
        self._learn(known[(size >= low) & (size <= high)])

    def look(self, prices: Prices, count: int, looks: int) -> int:
        """Look for sets at these prices, and learn what they bound; how many new sets there are."""
        offers, sets, used = best_offers(self.field, prices, count, looks)
        self.looks -= used
        sums = self.paid(prices) + np.cumsum(np.sort(offers))
        for one in self.below:
            if one <= len(sums) and sums[one - 1] > self.below[one]:
                self.below[one], self.at[one] = float(sums[one - 1]), prices
        return self._learn(sets)

    def paid(self, prices: Prices) -> float:
        """What all pieces together pay, less what compounds pay for the grids that they may lie in."""
        return float(prices.pieces.sum() - prices.compounds @ self.needed)

    def climb(self, count: int) -> None:
        """Raise the bound for this number of grids as far as it goes, or to the value."""
        stuck, looks, kept = False, _LOOKS_FIRST, self.looks * _KEPT
        for _ in range(_TURNS):
            if self.below[count] >= self.value or self.looks <= kept:
                return
            solved = self._program.solved(count)
            if solved is None or solved[0] - self.below[count] < _NEAR * self.value:
                return
            prices = solved[1]
            if count in self.at and not stuck:
                pairs = zip(self.at[count], prices, strict=True)
                prices = Prices(*(_SMOOTH * best + (1 - _SMOOTH) * now for best, now in pairs))
            if self.look(prices, count, looks):
                stuck = False
                looks = max(_LOOKS_FIRST, looks // _FEWER)
                continue
            if stuck:
                looks *= _MORE
            stuck = True

    def left(self, count: int, looks: int, most: int) -> np.ndarray | None:
        """All sets (s, m) that can be in a division into so many grids that is better than the value.

        None where that are more than `most`, or more than `looks` would have to be looked at.
        """
        prices = self.at[count]
        offers, _, _ = best_offers(self.field, prices, count, looks)
        others = self.paid(prices) + float(np.sort(offers)[: count - 1].sum())
        return offers_below(self.field, prices, self.value - others, most, looks)

    def _learn(self, sets: np.ndarray) -> int:
        """Put the sets that are new into the linear program; how many they were."""
        new = [one for one in sets if one.tobytes() not in self._sets]
        if new:
            self._sets.update(one.tobytes() for one in new)
            self._program.add(np.array(new))
        return len(new)


class _Program:
    """The linear program over the known sets. What it can't hold costs it the value of the known division a piece."""

    def __init__(self, field: Field, needed: np.ndarray, value: float) -> None:
        self._field, self._needed = field, needed
        m, c = len(field.load), len(needed)
        self._costs = np.concatenate([np.full(m, value), np.full(c, CUT), np.full(2, value)])
        self._columns = np.zeros((m + c + 1, m + c + 2))
        np.fill_diagonal(self._columns, np.repeat([1.0, -1.0, 1.0], [m, c, 1]))
        self._columns[-1, -1] = -1.0

    def add(self, sets: np.ndarray) -> None:
        """Sets (s, m) that may be chosen."""
        touched = touching(sets, self._field.compound, len(self._needed))
        self._columns = np.hstack([self._columns, np.vstack([sets.T, touched, np.ones((1, len(sets)))])])
        self._costs = np.append(self._costs, self._field.costs(sets))

    def solved(self, count: int) -> tuple[float, Prices] | None:
        """The least that shares of the sets cost which hold each piece once and are so many in sum, and the prices.

        None where rounding kept it from being found.
        """
        m, c = len(self._field.load), len(self._needed)
        once = np.delete(self._columns, np.s_[m : m + c], axis=0)
        solved = linprog(
            self._costs,
            A_ub=csc_array(self._columns[m : m + c]) if c else None,
            b_ub=self._needed if c else None,
            A_eq=csc_array(once),
            b_eq=np.append(np.ones(m), count),
            method="highs",
            options={"presolve": False},  # quicker on programs as small as these, and its prices lead to better sets
        )
        if solved.x is None:
            return None
        return float(solved.fun), Prices(solved.eqlin.marginals[:m], -solved.ineqlin.marginals if c else np.empty(0))


def touching(sets: np.ndarray, compound: np.ndarray, count: int) -> np.ndarray:
    """Which of the compounds (c, s) each set touches."""
    found = [sets[:, compound == one].any(axis=1) for one in range(count)]
    return np.array(found, dtype=bool).reshape(count, len(sets))
