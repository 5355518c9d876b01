"""The administrators' page: accounts made, closed and given new passwords; whose they are, by name."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from gridmap.database import changes
from gridmap.services import accounts
from gridmap.web.app import create_app
from tests.fixtures.districts import make_town
from tests.web.conftest import load_town
from tests.web.people import OURS, PASSWORD, log_in

SECRET = re.compile(r'class="secret">([^<]+)<')


@pytest.fixture
def client(database: Engine) -> FlaskClient:
    load_town(database, make_town())
    accounts.add(database, name="admin", role="administrator", password=PASSWORD, actor="test")
    client = create_app(database, trusted_hosts=None, testing=True).test_client()
    log_in(client, "admin")
    return client


def _add(client: FlaskClient, name: str, role: str, belongs_to: str = ""):
    form = {"name": name, "role": role, "belongs_to": belongs_to}
    return client.post("/admin/accounts", data=form, headers=OURS)


@pytest.mark.parametrize(
    ("role", "belongs_to"),
    [
        ("staff", "金海湾社区"),
        ("staff", "371071004001"),
        ("official", "怡园街道"),
        ("leader", "社区工作者1"),
        ("planner", ""),
    ],
)
def test_a_new_account_gets_a_password_that_lets_in(client: FlaskClient, role: str, belongs_to: str) -> None:
    answer = _add(client, "王芳", role, belongs_to)
    password = SECRET.search(answer.get_data(as_text=True)).group(1)
    assert log_in(client.application.test_client(), "王芳", password).status_code == 303


@pytest.mark.parametrize(
    ("name", "role", "belongs_to"),
    [
        ("admin", "planner", ""),
        ("王芳", "staff", ""),
        ("王芳", "staff", "无名社区"),
        ("王芳", "king", ""),
        ("", "planner", ""),
    ],
)
def test_one_that_can_t_be_is_refused_and_nothing_is_made(client, database, name, role, belongs_to) -> None:
    assert _add(client, name, role, belongs_to).status_code == 400
    assert [account.name for account in accounts.every(database)] == ["admin"]


def test_several_of_one_name_are_told_apart_by_their_codes(client: FlaskClient, database: Engine) -> None:
    with database.begin() as connection:
        changes.record(connection, actor="test", action="import", layers=["staff"])
        connection.execute(text("UPDATE gridmap.staff SET name = '王芳'"))
    assert _add(client, "王芳", "leader", "王芳").status_code == 400
    assert _add(client, "王芳", "leader", "P2").status_code == 200


def test_an_account_is_closed_and_opened(client: FlaskClient, database: Engine) -> None:
    _add(client, "王芳", "planner")
    for what, closed in (("disable", True), ("enable", False)):
        client.post("/admin/accounts/王芳", data={"what": what}, headers=OURS)
        states = {account.name: account.disabled_at is not None for account in accounts.every(database)}
        assert states["王芳"] == closed


def test_a_new_password_is_shown_once(client: FlaskClient) -> None:
    _add(client, "王芳", "planner")
    answer = client.post("/admin/accounts/王芳", data={"what": "password"}, headers=OURS)
    password = SECRET.search(answer.get_data(as_text=True)).group(1)
    assert log_in(client.application.test_client(), "王芳", password).status_code == 303
    assert password not in client.get("/admin").get_data(as_text=True)


@pytest.mark.parametrize("what", ["explode", ""])
def test_what_an_account_can_t_have_done_to_it_is_refused(client: FlaskClient, what: str) -> None:
    _add(client, "王芳", "planner")
    assert client.post("/admin/accounts/王芳", data={"what": what}, headers=OURS).status_code == 400


def test_an_account_that_isn_t_there_is_not_found(client: FlaskClient) -> None:
    assert client.post("/admin/accounts/nobody", data={"what": "disable"}, headers=OURS).status_code == 404


def test_nobody_locks_themselves_out(client: FlaskClient) -> None:
    client.post("/admin/accounts/ADMIN", data={"what": "disable"}, headers=OURS)
    assert client.get("/admin").status_code == 200


def test_the_log_says_who_did_what_to_whom(client: FlaskClient, app: Flask) -> None:
    _add(client, "王芳", "planner")
    body = client.get("/admin").get_data(as_text=True)
    assert "<td>admin</td>" in body
    assert "<td>王芳</td>" in body
