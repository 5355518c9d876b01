"""The order in which a grid's buildings are walked to: one round past all of them, as short as can be found at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numba import njit
from scipy.spatial import KDTree

from gridmap.analysis.grids.walks import PairWalks, straight

_NEIGHBOURS = 10
"""Walks are measured to so many of the nearest buildings; what lies farther is hardly ever next on a round."""
_ROUNDABOUT = 1.6
"""The other walks are taken to be so many times the straight line."""
_SEGMENT = 3
"""So many stops in a row are tried elsewhere on the round."""
_MOST_MEASURED = 2_000
"""Grids of more buildings are walked through along a curve that fills the plane: their walks would be millions."""
_AT_ONCE = 2
_MOST_TRIED = 200_000_000
"""Changes that are tried on one round: about what its first seconds allow."""


def stops(places: np.ndarray, grid_of: np.ndarray, walks: PairWalks) -> np.ndarray:
    """At which stop of its grid's round each building is, from 1.

    A round is a path past all buildings of the grid, from its western end. It is made by going to the nearest building
    that is left, and then bettered until no turning round of a part of it and no moving of up to three stops shortens
    it: short, not proven shortest. Past more than 2,000 buildings it follows Hilbert's curve.

    Parameters
    ----------
    places, grid_of
        A place (metres) and grid (numbers from 0) of each building.
    walks
        Metres on foot.
    """
    stop = np.zeros(len(places), np.int64)
    groups = []
    for _, members in pd.Series(np.arange(len(places))).groupby(grid_of):
        rows = members.to_numpy()
        if len(rows) <= _MOST_MEASURED:
            groups.append(rows)
        else:
            along = gpd.GeoSeries(shapely.points(places[rows])).hilbert_distance()
            stop[rows] = along.rank(method="first").astype(int)
    pairs = [_near_pairs(places[rows], rows) for rows in groups]
    source, target = np.concatenate([np.empty((2, 0), np.int64), *pairs], axis=1)
    metres = walks(places, source, target)
    first = np.cumsum([0, *(near.shape[1] for near in pairs)])
    position = np.zeros(len(places), np.int64)

    def order_of(rows: np.ndarray, low: int, high: int) -> np.ndarray:
        position[rows] = np.arange(len(rows))
        between = _ROUNDABOUT * straight(places[rows], places[rows])
        at, to, walk = position[source[low:high]], position[target[low:high]], metres[low:high]
        known = np.isfinite(walk)
        between[at[known], to[known]] = between[to[known], at[known]] = walk[known]
        order: np.ndarray = _round(between)
        return order[::-1] if places[rows[order[-1]], 0] < places[rows[order[0]], 0] else order

    with ThreadPoolExecutor(_AT_ONCE) as pool:  # grids are walked through side by side; the loop is compiled
        for rows, order in zip(groups, pool.map(order_of, groups, first[:-1], first[1:]), strict=True):
            stop[rows[order]] = np.arange(1, len(rows) + 1)
    return stop


def _near_pairs(places: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Pairs (2, k) of rows: each place with its nearest."""
    if len(rows) < 2:
        return np.empty((2, 0), np.int64)
    _, near = KDTree(places).query(places, k=min(_NEIGHBOURS + 1, len(rows)))
    at = np.repeat(np.arange(len(rows)), near.shape[1])
    other = near.ravel()
    return rows[np.stack([at[at < other], other[at < other]])]


@njit(cache=True, nogil=True)
def _round(metres):  # type: ignore[no-untyped-def]  # pragma: no cover
    """A short path past all places, whose walks to each other are `metres` (n, n), symmetric; in order."""
    n = len(metres)
    order = np.empty(n, np.int64)
    left = np.ones(n, np.bool_)
    here = int(np.argmax(metres[np.argmin(metres.sum(axis=1))]))
    for k in range(n):
        order[k] = here
        left[here] = False
        nearest = np.inf
        for other in range(n):
            if left[other] and metres[order[k], other] < nearest:
                here, nearest = other, metres[order[k], other]
    tried, more = 0, True
    while more and tried < _MOST_TRIED:
        more = _turned(order, metres) or _moved(order, metres)
        tried += n * n
    return order


@njit(cache=True)
def _step(metres, order, i, j):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The walk between two stops; none before the first and after the last."""
    return metres[order[i], order[j]] if i >= 0 and j < len(order) else 0.0


@njit(cache=True)
def _turned(order, metres):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Turn round each part of the path that is shorter so; whether there was one."""
    found = False
    for i in range(len(order) - 1):
        for j in range(i + 1, len(order)):
            before = _step(metres, order, i - 1, i) + _step(metres, order, j, j + 1)
            after = (metres[order[i - 1], order[j]] if i > 0 else 0.0) + (
                metres[order[i], order[j + 1]] if j + 1 < len(order) else 0.0
            )
            if after < before - 1e-6:
                order[i : j + 1] = order[i : j + 1][::-1].copy()
                found = True
    return found


@njit(cache=True)
def _moved(order, metres):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Move each few stops in a row to where they shorten the path most; whether there were any."""
    n, found = len(order), False
    for size in range(1, _SEGMENT + 1):
        for i in range(n - size + 1):
            last = i + size - 1
            bridge = metres[order[i - 1], order[last + 1]] if i > 0 and last + 1 < n else 0.0
            saved = _step(metres, order, i - 1, i) + _step(metres, order, last, last + 1) - bridge
            best, to, turned = saved - 1e-6, -2, False
            for k in range(-1, n):  # between the stops k and k + 1
                if i - 1 <= k <= last:
                    continue
                gap = _step(metres, order, k, k + 1) if k >= 0 else 0.0
                for turn in (False, True):
                    one, two = (order[last], order[i]) if turn else (order[i], order[last])
                    before = metres[order[k], one] if k >= 0 else 0.0
                    behind = metres[two, order[k + 1]] if k + 1 < n else 0.0
                    if before + behind - gap < best:
                        best, to, turned = before + behind - gap, k, turn
            if to > -2:
                part = order[i : last + 1].copy()
                rest = np.concatenate((order[:i], order[last + 1 :]))
                cut = to + 1 if to < i else to + 1 - size
                order[:] = np.concatenate((rest[:cut], part[::-1] if turned else part, rest[cut:]))
                found = True
    return found
