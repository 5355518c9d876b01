"""A private database with the sample in it, and the app on it, for the cases that need them."""

import atexit
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

PORT = 8765
ADDRESS = f"http://127.0.0.1:{PORT}"


@cache
def home() -> Path:
    """A home folder for all cases of a run, short enough for a socket and open to the server's user."""
    folder = tempfile.TemporaryDirectory(prefix="gm-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    Path(folder.name).chmod(0o755)
    return Path(folder.name) / "home"


@contextmanager
def serving(folder: Path, *options: str, until: str = "/healthz") -> Iterator[float]:
    """`gridmap serve` on this home; gives the seconds till the address `until` answered 200."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "gridmap", "serve", "--port", str(PORT), *options]
    with subprocess.Popen(
        command,
        env={**os.environ, "GRIDMAP_HOME": str(folder), "GRIDMAP_LOG_LEVEL": "warning"},
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            while not answers(until):
                if process.poll() is not None or time.perf_counter() - started > 1800:
                    raise RuntimeError("gridmap serve did not come up")
                time.sleep(0.1)
            yield time.perf_counter() - started
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def answers(path: str) -> bool:
    """Whether this address answers 200."""
    try:
        with urllib.request.urlopen(ADDRESS + path, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
