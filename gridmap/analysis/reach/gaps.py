"""Where people live beyond the reach of a service, as areas."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import MultiPolygon

from gridmap.analysis.reach.people import Floats, People

CELL_M = 25.0
"""A gap is made of squares of this side: those of the homes in it and those around them."""
SMOOTH_M = 15.0
"""Its outline is drawn straight where that moves it by no more than this."""
_AROUND = np.array([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)])


def gap_areas(where: People, beyond: np.ndarray, names: list[str | None]) -> list[dict[str, object]]:
    """The homes that are `beyond`, as one area a community with the residents in it.

    Parameters
    ----------
    names
        The communities' codes by row, and last the one for homes in none.

    Returns
    -------
    Rows with `community_code`, `residents`, `elderly` (None where nobody counted) and `geometry`.
    """
    rows = np.flatnonzero(beyond)
    found = []
    for community, own in pd.Series(rows).groupby(where.community[rows]):
        homes = where.take(own.to_numpy())
        found.append(
            {
                "community_code": names[int(str(community))],
                "residents": round(homes.residents.sum()),
                "elderly": None if np.isnan(homes.elderly).any() else round(homes.elderly.sum()),
                "geometry": _around(homes.xy),
            }
        )
    return found


def _around(xy: Floats) -> MultiPolygon:
    """The squares of these places and those around them."""
    cells = np.unique(np.floor(xy / CELL_M).astype(np.int64), axis=0)
    low = np.unique((cells[:, None, :] + _AROUND).reshape(-1, 2), axis=0) * CELL_M
    land = shapely.coverage_union_all(shapely.box(*low.T, *(low + CELL_M).T))
    return MultiPolygon([part for part in shapely.get_parts(shapely.simplify(land, SMOOTH_M)) if not part.is_empty])


def gap_table(rows: list[dict[str, object]], names: list[str], crs: object) -> gpd.GeoDataFrame:
    """The rows as a table with these columns and geometry."""
    if not rows:
        return gpd.GeoDataFrame({name: [] for name in names}, geometry=gpd.GeoSeries([], crs=crs), crs=crs)
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=crs)[[*names, "geometry"]]
