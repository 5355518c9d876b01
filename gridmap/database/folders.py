"""What can be wrong with the private server's folder and disk, in words."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from gridmap.domain.errors import UnavailableError
from gridmap.domain.notes import Note

SPACE_LEAST = 200 * 1024**2
"""Bytes that a new cluster with PostGIS takes, and room to begin with."""


def not_writable(home: Path) -> UnavailableError:
    """Its rights don't let us write."""
    return UnavailableError(
        "The folder {home} can't be written to; change its rights, or set GRIDMAP_HOME to another one.",
        home=home,
    )


def unusable(home: Path, error: OSError) -> UnavailableError:
    """What the system said when a folder or file of it was made or opened."""
    if isinstance(error, PermissionError):
        return not_writable(home)
    if error.errno == errno.ENOSPC:
        return full(home)
    if isinstance(error, FileExistsError | NotADirectoryError):
        return UnavailableError("{home} can't be a folder: something else stands there.", home=home)
    return UnavailableError("The folder {home} can't be made: {reason}.", home=home, reason=error.strerror)


def full(home: Path) -> UnavailableError:
    """There is no space left."""
    return UnavailableError(
        "The disk under {home} is full: the database needs {least} MB to begin with; free some space, or set "
        "GRIDMAP_HOME to a folder on another disk.",
        home=home,
        least=SPACE_LEAST // 1024**2,
    )


def explain(home: Path, said: str) -> UnavailableError:
    """What PostgreSQL said when it couldn't make a cluster or start: the cause we know, else its own last word."""
    if "No space left on device" in said or shutil.disk_usage(home).free < SPACE_LEAST // 20:
        return full(home)
    if "Permission denied" in said:
        return not_writable(home)
    lines = [line for line in said.splitlines() if any(word in line for word in ("FATAL", "PANIC", "error:"))]
    reason = lines[-1] if lines else said.strip().splitlines()[-1] if said.strip() else Note("it gave no reason")
    return UnavailableError("The private server in {home} doesn't start: {reason}", home=home, reason=reason)
