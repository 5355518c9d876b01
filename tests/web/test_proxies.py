"""What a proxy says of the asker counts where the proxy is named, and nowhere else."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine

from gridmap.domain.accounts import DESK, RESIDENT
from gridmap.domain.errors import InputError
from gridmap.web import session
from gridmap.web.app import create_app
from gridmap.web.proxies import networks

FORWARDED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "gridmap.example"}


def _seen(app: Flask, proxy: str, headers: dict[str, str] = FORWARDED) -> tuple[str, bool, str]:
    """The asker's address, whether by TLS, and the name asked for, as a request behind `proxy` looks to the app."""
    seen: list[tuple[str, bool, str]] = []

    @app.before_request
    def look() -> None:
        from flask import request

        seen.append((request.remote_addr or "", request.is_secure, request.host))

    app.test_client().get("/healthz", headers=headers, environ_base={"REMOTE_ADDR": proxy})
    return seen[-1]


def _app(engine: Engine, *proxies: str) -> Flask:
    return create_app(engine, trusted_hosts=None, trusted_proxies=proxies, testing=True)


def test_a_named_proxy_is_believed(town_engine: Engine) -> None:
    assert _seen(_app(town_engine, "10.0.0.0/24"), "10.0.0.7") == ("203.0.113.9", True, "gridmap.example")


@pytest.mark.parametrize("proxy", ["10.0.1.7", "127.0.0.1", "::1"])
def test_any_other_is_not(town_engine: Engine, proxy: str) -> None:
    assert _seen(_app(town_engine, "10.0.0.0/24"), proxy) == (proxy, False, "localhost")


def test_without_named_proxies_nobody_is(town_engine: Engine) -> None:
    assert _seen(_app(town_engine), "127.0.0.1") == ("127.0.0.1", False, "localhost")


def test_what_the_asker_adds_before_the_proxy_does_doesn_t_count(town_engine: Engine) -> None:
    headers = {"X-Forwarded-For": "127.0.0.1, 203.0.113.9"}
    assert _seen(_app(town_engine, "10.0.0.7"), "10.0.0.7", headers)[0] == "203.0.113.9"


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
def test_who_comes_through_a_proxy_is_not_at_the_desk(town_engine: Engine, header: str) -> None:
    app = _app(town_engine)
    with app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}, headers={header: "203.0.113.9"}):
        assert session.asker() == RESIDENT


def test_behind_named_proxies_nobody_is(town_engine: Engine) -> None:
    app = _app(town_engine, "127.0.0.1")
    with app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        assert session.asker() == RESIDENT


@pytest.mark.parametrize(("desk", "expected"), [(True, DESK), (False, RESIDENT)])
def test_where_others_reach_the_server_nobody_is_at_the_desk(town_engine: Engine, desk: bool, expected) -> None:
    app = create_app(town_engine, trusted_hosts=None, desk=desk, testing=True)
    with app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        assert session.asker() == expected


@pytest.mark.parametrize("name", ["proxy.example", "10.0.0.0/99", "*"])
def test_a_proxy_is_named_by_its_address(name: str) -> None:
    with pytest.raises(InputError):
        networks([name])
