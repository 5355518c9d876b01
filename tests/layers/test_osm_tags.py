"""Tags as mappers use them: each to the layer and the word that it means."""

import pytest

from gridmap.domain.errors import InputError
from gridmap.layers.osm_layers import read_osm_district

_SQUARE = ((0, 0), (20, 0), (20, 20), (0, 20))


def _tags(tags):
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())


def _node(number, x, y, tags=()):
    lon, lat = 122.0 + x * 1e-4, 37.5 + y * 1e-4
    return f'<node id="{number}" lat="{lat:.7f}" lon="{lon:.7f}">{_tags(dict(tags))}</node>'


@pytest.fixture
def osm(tmp_path):
    """The district of one residential area, whose way is 1, with these further points, areas (by a square's side of
    200 m next to each other) and lines, each a dict of tags.
    """

    def read(points=(), areas=(), lines=(), relation=None, of=None):
        nodes, ways = [], []
        for number, tags in enumerate([{"landuse": "residential", "name": "海景花园"}, *areas]):
            first = 10 * number + 1
            nodes += [_node(first + i, x + 30 * number, y) for i, (x, y) in enumerate(_SQUARE)]
            refs = "".join(f'<nd ref="{first + i}"/>' for i in (0, 1, 2, 3, 0))
            ways.append(f'<way id="{number + 1}">{refs}{_tags(tags)}</way>')
        nodes += [_node(500 + i, 10 + i, 0, tags.items()) for i, tags in enumerate(points)]
        nodes += [_node(801, 0, -5), _node(802, 20, -5)]
        ways += [
            f'<way id="{100 + i}"><nd ref="801"/><nd ref="802"/>{_tags(tags)}</way>' for i, tags in enumerate(lines)
        ]
        more = ""
        if relation is not None:
            more = f'<relation id="7"><member type="way" ref="2" role="outer"/>{_tags(relation)}</relation>'
        path = tmp_path / "town.osm"
        body = "".join(nodes) + "".join(ways) + more
        path.write_text(f'<?xml version="1.0"?><osm version="0.6">{body}</osm>', encoding="utf-8")
        district = read_osm_district(path).district
        return district if of is None else district[of]

    return read


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("gate", "both"),
        ("lift_gate", "both"),
        ("swing_gate", "both"),
        ("sliding_gate", "both"),
        ("security_control", "both"),
        ("kissing_gate", "pedestrian"),
        ("turnstile", "pedestrian"),
        ("full-height_turnstile", "pedestrian"),
        ("bollard", "pedestrian"),
        ("gate;bollard", "both"),
    ],
)
def test_kinds_of_gates(osm, value, kind):
    gates = osm(points=[{"barrier": value}], of="gates")
    assert gates[["compound_code", "kind"]].to_numpy().tolist() == [["osm-w1", kind]]


@pytest.mark.parametrize(
    ("tags", "access"),
    [
        ({"access": "yes"}, "public"),
        ({"access": "permissive"}, "public"),
        ({"access": "private"}, "residents"),
        ({"access": "private", "foot": "yes"}, "public"),
        ({"access": "yes", "foot": "private"}, "residents"),
        ({"access": "customers"}, "residents"),
        ({"access": "no"}, "closed"),
        ({"foot": "no"}, "closed"),
        ({"locked": "yes"}, "closed"),
        ({"motor_vehicle": "private"}, "public"),
    ],
)
def test_who_may_pass_a_gate(osm, tags, access):
    assert osm(points=[{"barrier": "gate", **tags}], of="gates")["access"].tolist() == [access]


def test_a_gate_keeps_its_hours(osm):
    assert osm(points=[{"barrier": "gate", "opening_hours": "06:00-22:00"}], of="gates")["hours"].tolist() == [
        "06:00-22:00"
    ]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"place": "neighbourhood", "name": "东里"}, ("东里", None, "unknown")),
        ({"place": "quarter", "name": "西里"}, ("西里", None, "unknown")),
        ({"landuse": "residential", "residential": "gated"}, (None, None, "closed")),
        ({"landuse": "residential", "access": "private"}, (None, None, "closed")),
        ({"amenity": "university", "name": "哈工大"}, ("哈工大", "哈工大", "unknown")),
        ({"amenity": "school", "name": "一小", "operator": "教育局"}, ("一小", "教育局", "unknown")),
        ({"landuse": "industrial", "name": "船厂"}, ("船厂", "船厂", "unknown")),
    ],
)
def test_areas_that_are_compounds(osm, tags, expected):
    row = osm(areas=[tags], of="compounds").set_index("code").loc["osm-w2"]
    assert (row["name"], row["employer"], row["management"]) == expected


def test_a_gated_area_is_enclosed(osm):
    compounds = osm(areas=[{"landuse": "residential", "residential": "gated"}], of="compounds").set_index("code")
    assert compounds.loc["osm-w2", "enclosure"] == "enclosed"


@pytest.mark.parametrize(
    "tags", [{"place": "neighbourhood"}, {"landuse": "retail", "name": "商场"}, {"place": "suburb"}]
)
def test_areas_that_are_none(osm, tags):
    assert osm(areas=[tags], of="compounds")["code"].tolist() == ["osm-w1"]


def test_a_relation_is_a_compound_too(osm):
    relation = {"type": "multipolygon", "landuse": "residential", "name": "关系小区"}
    assert osm(areas=[{}], relation=relation, of="compounds").set_index("code").loc["osm-r7", "name"] == "关系小区"


@pytest.mark.parametrize(
    ("level", "name", "layer", "kind"),
    [
        ("8", "怡园街道", "streets", "street"),
        ("8", "初村镇", "streets", "town"),
        ("10", "中盛园社区", "communities", "urban"),
        ("10", "北山村", "communities", "village"),
        ("9", "中盛园社区", "communities", "urban"),
    ],
)
def test_administrative_levels(osm, level, name, layer, kind):
    relation = {"type": "boundary", "boundary": "administrative", "admin_level": level, "name": name}
    table = osm(areas=[{}], relation=relation, of=layer)
    assert table[["code", "name", "kind"]].to_numpy().tolist() == [["osm-r7", name, kind]]


@pytest.mark.parametrize(("level", "name"), [("9", "第三片区"), ("6", "环翠区")])
def test_other_levels_are_no_communities(osm, level, name):
    relation = {"type": "boundary", "boundary": "administrative", "admin_level": level, "name": name}
    assert not len(osm(areas=[{}], relation=relation, of="communities"))


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"barrier": "wall"}, "wall"),
        ({"barrier": "fence;wall"}, "fence"),
        ({"barrier": "city_wall"}, "wall"),
        ({"barrier": "retaining_wall"}, "retaining_wall"),
        ({"waterway": "river"}, "river"),
        ({"railway": "rail"}, "railway"),
    ],
)
def test_lines_that_nobody_crosses(osm, tags, kind):
    assert osm(lines=[tags], of="barriers")["kind"].tolist() == [kind]


@pytest.mark.parametrize("tags", [{"waterway": "river", "tunnel": "culvert"}, {"railway": "tram"}, {"barrier": "kerb"}])
def test_lines_that_people_cross(osm, tags):
    assert not len(osm(lines=[tags], of="barriers"))


@pytest.mark.parametrize(
    ("tags", "kind", "walkable"),
    [
        ({"highway": "footway"}, "footway", True),
        ({"highway": "living_street"}, "residential", True),
        ({"highway": "service", "access": "private"}, "service", True),
        ({"highway": "service", "access": "no"}, "service", False),
        ({"highway": "path", "access": "no", "foot": "yes"}, "path", True),
        ({"highway": "primary", "foot": "no"}, "primary", False),
        ({"highway": "motorway_link"}, "motorway", False),
        ({"highway": "steps"}, "steps", True),
    ],
)
def test_ways_and_whether_people_walk_them(osm, tags, kind, walkable):
    assert osm(lines=[tags], of="ways")[["kind", "walkable"]].to_numpy().tolist() == [[kind, walkable]]


@pytest.mark.parametrize(
    ("tags", "use"),
    [
        ({"building": "apartments"}, "residential"),
        ({"building": "apartments;retail"}, "residential"),
        ({"building": "dormitory"}, "dormitory"),
        ({"building": "yes", "building:use": "office"}, "office"),
        ({"building": "yes", "amenity": "kindergarten"}, "education"),
        ({"building": "yes", "shop": "mall"}, "commercial"),
    ],
)
def test_uses_of_buildings(osm, tags, use):
    assert osm(areas=[tags], of="buildings")["use"].tolist() == [use]


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"amenity": "social_facility", "social_facility": "nursing_home"}, "elderly_care"),
        ({"amenity": "social_facility", "social_facility:for": "senior"}, "elderly_care"),
        ({"amenity": "kindergarten"}, "childcare"),
        ({"amenity": "clinic"}, "health"),
        ({"leisure": "sports_centre"}, "culture_sport"),
        ({"shop": "supermarket"}, "market"),
    ],
)
def test_facilities(osm, tags, kind):
    assert osm(points=[tags], of="facilities")["kind"].tolist() == [kind]


@pytest.mark.parametrize(("value", "count"), [("yes", 1), ("main", 1), ("staircase", 1), ("shop", 0), ("garage", 0)])
def test_entrances_of_dwellings_are_stairwells(osm, value, count):
    house = {"building": "apartments", "building:levels": "6"}
    table = osm(areas=[house], points=[{}] * 20 + [{"entrance": value, "addr:unit": "2单元"}], of="stairwells")
    assert len(table[table["code"] == "osm-n520"]) == count
    assert table.loc[table["code"] == "osm-n520", "number"].tolist() == [2] * count


def test_a_file_of_other_things_is_refused(tmp_path):
    (tmp_path / "x.osm").write_text(f'<osm version="0.6">{_node(1, 0, 0, [("natural", "tree")])}</osm>')
    with pytest.raises(InputError, match="no feature that gridmap has a layer for"):
        read_osm_district(tmp_path / "x.osm")
