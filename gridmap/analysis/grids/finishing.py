"""The last strokes on grids: lines led around buildings, an exact tiling, the walk inside each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from gridmap.analysis.grids.cutting import as_coverage
from gridmap.analysis.grids.rows import NODE_M
from gridmap.analysis.grids.walks import PairWalks, straight

_SLIVER_M2 = 0.01
"""Square metres of a building in another grid that are no more than the roundness of figures."""


def around_buildings(shapes: np.ndarray, buildings: np.ndarray, grid_of: np.ndarray) -> np.ndarray:
    """The grids with each building's footprint wholly in its own grid, as far as it lies in the community.

    Footprints that reach into another community stay cut there: communities are given.
    """
    shapes = shapes.copy()
    if not len(buildings) or len(shapes) < 2:
        return shapes
    at, grid = shapely.STRtree(shapes).query(buildings, predicate="intersects")
    strange = grid != grid_of[at]
    at, grid = at[strange], grid[strange]
    inside = shapely.area(shapely.intersection(buildings[at], shapes[grid])) > _SLIVER_M2
    for building, other in zip(at[inside], grid[inside], strict=True):
        own = grid_of[building]
        moved = shapely.intersection(buildings[building], shapes[other])
        left = shapely.difference(shapes[other], moved, grid_size=NODE_M)
        grown = shapely.union(shapes[own], moved, grid_size=NODE_M)
        if left.geom_type == grown.geom_type == "Polygon":
            shapes[other], shapes[own] = left, grown
    return shapes


def tiling(shapes: np.ndarray) -> np.ndarray:
    """The areas as an exact coverage: neighbours share their vertices, so that it holds after any rounding too."""
    return np.array([shapely.multipolygons(shapely.get_parts(s)) for s in as_coverage(shapes)], dtype=object)


def mean_walks(
    places: np.ndarray, households: np.ndarray, grid_of: np.ndarray, size: int, walks: PairWalks
) -> np.ndarray:
    """Mean walk of each grid's households to its centre building, in metres; NaN where nobody lives or can walk there.

    The centre building has the least sum of straight distances from the grid's households. The mean is over those
    households that can reach it.

    Parameters
    ----------
    places, households, grid_of
        A place (metres), households and grid (numbers from 0) of each building.
    size
        How many grids.
    walks
        Metres on foot.
    """
    lived_in = np.flatnonzero(households > 0)
    centre = np.full(size, -1)
    for grid, rows in pd.Series(lived_in).groupby(grid_of[lived_in]):
        own = rows.to_numpy()
        centre[int(str(grid))] = own[int((straight(places[own], places[own]) @ households[own]).argmin())]
    metres = walks(places, centre[grid_of[lived_in]], lived_in)
    reached = np.isfinite(metres)
    at, weight = grid_of[lived_in][reached], households[lived_in][reached]
    total = np.bincount(at, weights=weight, minlength=size)
    sums = np.bincount(at, weights=weight * metres[reached], minlength=size)
    return np.divide(sums, total, out=np.full(size, np.nan), where=total > 0)
