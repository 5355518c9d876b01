"""Errors that a user can do something about; each message says what is wrong and what to do.

The message is a template, kept in the message catalogues, and its parameters stand apart, so that the
command line and the pages can word one error in the user's language.
"""

from __future__ import annotations

from collections.abc import Callable

from gridmap.domain.notes import Note


class GridmapError(Exception):
    """Something the user can mend, as a note. `str()` gives it in English; `worded()` in any language."""

    def __init__(self, message: str, /, **params: object) -> None:
        self.note = Note(message, params)
        super().__init__(str(self.note))

    def worded(self, translate: Callable[[str], str]) -> str:
        """The message in the language of `translate`, a function from the English template to another."""
        return self.note.worded(translate)


class InputError(GridmapError):
    """What was given is malformed, out of range or contradicts itself."""


class NotFoundError(GridmapError):
    """What was asked for doesn't exist."""


class DataError(GridmapError):
    """The data lack what the work needs, or break a rule of the district file."""


class ConflictError(GridmapError):
    """Somebody else has changed it since the asker looked."""


class ForbiddenError(GridmapError):
    """The asker may not see or do this."""


class LoginError(GridmapError):
    """The asker has to log in first, or the login is wrong."""


class TooManyError(GridmapError):
    """Too many tries; the parameter `seconds` says when another one is listened to."""


class UnavailableError(GridmapError):
    """Something the program stands on (PostgreSQL, disk, a folder) is missing, full or in the way."""
