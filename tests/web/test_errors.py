"""Wrong arguments get a clear error; a fault of ours is a 500 that is logged whole."""

from __future__ import annotations

import json
import logging
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from gridmap.database.engine import make_engine
from gridmap.domain import errors
from gridmap.web import problems
from gridmap.web.app import create_app
from gridmap.web.logs import JsonLines
from tests.fixtures.districts import URBAN

MALFORMED = [
    "/api/locate",
    "/api/locate?lon=122",
    "/api/locate?lon=nan&lat=37",
    "/api/locate?lon=inf&lat=37",
    "/api/locate?lon=-1e999&lat=37",
    "/api/locate?lon=abc&lat=37",
    "/api/locate?lon=&lat=",
    "/api/locate?lon=181&lat=37",
    "/api/locate?lon=37.5&lat=122",
    "/api/locate?lon=122&lat=37&crs=epsg4326",
    "/api/locate?lon=12_2&lat=37%00",
    "/api/search",
    "/api/search?q=",
    "/api/search?q=%20%20",
    "/api/search?q=a&limit=0",
    "/api/search?q=a&limit=51",
    "/api/search?q=a&limit=ten",
    "/api/search?q=a&limit=1.5",
    "/api/search?q=%00",
    "/api/search?q=" + "a" * 101,
    "/api/search?q=" + "a" * 5000,
    "/api/places/" + "a" * 300,
    "/api/places/a%00b",
    "/api/layers/buildings.geojson?bbox=1,2,3",
    "/api/layers/buildings.geojson?bbox=1,2,3,nan",
    "/api/layers/buildings.geojson?bbox=3,2,1,4",
    "/api/layers/buildings.geojson?bbox=1,4,3,2",
    "/api/layers/buildings.geojson?bbox=-181,0,0,1",
    "/api/layers/buildings.geojson?bbox=",
    "/api/layers/buildings.geojson?limit=10001",
    "/api/layers/buildings.geojson?limit=-1",
    "/api/layers/buildings.geojson?geometry=wkt",
    "/api/layers/ways.geojson?after=x",
    "/api/layers/ways.geojson?after=99999999999999999999",
    "/api/layers/members.geojson?bbox=1,2,3,4",
    "/api/plans/x/regions.geojson",
    "/api/plans/0/assignment.csv",
    "/api/plans/-1/assignment.csv",
    "/api/plans/99999999999999999999/assignment.csv",
    "/tiles/streets/x/0/0/0.mvt",
    "/tiles/streets/1/0/1/0.mvt",
]

UNKNOWN = [
    "/api/nothing",
    "/api/places/nowhere",
    "/api/places/%27%3B%20DROP%20TABLE",
    "/api/layers/nothing.geojson",
    "/api/layers/staff.geojson",
    "/api/layers/places.geojson",
    "/api/layers/truth.geojson",
    "/api/plans/4711/regions.geojson",
    "/tiles/nothing.json",
    "/tiles/members.json",
    "/tiles/nothing/1/0/0/0.mvt",
    "/tiles/streets/1/0/0/0.png",
    "/api/locate?lon=0&lat=0",
]


@pytest.mark.parametrize("address", MALFORMED)
def test_malformed_is_400_in_words(client: FlaskClient, address: str) -> None:
    check(client, address, 400)


@pytest.mark.parametrize("address", UNKNOWN)
def test_unknown_is_404_in_words(client: FlaskClient, address: str) -> None:
    check(client, address, 404)


def check(client: FlaskClient, address: str, status: int) -> None:
    response = client.get(address)
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.mimetype == "application/problem+json"
    body = response.get_json()
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["code"] == problems.CODES[status]
    assert body["title"]
    assert len(body["detail"]) > 5


def test_an_error_names_what_it_got(english: FlaskClient) -> None:
    detail = english.get("/api/search?q=a&limit=ten").get_json()["detail"]
    assert detail == "limit is ten; it takes a whole number from 1 to 50."


def test_a_page_that_is_not_there_is_a_page(client: FlaskClient) -> None:
    response = client.get("/nothing")
    assert response.status_code == 404
    assert response.mimetype == "text/html"


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_can_be_written(client: FlaskClient, method: str) -> None:
    response = getattr(client, method)("/api/themes")
    assert response.status_code == 405
    assert response.mimetype == "application/problem+json"
    assert "GET" in response.headers["Allow"]


def test_every_error_of_ours_has_a_status() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert set(kinds) - {errors.GridmapError} == set(problems.STATUS)


@pytest.fixture
def faulty(town_engine: Engine) -> FlaskClient:
    app = create_app(town_engine)

    def fault() -> str:
        raise ZeroDivisionError("deep inside")

    app.view_functions["api.themes"] = fault
    return app.test_client()


def test_a_fault_is_a_500_and_logged_whole(faulty: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        response = faulty.get("/api/themes")
    assert response.status_code == 500
    assert response.mimetype == "application/problem+json"
    assert "deep inside" not in response.get_data(as_text=True)
    assert any(record.exc_info and "deep inside" in str(record.exc_info[1]) for record in caplog.records)


def test_a_database_that_is_gone_is_503() -> None:
    engine = make_engine("postgresql://nobody@/nothing?host=/nonexistent", connect_timeout=1)
    client = create_app(engine, testing=True).test_client()
    response = client.get("/api/themes")
    assert response.status_code == 503
    assert response.mimetype == "application/problem+json"
    assert client.get("/healthz").status_code == 200


def test_a_log_line_is_one_json_object_with_the_requests_id(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        response = client.get("/api/themes?x=1", headers={"X-Request-ID": "abcdef0123"})
    assert response.headers["X-Request-ID"] == "abcdef0123"
    record = next(item for item in caplog.records if item.name == "gridmap.web.request")
    line = json.loads(JsonLines().format(record))
    assert line["path"] == "/api/themes"
    assert line["status"] == 200
    assert line["ms"] > 0


def test_an_id_that_could_forge_a_log_line_is_not_taken(client: FlaskClient) -> None:
    response = client.get("/healthz", headers={"X-Request-ID": 'x" , "level": "y'})
    assert '"' not in response.headers["X-Request-ID"]


ODD = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["nan", "inf", "-inf", "1e309", "-0", "0x10", "١٢", "²", "1,2,3,4", "null", "true", "\ud800", "💩", "%", "'--"]
    ),
    st.integers(-(10**30), 10**30).map(str),
    st.floats().map(str),
)
ADDRESSES = [
    "/api/locate?lon={}&lat={}&crs={}",
    "/api/locate?lon=122.0057&lat={}",
    "/api/search?q={}&limit={}",
    "/api/search?q={}",
    "/api/places/{}",
    "/api/layers/{}.geojson?limit={}",
    "/api/layers/ways.geojson?after={}&bbox={},{},{},{}",
    "/api/layers/buildings.geojson?after={}",
    "/api/layers/isolation.geojson?lang={}&geometry={}",
    "/api/plans/{}/regions.geojson",
    "/api/plans/{}/assignment.csv",
    "/tiles/{}.json",
    "/tiles/streets/{}/{}/{}/{}.mvt",
    "/tiles/{}/1/{}/{}/{}.mvt",
    "/api/themes?lang={}",
    "/static/{}",
    "/{}",
]


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(address=st.sampled_from(ADDRESSES), values=st.lists(ODD, min_size=6, max_size=6))
def test_no_argument_makes_a_fault(app: Flask, address: str, values: list[str]) -> None:
    filled = address.format(*(quote(value, safe="", errors="surrogatepass") for value in values))
    assert app.test_client().get(filled).status_code < 500


def test_bytes_that_are_no_text_are_no_fault(client: FlaskClient) -> None:
    for address in ("/api/search?q=%ff%fe", "/api/places/%ff", f"/api/places/{URBAN}%80", "/%ff", "/static/%ff"):
        assert client.get(address).status_code < 500
