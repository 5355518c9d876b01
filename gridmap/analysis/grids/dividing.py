"""Dividing the pieces of one connected part of a community into grids: who may join whom, and which kind comes out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from scipy.sparse import csr_matrix

from gridmap.analysis.grids.bettering import Costs
from gridmap.analysis.grids.cutting import Contents, Pieces, borders, share_along
from gridmap.analysis.grids.evenness import Lumps
from gridmap.analysis.grids.joining import best_of_all, components, join
from gridmap.analysis.grids.objective import grids_needed
from gridmap.domain.numbers import Numbers

_BARRED_SHARE = 0.5
"""Share of a common border along a river, railway or closed road from which on nobody crosses it."""
_HECTARE_M2 = 10_000.0


@dataclass(frozen=True)
class Joined:
    """A part of a community: its pieces, which of them touch (numbers in the part), and their division."""

    own: np.ndarray
    pairs: np.ndarray
    costs: Costs
    least: int
    grid: np.ndarray
    value: float
    kind: str
    reach: int
    none: bool = False
    """It is proven that no division of the pieces keeps within the bounds."""


@dataclass(frozen=True)
class Division:
    """The grid of each piece; of each grid its kind, its households, its part of the community, and those of the part.

    `none`, too, holds for each grid what is known of its part.

    `value` is the objective over all basic grids in household-metres. `parts` are what the grids of each part of the
    community were joined from.
    """

    grid: np.ndarray
    kind: np.ndarray
    households: np.ndarray
    part: np.ndarray
    reach: np.ndarray
    none: np.ndarray
    value: float
    parts: tuple[Joined, ...]

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
    barred = along_barriers(lines, contents.barriers, bridges)
    owner = _owners(pieces, dedicated, households, pairs, least)
    free = owner[pairs[:, 0]] == owner[pairs[:, 1]]
    bank = components(len(households), pairs[free & ~barred])
    part = _across(bank, households, pairs[free & barred], least)
    usable = pairs[free & (~barred | (bank[pairs[:, 0]] != bank[pairs[:, 1]]))]
    costs = _costs(pieces, contents, metres, numbers)
    parts: list[Joined] = []
    for number in np.unique(part):
        own = np.flatnonzero(part == number)
        position = np.full(len(part), -1)
        position[own] = np.arange(len(own))
        inside = position[usable]
        inside = inside[(inside >= 0).all(axis=1)]
        total = int(households[own].sum())
        lower = least if total >= least else 0
        found, value = join(
            households[own], xy[own], inside, costs=costs.of(own), numbers=numbers, least=lower, seed=seed
        )
        if owner[own[0]] >= 0:
            name = "dedicated"
        else:
            area = float(shapely.area(pieces.shapes[own]).sum())
            sparse = total / area * _HECTARE_M2 < numbers.sparse_households_per_ha and total < least
            name = "rural" if sparse or kind == "village" else "basic"
        parts.append(Joined(own, inside, costs.of(own), lower, found, value, name, total))
    return _together(parts, households)


def bested(
    division: Division, households: np.ndarray, *, numbers: Numbers, seed: int
) -> tuple[Division, float, tuple[Lumps, ...]]:
    """The division with the best there is of the parts with basic grids, and a bound below all divisions of them.

    `households` are those of each piece. The bound is in household-metres, as the objective. Besides, what grids of
    each of these parts are made of.
    """
    parts, bound = [], 0.0
    lumps: list[Lumps] = []
    for one in division.parts:
        if one.kind == "basic":
            count = households[one.own]
            grid, value, proof = best_of_all(
                one.grid, one.value, count, one.pairs, costs=one.costs, numbers=numbers, least=one.least, seed=seed
            )
            parts.append(replace(one, grid=grid, value=value, none=proof.none))
            bound += min(proof.bound, value)
            lumps.append(proof.lumps)
        else:
            parts.append(one)
    return _together(parts, households), bound, tuple(lumps)


def _together(parts: list[Joined], households: np.ndarray) -> Division:
    grid = np.zeros(len(households), dtype=int)
    counts = [int(one.grid.max()) + 1 for one in parts]
    for one, first in zip(parts, np.cumsum([0, *counts]), strict=False):
        grid[one.own] = one.grid + first
    return Division(
        grid=grid,
        kind=np.repeat([one.kind for one in parts], counts),
        households=np.bincount(grid, weights=households, minlength=sum(counts)),
        part=np.repeat(np.arange(len(parts)), counts),
        reach=np.repeat([one.reach for one in parts], counts),
        none=np.repeat([one.none for one in parts], counts),
        value=sum(one.value for one in parts if one.kind == "basic"),
        parts=tuple(parts),
    )


def _costs(pieces: Pieces, contents: Contents, metres: np.ndarray, numbers: Numbers) -> Costs:
    """What the objective needs of the pieces."""
    lived_in = np.flatnonzero(contents.households > 0)
    everything = np.arange(len(lived_in))
    people = (contents.households[lived_in].astype(float), (everything, pieces.piece_of[lived_in]))
    walks = metres[np.ix_(lived_in, lived_in)].T @ csr_matrix(people, shape=(len(lived_in), len(pieces.shapes)))
    inside = np.bincount(
        pieces.compound[pieces.compound >= 0],
        weights=pieces.households(contents)[pieces.compound >= 0],
        minlength=len(contents.compounds),
    )
    needed = grids_needed(inside, numbers)
    return Costs(np.ascontiguousarray(walks), pieces.compound, needed, pieces.piece_of[lived_in])


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


def along_barriers(lines: np.ndarray, barriers: np.ndarray, bridges: np.ndarray) -> np.ndarray:
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
