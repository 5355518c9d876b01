"""The order in which places are walked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.domain.rounds import apart, walking_order

POINTS = st.lists(st.tuples(st.floats(122.0, 122.1), st.floats(37.4, 37.5)), max_size=8, unique=True)


def test_places_along_a_street_are_walked_from_one_end_to_the_other():
    order = walking_order([(122.03, 37.4), (122.01, 37.4), (122.04, 37.4), (122.02, 37.4)])
    assert order in ([1, 3, 0, 2], [2, 0, 3, 1])


@settings(deadline=None)
@given(POINTS)
def test_every_place_is_walked_to_once(points):
    assert sorted(walking_order(points)) == list(range(len(points)))


def test_a_hundredth_of_a_degree_of_latitude_is_about_a_kilometre():
    assert apart((122.0, 37.40), (122.0, 37.41)) == pytest.approx(1111.95, abs=0.1)
