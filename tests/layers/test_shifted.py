"""GCJ-02 and BD-09 both ways."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from gridmap.layers import DATUMS, shift

GEOD = Geod(ellps="WGS84")
ZONE = (122.003, 37.483)


def metres(a, b):
    return GEOD.inv(a[0], a[1], b[0], b[1])[2]


@pytest.mark.parametrize("source", DATUMS)
@pytest.mark.parametrize("target", DATUMS)
@settings(deadline=None, max_examples=50)
@given(lon=st.floats(73, 135), lat=st.floats(4, 53))
def test_there_and_back_is_within_a_centimetre(source, target, lon, lat):
    there = shift([(lon, lat)], source=source, target=target)
    back = shift(there, source=target, target=source)[0]
    assert metres(back, (lon, lat)) < 0.01


def test_gcj02_lies_431_m_east_and_94_m_north_in_the_zone():
    lon, lat = shift([ZONE], source="wgs84", target="gcj02")[0]
    assert metres(ZONE, (lon, ZONE[1])) == pytest.approx(431, abs=5)
    assert metres(ZONE, (ZONE[0], lat)) == pytest.approx(94, abs=5)
    assert lon > ZONE[0]
    assert lat > ZONE[1]


def test_bd09_lies_about_1260_m_away_in_the_zone():
    assert metres(ZONE, shift([ZONE], source="wgs84", target="bd09")[0]) == pytest.approx(1260, abs=40)


@pytest.mark.parametrize(
    ("source", "target", "given", "published"),
    [
        ("wgs84", "gcj02", (121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ("wgs84", "gcj02", (113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ("wgs84", "gcj02", (116.404, 39.915), (116.41024449916938, 39.91640428150164)),
        ("gcj02", "bd09", (116.404, 39.915), (116.41036949371029, 39.92133699351021)),
    ],
)
def test_the_pairs_that_open_converters_are_tested_by_are_met(source, target, given, published):
    assert shift([given], source=source, target=target)[0] == pytest.approx(published, abs=1e-9)


def test_outside_china_nothing_moves():
    assert shift([(24.94, 60.17)], source="wgs84", target="gcj02").tolist() == [[24.94, 60.17]]


def test_a_million_points_of_one_call_agree_with_single_calls():
    points = np.column_stack([np.linspace(100, 120, 50), np.linspace(20, 45, 50)])
    together = shift(points, source="bd09", target="wgs84")
    alone = [shift([p], source="bd09", target="wgs84")[0] for p in points]
    assert np.allclose(together, alone, atol=0)
