"""What was loaded, and taking a load back."""

from __future__ import annotations

from sqlalchemy import Engine

from gridmap.database import history
from gridmap.database.history import Load
from gridmap.domain.numbers import UNDO_LOADS


def loads(engine: Engine, *, limit: int = 20) -> list[Load]:
    """The latest loads, newest first."""
    with engine.connect() as connection:
        return history.loads(connection, limit=limit)


def undo(engine: Engine, version: int | None = None, *, actor: str, undo_loads: int = UNDO_LOADS) -> Load:
    """Take a load back, by default the latest that stands, in one transaction; gives the data version that does so.

    Raises
    ------
    NotFoundError
        There is no such version, or nothing to take back.
    DataError
        It can't be taken back; the message says why, and nothing is changed.
    """
    with engine.begin() as connection:
        return history.undo(connection, version, actor=actor, most=undo_loads)
