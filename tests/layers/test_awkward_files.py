"""Files of kinds that came up in practice: outlines drawn as lines, GeoJSON in GBK, collections in collections."""

import json
import zipfile

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import mapping

from gridmap.domain.errors import InputError
from gridmap.layers import read

YARD = shapely.box(122.05, 37.51, 122.052, 37.512)
METRES = gpd.GeoSeries([YARD], crs="EPSG:4326").to_crs("EPSG:4550")[0]


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def feature(shape, **properties):
    return {"type": "Feature", "properties": properties, "geometry": mapping(shape)}


def drawing(*lines, closed=True):
    out = ["0", "SECTION", "2", "ENTITIES"]
    for line in lines:
        out += ["0", "LWPOLYLINE", "8", "0", "90", str(len(line)), "70", str(int(closed))]
        for x, y in line:
            out += ["10", f"{x:.3f}", "20", f"{y:.3f}"]
    return "\n".join([*out, "0", "ENDSEC", "0", "EOF", ""])


CORNERS = list(METRES.exterior.coords)[:-1]


def test_a_drawing_of_compounds_holds_areas(tmp_path):
    (tmp_path / "小区.dxf").write_text(drawing(CORNERS))
    reading = read(tmp_path / "小区.dxf", crs="EPSG:4550")
    shape = reading.district["compounds"].geometry[0]
    assert shapely.symmetric_difference(shape, YARD).area < 1e-10  # a drawing to the millimetre
    assert any("1 closed lines" in str(note) for note in reading.report.notes)


def test_an_outline_that_is_not_closed_is_refused(tmp_path):
    (tmp_path / "a.dxf").write_text(drawing(CORNERS, closed=False))
    with pytest.raises(InputError, match="compounds doesn't hold line shapes"):
        read(tmp_path / "a.dxf", crs="EPSG:4550", layer="compounds")


@pytest.mark.parametrize(("name", "layer"), [("围墙", "barriers"), ("道路", "ways"), ("线", "ways")])
def test_closed_lines_of_walls_and_ways_stay_lines(tmp_path, name, layer):
    (tmp_path / f"{name}.dxf").write_text(drawing(CORNERS))
    reading = read(tmp_path / f"{name}.dxf", crs="EPSG:4550")
    assert reading.district[layer].geometry[0].geom_type == "LineString"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig", "utf-8"])
def test_geojson_in_whatever_encoding(tmp_path, encoding):
    body = collection(feature(YARD, 编码="A", 小区名称="海景花园小区", 物业="海安物业服务有限公司"))
    (tmp_path / "小区.geojson").write_bytes(json.dumps(body, ensure_ascii=False).encode(encoding))
    reading = read(tmp_path / "小区.geojson")
    assert reading.district["compounds"]["name"].tolist() == ["海景花园小区"]
    assert reading.report.layers[0].encoding == encoding.removesuffix("-sig")


@pytest.mark.parametrize("ending", [".geojsonl", ".geojsons", ".ndjson", ".jsonl"])
def test_a_feature_a_line_is_geojson_too(tmp_path, ending):
    lines = [json.dumps(feature(YARD, code=code), ensure_ascii=False) for code in ("甲", "乙")]
    (tmp_path / f"楼栋{ending}").write_text("\n".join(lines), encoding="utf-8")
    assert read(tmp_path / f"楼栋{ending}").district["buildings"]["code"].tolist() == ["甲", "乙"]


def strange(tmp_path):
    text = json.dumps(collection(*(feature(YARD, code=code, floors=6) for code in "abc")))
    first, second, third = text.split('"floors": 6')[:3]
    tail = text.split('"floors": 6')[3].replace("122.052", "1e400", 1)
    (tmp_path / "楼栋.geojson").write_text(f'{first}"floors": 6{second}"floors": 1e400{third}"floors": 6{tail}')
    return read(tmp_path / "楼栋.geojson", layer="buildings")


def test_a_number_beyond_all_numbers_costs_its_own_feature_at_most(tmp_path):
    assert strange(tmp_path).district["buildings"]["code"].tolist() == ["a", "b"]


def test_and_is_said(tmp_path):
    assert any("2 numbers are too large" in str(note) for note in strange(tmp_path).report.notes)


def test_geojson_in_the_encoding_that_is_asked_for(tmp_path):
    body = collection(feature(YARD, code="A", name="信義國宅"))
    (tmp_path / "小区.geojson").write_bytes(json.dumps(body, ensure_ascii=False).encode("big5"))
    reading = read(tmp_path / "小区.geojson", encoding="big5")
    assert reading.district["compounds"]["name"].tolist() == ["信義國宅"]


def test_a_collection_in_a_collection_gives_its_areas(tmp_path):
    nested = shapely.GeometryCollection([shapely.GeometryCollection([YARD, shapely.Point(122.0, 37.5)])])
    body = collection(feature(YARD, code="A"), feature(nested, code="B"))
    (tmp_path / "小区.geojson").write_text(json.dumps(body))
    reading = read(tmp_path / "小区.geojson")
    assert [shape.equals(YARD) for shape in reading.district["compounds"].geometry] == [True, True]
    assert [note.reason.code for note in reading.report.features] == ["mixture"]


def test_heights_do_not_make_another_coordinate_system(tmp_path):
    body = collection(feature(shapely.force_3d(YARD, 12.5), code="A"))
    (tmp_path / "小区.geojson").write_text(json.dumps(body))
    assert read(tmp_path / "小区.geojson").report.layers[0].crs == "EPSG:4326"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.geojson", b"[" * 100_000, "nested without end"),
        ("a.json", b'{"a": 1}', "of another kind, or damaged"),
        ("a.fgb", b"\x00\x01" * 500, "of another kind, or damaged"),
        ("a.osm.pbf", b"\x00\x01" * 500, "of another kind, or damaged"),
        ("a.csv", bytes(range(128, 256)) * 9, "is not a text file"),
        ("a.kml", '<!DOCTYPE a [<!ENTITY x "y">]><kml/>'.encode("utf-16"), "declares a document type"),
    ],
)
def test_what_is_something_else_is_refused_in_words(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=words) as refused:
        read(tmp_path / name)
    assert "driver" not in str(refused.value)


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "utf-16"])
def test_kml_in_whatever_encoding(tmp_path, encoding):
    corners = " ".join(f"{x},{y}" for x, y in YARD.exterior.coords)
    ring = f"<outerBoundaryIs><LinearRing><coordinates>{corners}</coordinates></LinearRing></outerBoundaryIs>"
    place = f"<Placemark><name>海景花园</name><Polygon>{ring}</Polygon></Placemark>"
    head = f'<?xml version="1.0" encoding="{encoding}"?><kml xmlns="http://www.opengis.net/kml/2.2">'
    (tmp_path / "小区.kml").write_bytes(f"{head}<Document>{place}</Document></kml>".encode(encoding))
    assert read(tmp_path / "小区.kml").district["compounds"]["name"].tolist() == ["海景花园"]


def test_axes_that_are_no_place_on_earth_are_asked_for(tmp_path):
    gpd.GeoDataFrame({"code": ["A"]}, geometry=[METRES], crs="EPSG:4550").to_file(tmp_path / "小区.shp")
    (tmp_path / "小区.prj").write_text('LOCAL_CS["Local",LOCAL_DATUM["x",0],UNIT["Meter",1]]')
    with pytest.raises(InputError, match=r"isn't known.*--crs"):
        read(tmp_path / "小区.shp")
    assert read(tmp_path / "小区.shp", crs="EPSG:4550").report.total("loaded") == 1


def test_what_is_wrong_in_an_archive_is_said_with_its_name(tmp_path):
    with zipfile.ZipFile(tmp_path / "区.zip", "w") as archive:
        archive.writestr("小区.geojson", "{}")
    with pytest.raises(InputError, match=r"区\.zip \(小区\.geojson\) can't be read") as refused:
        read(tmp_path / "区.zip")
    assert "gridmap-" not in str(refused.value)
