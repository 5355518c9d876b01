"""Codes and figures in the words of the request's language."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from gridmap.domain.hours import DAYS, state
from gridmap.domain.today import LOCAL_TIME
from gridmap.domain.uncertainty import Plausible
from gridmap.domain.words import LAYER_NAMES, WINDS, Vocabulary
from gridmap.web.language import gettext as _
from gridmap.web.language import request_language


def word(vocabulary: Vocabulary, code: str | None) -> str:
    """The word for a code; words for what isn't known where there is none."""
    term = vocabulary.get(code) if code is not None else None
    if term is None:
        return code or _("not known")
    return str(getattr(term, request_language()))


def whole(value: float | None) -> str:
    """A count with separators: 1,234."""
    return _("not known") if value is None else f"{value:,.0f}"


def decimal(value: float | None, digits: int = 1) -> str:
    """A figure with so many decimals."""
    return _("not known") if value is None else f"{value:,.{digits}f}"


def share(value: float | None) -> str:
    """A share of 0 to 1 in percent, without the sign."""
    return _("not known") if value is None else f"{value * 100:.0f}"


_CHINESE_DAYS = {"Mo": "周一", "Tu": "周二", "We": "周三", "Th": "周四", "Fr": "周五", "Sa": "周六", "Su": "周日"}
_ENGLISH_DAYS = {"Mo": "Mon", "Tu": "Tue", "We": "Wed", "Th": "Thu", "Fr": "Fri", "Sa": "Sat", "Su": "Sun"}
_DAY = re.compile(r"(?<![A-Za-z])(Mo|Tu|We|Th|Fr|Sa|Su|PH)(?![A-Za-z])")
_DAY_SPAN = re.compile(r"(?<=[A-Z][a-z])-(?=[A-Z][a-z])")


def hours(value: str | None) -> str:
    """Opening hours in OpenStreetMap's syntax, its days in words: `Mo-Fr 08:30-17:00` → 周一至周五 08:30-17:00."""
    if not value:
        return _("not recorded")
    if value == "24/7":
        return _("day and night")
    chinese = request_language() == "zh"
    days = {**(_CHINESE_DAYS if chinese else _ENGLISH_DAYS), "PH": _("holidays")}
    spans = _DAY_SPAN.sub("至" if chinese else "–", value)
    return _DAY.sub(lambda found: days[found[0]], spans).replace(" off", _(" closed"))


def length(metres: float) -> str:
    """A length as people say it: 85 m, 430 m, 1.2 km."""
    if metres >= 1000:
        return _("%(n)s km", n=f"{metres / 1000:.1f}")
    return _("%(n)s m", n=round(metres / 10) * 10 if metres >= 100 else round(metres / 5) * 5 or round(metres))


def wind(bearing: float) -> str:
    """The direction of a bearing in degrees clockwise from north, in eighths of a circle."""
    return word(WINDS, WINDS.codes[round(bearing / 45) % 8])


def moment(value: datetime) -> str:
    """A point in time as the clock on the wall shows it: 2026-03-05 14:30."""
    return value.astimezone(LOCAL_TIME).strftime("%Y-%m-%d %H:%M")


def now() -> datetime:
    """The moment by the clock on the wall."""
    return datetime.now(LOCAL_TIME)


def opening(value: str | None, moment: datetime) -> tuple[bool, str] | None:
    """Whether a place with these hours is open at a moment, and that in words; None where its hours don't say."""
    known = state(value, moment)
    if known is None:
        return None
    if known.changes is None:
        return known.open, _("Open now") if known.open else _("Closed at present")
    when = _soon(known.changes, moment)
    words = _("Open now, until %(when)s", when=when) if known.open else _("Closed now, opens %(when)s", when=when)
    return known.open, words


def _soon(then: datetime, moment: datetime) -> str:
    """A moment to come: its time, and its day where that isn't today."""
    clock, days = f"{then:%H:%M}", (then.date() - moment.date()).days
    if days == 0:
        return clock
    if days == 1 and clock == "00:00":
        return "24:00"
    if days == 1:
        return _("tomorrow %(clock)s", clock=clock)
    if days > 7:
        return f"{then:%Y-%m-%d} {clock}"
    names = _CHINESE_DAYS if request_language() == "zh" else _ENGLISH_DAYS
    return f"{names[DAYS[then.weekday()]]} {clock}"


def layer_word(name: str) -> str:
    """The name of a layer."""
    return word(LAYER_NAMES, name)


def yes_no(value: bool | None) -> str:
    """Yes, no or not known."""
    return _("not known") if value is None else _("yes") if value else _("no")


def text(value: str | None) -> str:
    """A text of the data, or words for its absence."""
    return value or _("not recorded")


def figure(label: str, value: str, unit: str = "", *, derived: bool = False) -> dict[str, Any]:
    """One figure of a card; `derived`: gridmap worked it out, nobody counted it."""
    return {"label": label, "value": value, "unit": unit if value != _("not known") else "", "derived": derived}


def about(value: float | None, between: Plausible | None) -> str:
    """A count as it is, or with the range in which it may plausibly lie."""
    if value is None or between is None:
        return whole(value)
    return _("about %(count)s (%(low)s–%(high)s)", count=whole(value), low=whole(between.low), high=whole(between.high))


def row(label: str, value: str, code: str | None = None) -> dict[str, Any]:
    """One row of a card's part; `code` makes it a way to that place."""
    return {"label": label, "value": value, "code": code} if code else {"label": label, "value": value}


def part(title: str, *rows: dict[str, Any] | None) -> dict[str, Any] | None:
    """A part of a card; None where it has no rows."""
    kept = [item for item in rows if item is not None]
    return {"title": title, "rows": kept} if kept else None
