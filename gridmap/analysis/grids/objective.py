"""What a division of a community into grids is worth: one figure of five parts, the same for any division.

The unit is a household walking a metre, one way. `docs/grids.md` says where the weights come from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gridmap.analysis.grids.walks import PairWalks, straight
from gridmap.domain.numbers import Numbers

OFF_TARGET_M = 600.0
"""One household that a grid has more or fewer than the target weighs as 2 m more of walk for 300 households."""
CROSSED = 30_000.0
"""A grid on both sides of a barrier weighs as 100 m more of walk for a grid of 300 households."""
CUT = 60_000.0
"""A compound cut once more than its size asks for: twice that, since it breaks a rule that is otherwise kept."""
CHANGED_M = 20.0
"""A household that gets into another grid than before weighs as 20 m of walk."""
_ROUNDABOUT = 1.6
"""Where no walk is known it is taken to be so many times the straight line."""
_WALKED_MOST = 2_000


@dataclass(frozen=True)
class Setting:
    """The buildings of a community in which people live and which no dedicated or rural grid holds.

    Attributes
    ----------
    households
        (n,) of each building, at least 1.
    walks
        (n, n) metres on foot from the row's building to the column's; finite.
    compound
        (n,) number of its compound, -1 without.
    part
        (n,) number of its part of the community: what barriers and gaps in the area leave together.
    before
        (n,) number of its grid from before; None where the community had none.
    """

    households: np.ndarray
    walks: np.ndarray
    compound: np.ndarray
    part: np.ndarray
    before: np.ndarray | None = None


@dataclass(frozen=True)
class Value:
    """The parts of the objective in household-metres, and what they were counted from.

    `deviation` is the mean of the grids' deviations from the target, as a share of it.
    """

    off_target: float
    walk: float
    crossed: float
    cut: float
    changed: float
    deviation: float

    @property
    def total(self) -> float:
        """The sum of the parts."""
        return self.off_target + self.walk + self.crossed + self.cut + self.changed


def walks_between(places: np.ndarray, asked: np.ndarray, walks: PairWalks) -> np.ndarray:
    """Metres (n, n) between places (n, 2): on foot, and 1.6 times the straight line where no way is known.

    So it is between all of them where more than 2,000 are asked for, and to and from those that aren't (n, bool).
    """
    metres = _ROUNDABOUT * straight(places, places)
    rows = np.flatnonzero(asked)
    if not 1 < len(rows) <= _WALKED_MOST:
        return metres
    # whoever is farthest out looks for all others, so those in the middle need not look far
    out = np.hypot(*(places[rows] - places[rows].mean(axis=0)).T)
    rows = rows[np.argsort(-out, kind="stable")]
    first, second = np.triu_indices(len(rows), 1)
    source, target = rows[first], rows[second]
    found = walks(places, source, target)
    known = np.isfinite(found)
    source, target = source[known], target[known]
    metres[source, target] = metres[target, source] = found[known]
    return metres


def measured(setting: Setting, grid_of: np.ndarray, numbers: Numbers) -> Value:
    """The objective of a division, which the grid of each building gives (any numbers).

    Off target: households that grids have more or fewer than `numbers.grid_target`. Walk: from every household to the
    building of its grid from which the grid's walks are shortest. Crossed: for each grid the parts of the community it
    lies in, less one. Cut: for each compound the grids it lies in, less `grids_needed`.
    Changed: households whose building is not in that grid which holds most of its grid from before.
    """
    grid = np.unique(grid_of, return_inverse=True)[1]
    load = np.bincount(grid, weights=setting.households)
    off = np.abs(load - numbers.grid_target)
    walk = sum(
        (setting.households[own] @ setting.walks[np.ix_(own, own)]).min()
        for own in (np.flatnonzero(grid == number) for number in range(len(load)))
    )
    crossed = len(pd.DataFrame({"grid": grid, "part": setting.part}).drop_duplicates()) - len(load)
    return Value(
        off_target=float(OFF_TARGET_M * off.sum()),
        walk=float(walk),
        crossed=CROSSED * crossed,
        cut=CUT * int(_cuts(setting, grid, numbers).sum()),
        changed=CHANGED_M * (0.0 if setting.before is None else parted(setting.before, grid, setting.households)),
        deviation=float(off.mean() / numbers.grid_target) if len(off) else 0.0,
    )


def _cuts(setting: Setting, grid: np.ndarray, numbers: Numbers) -> pd.Series:
    """By compound how often it is cut beyond that."""
    inside = setting.compound >= 0
    table = pd.DataFrame({"grid": grid, "households": setting.households, "compound": setting.compound})[inside]
    by = table.groupby("compound")
    needed = grids_needed(by["households"].sum().to_numpy(), numbers)
    return (by["grid"].nunique() - needed).clip(lower=0).astype(int)


def grids_needed(households: np.ndarray, numbers: Numbers) -> np.ndarray:
    """In how many grids compounds may lie uncounted: one, or as many as the target asks for of what is too large."""
    targets = np.ceil(households / numbers.grid_target).astype(int)
    return np.where(households > numbers.grid_most, targets, 1)


def parted(before: np.ndarray, grid: np.ndarray, households: np.ndarray) -> float:
    """Households whose grid isn't the one that holds most of their grid from before; all (n,) by building."""
    moved = pd.DataFrame({"before": before, "grid": grid, "households": households})
    shared = moved.groupby(["before", "grid"])["households"].sum()
    return float(households.sum() - shared.groupby("before").max().sum())


def units(setting: Setting, grid_of: np.ndarray, numbers: Numbers) -> np.ndarray:
    """What stays whole in the bound: compounds within `numbers.grid_most` that this division leaves whole.

    The unit of each building, from 0; all other buildings are units of their own.
    """
    table = pd.DataFrame({"compound": setting.compound, "households": setting.households, "grid": grid_of})
    by = table.groupby("compound")
    whole = (
        (table["compound"] >= 0)
        & (by["households"].transform("sum") <= numbers.grid_most)
        & (by["grid"].transform("nunique") == 1)
    )
    names = np.where(whole, setting.compound, -1 - np.arange(len(table)))
    return np.unique(names, return_inverse=True)[1]
