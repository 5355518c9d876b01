"""Files that were brought in by the page, from the upload to the load: kept for a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)

from gridmap.database.account_tables import accounts, import_pieces
from gridmap.database.account_tables import imports as table
from gridmap.domain.notes import Note, Words

_YOUNG = table.c.uploaded_at > func.now() - text("interval '1 day'")
_LOCKS = 0x696D7074
"""The space of our advisory locks; the number beside it is the import's."""

_ALIVE: ColumnElement[bool] = literal_column(
    f"""EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND classid = {_LOCKS} AND objid = gridmap.imports.id
    )""",  # noqa: S608  # our own number
    Boolean,
)
"""Whether the process that works on it still holds its lock."""

AT_WORK = ("reading", "loading")


@dataclass(frozen=True)
class Waiting:
    """One import. `interrupted`: the process that worked on it was killed; nothing of it is in the data."""

    id: int
    account_id: int
    account: str
    name: str
    size: int
    chosen: Mapping[str, Any]
    state: str
    progress: float
    doing: Note | None
    error: Note | None
    report: Mapping[str, Any] | None
    seen_version: int | None
    version: int | None
    uploaded_at: datetime
    interrupted: bool

    @property
    def undoes(self) -> int | None:
        """The load that it takes back, where it is no file."""
        return self.chosen.get("undo")


def add(
    connection: Connection, account: int, *, name: str, size: int, chosen: Mapping[str, Any], state: str = "waiting"
) -> int:
    """Enter an import; its number. Those older than a day are forgotten."""
    connection.execute(delete(table).where(~_YOUNG))
    values = {"account_id": account, "name": name, "size": size, "chosen": dict(chosen), "state": state}
    return int(connection.scalar(insert(table).values(values).returning(table.c.id)) or 0)


def add_piece(connection: Connection, number: int, piece: int, content: bytes) -> None:
    """Keep the next piece of a file."""
    connection.execute(insert(import_pieces).values(import_id=number, number=piece, content=content))


def set_size(connection: Connection, number: int, size: int) -> None:
    """Say how large the file turned out to be, in bytes."""
    connection.execute(update(table).where(table.c.id == number).values(size=size))


def pieces(connection: Connection, number: int) -> Iterator[bytes]:
    """The file, piece by piece."""
    query = select(import_pieces.c.content).where(import_pieces.c.import_id == number)
    numbers = connection.execute(
        select(import_pieces.c.number).where(import_pieces.c.import_id == number).order_by(import_pieces.c.number)
    )
    for piece in numbers.scalars().all():
        yield bytes(connection.scalar(query.where(import_pieces.c.number == piece)) or b"")


def _query(account: int | None) -> Select[Any]:
    shown = [column for column in table.c if column.name != "features"]
    query = select(*shown, accounts.c.name.label("account"), _ALIVE.label("alive"))
    query = query.join(accounts, accounts.c.id == table.c.account_id).where(_YOUNG)
    return query if account is None else query.where(table.c.account_id == account)


def _waiting(row: Row[Any]) -> Waiting:
    return Waiting(
        id=row.id,
        account_id=row.account_id,
        account=row.account,
        name=row.name,
        size=row.size,
        chosen=row.chosen,
        state=row.state,
        progress=row.progress,
        doing=Note.from_data(row.doing) if row.doing else None,
        error=Note.from_data(row.error) if row.error else None,
        report=row.report,
        seen_version=row.seen_version,
        version=row.version,
        uploaded_at=row.uploaded_at,
        interrupted=row.state in AT_WORK and not row.alive,
    )


def every(connection: Connection, account: int | None = None) -> list[Waiting]:
    """The imports of an account, or of all where none is given; the newest first."""
    return [_waiting(row) for row in connection.execute(_query(account).order_by(table.c.id.desc()))]


def find(connection: Connection, number: int, account: int | None = None) -> Waiting | None:
    """One import; None where there is none, or it is another account's than the given one."""
    row = connection.execute(_query(account).where(table.c.id == number)).one_or_none()
    return None if row is None else _waiting(row)


def not_begun(connection: Connection) -> list[int]:
    """The imports whose next step was asked for, and which nobody has begun with."""
    asked = select(table.c.id).where(_YOUNG, table.c.state.in_(("waiting", "ordered"))).order_by(table.c.id)
    return list(connection.scalars(asked))


def features(connection: Connection, number: int) -> bytes | None:
    """What the preview draws, as gzipped GeoJSON."""
    return connection.scalar(select(table.c.features).where(table.c.id == number))


def change(connection: Connection, number: int, **values: Any) -> None:
    """Write what has become of an import."""
    connection.execute(update(table).where(table.c.id == number).values(**values))


def move(connection: Connection, number: int, state: str, *, of: Iterable[str], **values: Any) -> bool:
    """Bring an import into a state, if it is in one of these; whether it was."""
    found = update(table).where(table.c.id == number, table.c.state.in_(list(of)))
    cleared = {"progress": 0.0, "doing": None, "error": None}
    return connection.execute(found.values(state=state, **{**cleared, **values})).rowcount > 0


def forget_file(connection: Connection, number: int) -> None:
    """Remove the file of an import that is done."""
    connection.execute(delete(import_pieces).where(import_pieces.c.import_id == number))


def forget(connection: Connection, number: int) -> None:
    """Remove an import and its file."""
    connection.execute(delete(table).where(table.c.id == number))


def note_progress(connection: Connection, number: int, share: float, doing: Words) -> None:
    """Note how far the work on it is."""
    change(connection, number, progress=share, doing=doing if isinstance(doing, Note) else Note(doing))


@contextmanager
def at_work(engine: Engine, number: int) -> Iterator[None]:
    """Hold the import's lock while the block works on it, so that a killed process is known as such."""
    with engine.connect() as guard:
        guard.execute(select(func.pg_advisory_lock(_LOCKS, number)))
        guard.commit()
        try:
            yield
        finally:
            guard.execute(select(func.pg_advisory_unlock(_LOCKS, number)))
            guard.commit()
