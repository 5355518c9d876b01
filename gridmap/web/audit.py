"""Lines of the audit log in words: what was done, and each field from what to what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from gridmap.database.changes import LogLine
from gridmap.domain.words import (
    ACCOUNT_ROLES,
    AUDIT_ACTIONS,
    ENCLOSURES,
    GATE_ACCESS,
    LAYER_NAMES,
    MANAGEMENTS,
    ROLES,
    Vocabulary,
)
from gridmap.web.wording import moment, word

_WORDS: Mapping[str, Vocabulary] = {
    "access": GATE_ACCESS,
    "enclosure": ENCLOSURES,
    "management": MANAGEMENTS,
    "layers": LAYER_NAMES,
}
"""Fields whose values are words of the field."""

_MOST_NAMED = 5
_NOTHING: tuple[object, ...] = (None, "", [])


def _field(name: str) -> str:
    known = {
        "name": _("Full name"),
        "title": _("Title"),
        "duty_phone": _("Duty phone"),
        "phone": _("Private phone"),
        "published": _("Published"),
        "party_member": _("Party member"),
        "home": _("Home"),
        "person": _("Person"),
        "people": _("People"),
        "shown": _("Seen"),
        "place": _("Place"),
        "role": _("Role"),
        "roles": _("Entered for the roles"),
        "since": _("From"),
        "until": _("Until"),
        "note": _("Note"),
        "access": _("Who may pass"),
        "enclosure": _("Walls"),
        "management": _("How it is run"),
        "disabled": _("Closed"),
        "address": _("Address"),
        "file": _("File"),
        "layers": _("Layers"),
        "analysis": _("Analysis"),
        "run": _("Run"),
        "made_from": _("Made from data version"),
        "staff_code": _("Person"),
        "community_code": _("Community"),
        "street_code": _("Street"),
        "code": _("Code"),
        "posts": _("Posts"),
        "version": _("Data version"),
        "undoes": _("Took back data version"),
        "illustrative": _("Illustrative data"),
        "stairwell_code": _("Home"),
        "capacity": _("Capacity"),
        "source": _("Recruited as"),
    }
    return known.get(name, name)


def _value(name: str, value: object) -> str:
    if value in _NOTHING:
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        more = len(value) - _MOST_NAMED
        named = ", ".join(_one(name, item) for item in value[:_MOST_NAMED])
        return _("%(named)s and %(more)s more", named=named, more=more) if more > 0 else named
    return _one(name, value)


def _one(name: str, given: object) -> str:
    if isinstance(given, dict):
        return " ".join(_one(key, item) for key, item in given.items() if item not in _NOTHING)
    value = str(given)
    if name == "shown":
        return _field(value)
    if name == "role":
        return word(ROLES if value in ROLES else ACCOUNT_ROLES, value)
    if name == "roles":
        return ", ".join(word(ROLES, role) for role in value.split())
    return word(_WORDS[name], value) if name in _WORDS else value


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Each field that differs: from what to what, or what it is now where there was nothing before."""
    differing = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    return [
        _("%(field)s: %(value)s", field=_field(name), value=_value(name, after[name]))
        if before.get(name) in _NOTHING and name in after
        else _(
            "%(field)s: %(before)s → %(after)s",
            field=_field(name),
            before=_value(name, before.get(name)),
            after=_value(name, after.get(name)),
        )
        for name in differing
    ]


def line_words(line: LogLine) -> dict[str, Any]:
    """A line as the page shows it: when, who, what, whom or which, and its details, one a line."""
    detail = dict(line.detail)
    before, after = detail.pop("before", None) or {}, detail.pop("after", None) or {}
    known = [
        _("%(field)s: %(value)s", field=_field(name), value=_value(name, value))
        for name, value in detail.items()
        if value not in _NOTHING and value != line.subject
    ]
    return {
        "at": moment(line.at),
        "actor": line.actor,
        "action": word(AUDIT_ACTIONS, line.action),
        "subject": line.subject or "",
        "details": [*_differences(before, after), *known],
    }
