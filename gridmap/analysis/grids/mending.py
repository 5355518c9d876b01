"""Grids of which some are outside the allowed size: those are drawn anew, with as few neighbours as it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import shapely

from gridmap.analysis.grids.community import Drawn
from gridmap.analysis.grids.cutting import as_coverage, borders
from gridmap.analysis.grids.joining import components
from gridmap.domain.numbers import Numbers

_NEIGHBOURS_MOST = 3
"""So many neighbours are drawn anew with a grid before all of the community is."""


def mended(
    before: Drawn,
    outside: np.ndarray,
    households: np.ndarray,
    draw: Callable[[shapely.Geometry, np.ndarray], Drawn],
    numbers: Numbers,
) -> Drawn | None:
    """The grids with those outside the bounds drawn anew within them; None where that takes too many neighbours.

    A grid that is too small needs a neighbour to be divided with, and one that is too large may need one; each time the
    neighbour with the fewest households is taken. Of the new grids the one that holds most households of an old one
    gets its code, and others have none (None).

    Parameters
    ----------
    before, outside
        The grids, and which of them are outside the bounds.
    households
        Of each of the community's buildings.
    draw
        Divides an area with these of the buildings (positions).
    numbers
        `grid_least`, `grid_most`.
    """
    pairs, _ = borders(before.shapes)
    load = np.bincount(before.grid_of, weights=households, minlength=len(before.shapes))
    anew = np.zeros(len(outside), dtype=bool)
    drawn: list[tuple[np.ndarray, Drawn]] = []
    wrong = components(len(outside), pairs[outside[pairs].all(axis=1)])
    for group in np.unique(wrong[outside]):
        taken = outside & (wrong == group) & ~anew
        if not taken.any():  # drawn anew already, as neighbours of another
            continue
        for _ in range(_NEIGHBOURS_MOST + 1):
            own = np.flatnonzero(taken[before.grid_of])
            found = draw(shapely.coverage_union_all(before.shapes[taken]), own)
            if _within(found, households[own], numbers):
                drawn.append((own, found))
                break
            beside = np.unique(pairs[taken[pairs].sum(axis=1) == 1])
            same = (before.kind[beside] == "basic") & np.isin(before.part[beside], before.part[taken])
            beside = beside[same & ~taken[beside] & ~anew[beside]]
            if not len(beside):
                return None
            taken[beside[load[beside].argmin()]] = True
        else:
            return None
        anew |= taken
    return _together(before, anew, drawn, households)


def _within(drawn: Drawn, households: np.ndarray, numbers: Numbers) -> bool:
    """Whether all grids keep to the bounds, but for a building that is too large alone."""
    load = np.bincount(drawn.grid_of, weights=households, minlength=len(drawn.shapes))
    several = np.bincount(drawn.grid_of, minlength=len(drawn.shapes)) > 1
    small = (drawn.kind == "basic") & (load < numbers.grid_least)
    return not (small | (several & (load > numbers.grid_most))).any()


def _together(before: Drawn, anew: np.ndarray, drawn: list[tuple[np.ndarray, Drawn]], households: np.ndarray) -> Drawn:
    """The grids that stay, in their order, and then the new ones."""
    stay = np.flatnonzero(~anew)
    grid_of = np.full(len(before.grid_of), -1)
    staying = ~anew[before.grid_of]
    grid_of[staying] = np.searchsorted(stay, before.grid_of[staying])
    count = len(stay)
    for own, found in drawn:
        grid_of[own] = found.grid_of + count
        count += len(found.shapes)
    shapes = np.concatenate([before.shapes[stay], *(found.shapes for _, found in drawn)])
    parts, part = np.unique(before.part, return_index=True)
    own_part = [before.part[before.grid_of[own[0]]] for own, _ in drawn]
    repeat = [len(found.shapes) for _, found in drawn]
    of_part = np.concatenate([before.part[stay], np.repeat(own_part, repeat)]).astype(int)
    reach = before.reach[part][np.searchsorted(parts, of_part)]
    kind = np.concatenate([before.kind[stay], *(found.kind for _, found in drawn)])
    codes = _codes(before, anew, grid_of, count, households)
    return replace(
        before, shapes=as_coverage(shapes), kind=kind, part=of_part, reach=reach, grid_of=grid_of, codes=codes
    )


def _codes(before: Drawn, anew: np.ndarray, grid_of: np.ndarray, count: int, households: np.ndarray) -> np.ndarray:
    """The codes of grids that stay; each other goes to that new grid which holds most of its grid's households."""
    assert before.codes is not None
    codes = np.full(count, None, dtype=object)
    stay = int((~anew).sum())
    codes[:stay] = before.codes[~anew]
    held = np.zeros((len(anew), count))
    np.add.at(held, (before.grid_of, grid_of), households)
    held[~anew], held[:, :stay] = 0.0, 0.0
    while held.any():
        old, new = np.unravel_index(held.argmax(), held.shape)
        codes[new] = before.codes[old]
        held[old], held[:, new] = 0.0, 0.0
    return codes
