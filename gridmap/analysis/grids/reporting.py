"""How good the grids of a community are: the objective and its parts beside what no division can be better than."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gridmap.analysis.grids.bounding import least_deviation, lower_bound
from gridmap.analysis.grids.community import Drawn
from gridmap.analysis.grids.evenness import least_mean
from gridmap.analysis.grids.objective import Setting, measured, units
from gridmap.domain.numbers import Numbers

_OPEN = 0.03
"""A quick bound on the deviation that leaves no more than this open, as a share of the target, is good enough."""


def judged(
    drawn: Drawn,
    households: np.ndarray,
    compound: np.ndarray,
    metres: np.ndarray,
    numbers: Numbers,
    *,
    before: np.ndarray | None = None,
) -> Mapping[str, float] | None:
    """The objective of a community's basic grids by its parts, the bound and the gap; None without basic grids.

    `off_target`, `walk`, `crossed`, `cut`, `changed`, their sum `value` and its lower `bound` are in household-metres;
    `gap` is the share of the value that the bound leaves open; `deviation` and `deviation_least` are the grids' mean
    deviation from the target and its own lower bound, as shares of the target.

    Parameters
    ----------
    drawn
        The grids.
    households, compound, before
        Of each of the community's buildings: its households, its compound and its grid from before (numbers); without
        `before` there were none.
    metres
        (n, n) walks between these buildings.
    """
    own = np.flatnonzero((households > 0) & (drawn.kind == "basic")[drawn.grid_of])
    if not len(own):
        return None
    grid_of = drawn.grid_of[own]
    setting = Setting(
        households=households[own],
        walks=metres[np.ix_(own, own)],
        compound=compound[own],
        part=drawn.part[grid_of],
        before=None if before is None else before[own],
    )
    value = measured(setting, grid_of, numbers)
    unit = units(setting, grid_of, numbers)
    bound = drawn.bound if drawn.bound is not None else lower_bound(setting, unit, value.total, numbers)
    bound = min(bound, value.total)
    return {
        "grids": len(np.unique(grid_of)),
        "households": int(setting.households.sum()),
        "off_target": value.off_target,
        "walk": value.walk,
        "crossed": value.crossed,
        "cut": value.cut,
        "changed": value.changed,
        "value": value.total,
        "bound": bound,
        "gap": 1 - bound / value.total if value.total > 0 else 0.0,
        "deviation": value.deviation,
        "deviation_least": _least_deviation(drawn, setting, unit, value.deviation, numbers),
    }


def _least_deviation(drawn: Drawn, setting: Setting, unit: np.ndarray, deviation: float, numbers: Numbers) -> float:
    """A lower bound on the mean deviation; from all sets of pieces where the quick one leaves much open."""
    least = least_deviation(setting, unit, numbers)
    if not drawn.lumps or deviation - least < _OPEN:
        return least
    if sum(one.load.sum() for one in drawn.lumps) != setting.households.sum():  # a part has none to be counted
        return least
    target = numbers.grid_target
    return max(least, least_mean(drawn.lumps, deviation * target, target) / target)


def table(rows: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """One row a community, by `community_code`; no figure finer than it means something."""
    found = pd.DataFrame.from_dict(dict(rows), orient="index", columns=COLUMNS)
    found = found.rename_axis("community_code").sort_index().reset_index()
    found[SHARES] = found[SHARES].astype(float).round(4)
    found[METRES] = found[METRES].astype(float).round(0)
    return found.astype({"grids": "Int64", "households": "Int64"})


METRES = ["off_target", "walk", "crossed", "cut", "changed", "value", "bound"]
SHARES = ["gap", "deviation", "deviation_least"]
COLUMNS = ["grids", "households", *METRES, *SHARES]
