"""Arguments of a request, read with their bounds; each error names the argument and what it takes."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, timedelta

from flask import Flask, request

from gridmap.domain.errors import InputError
from gridmap.domain.today import today

Box = tuple[float, float, float, float]

LONGEST = 400
"""Characters of an argument; longer ones are refused before anything looks at them."""

EARLIEST = date(1949, 10, 1)
LATEST_AHEAD = timedelta(days=2 * 365)
"""Days lie between these, as seen from today; any other is a slip of the keyboard."""


def text(name: str, *, longest: int, default: str | None = None) -> str:
    """A text argument, trimmed and in Unicode's composed form with full-width letters and digits made plain.

    Raises
    ------
    InputError
        It is missing and has no default, is empty, or is longer than `longest` characters.
    """
    value = request.args.get(name, default)
    value = unicodedata.normalize("NFKC", value).strip() if value is not None else ""
    if not value:
        raise InputError("The argument {name} is missing.", name=name)
    if len(value) > longest:
        raise InputError("{name} is too long: at most {longest} characters.", name=name, longest=longest)
    return value


def number(name: str, *, least: float, most: float) -> float:
    """A finite number between two bounds.

    Raises
    ------
    InputError
        It is missing, no number, not finite or out of its bounds.
    """
    given = request.args.get(name)
    if given is None:
        raise InputError("The argument {name} is missing.", name=name)
    return finite(name, given, least, most)


def point(name: str) -> tuple[float, float]:
    """A point `lon,lat` in degrees.

    Raises
    ------
    InputError
        It is missing, or isn't two finite numbers in range.
    """
    given = text(name, longest=80)
    parts = given.split(",")
    if len(parts) != 2:
        raise InputError("{name} takes two numbers: lon,lat.", name=name)
    return finite(name, parts[0], -180, 180), finite(name, parts[1], -90, 90)


def finite(name: str, given: str, least: float, most: float) -> float:
    """A finite number between two bounds, from the text that was given.

    Raises
    ------
    InputError
        It is no number, not finite or out of its bounds.
    """
    try:
        value = float(given)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or not least <= value <= most:
        raise InputError(
            "{name} is {value}; it takes a number from {least} to {most}.",
            name=name,
            value=given[:40],
            least=f"{least:g}",
            most=f"{most:g}",
        )
    return value


def whole(name: str, given: str | None, *, least: int, most: int, default: int | None = None) -> int:
    """A whole number between two bounds, from the text that was given; `default` where none was.

    Raises
    ------
    InputError
        It is missing and has no default, is no whole number, or is out of its bounds.
    """
    if given is None and default is not None:
        return default
    value = int(given) if given is not None and given.isascii() and given.isdigit() and len(given) < 16 else -1
    if not least <= value <= most:
        raise InputError(
            "{name} is {value}; it takes a whole number from {least} to {most}.",
            name=name,
            value=(given or "")[:40],
            least=least,
            most=most,
        )
    return value


def choice(name: str, choices: tuple[str, ...], *, default: str) -> str:
    """One of some words.

    Raises
    ------
    InputError
        It is none of them.
    """
    value = request.args.get(name, default)
    if value not in choices:
        raise InputError(
            "{name} is {value}; it can be {choices}.", name=name, value=value[:40], choices=", ".join(choices)
        )
    return value


def day(given: str) -> date:
    """A day as forms send it, 2026-05-01, or the first of a month, 2026-05.

    Raises
    ------
    InputError
        It is none, or lies before 1949 or more than two years ahead.
    """
    try:
        found = date.fromisoformat(f"{given}-01" if re.fullmatch(r"[0-9]{4}-[0-9]{2}", given) else given)
    except ValueError:
        raise InputError("{given} is no date; write it like 2026-05-01.", given=given[:20] or "–") from None
    if not EARLIEST <= found <= today() + LATEST_AHEAD:
        raise InputError("{day} can't be meant: it is before 1949 or more than two years ahead.", day=found)
    return found


def box(name: str) -> Box | None:
    """A box `west,south,east,north` in degrees, if there is one.

    Raises
    ------
    InputError
        It isn't four finite numbers in range, or its edges are the wrong way round.
    """
    given = request.args.get(name)
    if given is None:
        return None
    parts = given.split(",")
    if len(parts) != 4:
        raise InputError("{name} takes four numbers: west,south,east,north.", name=name)
    west, east = (finite(name, parts[i], -180, 180) for i in (0, 2))
    south, north = (finite(name, parts[i], -90, 90) for i in (1, 3))
    if west > east or south > north:
        raise InputError("{name}: west must not lie east of east, nor south north of north.", name=name)
    return west, south, east, north


def _check() -> None:
    """No control characters and no endless values anywhere, whatever a view does with them."""
    for name, value in [("address", request.path), *request.args.items(multi=True)]:
        if len(value) > LONGEST:
            raise InputError("{name} is too long: at most {longest} characters.", name=name[:40], longest=LONGEST)
        if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in value):
            raise InputError("{name} holds characters that can't be printed.", name=name[:40])


def init_app(app: Flask) -> None:
    """Look at every request's arguments before its view does."""
    app.before_request(_check)
