"""Rows of a roster against each other and against those who are there: who is meant, said twice, seat taken."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from gridmap.domain.notes import Note
from gridmap.domain.words import SOLE_ROLES
from gridmap.layers.rosters.entries import Entry, Standing, rejected

Term = tuple[datetime.date | None, datetime.date | None]
"""First day in office, first day out of it; None is without beginning, or without end."""


def identified(entries: list[Entry], staff: pd.DataFrame) -> list[Entry]:
    """The entries with the codes of those who are on the roster already: by code, else by name and telephone."""
    names = dict(zip(staff["code"].astype(str), staff["name"], strict=True))
    by_phone: dict[tuple[str, str], list[str]] = defaultdict(list)
    by_place: dict[tuple[str, str], list[str]] = defaultdict(list)
    columns = (staff[column].tolist() for column in ("code", "name", "phone", "community_code"))
    for code, name, phone, community in zip(*columns, strict=True):
        if pd.notna(phone):
            by_phone[str(name), _digits(phone)].append(str(code))
        if pd.notna(community):
            by_place[str(name), str(community)].append(str(code))
    return [_known(entry, names, by_phone, by_place) for entry in entries]


def _digits(phone: object) -> str:
    return re.sub(r"\D", "", str(phone))


def _known(
    entry: Entry,
    names: Mapping[str, object],
    by_phone: Mapping[tuple[str, str], list[str]],
    by_place: Mapping[tuple[str, str], list[str]],
) -> Entry:
    person, wrong = entry.person, None
    if entry.state == "rejected":
        return entry
    if person.code is not None:
        if re.search(r"\s", person.code):
            wrong = Note("Codes hold no spaces: {code}.", {"code": person.code})
        elif person.code in names and names[person.code] != person.name:
            wrong = Note("The code {code} is somebody else's.", {"code": person.code})
    elif person.phone:
        same = by_phone.get((person.name, _digits(person.phone)), [])
        if len(same) > 1:
            wrong = Note("{count} people of this name and telephone are there; give the code.", {"count": len(same)})
        elif same:
            return replace(entry, person=replace(person, code=same[0]))
    elif by_place.get((person.name, person.community or "")):
        wrong = Note("Someone of this name is there already; give the telephone or the code.")
    return entry if wrong is None else rejected(entry, wrong)


def without_doubles(entries: list[Entry]) -> list[Entry]:
    """Rows that say what an earlier one says, or that can't be told from an earlier one's person, rejected."""
    seen: dict[tuple[object, ...], int] = {}
    nameless: dict[tuple[str, str | None], int] = {}
    out = []
    for entry in entries:
        person = entry.person
        if entry.state == "rejected":
            out.append(entry)
            continue
        who = person.code or (person.name, person.phone)
        key = (who, entry.posts, entry.candidates, person.home, entry.since)
        if key in seen:
            out.append(rejected(entry, Note("Row {row} says the same.", {"row": seen[key]})))
            continue
        if person.code is None and person.phone is None:
            same = nameless.setdefault((person.name, person.community), entry.number)
            if same != entry.number:
                out.append(
                    rejected(entry, Note("Row {row} has the same name, and neither a telephone.", {"row": same}))
                )
                continue
        seen[key] = entry.number
        out.append(entry)
    return out


def without_conflicts(entries: Iterable[Entry], standing: Standing) -> list[Entry]:
    """The entries, those rejected that would give a place two people in a sole role at once; the first one stays."""
    names = dict(zip(standing.staff["code"].astype(str), standing.staff["name"], strict=True))
    taken: dict[tuple[str, str], list[tuple[Term, str | None, Note]]] = defaultdict(list)
    columns = (standing.assignments[c].tolist() for c in ("role", "place_code", "staff_code", "since", "until"))
    for role, place, code, since, until in zip(*columns, strict=True):
        if role in SOLE_ROLES:
            start, end = _day(since), _day(until)
            note = (
                Note("{name} leads this place; end that term first.", {"name": names.get(str(code), code)})
                if start is None
                else Note(
                    "{name} leads this place since {since}; end that term first.",
                    {"name": names.get(str(code), code), "since": start.isoformat()},
                )
            )
            taken[str(role), str(place)].append(((start, end), str(code), note))
    out = []
    for entry in entries:
        clash = _clash(entry, taken) if entry.state == "accepted" else None
        if clash is not None:
            out.append(rejected(entry, clash))
            continue
        if entry.state == "accepted":
            note = Note("Row {row} gives this place to {name}.", {"row": entry.number, "name": entry.person.name})
            for post in entry.posts:
                if post.role in SOLE_ROLES and post.place is not None:
                    taken[post.role, post.place].append(((entry.since, entry.until), entry.person.code, note))
        out.append(entry)
    return out


def _clash(entry: Entry, taken: Mapping[tuple[str, str], list[tuple[Term, str | None, Note]]]) -> Note | None:
    for post in entry.posts:
        if post.role not in SOLE_ROLES or post.place is None:
            continue
        for term, code, note in taken.get((post.role, post.place), ()):
            same = code is not None and code == entry.person.code
            if not same and overlap(term, (entry.since, entry.until)):
                return note
    return None


def overlap(one: Term, other: Term) -> bool:
    """Whether two terms share a day."""
    return not (
        (one[1] is not None and other[0] is not None and one[1] <= other[0])
        or (other[1] is not None and one[0] is not None and other[1] <= one[0])
    )


def _day(value: Any) -> datetime.date | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()
