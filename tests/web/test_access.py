"""Everything is denied unless a row says otherwise."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from gridmap.domain.accounts import DESK, GRANTS, RESIDENT, Asker
from gridmap.domain.layers import DISTRICT_LAYERS, RESULT_LAYERS
from gridmap.web import access, session
from gridmap.web.app import create_app

PERSONAL = ("staff", "assignments")


def test_every_address_has_a_row(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(access.VIEWS)


def test_a_view_without_a_row_is_denied(town_engine: Engine) -> None:
    app = create_app(town_engine, testing=True)
    app.add_url_rule("/api/forgotten", "forgotten", lambda: "secret")
    assert app.test_client().get("/api/forgotten").status_code == 403


@pytest.mark.parametrize("address", ["/api/themes", "/tiles/isolation.json", "/api/plans", "/api/layers/need.geojson"])
def test_what_is_under_discussion_isn_t_shown_elsewhere(client: FlaskClient, address: str) -> None:
    assert client.get(address, environ_base={"REMOTE_ADDR": "10.1.2.3"}).status_code in (401, 404)


def test_from_elsewhere_one_may_ask_whether_it_lives(client: FlaskClient) -> None:
    assert client.get("/healthz", environ_base={"REMOTE_ADDR": "10.1.2.3"}).status_code == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"])
def test_the_loopback_is_the_desk(app: Flask, address: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert session.asker() == DESK


@pytest.mark.parametrize("address", ["", "unix:", "192.168.0.1", "::ffff:10.0.0.1", "nonsense"])
def test_anything_else_is_outside(app: Flask, address: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert session.asker() == RESIDENT


@pytest.mark.parametrize("layer", PERSONAL)
def test_layers_about_people_have_no_address(client: FlaskClient, layer: str) -> None:
    for address in (f"/tiles/{layer}.json", f"/tiles/{layer}/1/0/0/0.mvt", f"/api/layers/{layer}.geojson"):
        assert client.get(address).status_code == 404


def test_both_faces_agree_on_every_layer() -> None:
    for role in GRANTS:
        for name in {*DISTRICT_LAYERS, *RESULT_LAYERS}:
            try:
                access.check_layer(name, Asker(role))
                allowed = True
            except access.NotFoundError:
                allowed = False
            assert allowed == (name in access.visible_layers(Asker(role))), name


def test_leaders_columns_tell_of_no_person() -> None:
    assert set(access.visible_columns(RESULT_LAYERS["leaders"])) == {"role", "place_code", "status", "cause"}


@pytest.mark.parametrize(
    "address",
    [
        "/api/search?q=社区工作者4&limit=50",
        "/api/search?q=P4&limit=50",
        "/api/layers/leaders.geojson",
        "/api/places/371071004001",
        "/api/places/371071004001-A",
        "/api/places/371071004001001",
        "/api/openapi.json",
        "/",
    ],
)
def test_the_unpublished_appear_nowhere(client: FlaskClient, address: str) -> None:
    body = client.get(address).get_data(as_text=True)
    assert "社区工作者4" not in body
    assert "0631-5680003" not in body


def test_private_phones_appear_nowhere(client: FlaskClient) -> None:
    for address in (
        "/api/places/371071004001",
        "/api/locate?lon=122.00568&lat=37.47801",
        "/api/places/371071004001001",
    ):
        assert "13906310" not in client.get(address).get_data(as_text=True)


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "evil.example:8000", "[::2]"])
@pytest.mark.parametrize("address", ["/", "/api/themes", "/nothing"])
def test_it_answers_to_its_own_names_only(client: FlaskClient, name: str, address: str) -> None:
    assert client.get(address, base_url=f"http://{name}").status_code == 400


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "127.0.0.1:8000", "[::1]", "[::1]:8000"])
def test_the_loopback_has_several_names(client: FlaskClient, name: str) -> None:
    assert client.get("/api/themes", base_url=f"http://{name}").status_code == 200


def test_where_names_are_not_checked_any_will_do(town_engine: Engine) -> None:
    client = create_app(town_engine, trusted_hosts=None, testing=True).test_client()
    assert client.get("/healthz", base_url="http://gridmap.example").status_code == 200
