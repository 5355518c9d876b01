"""What a roster comes to: for every row a person, the posts they are given, and whether that stands."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import pandas as pd

from gridmap.domain.notes import Note
from gridmap.layers.addresses import AddressBook
from gridmap.layers.rosters.sheet import Sheet

State = Literal["accepted", "unsettled", "rejected"]
Question = Literal["place", "home"]


@dataclass(frozen=True)
class Standing:
    """What the district has before a roster comes in.

    Attributes
    ----------
    book
        Its names and addresses.
    grids
        Columns `code`, `community_code`.
    staff
        Columns `code`, `name`, `phone`, `community_code`, `party_member`, `roles` (separated by spaces).
    assignments
        Columns `role`, `place_code`, `staff_code`, `since`, `until` (the first day out of office).
    """

    book: AddressBook
    grids: pd.DataFrame
    staff: pd.DataFrame
    assignments: pd.DataFrame


@dataclass(frozen=True)
class Person:
    """Who a row is about, as the layer `staff` has it."""

    name: str
    phone: str | None = None
    duty_phone: str | None = None
    title: str | None = None
    party_member: bool | None = None
    published: bool | None = None
    source: str | None = None
    capacity: int | None = None
    community: str | None = None
    home: str | None = None
    code: str | None = None
    """Code of the one on the roster already whom the row means, or that the row gives; None for somebody new."""


@dataclass(frozen=True)
class Post:
    """A role and the code of its place, None where no place is written or it is open."""

    role: str
    place: str | None = None


@dataclass(frozen=True)
class Entry:
    """One row of a roster.

    Attributes
    ----------
    number
        Of its line in the sheet.
    state
        accepted; unsettled: a person has to say which place is meant; rejected.
    reasons
        What is wrong or doubtful, or what was left out.
    question
        What is to be settled by hand: the place that they lead, or their home. None where nothing is.
    sureness
        How sure its place is: sure, likely, several or none; empty where none is written.
    candidates
        Codes of places to choose from, best first.
    """

    number: int
    person: Person
    posts: tuple[Post, ...] = ()
    since: datetime.date | None = None
    until: datetime.date | None = None
    state: State = "accepted"
    reasons: tuple[Note, ...] = ()
    question: Question | None = None
    sureness: str = ""
    candidates: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """Codes of its places, each once; of somebody without a post their home."""
        found = tuple(dict.fromkeys(post.place for post in self.posts if post.place))
        return found or ((self.person.home,) if self.person.home else ())


def rejected(entry: Entry, *reasons: Note) -> Entry:
    """The entry, rejected for these reasons."""
    return replace(entry, state="rejected", reasons=reasons, question=None)


@dataclass(frozen=True)
class Roster:
    """A roster read, checked and matched, nothing of it loaded yet. `titles`: how its places are called, by code."""

    sheet: Sheet
    entries: tuple[Entry, ...]
    titles: Mapping[str, str | Note] = field(default_factory=dict)

    def of_state(self, state: State) -> list[Entry]:
        """The rows of that state, in the order of the sheet."""
        return [entry for entry in self.entries if entry.state == state]

    @property
    def accepted(self) -> list[Entry]:
        """Rows that can be loaded as they are."""
        return self.of_state("accepted")

    @property
    def unsettled(self) -> list[Entry]:
        """Rows to settle by hand, each with its candidates."""
        return self.of_state("unsettled")

    @property
    def rejected(self) -> list[Entry]:
        """Rows that are wrong, each with its reasons."""
        return self.of_state("rejected")

    @property
    def likely(self) -> dict[int, str]:
        """The place that is likely for each row to settle where one is, by its number: what `settled` takes."""
        return {entry.number: entry.candidates[0] for entry in self.unsettled if entry.sureness == "likely"}
