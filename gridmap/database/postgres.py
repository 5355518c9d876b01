"""The PostgreSQL that is installed on this machine, and how its programs are run."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gridmap.domain.errors import UnavailableError
from gridmap.domain.notes import Note

OLDEST = 13
"""The oldest major version of PostgreSQL that we run on."""

_PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # PostgreSQL's own packages for Fedora, RHEL
    "/usr/bin",  # Fedora, Arch
    "/opt/homebrew/opt/postgresql@*/bin",  # Homebrew on Apple's processors
    "/opt/homebrew/bin",
    "/usr/local/opt/postgresql@*/bin",  # Homebrew on Intel's
    "/usr/local/bin",
    "/opt/local/lib/postgresql*/bin",  # MacPorts
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)

INSTALL = Note(
    "on Debian and Ubuntu `apt install postgresql postgis postgresql-postgis`, on Fedora `dnf install "
    "postgresql-server postgresql-contrib postgis`, on macOS `brew install postgresql postgis`"
)


@dataclass(frozen=True)
class Installation:
    """One installed PostgreSQL: its programs' folder, its major version, whether PostGIS is there."""

    bin: Path
    major: int
    postgis: bool


def installations() -> list[Installation]:
    """Every PostgreSQL that can make and run a cluster; those with PostGIS first, then the newest.

    `GRIDMAP_POSTGRES_BIN`, where it is set, names the only folder to look in.
    """
    found = [item for place in dict.fromkeys(_folders()) if (item := _installation(place)) is not None]
    return sorted(found, key=lambda item: (item.postgis, item.major), reverse=True)


def _folders() -> Iterator[Path]:
    chosen = os.environ.get("GRIDMAP_POSTGRES_BIN")
    if chosen:
        yield Path(chosen)
        return
    for pattern in _PLACES:
        yield from sorted(Path("/").glob(pattern[1:]), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent


def _installation(place: Path) -> Installation | None:
    if not all(os.access(place / name, os.X_OK) for name in ("initdb", "pg_ctl", "postgres")):
        return None
    said = run([place / "postgres", "--version"])
    version = re.search(r"\) (\d+)", said.stdout)
    if said.returncode or version is None or int(version[1]) < OLDEST:
        return None
    return Installation(place, int(version[1]), _has_postgis(place))


def _has_postgis(place: Path) -> bool:
    """Whether PostGIS is installed for it; taken for granted where pg_config doesn't tell, the server will."""
    if not os.access(place / "pg_config", os.X_OK):
        return True
    share = run([place / "pg_config", "--sharedir"]).stdout.strip()
    return (Path(share) / "extension" / "postgis.control").exists()


def choose(data: Path) -> Installation:
    """The PostgreSQL for this data folder: the one that made it, or the best for a new one.

    Raises
    ------
    UnavailableError
        PostgreSQL or PostGIS is missing, or the data folder is of a major version that isn't installed.
    """
    installed = installations()
    if not installed:
        raise UnavailableError("PostgreSQL is not installed: {install}.", install=INSTALL)
    made_by = data / "PG_VERSION"
    if made_by.exists():
        major = made_by.read_text().strip()
        fitting = [item for item in installed if str(item.major) == major]
        if not fitting:
            raise UnavailableError(
                "The database in {data} was made by PostgreSQL {major}, and this machine has {installed}; install "
                "PostgreSQL {major}, or move that folder away to begin with an empty database.",
                data=data,
                major=major,
                installed=", ".join(str(item.major) for item in installed),
            )
        installed = fitting
    if not installed[0].postgis:
        raise UnavailableError(
            "PostGIS is not installed for PostgreSQL {major}: {install}.", major=installed[0].major, install=INSTALL
        )
    return installed[0]


def character_type() -> str:
    """A locale that tells letters from signs in every script, where the machine has one."""
    known = {name.casefold().replace("-", "") for name in run(["locale", "-a"]).stdout.split()}
    return next((name for name in ("C.UTF-8", "en_US.UTF-8") if name.casefold().replace("-", "") in known), "C")


def server_user() -> pwd.struct_passwd | None:
    """The unprivileged user whom the server runs as when root starts it; None when the caller isn't root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError as error:
        raise UnavailableError(
            "PostgreSQL does not run as root and this machine has no user postgres; run gridmap as another user, "
            "or create that one."
        ) from error


def run(
    command: Sequence[str | Path], *, user: pwd.struct_passwd | None = None, password: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end as that user, deaf to PG… variables that point to other clusters."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment |= {"LC_ALL": "C", "TZ": "UTC"} | ({} if password is None else {"PGPASSWORD": password})
    identity: dict[str, int | list[int]] = {}
    if user is not None:
        environment["HOME"] = user.pw_dir
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return subprocess.run(  # type: ignore[call-overload]  # noqa: S603
        [str(part) for part in command],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        cwd="/",
        env=environment,
        **identity,
    )
