"""The queue of long work inside PostgreSQL, in our schema: it outlives the request, the browser and a restart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from procrastinate import App, PsycopgConnector
from sqlalchemy.engine import URL

from gridmap.database.engine import sqlalchemy_url
from gridmap.database.tables import SCHEMA

_OPTIONS = f"-c search_path={SCHEMA},public,extensions -c timezone=UTC"


Task = Callable[..., Any]
"""Work on a job, called with its `JobContext` (whose `should_abort()` tells of cancelling) and its arguments."""

_NONE: Mapping[str, Task] = MappingProxyType({})


def job_queue(url: str | URL, tasks: Mapping[str, Task] = _NONE, *, pool_size: int = 6) -> App:
    """The queue in a migrated database, closed; open it with `with queue.open():` to add jobs.

    Parameters
    ----------
    url
        Address of the database, `postgresql://…`.
    tasks
        What its workers can do, by the name that jobs ask for: `queue.configure_task(name).defer(…)` adds a job,
        `queue.run_worker_async()` works on them.
    pool_size
        Connections that it opens at most; each worker listens for new jobs with one.
    """
    address = sqlalchemy_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connector = PsycopgConnector(conninfo=address, kwargs={"options": _OPTIONS}, min_size=1, max_size=pool_size)
    queue = App(connector=connector)
    for name, task in tasks.items():
        queue.task(name=name, pass_context=True)(task)
    return queue
