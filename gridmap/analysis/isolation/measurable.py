"""Which neighbours' walks say something about walls, and which only that the mapped ways don't connect."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gridmap.analysis.isolation.setting import Setting
from gridmap.analysis.isolation.walks import Floats, Ints

WAY_M = 200.0
"""A compound without a way this near has none."""


def cut_off(measures: pd.DataFrame) -> NDArray[np.bool_]:
    """Which compounds have neighbours and reach none."""
    return np.asarray((measures["neighbours"] > 0) & (measures["unreached"] == measures["neighbours"]), dtype=bool)


def with_left_out(measures: pd.DataFrame, neighbours: Ints, gone: NDArray[np.bool_]) -> pd.DataFrame:
    """The measures with what the neighbours that are left out mean for them.

    `neighbours_unmeasured`: how many are. `measurable`: whether a compound can be judged all the same. With some left
    out, those that are left say something only where one of them is reached; without any opening it is cut off anyway.

    Parameters
    ----------
    measures
        `neighbours`, `unreached`, `openings` of each compound.
    neighbours, gone
        The pairs of neighbours (k, 2), and which of them are none, see `between_pieces`.
    """
    lost = np.bincount(neighbours[gone].reshape(-1), minlength=len(measures))
    reaches = measures["unreached"] < measures["neighbours"]
    enough = (lost == 0) | reaches | (measures["openings"] == 0)
    return measures.assign(neighbours_unmeasured=lost, measurable=enough)


def between_pieces(setting: Setting, met: pd.DataFrame, openings: Floats, off: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which neighbours are out of each other's reach only because the mapped ways don't connect, walls or not.

    The ways to which the openings of one lead, and those to which the other's do, belong to pieces of the network that
    nothing joins, even were there no walls: no way, and no land that people may cross, such as a yard between.

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
    reached = _networks_reached(setting)
    ways = _has_ways(setting)
    for pair in np.flatnonzero(lost):
        a, b = setting.neighbours[pair]
        lost[pair] = not (ways[a] and ways[b]) if off[pair] else not np.isin(reached[a], reached[b]).any()
    return lost


def _has_ways(setting: Setting) -> NDArray[np.bool_]:
    shapes = setting.district["compounds"].geometry.to_numpy()
    found = np.zeros(len(shapes), bool)
    found[setting.graph.edge_tree.query_nearest(shapes, max_distance=WAY_M, all_matches=False)[0]] = True
    return found


def _networks_reached(setting: Setting) -> list[Ints]:
    """Of each compound the networks that its homes reach through public openings.

    A network is all that one gets to along ways, walls or not, and over the land that the public may cross.
    """
    graph, legs = setting.graph, setting.legs
    on_way = np.flatnonzero(graph.way_pieces >= 0)
    part, piece = graph.public_parts[on_way], graph.way_pieces[on_way]
    parts = int(graph.public_parts.max(initial=-1)) + 1
    size = parts + int(piece.max(initial=-1)) + 1
    touching = coo_matrix((np.ones(len(part)), (part, parts + piece)), shape=(size, size))
    network = connected_components(touching, directed=False)[1][graph.public_parts]
    homes = np.unique(setting.homes.compound[legs.place] * size + network[legs.node])
    ends = np.searchsorted(homes, np.arange(1, setting.compound_count) * size)
    return np.split(homes % size, ends)
