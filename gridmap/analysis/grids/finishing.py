"""The last strokes on grids: lines led around buildings, an exact tiling, the walk inside each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely

from gridmap.analysis.grids.cutting import as_coverage

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
        left, grown = shapely.difference(shapes[other], moved), shapely.union(shapes[own], moved)
        if left.geom_type == grown.geom_type == "Polygon":
            shapes[other], shapes[own] = left, grown
    return shapes


def tiling(shapes: np.ndarray) -> np.ndarray:
    """The areas as an exact coverage: neighbours share their vertices, so that it holds after any rounding too."""
    return np.array([shapely.multipolygons(shapely.get_parts(s)) for s in as_coverage(shapes)], dtype=object)


def mean_walks(
    buildings: np.ndarray,
    households: np.ndarray,
    grid_of: np.ndarray,
    size: int,
    distances: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> np.ndarray:
    """Mean walk of a grid's households to its centre building, in metres; NaN where nobody lives or can walk there.

    The centre building has the least sum of straight distances from the grid's households. The mean is over those
    buildings that can be reached.
    """
    walks = np.full(size, np.nan)
    points = shapely.get_coordinates(shapely.point_on_surface(buildings)).reshape(-1, 2)
    for grid in range(size):
        own = np.flatnonzero(grid_of == grid)
        weight = households[own].astype(float)
        if weight.sum() <= 0:
            continue
        own, weight = own[weight > 0], weight[weight > 0]
        apart = np.hypot(*(points[own][:, None] - points[own][None]).transpose(2, 0, 1))
        centre = points[own[[int((apart @ weight).argmin())]]]
        walk = distances(centre, points[own])[0]
        reached = np.isfinite(walk)
        if reached.any():
            walks[grid] = np.average(walk[reached], weights=weight[reached])
    return walks
