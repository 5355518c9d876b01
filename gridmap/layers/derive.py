"""What is missing, worked out from what is there: parents by position, households from floors, stairwells from shape.

Nothing that was given is changed; whatever is filled in is named in the row's `derived`.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gridmap.domain.district import District
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.layers.enclosure import enclosed, marked
from gridmap.layers.stairwells import stairwells

_LIVED_IN = ("residential", "mixed")
_PARENTS = (
    ("communities", "street_code", "streets"),
    ("compounds", "community_code", "communities"),
    ("buildings", "compound_code", "compounds"),
    ("buildings", "community_code", "communities"),
    ("centres", "community_code", "communities"),
)

_SUMS = {"compounds": "compound_code", "communities": "community_code"}
"""Layers whose households are those of their buildings where nobody counted them, and how buildings name them."""


def codes_by_position(points: npt.NDArray[np.object_], areas: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """The code of the smallest area that each point lies in; None where it lies in none."""
    codes = np.full(len(points), None, dtype=object)
    if not len(points) or not len(areas):
        return codes
    at, area = shapely.STRtree(areas.geometry.to_numpy()).query(points, predicate="intersects")
    sizes = shapely.area(areas.geometry.to_numpy())
    order = np.lexsort((areas["code"].astype(str).to_numpy()[area], sizes[area], at))
    first = np.unique(at[order], return_index=True)[1]
    codes[at[order][first]] = areas["code"].to_numpy()[area[order][first]]
    return codes


def _with_parent(table: gpd.GeoDataFrame, column: str, parents: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The table with the codes of the parents, which are in its coordinate system, where it has none."""
    lost = table[column].isna() & table.geometry.notna()
    if not lost.any() or not len(parents):
        return table
    points = shapely.point_on_surface(table.geometry.to_numpy()[lost])
    table = table.copy(deep=False)
    table.loc[lost, column] = codes_by_position(points, parents)
    return marked(table, lost & table[column].notna(), column)


def _square_metres(table: gpd.GeoDataFrame, where: pd.Series, crs: object) -> pd.Series:
    """Areas of these rows as they are in a metric system; of the others nothing is known."""
    area = pd.Series(np.nan, index=table.index)
    if where.any():
        area[where] = table.geometry[where].to_crs(crs).area
    return area


def with_households(buildings: gpd.GeoDataFrame, compounds: gpd.GeoDataFrame, *, numbers: Numbers) -> gpd.GeoDataFrame:
    """Buildings with use, floors, households and residents where those were missing.

    A building whose use nobody gave is taken as a dwelling when it stands in a compound that is no employer's. Floors
    come from the height, else from the footprint (a house, or flats). Households are the floor area of dwellings by
    `dwelling_area_m2`, at least one; other uses have none.

    Parameters
    ----------
    buildings
        In any coordinate system; `compound_code` filled where it can be.
    compounds
        In metres.
    """
    table = buildings.copy(deep=False)
    homes = set(compounds.loc[compounds["employer"].isna(), "code"])
    unknown = table["use"].isna() | (table["use"] == "unknown")
    bare = table["households"].isna() & table["residents"].isna()
    at_home = unknown & table["compound_code"].isin(homes)
    area = _square_metres(table, at_home | table["floors"].isna() | bare, compounds.crs)
    dwelling = at_home & (area >= numbers.shed_footprint_m2)
    table["use"] = table["use"].where(table["use"].notna(), "unknown").where(~dwelling, "residential")
    table = marked(table, dwelling, "use")
    lived_in = table["use"].isin(_LIVED_IN)

    height = pd.to_numeric(table["height_m"]) if "height_m" in table else pd.Series(np.nan, index=table.index)
    by_height = (height / numbers.floor_height_m).round().clip(lower=1)
    by_size = pd.Series(
        np.where(area < numbers.house_footprint_m2, numbers.floors_of_house, numbers.floors_of_flats), index=table.index
    )
    floors = by_height.where(by_height.notna() | ~lived_in, by_size).astype("Int64")
    without = table["floors"].isna() & floors.notna()
    table["floors"] = table["floors"].where(~without, floors)
    table = marked(table, without, "floors")

    floor_area = area * table["floors"].astype("float64").fillna(0.0)
    counted = np.maximum(np.round(floor_area / numbers.dwelling_area_m2), 1).where(lived_in, 0).astype("Int64")
    from_people = (table["residents"].astype("float64") / numbers.people_per_household).round().astype("Int64")
    lost = table["households"].isna()
    table["households"] = table["households"].where(~lost, counted.where(bare, from_people))
    table = marked(table, lost, "households")
    lost = table["residents"].isna()
    people = (table["households"].astype("float64") * numbers.people_per_household).round().astype("Int64")
    table["residents"] = table["residents"].where(~lost, people)
    return marked(table, lost, "residents")


def _with_sums(parents: gpd.GeoDataFrame, sums: pd.DataFrame) -> gpd.GeoDataFrame:
    """The parents with the sums of their buildings; where none is known to stand, how many live there isn't either."""
    table = parents.copy()
    for column in ("households", "residents"):
        found = table["code"].map(sums[column]).astype("Int64")
        lost = table[column].isna() & found.notna()
        table[column] = table[column].where(~lost, found)
        table = marked(table, lost, column)
    return table


def _with_outer(compounds: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Compounds with `within`: the code of the smallest larger compound that a compound's middle lies in."""
    shapes, codes = compounds.geometry.to_numpy(), compounds["code"].to_numpy()
    areas = shapely.area(shapes)
    outer = np.full(len(shapes), None, dtype=object)
    if len(shapes):
        inner, around = shapely.STRtree(shapes).query(shapely.point_on_surface(shapes), predicate="intersects")
        keep = areas[around] > areas[inner]
        inner, around = inner[keep], around[keep]
        order = np.lexsort((areas[around], inner))
        first = np.unique(inner[order], return_index=True)[1]
        outer[inner[order][first]] = codes[around[order][first]]
    table = compounds.assign(within=pd.Series(outer, index=compounds.index, dtype="object"))
    return marked(table, pd.notna(outer), "within") if pd.notna(outer).any() else table.drop(columns="within")


def derived(
    district: District, *, numbers: Numbers = DEFAULT_NUMBERS, stairwells_are_complete: bool = True
) -> District:
    """The district with what was missing filled in where it can be worked out.

    Parameters
    ----------
    district
        In any coordinate system; measured in metres inside.
    stairwells_are_complete
        Whether stairwells that are there are all there are; else dwellings without any get made ones. Where the
        district has none at all, they are made.

    Returns
    -------
    District
        In the same coordinate system as given. Compounds gain `walled_share` and, where one lies in another, `within`.
    """
    if not district.filled():
        return district
    buildings = district["buildings"]
    work = Derivation(district.with_tables(buildings=buildings.iloc[:0]), district.metric_crs(), numbers=numbers)
    tables = {}
    if len(buildings):
        tables["buildings"] = work.buildings(buildings)
        mapped = work.tables.get("stairwells", work.metric["stairwells"])
        make = not (stairwells_are_complete and len(mapped))
        tables["stairwells"] = stairwells(tables["buildings"], mapped, numbers=numbers, make=make).to_crs(district.crs)
    return District({**work.rest(), **tables}, crs=district.crs, version=district.version)


class Derivation:
    """What is missing in a district, worked out around its buildings, which may come in pieces.

    Parameters
    ----------
    district
        Without buildings.
    crs
        A metric system.
    """

    def __init__(self, district: District, crs: object, *, numbers: Numbers) -> None:
        self._given, self._numbers = district, numbers
        self.metric = district.to_crs(crs)
        self.tables = {name: self.metric[name] for name in self.metric if len(self.metric[name])}
        self._sums: dict[str, pd.DataFrame] = {}
        for layer, column, parent in _PARENTS:
            if layer in self.tables and parent in self.tables:
                self.tables[layer] = _with_parent(self.tables[layer], column, self.tables[parent])
        if "compounds" in self.tables:
            empty = {name: self.metric[name] for name in self.metric if name not in self.tables}
            compounds, gates = enclosed(District({**empty, **self.tables}, crs=crs), numbers=numbers)
            self.tables["compounds"] = _with_outer(compounds)
            if len(gates):
                self.tables["gates"] = gates

    def buildings(self, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Buildings, or some of them, with what is missing; in the coordinate system that they come in.

        They are many: only those are brought into metres that have to be measured.
        """
        for layer, column, parent in _PARENTS:
            if layer == "buildings" and parent in self.tables:
                parents = self.tables[parent].set_geometry(self._given[parent].geometry)
                table = _with_parent(table, column, parents.to_crs(table.crs))
        compounds = self.tables.get("compounds", self.metric["compounds"])
        table = with_households(table, compounds, numbers=self._numbers)
        for key in _SUMS.values():
            sums = table.groupby(key)[["households", "residents"]].sum()
            self._sums[key] = self._sums[key].add(sums, fill_value=0) if key in self._sums else sums
        return table

    def rest(self) -> dict[str, pd.DataFrame]:
        """All other layers with what is missing, in the district's own coordinate system."""
        for layer, key in _SUMS.items():
            if layer in self.tables and key in self._sums:
                self.tables[layer] = _with_sums(self.tables[layer], self._sums[key])
        # what isn't moved keeps its coordinates to the last digit
        return {
            name: table.set_geometry(self._given[name].geometry) if isinstance(table, gpd.GeoDataFrame) else table
            for name, table in self.tables.items()
        }
