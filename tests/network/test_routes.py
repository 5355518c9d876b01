"""Walks to a place through the gates that are open to the asker, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gridmap.network import Routes, Steps
from tests.network.towns import barrier, compound, gate, town, way

STREET = way((0, 0), (400, 0), name="South Road")
INSIDE = np.array([[150.0, 60.0]])
OUTSIDE = np.array([50.0, 0.0])


def walled(access, **more):
    return town(
        ways=[STREET], compounds=[compound("a", 100, 10, 200, 110)], gates=[gate(150, 10, "g", "a", access)], **more
    )


def test_through_a_public_gate():
    walk = Routes(walled("public")).to_places(OUTSIDE, INSIDE)
    assert walk.length_m == pytest.approx(100 + 10 + 50)
    assert [(one.code, round(one.at_m)) for one in walk.gates] == [("g", 110)]


def test_a_residents_gate_opens_to_whom_it_is_said_to():
    routes = Routes(walled("residents"))
    assert routes.to_places(OUTSIDE, INSIDE) is None
    assert routes.to_places(OUTSIDE, INSIDE, opened=frozenset({"b"})) is None
    walk = routes.to_places(OUTSIDE, INSIDE, opened=frozenset({"a"}))
    assert walk.length_m == pytest.approx(160)
    assert [one.code for one in walk.gates] == ["g"]


def test_a_closed_gate_opens_to_nobody():
    assert Routes(walled("closed")).to_places(OUTSIDE, INSIDE, opened=frozenset({"a"})) is None


@pytest.mark.parametrize("access", ["public", "residents", "closed"])
def test_everybody_may_walk_up_to_a_gate(access):
    walk = Routes(walled(access)).to_gates(OUTSIDE, ("g",))
    assert walk.length_m == pytest.approx(110)


def test_the_nearest_of_several_places_is_walked_to():
    targets = np.array([[350.0, 0.0], [120.0, 0.0], [200.0, 0.0]])
    walk = Routes(town(ways=[STREET])).to_places(OUTSIDE, targets)
    assert (walk.target, walk.length_m) == (1, pytest.approx(70))


def test_ground_that_nobody_surveyed_is_named_and_can_be_gone_round():
    ways = [STREET, way((0, 0), (0, 50), (400, 50), (400, 0))]
    district = town(ways=ways, compounds=[compound("u", 100, -20, 300, 20, enclosure="unknown")])
    routes, target = Routes(district), np.array([[350.0, 0.0]])
    best = routes.to_places(OUTSIDE, target)
    worst = routes.to_places(OUTSIDE, target, surveyed_only=True)
    assert (best.length_m, routes.unsurveyed(best.line)) == (pytest.approx(300), ("u",))
    assert (worst.length_m, routes.unsurveyed(worst.line)) == (pytest.approx(50 + 50 + 400 + 50 + 50), ())


def test_two_gates_one_after_the_other():
    compounds = [compound("a", 100, 10, 200, 110), compound("b", 200, 10, 300, 110)]
    gates = [gate(150, 10, "g", "a", "residents"), gate(200, 60, "h", "b", "residents")]
    routes = Routes(town(ways=[STREET], compounds=compounds, gates=gates))
    walk = routes.to_places(OUTSIDE, np.array([[250.0, 60.0]]), opened=frozenset({"a", "b"}))
    assert [one.code for one in walk.gates] == ["g", "h"]
    assert walk.length_m == pytest.approx(110 + np.hypot(50, 50) + 50, abs=1)
    assert routes.to_places(OUTSIDE, np.array([[250.0, 60.0]]), opened=frozenset({"a"})) is None


def test_gates_in_a_wall_that_is_no_compound_s():
    district = town(
        ways=[STREET],
        compounds=[compound("a", 300, 50, 400, 90)],
        gates=[gate(200, 0, "g", "a", "residents")],
        barriers=[barrier((200, -50), (200, 50))],
    )
    routes, target = Routes(district), np.array([[300.0, 0.0]])
    assert routes.to_places(OUTSIDE, target) is None
    assert routes.to_places(OUTSIDE, target, opened=frozenset({"a"})).length_m == pytest.approx(250, abs=0.5)


def test_compounds_at_a_place():
    routes = Routes(walled("public"))
    assert (routes.compounds_at(INSIDE[0]), routes.compounds_at(OUTSIDE)) == (("a",), ())


def test_an_empty_district_has_no_walks():
    assert Routes(town()).to_places(OUTSIDE, INSIDE) is None


def test_steps_name_the_ways_and_their_turns():
    district = town(ways=[STREET, way((200, 0), (200, 100), name="Middle Street"), way((200, 100), (100, 100))])
    walk = Routes(district).to_places(OUTSIDE, np.array([[110.0, 100.0]]))
    found = [(one.name, round(one.metres), one.turn and round(one.turn)) for one in Steps(district).along(walk.line)]
    assert found == [("South Road", 150, None), ("Middle Street", 100, -90), (None, 90, -90)]
