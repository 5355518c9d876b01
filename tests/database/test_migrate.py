"""The schema from nothing to the newest and back, and in step with the tables in code."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from gridmap.database import migrate, results, revisions
from gridmap.database.engine import make_engine
from gridmap.database.server import PrivateServer
from gridmap.database.tables import metadata
from gridmap.domain.errors import UnavailableError
from gridmap.resources import folder
from tests.fixtures.database import fresh_database

CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'gridmap'::regnamespace AND conrelid::regclass::text NOT LIKE '%procrastinate%'
    AND conrelid::regclass::text NOT LIKE '%alembic%' ORDER BY 1, 2
"""


@pytest.fixture
def empty(database_server: PrivateServer, worker_id: str) -> Iterator[str]:
    """The address of a database with nothing in it."""
    with fresh_database(database_server, f"empty_{worker_id}", template="template1") as url:
        yield url


@pytest.fixture
def engine(empty: str) -> Iterator[Engine]:
    engine = make_engine(empty)
    yield engine
    engine.dispose()


def ours(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        query = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace('gridmap')"
        return sorted(connection.scalars(text(query)))


def test_the_schema_comes_from_nothing_and_goes_back(engine: Engine) -> None:
    assert migrate.current(engine) is None
    migrate.upgrade(engine)
    assert {table.name for table in metadata.sorted_tables} < set(ours(engine))
    migrate.downgrade(engine)
    assert ours(engine) == ["alembic_version"]
    migrate.upgrade(engine)
    migrate.check(engine)


def test_what_old_runs_said_is_kept_as_words(engine: Engine) -> None:
    migrate.upgrade(engine, "0005")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO gridmap.runs (analysis, data_version, status, doing, error)"
                " VALUES ('grids', 1, 'failed', 'walks', 'no {ways}'), ('plans', 1, 'done', NULL, NULL)"
            )
        )
    migrate.upgrade(engine)
    with engine.connect() as connection:
        states = results.state(connection)
        kept = connection.execute(text("SELECT doing, error FROM gridmap.runs WHERE analysis = 'plans'")).one()
    assert (str(states["grids"].error), states["plans"].error, tuple(kept)) == ("no {ways}", None, (None, None))
    migrate.downgrade(engine, "0005")
    with engine.connect() as connection:
        said = connection.execute(text("SELECT doing, error FROM gridmap.runs ORDER BY id")).all()
    assert [tuple(row) for row in said] == [("walks", "no {ways}"), (None, None)]


def test_the_tables_in_code_and_in_the_database_are_the_same(worker_engine: Engine) -> None:
    migrate.check(worker_engine)


def test_the_rules_in_code_and_in_the_database_are_the_same(engine: Engine, worker_engine: Engine) -> None:
    with engine.begin() as connection:
        for statement in ("CREATE EXTENSION postgis", "CREATE EXTENSION btree_gist", "CREATE SCHEMA gridmap"):
            connection.execute(text(statement))
        metadata.create_all(connection)
        in_code = connection.execute(text(CONSTRAINTS)).all()
    with worker_engine.connect() as connection:
        assert connection.execute(text(CONSTRAINTS)).all() == in_code


def test_alembic_itself_migrates(empty: str) -> None:
    root = Path(__file__).parents[2]
    for command in (["upgrade", "head"], ["check"], ["downgrade", "base"]):
        done = subprocess.run(
            [sys.executable, "-m", "alembic", *command],
            cwd=root,
            env={"GRIDMAP_DATABASE_URL": empty, "PATH": ""},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr


def test_two_processes_that_migrate_at_once_do_it_once(empty: str) -> None:
    script = (
        "import sys; from gridmap.database import engine, migrate; migrate.upgrade(engine.make_engine(sys.argv[1]))"
    )
    root = Path(__file__).parents[2]
    both = [
        subprocess.Popen([sys.executable, "-c", script, empty], cwd=root, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said


def test_the_job_queues_tables_are_those_of_the_procrastinate_that_is_installed() -> None:
    copies = sorted((folder("migrations") / "procrastinate").glob("*.sql"))
    assert copies[-1].read_text() == (resources.files("procrastinate.sql") / "schema.sql").read_text()


def test_a_database_of_a_newer_version_is_named(engine: Engine) -> None:
    migrate.upgrade(engine, "0001")
    with engine.begin() as connection:
        connection.execute(text("UPDATE gridmap.alembic_version SET version_num = '9999'"))
    with pytest.raises(UnavailableError, match=r"another version of gridmap .*9999"):
        migrate.upgrade(engine)


def test_a_user_who_may_not_make_extensions_is_told_so(database_server: PrivateServer, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE ROLE stranger LOGIN"))
    stranger = make_engine(engine.url.set(username="stranger"))
    try:
        with pytest.raises(UnavailableError, match="lacks a right that the migration needs"):
            migrate.upgrade(stranger)
    finally:
        stranger.dispose()
        with engine.begin() as connection:
            connection.execute(text("DROP ROLE stranger"))


@pytest.mark.parametrize("statement", ["UPDATE gridmap.audit_log SET actor = 'x'", "DELETE FROM gridmap.audit_log"])
def test_the_audit_log_can_only_grow(database: Engine, statement: str) -> None:
    with database.begin() as connection:
        connection.execute(text("INSERT INTO gridmap.audit_log (actor, action) VALUES ('test', 'look')"))
    with pytest.raises(ProgrammingError, match="can only be added to"), database.begin() as connection:
        connection.execute(text(statement))


def test_the_quick_look_at_revisions_says_what_alembic_says(database: Engine) -> None:
    assert revisions.newest() == ScriptDirectory.from_config(migrate.config()).get_current_head()
    assert revisions.current(database) == migrate.current(database) == revisions.newest()
