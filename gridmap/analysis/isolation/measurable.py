"""Which neighbours' walks say something about walls, and which only that the mapped ways don't connect."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap.analysis.isolation.setting import Setting
from gridmap.analysis.isolation.walks import Floats, Ints

WAY_M = 200.0
"""A compound without a way this near has none."""


def cut_off(measures: pd.DataFrame) -> NDArray[np.bool_]:
    """Which compounds have neighbours and reach none."""
    return np.asarray((measures["neighbours"] > 0) & (measures["unreached"] == measures["neighbours"]), dtype=bool)


def between_pieces(setting: Setting, met: pd.DataFrame, openings: Floats, off: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which neighbours are out of each other's reach only because the mapped ways don't connect, walls or not.

    The ways to which the openings of one lead, and those to which the other's do, belong to pieces of the network that
    nothing joins, even were there no walls.

    Parameters
    ----------
    met
        The pairs of neighbours, see `between_neighbours`.
    openings
        Of each compound; one without any is cut off whatever the ways are. Empty where nobody surveyed it.
    off
        Between which neighbours a river or the like lies: where both have ways, no bridge is missing from the map.

    Returns
    -------
    (k,) by pair of neighbours.
    """
    lost = (met["measured"] & ~met["reached"]).to_numpy() & ~(openings == 0)[setting.neighbours].any(axis=1)
    if not lost.any():
        return lost
    reached = _pieces_reached(setting)
    ways = _has_ways(setting)
    for pair in np.flatnonzero(lost):
        a, b = setting.neighbours[pair]
        lost[pair] = not (ways[a] and ways[b]) if off[pair] else np.isin(reached[a], reached[b]).sum() == 0
    return lost


def _has_ways(setting: Setting) -> NDArray[np.bool_]:
    shapes = setting.district["compounds"].geometry.to_numpy()
    found = np.zeros(len(shapes), bool)
    found[setting.graph.edge_tree.query_nearest(shapes, max_distance=WAY_M, all_matches=False)[0]] = True
    return found


def _pieces_reached(setting: Setting) -> list[Ints]:
    """Of each compound the pieces of the network of ways that its homes reach through public openings."""
    graph, legs = setting.graph, setting.legs
    on_way = np.flatnonzero(graph.way_pieces >= 0)
    touched = np.unique(np.stack([graph.public_parts[on_way], graph.way_pieces[on_way]], axis=1), axis=0)
    homes = np.stack([setting.homes.compound[legs.place], graph.public_parts[legs.node]], axis=1)
    pairs = pd.DataFrame(np.unique(homes, axis=0), columns=["compound", "part"])
    joined = pairs.merge(pd.DataFrame(touched, columns=["part", "piece"]), on="part").sort_values("compound")
    ends = np.searchsorted(joined["compound"], np.arange(setting.compound_count + 1))
    return np.split(joined["piece"].to_numpy(), ends[1:-1])
