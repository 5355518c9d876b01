"""Which compounds' walks say something about walls, and which only that the mapped ways don't connect."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.analysis.isolation.boundary import FACING_M
from gridmap.analysis.isolation.setting import Setting
from gridmap.analysis.isolation.walks import Ints


def cut_off(measures: pd.DataFrame) -> NDArray[np.bool_]:
    """Which compounds have neighbours and reach none."""
    return np.asarray((measures["neighbours"] > 0) & (measures["unreached"] == measures["neighbours"]), dtype=bool)


def measurable(setting: Setting, measures: pd.DataFrame, across: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """False where neighbours are out of reach only because the mapped ways lead nowhere, walls or not.

    A compound without any opening is cut off whatever the ways are, and so is one with a river all round (`across`).
    `measures` has `neighbours`, `unreached`, `openings`, `walled_share`, `gates`.
    """
    lost = cut_off(measures) & ~across & ~(measures["openings"] == 0).to_numpy()
    if not lost.any():
        return np.ones(len(lost), bool)
    gated = lost & (measures["walled_share"] > 0).to_numpy() & (measures["gates"] > 0).to_numpy()
    return ~((lost & _in_pieces(setting, lost)) | _leads_nowhere(setting, gated))


def _in_pieces(setting: Setting, which: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the mapped ways join none of a compound's neighbours to it, were there no walls at all.

    Neighbours that face each other need no way between.
    """
    shapes = setting.district["compounds"].geometry.to_numpy()
    reach = setting.graph.ways_near(shapes)
    pairs = np.concatenate([setting.neighbours, setting.neighbours[:, ::-1]])
    pairs = pairs[which[pairs[:, 0]]]
    joined = shapely.dwithin(shapes[pairs[:, 0]], shapes[pairs[:, 1]], FACING_M)
    joined |= np.array([not reach[a].isdisjoint(reach[b]) for a, b in pairs.tolist()], dtype=bool)
    alone = which.copy()
    alone[pairs[joined, 0]] = False
    return alone


def _leads_nowhere(setting: Setting, which: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether no way is mapped that a compound's openings lead to."""
    graph, where = setting.graph, setting.homes
    shapes = setting.district["compounds"].geometry.to_numpy()
    order = np.argsort(graph.public_parts, kind="stable")
    sorted_parts = graph.public_parts[order]
    low = np.full((len(graph.xy), 2), np.inf)
    high = np.full((len(graph.xy), 2), -np.inf)
    np.minimum.at(low, graph.public_parts, graph.xy)
    np.maximum.at(high, graph.public_parts, graph.xy)
    found = np.zeros(len(which), bool)
    for compound in np.flatnonzero(which):
        land = shapely.buffer(shapes[compound], setting.numbers.gate_reach_m)
        first, last = np.searchsorted(setting.legs.place, np.searchsorted(where.compound, [compound, compound + 1]))
        parts = np.unique(graph.public_parts[setting.legs.node[first:last]])
        west, south, east, north = shapely.bounds(land)
        if (low[parts] < (west, south)).any() or (high[parts] > (east, north)).any():
            continue
        nodes: Ints = np.concatenate(
            [order[slice(*np.searchsorted(sorted_parts, [part, part + 1]))] for part in parts] or [order[:0]]
        )
        found[compound] = bool(shapely.contains_xy(land, graph.xy[nodes]).all())
    return found
