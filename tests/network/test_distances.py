"""Distances on foot, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gridmap.domain.errors import DataError, InputError
from gridmap.network import walk_graph
from tests.network.towns import barrier, compound, gate, town, way

STREET = way((0, 0), (400, 0))
INF = float("inf")


def metres(district, start, end, **options):
    return walk_graph(district, **options).distances([start], [end])[0, 0]


def test_along_one_way():
    assert metres(town(ways=[STREET]), (10, 5), (110, -5)) == pytest.approx(110)


def test_the_nearest_of_several_along_one_way():
    assert walk_graph(town(ways=[STREET])).nearest([(10, 0)], [(110, 0), (390, 0)]) == pytest.approx([100])


def test_across_a_noded_crossing():
    district = town(ways=[STREET, way((200, -100), (200, 100))])
    assert metres(district, (100, 0), (200, 80)) == pytest.approx(180)


def test_a_bridge_is_not_noded_with_what_it_crosses():
    over = way((200, -100), (200, 100), bridge=True)
    graph = walk_graph(town(ways=[STREET, over, way((200, 100), (300, 100))]))
    assert graph.distances([(100, 0)], [(300, 100)])[0, 0] == INF


def test_a_bridge_is_joined_at_its_ends():
    district = town(ways=[STREET, way((200, 0), (200, 100), bridge=True), way((100, 100), (300, 100))])
    assert metres(district, (100, 0), (300, 100)) == pytest.approx(300)


def test_a_way_that_cannot_be_walked_is_not_there():
    district = town(ways=[way((0, 0), (50, 0)), way((50, 0), (100, 0), walkable=False), way((100, 0), (150, 0))])
    assert metres(district, (10, 0), (140, 0)) == INF


def test_a_way_that_ends_a_hair_beside_another_joins_it():
    district = town(ways=[STREET, way((200.02, 0.03), (200, 100))])
    assert metres(district, (100, 0), (200, 100)) == pytest.approx(200, abs=0.1)


def test_a_barrier_cuts_a_way():
    assert metres(town(ways=[STREET], barriers=[barrier((200, -50), (200, 50))]), (100, 0), (300, 0)) == INF


@pytest.mark.parametrize(("offset", "expected"), [(2.5, 200), (4, 208), (10, 220)])
def test_a_gate_within_three_metres_lets_the_way_through(offset, expected):
    # one farther off is walked to from both sides
    district = town(ways=[STREET], barriers=[barrier((200, -50), (200, 50))], gates=[gate(200, offset, "g")])
    assert metres(district, (100, 0), (300, 0)) == pytest.approx(expected, abs=1.2)


@pytest.mark.parametrize("flag", ["bridge", "tunnel"])
def test_bridges_and_tunnels_pass_a_river(flag):
    ways = [way((0, 0), (190, 0)), way((190, 0), (210, 0), **{flag: True}), way((210, 0), (400, 0))]
    district = town(ways=ways, barriers=[barrier((200, -50), (200, 50), kind="river")])
    assert metres(district, (100, 0), (300, 0)) == pytest.approx(200)


@pytest.mark.parametrize(
    ("access", "asker", "expected"),
    [
        ("public", "public", 200),
        ("residents", "public", INF),
        ("closed", "public", INF),
        ("residents", "residents", 200),
        ("closed", "residents", INF),
    ],
)
def test_who_passes_which_gate(access, asker, expected):
    district = town(ways=[STREET], barriers=[barrier((200, -50), (200, 50))], gates=[gate(200, 0, "g", access=access)])
    assert metres(district, (100, 0), (300, 0), asker=asker) == pytest.approx(expected)


def test_residents_gates_of_other_compounds_stay_shut():
    district = town(
        ways=[STREET],
        compounds=[compound("a", 150, -50, 250, 50)],
        gates=[gate(150, 0, "w", "a", "residents"), gate(250, 0, "e", "a", "residents")],
    )
    assert metres(district, (100, 0), (300, 0), asker="residents", residents_of=frozenset({"a"})) == pytest.approx(200)
    assert metres(district, (100, 0), (300, 0), asker="residents", residents_of=frozenset({"b"})) == INF


def test_an_enclosed_compound_is_entered_at_its_gate():
    # a yard without ways: straight from the place to the gate, then along the street
    district = town(ways=[STREET], compounds=[compound("a", 100, 10, 200, 110)], gates=[gate(150, 10, "g", "a")])
    assert metres(district, (190, 50), (50, 0)) == pytest.approx(np.hypot(40, 40) + 10 + 100, abs=0.01)


def test_a_compound_with_only_a_closed_gate_is_left_by_nobody():
    gates = [gate(150, 10, "g", "a", "closed")]
    district = town(ways=[STREET], compounds=[compound("a", 100, 10, 200, 110)], gates=gates)
    assert metres(district, (190, 50), (50, 0)) == INF


def test_an_open_compound_is_left_on_any_side():
    district = town(ways=[STREET], compounds=[compound("a", 100, 10, 200, 110, enclosure="open")])
    assert metres(district, (190, 50), (190, 0)) == pytest.approx(50)


def test_inside_a_compound_people_walk_round_its_corners():
    # an L: from one arm to the other round the corner at (50, 50), pulled in by the inset
    shape = [(0, 0), (150, 0), (150, 50), (50, 50), (50, 150), (0, 150)]
    district = town(compounds=[compound("a", shape=shape)], gates=[gate(75, 0, "g", "a")])
    expected = np.hypot(90, 10) + np.hypot(10, 90)
    assert metres(district, (140, 40), (40, 140)) == pytest.approx(expected, abs=1.0)


def test_inside_a_compound_its_own_ways_are_walked():
    ways = [STREET, way((150, 0), (150, 60), (190, 60))]
    district = town(ways=ways, compounds=[compound("a", 100, 10, 400, 110)], gates=[gate(150, 10, "g", "a")])
    # off to the path, along it to the gate and the street: the straight line to the gate is longer than 150 m
    assert metres(district, (320, 60), (150, 0)) == pytest.approx(130 + 40 + 60)


def test_a_wall_inside_a_compound_is_walked_round():
    district = town(
        compounds=[compound("a", 0, 0, 200, 200)],
        gates=[gate(100, 0, "g", "a")],
        barriers=[barrier((100, 60), (100, 200))],
    )
    expected = 2 * np.hypot(50, 40)
    assert metres(district, (50, 100), (150, 100)) == pytest.approx(expected, abs=0.5)


def test_two_compounds_share_a_gate():
    compounds = [compound("a", 0, 0, 100, 100), compound("b", 100, 0, 200, 100)]
    district = town(compounds=compounds, gates=[gate(100, 50, "g", "a"), gate(200, 50, "h", "b", "closed")])
    assert metres(district, (20, 50), (180, 50)) == pytest.approx(160, abs=0.01)


def test_back_to_back_compounds_without_a_passage():
    compounds = [compound("a", 0, 10, 100, 100), compound("b", 100, 10, 200, 100)]
    gates = [gate(50, 10, "g", "a"), gate(150, 10, "h", "b")]
    district = town(ways=[way((0, 0), (200, 0))], compounds=compounds, gates=gates)
    assert metres(district, (95, 90), (105, 90)) == pytest.approx(2 * np.hypot(45, 80) + 2 * 10 + 100, abs=0.01)


@pytest.mark.parametrize(("unsurveyed", "expected"), [("open", 200), ("sealed", INF)])
@pytest.mark.parametrize("enclosure", ["enclosed", "unknown", "partly"])
def test_what_nobody_surveyed(enclosure, unsurveyed, expected):
    # walls mapped all round, no gate
    district = town(
        ways=[STREET],
        compounds=[compound("a", 150, -50, 250, 50, enclosure=enclosure)],
        barriers=[barrier((150, -50), (250, -50), (250, 50), (150, 50), (150, -50))],
    )
    assert metres(district, (100, 0), (300, 0), unsurveyed=unsurveyed) == pytest.approx(expected)


def test_a_partly_enclosed_compound_stops_people_at_its_mapped_walls_only():
    district = town(
        ways=[STREET, way((150, -80), (250, -80))],
        compounds=[compound("a", 100, 10, 200, 110, enclosure="partly")],
        barriers=[barrier((100, 10), (200, 10))],
        gates=[gate(100, 10, "g", "a")],
    )
    graph = walk_graph(district)
    # the wall shuts the south side but for the gate at its corner
    assert graph.distances([(150, 60)], [(150, 0)])[0, 0] == pytest.approx(np.hypot(50, 50) + 10 + 50, abs=0.5)


def test_a_place_behind_a_wall_joins_a_way_on_its_own_side():
    district = town(
        ways=[STREET, way((0, 100), (400, 100)), way((0, 0), (0, 100))], barriers=[barrier((50, 20), (400, 20))]
    )
    assert metres(district, (200, 40), (200, 100)) == pytest.approx(60)


def test_beyond_the_limit_nothing_is_reached():
    graph = walk_graph(town(ways=[STREET]))
    assert graph.distances([(0, 0)], [(300, 0)], limit=299)[0, 0] == INF
    assert graph.distances([(0, 0)], [(300, 0)], limit=300)[0, 0] == 300


def test_distances_are_the_same_there_and_back():
    district = town(
        ways=[STREET, way((200, -100), (200, 100))],
        compounds=[compound("a", 210, 10, 300, 90)],
        gates=[gate(210, 50, "g", "a")],
    )
    places = np.random.default_rng(1).uniform((0, -100), (400, 100), (30, 2))
    there = walk_graph(district).distances(places, places)
    np.testing.assert_allclose(there, there.T, atol=1e-6)
    assert (np.diag(there) == 0).all()


def test_the_matrix_is_symmetric():
    graph = walk_graph(town(ways=[STREET, way((200, -100), (200, 100))]))
    assert (graph.matrix != graph.matrix.T).nnz == 0
    assert graph.matrix.shape == (len(graph.xy), len(graph.xy))


def test_an_empty_district_has_no_walks():
    assert metres(town(), (0, 0), (1, 1)) == INF


def test_degrees_are_refused():
    with pytest.raises(DataError, match="metres"):
        walk_graph(town().to_crs("EPSG:4326"))


def test_an_unknown_asker_is_refused():
    with pytest.raises(InputError, match="stranger"):
        walk_graph(town(), asker="stranger")


def test_a_way_is_found_though_many_nearer_ones_lie_behind_a_wall():
    stubs = [way((x, 8), (x, 12)) for x in range(-10, 11, 5)]
    district = town(
        ways=[way((-200, 8), (200, 8)), *stubs, way((-200, -30), (200, -30))], barriers=[barrier((-300, 5), (300, 5))]
    )
    assert walk_graph(district).distances([(0, 0)], [(100, -30)])[0, 0] == pytest.approx(30 + 100)
