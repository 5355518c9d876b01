"""The place that each role of a row is about: from the column that says what they lead, else from where they live."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from gridmap.domain.notes import Note
from gridmap.layers.addresses import AddressBook
from gridmap.layers.addresses.spelling import spelled
from gridmap.layers.rosters.entries import Entry, Standing

_GRID = re.compile(r"(\d{1,3})(?:号)?网格|网格(?:编号)?(\d{1,3})")
NEEDS_PLACE = ("compound", "party_compound", "stairwell")
"""Roles that mean nothing without a place; the others may wait for theirs."""


Row = Mapping[str, Any]
"""One row of a table, by column."""


class Found(NamedTuple):
    """A place for a role: its code where that is sure or likely, how sure it is, why, and what else it may be."""

    code: str | None
    sureness: str
    reason: Note
    candidates: tuple[str, ...] = ()


class Places:
    """Finds the places of roles; `grids` by the community and the last three figures of their codes."""

    def __init__(self, standing: Standing) -> None:
        self.book = standing.book
        self.grid_communities = dict(
            zip(standing.grids["code"].astype(str), standing.grids["community_code"].astype(str), strict=True)
        )
        self.grids = {
            (community, int(code[-3:])): code
            for code, community in self.grid_communities.items()
            if code[-3:].isdigit()
        }

    def of_role(self, role: str, row: Row, written: str, community: str | None) -> Found:
        """The place of a role by the match of an address (a row of `match`'s result) and the text that was matched."""
        if role == "grid":
            return self._grid(written, row, community)
        if row["sureness"] == "none":
            return Found(None, "none", row["reason"], self._fitting(role, row["candidates"]))
        code = self._of_layer(role, row)
        if code is not None and row["sureness"] in ("sure", "likely"):
            return Found(code, row["sureness"], row["reason"], () if row["sureness"] == "sure" else (code,))
        if role == "stairwell" and row["building_code"] is not None and row["sureness"] in ("sure", "likely"):
            building = self.book.buildings[row["building_code"]]
            note = Note("{place} has {count} stairwells; which one?", self._counted(building.code))
            return Found(None, "several" if building.stairwells else "none", note, tuple(building.all_stairwells))
        fitting = self._fitting(role, row["candidates"])
        if row["sureness"] == "several":
            return Found(None, "several", row["reason"], fitting)
        return Found(None, "none", Note("It doesn't say which place the role is for."), fitting)

    def _counted(self, building: str) -> dict[str, object]:
        return {"place": self.book.title(building), "count": len(self.book.buildings[building].all_stairwells)}

    def _of_layer(self, role: str, row: Row) -> str | None:
        if role == "stairwell":
            return row["stairwell_code"]
        if role in ("compound", "party_compound"):
            return row["compound_code"]
        if role == "staff":
            return self.community_of(row["place_code"]) if row["place_code"] else None
        return row["place_code"]

    def _fitting(self, role: str, codes: Sequence[str]) -> tuple[str, ...]:
        """The candidates as places of the role: the compounds of buildings, the stairwells of buildings."""
        book = self.book
        found: list[str | None] = []
        for code in codes:
            building = book.buildings.get(book.buildings_of_stairwells.get(code, code))
            if role == "stairwell":
                found += [code] if code in book.buildings_of_stairwells else building.all_stairwells if building else []
            elif role in ("compound", "party_compound"):
                found.append(code if code in book.community_of else building.compound if building else None)
            elif role == "staff":
                found.append(self.community_of(code))
            else:
                found.append(code)
        return tuple(dict.fromkeys(code for code in found if code))

    def _grid(self, written: str, row: Row, community: str | None) -> Found:
        text = spelled(written)
        number = _GRID.search(text)
        given = written.strip()
        if given in self.grid_communities:
            return Found(given, "sure", Note("The code is a grid's."))
        if number is None:
            return Found(
                None,
                "none",
                Note("{value} names no grid: its code, or its community and number (第3网格).", {"value": given}),
            )
        where = self.community_of(row["place_code"]) if row["place_code"] else community
        found = self.grids.get((where or "", int(number[1] or number[2])))
        if found is not None:
            return Found(found, "sure", Note("Community and number are as written."))
        if where is None:
            return Found(None, "none", Note("It doesn't say of which community the grid is."))
        params = {"place": self.book.title(where), "number": number[1] or number[2]}
        return Found(None, "none", Note("{place} has no grid {number}.", params))

    def by_code(self, code: str) -> str | None:
        """The layer of a place by its code; None where there is no such place."""
        book = self.book
        for layer, known in (
            ("stairwells", book.buildings_of_stairwells),
            ("buildings", book.buildings),
            ("compounds", book.community_of),
            ("communities", book.street_of),
            ("grids", self.grid_communities),
        ):
            if code in known:
                return layer
        return None

    def community_of(self, code: str | None) -> str | None:
        """The community that a place lies in; itself for a community."""
        book = self.book
        if code is None or code in book.street_of:
            return code
        if code in self.grid_communities:
            return self.grid_communities[code]
        if code in book.community_of:
            return book.community_of[code]
        building = book.buildings.get(book.buildings_of_stairwells.get(code, code))
        return building.community if building is not None else None


LAYERS_OF_ROLES = {
    "staff": ("communities",),
    "grid": ("grids",),
    "compound": ("compounds",),
    "party_compound": ("compounds",),
    "stairwell": ("stairwells",),
    "volunteer": ("communities", "compounds", "buildings", "stairwells", "grids"),
}
"""Layers whose places a role may be at."""


def with_community(entry: Entry, places: Places) -> Entry:
    """The entry with the community of the place that they lead, where their home says none."""
    if entry.person.community is not None:
        return entry
    found = next((c for post in entry.posts if (c := places.community_of(post.place))), None)
    return replace(entry, person=replace(entry.person, community=found))


def titles(book: AddressBook, entries: Iterable[Entry]) -> dict[str, str | Note]:
    """How the places of these rows and those to choose from are called, by code."""
    codes = {code for entry in entries for code in (*entry.places, *entry.candidates)}
    return {code: title_of(book, code) for code in sorted(codes)}


def title_of(book: AddressBook, code: str) -> str | Note:
    """How a place is called."""
    building = book.buildings_of_stairwells.get(code)
    if building is None:
        return book.title(code)
    number = book.numbers_of_stairwells.get(code)
    params = {"building": book.title(building), "number": number}
    return book.title(building) if number is None else Note("{building}, stairwell {number}", params)
