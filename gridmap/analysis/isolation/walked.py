"""The walks between neighbours as things are: what the measures and every question about gates start from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap.analysis.isolation.boundary import boundary_measures
from gridmap.analysis.isolation.measurable import between_pieces
from gridmap.analysis.isolation.setting import Setting, crossed, make_setting
from gridmap.analysis.isolation.walks import Floats, between_neighbours, walk_pairs
from gridmap.domain.district import District
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.network import WalkGraph, surveyed, walk_graph

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


def walked(district: District, *, numbers: Numbers = DEFAULT_NUMBERS, graph: WalkGraph | None = None) -> Walked:
    """The walks between neighbours of a metric district whose compounds all have an outline.

    Parameters
    ----------
    graph
        Its walk graph with latched gates, where there is one.

    Raises
    ------
    DataError
        The district is in degrees.
    """
    graph = graph or walk_graph(district, latch=True, numbers=numbers)
    known = surveyed(district, numbers=numbers).to_numpy(dtype=bool)
    setting = make_setting(district, graph, numbers)
    walk = walk_pairs(graph, setting.legs, setting.homes, setting.pairs)
    met = between_neighbours(setting.neighbours, setting.pairs, walk)
    boundary, off = boundary_measures(district, known, numbers), crossed(setting)
    gone = between_pieces(setting, met, boundary["openings"].to_numpy(), off)
    return Walked(setting, known, walk, met, boundary, off, gone)
