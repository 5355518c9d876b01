"""The places that want a leader, and who could take each at which walk."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.analysis.grids.walks import PairWalks
from gridmap.domain.district import District

PAIRS = ["place_code", "staff_code", "walk_m"]
"""Columns of a table of candidates: who could take which place, and the walk in metres, NaN where it is unknown."""


def grid_places(district: District) -> gpd.GeoDataFrame:
    """The grids: `place_code`, `community_code`, `households`, geometry a point inside."""
    grids = district["grids"]
    return _places(grids["code"], grids["community_code"], grids["households"], grids.geometry)


def compound_places(district: District) -> gpd.GeoDataFrame:
    """The compounds: `place_code`, `community_code`, `households` (of its buildings where it has no figure itself)."""
    compounds = district["compounds"]
    counted = district["buildings"].groupby("compound_code")["households"].sum(min_count=1)
    households = compounds["households"].fillna(compounds["code"].map(counted).astype("Int64"))
    return _places(compounds["code"], compounds["community_code"], households, compounds.geometry)


def stairwell_places(district: District) -> gpd.GeoDataFrame:
    """The stairwells: `place_code`, `community_code` (its building's), `households`, geometry the stairwell."""
    stairwells = district["stairwells"]
    buildings = district["buildings"].drop_duplicates("code").set_index("code")
    community = stairwells["building_code"].map(buildings["community_code"])
    return _places(stairwells["code"], community, stairwells["households"], stairwells.geometry)


def _places(codes: pd.Series, communities: pd.Series, households: pd.Series, shapes: gpd.GeoSeries) -> gpd.GeoDataFrame:
    columns = {
        "place_code": codes.to_numpy(),
        "community_code": communities.to_numpy(),
        "households": households.astype("Int64").to_numpy(),
    }
    points = shapely.point_on_surface(shapes.to_numpy())
    points = np.where(shapely.is_missing(points) | shapely.is_empty(points), None, points)
    table = gpd.GeoDataFrame(columns, geometry=points, crs=shapes.crs)
    table["households"] = table["households"].astype("Int64")
    return table.drop_duplicates("place_code").reset_index(drop=True)


def grid_candidates(district: District, people: pd.DataFrame, walks: PairWalks) -> pd.DataFrame:
    """Every grid with every person of its community who is entered for the role of grid leader.

    Where the roster names nobody for it, in no community, all staff are taken to be able to.
    The walk is the mean over the grid's buildings, weighted by households (equally where none has any), of the
    distance from home to the building, over those that can be reached. NaN where the home is unknown or none can be.
    """
    able = people[people["can_grid" if people["can_grid"].any() else "can_staff"]]
    grids = district["grids"].drop_duplicates("code").sort_values("community_code", kind="stable")
    found = grids[["code", "community_code"]].rename(columns={"code": "place_code"})
    found = found.merge(able[["community_code", "x", "y"]].rename_axis("staff_code").reset_index(), on="community_code")
    members = district["members"].drop_duplicates("building_code").set_index("building_code")["grid_code"]
    inside = _building_points(district).join(members, how="inner")
    found["walk_m"] = _mean_walk(found, inside, walks)
    return found[PAIRS]


def compound_candidates(district: District, people: pd.DataFrame, role: str) -> pd.DataFrame:
    """Every compound with every person entered for the role who lives in it.

    The walk is the mean of straight lines from home to the compound's buildings, weighted by households: inside a
    compound no wall stands between.
    """
    able = people[people[f"can_{role}"] & people["compound"].notna()]
    buildings = district["buildings"]
    points = _building_points(district)
    points["compound"] = buildings.drop_duplicates("code")["compound_code"].to_numpy()
    pairs = able.reset_index()[["code", "compound", "x", "y"]].merge(points, on="compound", suffixes=("", "_to"))
    pairs["metres"] = np.hypot(pairs["x"] - pairs["x_to"], pairs["y"] - pairs["y_to"])
    pairs["weighted"] = pairs["metres"] * pairs["weight"]
    sums = pairs.groupby(["compound", "code"])[["metres", "weighted", "weight"]].agg(["sum", "mean"])
    mean = np.where(
        sums["weight", "sum"] > 0, sums["weighted", "sum"] / sums["weight", "sum"].replace(0, 1), sums["metres", "mean"]
    )
    walk = pd.Series(mean, index=sums.index)
    found = able.reset_index()[["compound", "code"]].rename(columns={"compound": "place_code", "code": "staff_code"})
    found["walk_m"] = walk.reindex(pd.MultiIndex.from_frame(found)).to_numpy(float)
    return found.sort_values(["place_code", "staff_code"], ignore_index=True)


def stairwell_candidates(district: District, people: pd.DataFrame) -> pd.DataFrame:
    """Every stairwell with every person entered for the role who lives in it; the walk is the straight line there."""
    able = people[people["can_stairwell"] & people["stairwell"].notna()].reset_index()
    doors = district["stairwells"].drop_duplicates("code").set_index("code").geometry
    door = doors.reindex(able["stairwell"]).to_numpy()
    walk = np.hypot(able["x"] - shapely.get_x(door), able["y"] - shapely.get_y(door))
    found = pd.DataFrame({"place_code": able["stairwell"], "staff_code": able["code"], "walk_m": walk.to_numpy(float)})
    return found.sort_values(["place_code", "staff_code"], ignore_index=True)


def _building_points(district: District) -> pd.DataFrame:
    """A point of each building and its weight in households, by the building's code."""
    buildings = district["buildings"].drop_duplicates("code")
    points = shapely.point_on_surface(buildings.geometry.to_numpy())
    weight = buildings["households"].fillna(0).to_numpy(float)
    columns = {"x": shapely.get_x(points), "y": shapely.get_y(points), "weight": weight}
    return pd.DataFrame(columns, index=pd.Index(buildings["code"], name="building"))


def _mean_walk(found: pd.DataFrame, inside: pd.DataFrame, walks: PairWalks) -> np.ndarray:
    """Mean walk from each person's home, `x` and `y`, to the buildings inside the grid `place_code`."""
    total = inside.groupby("grid_code")["weight"].transform("sum")
    targets = inside.assign(weight=inside["weight"].where(total > 0, 1.0), target=np.arange(len(inside)))
    sources = found.loc[found["x"].notna(), ["place_code", "x", "y"]].rename_axis("row").reset_index()
    homes, home = np.unique(sources[["x", "y"]].to_numpy(), axis=0, return_inverse=True)
    sources["source"] = len(inside) + home
    trips = sources.merge(targets[["grid_code", "target", "weight"]], left_on="place_code", right_on="grid_code")
    points = np.concatenate([targets[["x", "y"]].to_numpy(), homes])
    metres = walks(points, trips["source"].to_numpy(), trips["target"].to_numpy())
    reached = np.isfinite(metres)
    row, weight = trips["row"].to_numpy()[reached], trips["weight"].to_numpy()[reached]
    weights = np.bincount(row, weight, len(found))
    sums = np.bincount(row, weight * metres[reached], len(found))
    return np.divide(sums, weights, out=np.full(len(found), np.nan), where=weights > 0)


def straight_walks(rows: gpd.GeoDataFrame, people: pd.DataFrame) -> np.ndarray:
    """Straight metres from each row's person (`staff_code`) to its point; for locked leaders who aren't candidates."""
    home = people.reindex(rows["staff_code"])
    points = rows.geometry.to_numpy()
    return np.hypot(home["x"].to_numpy() - shapely.get_x(points), home["y"].to_numpy() - shapely.get_y(points))
