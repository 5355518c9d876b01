"""Gate proposals on random small cities: what is stated holds, and choosing in turn is nearly as good as trying all."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis.isolation import gate_proposals
from gridmap.analysis.isolation.gates import proposals
from gridmap.analysis.isolation.standing import Opened, standing
from gridmap.analysis.isolation.walks import homes, neighbours, pairs_of, walk_pairs
from gridmap.domain.numbers import DEFAULT_NUMBERS
from gridmap.network import possible_openings, walk_graph
from tests.network.towns import building, compound, gate, town, way

SIDE, STREET = 90.0, 14.0


@st.composite
def cities(draw, columns=(2, 3), rows=(1, 2)):
    """Walled or open compounds in rows and columns between streets, some side by side without one, gates anywhere."""
    wide, high = draw(st.integers(*columns)), draw(st.integers(*rows))
    gaps = [draw(st.sampled_from([STREET, 6.0, 0.0])) for _ in range(wide - 1)]
    left = [0.0]
    for gap in gaps:
        left.append(left[-1] + SIDE + gap)
    width, height = left[-1] + SIDE, high * (SIDE + STREET) - STREET
    ways = [way((-7, y), (width + 7, y)) for y in [k * (SIDE + STREET) - STREET / 2 for k in range(high + 1)]]
    ways += [way((x, -7), (x, height + 7)) for x in (-7.0, width + 7)]
    ways += [
        way((x + SIDE + 7, -7), (x + SIDE + 7, height + 7)) for x, gap in zip(left, gaps, strict=False) if gap == STREET
    ]
    layers = {"ways": ways, "compounds": [], "buildings": [], "gates": []}
    for k, (x, y) in enumerate((x, row * (SIDE + STREET)) for row in range(high) for x in left):
        code = f"c{k}"
        enclosure = draw(st.sampled_from(["enclosed", "enclosed", "enclosed", "open"]))
        layers["compounds"].append(compound(code, x, y, x + SIDE, y + SIDE, enclosure=enclosure))
        households = draw(st.lists(st.integers(5, 60), min_size=1, max_size=3))
        spots = [(25, 25), (65, 30), (40, 65)]
        layers["buildings"] += [
            building(f"{code}-{n}", x + spots[n][0], y + spots[n][1], code, count) for n, count in enumerate(households)
        ]
        side, at = draw(st.integers(0, 3)), draw(st.sampled_from([20.0, 45.0, 70.0]))
        on = [(x + at, y), (x + SIDE, y + at), (x + at, y + SIDE), (x, y + at)][side]
        access = draw(st.sampled_from(["public", "public", "residents"]))
        layers["gates"].append(gate(*on, f"g{k}", code, access))
    return layers


def total_walk(district):
    """Metres of all pairs of neighbours' homes, weighted, measured from nothing; and the sum of the weights."""
    where = homes(district)
    pairs = pairs_of(where, neighbours(district["compounds"], DEFAULT_NUMBERS), DEFAULT_NUMBERS)
    graph = walk_graph(district)
    walk = walk_pairs(graph, graph.legs(where.xy), where, pairs)
    return (np.minimum(walk, pairs.straight + DEFAULT_NUMBERS.circle_15_min_m) * pairs.weight).sum(), pairs.weight.sum()


def with_gates(layers, places):
    new = [gate(point.x, point.y, f"new{k}", code) for k, (point, code) in enumerate(places)]
    return town(**{**layers, "gates": layers["gates"] + new})


@settings(max_examples=25, deadline=None, derandomize=True)
@given(cities(columns=(2, 2)))
def test_what_a_gate_is_said_to_save_is_what_a_full_recomputation_saves(layers):
    district = town(**layers)
    before, weight = total_walk(district)
    for row in gate_proposals(district, count=1).itertuples():
        after, _ = total_walk(with_gates(layers, [(row.geometry, row.compound_code)]))
        assert row.saved_total / weight == pytest.approx((before - after) / weight, abs=0.01)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(cities(columns=(2, 2)))
def test_what_two_gates_are_said_to_save_is_what_a_full_recomputation_saves(layers):
    district = town(**layers)
    before, weight = total_walk(district)
    found = gate_proposals(district, count=2)
    after, _ = total_walk(with_gates(layers, list(zip(found.geometry, found["compound_code"], strict=True))))
    assert found["saved_total"].sum() / weight == pytest.approx((before - after) / weight, abs=0.02)


def saved_by(base, opened):
    most = base.pairs.straight + base.numbers.circle_15_min_m
    walk = np.minimum(base.walk, most)
    return ((walk - opened.between(base.pairs.a, base.pairs.b, walk)) * base.pairs.weight).sum()


@settings(max_examples=10, deadline=None, derandomize=True)
@given(cities(columns=(2, 2)))
def test_choosing_in_turn_is_nearly_as_good_as_trying_all_pairs(layers):
    base = standing(town(**layers))
    which = (base.district["compounds"]["enclosure"] == "enclosed").to_numpy()
    openings = possible_openings(base.graph, base.district, which)
    opened = Opened(base.graph, base.legs, openings)
    best = max((saved_by(base, opened.only(list(two))) for two in combinations(range(len(openings.xy)), 2)), default=0)
    assert proposals(base, count=2)["saved_total"].sum() >= 0.95 * best - 1e-6
