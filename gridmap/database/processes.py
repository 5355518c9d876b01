"""Processes of a server: which still work in its data folder, also after their server was killed."""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path

_LINUX = platform.system() == "Linux"


def first_number(file: Path) -> int | None:
    """The number in a lock file's first line; None where there is none."""
    try:
        return int(file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def working_in(folder: Path) -> list[int]:
    """Processes whose working folder is this one: every process of a PostgreSQL server works in its data folder.

    Where the system doesn't tell (macOS), the server itself by its lock file.
    """
    if _LINUX:
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _works(entry, folder)]
    main = first_number(folder / "postmaster.pid")
    return [main] if main is not None and is_postgres(main) else []


def _works(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink() == folder and (process / "exe").readlink().name.startswith("postgres")
    except OSError:  # gone meanwhile, or another user's
        return False


def is_postgres(pid: int | None) -> bool:
    """Whether a process of that number lives and is PostgreSQL's."""
    if pid is None or pid <= 0:
        return False
    if _LINUX:
        try:
            return "postgres" in Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
        except OSError:
            return False
    said = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True)  # noqa: S603, S607
    return "postgres" in said.stdout


def quit_all(pids: Iterable[int]) -> None:
    """Tell processes to quit at once."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT)
