"""Logging in and out, sessions that end, forms of other sites, and what slows down who guesses."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from gridmap.services import accounts
from gridmap.web.app import create_app
from tests.web.people import ELSEWHERE, OURS, PASSWORD, log_in


@pytest.fixture
def app(database: Engine) -> Flask:
    accounts.add(database, name="王芳", role="planner", password=PASSWORD, actor="test")
    return create_app(database, trusted_hosts=None, testing=True)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_the_right_password_lets_in(client: FlaskClient) -> None:
    assert log_in(client, "王芳").headers["Location"] == "/"
    assert client.get("/account", environ_base=ELSEWHERE).status_code == 200


def test_the_session_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient) -> None:
    cookie = log_in(client, "王芳").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_over_tls_the_session_is_never_sent_without_it(client: FlaskClient) -> None:
    form = {"name": "王芳", "password": PASSWORD}
    answer = client.post("/login", data=form, headers=OURS, base_url="https://gridmap.example")
    assert "Secure" in answer.headers["Set-Cookie"]


def test_the_database_doesn_t_hold_the_session_s_token(client: FlaskClient, database: Engine) -> None:
    log_in(client, "王芳")
    token = client.get_cookie("session").value
    with database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM gridmap.sessions WHERE token_hash = :t"), {"t": token}) == 0


@pytest.mark.parametrize(("name", "password"), [("王芳", "wrong wrong"), ("李四", PASSWORD), ("", ""), ("王芳", "")])
def test_anything_else_is_refused_in_the_same_words(client: FlaskClient, name: str, password: str) -> None:
    answer = log_in(client, name, password)
    assert answer.status_code == 401
    assert "姓名或密码不正确" in answer.get_data(as_text=True)


def test_after_the_login_one_goes_on_where_one_wanted(client: FlaskClient) -> None:
    assert log_in(client, "王芳", next="/account").headers["Location"] == "/account"


@pytest.mark.parametrize(
    "next_page", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "\\\\evil", ""]
)
def test_never_to_another_site(client: FlaskClient, next_page: str) -> None:
    assert log_in(client, "王芳", next=next_page).headers["Location"] == "/"


def test_who_logs_out_is_out(client: FlaskClient) -> None:
    log_in(client, "王芳")
    client.post("/logout", headers=OURS)
    assert client.get("/account", environ_base=ELSEWHERE).status_code == 303


def test_a_token_that_was_logged_out_is_dead(app: Flask, client: FlaskClient) -> None:
    log_in(client, "王芳")
    token = client.get_cookie("session").value
    client.post("/logout", headers=OURS)
    thief = app.test_client()
    thief.set_cookie("session", token)
    assert thief.get("/account").status_code == 303


@pytest.mark.parametrize("column", ["created_at", "seen_at"])
def test_a_session_runs_out(client: FlaskClient, database: Engine, column: str) -> None:
    log_in(client, "王芳")
    with database.begin() as connection:
        connection.execute(text(f"UPDATE gridmap.sessions SET {column} = {column} - interval '15 days'"))
    answer = client.get("/api/themes", environ_base=ELSEWHERE)
    assert (answer.status_code, "登录已过期" in answer.json["detail"]) == (401, True)


def test_a_closed_account_is_out_at_once(client: FlaskClient, database: Engine) -> None:
    log_in(client, "王芳")
    accounts.set_disabled(database, "王芳", disabled=True, actor="test")
    assert client.get("/account", environ_base=ELSEWHERE).status_code == 303
    assert log_in(client, "王芳").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ],
)
def test_a_form_of_another_site_changes_nothing(client: FlaskClient, headers: dict[str, str]) -> None:
    log_in(client, "王芳")
    assert client.post("/logout", headers=headers).status_code == 403
    assert client.get("/account", environ_base=ELSEWHERE).status_code == 200


def test_an_old_browser_s_origin_is_enough(client: FlaskClient) -> None:
    form = {"name": "王芳", "password": PASSWORD}
    assert client.post("/login", data=form, headers={"Origin": "http://localhost"}).status_code == 303


def test_five_failures_are_free_then_one_waits(client: FlaskClient) -> None:
    codes = [log_in(client, "王芳", "wrong wrong").status_code for _ in range(6)]
    assert codes == [401] * 5 + [429]


def test_while_one_waits_the_right_password_doesn_t_help_either(client: FlaskClient, database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("INSERT INTO gridmap.login_failures VALUES ('王芳', '127.0.0.1', 12)"))
    answer = log_in(client, "王芳")
    assert (answer.status_code, "Location" in answer.headers) == (429, False)


def test_other_names_from_the_same_office_are_not_held_up(client: FlaskClient, database: Engine) -> None:
    accounts.add(database, name="李强", role="planner", password=PASSWORD, actor="test")
    for _ in range(6):
        log_in(client, "王芳", "wrong wrong")
    assert log_in(client, "李强").status_code == 303


def test_many_names_from_one_address_are(client: FlaskClient, database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(
            text("INSERT INTO gridmap.login_failures SELECT 'n' || k, '127.0.0.1', 1 FROM generate_series(1, 45) k")
        )
    assert log_in(client, "王芳").status_code == 429


def test_a_login_clears_the_failures_before_it(client: FlaskClient, database: Engine) -> None:
    for _ in range(4):
        log_in(client, "王芳", "wrong wrong")
    log_in(client, "王芳")
    with database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM gridmap.login_failures")) == 0


def _change(client: FlaskClient, old: str, new: str, again: str | None = None):
    form = {"old": old, "new": new, "again": new if again is None else again}
    return client.post("/account", data=form, headers=OURS)


def test_one_changes_one_s_password(client: FlaskClient) -> None:
    log_in(client, "王芳")
    assert _change(client, PASSWORD, "sechs Igel am Bach").status_code == 303
    assert log_in(client, "王芳", "sechs Igel am Bach").status_code == 303


def test_other_devices_are_out_then_and_this_one_stays(app: Flask, client: FlaskClient) -> None:
    other = app.test_client()
    log_in(client, "王芳")
    log_in(other, "王芳")
    _change(client, PASSWORD, "sechs Igel am Bach")
    asked = [one.get("/account", environ_base=ELSEWHERE).status_code for one in (client, other)]
    assert asked == [200, 303]


@pytest.mark.parametrize(
    ("old", "new", "again", "code"),
    [
        ("wrong wrong", "sechs Igel am Bach", None, 401),
        (PASSWORD, "sechs Igel am Bach", "sieben Igel", 400),
        (PASSWORD, "short", None, 400),
        (PASSWORD, "password123", None, 400),
        (PASSWORD, "1234567890", None, 400),
        (PASSWORD, "x" * 200, None, 400),
    ],
)
def test_a_password_is_not_changed_to_just_anything(client: FlaskClient, old, new, again, code) -> None:
    log_in(client, "王芳")
    assert _change(client, old, new, again).status_code == code
    assert log_in(client.application.test_client(), "王芳").status_code == 303


def test_logins_and_refusals_are_written_down(client: FlaskClient, database: Engine) -> None:
    log_in(client, "王芳", "wrong wrong")
    log_in(client, "王芳")
    with database.connect() as connection:
        lines = connection.execute(text("SELECT actor, action FROM gridmap.audit_log ORDER BY id")).all()
    assert [tuple(line) for line in lines][-2:] == [("王芳", "login refused"), ("王芳", "login")]


def test_no_password_is_ever_written_down(client: FlaskClient, database: Engine) -> None:
    log_in(client, "王芳", "wrong wrong")
    log_in(client, "王芳")
    _change(client, PASSWORD, "sechs Igel am Bach")
    with database.connect() as connection:
        log = str(connection.execute(text("SELECT * FROM gridmap.audit_log")).all())
    assert [word for word in ("wrong", "Wale", "Igel", "argon2") if word in log] == []
