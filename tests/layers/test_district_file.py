"""The district file goes out and comes in equal, and what isn't one is refused in words."""

import sqlite3

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal
from pyogrio import list_layers, read_info

from gridmap.domain.district import District
from gridmap.domain.errors import InputError
from gridmap.layers import read_district, write

SQUARE = shapely.box(122.0, 37.4, 122.01, 37.41)


@pytest.fixture
def district():
    place = {"crs": "EPSG:4326"}
    compounds = gpd.GeoDataFrame(
        {
            "code": ["c1", "c2", "c3"],
            "name": ["海景花园", None, "甲\"乙'丙"],
            "enclosure": ["enclosed", "unknown", "open"],
            "management": ["closed", "unknown", "open"],
            "households": pd.array([120, None, 0], dtype="Int64"),
            "employer_share": [0.25, None, 1.0],
            "owners_committee": pd.array([True, None, False], dtype="boolean"),
            "own_note": pd.Series(["x", None, "y"], dtype=object),
        },
        geometry=[SQUARE, shapely.MultiPolygon([SQUARE, shapely.box(123, 37, 124, 38)]), SQUARE],
        **place,
    )
    communities = gpd.GeoDataFrame(
        {"code": ["371071004016"], "name": ["中盛园"], "kind": ["urban"], "households": [5]}, geometry=[SQUARE], **place
    )
    staff = gpd.GeoDataFrame(
        {"code": ["s1", "s2"], "name": ["甲", "乙"], "published": [True, False]},
        geometry=[shapely.Point(122, 37.4), None],
        **place,
    )
    assignments = gpd.GeoDataFrame(
        {
            "role": ["grid", "staff"],
            "place_code": ["g1", "g2"],
            "staff_code": ["s1", "s2"],
            "since": pd.to_datetime(["2026-01-31", None]),
            "until": pd.to_datetime([None, None]),
            "locked": pd.array([True, None], dtype="boolean"),
        },
        geometry=[None, None],
        **place,
    )
    return District({"compounds": compounds, "communities": communities, "staff": staff, "assignments": assignments})


def test_every_layer_comes_back_with_equal_values_and_types(tmp_path, district):
    write(tmp_path / "d.gpkg", {name: district[name] for name in district.filled()})
    back = read_district(tmp_path / "d.gpkg")
    assert set(back.filled()) == set(district.filled())
    for name in district.filled():
        assert_frame_equal(
            pd.DataFrame(back[name].drop(columns="geometry")),
            pd.DataFrame(district[name].drop(columns="geometry")),
            check_like=True,
        )


def test_single_and_multiple_polygons_of_one_layer_come_back_equal(tmp_path, district):
    write(tmp_path / "d.gpkg", {"compounds": district["compounds"]})
    back = read_district(tmp_path / "d.gpkg")["compounds"].geometry
    assert [a.equals(b) for a, b in zip(back, district["compounds"].geometry, strict=True)] == [True] * 3


def test_an_area_layer_is_multipolygon_and_in_4326(tmp_path, district):
    write(tmp_path / "d.gpkg", {"communities": district["communities"].to_crs("EPSG:4550")})
    info = read_info(tmp_path / "d.gpkg")
    assert (info["geometry_type"], info["crs"]) == ("MultiPolygon", "EPSG:4326")


def test_a_person_without_a_home_keeps_the_row(tmp_path, district):
    write(tmp_path / "d.gpkg", {"staff": district["staff"]})
    assert read_district(tmp_path / "d.gpkg")["staff"].geometry.isna().tolist() == [False, True]


def test_an_empty_layer_is_written_and_read(tmp_path, district):
    write(tmp_path / "d.gpkg", {"compounds": district["compounds"], "gates": district["gates"]})
    assert [str(n) for n, _ in list_layers(tmp_path / "d.gpkg")] == ["compounds", "gates"]
    assert len(read_district(tmp_path / "d.gpkg")["gates"]) == 0


def test_a_layer_without_geometry_has_none_in_the_file(tmp_path, district):
    write(tmp_path / "d.gpkg", {"assignments": district["assignments"]})
    assert list_layers(tmp_path / "d.gpkg")[0][1] is None


def test_layers_that_are_not_a_districts_are_left_aside(tmp_path, district):
    truth = pd.DataFrame({"compound_code": ["c1"], "isolated": [True], "how": ["single gate"]})
    write(tmp_path / "d.gpkg", {"compounds": district["compounds"], "truth": truth})
    assert read_district(tmp_path / "d.gpkg").filled() == ["compounds"]


def test_the_rows_written_twice_are_equal(tmp_path, district):
    tables = {name: district[name] for name in district.filled()}
    for name in ("a.gpkg", "b.gpkg"):
        write(tmp_path / name, tables)
    dumps = [
        list(sqlite3.connect(tmp_path / name).execute("SELECT * FROM compounds ORDER BY fid"))
        for name in ("a.gpkg", "b.gpkg")
    ]
    assert dumps[0] == dumps[1]


def test_writing_replaces_the_file_and_leaves_nothing_beside_it(tmp_path, district):
    (tmp_path / "d.gpkg").write_text("old")
    write(tmp_path / "d.gpkg", {"compounds": district["compounds"]})
    assert [p.name for p in tmp_path.iterdir()] == ["d.gpkg"]


def test_what_fails_leaves_the_old_file(tmp_path, district):
    target = tmp_path / "d.gpkg"
    target.write_text("old")
    with pytest.raises(InputError, match="no coordinate system EPSG:9999999"):
        write(target, {"compounds": district["compounds"]}, crs="EPSG:9999999")
    assert target.read_text() == "old"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.gpkg", None, "There is no file"),
        ("text.gpkg", b"hello", "not a district file"),
        ("empty.gpkg", b"", "not a district file"),
        ("sqlite.gpkg", b"SQLite format 3\x00" + b"\x00" * 50, "GeoPackage|damaged"),
    ],
)
def test_what_is_no_district_file_is_refused(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_district(tmp_path / name)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        read_district(tmp_path)


def test_a_geopackage_without_our_layers_is_refused(tmp_path, district):
    write(tmp_path / "x.gpkg", {"other": district["compounds"]})
    with pytest.raises(InputError, match="holds no layer of a district"):
        read_district(tmp_path / "x.gpkg")


def test_a_locked_file_is_refused(tmp_path, district):
    write(tmp_path / "d.gpkg", {"compounds": district["compounds"]})
    holder = sqlite3.connect(tmp_path / "d.gpkg")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(InputError, match="in use by another program"):
        read_district(tmp_path / "d.gpkg")
    holder.close()


def test_a_truncated_file_is_refused(tmp_path, district):
    write(tmp_path / "d.gpkg", {"compounds": district["compounds"]})
    whole = (tmp_path / "d.gpkg").read_bytes()
    (tmp_path / "d.gpkg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError):
        read_district(tmp_path / "d.gpkg")


def test_a_code_that_stands_twice_is_named(tmp_path, district):
    table = district["compounds"].assign(code=["a", "b", "a"])
    write(tmp_path / "d.gpkg", {"compounds": table})
    with pytest.raises(InputError, match="code a stands more than once in layer compounds"):
        read_district(tmp_path / "d.gpkg")


def test_a_column_of_the_wrong_type_is_named(tmp_path, district):
    table = district["compounds"].drop(columns="households")
    write(tmp_path / "d.gpkg", {"compounds": table})
    connection = sqlite3.connect(tmp_path / "d.gpkg")
    connection.execute("ALTER TABLE compounds ADD COLUMN households TEXT DEFAULT 'many'")
    connection.commit()
    connection.close()
    with pytest.raises(InputError, match="column households of layer compounds"):
        read_district(tmp_path / "d.gpkg")
