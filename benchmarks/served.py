"""A private database with the sample in it, and servers on it, for the cases that need them."""

import atexit
import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from benchmarks import measure

ADDRESS = "http://127.0.0.1:8765"
ROUTE = "/api/route?from=122.065,37.512&to=371071004001-OF"
"""A walk of the sample: the map of walks is made in the first seconds of each worker."""
_PATIENCE_S = 1800


@cache
def _folder() -> Path:
    """A folder for all cases of a run, its name short enough for a socket and open to the server's user."""
    folder = tempfile.TemporaryDirectory(prefix="gm-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    Path(folder.name).chmod(0o755)
    return Path(folder.name)


def folder_of(case: str) -> Path:
    """A home folder of this case's own."""
    return _folder() / case


def home() -> Path:
    """The home folder that the cases share, with the sample and its analyses once one of them has served it."""
    return folder_of("home")


@contextmanager
def serving(folder: Path, *, until: str = "/healthz") -> Iterator[float]:
    """`gridmap serve` on this home; gives the seconds till the address `until` answered 200."""
    command = (*measure.GRIDMAP, "serve", "--port", ADDRESS.rpartition(":")[2])
    with server(*command, until=ADDRESS + until, GRIDMAP_HOME=str(folder), GRIDMAP_LOG_LEVEL="warning") as seconds:
        yield seconds


@contextmanager
def server(*command: str, until: str, **variables: str) -> Iterator[float]:
    """A command that serves, ended at the end; gives the seconds till the address `until` answered 200."""
    started = time.perf_counter()
    with subprocess.Popen(command, env={**os.environ, **variables}, stdout=subprocess.DEVNULL) as process:
        try:
            while not answers(until):
                if process.poll() is not None or time.perf_counter() - started > _PATIENCE_S:
                    raise RuntimeError(f"{command} did not come up")
                time.sleep(0.1)
            yield time.perf_counter() - started
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def answers(address: str) -> bool:
    """Whether this address answers 200."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def get(path: str) -> bytes:
    """What the server answers at a path."""
    with urllib.request.urlopen(ADDRESS + path, timeout=60) as answer:
        return answer.read()


def first_answer(path: str) -> float:
    """Seconds until both workers answer with a walk, asked as a client is told to."""
    started, answered = time.perf_counter(), 0
    while answered < 8:
        try:
            get(path)
            answered += 1
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
            answered = 0
            time.sleep(0.2)
    return time.perf_counter() - started
