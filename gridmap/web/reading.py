"""The request's connection to the database: one, read-only, opened when first asked for."""

from __future__ import annotations

from flask import Flask, current_app, g
from sqlalchemy import Connection, Engine

_KEY = "gridmap.engine"


def engine() -> Engine:
    """The app's pool of connections."""
    found: Engine = current_app.extensions[_KEY]
    return found


def connection() -> Connection:
    """The connection of this request; all that it reads is of one moment, and it can't write."""
    if "connection" not in g:
        g.connection = engine().connect()
        g.connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    opened: Connection = g.connection
    return opened


def _close(_error: BaseException | None) -> None:
    opened: Connection | None = g.pop("connection", None)
    if opened is not None:
        opened.close()


def init_app(app: Flask, engine: Engine) -> None:
    """Hand the app its pool, and give each request's connection back when it ends."""
    app.extensions[_KEY] = engine
    app.teardown_appcontext(_close)
