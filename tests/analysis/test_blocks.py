"""Blocks tile the communities, and no household is lost."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis.blocks import blocks
from gridmap.analysis.plans import propose_district
from gridmap.analysis.plans.barriers import passable, without_cut_off
from gridmap.analysis.plans.contiguity import contiguity
from gridmap.domain.district import District
from gridmap.domain.errors import DataError

METRIC = "EPSG:4550"
X, Y = 400_000.0, 4_000_000.0


def box(west, south, east, north):
    return shapely.box(X + west, Y + south, X + east, Y + north)


def line(*points):
    return shapely.linestrings([(X + x, Y + y) for x, y in points])


def table(geometry, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(geometry), crs=METRIC)


def town(**more):
    """Two urban communities of 400 m by 400 m side by side and a village east of them, one street."""
    layers = {
        "communities": table(
            [box(0, 0, 400, 400), box(400, 0, 800, 400), box(800, 0, 1200, 400)],
            code=["371071001001", "371071001002", "371071001201"],
            kind=["urban", "urban", "village"],
            street_code=["371071001"] * 3,
            households=[4000, 4000, 2500],
            reform_status=[None, None, "none"],
        ),
        "compounds": table(
            [box(50, 50, 180, 350)], code=["K1"], enclosure=["enclosed"], management=["closed"], households=[1000]
        ),
        "ways": table([line((0, 200), (1200, 200)), line((200, 0), (200, 400))], kind=["primary", "residential"]),
    }
    return District({**layers, **more}, crs=METRIC)


def test_a_village_is_one_block():
    cut = blocks(town())
    assert (cut["kind"] == "village").sum() == 1
    assert cut.loc[cut["kind"] == "village", "code"].tolist() == ["371071001201"]


def test_a_compound_is_one_block_although_a_way_runs_through():
    cut = blocks(town())
    assert cut.loc[cut["code"] == "K1"].geometry.iloc[0].equals(box(50, 50, 180, 350))


def test_ways_cut_the_rest_of_a_community():
    cut = blocks(town())
    assert (cut["community_code"] == "371071001002").sum() == 2


def test_blocks_tile_the_communities():
    cut, district = blocks(town()), town()
    assert shapely.coverage_is_valid(cut.geometry.to_numpy())
    whole = cut.dissolve("community_code").geometry
    parts = district["communities"].set_index("code").geometry
    assert shapely.area(shapely.symmetric_difference(whole.loc[parts.index].values, parts.values)).max() < 1e-6


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_random_compounds_and_ways_leave_no_gap_no_overlap_and_no_sliver(seed):
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-20, 380, (6, 2))
    sizes = rng.uniform(20, 250, (6, 2))
    compounds = [box(*corner, *(corner + size)) for corner, size in zip(corners, sizes, strict=True)]
    ways = [line(*rng.uniform(-50, 850, (3, 2))) for _ in range(6)]
    district = town(
        compounds=table(compounds, code=[f"K{i}" for i in range(6)], households=rng.integers(0, 500, 6)),
        ways=table(ways, kind=["residential"] * 6),
    )
    cut = blocks(district)
    assert shapely.coverage_is_valid(cut.geometry.to_numpy())
    assert cut.area.sum() == pytest.approx(3 * 400 * 400, abs=1e-3)
    assert cut["code"].is_unique
    assert cut["households"].sum() == 4000 + 4000 + 2500
    rest = cut[cut["kind"] == "rest"]
    alone = rest["community_code"].map(cut["community_code"].value_counts()) == 1
    assert ((rest.area >= 2000) | alone).all()


def test_households_come_from_the_buildings_wherever_they_stand():
    buildings = table(
        [box(60, 60, 80, 80), box(500, 50, 520, 70), box(1300, 50, 1320, 70)],
        code=["b1", "b2", "b3"],
        compound_code=["K1", None, None],
        community_code=["371071001001", "371071001002", "371071001201"],
        households=[30, 40, 50],
    )
    cut = blocks(town(buildings=buildings)).set_index("code")
    assert cut["households"].sum() == 120
    assert cut.loc["K1", "households"] == 30
    assert cut.loc["371071001201", "households"] == 50


def test_without_communities_the_hull_is_cut():
    cut = blocks(town(communities=table([], code=[], kind=[])))
    assert "K1" in set(cut["code"])
    assert cut["community_code"].nunique() == 1


def test_a_district_in_degrees_is_refused():
    with pytest.raises(DataError, match="metric"):
        blocks(town().to_crs("EPSG:4326"))


def test_nothing_to_cut_is_said():
    with pytest.raises(DataError):
        blocks(District({}, crs=METRIC))


def walls(**more):
    """Two compounds back to back behind a wall, and what `passable` says of their border."""
    shapes = np.array([box(0, 0, 100, 100), box(100, 0, 200, 100)])
    layers = {"barriers": table([line((100, -10), (100, 110))], kind=["wall"])}
    touching = contiguity(shapes, gap=1.0)
    return passable(touching, District({**layers, **more}, crs=METRIC))


def test_a_wall_parts_two_blocks():
    assert not walls()[0].any()


def test_a_gate_leads_through_a_wall():
    assert walls(gates=table([shapely.Point(X + 100, Y + 50)], code=["g"], access=["residents"]))[0].all()


def test_a_closed_gate_does_not():
    assert not walls(gates=table([shapely.Point(X + 100, Y + 50)], code=["g"], access=["closed"]))[0].any()


def test_a_bridge_leads_over_a_river():
    river = table([line((100, -10), (100, 110))], kind=["river"])
    bridge = table([line((80, 50), (120, 50))], kind=["residential"], walkable=[True], bridge=[True])
    assert not walls(barriers=river)[0].any()
    assert walls(barriers=river, ways=bridge)[0].all()


def test_a_road_that_isn_t_a_bridge_doesn_t_lead_through_a_wall():
    road = table([line((80, 50), (120, 50))], kind=["residential"], walkable=[True], bridge=[False])
    assert not walls(ways=road)[0].any()


def test_a_wall_with_a_hole_can_be_crossed():
    assert walls(barriers=table([line((100, 10), (100, 110))], kind=["wall"]))[0].all()


def test_a_block_behind_walls_only_is_joined_but_one_behind_a_river_is_not():
    touching = contiguity(np.array([box(0, 0, 100, 100), box(100, 0, 200, 100)]), gap=1.0)
    shut = np.array([False])
    weights, group = np.array([10, 6000]), np.array([0, 0])
    counts, added = without_cut_off(touching, shut, np.array([True]), weights, group, least=5000)
    assert (counts.tolist(), added) == ([True], 1)
    counts, added = without_cut_off(touching, shut, np.array([False]), weights, group, least=5000)
    assert (counts.tolist(), added) == ([False], 0)


def test_a_district_s_regions_reach_the_floor_and_wait_for_unreformed_villages():
    plan = propose_district(town(ways=table([], kind=[])), lower=10_000, upper=15_000, time_limit=5, iterations=20_000)
    assert plan.regions["status"].tolist() == ["later"]
    assert plan.regions["households"].tolist() == [10_500]


def test_a_community_that_stays_as_it_is_is_kept():
    plan = propose_district(town(ways=table([], kind=[])), lower=4000, time_limit=5, iterations=20_000)
    assert plan.regions["status"].tolist().count("kept") >= 1
