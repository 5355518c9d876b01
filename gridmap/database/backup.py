"""The whole database in one file, and back: with PostgreSQL's own tools, our schema alone."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from sqlalchemy import Engine

from gridmap.database import changes, migrate, postgres, tables
from gridmap.database.engine import make_engine, sqlalchemy_url
from gridmap.database.tables import SCHEMA
from gridmap.domain.errors import InputError, UnavailableError


def backup(url: str, target: Path) -> None:
    """Write the database to a file in PostgreSQL's custom format, readable by its owner alone.

    Raises
    ------
    InputError
        The file can't be written.
    UnavailableError
        The tools are missing or older than the server, or the database can't be reached.
    """
    part = target.with_name(target.name + ".part")
    try:
        part.touch(mode=0o600)
    except OSError as error:
        raise InputError("{path} can't be written: {reason}.", path=target, reason=error.strerror) from error
    try:
        _run([_program("pg_dump"), "--format=custom", f"--schema={SCHEMA}", f"--file={part.absolute()}"], url=url)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def restore(url: str, source: Path, *, actor: str = "gridmap") -> None:
    """Put a backup in the place of all that is there, in one transaction, and migrate it.

    The data get a version that they never had: what browsers keep of the versions since the backup stays true.

    Raises
    ------
    InputError
        The file isn't a backup of gridmap.
    UnavailableError
        The tools are missing, or the database can't be reached.
    """
    if not source.is_file():
        raise InputError("There is no file {path}.", path=source)
    tool = _program("pg_restore")
    revision = _revision(tool, source)
    if not migrate.knows(revision):
        raise InputError(
            "{path} was made by another version of gridmap (its revision is {revision}).",
            path=source,
            revision=revision,
        )
    engine = make_engine(url)
    try:
        before = _latest(engine)
        migrate.upgrade(engine, "0001")  # the extensions, which a backup of our schema alone doesn't hold
        with tempfile.TemporaryDirectory(prefix="gridmap-") as folder:
            script = Path(folder) / "restore.sql"
            _run([tool, "--no-owner", "-f", script, source.absolute()])
            _run(
                [
                    *(_program("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"),
                    *(f"--command=DROP SCHEMA {SCHEMA} CASCADE", f"--file={script}"),
                ],
                url=url,
            )
        engine.dispose()  # its connections know the old tables
        migrate.upgrade(engine)
        with engine.begin() as connection:
            changes.skip_to(connection, before)
            layers = [*tables.district, *tables.results, "regions"]
            changes.record(connection, actor=actor, action="restore", layers=layers, detail={"file": source.name})
    finally:
        engine.dispose()


def _latest(engine: Engine) -> int:
    """The version of the data that are there; 0 where there are no tables yet."""
    if migrate.current(engine) is None:
        return 0
    migrate.upgrade(engine)
    with engine.connect() as connection:
        return changes.latest(connection)


def _revision(tool: Path, source: Path) -> str:
    """The revision at which a backup's tables stand."""
    table = ["--data-only", f"--schema={SCHEMA}", "--table=alembic_version", "-f", "-"]
    said = postgres.run([tool, *table, source.absolute()])
    found = re.search(rf"COPY {SCHEMA}\.alembic_version .*\n(\S+)\n", said.stdout)
    if said.returncode or found is None:
        raise InputError("{path} is not a backup made by `gridmap db backup`.", path=source)
    return found[1]


def _program(name: str) -> Path:
    """The newest of PostgreSQL's tools of that name: they work with servers of their version and older ones."""
    newest = sorted(postgres.installations(), key=lambda item: item.major, reverse=True)
    for item in newest:
        if (item.bin / name).exists():
            return item.bin / name
    raise UnavailableError("{name} of PostgreSQL is not installed: {install}.", name=name, install=postgres.INSTALL)


def _run(command: list[str | Path], *, url: str | None = None) -> None:
    """Run a tool, on the database where one is given; its password isn't shown to other users of the machine."""
    address = sqlalchemy_url(url).set(drivername="postgresql") if url else None
    if address is not None:
        command = [*command, f"--dbname={address.set(password=None).render_as_string()}"]
    done = postgres.run(command, password=str(address.password) if address is not None and address.password else None)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip() and "NOTICE" not in line]
        lines = [line for line in lines if "error" in line.lower()] or lines
        if "No space left on device" in done.stderr:
            raise UnavailableError("The disk is full; free some space and try again.")
        raise UnavailableError("{tool} failed: {reason}", tool=Path(command[0]).name, reason=lines[0] if lines else "?")
