"""Long work behind the pages: analyses that were asked for wait in the database's queue, and a worker does them."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from types import MappingProxyType
from typing import IO, Any

from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status
from sqlalchemy import URL, Engine

from gridmap.database import imports as waiting
from gridmap.database import results
from gridmap.database.engine import make_engine
from gridmap.database.jobs import Task, job_queue
from gridmap.domain.errors import ConflictError, GridmapError
from gridmap.services import imports, plan_reviewing
from gridmap.services.analyses import ANALYSES
from gridmap.services.plans import PLANS, Wishes
from gridmap.services.proposals import propose_into_database
from gridmap.services.settings import Settings
from gridmap.services.stored_analyses import analyse_database

_TASK = "analyse"
_REVIEW = "review"
_IMPORT = "import"
_IMPORTS = "imports"
"""The queue of imports: somebody waits before the page, so they don't stand behind an analysis."""
_SEARCH_S, _FIRM_S = 20.0, 5.0
"""Seconds that the search for alternatives takes, and that for near-optimal plans around each of them, at most."""
_WISHED = ("only", "min_households", "max_households")
"""What of its wishes whoever asks for alternatives says; the rest is the server's."""
_NICENESS = 10
"""The pages go first."""
_LOST_AFTER_S = 60
"""A job whose worker hasn't been heard of for so long was killed with it."""

_log = logging.getLogger(__name__)


def order(url: str, *names: str, actor: str) -> None:
    """Put analyses into the queue; one that waits there already isn't put twice.

    Whenever they are put there, they are done in their own order: one that was killed comes before those that read it.
    """
    with job_queue(url).open() as queue:
        for name in names:
            _enqueue(queue, name, actor=actor)


def order_plans(url: str, wishes: Wishes, *, actor: str) -> None:
    """Put alternatives of mega-communities into the queue, as they are wished.

    Raises
    ------
    ConflictError
        Some wait there already.
    """
    asked = {name: value for name, value in asdict(wishes).items() if name in _WISHED}
    with job_queue(url).open() as queue:
        if not _enqueue(queue, PLANS.name, actor=actor, wishes=asked):
            raise ConflictError("Alternatives are asked for already and wait for their turn.")


def _enqueue(queue: App, name: str, **arguments: Any) -> bool:
    """Put an analysis into the queue at its place in their order; whether it didn't wait there already."""
    job = queue.configure_task(_TASK, queueing_lock=name, priority=-list(ANALYSES).index(name))
    try:
        job.defer(analysis=name, **arguments)
    except AlreadyEnqueued:
        return False
    return True


def order_review(url: str, engine: Engine, plan: int) -> None:
    """Have a plan that was shaped by hand looked at, as it stands then. It comes before analyses: somebody waits."""
    plan_reviewing.ask(engine, plan)
    with job_queue(url).open() as queue:
        job = queue.configure_task(_REVIEW, queueing_lock=f"{_REVIEW} {plan}", priority=1)
        with suppress(AlreadyEnqueued):
            job.defer(plan=plan)


def order_import(url: str | URL, number: int) -> None:
    """Have the next step of an import done: it is read, or loaded where that was confirmed."""
    with job_queue(url).open() as queue:
        queue.configure_task(_IMPORT, queue=_IMPORTS).defer(number=number)


def order_again(url: str | URL, engine: Engine) -> None:
    """Order imports again that nobody has begun with, since whoever took their order may have been killed with it.

    One that is done twice does nothing the second time.
    """
    with engine.connect() as connection:
        numbers = waiting.not_begun(connection)
    for number in numbers:
        order_import(url, number)


def order_missing(url: str, engine: Engine, *, actor: str) -> None:
    """Put those analyses into the queue that never gave a result; what was interrupted counts as never."""
    with engine.begin() as connection:
        results.end_interrupted(connection)
        states = results.state(connection)
    order(url, *(name for name in ANALYSES if states[name].status == "never"), actor=actor)


def work(url: str, settings: Settings, *, until: IO[str]) -> None:
    """Work on the queue until the stream `until` closes, then stop at once: a job half done leaves nothing behind."""
    os.nice(_NICENESS)
    threading.Thread(target=_leave_with, args=(until,), daemon=True).start()
    engine = make_engine(url)
    with engine.begin() as connection:  # a worker before this one may have been killed
        results.end_interrupted(connection)
    order_again(url, engine)
    asyncio.run(_work(_queue(url, engine, settings)))


def work_off(url: str | URL, settings: Settings) -> None:
    """Work on what is in the queue now, then come back."""
    engine = make_engine(url)
    try:
        asyncio.run(_work(_queue(url, engine, settings), wait=False))
    finally:
        engine.dispose()


def work_on_import(url: str, settings: Settings, number: int, *, until: IO[str]) -> None:
    """Do the next step of one import, at most until the stream `until` closes."""
    threading.Thread(target=_leave_with, args=(until,), daemon=True).start()
    engine = make_engine(url)
    try:
        imports.work_on(engine, number, numbers=settings.numbers, undo_loads=settings.undo_loads)
    finally:
        engine.dispose()


def _queue(url: str | URL, engine: Engine, settings: Settings) -> App:
    def review(context: object, *, plan: int) -> None:  # noqa: ARG001
        plan_reviewing.review_ordered(engine, plan, numbers=settings.numbers)

    tasks = {_TASK: _task(engine, settings), _REVIEW: review, _IMPORT: _import_task(url, engine, settings)}
    return job_queue(url, tasks)


def _import_task(url: str | URL, engine: Engine, settings: Settings) -> Task:
    """Each import in a process of its own: whatever a file does to it, this one lives on, and it can be ended in time.

    It leaves when the pipe that this process holds closes, however that comes about.
    """
    address = url.render_as_string(hide_password=False) if isinstance(url, URL) else url

    def in_its_own_process(context: object, *, number: int) -> None:  # noqa: ARG001
        command = [sys.executable, "-m", "gridmap", "work", "--import", str(number)]
        environment = {**os.environ, "GRIDMAP_DATABASE_URL": address.replace("postgresql+psycopg:", "postgresql:", 1)}
        with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as child:  # noqa: S603  # our own
            try:
                child.wait(timeout=settings.import_minutes * 60)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
                imports.give_up(engine, number, minutes=settings.import_minutes)

    return in_its_own_process


def _task(engine: Engine, settings: Settings) -> Task:
    def run_analysis(
        context: object,  # noqa: ARG001  # nobody cancels yet
        *,
        analysis: str,
        actor: str,
        wishes: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        try:
            if analysis == PLANS.name:
                asked = Wishes(time_limit=_SEARCH_S, **{**wishes, "only": tuple(wishes.get("only", ()))})
                propose_into_database(engine, actor=actor, numbers=settings.numbers, wishes=asked, firm_s=_FIRM_S)
            else:
                analyse_database(ANALYSES[analysis], engine, actor=actor, numbers=settings.numbers)
        except GridmapError as error:  # kept with the run, where the pages show it
            _log.warning("%s: %s", analysis, error)

    return run_analysis


async def _work(queue: App, *, wait: bool = True) -> None:
    async with queue.open_async():
        for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=_LOST_AFTER_S):
            await queue.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
        how: dict[str, Any] = {"concurrency": 1, "install_signal_handlers": False, "wait": wait}
        await asyncio.gather(
            *(queue.run_worker_async(queues=[name], name=name, **how) for name in ("default", _IMPORTS))
        )


def _leave_with(until: IO[str]) -> None:
    until.read()
    os._exit(0)
