"""Whom people reach on foot, against whom they would without their own compound's boundary."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.analysis.isolation.walks import Floats, Homes, Ints
from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers
from gridmap.network import Openings, WalkGraph, possible_openings

STEP_M = 50.0
"""A boundary that weren't there is crossed at places this far apart."""

STAND_FOR = 10
"""So many homes stand for all of a compound."""


def reach(
    district: District, graph: WalkGraph, where: Homes, surveyed: NDArray[np.bool_], numbers: Numbers
) -> pd.DataFrame:
    """Households of other compounds within a walk, as a share of those without this compound's boundary.

    Both are sums over the compound's homes, weighted by households. Without the boundary, people leave every 50 m
    along what is walled of it, by the same graph with all other walls; where nobody would be reached then either, the
    share is empty.

    Returns
    -------
    One row a compound: `reach_300` and `reach_500`, 0 to 1. An open compound has no boundary to lose: 1. Of a partly
    enclosed one the boundary is the barriers along it. One that nobody surveyed is left empty.
    """
    count = len(district["compounds"])
    enclosure = district["compounds"]["enclosure"].to_numpy()
    closed = surveyed & np.isin(enclosure, ["enclosed", "partly"])
    circles = (numbers.circle_5_min_m, numbers.circle_10_min_m)
    share = np.full((2, count), np.nan)
    share[:, surveyed & (enclosure == "open")] = 1.0
    few = _few(where)
    if closed.any() and len(few.xy):
        openings = possible_openings(graph, district, closed, step=STEP_M, numbers=numbers)
        for compound, (now, then) in _within(graph, few, openings, closed, circles).items():
            for k in range(2):
                share[k, compound] = now[k] / then[k] if then[k] > 0 else np.nan
    return pd.DataFrame({"reach_300": share[0], "reach_500": share[1]})


def _few(where: Homes) -> Homes:
    """Some homes of each compound, spread evenly over its list, that carry the households of all."""
    size = np.bincount(where.compound)[where.compound] if len(where.compound) else where.compound
    rank = np.arange(len(where.compound)) - np.searchsorted(where.compound, where.compound)
    keep = (size <= STAND_FOR) | ((rank * STAND_FOR) // size != ((rank - 1) * STAND_FOR) // size)
    whole = np.bincount(where.compound, where.weight)
    kept = np.bincount(where.compound[keep], where.weight[keep], minlength=len(whole))
    scale = (whole / np.maximum(kept, 1e-9))[where.compound[keep]]
    return Homes(where.xy[keep], where.compound[keep], where.weight[keep] * scale, where.households[keep] * scale)


def _near(a: Floats, b: Floats, metres: float) -> tuple[Ints, Ints]:
    """Pairs of places at most so far apart in a straight line."""
    tree = shapely.STRtree(np.asarray(shapely.points(b), dtype=object))
    row, other = tree.query(np.asarray(shapely.points(a), dtype=object), "dwithin", metres)
    return row.astype(np.int64), other.astype(np.int64)


def _within(
    graph: WalkGraph, few: Homes, openings: Openings, closed: NDArray[np.bool_], circles: tuple[float, float]
) -> dict[int, tuple[list[float], list[float]]]:
    """For each walled compound the households within each circle, with its boundary and without."""
    limit = max(circles)
    legs = graph.legs(few.xy)
    mine = np.flatnonzero(closed[few.compound])
    a, b = _near(few.xy[mine], few.xy, limit)
    a = mine[a]
    other = few.compound[a] != few.compound[b]
    a, b = a[other], b[other]
    walk = graph.pair_walks(legs, legs, a, b, limit=limit)
    out, beyond = _near(openings.xy, few.xy, limit)
    elsewhere = openings.compound[out] != few.compound[beyond]
    out, beyond = out[elsewhere], beyond[elsewhere]
    leave = graph.pair_walks(openings.outer, legs, out, beyond, limit=limit)
    door, home = _near(openings.xy, few.xy, limit)
    own = openings.compound[door] == few.compound[home]
    door, home = door[own], home[own]
    go = graph.pair_walks(openings.inner, legs, door, home, limit=limit)
    result: dict[int, tuple[list[float], list[float]]] = {}
    for compound in np.flatnonzero(closed):
        low, high = np.searchsorted(few.compound, [compound, compound + 1])
        doors = np.flatnonzero(openings.compound == compound)
        table = np.full((high - low, len(few.xy)), np.inf)
        pairs = np.flatnonzero((a >= low) & (a < high))
        table[a[pairs] - low, b[pairs]] = walk[pairs]
        inner = np.full((len(doors), high - low), np.inf)
        pairs = np.flatnonzero((home >= low) & (home < high))
        inner[np.searchsorted(doors, door[pairs]), home[pairs] - low] = go[pairs]
        pairs = np.flatnonzero(np.isin(out, doors))
        targets, column = np.unique(beyond[pairs], return_inverse=True)
        outer = np.full((len(doors), len(targets)), np.inf)
        outer[np.searchsorted(doors, out[pairs]), column] = leave[pairs]
        free = table.copy()
        for k in range(len(doors)):
            through = inner[k][:, None] + outer[k][None, :]
            free[:, targets] = np.minimum(free[:, targets], through)
        weight = few.weight[low:high]
        result[int(compound)] = (
            [float(weight @ (table <= circle) @ few.households) for circle in circles],
            [float(weight @ (free <= circle) @ few.households) for circle in circles],
        )
    return result
