"""Who lives where: residents of each building, and how many of them are over 60."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.analysis.grids.households import building_communities, building_households
from gridmap.analysis.isolation.walks import compounds_of
from gridmap.domain.district import District
from gridmap.domain.notes import Note
from gridmap.domain.numbers import Numbers
from gridmap.network import placed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class People(NamedTuple):
    """The buildings in which people live, a row each: where (metres), of which community and compound (rows of the
    district's layers; -1: none), how many residents, and how many of them are over 60 (empty where nobody counted)."""

    xy: Floats
    community: Ints
    compound: Ints
    residents: Floats
    elderly: Floats

    def take(self, rows: Ints | NDArray[np.bool_]) -> People:
        """These buildings only."""
        return People(
            self.xy[rows], self.community[rows], self.compound[rows], self.residents[rows], self.elderly[rows]
        )


def people(district: District, numbers: Numbers) -> tuple[People, list[Note]]:
    """The people of a metric district, and what was derived.

    A building's own figure of residents counts; where it has none its households count `people_per_household` each.
    Those over 60 are counted by communities: each community's figure is shared out over its buildings by residents.
    """
    district = district.with_tables(buildings=placed(district["buildings"]))
    buildings, communities = district["buildings"], district["communities"]
    households, _ = building_households(district)
    given = buildings["residents"].to_numpy(dtype=float, na_value=np.nan)
    derived = np.isnan(given)
    residents = np.where(derived, households.to_numpy() * numbers.people_per_household, given)
    home = np.full(len(buildings), -1)
    if len(communities) and len(buildings):
        home, _ = building_communities(district)
    points = np.asarray(shapely.point_on_surface(buildings.geometry.to_numpy()), dtype=object)
    found = People(
        np.column_stack([shapely.get_x(points), shapely.get_y(points)]).reshape(-1, 2),
        home.astype(np.int64),
        compounds_of(buildings, points, district["compounds"]),
        residents,
        _shared_out(communities, home, residents),
    ).take(residents > 0)
    notes = []
    if (derived & (residents > 0)).any():
        notes.append(
            Note(
                "The residents of {count} buildings were derived from their households.",
                {"count": int((derived & (residents > 0)).sum())},
            )
        )
    if np.isnan(found.elderly).any():
        notes.append(
            Note(
                "In {count} communities nobody counted those over 60; they are left out of the figures for them.",
                {"count": len(np.unique(found.community[np.isnan(found.elderly)]))},
            )
        )
    return found, notes


def _shared_out(communities: gpd.GeoDataFrame, home: Ints, residents: Floats) -> Floats:
    """Each community's residents over 60, shared out over its buildings by their residents."""
    counted = np.append(communities["elderly"].to_numpy(dtype=float, na_value=np.nan), np.nan)
    living = np.append(np.bincount(home[home >= 0], residents[home >= 0], minlength=len(communities)), 0.0)
    share = np.divide(counted, living, out=np.full(len(counted), np.nan), where=living > 0)
    return np.asarray(np.minimum(share, 1.0)[home] * residents)
