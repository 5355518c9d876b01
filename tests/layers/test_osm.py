"""OpenStreetMap extracts: what their tags become."""

from pathlib import Path

import pytest
import shapely

from gridmap.domain.errors import InputError
from gridmap.layers.osm_layers import read_osm_district

SHARED = Path(__file__).parents[3] / "shared" / "real" / "osm"

TOWN = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
 {nodes}
 <way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
  <tag k="landuse" v="residential"/><tag k="name" v="海景花园"/><tag k="barrier" v="wall"/></way>
 <way id="2"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="8"/><nd ref="5"/>
  <tag k="building" v="yes"/><tag k="building:levels" v="6"/></way>
 <way id="3"><nd ref="9"/><nd ref="10"/><tag k="highway" v="footway"/><tag k="bridge" v="yes"/></way>
 <way id="4"><nd ref="9"/><nd ref="10"/><tag k="highway" v="motorway"/></way>
 <way id="5"><nd ref="11"/><nd ref="12"/><nd ref="13"/><nd ref="14"/><nd ref="11"/>
  <tag k="amenity" v="school"/><tag k="name" v="第一小学"/></way>
</osm>
"""
CORNERS = [(0, 0), (20, 0), (20, 10), (0, 10), (2, 2), (8, 2), (8, 4), (2, 4), (10, -1), (10, 5)]
CORNERS += [(30, 0), (40, 0), (40, 10), (30, 10)]


def node(number, x, y, tags=""):
    lon, lat = 122.0 + x * 1e-4, 37.5 + y * 1e-4
    return f'<node id="{number}" lat="{lat:.7f}" lon="{lon:.7f}">{tags}</node>'


@pytest.fixture
def town(tmp_path):
    def write(*more, shuffle=False):
        nodes = [node(i + 1, x, y) for i, (x, y) in enumerate(CORNERS)] + list(more)
        path = tmp_path / "town.osm"
        path.write_text(TOWN.format(nodes="\n ".join(reversed(nodes) if shuffle else nodes)), encoding="utf-8")
        return path

    return write


GATE = node(100, 10, 0, '<tag k="barrier" v="gate"/><tag k="access" v="private"/>')


def test_a_walled_residential_area_is_an_enclosed_compound(town):
    compound = read_osm_district(town()).district["compounds"].set_index("code").loc["osm-w1"]
    assert (compound["name"], compound["enclosure"]) == ("海景花园", "enclosed")


def test_what_nobody_mapped_is_unknown(town):
    compound = read_osm_district(town()).district["compounds"].set_index("code").loc["osm-w5"]
    assert (compound["enclosure"], compound["employer"]) == ("unknown", "第一小学")


def test_a_gate_on_the_boundary_is_the_compounds_and_open_to_whom_its_tags_say(town):
    gate = read_osm_district(town(GATE)).district["gates"].iloc[0]
    assert (gate["code"], gate["compound_code"], gate["access"]) == ("osm-n100", "osm-w1", "residents")


def test_a_gate_without_access_is_public_and_says_that_this_is_derived(town):
    gate = read_osm_district(town(node(100, 10, 0, '<tag k="barrier" v="gate"/>'))).district["gates"].iloc[0]
    assert (gate["access"], "access" in gate["derived"]) == ("public", True)


def test_a_bollard_away_from_any_boundary_is_rejected_with_its_number(town):
    report = read_osm_district(town(node(101, 25, 40, '<tag k="barrier" v="bollard"/>'))).report
    note = report.features[0]
    assert (note.layer, note.number, note.action, note.code) == ("points", 1, "rejected", "osm-n101")
    assert (note.shape.x, note.shape.y) == pytest.approx((122.0025, 37.504))


def test_a_building_of_unknown_use_in_a_residential_compound_is_a_dwelling(town):
    building = read_osm_district(town()).district["buildings"].iloc[0]
    assert (building["use"], building["compound_code"], building["floors"]) == ("residential", "osm-w1", 6)
    assert set(building["derived"].split()) == {"compound_code", "use", "households", "residents"}


def test_households_are_the_floor_area_by_the_size_of_a_dwelling(town):
    district = read_osm_district(town()).district
    area = district.metric()["buildings"].geometry.area.iloc[0]
    assert district["buildings"]["households"].iloc[0] == round(area * 6 / 95)
    assert district["compounds"].set_index("code").loc["osm-w1", "households"] == round(area * 6 / 95)


def test_stairwells_share_out_the_households_of_their_building(town):
    district = read_osm_district(town()).district
    assert district["stairwells"]["households"].sum() == district["buildings"]["households"].sum()


def test_ways_know_whether_people_walk_them(town):
    ways = read_osm_district(town()).district["ways"].set_index("kind")
    assert ways["walkable"].to_dict() == {"footway": True, "motorway": False}
    assert ways["bridge"].to_dict() == {"footway": True, "motorway": False}


def test_the_wall_of_a_compound_and_a_motorway_are_barriers(town):
    assert sorted(read_osm_district(town()).district["barriers"]["kind"]) == ["road", "wall"]


def test_unsorted_ids_do_no_harm(town):
    assert len(read_osm_district(town(GATE, shuffle=True)).district["buildings"]) == 1


def test_a_file_that_is_cut_off_gives_what_comes_before(town):
    path = town(GATE)
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index('<way id="5">') + 30], encoding="utf-8")
    reading = read_osm_district(path)
    assert list(reading.district["compounds"]["code"]) == ["osm-w1"]
    assert any("cut off" in str(note) for note in reading.report.notes)


def test_an_area_whose_ways_are_not_all_there_is_rejected_by_name(town):
    path = town()
    relation = '<relation id="9"><member type="way" ref="77" role="outer"/><member type="way" ref="3" role="outer"/>'
    relation += '<tag k="type" v="multipolygon"/><tag k="landuse" v="residential"/></relation></osm>'
    path.write_text(path.read_text(encoding="utf-8").replace("</osm>", relation), encoding="utf-8")
    note = read_osm_district(path).report.features[-1]
    assert (note.code, note.action) == ("osm-r9", "rejected")
    assert "some of its ways aren't in the file" in str(note.reason)
    assert note.shape.bounds == pytest.approx((122.001, 37.4999, 122.001, 37.5005))


def test_counts_add_up(town):
    report = read_osm_district(town(GATE)).report.as_dict()
    assert report["read"] == report["loaded"] + report["rejected"]


@pytest.mark.parametrize("text", ["", "hello", '<?xml version="1.0"?><osm version="0.6">', '<osm version="0.6"></osm>'])
def test_a_file_with_nothing_in_it_is_refused_in_words(tmp_path, text):
    path = tmp_path / "x.osm"
    path.write_text(text)
    with pytest.raises(InputError, match=r"x\.osm"):
        read_osm_district(path)


needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the folder ../shared is absent")


@pytest.fixture(scope="module")
def campus():
    return read_osm_district(SHARED / "beijing_haidian_cau.osm")


@pytest.mark.shared
@needs_shared
def test_the_campus_has_six_gates_and_all_its_buildings(campus):
    tables = campus.district
    code = tables["compounds"].set_index("name").loc["中国农业大学东校区", "code"]
    assert (tables["gates"]["compound_code"] == code).sum() == 6
    shape = tables["compounds"].set_index("code").geometry[code]
    assert tables["buildings"].geometry.representative_point().within(shape).sum() == 73


@pytest.mark.shared
@needs_shared
def test_the_campus_file_holds_what_its_description_says(campus):
    counts = {layer.layer: layer.read for layer in campus.report.layers if layer.source != "points"}
    assert (counts["buildings"], counts["ways"]) == (257, 302)
    homes = campus.district["compounds"]["employer"].isna()
    assert (homes.sum(), campus.district["compounds"]["name"][homes].notna().sum()) == (10, 9)
    assert campus.district["barriers"]["kind"].isin(["wall", "fence"]).sum() == 16  # 15, and a hedge


@pytest.mark.shared
@needs_shared
def test_most_compounds_around_tsinghua_are_not_surveyed():
    compounds = read_osm_district(SHARED / "beijing_haidian_tsinghua_pku.osm").district["compounds"]
    assert (compounds["enclosure"] == "unknown").mean() > 0.8


@pytest.mark.shared
@needs_shared
def test_broken_rings_cost_only_themselves():
    report = read_osm_district(SHARED / "helsinki_center.osm.pbf").report
    rings = [f for f in report.features if f.action == "rejected" and "fewer than 4 points" in str(f.reason)]
    assert 0 < len(rings) <= 11
    assert all(shapely.within(note.shape, shapely.box(24.9, 60.1, 25.0, 60.2)) for note in rings)
    assert report.total("loaded") > 3500
