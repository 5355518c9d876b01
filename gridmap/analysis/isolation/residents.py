"""Residents' own view: their compound's gates open to them, those of others as to everybody."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from gridmap.analysis.isolation.setting import Setting
from gridmap.analysis.isolation.walks import Floats, between_neighbours, by_compound
from gridmap.network import placed


def residents_walks(setting: Setting, walk: Floats) -> pd.DataFrame:
    """Walks to neighbours through public gates and one's own compound's residents' gates.

    Parameters
    ----------
    walk
        The public's walks of all pairs of homes, metres.

    Returns
    -------
    One row a compound: `residents_unreached` (neighbours), `residents_directness`, `residents_detour_m`, as the
    public's measures are defined.
    """
    where, pairs, graph = setting.homes, setting.pairs, setting.graph
    holds = np.zeros(setting.compound_count, bool)
    holds[graph.locks[graph.locks >= 0]] = True
    ways = []
    for neighbour, start, end in (
        (setting.neighbours, pairs.a, pairs.b),
        (setting.neighbours[:, ::-1], pairs.b, pairs.a),
    ):
        theirs = np.flatnonzero(holds[where.compound[start]])
        own = walk.copy()
        keyed = graph.pair_walks(setting.legs, setting.legs, start[theirs], end[theirs], keys=where.compound)
        own[theirs] = np.minimum(own[theirs], keyed)
        ways.append(between_neighbours(neighbour, pairs, own))
    found = by_compound(pd.concat(ways, ignore_index=True), setting.compound_count)
    return found.drop(columns="neighbours").add_prefix("residents_")


def services(setting: Setting) -> pd.DataFrame:
    """Households' mean walk to the nearest committee office and service centre, metres.

    Residents leave by their own gates; whoever comes to an office inside a compound is let in by that compound's.
    Homes from which no office can be reached are left out of the mean; it is empty where there is none.
    """
    centres, where, graph = placed(setting.district["centres"]), setting.homes, setting.graph
    shapes = setting.district["compounds"].geometry.to_numpy()
    found = {}
    for name, kind in (("office_walk_m", "committee_office"), ("centre_walk_m", "service_centre")):
        sites = centres.geometry.to_numpy()[(centres["kind"] == kind).to_numpy()]
        inside = np.full(len(sites), -1, np.int64)
        site, compound = shapely.STRtree(shapes).query(sites, "intersects")
        inside[site[::-1]] = compound[::-1]
        legs = graph.legs(shapely.get_coordinates(sites))
        walk = graph.nearest_of(setting.legs, legs, keys=where.compound, end_keys=inside)
        found[name] = _mean(where.compound, walk, where.weight, setting.compound_count)
    return pd.DataFrame(found)


def _mean(group: np.ndarray, values: Floats, weight: Floats, count: int) -> Floats:
    """Weighted mean of the finite values of each group; empty where there is none."""
    finite = np.isfinite(values)
    total = np.bincount(group[finite], weight[finite], minlength=count)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.bincount(group[finite], (values * weight)[finite], minlength=count) / total)
