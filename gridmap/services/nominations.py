"""Residents nominate stairwell leaders by a link that the community hands out; the community decides.

What waits holds names and telephones of people who may not know of it, so only those who name leaders there see it, and
it is deleted with the decision.
"""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from sqlalchemy import Connection, Engine

from gridmap.database import changes, nominations, posts, rosters
from gridmap.database.nominations import Link, Nomination
from gridmap.database.scopes import Scope, require
from gridmap.domain.errors import ConflictError, InputError, NotFoundError, TooManyError
from gridmap.domain.today import today
from gridmap.services.entries import LONGEST_NAME, plain_phone, plain_text

LINK_LAYERS = ("communities", "compounds", "buildings", "stairwells")
"""The places that a link can be of: for all stairwells in them."""
DAYS = 30
MOST_DAYS = 366
"""How long a link is open, unless somebody says otherwise, and at most."""
LONGEST_WORDS = 200
MOST_WAITING = 500
MOST_AN_HOUR = 60
MOST_OF_A_PLACE = 10
"""Nominations that a link, a link within an hour, and a stairwell take before somebody has decided."""

_HOUR_S = 3600


def make_link(engine: Engine, scope: Scope, *, place: str, until: date, actor: str) -> str:
    """A new link of a place, in the place of the one before; its token.

    Parameters
    ----------
    until
        The first day on which it is shut.

    Raises
    ------
    NotFoundError
        The place isn't in scope.
    InputError
        Such a place has no stairwells, or the day is past or too far off.
    """
    if not today() < until <= today() + timedelta(days=MOST_DAYS):
        raise InputError("A link can be open until a day from tomorrow on, for {most} days at most.", most=MOST_DAYS)
    token = secrets.token_urlsafe(12)
    with engine.begin() as connection:
        require(connection, scope, place)
        if posts.layer_of(connection, place) not in LINK_LAYERS:
            raise InputError("Nominations are for stairwells: choose a community, compound, building or stairwell.")
        nominations.close_links(connection, place)
        nominations.add_link(connection, token, place=place, until=until, made_by=actor)
        changes.log(
            connection, actor=actor, action="nomination link", subject=place, detail={"after": {"until": str(until)}}
        )
    return token


def close_link(engine: Engine, scope: Scope, *, place: str, actor: str) -> None:
    """Shut the link of a place; what came by it still waits.

    Raises
    ------
    NotFoundError
        The place isn't in scope.
    """
    with engine.begin() as connection:
        require(connection, scope, place)
        if nominations.close_links(connection, place):
            changes.log(connection, actor=actor, action="nomination link closed", subject=place)


def open_link(connection: Connection, token: str) -> Link:
    """The link of a token.

    Raises
    ------
    NotFoundError
        There is none, or it is shut.
    """
    found = nominations.by_token(connection, token, today=today())
    if found is None:
        raise NotFoundError("This link has ended. Ask the residents' committee for a new one.")
    return found


def nominate(
    engine: Engine, token: str, *, place: str, name: str, phone: str = "", own: bool = False, words: str = ""
) -> None:
    """Nominate somebody for a stairwell. Whoever is nominated there already stays so once.

    Raises
    ------
    NotFoundError
        The link is shut.
    InputError
        The stairwell isn't one of the link's that nobody leads, the name is missing, or something is malformed.
    TooManyError
        More wait than anybody would read.
    """
    named = plain_text(name, LONGEST_NAME)
    if named is None:
        raise InputError("Write whom you nominate.")
    values = {"phone": plain_phone(phone), "own": own, "words": plain_text(words, LONGEST_WORDS)}
    with engine.begin() as connection:
        link = open_link(connection, token)
        if place not in {stairwell.code for stairwell in nominations.stairwells(connection, link.place)}:
            raise InputError("Choose a stairwell that nobody leads yet.")
        by_link, lately, there = nominations.counts(connection, link, place)
        if by_link >= MOST_WAITING or there >= MOST_OF_A_PLACE or lately >= MOST_AN_HOUR:
            raise TooManyError("Many nominations wait already. Try again later.", seconds=_HOUR_S)
        nominations.add(connection, link, place_code=place, name=named, **values)


def accept(engine: Engine, scope: Scope, number: int, *, actor: str) -> tuple[str, str]:
    """Enter somebody who was nominated in the roster, as a candidate of that stairwell; stairwell's and person's codes.

    Whoever has that name in that stairwell already is entered for the role, and is nobody new.

    Raises
    ------
    ConflictError
        It isn't in scope, or somebody has decided already.
    """
    with engine.begin() as connection:
        changes.wait_turn(connection)
        found = _taken(connection, scope, number)
        version = changes.record(
            connection,
            actor=actor,
            action="nomination accepted",
            layers=["staff"],
            subject=found.place,
            detail={"place": found.place},
            logged={"after": {"name": found.name}},
        )
        if found.known is not None:
            known = posts.person(connection, found.known, Scope(everything=True))
            roles = known.roles if known else ()
            if "stairwell" not in roles:
                entered = {"roles": " ".join([*roles, "stairwell"])}
                posts.change_person(connection, found.known, entered, version=version)
            code = found.known
        else:
            (code,) = rosters.free_staff_codes(connection, 1)
            values = {
                "code": code,
                "name": found.name,
                "phone": found.phone,
                "community_code": found.community,
                "stairwell_code": found.place,
                "roles": "stairwell",
                "published": False,
            }
            posts.add_person(connection, values, version=version)
        nominations.drop(connection, number)
    return found.place, code


def decline(engine: Engine, scope: Scope, number: int, *, actor: str) -> str:
    """Delete a nomination; the code of its stairwell. Raises as `accept` does."""
    with engine.begin() as connection:
        found = _taken(connection, scope, number)
        nominations.drop(connection, number)
        changes.log(connection, actor=actor, action="nomination declined", subject=found.place)
    return found.place


def _taken(connection: Connection, scope: Scope, number: int) -> Nomination:
    found = nominations.take(connection, number, scope)
    if found is None:
        raise ConflictError("This nomination isn't there any more: somebody has decided already.")
    return found
