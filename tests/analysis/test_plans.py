"""Plans: contiguous regions of any polygons and of dual graphs, with what can't be met said."""

from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis.plans import propose, propose_district, propose_graph
from gridmap.analysis.plans.contiguity import clean_coverage, contiguity
from gridmap.domain.errors import DataError, InputError

REAL = Path(__file__).resolve().parents[3] / "shared" / "real"
METRIC = "EPSG:4550"


def board(rows, columns, households=1000, *, side=100.0, crs=METRIC, west=400_000.0):
    """Square units of a chessboard, with ids a0, a1, …"""
    cells = [
        shapely.box(west + c * side, 4_000_000 + r * side, west + (c + 1) * side, 4_000_000 + (r + 1) * side)
        for r in range(rows)
        for c in range(columns)
    ]
    count = np.broadcast_to(households, rows * columns)
    return gpd.GeoDataFrame({"id": [f"a{i}" for i in range(len(cells))], "hh": count}, geometry=cells, crs=crs)


def plan_of(units, **more):
    options = {"id": "id", "households": "hh", "lower": 5000, "time_limit": 5.0, "iterations": 60_000}
    return propose(units, **{**options, **more})


def in_pieces(plan):
    """Regions that a walker can't cross without leaving them: more than one polygon."""
    served = plan.regions[plan.regions["region"] >= 0]
    return served[served.geometry.apply(lambda shape: len(shapely.get_parts(shape)) > 1)]


def test_ten_squares_of_a_thousand_households_make_two_regions_of_five():
    plan = plan_of(board(2, 5))
    assert plan.regions["households"].tolist() == [5000, 5000]


def test_codes_begin_with_the_group_and_count_from_601_west_to_east():
    units = board(2, 10).assign(street=["371071001"] * 10 + ["371071002"] * 10)
    plan = plan_of(units, within="street")
    assert plan.regions["code"].tolist() == ["371071001601", "371071001602", "371071002601", "371071002602"]
    x = plan.regions.centroid.x.tolist()
    assert x[0] < x[1]
    assert x[2] < x[3]


def test_every_unit_is_a_member_once():
    plan = plan_of(board(4, 6))
    members = [unit for each in plan.regions["members"] for unit in each]
    assert sorted(members) == sorted(board(4, 6)["id"])


def test_the_report_has_what_the_file_promises():
    report = plan_of(board(2, 5)).report
    promised = {"status", "regions", "objective", "objective_value", "lower_bound", "gap", "seconds", "units"}
    assert promised | {"infeasible", "seed"} <= set(report)
    assert (report["status"], report["regions"], report["units"], report["gap"]) == ("optimal", 2, 10, 0)


def test_compactness_of_a_square_is_a_quarter_of_pi():
    plan = plan_of(board(1, 1, 6000))
    assert plan.regions["compactness"].tolist() == pytest.approx([np.pi / 4], abs=1e-6)


def test_neighbouring_regions_share_the_same_points():
    plan = plan_of(board(6, 6))
    assert shapely.coverage_is_valid(plan.regions.geometry.to_numpy())


def test_a_street_below_the_floor_is_said_with_what_is_missing_and_what_would_help():
    units = board(1, 8).assign(street=["north"] * 5 + ["south"] * 3)
    plan = plan_of(units, within="street")
    assert plan.report["status"] == "partial"
    (part,) = plan.report["infeasible"]
    assert (part["part"], part["households"], part["missing"], part["reason"]) == ("south", 3000, 2000, "below_lower")
    assert part["would_help"] == {"threshold": 3000, "join_unit": "a4", "distance_m": 0, "join_group": "north"}
    assert plan.assignment.set_index("unit")["region"].loc[["a5", "a6", "a7"]].tolist() == [-1, -1, -1]
    below = plan.regions[plan.regions["region"] == -1]
    assert below["status"].tolist() == ["below"]


def test_nothing_at_all_can_be_served_of_a_small_town():
    plan = plan_of(board(1, 3))
    assert (plan.report["status"], plan.report["regions"], plan.report["objective_value"]) == ("infeasible", 0, None)


def test_units_that_touch_at_a_corner_are_no_neighbours():
    squares = np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 10, 20, 20)])
    assert len(contiguity(squares, gap=1.0).edges) == 0


def test_a_corner_across_a_gap_is_no_border_either():
    squares = np.array([shapely.box(0, 0, 100, 100), shapely.box(100.5, 100.5, 200, 200)])
    assert len(contiguity(squares, gap=1.0).edges) == 0


@pytest.mark.parametrize(("gap", "neighbours"), [(0.0, 1), (0.9, 1), (1.1, 0)])
def test_gaps_up_to_a_metre_are_bridged(gap, neighbours):
    squares = np.array([shapely.box(0, 0, 100, 100), shapely.box(100 + gap, 0, 200, 100)])
    assert len(contiguity(squares, gap=1.0).edges) == neighbours


def test_the_length_of_a_shared_border_is_in_metres():
    squares = np.array([shapely.box(0, 0, 100, 100), shapely.box(100, 40, 200, 100)])
    assert contiguity(squares, gap=1.0).border.tolist() == [60.0]


def test_overlaps_are_cleaned():
    squares = np.array([shapely.box(0, 0, 100, 100), shapely.box(99.5, 0, 200, 100)])
    cleaned, changed = clean_coverage(squares, gap=1.0)
    assert changed
    assert shapely.coverage_is_valid(cleaned)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(2, 6), columns=st.integers(2, 6))
def test_every_region_is_contiguous_and_at_the_floor(seed, rows, columns):
    rng = np.random.default_rng(seed)
    plan = plan_of(board(rows, columns, rng.integers(0, 3000, rows * columns)), iterations=20_000)
    served = plan.regions[plan.regions["region"] >= 0]
    assert (served["households"] >= 5000).all()
    assert in_pieces(plan).empty
    assert plan.regions["households"].sum() == plan.assignment["households"].sum()


def test_units_in_degrees_are_measured_in_metres_and_keep_their_system():
    plan = plan_of(board(2, 5).to_crs("EPSG:4326"))
    assert plan.regions.crs == "EPSG:4326"
    assert plan.regions["compactness"].between(0.5, 0.8).all()
    inside = shapely.points(plan.regions["centre_lon"], plan.regions["centre_lat"])
    assert shapely.contains(plan.regions.geometry.to_numpy(), inside).all()


def test_units_without_a_coordinate_system_have_no_longitude():
    plan = plan_of(board(2, 5, crs=None))
    assert plan.regions["centre_lon"].isna().all()
    assert plan.report["regions"] == 2


def test_shares_of_households_never_round_up_to_the_floor():
    plan = plan_of(board(1, 4, np.array([2499.6, 2500.0, 2500.4, 2500.0])))
    assert plan.report["regions"] == 1


def test_missing_households_count_as_none_and_are_said():
    units = board(1, 3, np.array([5000.0, np.nan, 5000.0]))
    assert any("1 units without hh" in str(note) for note in plan_of(units).report["notes"])


@pytest.mark.parametrize("wrong", [{"id": "nope"}, {"households": "nope"}, {"within": "nope"}])
def test_a_missing_column_is_named(wrong):
    with pytest.raises(InputError, match="nope"):
        plan_of(board(1, 3), **wrong)


def test_an_id_that_is_there_twice_is_refused():
    units = board(1, 2)
    units["id"] = "same"
    with pytest.raises(InputError, match="same"):
        plan_of(units)


@pytest.mark.parametrize("bad", [-1, "many"])
def test_households_that_are_no_count_are_refused(bad):
    units = board(1, 2)
    units["hh"] = units["hh"].astype(object)
    units.loc[0, "hh"] = bad
    with pytest.raises(InputError, match=str(bad)):
        plan_of(units)


def test_points_are_no_units():
    units = board(1, 2)
    units.geometry = units.centroid
    with pytest.raises(DataError, match="Point"):
        plan_of(units)


def adjacency(graph):
    return nx.readwrite.json_graph.adjacency_data(graph)


def ring(n=12):
    graph = nx.cycle_graph(n)
    nx.set_node_attributes(graph, 1000, "hh")
    return graph


def test_a_ring_of_twelve_is_cut_twice():
    plan = propose_graph(adjacency(ring()), households="hh", lower=6000)
    assert plan.regions is None
    assert plan.report["objective_value"] == 2
    assert plan.assignment.groupby("region")["households"].sum().tolist() == [6000, 6000]


def test_the_border_of_a_graph_is_its_shared_perimeter():
    graph = ring(4)
    nx.set_edge_attributes(graph, {(0, 1): 5.0, (1, 2): 1.0, (2, 3): 5.0, (0, 3): 1.0}, "shared_perim")
    plan = propose_graph(adjacency(graph), households="hh", lower=2000)
    assert plan.report["objective_value"] == 2.0


def test_a_graph_without_positions_counts_steps():
    plan = propose_graph(adjacency(ring(6)), households="hh", lower=3000, objective="access")
    assert plan.report["objective_value"] == 4000


def test_what_is_no_graph_is_refused():
    with pytest.raises(InputError):
        propose_graph({"type": "FeatureCollection"}, households="hh")


def test_a_missing_attribute_names_the_node():
    with pytest.raises(InputError, match="TOTPOP"):
        propose_graph(adjacency(ring()), households="TOTPOP")


@pytest.mark.shared
@pytest.mark.skipif(not REAL.is_dir(), reason="the real files of ../shared are not here")
def test_real_precincts_with_islands_overlaps_and_gaps_make_contiguous_regions():
    units = gpd.read_file(f"zip://{REAL / 'region' / 'RI_precincts.zip'}")
    plan = propose(units, households="TOTPOP", lower=5000, time_limit=10.0, iterations=300_000)
    served = plan.regions[plan.regions["region"] >= 0]
    assert len(served) >= 150
    assert (served["households"] >= 5000).all()
    assert sorted(part["units"] for part in plan.report["infeasible"])
    assert shapely.coverage_is_valid(plan.regions.geometry.to_numpy())


def test_a_region_that_reaches_the_floor_only_within_the_uncertainty_is_marked(town):
    buildings = town["buildings"].copy()
    buildings["derived"] = "floors households residents"
    guessed = town.with_tables(buildings=buildings).metric()
    plan = propose_district(guessed, lower=900, upper=1000, time_limit=2.0)
    row = plan.regions.iloc[0]
    assert row["households_low"] < 900 <= row["households"] <= 1000 < row["households_high"]
    assert [note.code for note in plan.report["notes"]] == ["barely_enough", "barely_few"]


def test_counts_that_were_given_leave_no_doubt(town):
    plan = propose_district(town.metric(), lower=900, upper=1000, time_limit=2.0)
    assert plan.report["notes"] == []
    assert plan.regions["households_low"].isna().all()


def test_units_in_two_pieces_make_regions_in_each():
    units = board(1, 12).drop(index=[5]).reset_index(drop=True)
    plan = plan_of(units)
    assert plan.report["status"] == "feasible" or plan.report["status"] == "optimal"
    assert in_pieces(plan).empty


def test_a_piece_that_is_too_small_is_named_and_the_rest_is_solved():
    units = board(1, 12).drop(index=[9]).reset_index(drop=True)
    plan = plan_of(units)
    (part,) = plan.report["infeasible"]
    assert (plan.report["status"], part["reason"], part["units"]) == ("partial", "below_lower", ["a10", "a11"])


def test_a_unit_larger_than_the_upper_bound_stays_out_and_says_so():
    plan = plan_of(board(1, 11, [1000] * 5 + [9000] + [1000] * 5), upper=6000)
    (part,) = plan.report["infeasible"]
    assert (part["reason"], part["units"], plan.report["regions"]) == ("unit_above_upper", ["a5"], 2)


def test_fewer_units_than_regions_are_refused_with_a_reason():
    plan = plan_of(board(1, 3, 9000), regions=4)
    assert (plan.report["status"], plan.report["reason"]) == ("infeasible", "too_few_units")
    assert str(plan.report["notes"][0]) == "3 units can't make 4 regions"


def test_units_of_no_households_join_a_region():
    plan = plan_of(board(1, 6, [1000, 0, 1000, 1000, 1000, 1000]))
    assert plan.regions["units"].tolist() == [6]


@pytest.mark.parametrize("wrong", [-1, float("inf"), "many"])
def test_households_that_are_none_are_refused(wrong):
    units = board(1, 6).astype({"hh": object})
    units.loc[2, "hh"] = wrong
    with pytest.raises(InputError, match="hh must be numbers of at least 0"):
        plan_of(units)


def test_costs_that_are_no_numbers_are_refused():
    costs = np.full((10, 10), 100.0)
    costs[3, 4] = np.nan
    with pytest.raises(InputError, match="cost"):
        plan_of(board(2, 5), objective="access", costs=costs)


def test_a_wide_gap_parts_two_pieces():
    units = board(1, 12)
    moved = units.geometry.copy()
    moved.iloc[6:] = moved.iloc[6:].translate(xoff=50)
    plan = plan_of(units.set_geometry(moved))
    assert plan.regions["units"].tolist() == [6, 6]
