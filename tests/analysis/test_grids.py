"""Grids of a town that can be worked out by hand, and what holds for grids of any community."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components
from shapely import LineString, box
from shapely.geometry import MultiPolygon

from gridmap.analysis import grids as analysis
from gridmap.analysis.grids import Grids
from gridmap.analysis.grids.natural_villages import village_of
from gridmap.analysis.grids.walks import straight_pairs
from gridmap.domain.district import District
from gridmap.domain.errors import DataError
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from tests.fixtures.districts import URBAN, VILLAGE, make_town

CRS = "EPSG:4550"
EAST, NORTH = 412_000, 4_150_000
CODE = "371071004009"


def grids(district: District, **options) -> Grids:
    """The grids with straight walks, so that no walk graph is built where it isn't the point."""
    return analysis.grids(district, **{"walks": straight_pairs, **options})


def table(rows: list[dict]) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS)
    frame.geometry = frame.geometry.translate(EAST, NORTH)
    return frame


def community(shape, *, kind="urban", code=CODE, **more) -> dict:
    parts = shape if isinstance(shape, MultiPolygon) else MultiPolygon([shape])
    return {"code": code, "name": "青石社区", "kind": kind, "geometry": parts, **more}


def buildings(places, households, **more) -> list[dict]:
    """Buildings of 20 x 10 m whose south-west corners stand at these places."""
    return [
        {"code": f"B{i}", "use": "residential", "floors": 6, "households": count, **more}
        | {"geometry": box(x, y, x + 20, y + 10)}
        for i, ((x, y), count) in enumerate(zip(places, households, strict=True))
    ]


def district(**layers: list[dict]) -> District:
    return District({name: table(rows) for name, rows in layers.items()}, crs=CRS)


def counts(result: Grids) -> list[int]:
    return sorted(result.grids["households"].tolist())


def assert_tiles(result: Grids, given: District) -> None:
    parts = shapely.get_parts(result.grids.geometry.to_numpy())
    assert shapely.coverage_is_valid(parts)
    for row in given["communities"].itertuples():
        shapes = result.grids.loc[result.grids["community_code"] == row.code].geometry.to_numpy()
        own = shapely.union_all(shapes, grid_size=1e-6)
        assert own.symmetric_difference(row.geometry).area < 1e-3


@pytest.fixture
def metric_town() -> District:
    return make_town().metric()


def test_four_compounds_of_240_households_are_four_grids(metric_town):
    result = grids(metric_town).grids
    assert result.loc[result["community_code"] == URBAN, "households"].tolist() == [240] * 4


def test_a_small_village_is_one_rural_grid(metric_town):
    result = grids(metric_town).grids
    assert result.loc[result["community_code"] == VILLAGE, "kind"].tolist() == ["rural"]


def test_grids_are_numbered_west_to_east(metric_town):
    result = grids(metric_town).grids
    urban = result[result["community_code"] == URBAN].sort_values("code")
    assert urban["code"].tolist() == [f"{URBAN}00{n}" for n in (1, 2, 3, 4)]
    assert urban.geometry.centroid.x.is_monotonic_increasing


def test_equally_far_west_they_are_numbered_north_to_south():
    places = [(40, 20), (40, 120), (40, 220)]
    given = district(
        communities=[community(box(0, 0, 100, 300))],
        buildings=buildings(places, [300] * 3),
        ways=[{"kind": "tertiary", "geometry": LineString([(-1, y), (101, y)])} for y in (100, 200)],
    )
    result = grids(given).grids.sort_values("code")
    assert result.geometry.centroid.y.is_monotonic_decreasing
    assert len(result) == 3


def test_the_town_is_tiled_without_gap_or_overlap(metric_town):
    assert_tiles(grids(metric_town), metric_town)


def test_the_tiling_holds_in_degrees_too(metric_town):
    shapes = grids(metric_town).grids.to_crs("EPSG:4326").geometry.to_numpy()
    assert shapely.coverage_is_valid(shapely.get_parts(shapes))


def test_every_building_is_a_member_of_one_grid(metric_town):
    members = grids(metric_town).members
    assert sorted(members["building_code"]) == sorted(metric_town["buildings"]["code"])


def test_households_add_up(metric_town):
    assert grids(metric_town).grids["households"].sum() == metric_town["buildings"]["households"].sum()


def test_derived_households_of_a_grid_lie_between_two_numbers(metric_town):
    """Four buildings of 60: √(4 · 18²) + 24 = 60 households either way."""
    buildings = metric_town["buildings"].copy()
    derived = buildings["compound_code"] == f"{URBAN}-A"
    buildings["derived"] = np.where(derived, "households residents", None)
    result = grids(metric_town.with_tables(buildings=buildings))
    members = result.members.set_index("building_code")["grid_code"]
    row = result.grids.set_index("code").loc[members[f"{URBAN}-A-1"]]
    assert (row["households"], row["households_low"], row["households_high"]) == (240, 180, 300)
    assert result.grids["households_low"].notna().sum() == 1


def test_compounds_stay_whole(metric_town):
    result = grids(metric_town)
    grid_of = result.members.set_index("building_code")["grid_code"]
    own = metric_town["buildings"].dropna(subset="compound_code").set_index("code")["compound_code"]
    assert grid_of[own.index].groupby(own).nunique().tolist() == [1] * 4


def test_the_walk_is_the_mean_to_the_centre_building():
    # three buildings in a row, 100 m apart, the middle one is the centre: (100 x 100 + 50 x 100) / 300 m
    given = district(
        communities=[community(box(0, 0, 300, 100))],
        buildings=buildings([(20, 40), (120, 40), (220, 40)], [100, 150, 50]),
    )
    assert grids(given).grids["walk_m"].item() == pytest.approx(50.0)


def test_the_walk_goes_around_walls():
    # two buildings with a wall between them and a way around its end: 100 m straight, 100 + 2 x 60 m on foot
    given = district(
        communities=[community(box(-100, -100, 300, 200))],
        buildings=buildings([(10, 55), (110, 55)], [150, 100]),
        barriers=[{"kind": "wall", "geometry": LineString([(70, -99), (70, 110)])}],
        ways=[{"kind": "footway", "geometry": LineString([(20, 60), (20, 120), (120, 120), (120, 60)])}],
    )
    assert analysis.grids(given).grids["walk_m"].item() == pytest.approx(220 * 100 / 250, abs=1)


def test_a_compound_above_the_bound_is_cut_between_its_rows():
    rows = [(10 + 30 * i, 20 + 40 * j) for j in range(6) for i in range(3)]
    given = district(
        communities=[community(box(0, 0, 110, 260))],
        compounds=[{"code": "C", "enclosure": "enclosed", "management": "closed", "geometry": box(0, 0, 110, 260)}],
        buildings=buildings(rows, [34] * 18, compound_code="C"),
    )
    result = grids(given)
    assert counts(result) == [306, 306]
    # the line between the grids is straight, halfway between two rows
    assert sorted(result.grids.geometry.area) == pytest.approx([110 * 125, 110 * 135], abs=1)


def test_a_compound_within_the_bounds_is_not_cut():
    rows = [(10 + 30 * i, 20 + 40 * j) for j in range(6) for i in range(3)]
    given = district(
        communities=[community(box(0, 0, 110, 260))],
        compounds=[{"code": "C", "enclosure": "enclosed", "management": "closed", "geometry": box(0, 0, 110, 260)}],
        buildings=buildings(rows, [27] * 18, compound_code="C"),
    )
    assert counts(grids(given)) == [486]


def test_one_building_above_the_bound_is_a_grid_and_said():
    given = district(
        communities=[community(box(0, 0, 300, 100))],
        buildings=buildings([(20, 40), (120, 40), (220, 40)], [900, 150, 150]),
    )
    result = grids(given)
    assert counts(result) == [300, 900]
    assert any("one of its buildings alone" in str(note) for note in result.notes)


def hamlets(*places, each=30):
    """A village community 1,000 m wide, of groups of four houses at these places, each with so many households."""
    corners = [(x + dx, y + dy) for x, y in places for dx in (0, 40) for dy in (0, 40)]
    counts = [each // 4 + (k < each % 4) for _ in places for k in range(4)]
    return district(communities=[community(box(0, 0, 1000, 400), kind="village")], buildings=buildings(corners, counts))


def test_a_village_has_a_rural_grid_for_each_natural_village():
    result = grids(hamlets((100, 100), (500, 100), (800, 100), each=40))
    assert set(result.grids["kind"]) == {"rural"}
    assert counts(result) == [40, 40, 40]
    members = result.members.groupby("grid_code")["building_code"].apply(set)
    assert {f"B{i}" for i in range(4)} in members.tolist()


def test_the_land_between_two_natural_villages_goes_to_the_nearer_one():
    west, east = grids(hamlets((100, 100), (700, 100))).grids.geometry.translate(-EAST, -NORTH)
    assert west.bounds[2] == pytest.approx(430, abs=3)
    assert east.bounds[0] == pytest.approx(430, abs=3)


def test_houses_that_stand_alone_are_no_natural_village():
    assert counts(grids(hamlets((100, 100), (500, 100), each=19))) == [38]


def test_a_farm_belongs_to_the_nearest_natural_village():
    town = hamlets((100, 100), (800, 100))
    farm = table(buildings([(500, 300)], [3]))
    farm["code"] = "F1"
    whole = gpd.GeoDataFrame(pd.concat([town["buildings"], farm], ignore_index=True), crs=CRS)
    assert counts(grids(town.with_tables(buildings=whole))) == [30, 33]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_natural_villages_tile_the_community(seed):
    rng = np.random.default_rng(seed)
    places = rng.uniform((20, 20), (900, 300), (rng.integers(1, 9), 2)).tolist()
    apart = [place for k, place in enumerate(places) if all(np.hypot(*np.subtract(place, p)) > 90 for p in places[:k])]
    result = grids(hamlets(*apart, each=25))
    assert result.grids.geometry.area.sum() == pytest.approx(400_000, rel=1e-6)
    assert shapely.coverage_is_valid(result.grids.geometry.to_numpy())
    assert (shapely.get_num_geometries(result.grids.geometry.to_numpy()) == 1).all()
    assert result.grids["households"].sum() == 25 * len(apart)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_natural_villages_are_what_lies_within_the_gap_outline_to_outline(seed):
    rng = np.random.default_rng(seed)
    x, y, wide, deep = rng.uniform((0, 0, 3, 3), (900, 400, 70, 30), (rng.integers(2, 40), 4)).T
    houses = shapely.box(x, y, x + wide, y + deep)
    close = shapely.distance(houses[:, None], houses[None]) <= DEFAULT_NUMBERS.village_gap_m
    numbers = replace(DEFAULT_NUMBERS, village_least=1)
    found = village_of(houses, np.ones(len(houses), int), numbers)
    assert len(set(found)) == connected_components(close)[0]
    assert (found[:, None] == found)[close].all()


def test_a_large_village_is_divided_too():
    places = [(10 + 30 * i, 20 + 30 * j) for j in range(10) for i in range(10)]
    given = district(
        communities=[community(box(0, 0, 320, 320), kind="village")], buildings=buildings(places, [9] * 100)
    )
    result = grids(given)
    assert set(result.grids["kind"]) == {"rural"}
    assert counts(result)[-1] <= 500


def test_each_part_of_a_community_in_two_is_divided_alone():
    islands = MultiPolygon([box(0, 0, 100, 100), box(200, 0, 300, 100)])
    given = district(
        communities=[community(islands)], buildings=buildings([(20, 20), (220, 20), (220, 60)], [120, 150, 150])
    )
    result = grids(given)
    assert counts(result) == [120, 300]
    assert any("fewer than 200" in str(note) for note in result.notes)


def test_a_river_is_not_crossed_where_both_banks_can_stand_alone():
    river = LineString([(-1, 50), (301, 50)])
    places = [(20 + 60 * i, y) for y in (10, 70) for i in range(4)]
    given = district(
        communities=[community(box(0, 0, 300, 100))],
        buildings=buildings(places, [75] * 8),
        barriers=[{"kind": "river", "geometry": river}],
    )
    assert sorted(grids(given).grids.geometry.area) == pytest.approx([15_000] * 2, abs=1)


def test_a_river_is_crossed_where_one_bank_has_too_few():
    given = district(
        communities=[community(box(0, 0, 300, 100))],
        buildings=buildings([(20, 10), (120, 70)], [60, 250]),
        barriers=[{"kind": "river", "geometry": LineString([(-1, 50), (301, 50)])}],
    )
    assert counts(grids(given)) == [310]


def test_a_line_between_grids_follows_the_road():
    road = [(150, -1), (170, 50), (150, 101)]
    places = [(20, 20), (60, 60), (240, 20), (200, 60)]
    given = district(
        communities=[community(box(0, 0, 300, 100))],
        buildings=buildings(places, [150] * 4),
        ways=[{"kind": "secondary", "geometry": LineString(road)}],
    )
    west, east = grids(given).grids.sort_values("code").geometry
    shared = west.intersection(east)
    assert shared.length == pytest.approx(2 * np.hypot(20, 50.5), rel=0.02)


def test_a_road_through_a_building_leads_around_it():
    places = [(20, 20), (60, 60), (240, 20), (200, 60), (145, 45)]
    given = district(
        communities=[community(box(0, 0, 300, 100))],
        buildings=buildings(places, [150, 150, 150, 150, 0]),
        ways=[{"kind": "secondary", "geometry": LineString([(152, -1), (152, 101)])}],
    )
    result = grids(given)
    inside = gpd.sjoin(given["buildings"], result.grids[["geometry"]], predicate="covered_by")
    assert len(inside) == 5


def test_an_employer_s_large_ground_is_a_dedicated_grid():
    given = district(
        communities=[community(box(0, 0, 600, 200))],
        compounds=[
            {"code": "E", "employer": "大学", "enclosure": "enclosed", "management": "hours",
             "geometry": box(300, 0, 600, 200)}
        ],
        buildings=[
            *buildings([(20, 20), (60, 60)], [150] * 2),
            {"code": "L", "use": "education", "floors": 4, "households": 0, "compound_code": "E",
             "geometry": box(400, 50, 480, 90)},
        ],
    )  # fmt: skip
    result = grids(given).grids
    assert dict(zip(result["kind"], result["households"], strict=True)) == {"basic": 300, "dedicated": 0}


def test_households_known_for_a_compound_alone_are_shared_out_by_floor_area():
    given = district(
        communities=[community(box(0, 0, 300, 100))],
        compounds=[
            {"code": "C", "enclosure": "open", "management": "open", "households": 301, "geometry": box(0, 0, 300, 100)}
        ],
        buildings=buildings([(20, 40), (120, 40), (220, 40)], [None] * 3, compound_code="C"),
    )  # fmt: skip
    assert counts(grids(given)) == [301]


def test_a_community_without_households_is_one_grid():
    given = district(communities=[community(box(0, 0, 300, 100))], buildings=buildings([(20, 40)], [None]))
    assert counts(grids(given)) == [0]


def test_codes_that_are_not_official_still_make_unique_ones():
    given = district(communities=[community(box(0, 0, 9, 9), code="osm-1"), community(box(9, 0, 18, 9), code="osm-2")])
    assert grids(given).grids["code"].tolist() == ["osm-1-G001", "osm-2-G001"]


def test_a_code_that_stands_for_something_else_is_not_used_again():
    given = district(
        communities=[community(box(0, 0, 300, 100))],
        buildings=[{**buildings([(20, 40)], [300])[0], "code": f"{CODE}001"}],
    )
    assert grids(given).grids["code"].tolist() == [f"{CODE}-G001"]


def test_missing_layers_are_said():
    given = district(communities=[community(box(0, 0, 300, 100))], buildings=buildings([(20, 40)], [300]))
    assert {note.params.get("layer") for note in grids(given).notes} == {"ways", "compounds"}


def test_without_communities_there_are_no_grids():
    with pytest.raises(DataError, match="no communities"):
        grids(district(buildings=buildings([(20, 40)], [300])))


def test_a_district_in_degrees_is_refused(town):
    with pytest.raises(DataError, match="metric"):
        grids(town)


@st.composite
def neighbourhoods(draw) -> District:
    """A community of 6 x 6 plots, some of them in compounds, roads between some."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    size = 6
    plots = [(i * 60.0, j * 50.0) for j in range(size) for i in range(size)]
    houses = buildings([(x + 20, y + 20) for x, y in plots], rng.integers(0, 90, size * size).tolist())
    compounds = [
        {
            "code": f"C{n}",
            "enclosure": "enclosed",
            "management": "closed",
            "geometry": box(x + 5, y + 5, x + 55, y + 45),
        }
        for n, (x, y) in enumerate(plots)
        if rng.random() < 0.5
    ]
    ways = [
        {"kind": "tertiary", "geometry": LineString([(-9, j * 50), (size * 60 + 9, j * 50 + rng.uniform(-8, 8))])}
        for j in range(1, size)
        if rng.random() < 0.5
    ]
    layers = {"compounds": compounds, "ways": ways}
    return district(
        communities=[community(box(0, 0, size * 60, size * 50))],
        buildings=houses,
        **{name: rows for name, rows in layers.items() if rows},
    )


@given(neighbourhoods())
@settings(max_examples=8, deadline=None)
def test_any_neighbourhood_is_tiled_into_contiguous_grids_within_the_bounds(given_district):
    result = grids(given_district)
    assert_tiles(result, given_district)
    assert (shapely.get_num_geometries(result.grids.geometry.to_numpy()) == 1).all()
    assert result.grids["households"].between(200, 500).all()
    assert sorted(result.members["building_code"]) == sorted(given_district["buildings"]["code"])


def with_results(given: District, result: Grids) -> District:
    """The district with these grids as results from before, as a file gives them back: rounded by the way."""
    before = result.grids.to_crs("EPSG:4326").to_crs(CRS)
    return given.with_tables(grids=before, members=result.members)


def test_grids_from_before_that_fit_keep_their_codes(metric_town):
    first = grids(metric_town)
    renamed = first.grids.assign(code=[f"{code[:-1]}{9 - int(code[-1])}" for code in first.grids["code"]])
    again = grids(with_results(metric_town, replace(first, grids=renamed)))
    assert set(again.grids["code"]) == set(renamed["code"])


def test_each_community_with_basic_grids_has_its_objective_and_a_bound_below_it(metric_town):
    found = grids(metric_town)
    values = found.values.set_index("community_code")
    basic = found.grids[found.grids["kind"] == "basic"]
    assert set(values.index) == set(basic["community_code"])
    assert values["grids"].to_dict() == basic.groupby("community_code").size().to_dict()
    parts = values[["off_target", "walk", "crossed", "cut", "changed"]].sum(axis=1)
    assert np.allclose(parts, values["value"], atol=3)
    assert (values["bound"] <= values["value"]).all()
    off = (basic["households"] - 300).abs().groupby(basic["community_code"]).sum()
    assert np.allclose(off * 600, values["off_target"])
    assert (values["deviation_least"] <= values["deviation"] + 1e-4).all()


def test_grids_from_before_are_drawn_anew_where_one_has_grown_too_large(metric_town):
    before = with_results(metric_town, grids(metric_town))
    more = before["buildings"].assign(households=before["buildings"]["households"] * 3)
    again = grids(before.with_tables(buildings=more))
    assert (again.grids.loc[again.grids["kind"] == "basic", "households"] <= 500).all()
    assert any("outside the allowed size" in str(note) for note in again.notes)
    assert again.values["changed"].max() > 0


def test_what_is_otherwise_in_grids_drawn_anew_is_said(metric_town):
    before = with_results(metric_town, grids(metric_town))
    wider = Numbers(grid_target=480, grid_least=400, grid_most=600)
    (note,) = [note for note in grids(before, numbers=wider).notes if "anew" in note.message and note.place == URBAN]
    # four of 240 become two of 480: none is as it was, and nobody leaves most of those whom they were with
    assert {name: note.params[name] for name in ("same", "grids", "moved", "all")} == {
        "same": 0,
        "grids": 2,
        "moved": 0,
        "all": 960,
    }


def test_nobody_changes_grids_that_are_kept(metric_town):
    again = grids(with_results(metric_town, grids(metric_town)))
    assert (again.values["changed"] == 0).all()


def test_grids_from_before_are_drawn_anew_where_the_border_has_moved(metric_town):
    before = with_results(metric_town, grids(metric_town))
    moved = before["communities"].copy()
    moved.geometry = moved.geometry.scale(xfact=0.9, yfact=0.9)
    assert any("no longer cover it" in str(note) for note in grids(before.with_tables(communities=moved)).notes)


def test_the_same_seed_gives_the_same_grids(metric_town):
    first, second = grids(metric_town, seed=5), grids(metric_town, seed=5)
    pd.testing.assert_frame_equal(first.members, second.members)


def test_another_target_gives_other_grids(metric_town):
    numbers = Numbers(grid_target=480, grid_least=400, grid_most=600)
    result = grids(metric_town, numbers=numbers).grids
    assert result.loc[result["community_code"] == URBAN, "households"].tolist() == [480, 480]


def test_buildings_that_stand_far_off_their_community_have_a_grid_all_the_same():
    """Their code says they are of it; its compounds lie about land that holds only them."""
    homes = buildings([(10, 40), (160, 40), (-4000, 40), (-4030, 90)], [300, 300, 40, 40], community_code=CODE)
    compounds = [
        {"code": f"X{k}", "enclosure": "enclosed", "geometry": box(150 * k, 0, 150 * k + 60, 100)} for k in (0, 1)
    ]
    for home, compound in zip(homes, ("X0", "X1", None, None), strict=True):
        home["compound_code"] = compound
    ground = {"compounds": compounds, "ways": [{"kind": "service", "geometry": LineString([(0, 110), (300, 110)])}]}
    result = grids(district(communities=[community(box(0, 0, 300, 120))], buildings=homes, **ground))
    assert sorted(result.members["building_code"]) == ["B0", "B1", "B2", "B3"]
    assert result.grids["households"].sum() == 680
