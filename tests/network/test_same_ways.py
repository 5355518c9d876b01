"""What is shared to save time changes no distance."""

from __future__ import annotations

import numpy as np
import pytest

from gridmap.network import walk_graph, way_edges
from tests.network.towns import barrier, building, compound, gate, town, way

PLACES = [(50, 60), (170, 60), (110, 60), (-20, 0)]


def district():
    return town(
        ways=[way((-100, 0), (400, 0)), way((50, 10), (50, 100)), way((20, 80), (80, 80)), way((110, 0), (110, 200))],
        compounds=[compound("a", 0, 10, 100, 110), compound("b", 120, 10, 220, 110)],
        buildings=[building("a1", 50, 60, "a"), building("b1", 170, 60, "b")],
        gates=[gate(50, 10, "g", "a", "residents"), gate(100, 80, "h", "a"), gate(120, 60, "i", "b")],
        barriers=[barrier((-50, 150), (300, 150))],
    )


def test_a_graph_with_shared_crossings_is_the_same():
    town_ = district()
    alone = walk_graph(town_, asker="residents")
    shared = walk_graph(town_, asker="residents", ways=way_edges(town_))
    assert np.array_equal(alone.distances(PLACES, PLACES), shared.distances(PLACES, PLACES))


@pytest.mark.parametrize("asker", ["public", "residents"])
def test_single_pairs_are_as_far_as_all_pairs_say(asker):
    graph = walk_graph(district(), asker=asker)
    legs = graph.legs(PLACES)
    source, target = (rows.reshape(-1) for rows in np.indices((len(PLACES), len(PLACES))))
    found = graph.pair_walks(legs, legs, source, target)
    assert found == pytest.approx(graph.distances(PLACES, PLACES).reshape(-1))


def test_each_source_has_a_limit_of_its_own():
    graph = walk_graph(district())
    legs = graph.legs([(0, 0), (0, 0)])
    far = graph.legs([(200, 0)])
    limit = np.array([150.0, 250.0])
    found = graph.pair_walks(legs, far, np.array([0, 1]), np.array([0, 0]), limit=limit)
    assert found.tolist() == [np.inf, pytest.approx(200)]


def test_ways_of_a_yard_that_lie_in_one_line_are_joined():
    pieces = [way((20, 60), (45, 60)), way((55, 60), (70, 60)), way((80, 60), (90, 60))]
    walled = town(ways=pieces, compounds=[compound("a", 0, 10, 100, 110)], gates=[gate(0, 60, "g", "a")])
    assert walk_graph(walled).distances([(20, 60)], [(90, 60)])[0, 0] == pytest.approx(70)
