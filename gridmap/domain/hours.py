"""Opening hours in OpenStreetMap's syntax: is it open at a moment, and until when.

What holds on public holidays (`PH`) is left out: their calendar is decreed each year and known to nobody here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined]  # its stubs lack it

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

_BY_THE_CLOCK = re.compile(r"(?!.*(sunrise|sunset|dawn|dusk)).*(\d|off|closed)")
"""Days without times would mean all day, and hours by the sun depend on where one is: no office keeps such."""


@dataclass(frozen=True)
class State:
    """Open or closed at a moment, and when that changes next; None where it never does."""

    open: bool
    changes: datetime | None


def state(hours: str | None, moment: datetime) -> State | None:
    """The state of a place with these hours at a moment on the wall's clock, on which `changes` is as well.

    None where there are no hours, or they aren't written in OpenStreetMap's syntax.
    """
    if not hours or not _BY_THE_CLOCK.match(hours):
        return None
    try:
        known = OpeningHours(hours)
    except ParserError:
        return None
    clock = moment.replace(tzinfo=None)
    changes = known.next_change(clock)
    return State(known.is_open(clock), changes.replace(tzinfo=moment.tzinfo) if changes else None)
