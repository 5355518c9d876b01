"""What is worked out once for each version of the data and kept by this process until the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, g

from gridmap.database.facts import data_version
from gridmap.web.reading import connection

Kept = TypeVar("Kept")

_KEY = "gridmap.kept"


def version() -> int:
    """The version of the data that this request reads."""
    if "version" not in g:
        g.version = data_version(connection())
    found: int = g.version
    return found


def kept(name: str, work_out: Callable[[], Kept]) -> Kept:
    """What `work_out` gives for the data as this request reads them, from before if it is known already."""
    shelf: dict[str, tuple[int, Kept]] = current_app.extensions[_KEY]
    found = shelf.get(name)
    if found is None or found[0] != version():
        found = shelf[name] = (version(), work_out())
    return found[1]


def init_app(app: Flask) -> None:
    """Give the app its shelf."""
    app.extensions[_KEY] = {}
