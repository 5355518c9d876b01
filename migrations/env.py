"""Alembic's environment: bound to the engine it is handed, else to GRIDMAP_DATABASE_URL."""

from __future__ import annotations

import os

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import Engine, text

from gridmap.database import account_tables, plan_tables  # noqa: F401  # enter their tables in the metadata
from gridmap.database.engine import make_engine
from gridmap.database.tables import SCHEMA, metadata
from gridmap.domain.errors import InputError


def _ours(obj, name, type_, reflected, compare_to):
    """Whether a thing in the database is ours: not PostGIS's, not the job queue's, not another schema's."""
    if type_ == "table" and (obj.schema != SCHEMA or name.startswith("procrastinate_")):
        return False
    return alembic_helpers.include_object(obj, name, type_, reflected, compare_to)


def _run(engine: Engine) -> None:
    with engine.begin() as connection:
        # Two processes that start at once on a new database: the second waits, and finds all done.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('gridmap migrations'))"))
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table_schema=SCHEMA,
            include_schemas=True,
            include_name=lambda name, type_, _parents: type_ != "schema" or name == SCHEMA,
            include_object=_ours,
            process_revision_directives=alembic_helpers.writer,
            render_item=alembic_helpers.render_item,
            compare_server_default=True,
        )
        context.run_migrations()


def _engine() -> Engine:
    url = os.environ.get("GRIDMAP_DATABASE_URL")
    if not url:
        raise InputError("Set GRIDMAP_DATABASE_URL, or use `gridmap serve`, which migrates the database itself.")
    return make_engine(url)


if context.is_offline_mode():
    raise InputError("The migrations read the database as they go; run them on one.")

handed = context.config.attributes.get("engine")
engine = handed or _engine()
try:
    _run(engine)
finally:
    if handed is None:
        engine.dispose()
