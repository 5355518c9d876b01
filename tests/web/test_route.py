"""The walk to a place, on the small town: public gates for everybody, residents' gates for who looks after them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from gridmap.database import changes
from gridmap.database.engine import make_engine
from gridmap.database.server import PrivateServer
from gridmap.domain.accounts import Asker
from gridmap.layers import shift
from gridmap.web import session
from gridmap.web.app import create_app
from tests.fixtures.database import dispose, fresh_database
from tests.fixtures.districts import URBAN, at, make_town
from tests.web.conftest import load_town

A, B, C, D = (f"{URBAN}-{letter}" for letter in "ABCD")
STAFF = Asker("staff", id=1, name="w", community_code=URBAN)
ELSEWHERE = Asker("staff", id=2, name="x", community_code="371071004999")


@pytest.fixture(scope="module")
def walks(app: Flask) -> Flask:
    """The app, with its map of walks made."""
    app.extensions["gridmap.walks"].wait()
    return app


@pytest.fixture
def ask(walks: Flask, monkeypatch: pytest.MonkeyPatch):
    """`/api/route` from metres east and north of the town's corner, as one of the askers."""

    def asked(east: float, north: float, code: str, *, as_: Asker | None = None, **more: str):
        if as_ is not None:
            monkeypatch.setattr(session, "asker", lambda: as_)
        lon, lat = at(east, north)
        answer = walks.test_client().get(
            "/api/route", query_string={"from": f"{lon},{lat}", "to": code, "lang": "en", **more}
        )
        assert answer.status_code == 200, answer.text
        return answer.json

    return asked


def test_the_walk_to_a_stairwell_leads_by_the_south_gate(ask) -> None:
    """West Street, South Road, the gate at (50, 0), and straight to the door at (32.5, 32)."""
    found = ask(-10, 90, f"{A}-1-1")
    assert found["reaches"]
    assert found["length_m"] == pytest.approx(100 + 60 + 10 + np.hypot(17.5, 32), abs=0.1)
    assert found["minutes"] == 3
    assert [(gate["code"], gate["side"], gate["words"]) for gate in found["gates"]] == [
        (f"{A}-G", "s", "by the south gate")
    ]
    assert found["sentence"] == "210 m, about 3 min on foot, by the south gate."
    assert found["to"]["name"] == "A小区 1号楼 unit 1"
    assert found["aim"]["name"] == "south gate of A小区"


def test_it_is_told_in_steps(ask) -> None:
    found = ask(-10, 90, f"{A}-1-1")
    assert [step["words"] for step in found["steps"]] == [
        "To the south, along 西街, 100 m",
        "Left, along 南路, 60 m",
        "Through the south gate of A小区",
        "Left, straight across, 45 m",
        "You are there: A小区 1号楼 unit 1.",
    ]


def test_its_line_runs_from_the_start_to_the_door(ask) -> None:
    line = ask(-10, 90, f"{A}-1-1")["line"]
    assert line["type"] == "LineString"
    assert line["coordinates"][0] == pytest.approx(at(-10, 90), abs=2e-6)
    assert line["coordinates"][-1] == pytest.approx(at(32.5, 32), abs=2e-6)
    assert all(round(value, 6) == value for point in line["coordinates"] for value in point)


def test_in_chinese(ask) -> None:
    found = ask(-10, 90, f"{A}-1-1", lang="zh")
    assert found["gates"][0]["words"] == "经南门"


def test_a_residents_gate_ends_the_walk_of_who_has_no_business_there(ask) -> None:
    found = ask(350, -10, f"{D}-1-1")
    assert not found["reaches"]
    assert found["stops_at"]["code"] == f"{D}-G"
    assert found["length_m"] == pytest.approx(10, abs=0.6)
    assert found["sentence"] == "10 m to the south gate of D小区, about 1 min; it opens for residents only."
    assert any("door code" in note for note in found["notes"])


def test_it_opens_for_the_community_s_staff(ask) -> None:
    found = ask(350, -10, f"{D}-1-1", as_=STAFF)
    assert found["reaches"]
    assert [gate["code"] for gate in found["gates"]] == [f"{D}-G"]
    assert found["length_m"] == pytest.approx(10 + np.hypot(17.5, 32), abs=0.5)


def test_it_stays_shut_for_the_staff_of_another_community(ask) -> None:
    assert not ask(350, -10, f"{D}-1-1", as_=ELSEWHERE)["reaches"]


@pytest.mark.parametrize(
    ("code", "metres"),
    [(A, 70), (f"{A}-G", 70), (f"{A}-1", 70 + np.hypot(17.5, 32)), ("C1", None), ("C2", None), (f"{C}-1", None)],
)
def test_one_is_led_to_every_kind_of_place(ask, code: str, metres: float | None) -> None:
    """To a compound as far as its gate, to a building as far as its nearest stairwell."""
    found = ask(-10, -10, code)
    assert found["reaches"]
    if metres is not None:
        assert found["length_m"] == pytest.approx(metres, abs=0.1)


def test_a_compound_for_residents_only_is_walked_to_as_far_as_its_gate(ask) -> None:
    assert ask(350, -10, D)["stops_at"]["code"] == f"{D}-G"
    assert ask(350, -10, D, as_=STAFF)["reaches"]


def test_coordinates_of_chinese_maps_are_shifted_back(walks: Flask) -> None:
    lon, lat = shift([at(-10, 90)], source="wgs84", target="gcj02")[0]
    query = {"from": f"{lon},{lat}", "to": f"{A}-1-1", "crs": "gcj02"}
    found = walks.test_client().get("/api/route", query_string=query).json
    assert found["from"] == pytest.approx(at(-10, 90), abs=1e-6)


@pytest.mark.parametrize("given", ["", "122", "122,", "a,b", "122,37,1", "1220,37", "122,nan", "37.48;122.0"])
def test_a_malformed_start_is_refused(client: FlaskClient, given: str) -> None:
    answer = client.get("/api/route", query_string={"from": given, "to": A})
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


@pytest.mark.parametrize("code", ["nowhere", "P1", URBAN])
def test_what_nobody_can_be_led_to_is_not_found(client: FlaskClient, code: str) -> None:
    lon, lat = at(0, 0)
    assert client.get("/api/route", query_string={"from": f"{lon},{lat}", "to": code}).status_code == 404


def test_a_start_outside_the_district_is_told(english: FlaskClient) -> None:
    answer = english.get("/api/route", query_string={"from": "116.4,39.9", "to": A})
    assert answer.status_code == 404
    assert "outside the district" in answer.json["detail"]


def test_the_links_lead_to_the_gate_in_each_app_s_coordinates(town_engine: Engine) -> None:
    app = create_app(town_engine, navigation_apps=("amap", "baidu", "tencent"), testing=True)
    app.extensions["gridmap.walks"].wait()
    lon, lat = at(-10, 90)
    query = {"from": f"{lon},{lat}", "to": f"{A}-1-1"}
    links = {one["app"]: one["href"] for one in app.test_client().get("/api/route", query_string=query).json["apps"]}
    east, north = at(50, 0)
    assert f"geo:{north:.6f},{east:.6f}" in links["geo"]
    assert f"location={north:.6f}%2C{east:.6f}" in links["baidu"]
    assert f"coord%3A{north:.6f}%2C{east:.6f}" in links["tencent"]
    assert "coordinate=gaode" in links["amap"]
    assert f"{east:.6f}" not in links["amap"]


def test_without_the_setting_no_link_leaves_the_network(ask) -> None:
    assert [one["app"] for one in ask(-10, 90, f"{A}-1-1")["apps"]] == ["geo"]


@pytest.mark.parametrize(("role", "mine"), [(None, False), (STAFF, True), (ELSEWHERE, False)])
def test_what_is_near_and_whose(client: FlaskClient, monkeypatch, role: Asker | None, mine: bool) -> None:
    if role is not None:
        monkeypatch.setattr(session, "asker", lambda: role)
    lon, lat = at(50, 15)
    found = client.get("/api/nearby", query_string={"lon": lon, "lat": lat, "lang": "en", "limit": 3}).json["buildings"]
    assert [one["code"] for one in found] == [f"{A}-1", f"{A}-2", f"{B}-1"]
    assert (found[0]["distance_m"], found[0]["words"]) == (pytest.approx(5, abs=0.2), "5 m to the north")
    assert {one["mine"] for one in found} == {mine}


def test_nothing_is_near_outside(client: FlaskClient) -> None:
    assert client.get("/api/nearby?lon=116.4&lat=39.9").status_code == 404


@contextmanager
def _town(server: PrivateServer, name: str) -> Iterator[Engine]:
    with fresh_database(server, name) as url:
        engine = make_engine(url)
        load_town(engine, make_town())
        yield engine
        dispose(engine)


def test_a_gate_that_was_closed_is_not_led_through(database_server: PrivateServer, worker_id: str) -> None:
    """The walk through it is withdrawn at once; the next map of walks knows no other."""
    with _town(database_server, f"closed_{worker_id}") as engine:
        app = create_app(engine, testing=True)
        app.extensions["gridmap.walks"].wait()
        with engine.begin() as connection:
            changes.record(connection, actor="test", action="correct", layers=["gates"])
            connection.exec_driver_sql(f"UPDATE gridmap.gates SET access = 'closed' WHERE code = '{A}-G'")
        lon, lat = at(-10, 90)
        query = {"from": f"{lon},{lat}", "to": f"{A}-1-1", "lang": "en"}
        first = app.test_client().get("/api/route", query_string=query)
        assert first.status_code == 503 or not first.json["reaches"]
        making = app.extensions["gridmap.walks"]._making
        if making is not None:
            making.join()
        then = app.test_client().get("/api/route", query_string=query).json
        assert (then["reaches"], then["line"]) == (False, None)
        assert "All mapped gates of A小区 are closed." in then["notes"]


def test_until_the_map_of_walks_is_made_one_is_asked_to_come_again(town_engine: Engine, monkeypatch) -> None:
    app = create_app(town_engine, testing=True)
    maps = app.extensions["gridmap.walks"]
    monkeypatch.setattr(maps, "prepare", lambda: None)
    monkeypatch.setattr(maps, "_making", threading.current_thread())
    monkeypatch.setattr(maps, "patience_s", 0.0)
    lon, lat = at(-10, 90)
    answer = app.test_client().get("/api/route", query_string={"from": f"{lon},{lat}", "to": A})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
