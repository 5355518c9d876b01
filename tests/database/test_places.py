"""The register: every code once, found by sound and initials, in its community; of people the code alone."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine, text

from gridmap.database.places import initials, pinyin
from gridmap.database.store import save_layers
from gridmap.domain.district import District


@pytest.fixture
def loaded(database: Engine, town: District) -> Engine:
    with database.begin() as connection:
        save_layers(connection, {name: town[name] for name in town.filled()})
    return database


def places(engine: Engine, layer: str) -> list[dict]:
    query = "SELECT *, ST_X(point) AS x, ST_Y(point) AS y FROM gridmap.places WHERE layer = :layer ORDER BY code"
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(query), {"layer": layer}).mappings()]


@pytest.mark.parametrize(
    ("name", "sound", "letters"),
    [
        ("中盛园12号楼", "zhongshengyuan12haolou", "zsy12hl"),
        ("长峰社区", "changfengshequ", "cfsq"),
        ("泊于家庄", "poyujiazhuang", "pyjz"),
        ("家长学校", "jiazhangxuexiao", "jzxx"),
        ("重庆路 3 号", "chongqinglu3hao", "cql3h"),
        ("Block A", "blocka", "blocka"),
        ("", "", ""),
    ],
)
def test_names_are_spelled_by_sound(name: str, sound: str, letters: str) -> None:
    assert (pinyin(name), initials(name)) == (sound, letters)


def test_every_code_is_registered_once(loaded: Engine, town: District) -> None:
    coded = [name for name in town.filled() if "code" in town[name]]
    for name in coded:
        assert [place["code"] for place in places(loaded, name)] == sorted(town[name]["code"])


def test_a_place_has_its_point_inside_and_its_box_around(loaded: Engine, town: District) -> None:
    compounds = town["compounds"].set_index("code").geometry
    for place in places(loaded, "compounds"):
        shape = compounds[place["code"]]
        assert shape.contains(shapely.Point(place["x"], place["y"]))
        assert [place[side] for side in ("west", "south", "east", "north")] == pytest.approx(shape.bounds)


def test_stairwells_and_gates_are_in_the_community_of_what_they_belong_to(loaded: Engine) -> None:
    for layer in ("stairwells", "gates"):
        assert {place["community_code"] for place in places(loaded, layer)} == {"371071004001"}


def test_what_names_no_community_is_in_the_one_it_lies_in(loaded: Engine, town: District) -> None:
    point = town["compounds"].geometry.iloc[0].representative_point()
    clinic = gpd.GeoDataFrame({"code": ["F-1"], "name": ["卫生站"], "kind": ["health"]}, geometry=[point], crs=4326)
    with loaded.begin() as connection:
        save_layers(connection, {"facilities": clinic})
    (place,) = (place for place in places(loaded, "facilities") if place["code"] == "F-1")
    assert place["community_code"] == "371071004001"
    assert place["initials"] == "wsz"


def test_places_find_their_community_when_it_comes_later(database: Engine, town: District) -> None:
    compounds = town["compounds"].assign(community_code=None)
    with database.begin() as connection:
        save_layers(connection, {"compounds": compounds})
        save_layers(connection, {"streets": town["streets"], "communities": town["communities"]})
    assert {place["community_code"] for place in places(database, "compounds")} == {"371071004001"}


def test_of_people_the_register_holds_the_code_alone(loaded: Engine, town: District) -> None:
    home = town["compounds"].geometry.iloc[0].representative_point()
    people = gpd.GeoDataFrame({"code": ["S-9"], "name": ["王芳"], "phone": ["1"]}, geometry=[home], crs=4326)
    with loaded.begin() as connection:
        save_layers(connection, {"staff": people})
    (person,) = (place for place in places(loaded, "staff") if place["code"] == "S-9")
    assert {name for name, value in person.items() if value is not None} == {"code", "layer", "version"}


def test_a_new_name_is_registered(loaded: Engine, town: District) -> None:
    with loaded.begin() as connection:
        save_layers(connection, {"compounds": town["compounds"].head(1).assign(name="海韵城")})
    assert places(loaded, "compounds")[0]["pinyin"] == "haiyuncheng"
