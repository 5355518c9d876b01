"""Segments: noded, cut, and what is left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString

from gridmap.network.segments import Pieces, complement, explode, near_lines, node, piece_ends, within_discs


def arrays(*segments):
    both = np.array(segments, dtype=float)
    return both[:, 0], both[:, 1]


def test_lines_of_many_parts_are_exploded():
    p, q, line = explode([LineString([(0, 0), (1, 0), (1, 1)]), MultiLineString([[(5, 5), (6, 6)]]), LineString()])
    assert (len(p), line.tolist()) == (3, [0, 0, 1])
    assert q[1].tolist() == [1, 1]


def test_two_that_cross_have_a_node_there():
    p, q = arrays([(0, 0), (10, 0)], [(5, -5), (5, 5)])
    xy, edges, of = node(p, q, np.zeros(2, bool))
    assert [5.0, 0.0] in xy.tolist()
    assert len(edges) == 4
    assert sorted(of.tolist()) == [0, 0, 1, 1]


def test_two_on_the_same_line_are_one_where_they_overlap():
    p, q = arrays([(0, 0), (10, 0)], [(4, 0), (14, 0)])
    xy, edges, _ = node(p, q, np.zeros(2, bool))
    assert sorted(xy[:, 0].round(6)) == [0, 4, 10, 14]
    assert len(edges) == 3


def test_a_bridges_end_on_a_street_is_a_node():
    p, q = arrays([(0, 0), (10, 0)], [(5, 0), (5, 9)])
    _, edges, _ = node(p, q, np.array([False, True]))
    assert len(edges) == 3


def test_a_wall_takes_out_what_lies_near_it():
    p, q = arrays([(0, 0), (10, 0)])
    wall = arrays([(4, -1), (4, 1)])
    left = complement(1, near_lines(p, q, *wall, 0.5)[0])
    start, end = piece_ends(p, q, left)
    np.testing.assert_allclose(start[:, 0], [0, 4.5], atol=1e-6)
    np.testing.assert_allclose(end[:, 0], [3.5, 10], atol=1e-6)


def test_a_disc_takes_out_its_chord():
    p, q = arrays([(0, 0), (10, 0)])
    inside, disc = within_discs(p, q, np.array([[5.0, 3.0]]), 5.0)
    assert disc.tolist() == [0]
    assert (inside.start[0], inside.end[0]) == (pytest.approx(0.1), pytest.approx(0.9))


@settings(deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1), st.floats(0, 1)), max_size=12))
def test_what_is_left_and_what_is_taken_make_the_whole(taken):
    of = np.array([t[0] for t in taken], dtype=np.int64)
    low = np.array([min(t[1:]) for t in taken], dtype=float)
    high = np.array([max(t[1:]) for t in taken], dtype=float)
    left = complement(4, Pieces(of, low, high))
    for segment in range(4):
        places = np.linspace(0.00051, 0.99951, 400)
        free = np.zeros(400, bool)
        for a, b in zip(left.start[left.of == segment], left.end[left.of == segment], strict=True):
            free |= (places > a) & (places < b)
        blocked = np.zeros(400, bool)
        for a, b in zip(low[of == segment], high[of == segment], strict=True):
            blocked |= (places >= a) & (places <= b)
        edge = np.isin(places, np.concatenate([low, high]))
        assert (free ^ blocked | edge).all()


def test_what_lies_near_walls_is_told_by_wall():
    p, q = arrays([(0, 0), (10, 0)])
    walls = arrays([(2, 5), (4, 5)], [(4, -1), (4, 1)], [(8, -1), (8, 1)])
    near, wall = near_lines(p, q, *walls, 0.5)
    assert dict(zip(wall.tolist(), near.start.round(6).tolist(), strict=True)) == {1: 0.35, 2: 0.75}
