"""The private server's cluster of databases: how it is made, and its settings."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from gridmap.database import folders, postgres

DATA = "data"
"""The cluster's folder in the home folder."""
SOCKETS = "run"
"""The folder of the socket there."""
ROLE = "gridmap"
PORT = 5432
"""Part of the socket's name; the server opens no port."""

_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "1GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than a tile
    "max_parallel_workers_per_gather": "0",  # parallel queries need /dev/shm, which containers keep small
    "lc_messages": "C",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "server-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
}
_HASTY = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "64MB"}


def make(home: Path, installation: postgres.Installation, *, durable: bool) -> None:
    """Make the cluster aside and move it into place, so that one half made is never taken for a whole."""
    if shutil.disk_usage(home).free < folders.SPACE_LEAST:
        raise folders.full(home)
    for left in home.glob("new-*"):
        shutil.rmtree(left, ignore_errors=True)
    try:
        new = Path(tempfile.mkdtemp(prefix="new-", dir=home))
        _initialise(home, new, installation, durable=durable)
        (new / "data").rename(home / DATA)
        new.rmdir()
    except OSError as error:
        raise folders.unusable(home, error) from error


def _initialise(home: Path, new: Path, installation: postgres.Installation, *, durable: bool) -> None:
    user = postgres.server_user()
    if user is not None:
        os.chown(new, user.pw_uid, user.pw_gid)
    said = postgres.run(
        [
            *(installation.bin / "initdb", "--pgdata", new / "data", "--username", ROLE),
            *("--auth=trust", "--encoding=UTF8"),  # whoever may enter the socket's folder is let in
            *("--lc-collate=C", f"--lc-ctype={postgres.character_type()}", "--lc-messages=C"),
            *(() if durable else ("--no-sync",)),
        ],
        user=user,
    )
    if said.returncode:
        shutil.rmtree(new, ignore_errors=True)
        raise folders.explain(home, said.stderr)
    with (new / "data" / "postgresql.conf").open("a") as settings:
        settings.write("include_if_exists = 'gridmap.conf'\n")


def configure(home: Path, *, durable: bool) -> None:
    """Write the settings that the next start reads."""
    if not (home / DATA).is_dir():
        raise folders.not_writable(home)
    folder = str(home / SOCKETS).replace('"', '""').replace("'", "''")
    settings = _SETTINGS | {"unix_socket_directories": f'"{folder}"'} | ({} if durable else _HASTY)
    lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
    try:
        (home / DATA / "gridmap.conf").write_text(lines)
    except OSError as error:
        raise folders.unusable(home, error) from error
