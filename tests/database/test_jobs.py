"""Jobs stand in PostgreSQL in our schema, and a worker does them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from procrastinate import JobContext
from sqlalchemy import Engine, text

from gridmap.database.jobs import job_queue


def test_a_job_outlives_the_process_that_asked_for_it(database: Engine, database_url: str) -> None:
    done = []

    def note(context: JobContext, word: str) -> None:
        done.append(word)

    asking = job_queue(database_url)
    with asking.open():
        asking.configure_task("note").defer(word="围墙")
    with database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM gridmap.procrastinate_jobs WHERE status = 'todo'")) == 1

    async def work() -> None:
        working = job_queue(database_url, {"note": note})
        async with working.open_async():
            await working.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    with ThreadPoolExecutor() as apart:  # the browser's fixture keeps a loop of its own running in this thread
        apart.submit(asyncio.run, work()).result()
    assert done == ["围墙"]
    with database.connect() as connection:
        assert connection.scalar(text("SELECT status FROM gridmap.procrastinate_jobs")) == "succeeded"
