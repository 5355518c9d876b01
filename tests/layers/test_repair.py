"""Shapes made fit for their layer: whatever comes in, each is valid and of the right kind, or rejected in words."""

import struct

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from gridmap.layers.repair import repair
from gridmap.layers.wkb import remains_of, shapes_of

METRIC, DEGREES = "EPSG:4550", "EPSG:4326"


def fixed(shape, family="polygon", crs=METRIC):
    shapes = np.empty(1, dtype=object)
    shapes[0] = shape
    return repair(shapes, family, crs=crs)


def code(found):
    return found.reasons[0].code if found.reasons[0] is not None else None


def test_points_that_stand_twice_go():
    found = fixed(Polygon([(0, 0), (10, 0), (10, 0), (10, 10), (10, 10), (10, 10), (0, 10)]))
    assert shapely.get_num_coordinates(found.shapes[0]) == 5
    assert code(found) == "points_twice"
    assert str(found.reasons[0]) == "3 points that stood twice were taken out"


def test_points_of_a_line_that_stand_twice_go():
    found = fixed(LineString([(0, 0), (5, 0), (5, 0), (9, 0)]), "line")
    assert found.shapes[0].equals_exact(LineString([(0, 0), (5, 0), (9, 0)]), 0)


@pytest.mark.parametrize(("crs", "unit", "x", "y"), [(METRIC, 1, 4e5, 4e6), (DEGREES, 1e-5, 122, 37.4)])
def test_a_thin_spike_is_taken_off(crs, unit, x, y):
    corners = np.array([(0, 0), (100, 0), (100, 50), (160, 50.01), (100, 50.02), (100, 100), (0, 100)])
    found = fixed(Polygon(corners * unit + (x, y)), crs=crs)
    assert code(found) == "spikes"
    assert found.shapes[0].bounds[2] == pytest.approx(x + 100 * unit, abs=unit / 100)
    assert found.shapes[0].is_valid


def test_a_spike_inwards_is_taken_off():
    found = fixed(Polygon([(0, 0), (50, 0), (50.01, 40), (50.02, 0), (100, 0), (100, 100), (0, 100)]))
    assert code(found) == "spikes"
    assert found.shapes[0].area == pytest.approx(10_000, abs=0.01)


def test_a_spike_without_width_is_taken_off():
    found = fixed(Polygon([(0, 0), (100, 0), (100, 50), (160, 50), (100, 50), (100, 100), (0, 100)]))
    assert found.shapes[0].bounds == (0, 0, 100, 100)
    assert found.shapes[0].is_valid


def test_a_narrow_corner_is_no_spike():
    shape = Polygon([(0, 0), (100, 0), (100, 50), (160, 55), (100, 60), (100, 100), (0, 100)])
    assert fixed(shape).shapes[0].equals_exact(shape, 0)
    thin = box(0, 0, 300, 0.5)
    assert fixed(thin).shapes[0].equals_exact(thin, 0)


def test_heights_and_measures_are_dropped():
    for text in ("POLYGON Z ((0 0 1, 9 0 2, 9 9 3, 0 0 1))", "POLYGON ZM ((0 0 1 5, 9 0 2 5, 9 9 3 5, 0 0 1 5))"):
        found = fixed(shapely.from_wkt(text))
        assert not shapely.has_z(found.shapes[0])
        assert not shapely.has_m(found.shapes[0])
        assert found.reasons[0] is None


def test_a_ring_that_is_not_closed_is_closed():
    ring = b"\x01\x03\x00\x00\x00\x01\x00\x00\x00\x04\x00\x00\x00"
    wkb = np.array([ring + np.array([0, 0, 9, 0, 9, 9, 0, 9], dtype="<f8").tobytes()], dtype=object)
    shapes, broken, mended = shapes_of(wkb)
    found = repair(shapes, "polygon", crs=METRIC, broken=broken, mended=mended)
    assert found.shapes[0].area == 81
    assert code(found) == "ring_closed"


def test_parts_of_a_line_without_length_go():
    found = fixed(shapely.from_wkt("MULTILINESTRING ((0 0, 0 0), (0 0, 0 1))"), "line")
    assert found.shapes[0].equals_exact(LineString([(0, 0), (0, 1)]), 0)
    assert code(found) == "no_length"


def test_a_bow_becomes_two_parts():
    found = fixed(Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]))
    assert found.shapes[0].geom_type == "MultiPolygon"
    assert code(found) == "invalid"


def test_what_is_right_is_the_same_object():
    shape = MultiPolygon([box(0, 0, 10, 10), box(20, 0, 30, 10)])
    assert fixed(shape).shapes[0].equals_exact(shape, 0)
    assert fixed(shape).reasons[0] is None


corner = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda xy: (float(xy[0]), float(xy[1])))
ring = st.lists(corner, min_size=3, max_size=9)
area = ring.map(Polygon) | st.lists(ring.map(Polygon), min_size=1, max_size=3).map(MultiPolygon)
holed = st.tuples(ring, st.lists(ring, max_size=2)).map(lambda both: Polygon(both[0], both[1]))
line = st.lists(corner, min_size=2, max_size=6).map(LineString)
mixed = st.lists(area | line | corner.map(Point), min_size=1, max_size=4).map(shapely.GeometryCollection)
anything = st.none() | area | holed | line | corner.map(Point) | mixed
FAMILIES = {"point": (0, 4), "line": (1, 5), "polygon": (3, 6)}


@settings(max_examples=150, deadline=None)
@given(st.lists(anything, min_size=1, max_size=6), st.sampled_from(list(FAMILIES)), st.sampled_from([METRIC, None]))
def test_repair_ends_in_valid_shapes_of_the_right_kind(shapes, family, crs):
    given_ = np.empty(len(shapes), dtype=object)
    given_[:] = shapes
    found = repair(given_, family, crs=crs)
    kept = found.shapes[~found.rejected]
    assert shapely.is_valid(kept).all()
    assert not shapely.is_empty(kept).any()
    assert np.isin(shapely.get_type_id(kept), FAMILIES[family]).all()
    assert not shapely.has_z(kept).any()
    assert all(reason is not None for reason in found.reasons[found.rejected])
    again = repair(found.shapes[~found.rejected], family, crs=crs)
    assert not again.rejected.any()
    assert [one.wkb for one in again.shapes] == [one.wkb for one in kept]


def test_of_a_broken_ring_enough_is_left_to_show_where_it_is() -> None:
    ring = struct.pack("<BIII4d", 1, 3, 1, 2, 122.0, 37.0, 122.5, 37.5)
    assert remains_of(ring).bounds == (122.0, 37.0, 122.5, 37.5)
    assert remains_of(struct.pack("<BIII2d", 1, 3, 1, 1, 122.0, 37.0)) == shapely.Point(122.0, 37.0)
    assert remains_of(ring[:-3]) is None
