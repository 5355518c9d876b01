"""Where the files that the program ships are: static, templates, migrations and geodata."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The shipped folder of that name: inside an installed wheel, or beside the package in a checkout.

    Raises
    ------
    FileNotFoundError
        The installation is broken: the folder is in neither place.
    """
    for place in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(name)
