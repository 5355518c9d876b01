"""Whom people reach on foot, against whom they would without their own compound's boundary."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gridmap.analysis.isolation.setting import Setting
from gridmap.analysis.isolation.walks import Floats, Homes, Ints
from gridmap.network import Openings, WalkGraph, possible_openings

STEP_M = 50.0
"""A boundary that weren't there is crossed at places this far apart."""

STAND_FOR = 10
"""So many homes stand for all of a compound."""


def reach(
    setting: Setting, graph: WalkGraph, surveyed: NDArray[np.bool_], *, only: NDArray[np.bool_] | None = None
) -> pd.DataFrame:
    """Households of other compounds within a walk, as a share of those without this compound's boundary.

    Both are sums over the compound's homes, weighted by households. Without the boundary, people leave every 50 m
    along what is walled of it, by the same graph with all other walls; where nobody would be reached then either, the
    share is empty.

    Parameters
    ----------
    graph
        The graph to walk on; where it has latched gates, they open to residents in their own view.
    surveyed
        Which compounds are.
    only
        The compounds to measure, all by default.

    Returns
    -------
    One row a compound: `reach_300` and `reach_500` through public gates, `residents_reach_300` and
    `residents_reach_500` through the compound's own residents' gates, too; 0 to 1. An open compound has no boundary to
    lose: 1. Of a partly enclosed one the boundary is the barriers along it. One that nobody surveyed is left empty.
    """
    numbers = setting.numbers
    enclosure = setting.district["compounds"]["enclosure"].to_numpy()
    closed = surveyed & np.isin(enclosure, ["enclosed", "partly"])
    if only is not None:
        closed &= only
    share = np.full((setting.compound_count, 4), np.nan)
    share[surveyed & (enclosure == "open")] = 1.0
    few = _few(setting.homes)
    if closed.any() and len(few.xy):
        openings = possible_openings(graph, setting.district, closed, step=STEP_M, numbers=numbers)
        circles = (numbers.circle_5_min_m, numbers.circle_10_min_m)
        share[closed] = _shares(graph, few, openings, np.flatnonzero(closed), circles)
    names = ["reach_300", "reach_500", "residents_reach_300", "residents_reach_500"]
    return pd.DataFrame(share, columns=names)


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
    found = cKDTree(a).sparse_distance_matrix(cKDTree(b), metres, output_type="ndarray")
    return found["i"].astype(np.int64), found["j"].astype(np.int64)


class _Walks(NamedTuple):
    """Walks by the compound that they are about, sorted by it: from where (`a`), to where (`b`), and metres."""

    compound: Ints
    a: Ints
    b: Ints
    metres: Floats

    def of(self, compound: int) -> _Walks:
        """Those of one compound."""
        rows = slice(*np.searchsorted(self.compound, [compound, compound + 1]))
        return _Walks(self.compound[rows], self.a[rows], self.b[rows], self.metres[rows])


def _sorted(compound: Ints, a: Ints, b: Ints, metres: Floats) -> _Walks:
    reached = np.flatnonzero(np.isfinite(metres))
    order = reached[np.lexsort((b[reached], a[reached], compound[reached]))]
    return _Walks(compound[order], a[order], b[order], metres[order])


def _shares(
    graph: WalkGraph, few: Homes, openings: Openings, closed: Ints, circles: tuple[float, float]
) -> NDArray[np.float64]:
    """For each walled compound the four shares: within each circle, the public's and its residents'."""
    limit = max(circles)
    legs = graph.legs(few.xy)
    mine = np.flatnonzero(np.isin(few.compound, closed))
    a, b = _near(few.xy[mine], few.xy, limit)
    a = mine[a]
    other = few.compound[a] != few.compound[b]
    a, b = a[other], b[other]
    public = graph.pair_walks(legs, legs, a, b, limit=limit)
    keyed = np.isin(few.compound[a], graph.locks)
    own = public.copy()
    own[keyed] = np.minimum(
        own[keyed], graph.pair_walks(legs, legs, a[keyed], b[keyed], limit=limit, keys=few.compound)
    )
    out, beyond = _near(openings.xy, few.xy, limit)
    elsewhere = openings.compound[out] != few.compound[beyond]
    out, beyond = out[elsewhere], beyond[elsewhere]
    leave = graph.pair_walks(openings.outer, legs, out, beyond, limit=limit)
    door, home = _near(openings.xy, few.xy, limit)
    inside = openings.compound[door] == few.compound[home]
    door, home = door[inside], home[inside]
    go = graph.pair_walks(openings.inner, legs, door, home, limit=limit)
    tables = (
        _sorted(few.compound[a], a, b, public),
        _sorted(few.compound[a], a, b, own),
        _sorted(openings.compound[door], door, home, go),
        _sorted(openings.compound[out], out, beyond, leave),
    )
    rows = []
    for compound in closed.tolist():
        now, residents, inside, outside = (walks.of(compound) for walks in tables)
        rows.append(_counted(few, compound, now, residents, inside, outside, circles))
    return np.array(rows).reshape(-1, 4)


def _counted(  # noqa: PLR0917
    few: Homes, compound: int, public: _Walks, own: _Walks, go: _Walks, leave: _Walks, circles: tuple[float, float]
) -> list[float]:
    """The shares of one compound: within each circle as it is for the public, then for its residents."""
    low, high = np.searchsorted(few.compound, [compound, compound + 1])
    target = np.unique(np.concatenate([own.b, leave.b]))
    doors = np.intersect1d(go.a, leave.a)
    weight, households = few.weight[low:high], few.households[target]

    def table(walks: _Walks, rows: Ints, first: Ints) -> Floats:
        metres = np.full((len(rows), len(first)), np.inf)
        known = np.isin(walks.a, rows)
        metres[np.searchsorted(rows, walks.a[known]), np.searchsorted(first, walks.b[known])] = walks.metres[known]
        return metres

    homes = np.arange(low, high)
    now, residents = table(public, homes, target), table(own, homes, target)
    free = residents.copy()
    for inner, outer in zip(table(go, doors, homes), table(leave, doors, target), strict=True):
        free = np.minimum(free, inner[:, None] + outer)
    then = [float(weight @ (free <= circle) @ households) for circle in circles]
    return [
        float(weight @ (walk <= circle) @ households) / whole if whole > 0 else np.nan
        for walk in (now, residents)
        for circle, whole in zip(circles, then, strict=True)
    ]
