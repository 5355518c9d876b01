"""Rows of a roster against the rules of who may be given what: Party members, and people and places of one's own."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pandas as pd

from gridmap.domain.notes import Note
from gridmap.layers.rosters.entries import Entry, rejected


def entitled(
    entries: Iterable[Entry], staff: pd.DataFrame, *, others: Collection[str], communities: Collection[str] | None
) -> list[Entry]:
    """The entries, those rejected that nobody may take over.

    Parameters
    ----------
    staff
        The people who may be named, as `Standing` has them: columns `code`, `party_member`.
    others
        Codes of the rows that are taken by somebody or something else.
    communities
        Codes of the communities that people may be brought into; None: any.
    """
    members = dict(zip(staff["code"].astype(str), staff["party_member"], strict=True))
    return [
        rejected(entry, wrong)
        if entry.state != "rejected" and (wrong := _wrong(entry, members, others, communities))
        else entry
        for entry in entries
    ]


def _wrong(
    entry: Entry, members: dict[str, object], others: Collection[str], communities: Collection[str] | None
) -> Note | None:
    person = entry.person
    if person.code is not None and person.code in others:
        return Note("There is nobody with the code {code} who is yours to name.", {"code": person.code})
    member = members.get(person.code or "") if person.party_member is None else person.party_member
    if any(post.role == "party_compound" for post in entry.posts) and member is not True:
        return Note("A Party-member compound leader has to be a Party member, and the roster doesn't say so.")
    if communities is not None and entry.state == "accepted" and person.community not in communities:
        return Note("It names no place that is yours to look after.")
    return None
