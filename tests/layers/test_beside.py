"""Areas that come beside areas that stay: theirs is the side that is mended, and what is too wide is listed."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.layers import read, write
from gridmap.layers.beside import beside, uncovered

X, Y = 412_000.0, 4_150_000.0
WIDTH = 5.0


def areas(*boxes):
    return np.array([shapely.box(X + w, Y + s, X + e, Y + n) for w, s, e, n in boxes], dtype=object)


def test_a_narrow_overlap_is_taken_from_the_one_that_comes():
    staying = areas((98, 0, 200, 100))
    found = beside(areas((0, 0, 100, 100)), staying, width=WIDTH)
    assert (found.overlaps.areas.tolist(), found.overlaps_closed.tolist()) == (pytest.approx([200]), [True])
    assert found.lost.tolist() == pytest.approx([200])
    assert shapely.area(shapely.intersection(found.shapes[0], staying[0])) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    "staying",
    [areas((102, 0, 200, 100)), areas((0, -90, 100, 0), (102, -90, 200, 110), (0, 100, 102, 110), (100, -90, 102, 0))],
    ids=["open", "enclosed"],
)
def test_a_narrow_gap_is_filled_by_the_one_that_comes(staying):
    found = beside(areas((0, 0, 100, 100)), staying, width=WIDTH)
    assert (found.gaps.areas.tolist(), found.gaps_closed.tolist()) == (pytest.approx([200]), [True])
    assert found.shapes[0].area == pytest.approx(10_200)


def test_wide_faults_stay_and_are_listed():
    staying = areas((60, 0, 200, 100), (0, 110, 200, 200), (-10, 0, 0, 200))
    found = beside(areas((0, 0, 100, 100)), staying, width=WIDTH)
    assert (found.overlaps.areas.tolist(), found.overlaps.between) == (pytest.approx([4000]), [(0, 1)])
    assert not found.overlaps_closed.any()
    assert not found.changed.any()


def test_an_area_that_lies_in_a_narrow_overlap_is_left_alone():
    found = beside(areas((0, 0, 100, 4)), areas((0, 0, 100, 100)), width=WIDTH)
    assert (found.overlaps_closed.tolist(), found.changed.tolist()) == ([False], [False])


moves = st.floats(-4, 4).filter(lambda move: abs(move) > 0.01)


@settings(max_examples=40, deadline=None)
@given(moves, moves, moves, moves)
def test_an_area_between_others_comes_out_fitting_and_they_stay(west, south, east, north):
    around = areas((0, 0, 300, 100), (0, 100, 100, 200), (200, 100, 300, 200), (0, 200, 300, 300))
    before = shapely.to_wkb(around)
    found = beside(areas((100 + west, 100 + south, 200 + east, 200 + north)), around, width=WIDTH)
    assert (shapely.to_wkb(around) == before).all()
    assert shapely.area(shapely.intersection(found.shapes[0], around)).sum() < 1e-3
    assert found.shapes[0].area == pytest.approx(10_000, abs=1e-3)
    assert shapely.is_valid(found.shapes[0])


def test_what_of_an_outline_lies_in_none_of_its_areas():
    outlines = areas((0, 0, 300, 100), (0, 100, 300, 200))
    found = uncovered(outlines, areas((0, 0, 100, 100), (103, 0, 200, 100)), width=WIDTH)
    assert (found.areas.tolist(), found.between) == (pytest.approx([10_000]), [(0,)])


class Town:
    """Areas that stay, in memory."""

    def __init__(self, **layers):
        self.layers = layers

    def areas(self, layer, bounds, *, but):
        table = self.layers.get(layer, table_of({}))
        near = table.intersects(shapely.box(*bounds))
        return table[near & ~table["code"].isin(list(but))]


def table_of(shapes):
    table = gpd.GeoDataFrame({"code": list(shapes)}, geometry=list(shapes.values()), crs="EPSG:4550")
    return table.to_crs("EPSG:4326")


def communities(tmp_path, staying, **shapes):
    path = tmp_path / "communities.gpkg"
    write(path, {"communities": table_of(shapes)})
    found = read(path, staying=staying)
    (entry,) = (one for one in found.report.as_dict()["coverage"] if one["layer"] == "communities")
    return found, entry


def test_a_file_gives_way_to_what_stays_and_says_how(tmp_path):
    there, came = areas((98, 0, 200, 100), (0, 160, 90, 200)), areas((0, 0, 100, 100), (0, 97, 90, 170))
    staying = Town(communities=table_of({"old": there[0], "far": there[1]}))
    found, entry = communities(tmp_path, staying, new=came[0], north=came[1])
    assert entry["overlaps_closed"] == 2
    assert [(one["codes"], one["area_m2"]) for one in entry["left"]] == [
        (("north", "far"), pytest.approx(900, rel=1e-3))
    ]
    assert [one["code"] for one in entry["changed"]] == ["new", "north"]
    shape = found.district["communities"].set_index("code").geometry["new"]
    assert shapely.area(shapely.intersection(shape, staying.layers["communities"].geometry[0])) < 1e-14
    assert any("north and far overlap by 900.0 m²" in str(note) for note in found.report.notes)


def test_a_community_that_is_brought_anew_does_not_stay(tmp_path):
    (shape,) = areas((0, 0, 100, 100))
    staying = Town(communities=table_of({"one": shapely.buffer(shape, 2)}))
    _found, entry = communities(tmp_path, staying, one=shape)
    assert (entry["closed"], entry["left"]) == ([], [])


def test_a_hole_in_the_file_in_which_something_stays_is_no_gap(tmp_path):
    ring = areas((0, 0, 300, 100), (0, 100, 100, 200), (200, 100, 300, 200), (0, 200, 300, 300))
    middle = areas((100, 100, 200, 200))[0]
    named = {f"c{number}": shape for number, shape in enumerate(ring)}
    _found, entry = communities(tmp_path, Town(communities=table_of({"middle": middle})), **named)
    assert entry["left"] == []
    _found, entry = communities(tmp_path, None, **named)
    assert [one["area_m2"] for one in entry["left"]] == [pytest.approx(10_000, rel=1e-3)]


def test_what_no_community_of_a_street_covers_is_listed_even_where_it_is_open(tmp_path):
    street, one, two = areas((0, 0, 300, 100), (0, 0, 100, 100), (150, 0, 300, 100))
    staying = Town(streets=table_of({"s": street}), communities=table_of({"two": two}))
    found, entry = communities(tmp_path, staying, one=one)
    (fault,) = entry["left"]
    assert (fault["kind"], fault["codes"], fault["area_m2"]) == ("uncovered", ("s",), pytest.approx(5000, rel=1e-3))
    assert any("communities: 5,00" in str(note) and "m² of s at" in str(note) for note in found.report.notes)


@pytest.fixture
def extract(tmp_path):
    """An extract of two communities that overlap by 1 m, 100 m long."""
    rings = table_of(dict(enumerate(areas((0, 0, 100, 100), (99, 0, 200, 100))))).geometry
    corners = [place for ring in rings for place in ring.exterior.coords[:-1]]
    nodes = [f'<node id="{k}" lat="{lat:.9f}" lon="{lon:.9f}"/>' for k, (lon, lat) in enumerate(corners, 1)]
    tags = '<tag k="boundary" v="administrative"/><tag k="admin_level" v="10"/><tag k="name" v="海景社区"/>'
    ways = [
        f'<way id="{k + 1}">' + "".join(f'<nd ref="{4 * k + n}"/>' for n in (1, 2, 3, 4, 1)) + f"{tags}</way>"
        for k in range(len(rings))
    ]
    path = tmp_path / "town.osm"
    path.write_text(f'<osm version="0.6">{"".join(nodes)}{"".join(ways)}</osm>', encoding="utf-8")
    return path


def test_areas_of_an_extract_are_made_to_tile(extract):
    found = read(extract)
    (entry,) = found.report.as_dict()["coverage"]
    assert (entry["overlaps_closed"], entry["overlap_m2"]) == (1, pytest.approx(100, rel=1e-2))
    one, two = found.district["communities"].geometry
    assert shapely.area(shapely.intersection(one, two)) < 1e-14


def test_areas_of_an_extract_give_way_to_what_stays(extract):
    (there,) = areas((198, 0, 300, 100))
    found = read(extract, staying=Town(communities=table_of({"old": there})))
    (entry,) = found.report.as_dict()["coverage"]
    assert entry["overlaps_closed"] == 2


def test_a_check_takes_the_areas_of_an_extract_as_they_are(extract):
    assert read(extract, as_it_is=True).report.as_dict()["coverage"] == []
