"""Grids of real buildings: the extract around the agricultural university in Beijing, in made-up communities."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.cluster.vq import kmeans2

from gridmap.analysis.grids import grids
from gridmap.analysis.grids.objective import measured
from gridmap.analysis.grids.walks import pair_walks_of
from gridmap.domain.district import District
from gridmap.domain.numbers import DEFAULT_NUMBERS as NUMBERS
from gridmap.layers.reading import read
from tests.fixtures.balanced import balanced_k_means, settings_of

CAU = Path(__file__).parents[3] / "shared" / "real" / "osm" / "beijing_haidian_cau.osm"

pytestmark = pytest.mark.skipif(not CAU.exists(), reason="the real extracts are not here")

NO_HOMES = ["office", "school", "commercial", "industrial", "public", "hospital"]
FLOOR_M2 = 130.0
"""Floor area of a building for one household, stairs and all."""


def in_communities(district: District, size: int = 2_000) -> District:
    """The district's buildings with households by floor area, in communities of about `size` of them."""
    buildings = district["buildings"].copy()
    floor = buildings.geometry.area * buildings["floors"].astype("float64").fillna(5.0).clip(lower=1.0)
    homes = ~buildings["use"].isin(NO_HOMES).to_numpy(dtype=bool) & (buildings.geometry.area > 60).to_numpy()
    households = np.where(homes, np.minimum(floor // FLOOR_M2, NUMBERS.grid_most - 50), 0).astype(int)
    places = shapely.get_coordinates(shapely.point_on_surface(buildings.geometry.to_numpy()))
    count = round(households.sum() / size)
    middles, _ = kmeans2(places[households > 0], count, seed=np.random.default_rng(0), minit="++")
    around = shapely.box(*buildings.total_bounds).buffer(50)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(middles), extend_to=around))
    cells = shapely.intersection(cells, around)
    of = shapely.STRtree(cells).nearest(shapely.points(places))
    mine = [shapely.union_all(buildings.geometry.to_numpy()[of == one]) for one in range(count)]
    shapes = [
        shapely.difference(shapely.union(cell, own), shapely.union_all([one for one in mine if one is not own]))
        for cell, own in zip(cells, mine, strict=True)
    ]
    codes = np.array([f"c{one:02}" for one in range(count)])
    buildings["community_code"] = codes[of]
    buildings["households"] = pd.array(households, dtype="Int64")
    table = district["communities"].iloc[:0].reindex(range(count))
    table = gpd.GeoDataFrame(table, geometry=shapes, crs=district.crs).assign(code=codes, name=codes, kind="urban")
    table["households"] = pd.array(np.bincount(of, weights=households).astype(int), dtype="Int64")
    return district.with_tables(buildings=buildings, communities=table)


@pytest.fixture(scope="module")
def divided():
    district = in_communities(read(CAU).district.metric())
    walks = pair_walks_of(district, NUMBERS)
    found = grids(district, walks=walks)
    return found, settings_of(district, walks, found)


def test_real_grids_are_better_than_balanced_k_means_that_cuts_no_more_compounds(divided):
    for code, (setting, ours, places) in divided[1].items():
        value = measured(setting, ours, NUMBERS)
        others = balanced_k_means(places, setting.households, ours.max() + 1, seed=1)
        found = [measured(setting, other, NUMBERS) for other in others]
        assert value.total < min((one.total for one in found if one.cut <= value.cut), default=np.inf), code


def test_what_is_reported_of_real_grids_is_what_is_measured(divided):
    found, settings = divided
    values = found.values.set_index("community_code")
    for code, (setting, ours, _) in settings.items():
        assert values.loc[code, "off_target"] == pytest.approx(measured(setting, ours, NUMBERS).off_target, abs=1)
