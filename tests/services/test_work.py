"""Analyses in the queue: in which order they are done."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from gridmap.database.jobs import job_queue
from gridmap.services import work


def test_an_analysis_that_was_killed_comes_before_those_that_read_it(database_url: str) -> None:
    work.order(database_url, "leaders", "plans", actor="office")
    work.order(database_url, "grids", actor="office")
    done: list[str] = []
    queue = job_queue(database_url, {"analyse": lambda context, *, analysis, actor: done.append(analysis)})

    async def work_off() -> None:
        async with queue.open_async():
            await queue.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    with ThreadPoolExecutor() as apart:  # the browser's fixture keeps a loop of its own running in this thread
        apart.submit(asyncio.run, work_off()).result()
    assert done == ["grids", "leaders", "plans"]
