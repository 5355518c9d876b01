"""Rosters between upload and load: one an account, kept for a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from gridmap.database.account_tables import roster_uploads as table

_YOUNG = table.c.uploaded_at > func.now() - text("interval '1 day'")


@dataclass(frozen=True)
class Upload:
    """A file as it was sent, and the codes of places that were chosen by hand, by the number of the row."""

    name: str
    content: bytes
    chosen: Mapping[int, str]


def keep(connection: Connection, account: int, *, name: str, content: bytes) -> None:
    """Keep an account's upload in the place of its earlier one; everybody's old ones are forgotten."""
    connection.execute(delete(table).where(~_YOUNG))
    values = {"name": name, "content": content, "chosen": {}, "uploaded_at": func.now()}
    statement = insert(table).values(account_id=account, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=values))


def of_account(connection: Connection, account: int) -> Upload | None:
    """The upload of an account; None where there is none, or it is older than a day."""
    row = connection.execute(select(table).where(table.c.account_id == account, _YOUNG)).one_or_none()
    if row is None:
        return None
    return Upload(row.name, row.content, {int(number): code for number, code in row.chosen.items()})


def choose(connection: Connection, account: int, chosen: Mapping[int, str]) -> None:
    """Add to the places that were chosen by hand."""
    added = {str(number): code for number, code in chosen.items()}
    connection.execute(update(table).where(table.c.account_id == account).values(chosen=table.c.chosen.concat(added)))


def forget(connection: Connection, account: int) -> bool:
    """Forget an account's upload; whether there was one."""
    return connection.execute(delete(table).where(table.c.account_id == account)).rowcount > 0
