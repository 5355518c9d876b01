"""Folders for the time of some work. What a process that was killed has left is cleared by the next one."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LOCK = ".lock"
"""Held by the process that works in the folder; no longer when it has ended, however it ended."""


@contextmanager
def scratch(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """An empty folder whose name begins so, in `parent` or where the system keeps such; gone at the block's end.

    Raises
    ------
    OSError
        It can't be made.
    """
    parent = Path(tempfile.gettempdir()) if parent is None else parent
    for old in parent.glob(f"{prefix}*/{_LOCK}"):
        _clear(old)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=parent, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        made = folder / f"{_LOCK}-"
        with made.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            made.rename(folder / _LOCK)  # seen by others only once it is held
            yield folder


def _clear(lock: Path) -> None:
    with suppress(OSError), lock.open("r") as held:
        if os.fstat(held.fileno()).st_uid == os.geteuid():
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)
