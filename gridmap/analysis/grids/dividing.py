"""Dividing the pieces of one connected part of a community into grids: who may join whom, and which kind comes out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gridmap.analysis.grids.bettering import Costs
from gridmap.analysis.grids.cutting import Contents, Pieces, borders, share_along
from gridmap.analysis.grids.joining import components, join
from gridmap.domain.numbers import Numbers

_BARRED_SHARE = 0.5
"""Share of a common border along a river, railway or closed road from which on nobody crosses it."""
_HECTARE_M2 = 10_000.0


@dataclass(frozen=True)
class Division:
    """The grid of each piece; of each grid its kind, its households, its part of the community, and those of the part.

    `value` is the objective over all basic grids, in household-metres, and `bound` one below which no division of the
    pieces lies.
    """

    grid: np.ndarray
    kind: np.ndarray
    households: np.ndarray
    part: np.ndarray
    reach: np.ndarray
    value: float
    bound: float

    def missed(self, numbers: Numbers) -> tuple[float, float]:
        """Households outside the bounds that could be inside, and the objective."""
        basic = (self.kind == "basic") & (self.reach >= numbers.grid_least)
        count = self.households[basic]
        outside = np.maximum(numbers.grid_least - count, 0) + np.maximum(count - numbers.grid_most, 0)
        return float(outside.sum()), self.value


def divide(
    pieces: Pieces,
    contents: Contents,
    kind: str,
    *,
    metres: np.ndarray,
    dedicated: np.ndarray,
    bridges: np.ndarray,
    numbers: Numbers,
    seed: int,
) -> Division:
    """Divide pieces into grids.

    Parameters
    ----------
    pieces, contents
        The pieces and what they were cut from.
    kind
        The community's.
    metres
        (n, n) walks between the buildings.
    dedicated
        Which of the compounds get grids of their own.
    bridges
        Lines of ways that lead over or under barriers.
    numbers
        As for `gridmap.analysis.grids.grids`.
    seed
        Of the random choices.
    """
    least = 0 if kind == "village" else numbers.grid_least
    households = pieces.households(contents)
    xy = _centres(pieces, contents)
    pairs, lines = borders(pieces.shapes)
    barred = _barred(lines, contents.barriers, bridges)
    owner = _owners(pieces, dedicated, households, pairs, least)
    free = owner[pairs[:, 0]] == owner[pairs[:, 1]]
    bank = components(len(households), pairs[free & ~barred])
    part = _across(bank, households, pairs[free & barred], least)
    usable = pairs[free & (~barred | (bank[pairs[:, 0]] != bank[pairs[:, 1]]))]
    grid = np.zeros(len(households), dtype=int)
    kinds: list[str] = []
    reach: list[int] = []
    part_of: list[int] = []
    value = bound = 0.0
    costs = _costs(pieces, contents, metres, numbers)
    for number in np.unique(part):
        own = np.flatnonzero(part == number)
        position = np.full(len(part), -1)
        position[own] = np.arange(len(own))
        inside = position[usable]
        inside = inside[(inside >= 0).all(axis=1)]
        total = int(households[own].sum())
        lower = least if total >= least else 0
        found, cost, proof = join(
            households[own], xy[own], inside, costs=costs.of(own), numbers=numbers, least=lower, seed=seed
        )
        grid[own] = found + len(kinds)
        count = int(found.max()) + 1
        if owner[own[0]] >= 0:
            name = "dedicated"
        else:
            area = float(shapely.area(pieces.shapes[own]).sum())
            sparse = total / area * _HECTARE_M2 < numbers.sparse_households_per_ha and total < least
            name = "rural" if sparse or kind == "village" else "basic"
        kinds.extend([name] * count)
        reach.extend([total] * count)
        part_of.extend([int(number)] * count)
        if name == "basic":
            value, bound = value + cost, bound + proof
    load = np.bincount(grid, weights=households, minlength=len(kinds))
    return Division(grid, np.array(kinds), load, np.array(part_of), np.array(reach), value, bound)


def _costs(pieces: Pieces, contents: Contents, metres: np.ndarray, numbers: Numbers) -> Costs:
    """What the objective needs of the pieces."""
    lived_in = np.flatnonzero(contents.households > 0)
    walks = np.zeros((len(pieces.shapes), len(lived_in)))
    weighted = metres[np.ix_(lived_in, lived_in)] * contents.households[lived_in, None]
    np.add.at(walks, pieces.piece_of[lived_in], weighted)
    inside = np.bincount(
        pieces.compound[pieces.compound >= 0],
        weights=pieces.households(contents)[pieces.compound >= 0],
        minlength=len(contents.compounds),
    )
    needed = np.maximum(np.ceil(inside / numbers.grid_most), 1).astype(int)
    return Costs(np.ascontiguousarray(walks.T), pieces.compound, needed, pieces.piece_of[lived_in])


def _owners(pieces: Pieces, dedicated: np.ndarray, households: np.ndarray, pairs: np.ndarray, least: int) -> np.ndarray:
    """For each piece the compound that has grids of its own, -1 for all else.

    A compound gets none where its leaving would cut off neighbours that are too few for a grid.
    """
    owner = np.full(len(households), -1)
    before = _too_small(owner < 0, households, pairs, least)
    for compound in np.flatnonzero(dedicated):
        own = pieces.compound == compound
        owner[own] = compound
        if _too_small(owner < 0, households, pairs, least) > before:
            owner[own] = -1
    return owner


def _too_small(kept: np.ndarray, households: np.ndarray, pairs: np.ndarray, least: int) -> int:
    """How many connected parts of these pieces have too few households for a grid."""
    part = components(len(kept), pairs[kept[pairs].all(axis=1)])
    load = np.bincount(part, weights=households)
    return int((load[np.unique(part[kept])] < max(least, 1)).sum())


def _across(part: np.ndarray, households: np.ndarray, barred: np.ndarray, least: int) -> np.ndarray:
    """Join parts that are too small to those across a barrier, the smallest first, each to its smallest neighbour."""
    part = part.copy()
    while len(barred):
        load = np.bincount(part, weights=households)
        sides = part[barred]
        sides = sides[sides[:, 0] != sides[:, 1]]
        small = sides[(load[sides] < max(least, 1)).any(axis=1)]
        if not len(small):
            break
        first, second = small[np.lexsort((load[small].max(axis=1), load[small].min(axis=1)))[0]]
        part[part == second] = first
    return part


def _barred(lines: np.ndarray, barriers: np.ndarray, bridges: np.ndarray) -> np.ndarray:
    """Whether a border runs along a barrier that no bridge or tunnel leads over."""
    barred = share_along(lines, barriers) > _BARRED_SHARE
    if barred.any() and len(bridges):
        over = shapely.STRtree(bridges).query(lines, predicate="intersects")[0]
        barred[over] = False
    return barred


def _centres(pieces: Pieces, contents: Contents) -> np.ndarray:
    """Where the people of each piece live: the mean of its buildings by households; its centroid without any."""
    middle = shapely.get_coordinates(shapely.centroid(contents.buildings)).reshape(-1, 2)
    weight = contents.households + 1e-3
    size = len(pieces.shapes)
    total = np.bincount(pieces.piece_of, weights=weight, minlength=size)
    sums = np.column_stack(
        [np.bincount(pieces.piece_of, weights=weight * middle[:, k], minlength=size) for k in (0, 1)]
    )
    land = shapely.get_coordinates(shapely.centroid(pieces.shapes))
    return np.where((total > 0)[:, None], sums / np.maximum(total, 1e-9)[:, None], land)
