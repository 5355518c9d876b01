"""Opening hours: open or closed at a moment, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.domain.hours import DAYS, state

WEEKDAYS = "Mo-Fr 08:30-17:00"
SPLIT = "Mo-Fr 08:30-11:30,13:30-17:00; Sa 09:00-12:00; PH off"


def at(day: str, clock: str) -> datetime:
    """A moment of the week from Monday 2026-03-02 on."""
    hour, minute = clock.split(":")
    return datetime(2026, 3, 2 + DAYS.index(day), int(hour), int(minute), tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "now", "open_", "changes"),
    [
        (WEEKDAYS, at("Mo", "08:29"), False, at("Mo", "08:30")),
        (WEEKDAYS, at("Mo", "08:30"), True, at("Mo", "17:00")),
        (WEEKDAYS, at("Mo", "17:00"), False, at("Tu", "08:30")),
        (WEEKDAYS, at("Fr", "18:00"), False, at("Mo", "08:30") + timedelta(days=7)),
        (SPLIT, at("We", "12:00"), False, at("We", "13:30")),
        (SPLIT, at("Sa", "11:59"), True, at("Sa", "12:00")),
        ("Fr-Mo 10:00-12:00", at("Mo", "11:00"), True, at("Mo", "12:00")),
        ("Mo-Su 08:00-18:00; We off", at("We", "09:00"), False, at("Th", "08:00")),
        ("08:00-20:00", at("Su", "19:00"), True, at("Su", "20:00")),
        ("Fr 22:00-02:00", at("Sa", "01:00"), True, at("Sa", "02:00")),
        ("Mo-Tu 00:00-24:00", at("Mo", "12:00"), True, at("We", "00:00")),
        ("24/7", at("We", "03:00"), True, None),
        ("00:00-24:00", at("We", "03:00"), True, None),
        ("off", at("We", "03:00"), False, None),
    ],
)
def test_the_state_and_its_next_change(hours: str, now: datetime, open_: bool, changes: datetime | None) -> None:
    found = state(hours, now)
    assert found is not None
    assert (found.open, found.changes) == (open_, changes)


@pytest.mark.parametrize(
    "hours", [None, "", "  ", "by appointment", "Mo-Fr", "sunrise-sunset", "Mo 25:00-26:00", "8-17"]
)
def test_what_is_written_otherwise_is_not_guessed(hours: str | None) -> None:
    assert state(hours, at("Mo", "12:00")) is None


@given(
    days=st.lists(st.sampled_from(DAYS), min_size=1, unique=True),
    begin=st.integers(0, 1439),
    length=st.integers(1, 1439),
    minute=st.integers(0, 7 * 1440 - 1),
)
def test_the_state_holds_until_it_changes(days: list[str], begin: int, length: int, minute: int) -> None:
    end = (begin + length) % 1440
    hours = f"{','.join(days)} {begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
    now = at("Mo", "00:00") + timedelta(minutes=minute)
    found = state(hours, now)
    assert found is not None
    assert found.changes is not None
    assert now < found.changes
    before, after = (state(hours, found.changes - timedelta(minutes=minutes)) for minutes in (1, 0))
    assert before is not None
    assert after is not None
    assert (before.open, after.open) == (found.open, not found.open)
