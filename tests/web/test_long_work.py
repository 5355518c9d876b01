"""The worker for long work beside the web server: one that is killed is followed by another, and all leave with it."""

from __future__ import annotations

import io
import json
import os
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from gridmap.database import imports
from gridmap.database.accounts import by_name
from gridmap.database.changes import latest
from gridmap.services import accounts, work
from gridmap.services import imports as steps
from gridmap.web import serve

_LONGEST_S = 180


def workers() -> set[int]:
    """The processes that this one started to do long work."""
    lists = Path("/proc/self/task").glob("*/children")
    found = {int(pid) for one in lists for pid in one.read_text().split()}
    return {pid for pid in found if b"gridmap\0work" in Path(f"/proc/{pid}/cmdline").read_bytes()}


def a_worker_besides(*known: int) -> int:
    """A worker that isn't one of these, as soon as there is one."""
    until = time.monotonic() + _LONGEST_S
    while time.monotonic() < until:
        if others := workers() - {*known}:
            return others.pop()
        time.sleep(0.02)
    raise TimeoutError("no worker was started")


@pytest.fixture
def address(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("GRIDMAP_DATABASE_URL", url)


@pytest.mark.usefixtures("address")
def test_a_worker_that_is_killed_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_PAUSE_S", 0.0)
    with serve.long_work():
        first = a_worker_besides()
        os.kill(first, signal.SIGKILL)
        second = a_worker_besides(first)
    assert second not in workers()


@pytest.mark.usefixtures("address")
def test_the_worker_leaves_with_the_server() -> None:
    with serve.long_work():
        a_worker_besides()
    assert workers() == set()


GATE = {
    "type": "Feature",
    "properties": {"code": "G-new", "access": "public", "kind": "pedestrian"},
    "geometry": {"type": "Point", "coordinates": [122.0057, 37.4784]},
}


@pytest.fixture
def confirmed(database: Engine, address: None) -> int:
    """A gate that was looked at and is to be loaded; nobody has begun with it."""
    accounts.add(database, name="wang", role="planner", password="seven tall green pines", actor="t")
    with database.connect() as connection:
        account = by_name(connection, "wang").id
    body = json.dumps({"type": "FeatureCollection", "features": [GATE]}).encode()
    number = steps.receive(
        database, account, name="gates.geojson", stream=io.BytesIO(body), most_mb=1, chosen={"crs": "wgs84"}
    )
    steps.work_on(database, number)
    with database.begin() as connection:
        assert imports.move(connection, number, "ordered", of=("ready",))
    return number


def state(engine: Engine, number: int) -> tuple[str, bool, int]:
    """The import's state, whether it was interrupted, and how many gates there are."""
    with engine.connect() as connection:
        one = imports.find(connection, number)
        assert one is not None
        return one.state, one.interrupted, connection.scalar(text("SELECT count(*) FROM gridmap.gates")) or 0


def until_it_is(engine: Engine, number: int, wanted: tuple[str, bool, int]) -> None:
    until = time.monotonic() + _LONGEST_S
    while (found := state(engine, number)) != wanted:
        assert time.monotonic() < until, found
        time.sleep(0.05)


def test_an_import_whose_order_was_lost_with_its_worker_is_loaded_by_the_next(database: Engine, confirmed: int) -> None:
    with serve.long_work():
        until_it_is(database, confirmed, ("loaded", False, 1))


def test_a_worker_that_is_killed_while_it_loads_takes_nothing_with_it(
    database: Engine, confirmed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "_PAUSE_S", 0.0)
    held = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'gridmap.gates'::regclass")
    with serve.long_work():
        with database.connect() as guard:
            guard.execute(text("LOCK TABLE gridmap.gates IN SHARE MODE"))
            first = a_worker_besides()
            until = time.monotonic() + _LONGEST_S
            while not guard.scalar(held):
                assert time.monotonic() < until
            os.kill(first, signal.SIGKILL)
            until_it_is(database, confirmed, ("loading", True, 0))
        a_worker_besides(first)
        assert state(database, confirmed) == ("loading", True, 0)
        with database.begin() as connection:
            assert latest(connection) == 0
            assert imports.move(connection, confirmed, "waiting", of=imports.AT_WORK)
        work.order_import(database.url, confirmed)
        until_it_is(database, confirmed, ("ready", False, 0))
        with database.begin() as connection:
            assert imports.move(connection, confirmed, "ordered", of=("ready",))
        work.order_import(database.url, confirmed)
        until_it_is(database, confirmed, ("loaded", False, 1))
