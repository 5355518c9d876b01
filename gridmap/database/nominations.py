"""Links by which residents nominate stairwell leaders, and the nominations that wait. What is allowed is decided in
`services.nominations`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, text, update

from gridmap.database.account_tables import nomination_links, nominations
from gridmap.database.scopes import IN_SCOPE, Scope, scope_parameters
from gridmap.database.terms import SITS_NOW


@dataclass(frozen=True)
class Link:
    """A link of a place: open to everybody who has it until the day before `until`."""

    token: str
    place: str
    until: date
    made_by: str
    made_at: datetime


_OPEN = """
SELECT token, place_code AS place, until, made_by, made_at FROM gridmap.nomination_links
WHERE {condition} AND closed_at IS NULL AND until > :today ORDER BY made_at DESC LIMIT 1
"""
_BY_TOKEN = text(_OPEN.format(condition="token = :key"))
_OF_PLACE = text(_OPEN.format(condition="place_code = :key"))


def by_token(connection: Connection, token: str, *, today: date) -> Link | None:
    """The open link of this token; None where there is none."""
    found = connection.execute(_BY_TOKEN, {"key": token, "today": today}).mappings().one_or_none()
    return Link(**found) if found else None


def of_place(connection: Connection, place: str, *, today: date) -> Link | None:
    """The open link of this very place; None where it has none."""
    found = connection.execute(_OF_PLACE, {"key": place, "today": today}).mappings().one_or_none()
    return Link(**found) if found else None


def add_link(connection: Connection, token: str, *, place: str, until: date, made_by: str) -> None:
    """Add a link."""
    connection.execute(insert(nomination_links).values(token=token, place_code=place, until=until, made_by=made_by))


def close_links(connection: Connection, place: str) -> int:
    """Close the open links of a place; how many."""
    table = nomination_links
    shut = update(table).where(table.c.place_code == place, table.c.closed_at.is_(None))
    return connection.execute(shut.values(closed_at=func.now())).rowcount


@dataclass(frozen=True)
class Stairwell:
    """A stairwell that could have a leader and has none, with what people call it by."""

    code: str
    number: str | None
    building: str
    building_name: str | None
    address: str | None
    compound: str | None


_STAIRWELLS = text(
    f"""
    SELECT w.code, w.number, b.code AS building, b.name AS building_name, b.address, o.name AS compound
    FROM gridmap.stairwells w JOIN gridmap.buildings b ON b.code = w.building_code
    LEFT JOIN gridmap.compounds o ON o.code = b.compound_code
    WHERE :place IN (w.code, b.code, b.compound_code, b.community_code) AND coalesce(w.households, 1) > 0
        AND NOT EXISTS (
            SELECT FROM gridmap.assignments a WHERE a.place_code = w.code AND a.role = 'stairwell' AND {SITS_NOW}
        )
    ORDER BY o.name NULLS LAST, b.code, w.number, w.code
    """  # noqa: S608  # our own pieces
)


def stairwells(connection: Connection, place: str) -> list[Stairwell]:
    """The stairwells of a stairwell, building, compound or community that have households and nobody in office."""
    return [Stairwell(**row) for row in connection.execute(_STAIRWELLS, {"place": place}).mappings()]


def counts(connection: Connection, link: Link, place: str) -> tuple[int, int, int]:
    """How many nominations wait that came by this link, how many of them since an hour, and how many for this place."""
    found = connection.execute(
        text(
            """
            SELECT count(*) FILTER (WHERE token = :token),
                count(*) FILTER (WHERE token = :token AND at > now() - interval '1 hour'),
                count(*) FILTER (WHERE place_code = :place)
            FROM gridmap.nominations WHERE token = :token OR place_code = :place
            """
        ),
        {"token": link.token, "place": place},
    ).one()
    return found[0], found[1], found[2]


def add(connection: Connection, link: Link, **values: Any) -> None:
    """Add a nomination: `place_code`, `name`, `phone`, `own`, `words`; the same again is none."""
    same = text("SELECT EXISTS (SELECT FROM gridmap.nominations WHERE place_code = :place AND name = :name)")
    if not connection.scalar(same, {"place": values["place_code"], "name": values["name"]}):
        connection.execute(insert(nominations).values(token=link.token, **values))


@dataclass(frozen=True)
class Nomination:
    """A nomination that waits, where it is for; `at` in UTC, `known` the code of who has this name there already."""

    id: int
    place: str
    name: str
    phone: str | None
    own: bool
    words: str | None
    at: datetime
    community: str | None
    community_name: str | None
    number: str | None
    building_name: str | None
    address: str | None
    compound: str | None
    known: str | None


_WAITING = f"""
    SELECT n.id, n.place_code AS place, n.name, n.phone, n.own, n.words, n.at, p.community_code AS community,
        c.name AS community_name, w.number, b.name AS building_name, b.address, o.name AS compound,
        (SELECT min(s.code) FROM gridmap.staff s WHERE s.stairwell_code = n.place_code AND s.name = n.name) AS known
    FROM gridmap.nominations n JOIN gridmap.places p ON p.code = n.place_code
    JOIN gridmap.stairwells w ON w.code = n.place_code LEFT JOIN gridmap.buildings b ON b.code = w.building_code
    LEFT JOIN gridmap.compounds o ON o.code = b.compound_code
    LEFT JOIN gridmap.communities c ON c.code = p.community_code
    WHERE {IN_SCOPE}
"""  # noqa: S608  # our own pieces
_ONE = text(f"{_WAITING} AND n.id = :id FOR UPDATE OF n").bindparams(*scope_parameters())
_ALL = text(
    f"{_WAITING} AND (:place = '' OR :place IN (n.place_code, b.code, b.compound_code, p.community_code))"
    " ORDER BY p.community_code, n.place_code, n.id LIMIT :most"
).bindparams(*scope_parameters(), bindparam("place"))


def waiting(connection: Connection, scope: Scope, *, place: str = "", most: int) -> list[Nomination]:
    """Nominations in scope that wait, by community and stairwell; those within a place where one is given."""
    given = {"place": place, "most": most, **scope.parameters()}
    return [Nomination(**row) for row in connection.execute(_ALL, given).mappings()]


def take(connection: Connection, number: int, scope: Scope) -> Nomination | None:
    """A nomination in scope for a decision, which others wait for; None where there is none (any more)."""
    found = connection.execute(_ONE, {"id": number, **scope.parameters()}).mappings().one_or_none()
    return Nomination(**found) if found else None


def drop(connection: Connection, number: int) -> None:
    """Delete a nomination that was decided."""
    connection.execute(delete(nominations).where(nominations.c.id == number))


_COUNT = text(
    f"SELECT count(*) FROM gridmap.nominations n JOIN gridmap.places p ON p.code = n.place_code WHERE {IN_SCOPE}"  # noqa: S608  # our own pieces
).bindparams(*scope_parameters())


def count(connection: Connection, scope: Scope) -> int:
    """How many nominations in scope wait."""
    return int(connection.scalar(_COUNT, scope.parameters()) or 0)
