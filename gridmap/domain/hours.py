"""Opening hours in OpenStreetMap's syntax, as far as offices use it: is it open at a moment, and until when.

Days and spans of times, rules after each other, `off` and `24/7`: `Mo-Fr 08:30-11:30,13:30-17:00; Sa 09:00-12:00`. What
holds on public holidays (`PH`) is left out: their calendar is decreed each year and known to nobody here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY_MINUTES = 24 * 60
_DAY = "|".join(DAYS)
_ONE = rf"(?:{_DAY}|PH)(?:-(?:{_DAY}))?"
_SPAN = r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})"
_RULE = re.compile(rf"(?P<days>{_ONE}(?:\s*,\s*{_ONE})*)?\s*(?P<times>off|closed|24/7|{_SPAN}(?:\s*,\s*{_SPAN})*)")

Span = tuple[int, int]
"""Minutes after midnight from and to; the end may lie in the next day."""


@dataclass(frozen=True)
class State:
    """Open or closed at a moment, and when that changes next; None where it never does."""

    open: bool
    changes: datetime | None


@dataclass(frozen=True)
class OpeningHours:
    """The spans of each day of the week, from Monday."""

    week: tuple[tuple[Span, ...], ...]

    def at(self, moment: datetime) -> State:
        """The state at a moment on the wall's clock; `changes` is on the same clock."""
        midnight = datetime.combine(moment.date(), time(), moment.tzinfo)
        now = (moment - midnight).total_seconds() / 60
        opened = False
        for begin, end in self._around(moment.weekday()):
            if begin <= now < end:
                opened, now = True, end
            elif begin > now:
                return State(opened, midnight + timedelta(minutes=now if opened else begin))
            if opened and now >= 7 * _DAY_MINUTES:
                return State(open=True, changes=None)
        return State(opened, midnight + timedelta(minutes=now) if opened else None)

    def _around(self, weekday: int) -> list[Span]:
        """The spans from yesterday to eight days on, in minutes after today's midnight, in order."""
        return sorted(
            (begin + day * _DAY_MINUTES, end + day * _DAY_MINUTES)
            for day in range(-1, 9)
            for begin, end in self.week[(weekday + day) % 7]
        )


def opening_hours(value: str | None) -> OpeningHours | None:
    """The hours that a text in OpenStreetMap's syntax names; None where there is no text, or one of other forms."""
    week: list[tuple[Span, ...]] = [()] * 7
    for rule in (value or "").split(";"):
        if not rule.strip():
            continue
        found = _RULE.fullmatch(rule.strip())
        spans = _spans(found["times"]) if found else None
        if found is None or spans is None:
            return None
        for day in _days(found["days"]):
            week[day] = spans
    return OpeningHours(tuple(week)) if value and value.strip() else None


def _days(named: str | None) -> set[int]:
    days: set[int] = set()
    for part in named.split(",") if named else (f"{DAYS[0]}-{DAYS[-1]}",):
        first, _, last = part.strip().partition("-")
        if first != "PH":
            begin = DAYS.index(first)
            days |= {(begin + step) % 7 for step in range((DAYS.index(last or first) - begin) % 7 + 1)}
    return days


def _spans(times: str) -> tuple[Span, ...] | None:
    """The spans of a rule; None where a time is none of the clock's."""
    if times in {"off", "closed"}:
        return ()
    if times == "24/7":
        return ((0, _DAY_MINUTES),)
    spans = []
    for parts in re.findall(_SPAN, times):
        hour, minute, to_hour, to_minute = (int(part) for part in parts)
        begin, end = hour * 60 + minute, to_hour * 60 + to_minute
        if max(minute, to_minute) > 59 or max(begin, end) > _DAY_MINUTES:
            return None
        spans.append((begin, end if end > begin else end + _DAY_MINUTES))
    return tuple(spans)
