"""Connections to the database, the same for the private server and for a server of one's own."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from gridmap.domain.errors import InputError, UnavailableError
from gridmap.domain.notes import Note

_OPTIONS = "-c search_path=public,extensions -c timezone=UTC"
"""Our own tables are always named with their schema; the search path only has to find PostGIS."""


def sqlalchemy_url(url: str | URL) -> URL:
    """The address for SQLAlchemy with psycopg 3, from a `postgresql://` or `postgres://` address.

    Raises
    ------
    InputError
        It isn't the address of a PostgreSQL database.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise InputError("The address of the database can't be read; it begins with postgresql://") from error
    if parsed.drivername not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise InputError(
            "gridmap needs PostgreSQL with PostGIS; the address of the database begins with {scheme}://",
            scheme=parsed.drivername,
        )
    return parsed.set(drivername="postgresql+psycopg")


def make_engine(url: str | URL, *, pool_size: int = 5, connect_timeout: int = 10) -> Engine:
    """An engine whose lost connections are noticed before use and whose disk and reach errors are worded.

    Parameters
    ----------
    url
        Address of the database, `postgresql://…`.
    pool_size
        Connections kept open; twice as many may be opened for a moment.
    connect_timeout
        Seconds to wait for the server.
    """
    engine = create_engine(
        sqlalchemy_url(url),
        connect_args={"options": _OPTIONS, "connect_timeout": connect_timeout, "application_name": "gridmap"},
        json_serializer=_json,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_size=pool_size,
    )
    event.listen(engine, "handle_error", _worded, retval=True)
    return engine


def _json(value: object) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)


def _plain(value: object) -> object:
    """The value as JSON knows it: numpy's numbers as Python's, what isn't a number (NaN, infinite) as null, notes."""
    if isinstance(value, Note):
        value = value.as_data()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _worded(context: ExceptionContext) -> UnavailableError | None:
    """What the user can mend, in words that say how; None lets the error pass as it is."""
    if context.is_pre_ping:  # the pool finds out for itself, and connects anew
        return None
    cause = context.original_exception
    if context.connection is None and isinstance(context.sqlalchemy_exception, OperationalError):
        return UnavailableError("The database can't be reached: {reason}", reason=" ".join(str(cause).split()))
    return unavailable(cause)


def unavailable(cause: BaseException) -> UnavailableError | None:
    """The error for a full disk or a server that went away; None for any other cause."""
    if isinstance(cause, psycopg.errors.DiskFull):
        return UnavailableError("The disk of the database is full; free some space and try again.")
    if isinstance(cause, psycopg.errors.AdminShutdown | psycopg.errors.CrashShutdown) or (
        type(cause) is psycopg.OperationalError and "server closed the connection" in str(cause)
    ):
        return UnavailableError("The database server went away; what was under way is undone. Try again.")
    return None


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees the whole database as of one moment, and changes nothing."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True) as connection:
        yield connection
