"""A roster's rows checked one by one and against each other, and matched to the places of the district."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd

from gridmap.domain.notes import Note
from gridmap.layers.addresses import WRITTEN, match
from gridmap.layers.rosters import cells
from gridmap.layers.rosters.comparing import identified, without_conflicts, without_doubles
from gridmap.layers.rosters.entries import Entry, Person, Post, Roster, Standing, rejected
from gridmap.layers.rosters.placing import LAYERS_OF_ROLES, NEEDS_PLACE, Found, Places, Row, titles, with_community
from gridmap.layers.rosters.sheet import Sheet

_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[ ·.'’-]){0,29}")
_HOME = ("address", "compound", "building")
_FROM_BAD_TO_GOOD = ("none", "several", "likely", "sure")


class _Matches(NamedTuple):
    """Of one row: rows of `match`'s results for where they live, what they lead, and the area that is named."""

    home: Row
    charge: Row
    area: Row


def roster_of(sheet: Sheet, standing: Standing) -> Roster:
    """The roster of a sheet.

    Parameters
    ----------
    sheet
        As `read_sheet` gives it.
    standing
        The district as it is.

    Returns
    -------
    Roster
        Every row accepted, to settle or rejected, with the reasons. Nothing is guessed: only a sure place is taken.
    """
    places, rows, book = Places(standing), sheet.rows, standing.book
    charges = rows[["charge", "community", "compound"]].rename(columns={"charge": "address"})
    found = [match(table, book) for table in (rows[list(WRITTEN)], charges, rows[["street", "community"]])]
    has_roles = "role" in sheet.columns
    entries = [
        _entry(int(number), row, _Matches(*matches), places, has_roles=has_roles)
        for number, row, *matches in zip(
            rows.index.tolist(), _each(rows), *(_each(table) for table in found), strict=True
        )
    ]
    checked = without_conflicts(without_doubles(identified(entries, standing.staff)), standing)
    return Roster(sheet, tuple(checked), titles(book, checked))


def _each(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as they are: a row as a series would make one type of its values."""
    return [dict(zip(table.columns, values, strict=True)) for values in table.itertuples(index=False)]


def _entry(number: int, row: Row, matches: _Matches, places: Places, *, has_roles: bool) -> Entry:
    wrong: list[Note] = []

    def taken(value: Any) -> Any:
        if isinstance(value, Note):
            wrong.append(value)
            return None
        return value

    name = re.sub(r"\s+", " ", cells.text(row["name"]))
    name = re.sub(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])", "", name)
    if not name:
        wrong.append(Note("It has no name."))
    elif not _NAME.fullmatch(name):
        wrong.append(Note("{value} is no name.", {"value": name}))
    title, read = _title_and_roles(row, has_roles=has_roles)
    roles: tuple[str, ...] = taken(read) or ()
    since, until = taken(cells.day(row["since"])), taken(cells.day(row["until"], last=True))
    if since and until and until <= since:
        wrong.append(Note("The term ends before it begins."))
    person = Person(
        name=name,
        phone=taken(cells.phone(row["phone"])),
        duty_phone=taken(cells.phone(row["duty_phone"], short=True)),
        title=title,
        party_member=taken(cells.truth(row["party_member"])),
        published=taken(cells.truth(row["published"])),
        source=taken(cells.source(row["source"])),
        capacity=taken(cells.count(row["capacity"])),
        code=cells.text(row["staff_code"]) or None,
    )
    entry = Entry(number, person, tuple(Post(role) for role in roles), since=since, until=until)
    return rejected(entry, *wrong) if wrong else _placed(entry, row, matches, places)


def _title_and_roles(row: Row, *, has_roles: bool) -> tuple[str | None, tuple[str, ...] | Note]:
    """What they are called, and their roles: 职务 holds either, where no column says the role."""
    title = cells.text(row["title"]) or None
    if has_roles:
        return title, cells.roles(row["role"])
    if title is None:
        return None, ()
    roles = cells.roles(title)
    if not isinstance(roles, Note):
        return None, roles
    return title, ("staff",) if cells.is_title(title) else roles


def _placed(entry: Entry, row: Row, matches: _Matches, places: Places) -> Entry:
    """The entry with home, community and posts, as far as they are sure."""
    written = cells.text(row["charge"])
    home = matches.home if any(cells.text(row[column]) for column in _HOME) else None
    area = next(
        (
            community
            for found in (matches.area, matches.home)
            if found["sureness"] in ("sure", "likely") and (community := places.community_of(found["place_code"]))
        ),
        None,
    )
    lives = places.of_role("stairwell", home, "", area) if home is not None else None
    sure_home = lives.code if lives is not None and lives.sureness == "sure" else None
    posts: list[Post] = []
    found: list[Found] = []
    for post in entry.posts:
        place = _place(post.role, written, matches, area, places)
        if place is not None:
            found.append(place)
        posts.append(Post(post.role, place.code if place is not None and place.sureness == "sure" else None))
    person = replace(entry.person, home=sure_home, community=area)
    entry = with_community(replace(entry, person=person, posts=tuple(posts)), places)
    return _judged(entry, found, lives)


def _place(role: str, written: str, matches: _Matches, area: str | None, places: Places) -> Found | None:
    """The place of a role; None where none is written and the role can wait for its place."""
    if written:
        if places.by_code(written) in LAYERS_OF_ROLES[role]:
            return Found(written, "sure", Note("The code is the place's."))
        return places.of_role(role, matches.charge, written, area)
    if role in NEEDS_PLACE:
        if matches.home["sureness"] == "none" and not matches.home["candidates"]:
            return Found(None, "none", matches.home["reason"])
        return places.of_role(role, matches.home, "", area)
    if role == "staff" and matches.area["place_code"] is not None:
        return places.of_role(role, matches.area, "", area)
    return None


def _judged(entry: Entry, found: list[Found], lives: Found | None) -> Entry:
    """Accepted where every place is sure, to settle where one is open, rejected where one is unknown.

    A home that isn't sure holds nobody up who has a post; without a post it is what the row is about.
    """
    worst = min(found, key=lambda place: _FROM_BAD_TO_GOOD.index(place.sureness), default=None)
    asked = worst or lives
    if asked is None:
        return entry
    entry = replace(entry, sureness=asked.sureness, reasons=(asked.reason,))
    if asked.sureness != "sure":
        if not asked.candidates:
            return rejected(entry, asked.reason)
        return replace(entry, state="unsettled", question="place" if worst else "home", candidates=asked.candidates)
    if lives is not None and lives.sureness != "sure":
        left_out = Note("Their home was left out: {reason}", {"reason": lives.reason})
        return replace(entry, reasons=(*entry.reasons, left_out))
    return entry
