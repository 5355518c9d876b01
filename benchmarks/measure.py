"""Measuring: wall and processor seconds and the peak of memory of a command; percentiles of many calls."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

GRIDMAP = (sys.executable, "-m", "gridmap")
"""The command, as this Python has it."""


def scales() -> list[str]:
    """The scales of the illustrative district that a case works on: `make bench CASE=analyses SCALES="0.1"`."""
    return os.environ.get("SCALES", "1 2").split()


def command(*words: str, **variables: str) -> dict[str, float]:
    """Seconds and peak memory of one command in a process of its own."""
    started = time.perf_counter()
    with subprocess.Popen(words, env={**os.environ, **variables}, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{words} ended with {process.returncode}")
    return {
        "seconds": round(time.perf_counter() - started, 2),
        "processor_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_mb": round(used.ru_maxrss / 1024),
    }


def said(*words: str, **variables: str) -> str:
    """What a command prints."""
    done = subprocess.run(words, check=True, capture_output=True, text=True, env={**os.environ, **variables})
    return done.stdout.strip()


def calls(call: Callable[[], object], times: int) -> dict[str, float]:
    """Median and 95th percentile of a call's milliseconds."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    return {
        "calls": times,
        "median_ms": round(statistics.median(taken), 2),
        "p95_ms": round(statistics.quantiles(taken, n=20)[18], 2),
    }
