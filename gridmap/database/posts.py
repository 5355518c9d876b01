"""Who looks after a place: terms in and out, and who can be named. What is allowed is decided in `services.posts`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import Text

from gridmap.database import tables
from gridmap.database.scopes import PEOPLE_IN_SCOPE, Scope, scope_parameters
from gridmap.database.terms import SITS_NOW, TERM_IS_OVER, TODAY

MOST_TERMS = 200
"""Terms of a place that are shown, the latest ones; no place has more in a lifetime."""

_STATE = f"CASE WHEN a.until <= {TODAY} THEN 'over' WHEN a.since > {TODAY} THEN 'later' ELSE 'now' END"


@dataclass(frozen=True)
class Person:
    """Somebody of the roster, with all that is known of them but their home."""

    code: str
    name: str | None
    title: str | None
    duty_phone: str | None
    phone: str | None
    published: bool
    party_member: bool | None


@dataclass(frozen=True)
class Term:
    """One person in one role at a place; `until` is the first day out of office, `state` how it stands today."""

    id: int
    role: str
    since: date | None
    until: date | None
    state: Literal["now", "later", "over"]
    person: Person


_PERSON = "s.code, s.name, s.title, s.duty_phone, s.phone, coalesce(s.published, false) AS published, s.party_member"

_TERMS = f"""
SELECT a.id, a.role, a.since, a.until, {_STATE} AS state, {_PERSON}
FROM gridmap.assignments a JOIN gridmap.staff s ON s.code = a.staff_code
"""  # noqa: S608  # our own pieces
_TERMS_AT = text(
    _TERMS + "WHERE a.place_code = :place ORDER BY a.until DESC NULLS FIRST, a.since DESC NULLS LAST, a.id DESC"
    " LIMIT :most"
)
_TERM = text(_TERMS + "WHERE a.id = :id AND a.place_code = :place")
_IN_THE_WAY = text(
    _TERMS + "WHERE a.role = :role AND a.place_code = :place AND (CAST(:staff AS text) IS NULL OR s.code = :staff)"
    " AND daterange(a.since, a.until) && daterange(CAST(:since AS date), CAST(:until AS date))"
    " ORDER BY a.since NULLS FIRST LIMIT 1"
)


def _term(row: Mapping[Any, Any]) -> Term:
    values = dict(row)
    own = {name: values.pop(name) for name in ("id", "role", "since", "until", "state")}
    return Term(**own, person=Person(**values))


def terms(connection: Connection, place: str) -> list[Term]:
    """The terms at a place, those that have not ended first, then the latest."""
    found = connection.execute(_TERMS_AT, {"place": place, "most": MOST_TERMS}).mappings()
    return [_term(row) for row in found]


def term(connection: Connection, place: str, number: int) -> Term | None:
    """One term at this place by its number; None where there is none."""
    found = connection.execute(_TERM, {"place": place, "id": number}).mappings().one_or_none()
    return _term(found) if found else None


@dataclass(frozen=True)
class NewTerm:
    """A role at a place from one day to the last before `until`."""

    role: str
    place: str
    since: date
    until: date | None


def in_the_way(connection: Connection, new: NewTerm, *, person: str | None = None) -> Term | None:
    """The first term of this role there that a new one would overlap; of this person only, where one is given."""
    found = connection.execute(_IN_THE_WAY, {**asdict(new), "staff": person}).mappings().first()
    return _term(found) if found else None


@dataclass(frozen=True)
class Proposal:
    """What the analysis of leaders says of a role at a place: somebody and why them, or why nobody.

    `basis`, `candidates`, `rank`, `walk_m`, `next_m` as in the layer `leaders`; `next_name` whom it would take next.
    """

    role: str
    cause: str | None
    person: Person | None
    basis: str | None
    candidates: int | None
    rank: int | None
    walk_m: float | None
    next_name: str | None
    next_m: float | None


_OF_PROPOSALS = tuple(field.name for field in fields(Proposal) if field.name != "person")
_PROPOSALS = text(
    f"""
    SELECT l.role, l.cause, l.basis, l.candidates, l.rank, l.walk_m, coalesce(n.name, n.code) AS next_name, l.next_m,
        {_PERSON}
    FROM gridmap.leaders l LEFT JOIN gridmap.staff s ON s.code = l.staff_code AND NOT {TERM_IS_OVER}
    LEFT JOIN gridmap.staff n ON n.code = l.next_code
    WHERE l.place_code = :place ORDER BY l.role
    """  # noqa: S608  # our own pieces
)


def proposals(connection: Connection, place: str) -> dict[str, Proposal]:
    """What the analysis says of this place's roles, by role."""
    found = {}
    for row in connection.execute(_PROPOSALS, {"place": place}).mappings():
        values = dict(row)
        own = {name: values.pop(name) for name in _OF_PROPOSALS}
        found[own["role"]] = Proposal(**own, person=Person(**values) if values["code"] is not None else None)
    return found


def add_term(connection: Connection, new: NewTerm, *, person: str, locked: bool, version: int) -> bool:
    """Add a term; False where the database's rule on sole roles refuses it: somebody sits there."""
    table = tables.district["assignments"]
    row = {"role": new.role, "place_code": new.place, "since": new.since, "until": new.until}
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(**row, staff_code=person, locked=locked, version=version))
    except IntegrityError as error:
        if "ex_assignments_sole_role" in str(error.orig):
            return False
        raise
    return True


def end_term(connection: Connection, number: int, *, until: date, version: int) -> None:
    """Set the first day out of office."""
    table = tables.district["assignments"]
    connection.execute(update(table).where(table.c.id == number).values(until=until, version=version))


_SOMEBODY = f"SELECT {_PERSON}, s.roles, s.community_code FROM gridmap.staff s WHERE s.code = :code"  # noqa: S608
_IN_SCOPE = text(f"{_SOMEBODY} AND {PEOPLE_IN_SCOPE}").bindparams(*scope_parameters())


@dataclass(frozen=True)
class OnRoster:
    """Somebody as the roster has them: the roles that they are entered for, and their community."""

    person: Person
    roles: tuple[str, ...]
    community: str | None


def person(connection: Connection, code: str, scope: Scope) -> OnRoster | None:
    """Somebody of the roster, if the scope reaches them."""
    found = connection.execute(_IN_SCOPE, {"code": code, **scope.parameters()}).mappings().one_or_none()
    if found is None:
        return None
    values = dict(found)
    roles, community = (values.pop("roles") or "").split(), values.pop("community_code")
    return OnRoster(Person(**values), tuple(roles), community)


_HOLDS = text(
    f"""
    SELECT EXISTS (
        SELECT FROM gridmap.assignments a
        WHERE a.staff_code = :person AND a.role = :role AND (a.until IS NULL OR a.until > {TODAY})
    )
    """  # noqa: S608  # our own pieces
)


def holds(connection: Connection, person: str, role: str) -> bool:
    """Whether somebody holds a role anywhere, now or later."""
    return bool(connection.scalar(_HOLDS, {"person": person, "role": role}))


def add_person(connection: Connection, values: Mapping[str, Any], *, version: int) -> None:
    """Enter somebody in the roster: columns of `staff`, the code among them."""
    connection.execute(insert(tables.places).values(code=values["code"], layer="staff"))
    connection.execute(insert(tables.district["staff"]).values(**values, version=version))


def change_person(connection: Connection, code: str, values: Mapping[str, Any], *, version: int) -> None:
    """Exchange columns of somebody's row in the roster."""
    table = tables.district["staff"]
    connection.execute(update(table).where(table.c.code == code).values(**values, version=version))


def community_of(connection: Connection, place: str) -> str | None:
    """The community that a place lies in."""
    return connection.scalar(select(tables.places.c.community_code).where(tables.places.c.code == place))


def layer_of(connection: Connection, place: str) -> str | None:
    """The layer of a place; None where there is no such place."""
    return connection.scalar(select(tables.places.c.layer).where(tables.places.c.code == place))


@dataclass(frozen=True)
class Candidate:
    """Somebody who could be named: whether they live there, are entered for the role, and what they lead already."""

    person: Person
    community: str | None
    lives_there: bool
    entered: bool
    leads: tuple[str, ...]
    """The roles that they hold anywhere now."""


# Home is the stairwell of the roster, or else the point: what it lies in.
_CANDIDATES = text(
    f"""
    WITH shape AS MATERIALIZED (
        SELECT geom FROM gridmap.compounds WHERE code = :place
        UNION ALL SELECT geom FROM gridmap.grids WHERE code = :place
    ), home AS (
        SELECT s.*, w.code IS NOT NULL AND (
            w.code = :place OR b.compound_code = :place OR b.community_code = :place OR EXISTS (
                SELECT FROM gridmap.members m WHERE m.building_code = b.code AND m.grid_code = :place
            )
        ) OR w.code IS NULL AND EXISTS (SELECT FROM shape WHERE ST_Covers(shape.geom, s.geom)) AS lives_there
        FROM gridmap.staff s LEFT JOIN gridmap.stairwells w ON w.code = s.stairwell_code
        LEFT JOIN gridmap.buildings b ON b.code = w.building_code
        WHERE {PEOPLE_IN_SCOPE} AND (:role <> 'party_compound' OR s.party_member)
            AND s.name LIKE :pattern AND (:person IS NULL OR s.code = :person)
    ), chosen AS (
        SELECT *, :role = ANY(string_to_array(coalesce(roles, ''), ' ')) AS entered FROM home
        ORDER BY lives_there DESC, entered DESC, community_code IS NOT DISTINCT FROM :community DESC, name, code
        LIMIT :most
    )
    SELECT {_PERSON}, c.name AS community, s.lives_there, s.entered, array(
        SELECT DISTINCT a.role FROM gridmap.assignments a WHERE a.staff_code = s.code AND {SITS_NOW} ORDER BY a.role
    ) AS leads
    FROM chosen s LEFT JOIN gridmap.communities c ON c.code = s.community_code
    ORDER BY s.lives_there DESC, s.entered DESC, s.community_code IS NOT DISTINCT FROM :community DESC, s.name, s.code
    """  # noqa: S608  # our own pieces
).bindparams(*scope_parameters(), bindparam("community", type_=Text), bindparam("person", type_=Text))


def candidates(
    connection: Connection,
    *,
    role: str,
    place: str,
    scope: Scope,
    name: str = "",
    person: str | None = None,
    most: int,
) -> list[Candidate]:
    """People in scope who could be named for the role there: those who live there first, then those entered for it.

    `name` is a part of the name; of all people where it is empty. `person`: this one only, by code. For the Party's
    compound role: Party members only.
    """
    pattern = "%" + name.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    community = community_of(connection, place)
    given = {"role": role, "place": place, "pattern": pattern, "community": community, "person": person, "most": most}
    found = []
    for row in connection.execute(_CANDIDATES, {**given, **scope.parameters()}).mappings():
        values = dict(row)
        own = {key: values.pop(key) for key in ("community", "lives_there", "entered")}
        leads = tuple(values.pop("leads"))
        found.append(Candidate(Person(**values), leads=leads, **own))
    return found
