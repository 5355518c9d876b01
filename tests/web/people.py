"""The town with an account for every role, and clients that are logged in as them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pandas as pd
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from gridmap.database import changes
from gridmap.database.engine import make_engine
from gridmap.database.server import PrivateServer
from gridmap.database.store import save_layers
from gridmap.services import accounts
from tests.fixtures.database import dispose, fresh_database
from tests.fixtures.districts import STREET, URBAN, make_town
from tests.web.conftest import GRID, add_results, load_town

PASSWORD = "vier Wale im Mai"
OURS = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form on our own page."""
ELSEWHERE = {"REMOTE_ADDR": "10.1.2.3"}
ROLES = ("resident", "desk", "leader", "staff", "planner", "official", "administrator")
WHOSE = {"leader": {"staff": "P1"}, "staff": {"community": URBAN}, "official": {"street": STREET}}


@contextmanager
def people_loaded(server: PrivateServer, name: str) -> Iterator[Engine]:
    """`people_town` in a database of this name, as long as the block runs."""
    with fresh_database(server, name) as url:
        engine = make_engine(url)
        people_town(engine)
        yield engine
        dispose(engine)


def people_town(engine: Engine) -> None:
    """The town and its results; P1 leads the grid and compound A; an account for each role, of the role's name."""
    town = make_town()
    load_town(engine, town)
    add_results(engine, town)
    terms = pd.DataFrame(
        {
            "role": ["grid", "compound"],
            "place_code": [GRID, f"{URBAN}-A"],
            "staff_code": ["P1", "P1"],
            "since": ["2025-01-01", "2025-01-01"],
        }
    )
    with engine.begin() as connection:
        version = changes.record(connection, actor="test", action="import", layers=["assignments"])
        save_layers(connection, {"assignments": terms}, version=version)
    for role in ROLES[2:]:
        accounts.add(engine, name=role, role=role, password=PASSWORD, actor="test", **WHOSE.get(role, {}))


@dataclass(frozen=True)
class Person:
    """A client of one role; a resident sits elsewhere, everybody else's address tells nothing."""

    client: FlaskClient
    role: str

    def ask(self, method: str, address: str, form: dict[str, str] | None = None):
        where = {"REMOTE_ADDR": "127.0.0.1"} if self.role == "desk" else ELSEWHERE
        headers = OURS if method != "GET" else {}
        return self.client.open(address, method=method, data=form, headers=headers, environ_base=where)


def log_in(client: FlaskClient, name: str, password: str = PASSWORD, **more: object):
    """Send the login form as our own page does."""
    return client.post("/login", data={"name": name, "password": password, **more}, headers=OURS)


def person(app: Flask, role: str) -> Person:
    """A client that is logged in as the account of this role."""
    client = app.test_client()
    if role not in ("resident", "desk"):
        assert log_in(client, role).status_code == 303
    return Person(client, role)
