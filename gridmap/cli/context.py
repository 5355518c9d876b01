"""What every command is made with."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gridmap.help_texts import TranslatedCommand, TranslatedGroup
from gridmap.services.settings import Settings
from gridmap.terminal import Terminal

EXISTING = click.Path(path_type=Path)
NEW = click.Path(path_type=Path, dir_okay=False, writable=True)


class Context:
    """What every command needs: the settings and the terminal it speaks to."""

    def __init__(self) -> None:
        self.settings = Settings.from_environment()
        self.terminal = Terminal(os.environ)
        self.actor = getpass.getuser()


pass_context = click.make_pass_decorator(Context, ensure=True)


def command(name: str | None = None, **settings: Any) -> Callable[[Callable[..., Any]], TranslatedCommand]:
    """As click's, in the user's language."""
    return click.command(name, cls=TranslatedCommand, **settings)


def group(name: str | None = None, **settings: Any) -> Callable[[Callable[..., Any]], TranslatedGroup]:
    """As click's, in the user's language."""
    return click.group(name, cls=TranslatedGroup, **settings)
