"""The roster as the assignment needs it: who can do what, where they live, how much they can take."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.domain.district import District
from gridmap.domain.notes import Note
from gridmap.domain.numbers import Numbers


def roster(district: District, numbers: Numbers) -> tuple[pd.DataFrame, list[Note]]:
    """One row a person.

    Home is the point of the row, or else the stairwell's point. Where people live follows from their stairwell
    (stairwell, its building, the building's compound), or else from their home's point: the building and the compound
    that it lies in, and in a building the nearest stairwell.

    Parameters
    ----------
    district
        Metric.
    numbers
        `grids_per_leader` is the capacity of those who have none in the roster.

    Returns
    -------
    tuple
        The table, indexed by `code`: `community_code`, `party` (True, False or unknown), `capacity` (grids), `x`, `y`
        (metres, NaN where the home is unknown), `stairwell`, `compound` (codes or None), and a bool column `can_<role>`
        for each role; and notes on what had to be assumed.
    """
    staff = district["staff"]
    notes: list[Note] = []
    doubles = staff["code"].duplicated()
    if doubles.any():
        codes = ", ".join(sorted(staff.loc[doubles, "code"].unique()))
        notes.append(
            Note("These people are in the roster more than once; the first row counts: {codes}.", {"codes": codes})
        )
    staff = staff[~doubles & staff["code"].notna()]
    table = pd.DataFrame({"code": staff["code"].to_numpy(), "community_code": staff["community_code"].to_numpy()})
    table["party"] = staff["party_member"].to_numpy(dtype=object, na_value=None)
    table["capacity"] = _capacity(staff, numbers, notes)
    roles = [set(str(value).replace(",", " ").split()) if value else set() for value in staff["roles"]]
    for role in ("staff", "grid", "compound", "party_compound", "stairwell"):
        table[f"can_{role}"] = np.array([role in own for own in roles], dtype=bool)
    nothing = [code for code, own in zip(table["code"], roles, strict=True) if not own]
    if nothing:
        notes.append(
            Note("{count} people in the roster have no role, so they are given no place.", {"count": len(nothing)})
        )
    _homes(table, staff, district)
    unknown = int(table["x"].isna().sum())
    if unknown:
        notes.append(Note("{count} people in the roster have no known home.", {"count": unknown}))
    return table.set_index("code"), notes


def _capacity(staff: gpd.GeoDataFrame, numbers: Numbers, notes: list[Note]) -> np.ndarray:
    given = staff["capacity"].fillna(numbers.grids_per_leader).to_numpy(int)
    below = staff.loc[given < 0, "code"]
    if len(below):
        notes.append(Note("A capacity below zero counts as zero: {codes}.", {"codes": ", ".join(sorted(below))}))
    return np.maximum(given, 0)


def _homes(table: pd.DataFrame, staff: gpd.GeoDataFrame, district: District) -> None:
    stairwells = district["stairwells"].drop_duplicates("code").set_index("code")
    buildings = district["buildings"].drop_duplicates("code").set_index("code")
    compounds = district["compounds"]
    points = staff.geometry.to_numpy()
    known = pd.Series(staff["stairwell_code"].to_numpy()).isin(stairwells.index).to_numpy()
    stairwell = pd.Series(np.where(known, staff["stairwell_code"].to_numpy(), None), dtype=object)
    placed = ~(shapely.is_missing(points) | shapely.is_empty(points))
    from_stairwell = known & ~placed
    points = points.copy()
    points[from_stairwell] = stairwells.geometry.reindex(stairwell[from_stairwell]).to_numpy()
    points = np.where(shapely.is_missing(points) | shapely.is_empty(points), None, points)
    points = shapely.point_on_surface(points)
    table["x"], table["y"] = shapely.get_x(points), shapely.get_y(points)

    building = stairwell.map(stairwells["building_code"])
    inside = _containing(points, buildings.geometry.to_numpy(), buildings.index.to_numpy())
    building = building.where(building.notna(), inside)
    stairwell = stairwell.where(stairwell.notna(), _nearest_stairwell(points, building, district))
    compound = building.map(buildings["compound_code"])
    around = _containing(points, compounds.geometry.to_numpy(), compounds["code"].to_numpy())
    compound = compound.where(compound.notna(), around)
    table["stairwell"], table["compound"] = stairwell.to_numpy(), compound.to_numpy()


def _containing(points: np.ndarray, areas: np.ndarray, codes: np.ndarray) -> pd.Series:
    """The code of the area that each point lies in, the first of several; None outside."""
    found = pd.Series([None] * len(points), dtype=object)
    if len(areas):
        at, which = shapely.STRtree(areas).query(points, predicate="intersects")
        first = pd.Series(codes[which], index=at).groupby(level=0).first()
        found[first.index] = first
    return found


def _nearest_stairwell(points: np.ndarray, building: pd.Series, district: District) -> pd.Series:
    """The stairwell of the person's building that is nearest to the home's point."""
    stairwells = district["stairwells"]
    found = pd.Series([None] * len(points), dtype=object)
    if not building.notna().any():
        return found
    pairs = pd.DataFrame({"person": building.index, "building_code": building.to_numpy(), "home": points}).dropna()
    pairs = pairs.merge(stairwells[["code", "building_code", stairwells.geometry.name]], on="building_code")
    if len(pairs):
        metres = shapely.distance(pairs["home"].to_numpy(), pairs[stairwells.geometry.name].to_numpy())
        nearest = pairs.assign(metres=metres).sort_values(["person", "metres", "code"]).drop_duplicates("person")
        found[nearest["person"]] = nearest["code"].to_numpy()
    return found
