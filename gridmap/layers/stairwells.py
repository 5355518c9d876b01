"""Stairwells of buildings: mapped entrances, and where there are none, as many as the building's length asks for."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gridmap.domain.district import typed
from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.domain.numbers import Numbers
from gridmap.layers.enclosure import marked

_HOMES = ("residential", "mixed", "dormitory")
_ON_WALL = 1.0
"""Metres within which an entrance belongs to a building's outline."""


def entrance_buildings(entrances: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """The code of the building that each entrance stands at; None where there is none within a metre."""
    return nearest_buildings(entrances, buildings)[0]


def nearest_buildings(
    entrances: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.float64]]:
    """The code of the building that each entrance stands at, and how far it is in metres (endless where none is)."""
    codes, distances = np.full(len(entrances), None, dtype=object), np.full(len(entrances), np.inf)
    if len(entrances) and len(buildings):
        tree = shapely.STRtree(buildings.geometry.to_numpy())
        (at, building), away = tree.query_nearest(
            entrances.geometry.to_numpy(), max_distance=_ON_WALL, all_matches=False, return_distance=True
        )
        codes[at], distances[at] = buildings["code"].to_numpy()[building], away
    return codes, distances


def _long_axes(shapes: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Start and end, (n, 2) each, of the northern long side of every shape's smallest rectangle."""
    boxes = shapely.oriented_envelope(shapes)
    corners = np.array(
        [c if len(c) >= 5 else np.repeat(c[:1], 5, axis=0) for c in (shapely.get_coordinates(b) for b in boxes)]
    )[:, :5]
    sides = np.linalg.norm(np.diff(corners, axis=1), axis=2)
    first = np.where(sides[:, 0] >= sides[:, 1], 0, 1)
    rows = np.arange(len(shapes))
    pairs = [(corners[rows, first + k], corners[rows, (first + k + 1) % 4]) for k in (0, 2)]
    north = (pairs[1][0] + pairs[1][1])[:, 1] > (pairs[0][0] + pairs[0][1])[:, 1]
    start = np.where(north[:, None], pairs[1][0], pairs[0][0])
    end = np.where(north[:, None], pairs[1][1], pairs[0][1])
    west = start[:, 0] <= end[:, 0]
    return np.where(west[:, None], start, end), np.where(west[:, None], end, start)


def _made(buildings: gpd.GeoDataFrame, *, numbers: Numbers) -> gpd.GeoDataFrame:
    """Stairwells for buildings that have none mapped: evenly along the northern long side, numbered from the west."""
    shapes = buildings.geometry.to_numpy()
    start, end = _long_axes(shapes)
    length = np.linalg.norm(end - start, axis=1)
    households = np.maximum(buildings["households"].fillna(1).to_numpy(dtype=int), 1)
    count = np.clip(np.round(length / numbers.stairwell_length_m).astype(int), 1, households)
    count[shapely.area(shapes) < numbers.house_footprint_m2] = 1
    row = np.repeat(np.arange(len(shapes)), count)
    number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + 1
    share = (number - 0.5) / count[row]
    along = start[row] + share[:, None] * (end - start)[row]
    outline = shapely.boundary(shapes)[row]
    points = shapely.line_interpolate_point(outline, shapely.line_locate_point(outline, shapely.points(along)))
    base = buildings["code"].astype(str).to_numpy()[row]
    return gpd.GeoDataFrame(
        {
            "code": [f"{code}-{n}" for code, n in zip(base, number, strict=True)],
            "building_code": buildings["code"].to_numpy()[row],
            "number": number,
            "derived": "geometry number",
        },
        geometry=points,
        crs=buildings.crs,
    )


def shared_out(table: gpd.GeoDataFrame, households: pd.Series) -> gpd.GeoDataFrame:
    """Households of each building, by its code, shared out evenly over its stairwells, the remainder to the first."""
    total = table["building_code"].map(households).astype("Int64")
    group = table.groupby("building_code", sort=False)
    count, place = group["code"].transform("size"), group.cumcount()
    share = total // count + (place < total % count).astype("Int64")
    lost = (
        table["households"].isna()
        & share.notna()
        & ~table["households"].notna().groupby(table["building_code"].fillna("")).transform("any")
    )
    table["households"] = table["households"].where(~lost, share)
    return marked(table, lost, "households")


def stairwells(
    buildings: gpd.GeoDataFrame, mapped: gpd.GeoDataFrame, *, numbers: Numbers, make: bool = True
) -> gpd.GeoDataFrame:
    """Stairwells of every building that people live in.

    Parameters
    ----------
    buildings
        In any coordinate system, with `use` and `households`.
    mapped
        Stairwells that are known, in metres; those without `building_code` belong to the building they stand at.

    Returns
    -------
    GeoDataFrame
        The mapped ones, then, with `make`, made ones for buildings of dwellings without any.
    """
    layer = DISTRICT_LAYERS["stairwells"]
    known = typed(mapped, layer)
    lost = known["building_code"].isna()
    if lost.any():
        known.loc[lost, "building_code"] = entrance_buildings(known[lost], buildings.to_crs(mapped.crs))
        known = marked(known, lost & known["building_code"].notna(), "building_code")
    homes = buildings[buildings["use"].isin(_HOMES) & ~buildings["code"].isin(known["building_code"])]
    parts = [known] if len(known) else []
    if make and len(homes):
        parts.append(typed(_made(homes.to_crs(mapped.crs), numbers=numbers), layer))
    if not parts:
        return known
    table = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=mapped.crs)
    return shared_out(table, buildings.set_index("code")["households"])
