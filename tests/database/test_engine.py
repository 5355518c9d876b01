"""Addresses of databases, and errors of reach and disk in words."""

from __future__ import annotations

import numpy as np
import psycopg
import pytest
from sqlalchemy import Engine, event, text

from gridmap.database import changes
from gridmap.database.engine import make_engine, reading, sqlalchemy_url
from gridmap.domain.errors import InputError, UnavailableError


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_is_taken(scheme: str) -> None:
    assert sqlalchemy_url(f"{scheme}://u:p@host/db").drivername == "postgresql+psycopg"


@pytest.mark.parametrize("address", ["mysql://host/db", "sqlite://", "nonsense", ""])
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(InputError, match=r"postgresql://|needs PostgreSQL"):
        sqlalchemy_url(address)


def test_a_database_out_of_reach_is_said_in_one_line() -> None:
    engine = make_engine("postgresql://nobody@/none?host=/nowhere", connect_timeout=1)
    with pytest.raises(UnavailableError, match="can't be reached") as caught:
        engine.connect()
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_said_in_words(database: Engine) -> None:
    def fill(*_: object) -> None:
        raise psycopg.errors.DiskFull

    event.listen(database, "before_cursor_execute", fill)
    try:
        with pytest.raises(UnavailableError, match="disk of the database is full"), database.connect() as connection:
            connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = 'disk_full'; END $$"))
    finally:
        event.remove(database, "before_cursor_execute", fill)


def test_reading_sees_one_moment(database: Engine) -> None:
    count = text("SELECT count(*) FROM gridmap.data_versions")
    with reading(database) as connection:
        before = connection.scalar(count)
        with database.begin() as writer:
            writer.execute(text("INSERT INTO gridmap.data_versions (actor, action, layers) VALUES ('a', 'b', '{}')"))
        assert connection.scalar(count) == before


def test_a_connection_that_was_lost_is_replaced(database: Engine) -> None:
    pid = text("SELECT pg_backend_pid()")
    with database.connect() as connection:
        first = connection.scalar(pid)
    with psycopg.connect(database.url.set(drivername="postgresql").render_as_string(), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", (first,))
    with database.connect() as connection:
        assert connection.scalar(pid) != first


def test_a_server_that_goes_away_at_work_is_said_in_words(database: Engine) -> None:
    with pytest.raises(UnavailableError, match="went away"), database.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def test_numbers_that_json_does_not_know_are_stored(database: Engine) -> None:
    detail = {"gap": float("nan"), "bound": np.float64("inf"), "units": np.int64(3), "parts": ("东", np.array([1.5]))}
    with database.begin() as connection:
        changes.log(connection, actor="test", action="look", detail=detail)
        stored = connection.scalar(text("SELECT detail FROM gridmap.audit_log"))
    assert stored == {"gap": None, "bound": None, "units": 3, "parts": ["东", [1.5]]}
