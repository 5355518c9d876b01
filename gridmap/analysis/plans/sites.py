"""Where offices and hubs can stand: what there is, blocks with public floor area; and the best site of each street."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.analysis.plans.contiguity import Floats, Ints
from gridmap.analysis.plans.ground import Ground
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.notes import Note

MINUTES = 15.0
"""The walking circle that a hub and an office shall be within."""
PUBLIC_MOST = 30
"""Blocks with public floor area that are looked at in each street, the largest."""


@dataclass(frozen=True)
class Sites:
    """Candidate sites of offices and hubs, and the walks from each to every block.

    Parameters
    ----------
    here
        The district.
    table
        One row a site: `code`, `name` (empty where it has none), `kind` (service_centre, committee_office,
        public_floor), `area_m2` (empty where unknown), `block` (position), `x`, `y` in metres.
    walk
        (k, n) metres of walking to every block; on land of villages those walked in the time that the ride takes.
    """

    here: Ground
    table: pd.DataFrame
    walk: Floats

    @cached_property
    def minutes(self) -> Floats:
        """(k, n) minutes from each site to every block."""
        return self.walk / self.here.numbers.circle_15_min_m * MINUTES

    @cached_property
    def lonlat(self) -> Floats:
        """(k, 2) longitude and latitude of the sites."""
        points = gpd.GeoSeries(gpd.points_from_xy(self.table["x"], self.table["y"]), crs=self.here.table.crs)
        points = points.to_crs(GEOGRAPHIC)
        return np.column_stack((np.round(points.x, 7), np.round(points.y, 7)))

    def called(self, site: int) -> str | Note:
        """What a site is called."""
        name = self.table["name"].iloc[site]
        named = isinstance(name, str) and bool(name)
        if self.table["kind"].iloc[site] != "public_floor" and named:
            return str(name)
        block = self.here.names[int(self.table["block"].iloc[site])]
        if named:
            return Note("public building {name} in {block}", {"name": name, "block": block})
        return Note("public building in {block}", {"block": block})

    def as_data(self, site: int) -> dict[str, Any]:
        """A site as JSON has it."""
        row = self.table.iloc[site]
        lon, lat = self.lonlat[site]
        area = None if pd.isna(row["area_m2"]) else round(float(row["area_m2"]))
        called = self.called(site)
        name = called.as_data() if isinstance(called, Note) else called
        return {
            "code": str(row["code"]),
            "name": name,
            "kind": str(row["kind"]),
            "area_m2": area,
            "lon": float(lon),
            "lat": float(lat),
        }


def find_sites(here: Ground) -> Sites:
    """The sites of a district: its offices and centres, and each street's blocks of most public floor area.

    Public floor area is that of buildings whose `use` is public, footprint times floors, summed over a block.
    """
    table = pd.concat([_centres(here), _public(here)], ignore_index=True)
    walk = here.walks.to(table[["x", "y"]].to_numpy(dtype=np.float64)) * here.pace[None, :]
    return Sites(here, table, walk)


def _centres(here: Ground) -> pd.DataFrame:
    centres = here.district["centres"]
    points = centres.geometry.to_numpy()
    at, block = shapely.STRtree(here.table.geometry.to_numpy()).query_nearest(points, all_matches=False)
    block = block[np.argsort(at, kind="stable")]
    return pd.DataFrame(
        {
            "code": centres["code"].astype(str).to_numpy(),
            "name": centres["name"].to_numpy(dtype=object),
            "kind": centres["kind"].to_numpy(dtype=object),
            "area_m2": centres["area_m2"].to_numpy(dtype=np.float64, na_value=np.nan),
            "block": block.astype(np.int64),
            "x": shapely.get_x(points),
            "y": shapely.get_y(points),
        }
    )


def _public(here: Ground) -> pd.DataFrame:
    """Blocks by the floor area of their public buildings; the site is the largest of these."""
    buildings = here.district["buildings"]
    buildings = buildings[(buildings["use"] == "public").fillna(False)]
    points = buildings.geometry.representative_point()
    at, block = shapely.STRtree(here.table.geometry.to_numpy()).query(points.to_numpy(), predicate="within")
    floors = buildings["floors"].fillna(1).to_numpy(dtype=np.float64)[at]
    found = pd.DataFrame(
        {
            "code": buildings["code"].astype(str).to_numpy()[at],
            "name": buildings["name"].to_numpy(dtype=object)[at],
            "kind": "public_floor",
            "area_m2": buildings.area.to_numpy()[at] * floors,
            "block": block.astype(np.int64),
            "x": points.x.to_numpy()[at],
            "y": points.y.to_numpy()[at],
        }
    )
    total = found.groupby("block")["area_m2"].transform("sum")
    found = found.sort_values("area_m2", ascending=False, kind="stable").assign(area_m2=total).drop_duplicates("block")
    found["street"] = here.group[found["block"].to_numpy()]
    found = found.sort_values(["street", "area_m2"], ascending=[True, False], kind="stable")
    return found.groupby("street").head(PUBLIC_MOST).drop(columns="street")


def offices(sites: Sites, region: Ints, centre: Ints) -> tuple[list[int], Floats]:
    """The site of each region's office: the one in it with the least household-weighted walk.

    Parameters
    ----------
    region
        (n,) region of each block, -1 without one.
    centre
        (p,) block that stands for the office where a region holds no site; -1 where there is none to stand for it.

    Returns
    -------
    tuple
        (p,) site of each region, -1 where it is a block; (n,) metres of walking to the office, NaN without a region.
    """
    here = sites.here
    block = sites.table["block"].to_numpy()
    chosen: list[int] = []
    walk = np.full(len(region), np.nan)
    for number in range(int(region.max(initial=-1)) + 1):
        members = np.flatnonzero(region == number)
        inside = np.flatnonzero(region[block] == number)
        if len(inside):
            total = sites.walk[np.ix_(inside, members)] @ here.weights[members]
            best = int(inside[int(total.argmin())])
            chosen.append(best)
            walk[members] = sites.walk[best, members]
        else:
            chosen.append(-1)
            heaviest = int(members[here.weights[members].argmax()])
            middle = int(centre[number]) if centre[number] >= 0 else heaviest
            walk[members] = (here.walks.to(here.places[[middle]])[0] * here.pace)[members]
    return chosen, walk


def hubs(sites: Sites, region: Ints, codes: list[str]) -> list[dict[str, Any]]:
    """The hub of each street, once over all its regions: the site of enough floor area that most households reach.

    Parameters
    ----------
    region, codes
        The plan's regions, for who reaches the hub from each.

    Returns
    -------
    list of dict
        `street`, `name`, `households` of the street, `within` (of these in 15 minutes), `mean_minutes`, `site` (see
        `Sites.as_data`; None where the street has no site at all), `missing_m2` (floor area it lacks; above 0 where
        no site is large enough and the largest stands for it), `regions` (code, households, within), `today` (the
        service centre that is there, with its own `within`).
    """
    return [_hub(sites, str(street), region, codes) for street in np.unique(sites.here.group)]


def _hub(sites: Sites, street: str, region: Ints, codes: list[str]) -> dict[str, Any]:
    here = sites.here
    members = here.group == street
    households = int(here.weights[members].sum())
    told: dict[str, Any] = {"street": street, "name": here.street_name(street), "households": households}
    mine = np.flatnonzero(members[sites.table["block"].to_numpy()]) if len(sites.table) else np.empty(0, dtype=int)
    if not len(mine):
        return {**told, "within": 0, "mean_minutes": None, "site": None, "missing_m2": None, "regions": []}
    area = np.nan_to_num(sites.table["area_m2"].to_numpy(dtype=np.float64)[mine])
    needed = here.numbers.centre_area_m2
    usable = mine[area >= needed]
    if not len(usable):
        usable = mine[[int(area.argmax())]]
    near = sites.minutes[usable] <= MINUTES
    reached = (near & members) @ here.weights
    total = sites.minutes[np.ix_(usable, np.flatnonzero(members))] @ here.weights[members]
    best = int(np.lexsort((total, -reached))[0])
    site = int(usable[best])
    inside = near[best] & members
    there = mine[(sites.table["kind"].to_numpy()[mine] == "service_centre")]
    regions = []
    for number in np.unique(region[members & (region >= 0)]):
        own = members & (region == number)
        regions.append(
            {
                "code": codes[int(number)],
                "households": int(here.weights[own].sum()),
                "within": int(here.weights[own & inside].sum()),
            }
        )
    return {
        **told,
        "within": int(here.weights[inside].sum()),
        "mean_minutes": round(float(total[best]) / households, 1) if households else None,
        "site": sites.as_data(site),
        "missing_m2": round(max(0.0, needed - float(np.nan_to_num(sites.table["area_m2"].iloc[site])))),
        "regions": regions,
        "today": [
            {**sites.as_data(int(one)), "within": int(here.weights[members & (sites.minutes[one] <= MINUTES)].sum())}
            for one in there
        ],
    }
