"""Isolation on towns small enough to work out by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from shapely import MultiPolygon, Point, Polygon

from gridmap.analysis.isolation import isolation
from gridmap.domain.errors import DataError
from gridmap.domain.layers import RESULT_LAYERS
from gridmap.sample import make_sample
from tests.network.towns import barrier, building, compound, gate, town, way

STREET = way((-100, 0), (400, 0))


def row(district, code):
    return isolation(district).set_index("code").loc[code]


def two(**of_b):
    """Compounds a and b, 100 m square each, on the north of a street, one building in the middle of each."""
    return {
        "ways": [STREET],
        "compounds": [compound("a", 0, 10, 100, 110), compound("b", 120, 10, 220, 110, **of_b)],
        "buildings": [building("a1", 50, 60, "a", 20), building("b1", 170, 60, "b", 30)],
    }


def test_directness_and_detour_by_hand():
    # 50 down to the gate, 10 to the street, 120 along, 60 back up; the straight line is 120
    district = town(**two(), gates=[gate(50, 10, "ga", "a"), gate(170, 10, "gb", "b")])
    a = row(district, "a")
    assert a["directness"] == pytest.approx(2.0, abs=1e-6)
    assert a["detour_m"] == pytest.approx(120, abs=1e-4)
    assert a["class"] == "isolated"


def test_directness_is_weighted_by_the_product_of_households():
    layers = two()
    layers["buildings"] += [building("b2", 170, 90, "b", 60)]
    district = town(**layers, gates=[gate(50, 10, "ga", "a"), gate(170, 10, "gb", "b")])
    near, far = 240 / 120, (50 + 10 + 120 + 10 + 80) / np.hypot(120, 30)
    assert row(district, "a")["directness"] == pytest.approx((20 * 30 * near + 20 * 60 * far) / (20 * 30 + 20 * 60))


def test_buildings_without_households_weigh_one_each():
    layers = two()
    layers["buildings"] = [building(f"{b}", x, y, c, None) for b, x, y, c in [(1, 50, 60, "a"), (2, 170, 60, "b")]]
    district = town(**layers, gates=[gate(50, 10, "ga", "a"), gate(170, 10, "gb", "b")])
    assert row(district, "a")["directness"] == pytest.approx(2.0)


def test_a_shared_gate_is_straight():
    layers = two()
    layers["compounds"] = [compound("a", 0, 10, 110, 110), compound("b", 110, 10, 220, 110)]
    a = row(town(**layers, gates=[gate(110, 60, "g", "a")]), "a")
    assert a["directness"] == pytest.approx(1.0, abs=1e-3)
    assert a["detour_m"] == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("access", ["residents", "closed"])
def test_gates_that_the_public_may_not_use_isolate(access):
    a = row(town(**two(), gates=[gate(50, 10, "ga", "a", access), gate(170, 10, "gb", "b")]), "a")
    assert a["class"] == "isolated"
    assert a["cause"] == "closed_management"
    assert a["openings_per_km"] == 0
    assert np.isnan(a["directness"])
    assert (a["neighbours"], a["neighbours_unreached"]) == (1, 1)


def test_residents_walk_to_the_office_through_their_own_gate():
    layers = two()
    office = {"code": "o", "kind": "committee_office", "geometry": layers["buildings"][0]["geometry"].centroid}
    office["geometry"] = type(office["geometry"])(300, 0)
    district = town(**layers, centres=[office], gates=[gate(50, 10, "ga", "a", "residents"), gate(170, 10, "gb", "b")])
    assert row(district, "a")["office_walk_m"] == pytest.approx(50 + 10 + 250)
    assert np.isnan(row(district, "a")["centre_walk_m"])


def test_a_compound_without_neighbours_is_open():
    layers = two()
    layers["compounds"] = layers["compounds"][:1]
    gates = [gate(50, 10, "s", "a"), gate(50, 110, "n", "a"), gate(0, 60, "w", "a"), gate(100, 60, "e", "a")]
    a = row(town(**layers, gates=gates), "a")
    assert a["class"] == "open"
    assert np.isnan(a["directness"])


@pytest.mark.parametrize(("enclosure", "gates"), [("enclosed", []), ("partly", []), ("unknown", []), (None, [])])
def test_what_nobody_surveyed_is_never_isolated(enclosure, gates):
    layers = two()
    layers["compounds"][0]["enclosure"] = enclosure
    a = row(town(**layers, gates=[gate(170, 10, "gb", "b")]), "a")
    assert a["class"] == "unsurveyed"
    assert np.isnan(a["score"])
    assert np.isnan(a["openings_per_km"])


def test_neighbours_that_nobody_surveyed_give_a_best_and_a_worst_case():
    district = town(**two(enclosure="unknown"), gates=[gate(50, 10, "ga", "a")])
    a = row(district, "a")
    # best: b is left at its corner next to a, then 10 to the street, 70 along, 10 to the gate; worst: nobody gets out
    assert a["directness"] == pytest.approx((np.hypot(50, 50) + 10 + 70 + 10 + 50) / 120, abs=1e-3)
    assert np.isnan(a["directness_worst"])
    assert a["class_worst"] == "isolated"
    assert json.loads(a["reasons"])[-1] == {"code": "neighbours_unsurveyed", "params": {"count": 1}}


def test_a_river_between_open_compounds_is_geography():
    layers = two(enclosure="open")
    layers["compounds"][0]["enclosure"] = "open"
    district = town(**layers, barriers=[barrier((110, -200), (110, 300), kind="river")])
    a = row(district, "a")
    assert (a["class"], a["cause"]) == ("isolated", "geography")


def test_a_bridge_over_the_river_connects():
    layers = two(enclosure="open")
    layers["compounds"][0]["enclosure"] = "open"
    layers["ways"] = [way((-100, 60), (105, 60)), way((105, 60), (115, 60), bridge=True), way((115, 60), (400, 60))]
    a = row(town(**layers, barriers=[barrier((110, -200), (110, 300), kind="river")]), "a")
    assert a["class"] == "open"
    assert a["directness"] == pytest.approx(1.0, abs=0.01)


def test_an_employers_wall_is_named_as_the_cause():
    layers = two()
    layers["compounds"][0]["employer"] = "渔业公司"
    a = row(town(**layers, gates=[gate(50, 10, "ga", "a", "closed"), gate(170, 10, "gb", "b")]), "a")
    assert a["cause"] == "employer"


def test_an_employers_compound_that_people_walk_through_is_not_isolated():
    layers = two(enclosure="open")
    layers["compounds"][0]["employer"] = "渔业公司"
    layers["ways"] = [STREET, way((-100, 60), (400, 60))]
    gates = [gate(0, 60, "w", "a"), gate(100, 60, "e", "a"), gate(50, 10, "s", "a"), gate(50, 110, "n", "a")]
    a = row(town(**layers, gates=gates), "a")
    assert a["class"] == "open"
    assert "employer_passable" in a["reasons"]


def test_openings_and_gaps_of_a_walled_boundary():
    # 400 m round; gates at 50 m (south, middle) and 250 m (north, middle) from the corner
    a = row(town(**two(), gates=[gate(50, 10, "s", "a"), gate(50, 110, "n", "a"), gate(170, 10, "gb", "b")]), "a")
    assert a["openings_per_km"] == pytest.approx(5.0)
    assert a["longest_gap_m"] == pytest.approx(200)


def test_a_boundary_with_one_opening_has_a_gap_of_its_whole_length():
    a = row(town(**two(), gates=[gate(50, 10, "s", "a"), gate(170, 10, "gb", "b")]), "a")
    assert a["longest_gap_m"] == pytest.approx(400)


def test_an_open_stretch_is_open():
    layers = two()
    layers["compounds"][0]["enclosure"] = "partly"
    district = town(
        **layers,
        barriers=[barrier((0, 10), (0, 110), (100, 110), (100, 10))],
        gates=[gate(50, 110, "n", "a"), gate(170, 10, "gb", "b")],
    )
    a = row(district, "a")
    # the south side, 100 m, has no wall; the gate halves the other 300
    assert a["longest_gap_m"] == pytest.approx(150, abs=10)
    assert a["walled_share"] == pytest.approx(0.75, abs=0.03)
    assert a["openings_per_km"] == pytest.approx(2 / 0.4)


def test_the_parts_of_the_score_add_up():
    table = isolation(town(**two(), gates=[gate(50, 10, "ga", "a"), gate(170, 10, "gb", "b")]))
    for found in table.itertuples():
        assert sum(json.loads(found.score_parts).values()) == pytest.approx(found.score)
        assert 0 <= found.score <= 100


def test_ways_that_lead_nowhere_are_not_taken_for_walls():
    layers = two()
    layers["ways"] = []
    a = row(town(**layers, gates=[gate(50, 10, "ga", "a"), gate(170, 10, "gb", "b")]), "a")
    assert a["class"] == "unsurveyed"
    assert json.loads(a["reasons"])[0]["code"] == "ways_missing"


def test_ways_that_a_yard_joins_to_the_street_are_no_missing_ones():
    beside = compound("beside", 320, 10, 420, 110)
    works = Polygon([(0, 10), (300, 10), (300, 310), (0, 310)], [[(100, 100), (200, 100), (200, 200), (100, 200)]])
    district = town(
        ways=[STREET, way((150, 0), (150, 60)), way((150, 90), (150, 150))],
        compounds=[compound("works", shape=works), compound("homes", 100, 100, 200, 200, enclosure="open"), beside],
        buildings=[building("w", 50, 160, "works"), building("h", 150, 170, "homes"), building("b", 370, 60, "beside")],
        gates=[
            gate(150, 10, "out", "works", "residents"),
            gate(150, 100, "in", "works", "residents"),
            gate(370, 10, "gb", "beside"),
        ],
    )
    homes = row(district, "homes")
    # its own way leads into the yard around it alone, the yard to the street
    assert homes["class"] == "isolated"
    assert (homes["neighbours"], homes["neighbours_unreached"]) == (2, 2)


def test_overlapping_compounds_are_measured():
    layers = two()
    layers["compounds"].append(compound("c", 50, 50, 150, 150))
    gates = [gate(50, 10, "ga", "a"), gate(170, 10, "gb", "b"), gate(100, 150, "gc", "c")]
    assert set(isolation(town(**layers, gates=gates))["class"]) <= {"open", "partly", "isolated", "unsurveyed"}


def test_the_result_has_the_columns_of_its_layer():
    table = isolation(town(**two()))
    assert set(RESULT_LAYERS["isolation"].names) - {"derived"} <= set(table.columns)


def test_a_district_without_compounds_gives_an_empty_table():
    table = isolation(town(ways=[STREET]))
    assert table.empty
    assert set(RESULT_LAYERS["isolation"].names) <= set(table.columns)


def test_a_district_in_degrees_is_refused():
    with pytest.raises(DataError, match="metres"):
        isolation(town(**two()).to_crs("EPSG:4326"))


def test_reach_is_whole_where_the_walls_cost_nothing():
    # 240 m to b as it is
    a = row(town(**two(), gates=[gate(50, 10, "ga", "a"), gate(170, 10, "gb", "b")]), "a")
    assert a["reach_300"] == pytest.approx(1.0)


def test_reach_is_nothing_where_nobody_gets_out():
    a = row(town(**two(), gates=[gate(50, 10, "ga", "a", "closed"), gate(170, 10, "gb", "b")]), "a")
    assert a["reach_300"] == 0
    assert a["reach_500"] == 0


def test_an_open_compound_has_no_boundary_to_lose():
    a = row(town(**two(enclosure="open")), "b")
    assert a["reach_500"] == 1


def test_reach_of_a_partly_enclosed_compound_is_against_none_of_its_barriers():
    layers = two(enclosure="open")
    layers["compounds"][0]["enclosure"] = "partly"
    ring = [(0, 10), (100, 10), (100, 110), (0, 110), (0, 10)]
    closed = gate(50, 10, "ga", "a", "closed")
    a = row(town(**layers, barriers=[barrier(*ring)], gates=[closed]), "a")
    assert a["reach_300"] == 0
    half = row(town(**layers, barriers=[barrier(*ring[2:])], gates=[closed]), "a")
    assert half["reach_300"] == 1


def closed_two(access: str = "residents"):
    """Compounds a, whose gate opens to its residents, and b, whose gate opens to everybody."""
    return town(**two(), gates=[gate(50, 10, "ga", "a", access), gate(170, 10, "gb", "b")])


def test_residents_see_their_own_gates_as_open():
    a = row(closed_two(), "a")
    assert a["residents_directness"] == pytest.approx(2.0)
    assert a["residents_detour_m"] == pytest.approx(120)
    assert (a["residents_unreached"], a["residents_openings_per_km"]) == (0, pytest.approx(2.5))
    assert (a["residents_reach_300"], a["reach_300"]) == (1.0, 0.0)


def test_residents_don_t_pass_the_residents_gates_of_others():
    b = row(closed_two(), "b")
    assert np.isnan(b["residents_directness"])
    assert b["residents_unreached"] == 1


def test_a_closed_gate_opens_to_no_resident_either():
    a = row(closed_two("closed"), "a")
    assert (a["residents_unreached"], a["residents_openings_per_km"]) == (1, 0)


def test_without_residents_gates_their_view_is_the_public_s():
    a = row(town(**two(), gates=[gate(50, 10, "ga", "a"), gate(170, 10, "gb", "b")]), "a")
    for name in ("openings_per_km", "longest_gap_m", "directness", "detour_m", "reach_300", "reach_500"):
        assert a[f"residents_{name}"] == a[name]


def test_whoever_comes_to_an_office_in_a_closed_compound_is_let_in():
    layers = two()
    office = {"code": "o", "kind": "committee_office", "geometry": Point(50, 60)}
    district = town(**layers, centres=[office], gates=[gate(50, 10, "ga", "a", "residents"), gate(170, 10, "gb", "b")])
    assert row(district, "b")["office_walk_m"] == pytest.approx(240)


def test_the_walk_to_each_neighbour_is_told_the_worst_first():
    layers = two()
    layers["compounds"] += [compound("c", -120, 10, -20, 110), compound("d", 0, 120, 100, 220)]
    layers["buildings"] += [building("c1", -70, 60, "c", 5), building("d1", 50, 170, "d", 5)]
    gates = [
        gate(50, 10, "ga", "a"),
        gate(170, 10, "gb", "b"),
        gate(-70, 10, "gc", "c"),
        gate(50, 220, "gd", "d", "closed"),
    ]
    walks = json.loads(row(town(**layers, gates=gates), "a")["neighbour_walks"])
    assert walks[0] == {"code": "d"}
    assert walks[1] == {"code": "b", "straight_m": 120.0, "walk_m": 240.0, "directness": 2.0, "detour_m": 120.0}
    assert [walk["code"] for walk in walks] == ["d", "b", "c"]


def test_pieces_of_communities_near_by_are_counted():
    square = Polygon([(-10, 0), (110, 0), (110, 120), (-10, 120)])
    far = Polygon([(300, 0), (600, 0), (600, 300), (300, 300)])
    communities = [
        {"code": "k", "name": "K", "kind": "urban", "geometry": MultiPolygon([square, far])},
        {"code": "l", "name": "L", "kind": "urban", "geometry": Polygon([(110, 0), (300, 0), (300, 200), (110, 200)])},
    ]
    layers = two()
    for one, code in zip(layers["compounds"], "kl", strict=True):
        one["community_code"] = code
    table = isolation(town(**layers, communities=communities)).set_index("code")
    assert table.loc["a", ["pieces_own", "pieces_other", "interleaving"]].tolist() == [1, 0, 1.0]
    assert table.loc["b", ["pieces_own", "pieces_other", "interleaving"]].tolist() == [0, 1, 1.0]


def test_the_worst_case_is_never_better():
    table = isolation(make_sample(seed=5, scale=0.1).district.metric())
    grade = {"open": 0, "unsurveyed": 0, "partly": 1, "isolated": 2}
    assert (table["class_worst"].map(grade) >= table["class"].map(grade)).all()
    assert (table["score_worst"].fillna(100) >= table["score"].fillna(0)).all()
    assert (table["unreached_worst"] >= table["neighbours_unreached"]).all()


def test_residents_reach_no_less_than_the_public():
    table = isolation(make_sample(seed=5, scale=0.1).district.metric())
    assert (table["residents_unreached"] <= table["neighbours_unreached"]).all()
    assert (table["residents_reach_500"].fillna(1) >= table["reach_500"].fillna(0)).all()
