"""The grids of one community: its connected parts into pieces, the pieces into grids."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import Polygon

from gridmap.analysis.grids.cutting import Contents, Pieces, cut, whole
from gridmap.analysis.grids.dividing import Division, bested, divide
from gridmap.analysis.grids.evenness import Lumps
from gridmap.analysis.grids.natural_villages import natural_villages
from gridmap.analysis.grids.rows import Part
from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers

_CUTTING_WAYS = ("motorway", "trunk", "primary", "secondary", "tertiary", "residential", "service")
_CUTTING_BARRIERS = ("river", "railway", "road")
_HOUSING = ("residential", "mixed", "unknown")
_INSIDE_SHARE = 0.05
"""Share of a compound's area from which on it counts as lying in a community where none of its buildings is: less is an
edge drawn inexactly."""
_FINER_PAYS = 1.02
"""By how much finer pieces have to be better, as a factor of the objective: fewer of them can be proven best."""
_SINGLE_MOST = 100
"""Buildings with people up to which each may be a piece of its own."""
_TILED_SHARE = 1e-6
"""Share of its area that a part's pieces may be off by."""


@dataclass(frozen=True)
class Ground:
    """What grids of the whole district are drawn from, indexed once."""

    compounds: np.ndarray
    dedicated: np.ndarray
    """Whether the compound gets a grid of its own."""
    ways: np.ndarray
    barriers: np.ndarray
    bridges: np.ndarray
    buildings: np.ndarray
    households: np.ndarray
    compound_of: np.ndarray
    """Position of each building's compound, -1 where it has none."""

    @classmethod
    def of(cls, district: District, households: np.ndarray, numbers: Numbers) -> Ground:
        """The ground of a metric district, with the households of each building."""
        compounds, buildings, ways, barriers = (
            district[layer] for layer in ("compounds", "buildings", "ways", "barriers")
        )
        over = (ways["bridge"].fillna(False) | ways["tunnel"].fillna(False)).astype(bool)
        walked = ways["walkable"].fillna(True).astype(bool)
        lines = ways[ways["kind"].isin(_CUTTING_WAYS) & ~ways["tunnel"].fillna(False).astype(bool)]
        return cls(
            compounds=_areas(compounds),
            dedicated=_dedicated(compounds, buildings, numbers),
            ways=shapely.get_parts(lines.geometry.to_numpy()),
            barriers=shapely.get_parts(barriers[barriers["kind"].isin(_CUTTING_BARRIERS)].geometry.to_numpy()),
            bridges=ways[over & walked].geometry.to_numpy(),
            buildings=_areas(buildings),
            households=households,
            compound_of=pd.Index(compounds["code"]).get_indexer(pd.Index(buildings["compound_code"])),
        )

    @cached_property
    def _trees(self) -> tuple[shapely.STRtree, shapely.STRtree, shapely.STRtree]:
        """Of compounds, ways and barriers."""
        return shapely.STRtree(self.compounds), shapely.STRtree(self.ways), shapely.STRtree(self.barriers)

    def contents(self, area: Polygon, own: np.ndarray) -> tuple[Contents, np.ndarray]:
        """What lies in a part of a community that holds these buildings, and the positions of its compounds."""
        found = _touching(self._trees[0], area)
        inside = shapely.area(shapely.intersection(self.compounds[found], area))
        homes = np.isin(found, self.compound_of[own])
        found = found[homes | (inside > _INSIDE_SHARE * shapely.area(self.compounds[found]))]
        position = pd.Index(found).get_indexer(pd.Index(self.compound_of[own]))
        contents = Contents(
            compounds=self.compounds[found],
            ways=self.ways[_touching(self._trees[1], area)],
            barriers=self.barriers[_touching(self._trees[2], area)],
            buildings=self.buildings[own],
            households=self.households[own],
            compound_of=position,
        )
        return contents, found


@dataclass
class Drawn:
    """Grids of a community: their areas, kinds, and the grid of each building.

    `reach` holds for each grid the households that it could have had: those of the connected part it was divided from.
    `none`: no division of the pieces of that part keeps within the bounds, proven; not said of grids from before.
    `part` numbers these parts of the community. `codes` are those of grids that were kept; None for new ones.
    No division of the pieces that new ones were joined from has an objective below `bound` (household-metres).
    `by_hand`: drawn by people, so of any size. `lumps`: what the basic grids of each part are made of; held only until
    the grids are judged.
    """

    shapes: np.ndarray
    kind: np.ndarray
    part: np.ndarray
    reach: np.ndarray
    grid_of: np.ndarray
    codes: np.ndarray | None = None
    none: np.ndarray | None = None
    bound: float | None = None
    by_hand: bool = False
    lumps: tuple[Lumps, ...] = ()


def draw(
    area: shapely.Geometry,
    kind: str,
    own: np.ndarray,
    ground: Ground,
    *,
    metres: np.ndarray,
    numbers: Numbers,
    seed: int,
) -> Drawn:
    """The grids of a community of this kind, with these buildings (positions in the ground's).

    `metres` are the walks between these buildings.
    """
    parts = shapely.get_parts(shapely.make_valid(area))
    parts = np.concatenate([shapely.get_parts(part) for part in parts])
    parts = parts[shapely.get_dimensions(parts) == 2]
    points = shapely.point_on_surface(ground.buildings[own])
    part_of = shapely.STRtree(parts).nearest(points) if len(own) else np.zeros(0, dtype=int)
    places = [Part(part, np.flatnonzero(part_of == number)) for number, part in enumerate(parts)]
    if kind == "village":
        places = [village for place in places for village in _villages(place, own, ground, numbers)]
    grid_of = np.zeros(len(own), dtype=int)
    drawn: list[Drawn] = []
    for place in places:
        inside = place.buildings
        between = metres[np.ix_(inside, inside)]
        found = _draw_part(place.shape, kind, own[inside], ground, metres=between, numbers=numbers, seed=seed)
        found.part += sum(int(one.part.max()) + 1 for one in drawn)
        grid_of[inside] = found.grid_of + sum(len(one.shapes) for one in drawn)
        drawn.append(found)
    return Drawn(
        shapes=np.concatenate([one.shapes for one in drawn]),
        kind=np.concatenate([one.kind for one in drawn]),
        part=np.concatenate([one.part for one in drawn]),
        reach=np.concatenate([one.reach for one in drawn]),
        grid_of=grid_of,
        none=np.concatenate([np.zeros(len(one.shapes), bool) if one.none is None else one.none for one in drawn]),
        bound=sum(one.bound or 0.0 for one in drawn),
        lumps=tuple(each for one in drawn for each in one.lumps),
    )


def _villages(place: Part, own: np.ndarray, ground: Ground, numbers: Numbers) -> list[Part]:
    """The natural villages of a part of a village community, with the positions of their buildings among its own."""
    rows = own[place.buildings]
    found = natural_villages(place.shape, ground.buildings[rows], ground.households[rows], numbers)
    return [Part(village.shape, place.buildings[village.buildings]) for village in found]


def _draw_part(
    part: Polygon,
    kind: str,
    own: np.ndarray,
    ground: Ground,
    *,
    metres: np.ndarray,
    numbers: Numbers,
    seed: int,
) -> Drawn:
    """The grids of one connected part: cut coarsely, finely, and again where this doesn't keep the bounds."""
    total = int(ground.households[own].sum())
    if total == 0 or (kind == "village" and total <= numbers.grid_most):
        none = np.zeros(1, dtype=int)
        return Drawn(np.array([part]), np.array(["rural"]), none, np.array([total]), np.zeros(len(own), dtype=int))
    contents, compounds = ground.contents(part, own)
    best: tuple[tuple[float, float], Pieces, Division] | None = None
    few = np.count_nonzero(ground.households[own]) <= _SINGLE_MOST
    sizes = [numbers.grid_piece // 2, 1] if few else [numbers.grid_piece // 2]
    uncut = whole(part, contents)
    rounds = ((numbers.grid_target // 2, False), (numbers.grid_piece, True), *((size, True) for size in sizes))
    # where nothing is too large, and nothing can be narrowed, the pieces are the same again: only the last such counts
    differing = {
        (narrow and uncut.beside, most if len(uncut.large(contents, numbers.grid_most, most)) else 0): (most, narrow)
        for most, narrow in rounds
    }
    for most, narrow in differing.values():
        pieces = cut(
            uncut,
            contents,
            compound_most=numbers.grid_most,
            rest_most=most,
            piece=min(most, numbers.grid_piece),
            narrow=narrow,
        )
        division = divide(
            pieces,
            contents,
            kind,
            metres=metres,
            dedicated=ground.dedicated[compounds],
            bridges=ground.bridges,
            numbers=numbers,
            seed=seed,
        )
        outside, value = division.missed(numbers)
        if best is None or (outside, value * _FINER_PAYS) < best[0]:
            best = (outside, value), pieces, division
        if narrow and outside == 0 and not few:
            break
    assert best is not None
    _, pieces, division = best
    division, bound, lumps = bested(division, pieces.households(contents), numbers=numbers, seed=seed)
    off = abs(shapely.area(pieces.shapes).sum() - shapely.area(part))
    if off > max(1.0, _TILED_SHARE * shapely.area(part)):
        raise RuntimeError(f"The pieces of a community of {shapely.area(part):.0f} m2 miss or overlap {off:.0f} m2.")
    groups = pd.Series(np.arange(len(division.grid))).groupby(division.grid)
    shapes = [shapely.coverage_union_all(pieces.shapes[one.to_numpy()]) for _, one in groups]
    return Drawn(
        shapes=np.array(shapes, dtype=object),
        kind=division.kind,
        part=division.part,
        reach=division.reach,
        grid_of=division.grid[pieces.piece_of],
        none=division.none,
        bound=bound,
        lumps=lumps,
    )


def _dedicated(compounds: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, numbers: Numbers) -> np.ndarray:
    """Large grounds of employers where most of the floor area is not housing."""
    floor = buildings.geometry.area * buildings["floors"].astype("float64").fillna(1.0)
    total = floor.groupby(buildings["compound_code"]).sum()
    housing = (
        (floor * (buildings["use"].isna() | buildings["use"].isin(_HOUSING))).groupby(buildings["compound_code"]).sum()
    )
    work = compounds["code"].map(1 - housing / total.where(total > 0)).astype("float64").fillna(1.0)
    large = compounds.geometry.area >= numbers.dedicated_area_m2
    result: np.ndarray = (compounds["employer"].notna() & large & (work >= numbers.dedicated_share)).to_numpy(bool)
    return result


def _areas(table: gpd.GeoDataFrame) -> np.ndarray:
    shapes: np.ndarray = shapely.make_valid(table.geometry.to_numpy())
    return shapes


def _touching(tree: shapely.STRtree, area: Polygon) -> np.ndarray:
    """Positions of the tree's shapes that touch the area, in order."""
    return np.sort(tree.query(area, predicate="intersects"))
