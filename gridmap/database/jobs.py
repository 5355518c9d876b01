"""The queue of long work inside PostgreSQL, in our schema: it outlives the request, the browser and a restart."""

from __future__ import annotations

from collections.abc import Iterable

from procrastinate import App, Blueprint, PsycopgConnector

from gridmap.database.engine import sqlalchemy_url
from gridmap.database.tables import SCHEMA

_OPTIONS = f"-c search_path={SCHEMA},public,extensions -c timezone=UTC"


def job_queue(url: str, tasks: Iterable[Blueprint] = (), *, pool_size: int = 4) -> App:
    """The queue in a migrated database, closed; open it with `with queue.open():` to add jobs.

    Parameters
    ----------
    url
        Address of the database, `postgresql://…`.
    tasks
        Blueprints of tasks that its workers know; `queue.run_worker_async()` works on them.
    pool_size
        Connections that it opens at most; one listens for new jobs.
    """
    address = sqlalchemy_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connector = PsycopgConnector(conninfo=address, kwargs={"options": _OPTIONS}, min_size=1, max_size=pool_size)
    queue = App(connector=connector)
    for blueprint in tasks:
        queue.add_tasks_from(blueprint, namespace="gridmap")
    return queue
