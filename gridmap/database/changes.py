"""Who changed what, when: the one place that writes it. A change of data gets a number, the data's version."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from gridmap.database.tables import audit_log, data_versions

LOADS = ("import", "sample", "roster", "undo")
"""The actions that bring data in: what they wrote over is kept whole, so that `history.undo` can take them back."""


@dataclass(frozen=True)
class Change:
    """One change of data, as it was recorded."""

    id: int
    at: datetime
    actor: str
    action: str
    layers: tuple[str, ...]
    detail: Mapping[str, Any]


def record(
    connection: Connection,
    *,
    actor: str,
    action: str,
    layers: Collection[str],
    detail: Mapping[str, Any] | None = None,
    subject: str | None = None,
    logged: Mapping[str, Any] | None = None,
) -> int:
    """Record a change of these layers in the caller's transaction; the data's new version.

    `subject` and `logged` go into the audit log alone, which administrators read: personal data belong there, not in
    `detail`, which stands in the data's history as well.

    Called before the change is written: its rows then carry the version, and what it writes over is kept
    (`tables.former_rows`). Changes wait for each other from here
    to the end of their transactions: a version that can be read is never followed by the change of a lower one.
    """
    wait_turn(connection)
    values = {"actor": actor, "action": action, "layers": sorted(layers), "detail": dict(detail or {})}
    version = connection.scalar(insert(data_versions).values(values).returning(data_versions.c.id))
    whole = {**(detail or {}), **(logged or {}), "layers": sorted(layers)}
    log(connection, actor=actor, action=action, subject=subject, detail=whole)
    keeping = {"change": str(version), "load": "on" if action in LOADS else "off"}
    connection.execute(
        text("SELECT set_config('gridmap.change', :change, true), set_config('gridmap.load', :load, true)"), keeping
    )
    return int(version or 0)


def complete(connection: Connection, version: int, *, layers: Collection[str], detail: Mapping[str, Any]) -> None:
    """Add to a change what is known only after it was written: more layers that it changed, more detail."""
    known = connection.scalar(select(data_versions.c.layers).where(data_versions.c.id == version)) or []
    values = {"layers": sorted({*known, *layers}), "detail": data_versions.c.detail.concat(dict(detail))}
    connection.execute(update(data_versions).where(data_versions.c.id == version).values(values))


def wait_turn(connection: Connection) -> None:
    """Wait for the changes that others are at; from here on they wait for this transaction. `record` does it, too."""
    connection.execute(text(f"LOCK TABLE {data_versions.fullname} IN SHARE ROW EXCLUSIVE MODE"))


def skip_to(connection: Connection, version: int) -> None:
    """Have the next change counted above this version, where it wouldn't be."""
    sequence = f"pg_get_serial_sequence('{data_versions.fullname}', 'id')"
    if version > latest(connection):
        connection.execute(text(f"SELECT setval({sequence}, :version)"), {"version": version})


def count_on_from(connection: Connection, version: int) -> None:
    """Have the next change counted right after this version: a change that was tried out and rolled back leaves no gap.

    Only where the caller has waited for its turn.
    """
    connection.execute(
        text(f"SELECT setval(pg_get_serial_sequence('{data_versions.fullname}', 'id'), :next, false)"),
        {"next": version + 1},
    )


def log(
    connection: Connection,
    *,
    actor: str,
    action: str,
    subject: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add a line to the audit log: a look at personal data, or a change with its `before` and `after` in detail."""
    connection.execute(insert(audit_log).values(actor=actor, action=action, subject=subject, detail=dict(detail or {})))


@dataclass(frozen=True)
class LogLine:
    """One line of the audit log; `at` in UTC."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str | None
    detail: Mapping[str, Any]


def log_lines(connection: Connection, *, limit: int, before: int | None = None) -> list[LogLine]:
    """The latest lines of the audit log, newest first; those before the line of this number where it is given."""
    query = select(audit_log).order_by(audit_log.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(audit_log.c.id < before)
    return [
        LogLine(row.id, row.at, row.actor, row.action, row.subject, row.detail) for row in connection.execute(query)
    ]


def log_all(
    connection: Connection, *, actor: str, action: str, lines: Collection[tuple[str, Mapping[str, Any]]]
) -> None:
    """Add a line for each subject and its detail, by one statement."""
    rows = [{"actor": actor, "action": action, "subject": subject, "detail": dict(detail)} for subject, detail in lines]
    if rows:
        connection.execute(insert(audit_log), rows)


def latest(connection: Connection, layers: Collection[str] | None = None) -> int:
    """The version of the data, or of these layers: the number of the latest change of any; 0 before the first."""
    query = select(func.coalesce(func.max(data_versions.c.id), 0))
    if layers is not None:
        query = query.where(data_versions.c.layers.overlap(list(layers)))
    return int(connection.scalar(query) or 0)


def versions(connection: Connection) -> dict[str, int]:
    """The version of every layer that was ever changed."""
    layer = func.unnest(data_versions.c.layers).label("layer")
    each = select(layer, data_versions.c.id).subquery()
    query = select(each.c.layer, func.max(each.c.id)).group_by(each.c.layer)
    return {name: int(version) for name, version in connection.execute(query)}


def history(connection: Connection, *, limit: int = 100) -> list[Change]:
    """The latest changes, newest first."""
    query = select(data_versions).order_by(data_versions.c.id.desc()).limit(limit)
    return [
        Change(row.id, row.at, row.actor, row.action, tuple(row.layers), row.detail)
        for row in connection.execute(query)
    ]
