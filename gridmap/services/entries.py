"""What people type into forms: made plain, and refused in words where it can't be what was asked for."""

from __future__ import annotations

import re
import unicodedata

from gridmap.domain.errors import InputError

LONGEST_NAME = 40
LONGEST_PHONE = 24
"""Characters."""

_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,}")


def plain_text(value: str | None, longest: int) -> str | None:
    """The text in Unicode's composed form with single blanks; None where nothing is left of it.

    Raises
    ------
    InputError
        It is too long, or holds characters that can't be printed.
    """
    plain = " ".join(unicodedata.normalize("NFKC", value or "").split())
    if len(plain) > longest:
        raise InputError("“{text} …” is too long: at most {longest} characters.", text=plain[:12], longest=longest)
    if any(unicodedata.category(letter).startswith("C") for letter in plain):
        raise InputError("“{text}” holds characters that can't be printed.", text=ascii(plain[:12]))
    return plain or None


def plain_phone(value: str | None) -> str | None:
    """A telephone number, as `plain_text`.

    Raises
    ------
    InputError
        It is none.
    """
    plain = plain_text(value, LONGEST_PHONE)
    if plain is not None and not _PHONE.fullmatch(plain):
        raise InputError("{phone} is no phone number.", phone=plain)
    return plain
