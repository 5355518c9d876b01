"""Blocks: the smallest pieces a plan moves whole: compounds, villages, what is left of communities as ways cut it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridmap.domain.district import District
from gridmap.domain.errors import DataError
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.domain.uncertainty import household_errors

Shapes = NDArray[np.object_]
Ints = NDArray[np.int64]

CUTTING_WAYS = ("motorway", "trunk", "primary", "secondary", "tertiary", "residential")
"""Kinds of ways that cut the rest of a community; the others run inside a block."""
LEAST_AREA_M2 = 2000.0
LEAST_WIDTH_M = 8.0
"""Pieces smaller or narrower than these (area over half the perimeter) go to a neighbour of the same community."""
HULL_MARGIN_M = 20.0
"""Where there are no communities, the area is the hull of what there is, this much wider."""


def blocks(district: District, *, numbers: Numbers = DEFAULT_NUMBERS) -> gpd.GeoDataFrame:
    """Cut a district into blocks that tile its communities.

    Parameters
    ----------
    district
        In metres. Without communities the streets stand for them, without streets the hull of all that is there.
    numbers
        What is narrower than `contiguity_gap_m` is no block.

    Returns
    -------
    GeoDataFrame
        `code` (a compound's or village's own, else the community's with a number), `kind` (compound, village, rest),
        `community_code`, `street_code` (empty where unknown), `households` (sums to the buildings' households; a
        community whose buildings have none shares out its own), `own_error` and `shared_error` (those of derived
        households, as `domain.uncertainty.Errors` has them), geometry: a coverage without gap or overlap.

    Raises
    ------
    DataError
        The district is not in metres, or holds nothing with an area.
    """
    areas = _areas(district)
    faces = _faces(areas, district)
    owner = _covering(faces, areas.geometry.to_numpy())
    inside = (owner >= 0) & (shapely.area(faces) > 0)
    faces, owner = faces[inside], owner[inside]
    village = (areas["kind"] == "village").to_numpy()[owner]
    compound = np.full(len(faces), -1)
    if len(district["compounds"]):
        compound = _covering(faces, district["compounds"].geometry.to_numpy())
    table = _joined(faces, owner, village, compound, district)
    table = _without_slivers(table, max(LEAST_WIDTH_M, numbers.contiguity_gap_m))
    table["code"] = _codes(table, areas, district)
    table["community_code"] = areas["code"].to_numpy()[table["area"]]
    table["street_code"] = areas["street_code"].to_numpy()[table["area"]]
    buildings = district["buildings"]
    buildings = buildings[buildings["households"].fillna(0) > 0]
    block = _block_of(buildings, table, areas, district) if len(buildings) else np.empty(0, dtype=np.int64)
    table["households"] = _households(table, buildings, block, areas, district)
    errors = household_errors(buildings, numbers=numbers).summed(block, len(table))
    table["own_error"], table["shared_error"] = errors.own, errors.shared
    columns = ["code", "kind", "community_code", "street_code", "households", "own_error", "shared_error", "geometry"]
    return gpd.GeoDataFrame(table[columns], geometry="geometry", crs=district.crs).reset_index(drop=True)


def _areas(district: District) -> gpd.GeoDataFrame:
    """The areas to tile: communities, else streets, else the hull; `code`, `kind`, `street_code`, `households`."""
    crs = gpd.GeoSeries([], crs=district.crs).crs
    if crs is None or crs.is_geographic:
        raise DataError("Blocks are cut in metres: bring the district into a metric coordinate system first.")
    communities = district["communities"]
    if len(communities):
        areas = communities[["code", "kind", "street_code", "households", "geometry"]].copy()
        streets = district["streets"]
        if areas["street_code"].isna().any() and len(streets):
            where = _covering(areas.geometry.to_numpy(), streets.geometry.to_numpy())
            found = np.where(where >= 0, streets["code"].to_numpy()[where], None)
            areas["street_code"] = areas["street_code"].where(areas["street_code"].notna(), found)
        return areas.reset_index(drop=True)
    if len(district["streets"]):
        areas = district["streets"][["code", "geometry"]].copy()
        areas["street_code"] = areas["code"]
    else:
        known = [table.geometry for name in ("compounds", "buildings", "ways") if len(table := district[name])]
        if not known:
            raise DataError("The district has no communities, compounds, buildings or ways to make blocks of.")
        hull = shapely.convex_hull(shapely.union_all([shapely.convex_hull(shapely.union_all(g)) for g in known]))
        areas = gpd.GeoDataFrame({"code": ["area"], "street_code": [None]}, geometry=[hull.buffer(HULL_MARGIN_M)])
    areas["kind"] = "urban"
    areas["households"] = pd.array([pd.NA] * len(areas), dtype="Int64")
    return gpd.GeoDataFrame(areas.reset_index(drop=True), geometry="geometry", crs=district.crs)


def _faces(areas: gpd.GeoDataFrame, district: District) -> Shapes:
    """The smallest pieces: what the borders of areas and compounds and the cutting ways enclose between them."""
    ways = district["ways"]
    cutting = ways.geometry[ways["kind"].isin(CUTTING_WAYS)]
    lines = [areas.boundary, district["compounds"].boundary, cutting]
    every = np.concatenate([line[~(line.is_empty | line.isna())].to_numpy() for line in lines])
    noded = shapely.node(shapely.multilinestrings([part for part in shapely.get_parts(every) if part.length > 0]))
    return np.asarray(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))))


def _covering(faces: Shapes, areas: Shapes) -> Ints:
    """The area that holds a point inside each face, -1 where none does; where several do the smallest."""
    points = shapely.point_on_surface(faces)
    face, area = shapely.STRtree(areas).query(points, predicate="within")
    owner = np.full(len(faces), -1)
    order = np.argsort(-shapely.area(areas)[area], kind="stable")
    owner[face[order]] = area[order]
    return owner


def _joined(
    faces: Shapes, owner: Ints, village: NDArray[np.bool_], compound: Ints, district: District
) -> gpd.GeoDataFrame:
    """Faces of one village or one compound become one block where they hang together; every other face is one."""
    own = (compound < 0) & ~village
    key = np.where(village, -1, np.where(own, -2 - np.arange(len(faces)), compound))
    table = gpd.GeoDataFrame({"area": owner, "key": key}, geometry=faces, crs=district.crs)
    joined = table.dissolve(["area", "key"], method="coverage").reset_index().explode(ignore_index=True)
    joined["kind"] = np.select([joined["key"] == -1, joined["key"] >= 0], ["village", "compound"], "rest")
    return joined


def _without_slivers(table: gpd.GeoDataFrame, width: float) -> gpd.GeoDataFrame:
    """Give pieces that are too small or too narrow to the neighbour of the same area with the longest common border."""
    while True:
        area, length = table.area.to_numpy(), table.length.to_numpy()
        thin = (area < LEAST_AREA_M2) | (2 * area / length < width)
        small = np.flatnonzero(thin & (table["kind"] == "rest").to_numpy())
        piece, other = _best_neighbours(table, small)
        if not len(piece):
            return table
        graph = coo_array((np.ones(len(piece)), (piece, other)), shape=(len(table), len(table)))
        table["into"] = connected_components(graph, directed=False)[1]
        table["size"] = np.where(np.isin(np.arange(len(table)), small), 0.0, area)
        joined = table[["into", "geometry"]].dissolve("into", method="coverage")
        stays = table.sort_values("size", ascending=False, kind="stable").drop_duplicates("into").set_index("into")
        joined = joined.join(stays[["area", "key", "kind"]])
        table = joined.sort_values(["area", "key"], kind="stable").reset_index(drop=True)


def _best_neighbours(table: gpd.GeoDataFrame, small: Ints) -> tuple[Ints, Ints]:
    """The neighbour in the same area that each small piece goes to: another rest before a compound."""
    shapes = table.geometry.to_numpy()
    which, other = shapely.STRtree(shapes).query(shapes[small], predicate="intersects")
    piece = small[which]
    area, rest = table["area"].to_numpy(), (table["kind"] == "rest").to_numpy()
    usable = (piece != other) & (area[piece] == area[other])
    piece, other = piece[usable], other[usable]
    outline = shapely.boundary(shapes)
    border = shapely.length(shapely.intersection(outline[piece], outline[other]))
    touching = border > 0
    piece, other, border = piece[touching], other[touching], border[touching]
    order = np.lexsort((-border, ~rest[other], piece))
    first = order[np.unique(piece[order], return_index=True)[1]]
    return piece[first], other[first]


def _codes(table: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, district: District) -> list[str]:
    """A compound's or village's own code; else the area's with a number behind, west to east in the area."""
    point = table.geometry.representative_point()
    order = np.lexsort((-point.y.to_numpy(), point.x.to_numpy(), table["area"].to_numpy()))
    area_code, names = areas["code"].to_numpy(), district["compounds"]["code"].to_numpy()
    codes = [""] * len(table)
    used: dict[str, int] = {}
    largest = table.assign(size=table.area).sort_values("size", ascending=False)
    whole = set(largest[largest["kind"] == "compound"].drop_duplicates("key").index)
    whole |= set(largest[largest["kind"] == "village"].drop_duplicates("area").index)
    for i in order:
        kind, home = table["kind"].iloc[i], str(area_code[table["area"].iloc[i]])
        if i in whole:
            codes[i] = home if kind == "village" else str(names[table["key"].iloc[i]])
        else:
            used[home] = used.get(home, 0) + 1
            codes[i] = f"{home}B{used[home]:03d}"
    return codes


def _households(
    table: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, block: Ints, areas: gpd.GeoDataFrame, district: District
) -> Ints:
    """Households of each block: of the buildings on it; none is lost, whatever lies outside every block."""
    weights = buildings["households"].to_numpy(dtype=np.int64)
    count = np.bincount(block, weights=weights, minlength=len(table)).astype(np.int64)
    here = np.bincount(table["area"], weights=count, minlength=len(areas))
    for number in np.flatnonzero((here == 0) & (areas["households"].fillna(0) > 0).to_numpy()):
        members = np.flatnonzero(table["area"] == number)
        count[members] = _shared(int(areas["households"].iloc[number]), table.iloc[members], district)
    return count


def _block_of(
    buildings: gpd.GeoDataFrame, table: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, district: District
) -> Ints:
    """The block of each building: its compound's, else the one it stands on, else the nearest of its community."""
    points = buildings.geometry.representative_point().to_numpy()
    shapes = table.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    block = np.full(len(buildings), -1)
    at, found = tree.query(points, predicate="intersects")
    block[at[::-1]] = found[::-1]
    key = pd.Series(district["compounds"]["code"].to_numpy()).reset_index().set_index(0)["index"]
    named = buildings["compound_code"].map(key[~key.index.duplicated()]).fillna(-1).to_numpy(dtype=np.int64)
    mine = table["key"].to_numpy()
    compound = (table["kind"] == "compound").to_numpy()
    lost = (named >= 0) & ~((block >= 0) & compound[block] & (mine[block] == named))
    first = pd.Series(np.flatnonzero(compound), index=mine[compound])
    first = first[~first.index.duplicated()]
    own = pd.Series(named[lost]).map(first).to_numpy(dtype=np.float64)
    block[np.flatnonzero(lost)[~np.isnan(own)]] = own[~np.isnan(own)].astype(np.int64)
    homeless = np.flatnonzero(block < 0)
    if len(homeless):
        block[homeless] = tree.nearest(points[homeless])
        code = pd.Series(np.arange(len(areas)), index=areas["code"].to_numpy())
        home = buildings["community_code"].iloc[homeless].map(code[~code.index.duplicated()]).to_numpy(dtype=np.float64)
        for number in np.unique(home[~np.isnan(home)]).astype(int):
            members = np.flatnonzero(table["area"] == number)
            if len(members):
                mine_here = homeless[home == number]
                block[mine_here] = members[shapely.STRtree(shapes[members]).nearest(points[mine_here])]
    return block


def _shared(households: int, blocks_here: gpd.GeoDataFrame, district: District) -> Ints:
    """A community's households over its blocks: compounds have their own, the rest is by area (largest remainders)."""
    compounds = district["compounds"]["households"].fillna(0).to_numpy(dtype=np.int64)
    key = blocks_here["key"].to_numpy()
    is_compound = (blocks_here["kind"] == "compound").to_numpy()
    own = np.zeros(len(key), dtype=np.int64)
    own[is_compound] = compounds[key[is_compound]]
    if own.sum() > households:
        return _apportioned(households, own.astype(float))
    share = np.where(is_compound, 0.0, blocks_here.area) if not is_compound.all() else blocks_here.area.to_numpy()
    return np.asarray(own + _apportioned(int(households - own.sum()), share), dtype=np.int64)


def _apportioned(total: int, share: NDArray[np.float64]) -> Ints:
    exact = total * share / share.sum()
    count = np.floor(exact).astype(np.int64)
    count[np.argsort(count - exact, kind="stable")[: total - int(count.sum())]] += 1
    return count
