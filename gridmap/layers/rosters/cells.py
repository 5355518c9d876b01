"""Single cells of a roster: telephone numbers, days, yes and no, roles."""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import Any

from gridmap.domain.notes import Note
from gridmap.domain.words import ROLES, STAFF_SOURCES
from gridmap.layers.vocabulary import exact_word, truth_of, word_of

_PHONE = re.compile(r"(?:\+?86)?1[3-9]\d{9}|(?:0\d{2,3})?[2-9]\d{6,7}(?:转\d{1,6})?|[48]00\d{7}")
_COUNT = re.compile(r"\d{1,6}")
_SHORT = re.compile(r"\d{3,6}")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月?)?(?:[ T]\d{1,2}:\d{2}.*)?")
_RUN = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR = re.compile(r"(\d{4})年?")
_OPEN = {"至今", "现任", "长期", "在任", "今", "-", "—", "/", "无", "now", "present", "open"}
_EARLIEST, _LATEST = 1950, 2100
_EXCEL_ZERO = datetime.date(1899, 12, 30)
_TITLES = re.compile("书记|主任|委员|干事|会计|文书|站长|专干|助理|队长|member|secretary|director", re.IGNORECASE)
_BETWEEN = re.compile(r"[、,，;；/／+&\s]+|兼任|兼|和|及")


def text(value: Any) -> str:
    """A cell as text in half width; whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).strip()


def phone(value: Any, *, short: bool = False) -> str | Note | None:
    """A telephone number without blanks: a mobile one, or one with its area's code; several stay together.

    `short`: numbers of three to six digits count, as duty phones may be (12345). What is none gives a Note.
    """
    given = text(value)
    if not given:
        return None
    numbers = []
    for one in re.split(r"[、,;/\n]|\s{2,}", given):
        bare = re.sub(r"[\s\-()—–]", "", one)
        if not bare:
            continue
        if not (_PHONE.fullmatch(bare) or (short and _SHORT.fullmatch(bare))):
            return Note("{value} is no telephone number.", {"value": given})
        mobile = re.fullmatch(r"(?:\+?86)?(1[3-9]\d{9})", bare)
        numbers.append(mobile[1] if mobile else re.sub(r"[\s()]", "", one).strip("-"))
    return " / ".join(numbers) or None


def day(value: Any, *, last: bool = False) -> datetime.date | Note | None:
    """A day; 至今 and the like are none. `last`: a month or year alone means its end, so the first day after it.

    Reads 2024-05-01, 2024/5/1, 2024.5, 2024年5月1日, 20240501, a date's cell and Excel's number of days.
    """
    if isinstance(value, datetime.datetime):
        found: datetime.date | None = value.date()
    elif isinstance(value, datetime.date):
        found = value
    else:
        given = text(value)
        if not given or given.lower() in _OPEN:
            return None
        found = _day_of(given, last=last)
    if found is None or not _EARLIEST <= found.year <= _LATEST:
        return Note("{value} is no day that can be meant.", {"value": text(value)})
    return found


def _day_of(given: str, *, last: bool) -> datetime.date | None:
    if re.fullmatch(r"[1-9]\d{4}", given):
        return _EXCEL_ZERO + datetime.timedelta(days=int(given))
    parts = _RUN.fullmatch(given) or _DAY.fullmatch(given)
    try:
        if parts and parts[3]:
            return datetime.date(int(parts[1]), int(parts[2]), int(parts[3]))
        if parts:
            first = datetime.date(int(parts[1]), int(parts[2]), 1)
            return (first + datetime.timedelta(days=31)).replace(day=1) if last else first
        year = _YEAR.fullmatch(given)
        return datetime.date(int(year[1]) + last, 1, 1) if year else None
    except ValueError:
        return None


def truth(value: Any) -> bool | Note | None:
    """Yes or no; nothing where the cell is empty."""
    if isinstance(value, bool):
        return value
    given = text(value)
    if not given:
        return None
    found = truth_of(given)
    return Note("{value} is neither yes nor no.", {"value": given}) if found is None else found


def roles(value: Any) -> tuple[str, ...] | Note:
    """The codes of the roles in a cell, each once; a Note where a word is none."""
    given = text(value)
    whole = exact_word(given, ROLES) if given else None
    if whole:
        return (whole,)
    found = []
    for word in _BETWEEN.split(given):
        code = exact_word(word, ROLES) if word else None
        if word and code is None:
            return Note("{value} is no role; there are: {roles}.", {"value": given, "roles": _known_roles()})
        if code:
            found.append(code)
    return tuple(dict.fromkeys(found))


def _known_roles() -> str:
    return "、".join(term.zh for term in ROLES.values())


def source(value: Any) -> str | Note | None:
    """The code of the way in which somebody was recruited; nothing where the cell is empty."""
    given = text(value)
    if not given:
        return None
    words = "、".join(term.zh for term in STAFF_SOURCES.values())
    return word_of(given, STAFF_SOURCES) or Note(
        "{value} is no way to be recruited; there are: {ways}.", {"value": given, "ways": words}
    )


def count(value: Any) -> int | Note | None:
    """A whole number, 0 too; nothing where the cell is empty."""
    given = text(value)
    if not given:
        return None
    return int(given) if _COUNT.fullmatch(given) else Note("{value} is no number of places.", {"value": given})


def is_title(value: Any) -> bool:
    """Whether a cell holds what someone is called in the committee (书记、主任), rather than a role."""
    return _TITLES.search(text(value)) is not None
