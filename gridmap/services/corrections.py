"""What people on the spot find to be otherwise than the map says: written down, and into the layer, at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Engine

from gridmap.database import changes, corrections, posts
from gridmap.database.scopes import Scope, require
from gridmap.domain.errors import DataError, InputError, NotFoundError
from gridmap.domain.today import today
from gridmap.domain.words import CORRECTABLE

LONGEST_NOTE = 200


def correct(
    engine: Engine,
    scope: Scope,
    *,
    place: str,
    values: Mapping[str, str],
    seen: Mapping[str, str],
    since: date | None,
    note: str = "",
    actor: str,
    confirm: bool = False,
) -> None:
    """Correct a gate's access, or a compound's enclosure and management. Taking back is another correction.

    Parameters
    ----------
    values, seen
        The right values by column, and those that the map showed to whom corrects it.
    since
        Since when it is so, where that is known.
    confirm
        Whether a value that the map has already is written down too, as seen on the spot.

    Raises
    ------
    NotFoundError
        The place isn't in scope, or nothing of it can be corrected.
    InputError
        A value doesn't exist, nothing is different, the note is too long, or it is so only in the future.
    DataError
        Somebody else has changed it meanwhile.
    """
    note = " ".join(unicodedata.normalize("NFKC", note).split())
    if len(note) > LONGEST_NOTE:
        raise InputError("The note is too long: at most {longest} characters.", longest=LONGEST_NOTE)
    if any(unicodedata.category(letter).startswith("C") for letter in note):
        raise InputError("The note holds characters that can't be printed.")
    if since is not None and since > today():
        raise InputError("{since} is still to come. Correct the map when it has changed.", since=since)
    with engine.begin() as connection:
        changes.wait_turn(connection)
        require(connection, scope, place)
        layer = posts.layer_of(connection, place) or ""
        known = CORRECTABLE.get(layer)
        if known is None:
            raise NotFoundError("Of such a place nothing can be corrected here; choose a compound or a gate.")
        if any(field not in known or value not in known[field] for field, value in values.items()):
            raise InputError("Choose one of the values of the form.")
        before = corrections.present(connection, layer, place)
        if any(before[field] != seen.get(field) for field in values):
            raise DataError("Somebody else has changed this meanwhile. Look at it again.")
        after = {field: value for field, value in values.items() if confirm or before[field] != value}
        if not after:
            raise InputError("Nothing is different from what the map says.")
        about = {"since": str(since) if since else None, "note": note or None}
        version = changes.record(
            connection,
            actor=actor,
            action="correct",
            layers=[layer],
            subject=place,
            detail={"place": place, "before": {field: before[field] for field in after}, "after": after, **about},
        )
        for field, value in after.items():
            corrections.apply(connection, layer, place, field, value, version=version)
            row = {"field": field, "before": before[field], "after": value, "since": since, "note": note or None}
            corrections.add(connection, place, row, actor=actor, version=version)
