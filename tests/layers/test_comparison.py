"""Shifted coordinates and meridians are told by comparing with what is there, never wrongly, and else asked for."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS

from gridmap.domain.errors import InputError
from gridmap.domain.notes import Note
from gridmap.layers import DATUMS, KNOWN_SHAPES, read, write
from gridmap.layers.comparison import compared
from gridmap.layers.crs import System, shifted_ones
from gridmap.layers.shifted import shift_shapes
from gridmap.sample import make_sample

SAYS_WGS84 = System(CRS.from_epsg(4326), Note("the file"))
TOLD = ("streets", "communities", "compounds", "buildings", "stairwells", "gates", "barriers", "ways")


@dataclass(frozen=True)
class Shapes:
    """Known shapes by layer, in memory."""

    by_layer: dict[str, np.ndarray]

    def extent(self):
        return tuple(shapely.total_bounds(np.concatenate(list(self.by_layer.values()))))

    def within(self, bounds):
        box = shapely.box(*bounds)
        return {n: s[shapely.intersects(s, box)] for n, s in self.by_layer.items() if n in KNOWN_SHAPES}

    def without(self, layer):
        return Shapes({name: shapes for name, shapes in self.by_layer.items() if name != layer})


@pytest.fixture(scope="module")
def tables():
    district = make_sample(scale=0.05).district
    return {name: district[name] for name in (*TOLD, "ground", "facilities")}


@pytest.fixture(scope="module")
def known(tables):
    shapes = {name: table.geometry.to_numpy() for name, table in tables.items()}
    wet = tables["ground"]["kind"].isin(["sea", "water"]).to_numpy()
    return Shapes({**shapes, "water": shapes["ground"][wet]})


def told(shapes, layer, known, datum):
    moved = shift_shapes(np.asarray(shapes, dtype=object), source="wgs84", target=datum)
    system = compared(moved, layer, shifted_ones(SAYS_WGS84), known)
    return None if system is None else system.datum


def moved_about(shapes, share, chance):
    """The shapes with this share of them somewhere else, up to a kilometre away."""
    hit = chance.random(len(shapes)) < share
    aside = [shapely.affinity.translate(shape, *chance.uniform(-0.01, 0.01, 2)) for shape in shapes[hit]]
    out = shapes.copy()
    out[hit] = aside
    return out


@pytest.mark.parametrize("datum", DATUMS)
@pytest.mark.parametrize("layer", TOLD)
def test_a_layer_that_is_there_tells_how_it_is_shifted_though_a_tenth_of_it_is_wrong(known, layer, datum):
    shapes = moved_about(known.by_layer[layer], 0.1, np.random.default_rng(3))
    assert told(shapes, layer, known, datum) == datum


@pytest.mark.parametrize("datum", DATUMS)
@pytest.mark.parametrize("layer", ["stairwells", "gates", "barriers", "buildings"])
def test_other_layers_tell_it_too(known, layer, datum):
    assert told(known.by_layer[layer], layer, known.without(layer), datum) == datum


@pytest.mark.parametrize("layer", [*TOLD, "facilities"])
def test_a_few_shapes_are_told_right_or_not_at_all(known, layer):
    chance, shapes = np.random.default_rng(5), known.by_layer[layer]
    found = {
        (datum, told(shapes[chance.choice(len(shapes), min(n, len(shapes)), replace=False)], layer, there, datum))
        for n in (1, 4, 20)
        for there in (known, known.without(layer))
        for datum in DATUMS
    }
    assert found <= {(datum, answer) for datum in DATUMS for answer in (datum, None)}


def test_an_estate_that_nothing_is_known_of_is_not_told_by_its_neighbours(known, tables):
    codes = tables["buildings"]["compound_code"].dropna()
    for code in codes.unique()[:12]:
        mine = (tables["buildings"]["compound_code"] == code).to_numpy()
        others = Shapes({"communities": known.by_layer["communities"], "buildings": known.by_layer["buildings"][~mine]})
        assert {told(known.by_layer["buildings"][mine], "buildings", others, datum) for datum in DATUMS} == {None}


@pytest.mark.parametrize("layer", TOLD)
@pytest.mark.parametrize("aside", [(0.003, 0.002), (-0.0021, 0.004), (2.0, 1.0)])
def test_other_things_in_the_same_place_and_things_elsewhere_are_not_called_shifted(known, layer, aside):
    other = np.array([shapely.affinity.translate(shape, *aside) for shape in known.by_layer[layer]])
    assert told(other, layer, known, "wgs84") is None


# files


def test_a_file_that_claims_wgs84_but_is_shifted_is_converted_and_the_report_says_so(tmp_path, known, tables):
    table = tables["buildings"][["code", "use", "geometry"]]
    write(tmp_path / "buildings.fgb", {"buildings": table}, crs="gcj02")
    reading = read(tmp_path / "buildings.fgb", known=known)
    there = reading.district["buildings"].set_index("code").geometry.reindex(table["code"])
    far = gpd.GeoSeries(there.to_numpy(), crs=4326).to_crs(4550).hausdorff_distance(table.geometry.to_crs(4550))
    assert far.max() < 0.02
    assert reading.report.layers[0].crs == "GCJ-02"
    assert "says that it is in EPSG:4326" in str(reading.report.notes[0])


def test_what_the_user_says_counts_before_any_comparison(tmp_path, known, tables):
    write(tmp_path / "buildings.fgb", {"buildings": tables["buildings"]}, crs="gcj02")
    reading = read(tmp_path / "buildings.fgb", crs="wgs84", known=known)
    assert reading.report.layers[0].crs == "EPSG:4326"


def test_layers_that_cannot_be_compared_go_with_those_of_their_file_that_can(tmp_path, known, tables):
    few = tables["facilities"].iloc[:3]
    write(tmp_path / "x.gpkg", {"buildings": tables["buildings"], "facilities": few}, crs="bd09")
    reading = read(tmp_path / "x.gpkg", known=known)
    assert {layer.source: layer.crs for layer in reading.report.layers} == {"buildings": "BD-09", "facilities": "BD-09"}


def test_where_nothing_tells_the_word_of_the_file_is_taken_and_doubted(tmp_path, known, tables):
    write(tmp_path / "facilities.geojson", {"facilities": tables["facilities"].iloc[:3]})
    notes = read(tmp_path / "facilities.geojson", known=known).report.notes
    assert "Whether facilities are shifted can't be told" in str(notes[0])


def csv_of(path, points, x="经度", y="纬度"):
    named = {"设施名称": [f"甲{n}" for n in range(len(points))], "类型": "养老"}
    pd.DataFrame({**named, x: shapely.get_x(points), y: shapely.get_y(points)}).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("datum", DATUMS)
def test_bare_degrees_are_compared(tmp_path, known, tables, datum):
    points = shift_shapes(tables["facilities"].geometry.to_numpy(), source="wgs84", target=datum)
    reading = read(csv_of(tmp_path / "设施.csv", points), layer="facilities", known=known)
    assert reading.report.layers[0].crs == {"wgs84": "EPSG:4326", "gcj02": "GCJ-02", "bd09": "BD-09"}[datum]


def test_bare_degrees_that_nothing_tells_of_are_asked_about(tmp_path):
    with pytest.raises(InputError, match=r"--crs: wgs84 .* gcj02 .* bd09"):
        read(csv_of(tmp_path / "设施.csv", shapely.points([[122.0, 37.4]])), layer="facilities")


@pytest.mark.parametrize(
    ("x", "y", "crs"),
    [
        ("经度(GCJ02)", "纬度(GCJ02)", "GCJ-02"),
        ("lng_bd09", "lat_bd09", "BD-09"),
        ("高德经度", "高德纬度", "GCJ-02"),
        ("百度经度", "百度纬度", "BD-09"),
        ("wgs84_lng", "wgs84_lat", "EPSG:4326"),
    ],
)
def test_the_names_of_the_columns_may_say_it(tmp_path, x, y, crs):
    path = csv_of(tmp_path / "设施.csv", shapely.points([[122.0, 37.4]]), x, y)
    assert read(path, layer="facilities").report.layers[0].crs == crs


@pytest.mark.parametrize("ending", ["csv", "xlsx", "geojson"])
def test_a_shifted_file_of_ours_says_that_it_is(tmp_path, tables, ending):
    table = tables["buildings"].iloc[:3]
    write(tmp_path / f"buildings.{ending}", {"buildings": table}, crs="bd09")
    back = read(tmp_path / f"buildings.{ending}").district["buildings"]
    assert shapely.equals_exact(back.geometry.to_numpy(), table.geometry.to_numpy(), 2e-7).all()


def test_of_two_pairs_of_columns_the_unshifted_one_is_taken(tmp_path):
    text = "设施名称,类型,gcj02_lng,gcj02_lat,wgs84_lng,wgs84_lat\n甲,养老,122.01,37.41,122.0,37.4\n"
    (tmp_path / "设施.csv").write_text(text, encoding="utf-8")
    place = read(tmp_path / "设施.csv", layer="facilities").district["facilities"].geometry.iloc[0]
    assert (place.x, place.y) == (122.0, 37.4)


def test_tables_with_columns_of_ours_are_in_wgs84(tmp_path):
    (tmp_path / "gates.csv").write_text("code,access,lon,lat\ng1,public,122,37.4\n", encoding="utf-8")
    assert read(tmp_path / "gates.csv").report.layers[0].crs == "EPSG:4326"


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326"])
def test_a_datum_that_is_given_leaves_order_and_projection_to_the_values(tmp_path, crs):
    truth = shapely.points([[122.0, 37.4]])
    there = gpd.GeoSeries(shift_shapes(truth, source="wgs84", target="gcj02"), crs=4326).to_crs(crs).to_numpy()
    reading = read(csv_of(tmp_path / "设施.csv", there, "x", "y"), layer="facilities", crs="gcj02")
    assert reading.district["facilities"].geometry.iloc[0].distance(truth[0]) < 1e-7


# metres without the number of a zone


@pytest.mark.parametrize("crs", ["EPSG:4550", "EPSG:4549", "EPSG:32651"])
@pytest.mark.parametrize("north_first", [False, True])
def test_the_meridian_is_told_by_the_district_that_is_there(tmp_path, known, tables, crs, north_first):
    points = tables["gates"].geometry.to_crs(crs)
    x, y = (points.y, points.x) if north_first else (points.x, points.y)
    pd.DataFrame({"通行": "公共", "x": x, "y": y}).to_csv(tmp_path / "出入口.csv", index=False)
    reading = read(tmp_path / "出入口.csv", known=known)
    assert reading.report.layers[0].crs == crs
    assert shapely.distance(reading.district["gates"].geometry.to_numpy(), tables["gates"].geometry).max() < 1e-6


def test_metres_that_fit_no_meridian_here_are_asked_about(tmp_path, known):
    (tmp_path / "出入口.csv").write_text("通行,x,y\n公共,417000,2153000\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"isn't known.*--crs"):
        read(tmp_path / "出入口.csv", known=known)
