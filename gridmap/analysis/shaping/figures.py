"""Figures of a plan's regions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridmap.analysis.shaping.ground import Bools, Floats, Ground, Ints
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers

TAIL = 0.95
"""The walk that so large a share of the households stays within."""
COLUMNS = (
    *("region", "households", "blocks", "missing", "excess", "office", "mean_walk_m", "p95_walk_m", "beyond_15"),
    *("area_m2", "polsby_popper", "reock", "pieces", "changed"),
)


def pieces(ground: Ground, region: Ints) -> Ints:
    """(n,) the piece of each block: blocks of one region that people can walk between; unassigned ones each alone."""
    a, b = ground.edges[ground.passable].T
    same = (region[a] == region[b]) & (region[a] >= 0)
    graph = coo_array((np.ones(int(same.sum())), (a[same], b[same])), shape=(ground.n, ground.n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def office(ground: Ground, members: Bools) -> tuple[int, Floats | None]:
    """The site inside a region with the least walk in all, and (n,) the walks to it; -1 where it has none."""
    inside = np.flatnonzero(members[ground.sites])
    if not len(inside):
        return -1, None
    total = ground.walks[inside][:, members] @ ground.households[members]
    best = inside[int(total.argmin())]
    return int(ground.sites[best]), ground.walks[best]


def figures(
    ground: Ground, region: Ints, start: Ints | None = None, *, numbers: Numbers = DEFAULT_NUMBERS
) -> pd.DataFrame:
    """One row for each region that has blocks.

    Parameters
    ----------
    ground
        The blocks.
    region
        (n,) label of each block's region, -1 for none.
    start
        (n,) the same when the shaping began; without it nothing has changed.

    Returns
    -------
    DataFrame
        Index `region`; `households`, `blocks`, `missing` (households below the threshold, 0 where it is reached),
        `excess` (above the upper bound), `office` (position of the block), `mean_walk_m`, `p95_walk_m`, `beyond_15`
        (share of households that walk more than `circle_15_min_m`), `area_m2`, `polsby_popper`, `reock`, `pieces`,
        `changed` (households that weren't in this region at the start).
    """
    piece = pieces(ground, region)
    a, b = ground.edges.T
    inner = np.where(region[a] == region[b], ground.border, 0.0)
    rows = []
    for label in np.unique(region[region >= 0]):
        members = region == label
        weight = ground.households[members]
        total = int(weight.sum())
        site, walks = office(ground, members)
        mean, tail, beyond = _walks(None if walks is None else walks[members], weight, numbers.circle_15_min_m)
        area = float(ground.area[members].sum())
        outline = float(ground.length[members].sum() - 2 * inner[region[a] == label].sum())
        circle = float(
            shapely.minimum_bounding_radius(shapely.multipoints(shapely.get_coordinates(ground.shapes[members])))
        )
        rows.append(
            {
                "region": int(label),
                "households": total,
                "blocks": int(members.sum()),
                "missing": max(0, numbers.region_least - total),
                "excess": max(0, total - numbers.region_most),
                "office": site,
                "mean_walk_m": mean,
                "p95_walk_m": tail,
                "beyond_15": beyond,
                "area_m2": round(area, 1),
                "polsby_popper": _share(4 * np.pi * area, outline**2),
                "reock": _share(area, np.pi * circle**2),
                "pieces": len(np.unique(piece[members])),
                "changed": 0 if start is None else int(weight[start[members] != label].sum()),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS).set_index("region")


def _share(part: float, whole: float) -> float:
    return round(min(1.0, part / whole), 4) if whole > 0 else 0.0


def _walks(walks: Floats | None, weight: Ints, most: float) -> tuple[float, float, float]:
    """Mean, 95th percentile and the share beyond so many metres, by households."""
    total = float(weight.sum())
    if walks is None or total <= 0:
        return float("nan"), float("nan"), float("nan")
    order = np.argsort(walks, kind="stable")
    upto = np.cumsum(weight[order])
    tail = walks[order][int(np.searchsorted(upto, TAIL * total))]
    return (
        round(float(walks @ weight / total), 1),
        round(float(tail), 1),
        round(float(weight[walks > most].sum() / total), 4),
    )
