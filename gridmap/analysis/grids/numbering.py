"""Codes of grids: the community's code and a sequence of three digits, west to east, then north to south."""

from __future__ import annotations

import re
from collections.abc import Collection, Set

import numpy as np
import shapely

_OFFICIAL = re.compile(r"\d{12}")
_NUMBER = re.compile(r"\d{3}$")


def grid_codes(
    community: str, shapes: np.ndarray, taken: Set[str] = frozenset(), before: Collection[str] = ()
) -> list[str]:
    """A code for each grid of a community.

    They are numbered by the grid's centroid from west to east, and where two lie equally far west from north to south.
    Twelve digits and three are the official form. Where the community's code isn't official, or a code of that form
    stands for something else already, a G comes between.

    Parameters
    ----------
    community
        The community's code.
    shapes
        The grids, in metres.
    taken
        Codes that stand for something else.
    before
        Codes of the community's grids from before: new ones are numbered on from the highest, in their form.
    """
    middle = shapely.centroid(shapes)
    order = np.lexsort((-shapely.get_y(middle).round(2), shapely.get_x(middle).round(2)))
    number = np.empty(len(shapes), dtype=int)
    highest = max((int(last[0]) for code in before if (last := _NUMBER.search(code))), default=0)
    number[order] = np.arange(1, len(shapes) + 1) + highest
    codes = [f"{community}{n:03d}" for n in number]
    marked = any(code.startswith(f"{community}-G") for code in before)
    if marked or not _OFFICIAL.fullmatch(community) or not taken.isdisjoint(codes):
        codes = [f"{community}-G{n:03d}" for n in number]
    return codes
