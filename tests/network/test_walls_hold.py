"""No walk crosses a wall: random compounds, walls, gates and ways."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra

from gridmap.network import Routes, pairs, walk_graph
from gridmap.network.search import FREE
from tests.network.towns import barrier, building, compound, gate, town, way

SIZE = 300


def random_town(seed: int):
    rng = np.random.default_rng(seed)

    def spot():
        return tuple(rng.uniform(0, SIZE, 2))

    compounds, gates = [], []
    for k in range(rng.integers(1, 6)):
        x, y = rng.uniform(0, SIZE * 0.8, 2)
        wide, high = rng.uniform(20, 120, 2)
        code = f"c{k}"
        kind = rng.choice(["enclosed", "enclosed", "partly", "open", "unknown"])
        shape = shapely.affinity.rotate(shapely.box(x, y, x + wide, y + high), rng.uniform(0, 90))
        compounds.append(compound(code, shape=shape, enclosure=kind))
        for j in range(rng.integers(0, 4)):
            at = shape.exterior.interpolate(rng.uniform(), normalized=True)
            gates.append(gate(at.x, at.y, f"{code}g{j}", code, str(rng.choice(["public", "residents", "closed"]))))
    ways = [way(spot(), spot(), spot()) for _ in range(rng.integers(1, 8))]
    barriers = [barrier(spot(), spot(), spot()) for _ in range(rng.integers(0, 4))]
    return town(ways=ways, compounds=compounds, gates=gates, barriers=barriers, buildings=[building("x", 0, 0)])


def walls_of(district, unsurveyed):
    """The walls drawn anew from the rules: barriers and enclosed boundaries, but for 3 m round open gates."""
    gates, compounds = district["gates"], district["compounds"]
    known = compounds["code"].isin(gates["compound_code"])
    walled = (compounds["enclosure"] == "enclosed") & known
    if unsurveyed == "sealed":
        walled |= ~known & compounds["enclosure"].isin(["enclosed", "partly"]) | (compounds["enclosure"] == "unknown")
    lines = [shape.buffer(-0.25, join_style="mitre").boundary for shape in compounds.geometry[walled]]
    through = list(compounds.geometry[~known | (compounds["enclosure"] == "unknown")].boundary.buffer(3.01))
    free = shapely.unary_union(list(district["barriers"].geometry))
    if unsurveyed == "open" and through:
        free = free.difference(shapely.unary_union(through))
    doors = gates.geometry[gates["access"] == "public"].buffer(3.01)
    return shapely.unary_union([free, *lines]).difference(shapely.unary_union(list(doors)))


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_no_route_crosses_a_wall(seed):
    district = random_town(seed)
    overlaps = shapely.STRtree(district["compounds"].geometry).query(district["compounds"].geometry, "intersects")
    if (overlaps[0] != overlaps[1]).any():
        # of overlapping compounds only one boundary holds
        return
    routes = Routes(district)
    walls = walls_of(district, "open")
    rng = np.random.default_rng(seed)
    for start, end in rng.uniform(0, SIZE, (8, 2, 2)):
        if walls.distance(shapely.Point(start)) < 0.3 or walls.distance(shapely.Point(end)) < 0.3:
            continue
        walk = routes.to_places(start, end[None])
        assert walk is None or not walk.line.intersects(walls)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_a_public_walk_is_as_long_as_the_distance_says(seed):
    """To the nearest of several places too; gates that are barred change nothing."""
    district = random_town(seed)
    routes = Routes(district)
    places = np.random.default_rng(seed).uniform(0, SIZE, (6, 2))
    metres = walk_graph(district).distances(places[:1], places[1:])[0]
    for chosen in ([0], [1], [2], [3, 4], [0, 1, 2, 3, 4]):
        walk = routes.to_places(places[0], places[1:][chosen])
        assert (walk is None) == np.isinf(metres[chosen].min())
        if walk is not None:
            assert abs(walk.length_m - metres[chosen].min()) < 1e-6
            assert abs(metres[chosen][walk.target] - walk.length_m) < 1e-6
            assert abs(walk.line.length - walk.length_m) < 0.5


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.frozensets(st.sampled_from(["c0", "c1", "c2", "c3", "c4"])))
def test_opened_gates_shorten_walks_and_are_the_only_ones_passed(seed, opened):
    district = random_town(seed)
    routes = Routes(district)
    gates = district["gates"].set_index("code")
    places = np.random.default_rng(seed).uniform(0, SIZE, (4, 2))
    for target in places[1:]:
        public, walk = (
            routes.to_places(places[0], target[None]),
            routes.to_places(places[0], target[None], opened=opened),
        )
        assert walk is not None or public is None
        if public is not None:
            assert walk.length_m <= public.length_m + 1e-6
        for one in walk.gates if walk else ():
            row = gates.loc[one.code]
            assert row["access"] == "public" or (row["access"] == "residents" and row["compound_code"] in opened)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_with_residents_gates_open_a_walk_is_that_of_residents(seed):
    """But for the metres between a way and its gate; without other walls near a gate, which its door would open too."""
    district = random_town(seed)
    district = district.with_tables(barriers=district["barriers"].iloc[:0])
    overlaps = shapely.STRtree(district["compounds"].geometry).query(district["compounds"].geometry, "intersects")
    if (overlaps[0] != overlaps[1]).any():
        return
    opened = frozenset(district["compounds"]["code"])
    routes, residents = Routes(district), walk_graph(district, asker="residents")
    places = np.random.default_rng(seed).uniform(0, SIZE, (5, 2))
    for target, metres in zip(places[1:], residents.distances(places[:1], places[1:])[0], strict=True):
        walk = routes.to_places(places[0], target[None], opened=opened)
        assert (walk is None) == np.isinf(metres)
        if walk is not None:
            assert metres - 1e-6 <= walk.length_m <= metres + 7 * (1 + len(walk.gates))


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_a_walk_is_never_shorter_than_the_straight_line(seed):
    graph = walk_graph(random_town(seed))
    places = np.random.default_rng(seed).uniform(0, SIZE, (6, 2))
    straight = np.hypot(*np.moveaxis(places[:, None] - places[None], -1, 0))
    assert (graph.distances(places, places) >= straight - 0.3).all()


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_pairs_and_tables_of_distances_agree(seed):
    graph = walk_graph(random_town(seed))
    legs = graph.legs(np.random.default_rng(seed).uniform(0, SIZE, (8, 2)))
    i, j = (found.ravel() for found in np.meshgrid(np.arange(8), np.arange(8), indexing="ij"))
    np.testing.assert_allclose(graph.pair_walks(legs, legs, i, j).reshape(8, 8), graph.between(legs, legs), atol=1e-6)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.booleans(), st.booleans())
def test_long_walks_that_landmarks_lead_are_as_long_as_those_looked_for_all_around(seed, everybody, keyed):
    graph = walk_graph(random_town(seed), latch=True)
    places = np.random.default_rng(seed).uniform(0, SIZE, (8, 2))
    legs = graph.legs(places)
    i, j = (side.reshape(-1) for side in np.meshgrid(np.arange(8), np.arange(8), indexing="ij"))
    keys = np.arange(8) % 6 - 1 if keyed else None
    around = graph.pair_walks(legs, legs, i, j, everybody=everybody, keys=keys)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "NEAR_M", 20.0)
        patch.setattr(pairs, "WORTH", 0)
        for together in (None, j % 3, j):
            led = graph.pair_walks(legs, legs, i, j, everybody=everybody, keys=keys, together=together)
            np.testing.assert_allclose(led, around, atol=1e-9)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.integers(-1, 5))
def test_walks_with_a_key_pass_its_gates_and_no_others(seed, key):
    graph = walk_graph(random_town(seed), latch=True)
    legs = graph.legs(np.random.default_rng(seed).uniform(0, SIZE, (6, 2)))
    passed = np.flatnonzero((graph.locks == FREE) | (graph.locks == key))
    ends = np.flatnonzero(np.isin(legs.node, passed))
    nodes = np.searchsorted(passed, legs.node[ends])
    through = dijkstra(graph.matrix[passed][:, passed], indices=nodes)[:, nodes] + np.add.outer(
        *[legs.metres[ends]] * 2
    )
    i, j = np.indices((6, 6)).reshape(2, -1)
    found = graph.pair_walks(legs, legs, i, j, keys=np.full(6, key))
    for a, b, metres in zip(i, j, found, strict=True):
        ways = through[np.ix_(legs.place[ends] == a, legs.place[ends] == b)]
        direct = graph.direct(legs_of(graph, legs, a), legs_of(graph, legs, b))[0]
        assert metres == pytest.approx(min(ways.min(initial=np.inf), direct))


def legs_of(graph, legs, place):
    """The legs of one of these places alone."""
    return graph.legs(legs.xy[place : place + 1])
