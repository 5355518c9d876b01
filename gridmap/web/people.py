"""Leaders and members in words: a name only where its bearer is published."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from gridmap.database.locate import leaders_of
from gridmap.domain.words import ROLES, VACANCY_CAUSES
from gridmap.web.reading import connection
from gridmap.web.wording import row, word


def leader_rows(places: list[str]) -> list[dict[str, Any]]:
    """A row for each leader of these places: who it is if published, else that there is one, or the vacancy's cause."""
    return [row(word(ROLES, leader["role"]), leader_words(leader)) for leader in leaders_of(connection(), places)]


def leader_words(leader: dict[str, Any]) -> str:
    """One leader in words."""
    if leader["status"] == "vacant":
        cause = leader["cause"]
        return _("vacant (%(cause)s)", cause=word(VACANCY_CAUSES, cause)) if cause else _("vacant")
    return member_words(leader) if leader["name"] else _("in office, not published")


def member_words(member: dict[str, Any]) -> str:
    """A published person: name, title and duty phone."""
    return " · ".join(part for part in (member["name"], member["title"], member["duty_phone"]) if part)
