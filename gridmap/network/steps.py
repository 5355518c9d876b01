"""A walk as a person tells it: along which ways, how far, and where to turn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from shapely import LineString

from gridmap.domain.district import District
from gridmap.network.segments import Floats, as_lines, explode
from gridmap.network.survey import placed

ON_M = 0.6
"""A stretch this near to a way is on it."""

LOOK_M = 8.0
"""A turn is the change of direction from so far before a corner to so far behind it."""

LEAST_M = 12.0
"""Shorter stretches are told as part of the next one, with the turn into them."""


class Step(NamedTuple):
    """One stretch: the way's name and kind (None off the ways), metres from the start and of its own, its direction
    (degrees clockwise from north), and the turn into it (degrees, positive to the right; None at the start)."""

    name: str | None
    kind: str | None
    at_m: float
    metres: float
    bearing: float
    turn: float | None


class Steps:
    """The ways of a district, in metres, by which walks are told."""

    def __init__(self, district: District) -> None:
        ways = placed(district["ways"])
        ways = ways[ways["walkable"].fillna(True).to_numpy(dtype=bool)]
        p, q, self._way = explode(ways.geometry.to_numpy())
        self._tree = shapely.STRtree(as_lines(p, q))  # of short lines: to many points of long ones it is far to look
        names, kinds = ways["name"], ways["kind"]
        self._named = names.notna().to_numpy(dtype=bool)
        told = zip(names.where(names.notna(), None), kinds.where(names.isna() & kinds.notna(), None), strict=True)
        # the ways' numbers in `_what`, whose last is what lies off them
        self._is, what = pd.factorize(pd.Series(list(told), index=names.index, dtype="object"))
        self._what: list[tuple[str | None, str | None]] = [*what, (None, None)]

    def along(self, line: LineString) -> list[Step]:
        """The stretches of a walk, in order."""
        xy = shapely.get_coordinates(line)
        metres = np.hypot(*np.diff(xy, axis=0).T)
        xy, metres = xy[np.append(True, metres > 1e-9)], metres[metres > 1e-9]
        if len(metres) == 0:
            return []
        stretches = self._stretches(xy, metres)
        length = np.array([metre for _what, metre in stretches])
        at = np.cumsum(length) - length
        where = np.append(0.0, np.cumsum(metres))
        before, here = _direction(xy, where, at - LOOK_M, at), _direction(xy, where, at, at + LOOK_M)
        whole = _direction(xy, where, at, at + np.maximum(length, LOOK_M))
        turn = (here - before + 180) % 360 - 180
        return [
            Step(*what, float(at[k]), metre, float(whole[k]), float(turn[k]) if k else None)
            for k, (what, metre) in enumerate(stretches)
        ]

    def _stretches(self, xy: Floats, metres: Floats) -> list[tuple[tuple[str | None, str | None], float]]:
        """What each stretch is on and how long it is; short ones joined to those after them."""
        middle = np.asarray(shapely.points((xy[:-1] + xy[1:]) / 2), dtype=object)
        on = np.full(len(middle), len(self._what) - 1)
        piece, near = self._tree.query(middle, "dwithin", ON_M)
        way = self._way[near]
        # of ways that run together the one with a name is told
        order = np.argsort(self._named[way], kind="stable")
        on[piece[order]] = self._is[way[order]]
        starts = np.flatnonzero(np.append(True, on[1:] != on[:-1]))
        lengths = np.add.reduceat(metres, starts)
        return _without_short(list(zip([self._what[k] for k in on[starts]], lengths.tolist(), strict=True)))


def _without_short(
    stretches: list[tuple[tuple[str | None, str | None], float]],
) -> list[tuple[tuple[str | None, str | None], float]]:
    kept: list[tuple[tuple[str | None, str | None], float]] = []
    short = 0.0
    for what, length in stretches:
        if length + short < LEAST_M:
            short += length
            continue
        if kept and kept[-1][0] == what:
            kept[-1] = (what, kept[-1][1] + short + length)
        else:
            kept.append((what, short + length))
        short = 0.0
    if not kept:
        return [(stretches[0][0], short)]
    kept[-1] = (kept[-1][0], kept[-1][1] + short)
    return kept


def _direction(xy: Floats, where: Floats, start: Floats, end: Floats) -> Floats:
    """Degrees clockwise from north, from places along the line to others, both at most its ends.

    `where` are the metres along the line at its points `xy`.
    """
    east, north = (np.interp(end, where, xy[:, k]) - np.interp(start, where, xy[:, k]) for k in (0, 1))
    return np.asarray(np.degrees(np.arctan2(east, north)) % 360)
