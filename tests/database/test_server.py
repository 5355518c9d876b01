"""The private server: made at need, one for all, gone with the last, and back after every kind of death."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gridmap.database import migrate, postgres, processes
from gridmap.database.changes import latest, record
from gridmap.database.engine import make_engine
from gridmap.database.server import PrivateServer
from gridmap.database.store import counts, save_layers
from gridmap.domain.district import District
from gridmap.domain.errors import UnavailableError


def server_of(home: Path) -> PrivateServer:
    return PrivateServer(home, durable=False)


@pytest.fixture
def home(private_home: Path, cluster: Path) -> Path:
    """A home with a cluster in it already: a copy, since making one takes seconds."""
    private_home.mkdir()
    subprocess.run(["cp", "-a", str(cluster / "data"), str(private_home / "data")], check=True)
    return private_home


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="gmc"))
    folder.chmod(0o755)
    with server_of(folder / "h") as server:
        ask(server, "CREATE TABLE kept AS SELECT 1 AS one")
    yield folder / "h"
    shutil.rmtree(folder)


def ask(server: PrivateServer, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        result = connection.execute(statement)
        return result.fetchall() if result.description else []


def python(script: str, *arguments: object, wait: bool = True) -> subprocess.Popen[str]:
    """Another process of ours that runs this script."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if wait:
        said = process.stdout.readline()
        assert said.strip() == "ready", said + process.stdout.read()
    return process


def finish(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return said


USE = """
import sys
from pathlib import Path
from gridmap.database.server import PrivateServer
with PrivateServer(Path(sys.argv[1]), durable=False):
    print("ready", flush=True)
    sys.stdin.readline()
"""


def test_it_is_made_at_need_and_leaves_with_its_only_user(private_home: Path) -> None:
    server = server_of(private_home)
    assert not server.status().made
    with server:
        assert ask(server, "SELECT current_database()") == [("gridmap",)]
        status = server.status()
        assert (status.made, status.running, status.pinned) == (True, True, False)
        assert status.size_bytes > 0
    assert not server.status().running
    assert (private_home / "data").is_dir()


def test_it_has_a_socket_and_no_port(home: Path) -> None:
    with server_of(home) as server:
        assert ask(server, "SHOW listen_addresses") == [("",)]
        assert stat.S_IMODE((home / "run").stat().st_mode) == 0o700


def test_it_runs_unprivileged(home: Path) -> None:
    with server_of(home) as server:
        owner = Path(f"/proc/{server.status().pid}").stat().st_uid
    assert owner != 0


def test_it_tells_letters_from_signs_in_chinese(home: Path) -> None:
    with server_of(home) as server:
        assert ask(server, "SELECT '中' ~ '\\w'") == [(True,)]


def test_pinned_it_stays_until_it_is_stopped(home: Path) -> None:
    server = server_of(home)
    server.start(pin=True)
    server.leave()
    assert server.status().pinned
    with server_of(home):
        pass
    assert server.status().running
    assert server.stop()
    assert not server.status().running
    assert not server.stop()


def test_it_stays_while_another_process_uses_it(home: Path) -> None:
    other = python(USE, home)
    with server_of(home) as server:
        pid = server.status().pid
    assert server.status().pid == pid
    finish(other)
    assert not server.status().running


def test_a_process_that_is_killed_holds_it_no_longer(home: Path) -> None:
    other = python(USE, home)
    other.kill()
    other.communicate()
    with server_of(home) as server:
        assert ask(server, "TABLE kept") == [(1,)]
    assert not server.status().running


def test_two_processes_that_start_at_once_share_one_server(private_home: Path) -> None:
    script = USE.replace('print("ready"', 'print(open(sys.argv[1] + "/data/postmaster.pid").readline().strip()')
    both = [python(script, private_home, wait=False) for _ in range(2)]
    pids = [process.stdout.readline().strip() for process in both]
    assert pids[0].isdigit()
    assert pids[0] == pids[1]
    for process in both:
        finish(process)
    assert not server_of(private_home).status().running


def test_it_comes_back_after_its_main_process_was_killed(home: Path) -> None:
    with server_of(home) as server:
        killed = server.status().pid
        ask(server, "CREATE TABLE committed AS SELECT 2 AS two")
        os.kill(killed, signal.SIGKILL)
        with server_of(home) as again:
            assert again.status().pid != killed
            assert ask(again, "TABLE committed") == [(2,)]


@pytest.mark.parametrize("seen", [True, False], ids=["seen", "unseen"])
def test_it_comes_back_when_a_killed_server_left_a_backend_at_work(
    home: Path, monkeypatch: pytest.MonkeyPatch, seen: bool
) -> None:
    if not seen:  # as in containers, where root may not look at other users' processes
        monkeypatch.setattr(processes, "_works_in", lambda pid, folder: False)
    with server_of(home) as server, psycopg.connect(server.url()) as connection:
        backend = connection.info.backend_pid
        os.kill(backend, signal.SIGSTOP)
        os.kill(server.status().pid, signal.SIGKILL)
        waker = subprocess.Popen(["sh", "-c", f"sleep 1; kill -CONT {backend}"])
        with server_of(home) as again:
            assert ask(again, "TABLE kept") == [(1,)]
        waker.wait()


def test_it_comes_back_when_all_were_killed_and_another_program_has_its_number(home: Path) -> None:
    with server_of(home) as server:
        main = server.status().pid
        for process in [main, *(row[0] for row in ask(server, "SELECT pid FROM pg_stat_activity"))]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.5)
        lock = home / "data" / "postmaster.pid"
        lines = lock.read_text().splitlines()
        lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        (home / "run" / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n")
        with server_of(home) as again:
            assert ask(again, "TABLE kept") == [(1,)]


def test_a_cluster_that_was_left_half_made_is_made_anew(private_home: Path) -> None:
    (private_home / "new-left" / "data").mkdir(parents=True)
    with server_of(private_home) as server:
        assert ask(server, "SELECT 1") == [(1,)]
    assert not list(private_home.glob("new-*"))


def test_it_moves_with_its_folder(home: Path) -> None:
    with server_of(home):
        pass
    moved = home.with_name("a b'c")
    home.rename(moved)
    with server_of(moved) as server:
        assert ask(server, "TABLE kept") == [(1,)]


def test_variables_of_other_clusters_are_not_heard(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PGDATA": "/nowhere", "PGHOST": "elsewhere", "PGPORT": "1"}.items():
        monkeypatch.setenv(name, value)
    with server_of(home) as server:
        assert server.status().running


def test_without_postgresql_it_says_what_to_install(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDMAP_POSTGRES_BIN", str(home))
    with pytest.raises(UnavailableError, match="PostgreSQL is not installed: on Debian"):
        server_of(home).start()


def test_without_postgis_it_says_what_to_install(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_has_postgis", lambda place: False)
    with pytest.raises(UnavailableError, match="PostGIS is not installed for PostgreSQL"):
        server_of(home).start()


def test_a_cluster_of_another_major_version_is_named(home: Path) -> None:
    (home / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(UnavailableError, match="/data was made by PostgreSQL 9, and this machine has"):
        server_of(home).start()


def test_a_path_too_long_for_a_socket_is_named(private_home: Path) -> None:
    with pytest.raises(UnavailableError, match="too long for a socket: at most 8"):
        server_of(private_home / ("long" * 30)).start()


def test_a_disk_that_is_full_is_named(private_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(10**9, 10**9, 0))
    with pytest.raises(UnavailableError, match=r"The disk under .* is full"):
        server_of(private_home).start()


def test_something_else_in_the_folders_place_is_named(private_home: Path) -> None:
    private_home.write_text("")
    with pytest.raises(UnavailableError, match="can't be a folder"):
        server_of(private_home).start()


def test_a_failed_start_leaves_nobody_behind(home: Path) -> None:
    version = home / "data" / "PG_VERSION"
    right = version.read_text()
    version.write_text("9\n")
    server = server_of(home)
    with pytest.raises(UnavailableError):
        server.start()
    version.write_text(right)
    with server_of(home):
        pass
    assert not server.status().running


@pytest.mark.skipif(os.geteuid() != 0, reason="the server runs as another user only for root")
def test_a_home_that_the_servers_user_cannot_enter_is_named(private_home: Path) -> None:
    private_home.mkdir(mode=0o700)
    with pytest.raises(UnavailableError, match=r"The user postgres, .*can't enter"):
        server_of(private_home / "inside").start()


SAVE = """
import sys
from pathlib import Path
from gridmap.database import changes
from gridmap.database.engine import make_engine
from gridmap.database.server import PrivateServer
from gridmap.database.store import save_layers
from tests.fixtures.districts import make_town
with PrivateServer(Path(sys.argv[1]), durable=False) as server:
    engine = make_engine(server.url())
    town = make_town()
    with engine.begin() as connection:
        version = changes.record(connection, actor="test", action="import", layers=town.filled())
        save_layers(connection, {name: town[name].head(0) for name in town}, mode="replace", version=version)
        print("ready", flush=True)
        sys.stdin.readline()
"""


@pytest.mark.parametrize("victim", ["the app", "the server", "both"])
def test_a_kill_during_an_import_leaves_the_data_as_they_were(home: Path, town: District, victim: str) -> None:
    with server_of(home) as server:
        load(server, town)
        importing = python(SAVE, home)
        if victim != "the app":
            kill_whole(server)
        if victim != "the server":
            importing.kill()
        importing.communicate(timeout=60)
    with server_of(home) as server:
        engine = make_engine(server.url())
        with engine.connect() as connection:
            after = counts(connection)
            assert latest(connection) == 1
        engine.dispose()
    assert {name: number for name, number in after.items() if number} == {n: len(town[n]) for n in town.filled()}


def kill_whole(server: PrivateServer) -> None:
    """Kill every process of the server: one that works on after the main one might still finish its import."""
    for pid in processes.working_in(server.data):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def load(server: PrivateServer, town: District) -> None:
    engine = make_engine(server.url())
    migrate.upgrade(engine)
    with engine.begin() as connection:
        version = record(connection, actor="test", action="import", layers=town.filled())
        save_layers(connection, {name: town[name] for name in town.filled()}, version=version)
    engine.dispose()
