"""Corrections in words, for cards and public pages: what is so since when, and who recorded it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _

from gridmap.database import corrections as database
from gridmap.database.corrections import Correction
from gridmap.domain.words import CORRECTABLE
from gridmap.web import session
from gridmap.web.reading import connection
from gridmap.web.wording import moment, row, word


def field_word(field: str) -> str:
    """What a column that can be corrected is called."""
    return {"access": _("Who may pass"), "enclosure": _("Walls"), "management": _("How it is run")}[field]


def _day(day: date) -> str:
    """A day, or its month alone where people named no more than that."""
    return f"{day:%Y-%m}" if day.day == 1 else day.isoformat()


def correction_words(item: Correction) -> str:
    """One correction: 关闭（自 2026-05 起），… 于 2026-06-02 记录; the recorder only for those who may see people."""
    values = next(there[item.field] for there in CORRECTABLE.values() if item.field in there)
    what, on = word(values, item.after), moment(item.at)[:10]
    if item.since:
        what = _("%(what)s since %(day)s", what=what, day=_day(item.since))
    if session.asker().may("people"):
        return _("%(what)s, recorded by %(who)s on %(day)s", what=what, who=item.actor, day=on)
    return _("%(what)s, recorded on %(day)s", what=what, day=on)


def correction_rows(layer: str, code: str) -> list[dict[str, Any]]:
    """A row for each correction of a place that still stands."""
    found = database.of_place(connection(), layer, code)
    return [row(field_word(item.field), correction_words(item)) for item in found if item.stands]
