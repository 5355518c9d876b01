"""Names by hand: who leads a place from when to when. Each step is one transaction, written down before and after."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine

from gridmap.database import changes, posts, rosters
from gridmap.database.posts import NewTerm, OnRoster, Term
from gridmap.database.scopes import Scope, require
from gridmap.domain.errors import DataError, InputError, NotFoundError
from gridmap.domain.words import ROLES_AT
from gridmap.services.entries import LONGEST_NAME, plain_phone, plain_text

LONGEST_TITLE = 40
"""Characters."""


@dataclass(frozen=True)
class About:
    """What the office enters of somebody; empty texts are left out, `party_member` may be unknown."""

    title: str | None = None
    duty_phone: str | None = None
    phone: str | None = None
    published: bool = False
    party_member: bool | None = None

    def checked(self) -> About:
        """The same with its texts made plain.

        Raises
        ------
        InputError
            A text is too long, or a phone number is none.
        """
        return replace(
            self,
            title=plain_text(self.title, LONGEST_TITLE),
            duty_phone=plain_phone(self.duty_phone),
            phone=plain_phone(self.phone),
        )


@dataclass(frozen=True)
class NewPerson:
    """Somebody who isn't on the roster yet."""

    name: str
    about: About = About()


def name_somebody(
    engine: Engine,
    scope: Scope,
    *,
    place: str,
    role: str,
    person: str | NewPerson,
    since: date,
    until: date | None = None,
    locked: bool = False,
    actor: str,
) -> str:
    """Give a place somebody in a role, from one day to the last before `until`; the person's code.

    Parameters
    ----------
    scope
        How far the actor reaches: the place and the person have to lie in it.
    person
        A code of the roster, or somebody new, who then belongs to the place's community.
    locked
        Whether the analysis of leaders has to keep this.

    Raises
    ------
    NotFoundError
        The place or the person isn't in scope.
    InputError
        The role doesn't exist there, the term ends before it begins, or what is new of a person is malformed.
    DataError
        Somebody holds the role there in that time, or the Party's compound leader is no Party member.
    """
    if until is not None and until < since:
        raise InputError("The term would end on {until}, before it begins on {since}.", until=until, since=since)
    with engine.begin() as connection:
        changes.wait_turn(connection)
        _require_role(connection, scope, place, role)
        community = posts.community_of(connection, place)
        code: str
        before: Row | None
        if isinstance(person, NewPerson):
            before, after = None, _new(person, role, community)
            (code,) = rosters.free_staff_codes(connection, 1)
        else:
            code, before, after = _entered(_somebody(connection, scope, person), role, community)
        if role == "party_compound" and not after["party_member"]:
            raise DataError("A Party-member compound leader has to be a Party member, and the roster doesn't say so.")
        term = NewTerm(role, place, since, until)
        twice = posts.in_the_way(connection, term, person=code)
        if twice is not None:
            raise _taken(twice)
        changed = {name: value for name, value in after.items() if before is None or before[name] != value}
        version = changes.record(
            connection,
            actor=actor,
            action="name",
            layers=["assignments", *(["staff"] if changed else [])],
            subject=place,
            detail={"place": place, "role": role},
            logged={
                "before": {name: before[name] for name in changed} if before else {},
                "after": _plain({"person": code, "name": after["name"], "since": since, "until": until, **changed}),
            },
        )
        if before is None:
            posts.add_person(connection, {"code": code, **after}, version=version)
        elif changed:
            posts.change_person(connection, code, changed, version=version)
        if not posts.add_term(connection, term, person=code, locked=locked, version=version):
            raise _taken(posts.in_the_way(connection, term))
    return code


Row = dict[str, Any]
"""Columns of somebody in the roster."""


def _new(person: NewPerson, role: str, community: str | None) -> Row:
    name = plain_text(person.name, LONGEST_NAME)
    if name is None:
        raise InputError("Somebody new needs a name.")
    return {"name": name, "community_code": community, "roles": role, **asdict(person.about.checked())}


def _entered(found: OnRoster, role: str, community: str | None) -> tuple[str, Row, Row]:
    """Who holds a role is entered for it, and staff of a community belong to it: the analyses go by that."""
    before = {"roles": " ".join(found.roles), "community_code": found.community}
    after = dict(before)
    if role not in found.roles:
        after["roles"] = " ".join([*found.roles, role])
    if role == "staff":
        after["community_code"] = community
    same = {"name": found.person.name, "party_member": found.person.party_member}
    return found.person.code, {**same, **before}, {**same, **after}


def _require_role(connection: Connection, scope: Scope, place: str, role: str) -> None:
    require(connection, scope, place)
    if role not in ROLES_AT.get(posts.layer_of(connection, place) or "", ()):
        raise InputError("This place has no role {role}.", role=role[:40])


def _somebody(connection: Connection, scope: Scope, code: str) -> OnRoster:
    found = posts.person(connection, code, scope)
    if found is None:
        raise NotFoundError("There is nobody with the code {code} who is yours to name.", code=code[:80])
    return found


def _taken(there: Term | None) -> DataError:
    """Who is in the way, and since when."""
    if there is None:
        raise RuntimeError("a term was refused that overlaps none")
    name = there.person.name or there.person.code
    if there.until is not None:
        return DataError(
            "{name} has this post until {until}. Another term can begin on that day.", name=name, until=there.until
        )
    if there.since is None:
        return DataError("{name} holds this post already. End that term first.", name=name)
    return DataError(
        "{name} holds this post already, since {since}. End that term first.", name=name, since=there.since
    )


def end_term(engine: Engine, scope: Scope, *, place: str, term: int, until: date, actor: str) -> None:
    """End a term at a place: `until` is the first day out of office.

    Raises
    ------
    NotFoundError
        The place isn't in scope, or has no such term.
    InputError
        The term would end before it began.
    DataError
        It has ended already.
    """
    with engine.begin() as connection:
        changes.wait_turn(connection)
        require(connection, scope, place)
        found = posts.term(connection, place, term)
        if found is None:
            raise NotFoundError("There is no such term at this place.")
        if found.state == "over":
            raise DataError("That term has ended already, on {until}.", until=found.until)
        if found.since is not None and until < found.since:
            raise InputError(
                "The term would end on {until}, before it begins on {since}.", until=until, since=found.since
            )
        version = changes.record(
            connection,
            actor=actor,
            action="end term",
            layers=["assignments"],
            subject=place,
            detail={"place": place, "role": found.role},
            logged={
                "person": found.person.code,
                "name": found.person.name,
                "before": _plain({"until": found.until}),
                "after": _plain({"until": until}),
            },
        )
        posts.end_term(connection, term, until=until, version=version)


def change_person(engine: Engine, scope: Scope, *, person: str, about: About, actor: str) -> None:
    """Exchange what the office enters of somebody of the roster; what stays the same is no change.

    Raises
    ------
    NotFoundError
        The person isn't in scope.
    InputError
        A text is too long, or a phone number is none.
    DataError
        They would be no Party member, but hold the Party's compound role.
    """
    after = asdict(about.checked())
    with engine.begin() as connection:
        changes.wait_turn(connection)
        found = _somebody(connection, scope, person)
        before = {name: getattr(found.person, name) for name in after}
        changed = [name for name in after if before[name] != after[name]]
        if not changed:
            return
        if (
            "party_member" in changed
            and not after["party_member"]
            and posts.holds(connection, person, "party_compound")
        ):
            raise DataError("{name} is Party-member compound leader; end that term first.", name=found.person.name)
        version = changes.record(
            connection,
            actor=actor,
            action="change person",
            layers=["staff"],
            subject=person,
            logged={
                "name": found.person.name,
                "before": {name: before[name] for name in changed},
                "after": {name: after[name] for name in changed},
            },
        )
        posts.change_person(connection, person, {name: after[name] for name in changed}, version=version)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """The values as the log keeps them: days in words."""
    return {name: str(value) if isinstance(value, date) else value for name, value in values.items()}
