"""Communities worked on by processes of their own come out as if they had been done here, one by one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gridmap.analysis.grids.workers import in_turn


def divided(task: int, by: int) -> float:
    return task / by


def whose(_task: int) -> int:
    return os.getpid()


def test_tasks_come_back_in_their_order() -> None:
    assert list(in_turn(divided, range(20), 4, count=20)) == [(n, n / 4) for n in range(20)]


def test_few_tasks_need_no_processes() -> None:
    assert {pid for _, pid in in_turn(whose, range(3), count=3)} == {os.getpid()}


def test_many_are_done_elsewhere() -> None:
    assert os.getpid() not in {pid for _, pid in in_turn(whose, range(20), count=20)}


def test_an_error_in_a_process_is_the_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_turn(divided, range(20), 0, count=20))


SLEEPER = """
import os, sys, time
from gridmap.analysis.grids.workers import in_turn
from tests.analysis.test_grids_workers import whose
if __name__ == "__main__":
    for _, pid in in_turn(whose, range(20), count=20):
        print(pid, flush=True)
        time.sleep(60)
"""


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_processes_end_with_who_asked_for_them(tmp_path: Path) -> None:
    script = tmp_path / "sleeper.py"
    script.write_text(SLEEPER, encoding="utf-8")
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root}
    ) as asking:
        assert asking.stdout is not None
        worker = int(asking.stdout.readline())
        asking.kill()
    for _ in range(300):
        if not alive(worker):
            return
        time.sleep(0.1)
    pytest.fail("a process goes on although nobody waits for it")
