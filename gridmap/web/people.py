"""Leaders and members in words: a name only where its bearer is published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from gridmap.database.locate import leaders_of
from gridmap.domain.words import ROLES, VACANCY_CAUSES
from gridmap.web.reading import connection
from gridmap.web.wording import row, word

Post = tuple[str, str]
"""A role and the code of the place that wants somebody in it."""


def leaders_in_office(posts: Sequence[Post], *, also: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Who is in office: what everybody may know. What an analysis proposes is nobody's office and not in it.

    Parameters
    ----------
    posts
        What is to be told even where nobody sits.
    also
        Codes of further places, of which only those in office are told.

    Returns
    -------
    list of dict
        As `leaders_of` gives them, in the places' order; a post without anybody has the status `vacant`.
    """
    places = list(dict.fromkeys([*(place for _role, place in posts), *also]))
    sitting = leaders_of(connection(), places, proposed=False)
    taken = {(leader["role"], leader["place_code"]) for leader in sitting}
    vacant = [
        {
            "role": role,
            "place_code": place,
            "status": "vacant",
            "cause": None,
            "in_office": False,
            "published": False,
            "name": None,
            "title": None,
            "duty_phone": None,
        }
        for role, place in posts
        if (role, place) not in taken
    ]
    return sorted([*sitting, *vacant], key=lambda leader: places.index(leader["place_code"]))


def leader_rows(places: list[str]) -> list[dict[str, Any]]:
    """A row for each leader of these places, those in office and those proposed: for people who look at the analyses.

    Who it is if published, else that there is one, or the vacancy's cause.
    """
    found = leaders_of(connection(), places, proposed=True)
    return [row(word(ROLES, leader["role"]), leader_words(leader)) for leader in found]


def leader_words(leader: dict[str, Any]) -> str:
    """One leader in words."""
    if leader["status"] == "vacant":
        cause = leader["cause"]
        return _("vacant (%(cause)s)", cause=word(VACANCY_CAUSES, cause)) if cause else _("vacant")
    if not leader["in_office"]:
        return _("proposed: %(who)s", who=member_words(leader) if leader["name"] else _("not published"))
    return member_words(leader) if leader["name"] else _("in office, not published")


def member_words(member: dict[str, Any]) -> str:
    """A published person: name, title and duty phone."""
    return " · ".join(part for part in (member["name"], member["title"], member["duty_phone"]) if part)
