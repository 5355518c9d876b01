"""The private PostGIS server: made at need, reached by a unix socket alone, ended by the last process that leaves.

The home folder holds `data` (the cluster), `run` (the socket and the log of the start; closed to other users),
and three files of ours: `server.lock`, held alone while the server is started or stopped; `users.lock`, held
together by every process that uses the server, so that the system itself lets go for a process that is killed;
and `pinned`, there when the server shall outlive them all.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from gridmap.database import cluster, folders, postgres, processes
from gridmap.domain.errors import UnavailableError

DATABASE = "gridmap"
_SOCKET_LONGEST = 103 if sys.platform == "darwin" else 107
_START_WAIT_S = 90.0
_LEFTOVER_WAIT_S = 10.0


@dataclass(frozen=True)
class Status:
    """How the private server stands. `pinned`: it stays when the last process leaves."""

    home: Path
    made: bool
    running: bool
    pinned: bool
    pid: int | None
    version: str | None
    size_bytes: int | None


class PrivateServer:
    """The private server of a home folder; as a context manager it runs while the block does.

    Parameters
    ----------
    home
        Its folder, made at need.
    durable
        False for tests: faster, and what was committed may be lost when the machine (not the server) dies.
    """

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.home = home.absolute()
        self.durable = durable
        self._use: IO[str] | None = None
        self._user_pid = 0

    @property
    def data(self) -> Path:
        """The folder of the cluster."""
        return self.home / cluster.DATA

    @property
    def sockets(self) -> Path:
        """The folder of the socket."""
        return self.home / cluster.SOCKETS

    def url(self) -> str:
        """The address of the database, for psql and for `make_engine`."""
        return f"postgresql://{cluster.ROLE}@/{DATABASE}?host={quote(str(self.sockets), safe='')}&port={cluster.PORT}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def start(self, *, pin: bool = False) -> None:
        """Start the server unless it runs, and use it until `leave`; with `pin` it then stays.

        Raises
        ------
        UnavailableError
            PostgreSQL, PostGIS, disk space, a folder or its rights are in the way; the message says which.
        """
        self._prepare_home()
        with self._alone():
            self._join()
            try:
                self._ensure_running()
            except BaseException:
                self._part()
                raise
            if pin:
                (self.home / "pinned").touch()

    def leave(self) -> None:
        """Use the server no longer; the last one to leave stops it, unless it is pinned."""
        if self._use is None or self._user_pid != os.getpid():
            return
        with self._alone():
            self._part()
            if not (self.home / "pinned").exists() and not self._used():
                self._stop_server()

    def stop(self) -> bool:
        """Stop the server now, whoever uses it, and unpin it. False: it wasn't running."""
        if not self.home.is_dir():
            return False
        with self._alone():
            (self.home / "pinned").unlink(missing_ok=True)
            self._part()
            return self._stop_server()

    def status(self) -> Status:
        """How the server stands, without starting it."""
        answer = self._answer() if self.data.is_dir() else None
        pid, version, size = answer or (None, None, None)
        return Status(
            home=self.home,
            made=(self.data / "PG_VERSION").exists(),
            running=answer is not None,
            pinned=answer is not None and (self.home / "pinned").exists(),
            pid=pid,
            version=version,
            size_bytes=size,
        )

    # Locks -----------------------------------------------------------------------------------------------------------

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the server's state for this process alone."""
        with self._open("server.lock") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _open(self, name: str) -> IO[str]:
        try:
            return (self.home / name).open("a")
        except OSError as error:
            raise folders.unusable(self.home, error) from error

    def _join(self) -> None:
        if self._use is None:
            self._use = self._open("users.lock")
            fcntl.flock(self._use, fcntl.LOCK_SH)
            self._user_pid = os.getpid()

    def _part(self) -> None:
        """Close, not unlock: a forked worker that has inherited the lock still holds it then."""
        if self._use is not None:
            self._use.close()
            self._use = None

    def _used(self) -> bool:
        with self._open("users.lock") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    # The home folder -------------------------------------------------------------------------------------------------

    def _prepare_home(self) -> None:
        socket = self.sockets / f".s.PGSQL.{cluster.PORT}"
        if len(os.fsencode(socket)) > _SOCKET_LONGEST:
            raise UnavailableError(
                "The path {home} is too long for a socket: at most {longest} bytes, and it has {length}; "
                "set GRIDMAP_HOME to a shorter one.",
                home=self.home,
                longest=_SOCKET_LONGEST - len(os.fsencode(socket)) + len(os.fsencode(self.home)),
                length=len(os.fsencode(self.home)),
            )
        user = postgres.server_user()
        try:
            for folder in reversed([self.home, *self.home.parents]):
                if not folder.exists():
                    folder.mkdir(exist_ok=True)  # another process may be at the same
                    folder.chmod(0o755)
            self.sockets.mkdir(mode=0o700, exist_ok=True)
            if user is not None:
                os.chown(self.sockets, user.pw_uid, user.pw_gid)
            self.sockets.chmod(0o700)
        except OSError as error:
            raise folders.unusable(self.home, error) from error
        if user is not None and postgres.run(["test", "-x", self.sockets], user=user).returncode:
            raise UnavailableError(
                "The user {user}, whom PostgreSQL runs as, can't enter {home}; set GRIDMAP_HOME to a folder "
                "outside of root's home.",
                user=user.pw_name,
                home=self.home,
            )

    # The server ------------------------------------------------------------------------------------------------------

    def _ensure_running(self) -> None:
        if self._answer() is None:
            installation = postgres.choose(self.data)
            if not self.data.exists():
                cluster.make(self.home, installation, durable=self.durable)
            self._await_leftovers()
            if self._answer() is None:
                cluster.configure(self.home, durable=self.durable)
                self._launch(installation)
        self._ensure_database()

    def _await_leftovers(self) -> None:
        """Wait for a server that is still coming up or going down, and for what is left of one that was killed.

        Only called while we hold `server.lock` and the server doesn't answer. Processes that have outlived their
        server are told to quit after a while: nothing they do can be committed any more.
        """
        end = time.monotonic() + _START_WAIT_S
        told = time.monotonic() + _LEFTOVER_WAIT_S
        while left := processes.working_in(self.data):
            alive = processes.main_process(self.data) is not None
            if alive and self._answer() is not None:
                return
            if not alive and time.monotonic() > told:
                processes.quit_all(left)
            if time.monotonic() > end:
                raise UnavailableError(
                    "A PostgreSQL server still works on {data} but doesn't answer; end it, or try again later.",
                    data=self.data,
                )
            time.sleep(0.1)
        processes.disown(self.data / "postmaster.pid")
        for name in (f".s.PGSQL.{cluster.PORT}", f".s.PGSQL.{cluster.PORT}.lock"):
            (self.sockets / name).unlink(missing_ok=True)

    def _launch(self, installation: postgres.Installation) -> None:
        log = self.sockets / "start.log"
        command: list[str | Path] = [
            installation.bin / "pg_ctl",
            "start",
            "-D",
            self.data,
            "-w",
            "-t",
            "60",
            "-s",
            "-l",
            log,
        ]
        end = time.monotonic() + _START_WAIT_S
        while True:
            log.unlink(missing_ok=True)
            started = postgres.run(command, user=postgres.server_user())
            if started.returncode == 0 and self._answer() is not None:
                return
            said = self._said(log) or started.stderr
            left_over = "lock file" in said or "pre-existing shared memory" in said
            if not left_over or time.monotonic() > end:
                raise folders.explain(self.home, said)
            time.sleep(0.3)

    def _stop_server(self) -> bool:
        if self._answer() is None and not processes.working_in(self.data):
            return False
        installation = postgres.choose(self.data)
        command: list[str | Path] = [
            installation.bin / "pg_ctl",
            "stop",
            "-D",
            self.data,
            "-m",
            "fast",
            "-w",
            "-t",
            "60",
            "-s",
        ]
        stopped = postgres.run(command, user=postgres.server_user())
        if stopped.returncode and self._answer() is not None:
            raise UnavailableError("The private server doesn't stop: {reason}", reason=" ".join(stopped.stderr.split()))
        return True

    def _answer(self) -> tuple[int, str, int] | None:
        """Process id, version and size in bytes of the server behind our socket; None where it doesn't answer."""
        try:
            if not (self.sockets / f".s.PGSQL.{cluster.PORT}").exists():
                return None
            with self._admin() as connection:
                row = connection.execute(
                    "SELECT current_setting('data_directory'), current_setting('server_version'),"
                    " (SELECT sum(pg_database_size(oid))::bigint FROM pg_database)"
                ).fetchone()
        except (psycopg.OperationalError, PermissionError):
            return None
        if row is None or Path(row[0]).resolve() != self.data.resolve():
            return None
        return processes.first_number(self.data / "postmaster.pid") or 0, row[1], row[2]

    def _admin(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(
            host=str(self.sockets),
            port=cluster.PORT,
            user=cluster.ROLE,
            dbname="postgres",
            connect_timeout=5,
            autocommit=True,
        )

    def _ensure_database(self) -> None:
        with self._admin() as connection:
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if there is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _said(self, log: Path) -> str:
        """What the server wrote at its last start: first to its own output, then to its log."""
        logs = sorted((self.data / "log").glob("*.log"), key=lambda file: file.stat().st_mtime)
        texts = [file.read_text(errors="replace") for file in (log, *logs[-1:]) if file.exists()]
        return "\n".join("\n".join(text.splitlines()[-20:]) for text in texts)
