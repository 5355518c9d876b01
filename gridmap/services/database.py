"""The database that a command works on: the private server, or one of the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from gridmap.database import revisions
from gridmap.database.engine import make_engine
from gridmap.database.server import PrivateServer
from gridmap.domain.errors import InputError
from gridmap.services.settings import Settings


def private_server(settings: Settings) -> PrivateServer:
    """The private server of these settings, running or not.

    Raises
    ------
    InputError
        The settings name a server of the user's own.
    """
    if settings.database_url:
        raise InputError("GRIDMAP_DATABASE_URL names a server of your own, so there is no private one; unset it first.")
    return PrivateServer(settings.home)


def is_there(settings: Settings) -> bool:
    """Whether there is a database: a server of one's own, or a private one that was started before."""
    return bool(settings.database_url) or private_server(settings).data.exists()


@contextmanager
def running_url(settings: Settings) -> Iterator[str]:
    """The address of the database; a private server runs at least as long as this context."""
    if settings.database_url:
        yield settings.database_url
    else:
        with private_server(settings) as server:
            yield server.url()


def bring_up_to_date(engine: Engine) -> None:
    """Migrate the database where it isn't at the newest revision."""
    if revisions.current(engine) != revisions.newest():
        from gridmap.database import migrate  # noqa: PLC0415  (Alembic takes a while to load, and is seldom needed)

        migrate.upgrade(engine)


@contextmanager
def open_database(settings: Settings) -> Iterator[Engine]:
    """An engine on the migrated database.

    Raises
    ------
    UnavailableError
        There is no server, or it can't be started; the message says what to do.
    """
    with running_url(settings) as url:
        engine = make_engine(url)
        try:
            bring_up_to_date(engine)
            yield engine
        finally:
            engine.dispose()
