"""Keeping what-ifs under a name: each step is one transaction, written down."""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import Engine

from gridmap.database import changes, scenarios
from gridmap.domain.errors import InputError, NotFoundError

LONGEST_NAME = 60


def keep(engine: Engine, *, name: str, effect: dict[str, Any], actor: str) -> int:
    """Keep what a what-if came to; its number.

    Raises
    ------
    InputError
        It has no name, or one that is too long or holds what can't be printed.
    """
    plain = " ".join(unicodedata.normalize("NFKC", name).split())
    if not plain:
        raise InputError("Give it a name, so that others find it.")
    if len(plain) > LONGEST_NAME:
        raise InputError("The name is too long: at most {longest} characters.", longest=LONGEST_NAME)
    if any(unicodedata.category(letter).startswith("C") for letter in plain):
        raise InputError("The name holds characters that can't be printed.")
    with engine.begin() as connection:
        number = scenarios.add(connection, name=plain, actor=actor, effect=effect)
        detail = {"number": number, "name": plain, "changes": effect["changes"]}
        changes.log(connection, actor=actor, action="scenario kept", subject=plain, detail=detail)
    return number


def forget(engine: Engine, number: int, *, actor: str) -> None:
    """Forget a kept what-if.

    Raises
    ------
    NotFoundError
        There is none of this number.
    """
    with engine.begin() as connection:
        found = scenarios.find(connection, number)
        if found is None:
            raise NotFoundError("There is no scenario {number}.", number=number)
        scenarios.drop(connection, number)
        detail = {"number": number, "name": found.name, "changes": found.effect["changes"]}
        changes.log(connection, actor=actor, action="scenario forgotten", subject=found.name, detail=detail)
