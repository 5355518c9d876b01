"""The worker for long work beside the web server: one that is killed is followed by another, and all leave with it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gridmap.web import serve

_LONGEST_S = 60


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
