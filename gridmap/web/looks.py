"""Looks at personal data, written down before they are shown: who saw what of whom."""

from __future__ import annotations

from collections.abc import Iterable

from gridmap.database import changes
from gridmap.web.reading import engine
from gridmap.web.session import asker


def look(subject: str, people: Iterable[str], *, shown: tuple[str, ...]) -> None:
    """Write down that the asker sees these fields of these people (codes) on the page of a place."""
    codes = sorted(set(people))
    if not codes:
        return
    with engine().begin() as connection:
        detail = {"people": codes, "shown": list(shown)}
        changes.log(connection, actor=asker().name or "?", action="look", subject=subject, detail=detail)
