"""Grids from before: those that still fit are kept with their codes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gridmap.analysis.grids.community import Drawn
from gridmap.analysis.grids.cutting import as_coverage
from gridmap.analysis.grids.rows import NODE_M
from gridmap.domain.notes import Note
from gridmap.domain.numbers import Numbers

_SAME_AREA = 1e-6
"""Share of a community's area that grids from before may be off by: rounding, no change of a border."""
_SPLIT_M2 = 1.0
"""Square metres of a building in another grid from which on it counts as split."""

DIFFERENT_AREA = Note("they no longer cover it exactly")
BROKEN_APART = Note("one of them is in pieces or has no code")
BUILDING_SPLIT = Note("a building lies in two of them")
OUT_OF_BOUNDS = Note("one of them is outside the allowed size")


def kept(
    area: shapely.Geometry, before: gpd.GeoDataFrame, buildings: np.ndarray, households: np.ndarray, numbers: Numbers
) -> tuple[Drawn, np.ndarray] | Note:
    """The grids from before and which of them are outside the allowed size, or in words why none can be kept.

    They can be where they tile the community, are contiguous and split no building. A grid that fills a separate part
    of the community may be small, and those that people drew by hand may be of any size.

    Parameters
    ----------
    area
        The community.
    before
        Its grids from before: `code`, `kind`, `by_hand`, geometry (metres).
    buildings, households
        Footprints and households of the community's buildings today.
    numbers
        `grid_least`, `grid_most`.
    """
    shapes = before.geometry.to_numpy()
    if (
        before["code"].isna().any()
        or before["code"].duplicated().any()
        or (shapely.get_num_geometries(shapes) != 1).any()
    ):
        return BROKEN_APART
    tolerance = _SAME_AREA * shapely.area(area)
    whole = shapely.union_all(shapes, grid_size=NODE_M)
    overlap = shapely.area(shapes).sum() - shapely.area(whole)
    off = shapely.area(shapely.symmetric_difference(whole, area, grid_size=NODE_M))
    if off > tolerance or overlap > tolerance:
        return DIFFERENT_AREA
    tree = shapely.STRtree(shapes)
    grid_of = tree.nearest(shapely.point_on_surface(buildings)) if len(buildings) else np.zeros(0, dtype=int)
    at, grid = tree.query(buildings, predicate="intersects")
    strange = grid != grid_of[at]
    if (shapely.area(shapely.intersection(buildings[at[strange]], shapes[grid[strange]])) > _SPLIT_M2).any():
        return BUILDING_SPLIT
    load = np.bincount(grid_of, weights=households, minlength=len(shapes)).astype(int)
    basic = (before["kind"] == "basic").to_numpy()
    parts = shapely.get_parts(area)
    part_of = shapely.STRtree(parts).nearest(shapely.point_on_surface(shapes))
    alone = np.bincount(part_of, minlength=len(parts))[part_of] == 1
    small = basic & (load < numbers.grid_least) & ~alone
    large = (load > numbers.grid_most) & (np.bincount(grid_of, minlength=len(shapes)) > 1)
    by_hand = bool(before["by_hand"].eq(True).any())
    reach = np.bincount(part_of, weights=load, minlength=len(parts))[part_of].astype(int)
    single = np.array(
        [shapely.get_geometry(shape, 0) if shape.geom_type == "MultiPolygon" else shape for shape in shapes]
    )
    codes, kinds = before["code"].to_numpy(), before["kind"].to_numpy()
    drawn = Drawn(as_coverage(single), kinds, part_of, reach, grid_of, codes, by_hand=by_hand)
    return drawn, np.zeros(len(shapes), dtype=bool) if by_hand else small | large
