"""Places chosen by hand for the rows that were left open, and every row looked at again before it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gridmap.domain.notes import Note
from gridmap.domain.words import ROLES
from gridmap.layers.rosters.comparing import identified, without_conflicts
from gridmap.layers.rosters.entries import Entry, Post, Roster, Standing, rejected
from gridmap.layers.rosters.placing import LAYERS_OF_ROLES, NEEDS_PLACE, Places, titles, with_community


def settled(roster: Roster, chosen: Mapping[int, str], standing: Standing) -> Roster:
    """The roster with places chosen by hand, checked against the district as it is now.

    Parameters
    ----------
    roster
        As `roster_of` gave it, perhaps a while ago.
    chosen
        Codes of places by the number of the row; rows that ask for none are left alone.
    standing
        The district as it is.

    Returns
    -------
    Roster
        Rows that were settled are accepted, or rejected where the choice can't be; so are rows whose place is gone or
        has been given to somebody else in the meantime.
    """
    places = Places(standing)
    entries = [
        _chosen(entry, chosen[entry.number], places) if entry.number in chosen else entry for entry in roster.entries
    ]
    known = identified([_still_there(entry, places) for entry in entries], standing.staff)
    kept = without_conflicts(known, standing)
    return replace(roster, entries=tuple(kept), titles=titles(standing.book, kept))


def _still_there(entry: Entry, places: Places) -> Entry:
    gone = [code for code in entry.places if places.by_code(code) is None] if entry.state == "accepted" else []
    return rejected(entry, Note("There is no place {code}.", {"code": gone[0]})) if gone else entry


def _chosen(entry: Entry, code: str, places: Places) -> Entry:
    layer = places.by_code(code)
    if entry.question is None:
        return entry
    if layer is None:
        return rejected(entry, Note("There is no place {code}.", {"code": code}))
    by_hand = replace(entry, state="accepted", question=None, reasons=(Note("Settled by hand."),))
    if entry.question == "home":
        if layer != "stairwells":
            return rejected(entry, Note("A home is a stairwell, and {code} is none.", {"code": code}))
        person = replace(entry.person, home=code, community=entry.person.community or places.community_of(code))
        return replace(by_hand, person=person)
    posts = [Post(post.role, post.place or _place_for(post.role, code, places)) for post in entry.posts]
    for post in posts:
        if post.place is None and post.role in (*NEEDS_PLACE, "grid"):
            params = {"role": ROLES[post.role].zh, "code": code}
            return rejected(entry, Note("{code} is no place for the role {role}.", params))
    return with_community(replace(by_hand, posts=tuple(posts)), places)


def _place_for(role: str, code: str, places: Places) -> str | None:
    """The place chosen, or the compound or community that it lies in, where the role is for one of those."""
    layers = LAYERS_OF_ROLES[role]
    if places.by_code(code) in layers:
        return code
    building = places.book.buildings.get(places.book.buildings_of_stairwells.get(code, code))
    if "compounds" in layers and building is not None:
        return building.compound
    return places.community_of(code) if "communities" in layers else None
