"""Tables of written addresses matched to places of the district."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from gridmap.domain.notes import Note
from gridmap.layers.addresses.book import AddressBook
from gridmap.layers.addresses.deciding import MOST_CANDIDATES, Match, decided
from gridmap.layers.addresses.spelling import spelled

WRITTEN = ("address", "street", "community", "compound", "building", "unit", "room")
"""Columns that `match` reads; whichever are there."""
_NUMBER = re.compile(r"[A-Z甲乙丙丁]?\d+[A-Z甲乙丙丁]?|[A-Z甲乙丙丁]")
_SURENESS = ("sure", "likely", "several", "none")
_FINENESS = ("street", "community", "compound", "building", "stairwell")


def match(rows: pd.DataFrame, book: AddressBook) -> pd.DataFrame:
    """Match written addresses to places.

    Parameters
    ----------
    rows
        Any of the columns of `WRITTEN`, as people wrote them. `address` may say all of it in one; the others are its
        parts. Both may be there, and then must agree.
    book
        The district's names and addresses.

    Returns
    -------
    DataFrame
        With the index of `rows`: `place_code`, `level` (street, community, compound, building, stairwell),
        `compound_code`, `building_code`, `stairwell_code` (None where not known), `sureness` (sure, likely, several,
        none), `reason` (a Note), `candidates` (tuple of codes). Nothing is guessed: there is a place only where it is
        sure or likely, and where it is likely the reason says what is doubtful.
    """
    texts = _texts(rows)
    known = {text: _read(*text, book) for text in dict.fromkeys(texts)}
    found = _confirmed([known[text] for text in texts])
    table = {
        "place_code": [m.place for m in found],
        "level": [m.level for m in found],
        "compound_code": [m.compound for m in found],
        "building_code": [m.building for m in found],
        "stairwell_code": [m.stairwell for m in found],
        "sureness": [m.sureness for m in found],
        "reason": [m.reason for m in found],
        "candidates": [m.candidates for m in found],
    }
    return pd.DataFrame({name: pd.Series(values, index=rows.index, dtype="object") for name, values in table.items()})


def match_one(address: str, book: AddressBook) -> Match:
    """The match of one written address."""
    return _confirmed([_read(address.strip(), "", "", book)])[0]


def _texts(rows: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Of each row the whole address, the address put together from its parts, and where it lies."""
    columns = [[_cell(value) for value in rows[name]] if name in rows else [""] * len(rows) for name in WRITTEN]
    texts = []
    for address, street, community, compound, building, unit, room in zip(*columns, strict=True):
        numbers = _counted(building, "号楼") + _counted(unit, "单元") + _counted(room, "室")
        parts = f"{compound} {numbers}".strip() if numbers or not address else ""
        around = [street, community, compound if address and not numbers else ""]
        texts.append((address, parts, " ".join(part for part in around if part)))
    return texts


def _cell(value: Any) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _counted(value: str, counter: str) -> str:
    """A cell of a column that says itself what its number counts: 12 → 12号楼."""
    plain = spelled(value + counter).removesuffix(counter)
    return plain + counter if _NUMBER.fullmatch(plain) else value


def _read(address: str, parts: str, around: str, book: AddressBook) -> Match:
    """One row: its whole address, the address put together from its parts, or both."""
    given = [text for text in (address, parts) if text]
    if not given:
        return decided(around, "", book) if around else Match("none", Note("No address is written."))
    found = [decided(text, around, book) for text in given]
    return found[0] if len(found) == 1 else _both(found[0], found[1])


def _both(one: Match, other: Match) -> Match:
    """What the whole address and its parts say together."""
    better, worse = sorted((one, other), key=lambda found: _SURENESS.index(found.sureness))
    if worse.sureness == "none":
        doubtful = replace(better, sureness="likely", reason=worse.reason, candidates=(str(better.place),))
        return doubtful if better.sureness == "sure" else better
    if worse.sureness == "several":
        shared = tuple(code for code in better.candidates or (better.place,) if code in worse.candidates)
        if not shared:
            return _contradiction(one, other)
        return replace(better, candidates=shared) if better.sureness == "several" else better
    pairs = ((one.compound, other.compound), (one.building, other.building), (one.stairwell, other.stairwell))
    if any(mine and theirs and mine != theirs for mine, theirs in pairs):
        return _contradiction(one, other)
    return better if one.level == other.level else max(one, other, key=lambda found: _FINENESS.index(str(found.level)))


def _contradiction(one: Match, other: Match) -> Match:
    codes = dict.fromkeys(
        code for found in (one, other) for code in ([found.place] if found.place else found.candidates)
    )
    note = Note("The address and the columns of its parts say different places.")
    return Match("several", note, candidates=tuple(codes)[:MOST_CANDIDATES])


def _confirmed(matches: Sequence[Match]) -> list[Match]:
    """The matches; only likely are those that name a city or district which nothing shows to be ours.

    A name is ours where a row has it beside a street or community of ours, or where it is the one of most rows.
    """
    ours = {name for found in matches if found.near for name in found.far}
    for ending in ("省", "市", "区", "县"):
        counts = Counter(name for found in matches if found.place for name in found.far if name.endswith(ending))
        ours |= {name for name, count in counts.most_common(1) if count > 1}
    return [_if_confirmed(found, [name for name in found.far if name not in ours]) for found in matches]


def _if_confirmed(found: Match, strange: list[str]) -> Match:
    if found.sureness != "sure" or not strange:
        return found
    note = Note("{place} may lie elsewhere: nothing here confirms it.", {"place": strange[0]})
    return replace(found, sureness="likely", reason=note, candidates=(str(found.place),))
