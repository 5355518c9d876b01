"""Tiles hold what their layer holds, under an address that names the version of the data."""

from __future__ import annotations

import gzip
import math

import mapbox_vector_tile
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from gridmap.database import changes
from gridmap.database.store import save_layers
from gridmap.database.tile_layers import MAX_ZOOM, TILE_LAYERS
from gridmap.database.tiles import make_tile
from gridmap.domain.district import District
from gridmap.web.app import create_app
from gridmap.web.tile_cache import Packed, TileCache
from tests.fixtures.districts import URBAN, VILLAGE
from tests.web.conftest import load_town

LON, LAT = 122.00568, 37.47801
"""In the first building of compound A."""


def tile_of(lon: float, lat: float, zoom: int) -> tuple[int, int, int]:
    scale = 2**zoom
    row = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return zoom, int((lon + 180) / 360 * scale), int(row * scale)


def address(client: FlaskClient, layer: str, zoom: int) -> str:
    template = client.get(f"/tiles/{layer}.json").get_json()["tiles"][0]
    z, x, y = tile_of(LON, LAT, zoom)
    return template.replace("{z}", str(z)).replace("{x}", str(x)).replace("{y}", str(y))


def decoded(client: FlaskClient, layer: str, zoom: int) -> dict:
    response = client.get(address(client, layer, zoom))
    return mapbox_vector_tile.decode(response.get_data()) if response.status_code == 200 else {}


@pytest.mark.parametrize("layer", list(TILE_LAYERS))
def test_every_layer_draws_the_town(client: FlaskClient, layer: str) -> None:
    assert decoded(client, layer, 14)[layer]["features"]


@pytest.mark.parametrize("layer", list(TILE_LAYERS))
def test_features_carry_their_id_and_only_the_fields_that_are_announced(client: FlaskClient, layer: str) -> None:
    announced = {
        item["id"]: set(item["fields"]) for item in client.get(f"/tiles/{layer}.json").get_json()["vector_layers"]
    }
    for name, content in decoded(client, layer, 16).items():
        for feature in content["features"]:
            assert feature["id"] > 0
            assert set(feature["properties"]) <= announced[name]


def test_a_compound_shows_what_the_themes_need(client: FlaskClient) -> None:
    features = decoded(client, "compounds", 16)["compounds"]["features"]
    first = next(f["properties"] for f in features if f["properties"]["code"] == f"{URBAN}-A")
    assert first == {
        "code": f"{URBAN}-A",
        "name": "A小区",
        "community_code": URBAN,
        "enclosure": "enclosed",
        "management": "closed",
        "property_company": "海安物业",
        "owners_committee": True,
        "households": 240,
        "residents": 720,
    }


def test_isolation_carries_the_compounds_name(client: FlaskClient) -> None:
    found = {
        f["properties"]["name"]: f["properties"]["class"]
        for f in decoded(client, "isolation", 16)["isolation"]["features"]
    }
    assert found == {"A小区": "open", "B小区": "partly", "C小区": "open", "D小区": "isolated"}


def test_leaders_show_no_person(client: FlaskClient) -> None:
    properties = {name for f in decoded(client, "leaders", 16)["leaders"]["features"] for name in f["properties"]}
    assert properties == {"role", "place_code", "status", "cause"}


def test_buildings_begin_at_zoom_14(client: FlaskClient) -> None:
    assert client.get(address(client, "buildings", 13)).status_code == 204
    assert client.get(address(client, "buildings", 14)).status_code == 200


def test_a_label_is_one_point_a_feature_over_all_tiles(client: FlaskClient) -> None:
    template = client.get("/tiles/compounds.json").get_json()["tiles"][0]
    zoom, column, row = tile_of(LON, LAT, 16)
    codes = []
    for x in range(column - 3, column + 4):
        for y in range(row - 3, row + 4):
            got = client.get(template.replace("{z}", str(zoom)).replace("{x}", str(x)).replace("{y}", str(y)))
            if got.status_code == 200:
                labels = mapbox_vector_tile.decode(got.get_data()).get("compounds_label", {"features": []})
                codes += [f["properties"]["code"] for f in labels["features"]]
    assert sorted(codes) == [f"{URBAN}-{letter}" for letter in "ABCD"]


def test_a_corner_lies_where_it_is(client: FlaskClient) -> None:
    zoom, column, row = tile_of(LON, LAT, 16)
    gate = next(
        f for f in decoded(client, "gates", 16)["gates"]["features"] if f["properties"]["code"] == f"{URBAN}-A-G"
    )
    x, y = gate["geometry"]["coordinates"]
    lon = (column + x / 4096) / 2**zoom * 360 - 180
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (row + 1 - y / 4096) / 2**zoom))))
    assert (lon, lat) == pytest.approx((122.0056845, 37.4777766), abs=2e-6)


def test_tilejson_is_whole(client: FlaskClient) -> None:
    told = client.get("/tiles/communities.json").get_json()
    assert told["tilejson"] == "3.0.0"
    assert told["maxzoom"] == MAX_ZOOM
    west, south, east, north = told["bounds"]
    assert west < LON < east
    assert south < LAT < north
    assert {layer["id"] for layer in told["vector_layers"]} == {"communities", "communities_label", "communities_limit"}


def test_a_tile_is_kept_for_ever_and_confirmed_by_its_etag(client: FlaskClient) -> None:
    where = address(client, "compounds", 14)
    first = client.get(where)
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    etag = first.headers["ETag"]
    assert etag.startswith('"')
    again = client.get(where, headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert not again.get_data()


def test_a_tile_is_gzipped_for_those_who_take_it(client: FlaskClient) -> None:
    where = address(client, "compounds", 14)
    plain, packed = client.get(where), client.get(where, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.get_data()) == plain.get_data()
    assert packed.headers["ETag"] != plain.headers["ETag"]


def test_an_empty_tile_has_no_content(client: FlaskClient) -> None:
    where = client.get("/tiles/compounds.json").get_json()["tiles"][0]
    assert client.get(where.replace("{z}", "14").replace("{x}", "0").replace("{y}", "0")).status_code == 204


@pytest.mark.parametrize(
    ("numbers", "status"),
    [
        ("3/8/0", 400),
        ("3/0/8", 400),
        ("23/0/0", 400),
        ("-1/0/0", 400),
        ("a/0/0", 400),
        ("1.5/0/0", 400),
        ("16/99999999999999999999/0", 400),
        ("0/0/0", 200),
        ("22/0/0", 204),
    ],
)
def test_tile_numbers_are_held_to_their_range(client: FlaskClient, numbers: str, status: int) -> None:
    version = client.get("/tiles/streets.json").get_json()["tiles"][0].split("/")[-4]
    assert client.get(f"/tiles/streets/{version}/{numbers}.mvt").status_code == status


@pytest.mark.parametrize("version", ["0", "999999", "1"])
def test_a_version_that_is_not_todays_is_gone(client: FlaskClient, version: str) -> None:
    response = client.get(f"/tiles/isolation/{version}/0/0/0.mvt")
    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"


@pytest.fixture
def changing(database: Engine, town: District) -> tuple[Engine, FlaskClient]:
    load_town(database, town)
    return database, create_app(database, testing=True).test_client()


def test_a_change_makes_the_layers_tiles_old_and_leaves_the_others(
    changing: tuple[Engine, FlaskClient], town: District
) -> None:
    engine, client = changing
    compounds, gates = address(client, "compounds", 14), address(client, "gates", 14)
    assert client.get(compounds).status_code == 200
    moved = town["compounds"]
    moved["name"] = "新名"
    with engine.begin() as connection:
        version = changes.record(connection, actor="test", action="import", layers=["compounds"])
        save_layers(connection, {"compounds": moved}, version=version)
    assert client.get(compounds).status_code == 404
    assert client.get(gates).status_code == 200
    features = decoded(client, "compounds", 14)["compounds"]["features"]
    assert {f["properties"]["name"] for f in features} == {"新名"}


def test_isolation_grows_old_with_the_compounds_names(changing: tuple[Engine, FlaskClient]) -> None:
    engine, client = changing
    before = client.get("/tiles/isolation.json").get_json()["tiles"]
    with engine.begin() as connection:
        changes.record(connection, actor="test", action="import", layers=["compounds"])
    assert client.get("/tiles/isolation.json").get_json()["tiles"] != before


def test_a_limit_that_is_met_shows(town_engine: Engine) -> None:
    with town_engine.connect() as connection:
        tile = make_tile(connection, TILE_LAYERS["buildings"], *tile_of(LON, LAT, 14), most=5)
    layers = mapbox_vector_tile.decode(tile.data)
    assert tile.limited
    assert len(layers["buildings"]["features"]) == 5
    assert layers["buildings_limit"]["features"][0]["properties"] == {"shown": 5}


def test_a_limit_that_is_not_met_leaves_no_trace(town_engine: Engine) -> None:
    with town_engine.connect() as connection:
        tile = make_tile(connection, TILE_LAYERS["buildings"], *tile_of(LON, LAT, 14), most=36)
    assert not tile.limited
    assert set(mapbox_vector_tile.decode(tile.data)) == {"buildings"}


def test_an_empty_database_has_empty_tiles(database: Engine) -> None:
    client = create_app(database, testing=True).test_client()
    for layer in TILE_LAYERS:
        told = client.get(f"/tiles/{layer}.json").get_json()
        assert "bounds" not in told
        assert client.get(told["tiles"][0].replace("{z}/{x}/{y}", "0/0/0")).status_code == 204


def packed(size: int) -> Packed:
    return Packed(bytes(size), "digest")


def test_the_cache_lets_the_least_recently_used_go() -> None:
    cache = TileCache(5000)
    for column in range(3):
        cache.put(("a", 1, 0, column, 0), packed(800))
    cache.get(("a", 1, 0, 0, 0))
    for column in range(3, 5):
        cache.put(("a", 1, 0, column, 0), packed(800))
    assert cache.get(("a", 1, 0, 0, 0)) is not None
    assert cache.get(("a", 1, 0, 1, 0)) is None
    assert cache.held <= 5000


def test_the_cache_counts_a_tile_once() -> None:
    cache = TileCache(100_000)
    cache.put(("a", 1, 0, 0, 0), packed(1000))
    once = cache.held
    cache.put(("a", 1, 0, 0, 0), packed(1000))
    assert cache.held == once


def test_the_cache_does_not_keep_what_would_empty_it() -> None:
    cache = TileCache(1000)
    cache.put(("a", 1, 0, 0, 0), packed(900))
    assert cache.held == 0


def test_neighbours_never_share_a_colour(client: FlaskClient) -> None:
    features = decoded(client, "communities", 11)["communities"]["features"]
    colours = {f["properties"]["code"]: f["properties"]["colour"] for f in features}
    assert colours[URBAN] != colours[VILLAGE]
    assert set(colours.values()) <= set(range(6))
