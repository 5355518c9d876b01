"""A roster that comes through the browser: kept for a day, understood anew each time it is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from gridmap.database import roster_uploads
from gridmap.database.roster_uploads import Upload
from gridmap.database.scopes import Scope
from gridmap.domain.errors import InputError
from gridmap.layers.rosters import Roster
from gridmap.services import roster
from gridmap.services.uploads import plain_name

LARGEST = 5 * 2**20
"""Bytes of a roster: ten times one of 5,000 people."""
ENDINGS = (".xlsx", ".csv")


def receive(engine: Engine, scope: Scope, account: int, *, name: str, content: bytes) -> Roster:
    """Keep a file that an account sends, if it is a roster; what was understood of it.

    Raises
    ------
    InputError
        It is none, or too large.
    """
    plain = plain_name(name)
    if not plain.lower().endswith(ENDINGS):
        raise InputError("A roster is an Excel workbook (.xlsx) or a CSV file.")
    if not content:
        raise InputError("{name} is empty.", name=plain)
    if len(content) > LARGEST:
        raise InputError("{name} is too large: at most {most} MB.", name=plain, most=LARGEST // 2**20)
    upload = Upload(plain, content, {})
    with opened(engine, scope, upload) as found:
        with engine.begin() as connection:
            roster_uploads.keep(connection, account, name=plain, content=content)
        return found


@contextmanager
def opened(engine: Engine, scope: Scope, upload: Upload) -> Iterator[Roster]:
    """The upload as a roster, with what was settled by hand; its file is there while the block lasts.

    Raises
    ------
    InputError
        It can't be read.
    """
    with TemporaryDirectory(prefix="gridmap-") as folder:
        path = Path(folder) / upload.name
        path.write_bytes(upload.content)
        try:
            found = roster.read_roster(engine, path, scope=scope)
        except InputError as error:
            raise InputError(error.note.message, **{**error.note.params, "path": upload.name}) from None
        yield roster.settle(engine, found, upload.chosen, scope=scope) if upload.chosen else found
