"""The walks between neighbours as things are: what the measures and every question about gates start from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap.analysis.isolation.measurable import between_pieces
from gridmap.analysis.isolation.setting import Setting, crossed
from gridmap.analysis.isolation.walks import Floats, between_neighbours, walk_pairs

Bools = NDArray[np.bool_]


class Walked(NamedTuple):
    """A setting with the walks in it.

    `known`: which compounds are surveyed, (n,). `walk`: metres of each pair of homes on foot; inf where there is no
    way. `met`: the figures of each pair of neighbours. `boundary`: the measures of all compounds' boundaries. `off`:
    between which neighbours a river or the like lies. `gone`: neighbours that are none for the measures, since no
    mapped way leads to them, see `between_pieces`.
    """

    setting: Setting
    known: Bools
    walk: Floats
    met: pd.DataFrame
    boundary: pd.DataFrame
    off: Bools
    gone: Bools


def walked(setting: Setting, known: Bools, boundary: pd.DataFrame) -> Walked:
    """The walks between neighbours.

    Parameters
    ----------
    setting
        Of a metric district whose compounds all have an outline, with latched gates.
    known
        Which compounds are surveyed.
    boundary
        See `boundary_measures`.
    """
    walk = walk_pairs(setting.graph, setting.legs, setting.homes, setting.pairs)
    met = between_neighbours(setting.neighbours, setting.pairs, walk)
    off = crossed(setting)
    gone = between_pieces(setting, met, boundary["openings"].to_numpy(), off)
    return Walked(setting, known, walk, met, boundary, off, gone)
