"""Kept what-ifs: which gates to add, open or close, and what that came to when it was kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from gridmap.database.account_tables import scenarios

MOST = 200


class Scenario(NamedTuple):
    """A kept what-if: `effect` is as `/api/isolation/what-if` told it; `at` in UTC."""

    id: int
    name: str
    actor: str
    at: datetime
    effect: dict[str, Any]


def add(connection: Connection, *, name: str, actor: str, effect: dict[str, Any]) -> int:
    """Keep one; its number."""
    values = {"name": name, "actor": actor, "effect": effect}
    return int(connection.scalar(insert(scenarios).values(values).returning(scenarios.c.id)) or 0)


def newest(connection: Connection) -> list[Scenario]:
    """The newest, the latest first."""
    query = select(scenarios).order_by(scenarios.c.id.desc()).limit(MOST)
    return [Scenario(row.id, row.name, row.actor, row.at, row.effect) for row in connection.execute(query)]


def find(connection: Connection, number: int) -> Scenario | None:
    """The one of this number."""
    row = connection.execute(select(scenarios).where(scenarios.c.id == number)).one_or_none()
    return None if row is None else Scenario(row.id, row.name, row.actor, row.at, row.effect)


def drop(connection: Connection, number: int) -> bool:
    """Forget it; whether it was there."""
    return bool(connection.execute(delete(scenarios).where(scenarios.c.id == number)).rowcount)
