"""Any file read as a district: recognised, repaired, derived, and reported feature by feature."""

import csv
import json
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gridmap.domain.errors import InputError
from gridmap.layers import read, write

REAL = Path(__file__).parents[3] / "shared" / "real"
needs_shared = pytest.mark.skipif(not REAL.exists(), reason="the folder ../shared is absent")


def square(x=0.0, y=0.0, size=0.002):
    return shapely.box(122 + x, 37.4 + y, 122 + x + size, 37.4 + y + size)


def frame(shapes, crs="EPSG:4326", **columns):
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def geojson(path, *features, **members):
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": list(features), **members}, ensure_ascii=False),
        encoding="utf-8",
    )
    return path


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def ring(*points):
    return {"type": "Polygon", "coordinates": [list(map(list, points))]}


CORNERS = [(122.0, 37.4), (122.002, 37.4), (122.002, 37.402), (122.0, 37.402)]


# what it is


@pytest.mark.parametrize(
    ("name", "columns", "layer"),
    [
        ("小区面", {"小区名称": ["海景花园"], "物业公司": ["某物业"], "户数": ["1,200户"]}, "compounds"),
        ("shequ", {"社区名称": ["中盛园"], "社区编码": ["371071004016"]}, "communities"),
        ("export", {"层数": ["6"], "用途": ["住宅"]}, "buildings"),
        ("buildings", {"floors": [6]}, "buildings"),
    ],
)
def test_a_layer_is_known_by_its_name_or_its_columns(tmp_path, name, columns, layer):
    write(tmp_path / f"{name}.geojson", {name: frame([square()], **columns)})
    reading = read(tmp_path / f"{name}.geojson")
    assert reading.report.layers[0].layer == layer
    assert len(reading.district[layer]) == 1


def test_chinese_columns_and_words_become_ours(tmp_path):
    table = frame(
        [square()], 小区名称=["海景花园"], 户数=["1,200户"], 是否封闭=["是"], 业委会=["已成立"], 封闭管理=["封闭管理"]
    )
    write(tmp_path / "小区.geojson", {"小区": table})
    row = read(tmp_path / "小区.geojson").district["compounds"].iloc[0]
    assert (row["name"], row["households"], row["enclosure"]) == ("海景花园", 1200, "enclosed")
    assert (row["owners_committee"], row["management"]) == (True, "closed")


def test_a_column_map_counts_before_names(tmp_path):
    write(tmp_path / "小区.geojson", {"小区": frame([square()], 名称=["x"], 备注=["真名"])})
    reading = read(tmp_path / "小区.geojson", columns={"备注": "name"})
    assert reading.district["compounds"]["name"].tolist() == ["真名"]
    with pytest.raises(InputError, match="has no column nonsense"):
        read(tmp_path / "小区.geojson", columns={"备注": "nonsense"})


def test_layer_says_what_it_is(tmp_path):
    write(tmp_path / "x.geojson", {"x": frame([square()], name=["甲"])})
    assert read(tmp_path / "x.geojson", layer="communities").district.filled() == ["communities"]
    with pytest.raises(InputError, match="There is no layer moon"):
        read(tmp_path / "x.geojson", layer="moon")


def test_points_that_nothing_is_known_of_are_refused_in_words(tmp_path):
    write(tmp_path / "x.geojson", {"x": frame([shapely.Point(122, 37.4)])})
    with pytest.raises(InputError, match="which layer it belongs to isn't known; say it with --layer"):
        read(tmp_path / "x.geojson")


def test_codes_are_the_datas_own_else_made_from_its_ids_else_from_numbers(tmp_path):
    shapes = [square(), square(0.01)]
    for column, expected in (
        ("编码", ["7", "8"]),
        ("id", ["compounds-7", "compounds-8"]),
        ("note", ["小区-1", "小区-2"]),
    ):
        write(tmp_path / "小区.geojson", {"小区": frame(shapes, **{column: ["7", "8"]})})
        assert read(tmp_path / "小区.geojson").district["compounds"]["code"].tolist() == expected


def test_a_code_that_stands_twice_rejects_the_later_feature(tmp_path):
    write(tmp_path / "小区.geojson", {"小区": frame([square(), square(0.01)], code=["a", "a"])})
    report = read(tmp_path / "小区.geojson").report.as_dict()
    assert (report["read"], report["loaded"], report["rejected"]) == (2, 1, 1)
    assert report["features"][0]["number"] == 2


# shapes


def test_each_broken_feature_costs_only_itself(tmp_path):
    bow = ring((122, 37.4), (122.002, 37.402), (122.002, 37.4), (122, 37.402), (122, 37.4))
    path = geojson(
        tmp_path / "小区.geojson",
        feature(ring(*CORNERS, CORNERS[0]), name="好"),
        feature(bow, name="蝴蝶"),
        feature(ring(*CORNERS), name="未闭合"),
        feature(None, name="无"),
        feature({"type": "Point", "coordinates": [122, 37.4]}, name="点"),
        feature(ring((122, 37.4), (122, 37.4), (122, 37.4), (122, 37.4)), name="无面积"),
    )
    reading = read(path)
    report = reading.report.as_dict()
    assert (report["read"], report["loaded"], report["repaired"], report["rejected"]) == (6, 3, 2, 3)
    assert reading.district["compounds"].geometry.is_valid.all()
    reasons = {f["number"]: str(f["reason"]) for f in report["features"]}
    assert "its boundary crosses itself, mended; area" in reasons[2]
    assert reasons[4] == "it has no geometry"


def test_the_area_change_of_a_repair_is_right(tmp_path):
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100), (0, 0)])
    table = frame([shapely.transform(bow, lambda xy: np.add(xy, [500000, 4150000]))], crs="EPSG:4550", name=["甲"])
    write(tmp_path / "小区.gpkg", {"小区": table}, crs="EPSG:4550")
    assert "became 5,000.0 m²" in str(read(tmp_path / "小区.gpkg").report.features[0].reason)


SHAPES = st.lists(st.tuples(st.floats(122, 122.01), st.floats(37.4, 37.41)), min_size=3, max_size=12)


SPLIT_ALONG_A_SPIKE = [
    (122.0, 37.40234375),
    (122.0078125, 37.40625),
    (122.0, 37.40625),
    (122.0, 37.408203125),
    (122.0078125, 37.40625),
    (122.0, 37.40625),
]
"""Mended once, its halves lie side by side with an edge in common."""


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SHAPES, min_size=1, max_size=6))
@example([SPLIT_ALONG_A_SPIKE])
def test_repair_always_ends_in_valid_shapes_of_the_right_kind(tmp_path, rings):
    features = [feature(ring(*points, points[0]), code=str(i)) for i, points in enumerate(rings)]
    path = geojson(tmp_path / "小区.geojson", *features)
    try:
        reading = read(path)
    except InputError:
        return
    compounds = reading.district["compounds"]
    assert compounds.geometry.is_valid.all()
    assert set(compounds.geom_type) <= {"Polygon", "MultiPolygon"}
    assert (
        reading.report.total("read") == len(rings) == reading.report.total("loaded") + reading.report.total("rejected")
    )


# coordinates


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_shifted_coordinates_come_back_within_a_centimetre(tmp_path, datum):
    table = frame([square()], name=["甲"])
    write(tmp_path / "小区.geojson", {"小区": table}, crs=datum)
    back = read(tmp_path / "小区.geojson", crs=datum).district["compounds"].to_crs("EPSG:4550").geometry.iloc[0]
    assert back.hausdorff_distance(table.to_crs("EPSG:4550").geometry.iloc[0]) < 0.02


@pytest.mark.parametrize(("crs", "said"), [("EPSG:4530", None), ("EPSG:3857", "wgs84"), ("EPSG:4326", "wgs84")])
def test_a_csv_in_another_system_is_known_by_its_values(tmp_path, crs, said):
    points = gpd.GeoSeries([shapely.Point(122.06, 37.52), shapely.Point(121.9, 37.4)], crs=4326).to_crs(crs)
    pd.DataFrame({"名称": ["甲", "乙"], "x": points.x, "y": points.y, "通行": ["公共", "业主"]}).to_csv(
        tmp_path / "出入口.csv", index=False
    )
    reading = read(tmp_path / "出入口.csv", crs=said)
    assert reading.report.layers[0].crs == crs
    assert reading.district["gates"].geometry.x.tolist() == pytest.approx([122.06, 121.9], abs=1e-6)
    assert reading.district["gates"]["access"].tolist() == ["public", "residents"]


def test_metres_without_a_zone_are_asked_about(tmp_path):
    (tmp_path / "出入口.csv").write_text("名称,x,y\n甲,417000,4153000\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"coordinate system of 出入口 isn't known.*--crs"):
        read(tmp_path / "出入口.csv")
    assert len(read(tmp_path / "出入口.csv", crs="EPSG:4550").district["gates"]) == 1


def test_latitude_first_is_noticed(tmp_path):
    (tmp_path / "出入口.csv").write_text("名称,x,y\n甲,37.5,122.0\n", encoding="utf-8")
    reading = read(tmp_path / "出入口.csv", crs="wgs84")
    assert reading.district["gates"].geometry.iloc[0].coords[0] == (122.0, 37.5)


def test_an_unknown_system_is_named(tmp_path):
    write(tmp_path / "小区.geojson", {"小区": frame([square()])})
    with pytest.raises(InputError, match="There is no coordinate system mars"):
        read(tmp_path / "小区.geojson", crs="mars")


# encodings


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "海景花园小区一期"),
        ("utf-8", "海景花园小区一期"),
        ("big5", "海景花園社區第一期"),
        ("utf-8-sig", "海景花园"),
    ],
)
def test_a_csv_is_read_in_its_own_encoding(tmp_path, encoding, text):
    (tmp_path / "x.csv").write_bytes(f"name,lon,lat,access\n{text},122,37.4,public\n".encode(encoding))
    reading = read(tmp_path / "x.csv", layer="gates", columns={"name": "code"}, crs="wgs84")
    assert reading.district["gates"]["code"].tolist() == [text]


@pytest.mark.parametrize(("encoding", "text"), [("gb18030", "海景花园"), ("utf-8", "海景花园"), ("big5", "國語實驗")])
@pytest.mark.parametrize("said", [True, False])
def test_a_shapefile_is_read_in_its_own_encoding(tmp_path, encoding, text, said):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame([square()], NAME=[text]).to_file(tmp_path / "xiaoqu.shp", encoding=encoding)
    (tmp_path / "xiaoqu.cpg").unlink(missing_ok=True)
    table = bytearray((tmp_path / "xiaoqu.dbf").read_bytes())
    table[29] = 0
    (tmp_path / "xiaoqu.dbf").write_bytes(table)
    if said:
        (tmp_path / "xiaoqu.cpg").write_text(encoding)
    assert read(tmp_path / "xiaoqu.shp").district["compounds"]["name"].tolist() == [text]


# archives


def zipped(path, files, flags=0):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_several_shapefiles_in_one_archive_with_chinese_names(tmp_path):
    tables = {"小区": frame([square()], name=["甲"]), "楼栋": frame([square(size=0.0002)], floors=[6])}
    parts = {}
    for name, table in tables.items():
        write(tmp_path / "one.zip", {name: table})
        with zipfile.ZipFile(tmp_path / "one.zip") as archive:
            parts.update({f"数据/{n}": archive.read(n) for n in archive.namelist()})
    zipped(tmp_path / "all.zip", parts)
    assert set(read(tmp_path / "all.zip").district.filled()) >= {"compounds", "buildings"}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"../../evil.geojson": b"{}"}, "points outside"),
        ({"/etc/evil.geojson": b"{}"}, "points outside"),
        ({"inner.zip": b"PK"}, "another archive"),
        ({"bomb.geojson": b"0" * 30_000_000}, "far more than it holds"),
        ({"readme.txt.bak": b"x"}, "holds no file that can be read"),
    ],
)
def test_archives_that_lie_are_refused(tmp_path, files, words):
    zipped(tmp_path / "x.zip", files)
    with pytest.raises(InputError, match=words):
        read(tmp_path / "x.zip")
    assert [p.name for p in tmp_path.iterdir()] == ["x.zip"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.zip", b"not a zip"),
        ("x.gpkg", b"nope"),
        ("x.geojson", b'{"type": "FeatureCollection", "features": ['),
        ("x.geojson", b"\xff\xfe\x00"),
        ("x.shp", b"\x00\x00\x27\x0a" + b"\x00" * 50),
        ("x.kml", b"<kml><Document>"),
        ("x.kml", b'<!DOCTYPE lolz [<!ENTITY lol "lol">]><kml/>'),
        ("x.xlsx", b"PK\x03\x04"),
        ("x.fgb", b"fgb"),
        ("x.dxf", b"0\nSECTION"),
        ("x.csv", b"\x00\x01\x02"),
        ("x.csv", b""),
        ("x.pbf", b"\x00\x00\x00\x0d"),
        ("x.doc", b"text"),
    ],
)
def test_a_malformed_file_is_refused_in_words(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=r"x\."):
        read(tmp_path / name)


# out and in again


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "csv", "xlsx", "kml", "fgb", "zip"])
def test_what_goes_out_comes_in_equal(tmp_path, ending):
    table = frame(
        [square(), shapely.MultiPolygon([square(0.01), square(0.02)])],
        code=["a", "b"],
        name=["海景花园", "甲"],
        enclosure=["enclosed", "unknown"],
        management=["closed", "open"],
        employer_share=[0.25, None],
        households=pd.array([12, None], dtype="Int64"),
        residents=pd.array([36, 5], dtype="Int64"),
        owners_committee=pd.array([True, None], dtype="boolean"),
    )
    write(tmp_path / f"compounds.{ending}", {"compounds": table})
    back = read(tmp_path / f"compounds.{ending}").district["compounds"]
    for column in ("code", "name", "enclosure", "management", "residents", "owners_committee", "employer_share"):
        assert (
            back[column].astype(object).where(back[column].notna(), None).tolist()
            == table[column].astype(object).where(table[column].notna(), None).tolist()
        ), column
    assert shapely.equals_exact(back.geometry.normalize(), table.geometry.normalize(), 2e-7).all()


# the real ones


@pytest.mark.shared
@needs_shared
def test_every_dirty_file_loads_what_it_holds_or_is_refused_in_words():
    with (REAL / "dirty" / "manifest.csv").open(encoding="utf-8-sig", newline="") as manifest:
        names = [row["file"] for row in csv.DictReader(manifest)]
    assert len(names) == 31
    loaded = {}
    for name in names:
        try:
            report = read(REAL / "dirty" / name).report.as_dict()
        except InputError:
            continue
        assert report["read"] == report["loaded"] + report["rejected"], name
        loaded[name] = (report["read"], report["loaded"])
    assert loaded["shapefile/poly.zip"] == (10, 10)
    assert loaded["gpkg/first_geometry_null.gpkg"] == (2, 1)
    assert loaded["geometry/ex23_three_ca_precincts.json"] == (3, 3)
    assert loaded["csv/wkt.csv"] == (3, 3)


@pytest.mark.shared
@needs_shared
def test_the_attribute_table_in_gbk_is_refused_with_its_columns_names():
    with pytest.raises(InputError, match="中国"):
        read(REAL / "dirty" / "encoding" / "chinese.dbf")


def test_a_layer_of_our_own_name_needs_no_note(tmp_path):
    write(tmp_path / "compounds.gpkg", {"compounds": frame([square()], code=["c1"], name=["甲"])})
    assert read(tmp_path / "compounds.gpkg").report.notes == []


def test_how_a_layer_of_another_name_was_known_is_noted(tmp_path):
    write(tmp_path / "小区.gpkg", {"小区": frame([square()], code=["c1"], name=["甲"])})
    notes = read(tmp_path / "小区.gpkg").report.notes
    assert list(map(str, notes)) == ["小区 was taken as compounds: the name of the layer."]


def test_the_sample_s_truth_is_left_out_and_not_refused(tmp_path):
    truth = pd.DataFrame({"compound_code": ["c1"], "isolated": [True], "how": ["single gate"]})
    write(tmp_path / "d.gpkg", {"compounds": frame([square()], code=["c1"], name=["甲"]), "truth": truth})
    report = read(tmp_path / "d.gpkg").report
    assert (report.total("read"), report.total("rejected"), len(report.notes)) == (1, 0, 1)
