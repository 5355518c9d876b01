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
_NOBODY = 2**31 - 2
"""A process number that no system gives."""


def first_number(file: Path) -> int | None:
    """The number in a lock file's first line; None where there is none."""
    try:
        return int(file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def main_process(data: Path) -> int | None:
    """The main process of the server of this data folder, by its lock file; None where it is dead.

    The number alone proves nothing: after a crash another program may have got it.
    """
    pid = first_number(data / "postmaster.pid")
    if pid is None or pid <= 0:
        return None
    command = _command(pid)
    ours = "postgres" in command and any(str(path) in command for path in (data, data.resolve()))
    return pid if ours or _works_in(pid, data.resolve()) else None


def working_in(data: Path) -> list[int]:
    """The processes of the server of this data folder: each of them works there.

    Where the system doesn't tell (macOS, some containers), the main process alone.
    """
    folder = data.resolve()
    found = {int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _works_in(int(entry.name), folder)}
    main = main_process(data)
    return sorted(found | ({main} if main is not None else set()))


def _works_in(pid: int, folder: Path) -> bool:
    try:
        process = Path(f"/proc/{pid}")
        return (process / "cwd").readlink() == folder and (process / "exe").readlink().name.startswith("postgres")
    except OSError:  # gone meanwhile, or not ours to see
        return False


def _command(pid: int) -> str:
    """The command line of a process; empty where there is none of that number."""
    if _LINUX:
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
        except OSError:
            return ""
    said = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True)  # noqa: S603, S607
    return said.stdout


def disown(lock: Path) -> None:
    """Put a number in a server's lock file that is nobody's, where its own is another program's by now.

    The file stays: PostgreSQL looks in it for the shared memory of the killed server, and waits for who still uses it.
    """
    with contextlib.suppress(FileNotFoundError):
        _, _, rest = lock.read_text().partition("\n")
        lock.write_text(f"{_NOBODY}\n{rest}")


def quit_all(pids: Iterable[int]) -> None:
    """Tell processes to quit at once."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT)
