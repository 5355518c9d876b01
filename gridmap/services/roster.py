"""Rosters from Excel: read and matched as a dry run, settled by hand, loaded in one transaction, handed back marked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, Engine

from gridmap.database import changes, history, rosters, vacancies
from gridmap.database.engine import reading
from gridmap.database.scopes import DISTRICT, Scope
from gridmap.database.store import save_layers
from gridmap.domain.errors import DataError
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.notes import Note
from gridmap.domain.words import ROLES, STAFF_SOURCES, VACANCY_CAUSES, Vocabulary
from gridmap.layers.rosters import (
    Entry,
    Page,
    Roster,
    Standing,
    entitled,
    overlap,
    read_sheet,
    roster_of,
    settled,
    title_of,
    write_copy,
    write_pages,
)
from gridmap.services.homes import book_of
from gridmap.services.language import Translate, translator

_LAYERS = ("assignments", "staff")


@dataclass(frozen=True)
class Loaded:
    """What a load did.

    Attributes
    ----------
    version
        The new data version.
    added, merged, assigned
        How many people are new, how many were there already, and how many posts were given.
    roster
        The roster as it was loaded: its accepted rows are in, its rejected ones say why they are not.
    """

    version: int
    added: int
    merged: int
    assigned: int
    roster: Roster


def read_roster(engine: Engine, path: Path, *, encoding: str | None = None, scope: Scope = DISTRICT) -> Roster:
    """Read a roster and match it to the places and people of a scope; nothing is changed.

    Raises
    ------
    InputError
        The file can't be read, or holds no roster.
    """
    sheet = read_sheet(path, encoding=encoding)
    with reading(engine) as connection:
        standing = _standing(connection, scope)
        return _entitled(connection, roster_of(sheet, standing), standing, scope)


def settle(engine: Engine, roster: Roster, chosen: Mapping[int, str], *, scope: Scope = DISTRICT) -> Roster:
    """The roster with places chosen by hand, by the number of the row; nothing is changed."""
    with reading(engine) as connection:
        standing = _standing(connection, scope)
        return _entitled(connection, settled(roster, chosen, standing), standing, scope)


def load(
    engine: Engine,
    roster: Roster,
    *,
    actor: str,
    chosen: Mapping[int, str] | None = None,
    scope: Scope = DISTRICT,
) -> Loaded:
    """Load the accepted rows, and those settled by hand, in one transaction.

    People are known again by code, or by name and telephone. Of two who load at once the first wins: a place that has
    been given to somebody else in the meantime is rejected in the roster that comes back. A row goes in with person and
    posts, or not at all.

    Raises
    ------
    DataError
        No row can be loaded.
    """
    with engine.begin() as connection:
        detail = {"file": roster.sheet.path.name}
        version = changes.record(connection, actor=actor, action="roster", layers=_LAYERS, detail=detail)
        standing = _standing(connection, scope)
        final = _entitled(connection, settled(roster, chosen or {}, standing), standing, scope)
        if not final.accepted:
            raise DataError(
                "No row of {path} can be loaded: {unsettled} are to be settled by hand, {rejected} are rejected.",
                path=roster.sheet.path.name,
                unsettled=len(final.unsettled),
                rejected=len(final.rejected),
            )
        codes = _codes(connection, final.accepted)
        before = rosters.people(connection, set(codes.values()))
        people = _people(connection, final.accepted, codes, before)
        posts = _posts(final.accepted, codes, standing.assignments)
        saved = save_layers(connection, {"staff": people, "assignments": posts}, version=version)
        _log(connection, people, posts, before, actor=actor, version=version)
        counted = {name: rows.counts() for name, rows in saved.items()}
        changes.complete(connection, version, layers=saved, detail={"changed": counted})
        history.keep(connection, version)
    return Loaded(version, len(people) - len(before), len(before), len(posts), final)


def write_marked(roster: Roster, out: Path, *, lang: str) -> None:
    """Write the copy of the sheet with what became of every row, in `lang` ("zh" or "en")."""
    write_copy(roster, out, translate=translator(lang))


_PEOPLE = (
    *("staff_code", "name", "role", "place", "charge", "community", "since", "until", "title", "phone", "duty_phone"),
    *("published", "party_member", "source", "capacity", "address"),
)
_OPEN = ("role", "place", "charge", "community", "state", "cause", "proposed")
_PAGES = {"zh": ("花名册", "空岗"), "en": ("Roster", "Open posts")}
_SAID = {
    "zh": {True: "是", False: "否", "proposed": "已有建议人选", "vacant": "空缺"},
    "en": {True: "yes", False: "no", "proposed": "proposed", "vacant": "vacant"},
}


def write_people(
    engine: Engine, out: Path, *, roles: Collection[str], actor: str, lang: str, scope: Scope = DISTRICT
) -> None:
    """Write the people of a scope with their posts, and the posts of these sole roles that are open, as a workbook.

    The first sheet is a roster as `read_roster` takes it: with one row a post, the place by its code and in words. That
    it was handed out is written into the audit log.
    """
    said, translate, in_chinese = _SAID[lang], translator(lang), translator("zh")
    with reading(engine) as connection:
        book = book_of(rosters.standing(connection, rosters.ADDRESSES, scope=scope))
        people = rosters.in_office(connection, scope)
        posts = vacancies.open_posts(connection, roles, scope)

    def title(code: object, to: Translate) -> str | None:
        found = title_of(book, str(code)) if code else None
        return found.worded(to) if isinstance(found, Note) else found

    def worded(row: dict[str, Any]) -> dict[str, Any]:
        place = row.get("place_code") or row["code"]
        return {
            **{name: said.get(value, value) if isinstance(value, bool) else value for name, value in row.items()},
            "role": _word(ROLES, row["role"], lang),
            "charge": place if row["role"] else None,
            "place": row["grid"] or title(place, translate) if row["role"] else None,
        }

    held = [
        {
            **worded(row),
            "staff_code": row["code"],
            "source": _word(STAFF_SOURCES, row["source"], lang),
            "address": title(row["stairwell_code"], in_chinese),  # as addresses are written here
        }
        for row in people
    ]
    vacant = [
        {**worded(row), "state": said[row["state"]], "cause": _word(VACANCY_CAUSES, row["cause"], lang)}
        for row in posts
    ]
    tables = zip(_PAGES[lang], (_PEOPLE, _OPEN), (held, vacant), strict=True)
    pages = [Page(name, columns, [[row[c] for c in columns] for row in rows]) for name, columns, rows in tables]
    with engine.begin() as connection:
        changes.log(connection, actor=actor, action="export", subject="roster")
    write_pages(out, pages, lang=lang)


def _word(words: Vocabulary, code: object, lang: str) -> str | None:
    return None if code is None else getattr(words[str(code)], lang)


def _entitled(connection: Connection, roster: Roster, standing: Standing, scope: Scope) -> Roster:
    """The roster without rows that the scope doesn't allow, or that give a post to whom it can't be given."""
    known = set(standing.staff["code"])
    written = {entry.person.code for entry in roster.entries if entry.person.code is not None} - known
    communities = None if scope.everything else set(standing.book.street_of)
    others = rosters.taken(connection, written)
    return replace(
        roster, entries=tuple(entitled(roster.entries, standing.staff, others=others, communities=communities))
    )


def _standing(connection: Connection, scope: Scope) -> Standing:
    tables = rosters.standing(connection, scope=scope)
    return Standing(book_of(tables), tables["grids"], tables["staff"], tables["assignments"])


def _codes(connection: Connection, entries: list[Entry]) -> dict[int, str]:
    """The code of each row's person by the row's number; rows of one new person share theirs."""
    new: dict[object, list[int]] = {}
    codes = {}
    for entry in entries:
        person = entry.person
        if person.code is not None:
            codes[entry.number] = person.code
        else:
            who = (person.name, person.phone) if person.phone else entry.number
            new.setdefault(who, []).append(entry.number)
    free = rosters.free_staff_codes(connection, len(new))
    return codes | {number: code for code, numbers in zip(free, new.values(), strict=True) for number in numbers}


def _people(
    connection: Connection, entries: list[Entry], codes: Mapping[int, str], before: Mapping[str, Mapping[str, object]]
) -> gpd.GeoDataFrame:
    """One row of the layer `staff` for each person: what the roster knows of them, their roles with those they had."""
    homes = rosters.stairwell_points(connection, {e.person.home for e in entries if e.person.home})
    found: dict[str, dict[str, Any]] = {}
    for entry in entries:
        code, person = codes[entry.number], entry.person
        row = found.setdefault(code, {"code": code, "roles": str(before.get(code, {}).get("roles") or "")})
        known = asdict(person)
        known["community_code"], known["stairwell_code"] = known.pop("community"), known.pop("home")
        known.pop("code")
        row.update({name: value for name, value in known.items() if value is not None})
        roles = {*row["roles"].split(), *(post.role for post in entry.posts)}
        row["roles"] = " ".join(role for role in ROLES if role in roles)
    table = pd.DataFrame(list(found.values()))
    table["roles"] = table["roles"].where(table["roles"] != "", None)
    stairwells = table.get("stairwell_code", pd.Series(index=table.index, dtype="object"))
    places = [homes.get(code) if isinstance(code, str) else None for code in stairwells]
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(places, index=table.index, crs=GEOGRAPHIC))


def _posts(entries: list[Entry], codes: Mapping[int, str], assignments: pd.DataFrame) -> pd.DataFrame:
    """One row of the layer `assignments` for each post that is new; whoever holds it already keeps it as it is."""
    held: dict[tuple[str, str, str], list[tuple[Any, Any]]] = {}
    columns = (assignments[column].tolist() for column in ("role", "place_code", "staff_code", "since", "until"))
    for role, place, staff, since, until in zip(*columns, strict=True):
        held.setdefault((role, place, staff), []).append((since, until))
    found = []
    for entry in entries:
        for post in entry.posts:
            key = (post.role, str(post.place), codes[entry.number])
            term = (entry.since, entry.until)
            if post.place is None or any(overlap(term, other) for other in held.get(key, ())):
                continue
            held.setdefault(key, []).append(term)
            found.append((*key, *term))
    return pd.DataFrame(found, columns=["role", "place_code", "staff_code", "since", "until"])


def _log(
    connection: Connection,
    people: pd.DataFrame,
    posts: pd.DataFrame,
    before: Mapping[str, Mapping[str, object]],
    *,
    actor: str,
    version: int,
) -> None:
    """Write down for each person what they were and what they became, with the posts given."""
    after = rosters.people(connection, set(people["code"]))
    given: dict[str, list[dict[str, object]]] = {}
    for role, place, staff, since, until in posts.itertuples(index=False):
        post = {"role": role, "place": place, "since": _iso(since), "until": _iso(until)}
        given.setdefault(staff, []).append(post)
    lines = [
        (code, {"version": version, "before": before.get(code), "after": row, "posts": given.get(code, [])})
        for code, row in sorted(after.items())
    ]
    changes.log_all(connection, actor=actor, action="roster", lines=lines)


def _iso(day: Any) -> str | None:
    return None if pd.isna(day) else day.isoformat()
