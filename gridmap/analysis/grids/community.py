"""The grids of one community: its connected parts into pieces, the pieces into grids."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import Polygon

from gridmap.analysis.grids.cutting import Contents, Pieces, borders, cut, share_along
from gridmap.analysis.grids.joining import components, join
from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers

_CUTTING_WAYS = ("motorway", "trunk", "primary", "secondary", "tertiary", "residential", "service")
_CUTTING_BARRIERS = ("river", "railway", "road")
_HOUSING = ("residential", "mixed", "unknown")
_INSIDE_SHARE = 0.05
"""Share of a compound's area from which on it counts as lying in a community: less is an edge drawn inexactly."""
_BARRED_SHARE = 0.5
"""Share of a common border along a river, railway or closed road from which on nobody crosses it."""


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

    def contents(self, area: Polygon, own: np.ndarray) -> tuple[Contents, np.ndarray]:
        """What lies in a part of a community that holds these buildings, and the positions of its compounds."""
        found = _touching(self.compounds, area)
        inside = shapely.area(shapely.intersection(self.compounds[found], area))
        found = found[inside > _INSIDE_SHARE * shapely.area(self.compounds[found])]
        position = pd.Index(found).get_indexer(pd.Index(self.compound_of[own]))
        contents = Contents(
            compounds=self.compounds[found],
            ways=self.ways[_touching(self.ways, area)],
            barriers=self.barriers[_touching(self.barriers, area)],
            buildings=self.buildings[own],
            households=self.households[own],
            compound_of=position,
        )
        return contents, found


@dataclass
class Drawn:
    """Grids before they have codes: their areas, kinds, and the grid of each building."""

    shapes: np.ndarray
    kind: np.ndarray
    grid_of: np.ndarray


def draw(area: shapely.Geometry, kind: str, own: np.ndarray, ground: Ground, *, numbers: Numbers, seed: int) -> Drawn:
    """The grids of a community of this kind, with these buildings (positions in the ground's)."""
    parts = shapely.get_parts(shapely.make_valid(area))
    parts = np.concatenate([shapely.get_parts(part) for part in parts])
    parts = parts[shapely.get_dimensions(parts) == 2]
    grid_of = np.zeros(len(own), dtype=int)
    points = shapely.point_on_surface(ground.buildings[own])
    part_of = shapely.STRtree(parts).nearest(points) if len(own) else grid_of
    shapes: list[Polygon] = []
    kinds: list[str] = []
    for number, part in enumerate(parts):
        inside = np.flatnonzero(part_of == number)
        found = _draw_part(part, kind, own[inside], ground, numbers=numbers, seed=seed)
        grid_of[inside] = found.grid_of + len(shapes)
        shapes.extend(found.shapes)
        kinds.extend(found.kind)
    return Drawn(np.array(shapes, dtype=object), np.array(kinds), grid_of)


def _draw_part(part: Polygon, kind: str, own: np.ndarray, ground: Ground, *, numbers: Numbers, seed: int) -> Drawn:
    total = int(ground.households[own].sum())
    if total == 0 or (kind == "village" and total <= numbers.grid_most):
        return Drawn(np.array([part]), np.array(["rural"]), np.zeros(len(own), dtype=int))
    contents, compounds = ground.contents(part, own)
    half = numbers.grid_target // 2
    pieces = cut(part, contents, compound_most=numbers.grid_most, rest_most=half, piece=numbers.grid_piece)
    grid, kinds = _grids(
        pieces, contents, kind, ground.dedicated[compounds], bridges=ground.bridges, numbers=numbers, seed=seed
    )
    groups = pd.Series(np.arange(len(grid))).groupby(grid)
    shapes = [shapely.coverage_union_all(pieces.shapes[one.to_numpy()]) for _, one in groups]
    return Drawn(np.array(shapes, dtype=object), kinds, grid[pieces.piece_of])


def _grids(
    pieces: Pieces,
    contents: Contents,
    kind: str,
    dedicated: np.ndarray,
    *,
    bridges: np.ndarray,
    numbers: Numbers,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The grid of each piece, and each grid's kind."""
    basic, least = ("rural", 0) if kind == "village" else ("basic", numbers.grid_least)
    households = pieces.households(contents)
    xy = _centres(pieces, contents)
    pairs, lines = borders(pieces.shapes)
    barred = _barred(lines, contents.barriers, bridges)
    apart = _apart(pieces, dedicated, households, pairs, least)
    free = ~apart[pairs].any(axis=1)
    bank = components(len(households), pairs[free & ~barred])
    part = _across(bank, households, pairs[free & barred], least)
    usable = pairs[free & (~barred | (bank[pairs[:, 0]] != bank[pairs[:, 1]]))]
    grid = np.zeros(len(households), dtype=int)
    kinds: list[str] = []
    for number in np.unique(part):
        own = np.flatnonzero(part == number)
        position = np.full(len(part), -1)
        position[own] = np.arange(len(own))
        inside = position[usable]
        inside = inside[(inside >= 0).all(axis=1)]
        if apart[own[0]]:
            found = np.zeros(1, dtype=int)
        else:
            found = join(households[own], xy[own], inside, numbers=numbers, least=least, seed=seed)
        grid[own] = found + len(kinds)
        kinds.extend(["dedicated" if apart[own[0]] else basic] * (int(found.max()) + 1))
    return grid, np.array(kinds)


def _apart(pieces: Pieces, dedicated: np.ndarray, households: np.ndarray, pairs: np.ndarray, least: int) -> np.ndarray:
    """Pieces that get a grid of their own, unless this would leave too few households beside them."""
    apart = np.zeros(len(households), dtype=bool)
    before = _smallest(~apart, households, pairs)
    for piece in np.flatnonzero((pieces.compound >= 0) & dedicated[pieces.compound] if len(dedicated) else apart):
        apart[piece] = True
        left = _smallest(~apart, households, pairs)
        if left < min(before, max(least, 1)):
            apart[piece] = False
    return apart


def _smallest(kept: np.ndarray, households: np.ndarray, pairs: np.ndarray) -> float:
    """Households of the smallest connected part of these pieces."""
    part = components(len(kept), pairs[kept[pairs].all(axis=1)])
    load = np.bincount(part, weights=households * kept)
    return float(load[np.unique(part[kept])].min()) if kept.any() else 0.0


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


def _touching(shapes: np.ndarray, area: Polygon) -> np.ndarray:
    """Positions of the shapes that touch the area, in order."""
    return np.sort(shapely.STRtree(shapes).query(area, predicate="intersects"))
