"""Gate proposals against a full recomputation and against trying all."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from gridmap.analysis.isolation import gate_proposals
from gridmap.analysis.isolation.walks import homes, neighbours, pairs_of, walk_pairs
from gridmap.domain.numbers import DEFAULT_NUMBERS
from gridmap.network import possible_openings, walk_graph
from tests.network.towns import barrier, building, compound, gate, table, town, way


def quarter():
    """Four walled compounds between streets; a and b have their gates on the far side from each other."""
    places = {"a": (0, 10), "b": (110, 10), "c": (0, 125), "d": (110, 125)}
    return {
        "ways": [
            way((-10, 0), (220, 0)),
            way((-10, 235), (220, 235)),
            way((-10, 0), (-10, 235)),
            way((220, 0), (220, 235)),
            way((-10, 117), (220, 117), name="中街"),
        ],
        "compounds": [compound(code, x, y, x + 100, y + 100) for code, (x, y) in places.items()],
        "buildings": [
            building(f"{code}{k}", x + 30 + 40 * (k % 2), y + 30 + 40 * (k // 2), code, 10 + k)
            for code, (x, y) in places.items()
            for k in range(4)
        ],
        "gates": [gate(0, 60, "ga", "a"), gate(210, 60, "gb", "b"), gate(0, 175, "gc", "c"), gate(160, 225, "gd", "d")],
    }


def total_walk(district):
    """Metres of all pairs of neighbours' homes, weighted, measured from nothing."""
    where = homes(district)
    pairs = pairs_of(where, neighbours(district["compounds"], DEFAULT_NUMBERS), DEFAULT_NUMBERS)
    graph = walk_graph(district)
    walk = walk_pairs(graph, graph.legs(where.xy), where, pairs)
    most = pairs.straight + DEFAULT_NUMBERS.circle_15_min_m
    return (np.minimum(walk, most) * pairs.weight).sum(), pairs.weight.sum()


def with_gates(layers, points):
    new = [gate(p.x, p.y, f"new{k}", code) for k, (p, code) in enumerate(points)]
    return town(**{**layers, "gates": layers["gates"] + new})


def test_the_stated_saving_is_that_of_a_full_recomputation():
    layers = quarter()
    before, weight = total_walk(town(**layers))
    first = gate_proposals(town(**layers), count=1).iloc[0]
    after, _ = total_walk(with_gates(layers, [(first.geometry, first["compound_code"])]))
    # to the centimetre, on the mean over all pairs
    assert first["saved_total"] / weight == pytest.approx((before - after) / weight, abs=0.01)


def test_each_gate_is_measured_given_those_before():
    layers = quarter()
    before, weight = total_walk(town(**layers))
    found = gate_proposals(town(**layers), count=3)
    after, _ = total_walk(with_gates(layers, list(zip(found.geometry, found["compound_code"], strict=True))))
    assert found["saved_total"].sum() / weight == pytest.approx((before - after) / weight, abs=0.03)


def test_the_first_gate_is_the_best_of_all():
    layers = quarter()
    district = town(**layers)
    before, weight = total_walk(district)
    openings = possible_openings(walk_graph(district), district, np.ones(4, bool))
    codes = district["compounds"]["code"].to_numpy()
    points = table([{"geometry": p} for p in pd.Series(openings.xy.tolist()).map(lambda xy: gate(*xy, "")["geometry"])])
    best = max(
        before - total_walk(with_gates(layers, [(point, codes[of])]))[0]
        for point, of in zip(points.geometry, openings.compound, strict=True)
    )
    first = gate_proposals(district, count=1).iloc[0]
    assert first["saved_total"] / weight == pytest.approx(best / weight, abs=0.01)


def test_two_gates_chosen_in_turn_save_as_much_as_the_best_pair_of_all():
    layers = {
        name: [row for row in rows if row.get("compound_code", row.get("code")) in {None, "a", "b"}]
        for name, rows in quarter().items()
    }
    district = town(**layers)
    before, _ = total_walk(district)
    openings = possible_openings(walk_graph(district), district, np.ones(2, bool))
    codes = district["compounds"]["code"].to_numpy()[openings.compound]
    points = table([{"geometry": gate(*xy, "")["geometry"]} for xy in openings.xy.tolist()]).geometry
    every = list(zip(points, codes, strict=True))
    best = max(before - total_walk(with_gates(layers, pair))[0] for pair in itertools.combinations(every, 2))
    assert gate_proposals(district, count=2)["saved_total"].sum() >= 0.95 * best


def test_no_gate_is_proposed_through_a_building_or_a_river():
    layers = quarter()
    layers["barriers"] = [barrier((-5, 112), (215, 112), kind="river")]
    layers["buildings"].append(building("wall", 108, 60, "b"))
    district = town(**layers)
    openings = possible_openings(walk_graph(district), district, np.ones(4, bool))
    y = openings.xy[:, 1]
    assert not ((y > 105) & (y < 120)).any()
    near_building = (np.abs(openings.xy[:, 0] - 108) < 4) & (np.abs(y - 60) < 5)
    assert not near_building.any()


def test_proposals_are_ranked_and_say_what_they_join():
    found = gate_proposals(town(**quarter()), count=5)
    assert found["rank"].tolist() == list(range(1, len(found) + 1))
    assert found["joins"].notna().all()
    assert (found["saved_mean_m"] > 0).all()
    assert found["share_50m"].between(0, 1).all()


def test_where_no_gate_helps_none_is_proposed():
    layers = quarter()
    layers["compounds"] = [compound("a", 0, 10, 100, 110)]
    assert gate_proposals(town(**layers)).empty


def test_a_district_without_compounds_gets_no_proposals():
    assert gate_proposals(town(ways=quarter()["ways"])).empty


def half_walled():
    """Two neighbours; a has a wall on three sides and is open to the west only, where no way is."""
    return {
        "ways": [way((-30, 0), (250, 0), name="南街"), way((20, 60), (60, 60)), way((-20, 60), (20, 60))],
        "compounds": [compound("a", 0, 10, 100, 110, enclosure="partly"), compound("b", 120, 10, 220, 110, name="乙")],
        "barriers": [barrier((0, 110), (100, 110), (100, 10), (0, 10))],
        "buildings": [building("a1", 50, 60, "a", 20), building("b1", 170, 60, "b", 30)],
        "gates": [gate(50, 110, "ga", "a"), gate(120, 100, "gb", "b")],
    }


def test_gates_are_proposed_in_the_walls_of_a_partly_enclosed_compound():
    found = gate_proposals(town(**half_walled()), count=1).iloc[0]
    assert found["compound_code"] == "a"
    wall = half_walled()["barriers"][0]["geometry"]
    assert found.geometry.distance(wall) == pytest.approx(0, abs=1e-6)


def test_the_saving_of_a_gate_in_a_partly_enclosed_compound_is_that_of_a_full_recomputation():
    layers = half_walled()
    before, weight = total_walk(town(**layers))
    first = gate_proposals(town(**layers), count=1).iloc[0]
    after, _ = total_walk(with_gates(layers, [(first.geometry, first["compound_code"])]))
    assert first["saved_total"] / weight == pytest.approx((before - after) / weight, abs=0.01)


def test_on_the_open_side_of_a_partly_enclosed_compound_nothing_is_to_be_opened():
    district = town(**half_walled())
    openings = possible_openings(walk_graph(district), district, np.array([True, False]))
    assert (openings.xy[:, 0] > 1).all()


def test_across_a_strip_without_a_way_a_gate_leads_to_the_neighbour():
    layers = half_walled()
    district = town(**layers)
    openings = possible_openings(walk_graph(district), district, np.array([True, False]))
    # farther south the street is within 30 m
    east = (openings.xy[:, 0] > 99) & (openings.xy[:, 1] > 40)
    assert east.any()
    assert (openings.other[east] == 1).all()


def test_joins_names_the_neighbour():
    layers = half_walled()
    layers["compounds"] = [compound("a", 0, 10, 110, 110), compound("b", 110, 10, 220, 110, name="乙")]
    layers["gates"] = [gate(0, 60, "ga", "a"), gate(220, 60, "gb", "b")]
    layers["compounds"][0]["name"] = "甲"
    del layers["barriers"]
    assert set(gate_proposals(town(**layers), count=1)["joins"]) <= {"甲", "乙"}


def test_a_neighbour_without_a_name_is_not_named_by_its_code():
    layers = half_walled()
    layers["compounds"] = [compound("a", 0, 10, 110, 110), compound("b", 110, 10, 220, 110)]
    layers["gates"] = [gate(0, 60, "ga", "a"), gate(220, 60, "gb", "b")]
    del layers["barriers"]
    assert set(gate_proposals(town(**layers), count=1)["joins"]) == {"相邻小区"}
