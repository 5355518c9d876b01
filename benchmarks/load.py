"""Loading plain buildings into a running, empty PostGIS, beside ogr2ogr, which only copies, into the same database.

`SIZES` says how many buildings. Up to 100,000 each is done three times in turn and the fastest counts; processor
seconds and memory are the command's own, without the database's. `ratio` is gridmap's time by the peer's.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks import measure
from benchmarks.served import folder_of

_OFTEN = 100_000
_ROUNDS = 3


def sizes() -> list[int]:
    """How many buildings: `make bench CASE=load SIZES="100000"`."""
    return [int(size) for size in os.environ.get("SIZES", "100000 1000000").split()]


def run() -> list[dict]:
    rows = []
    for size in sizes():
        with running(f"load-{size}") as (here, url), buildings(size) as file:
            ours, theirs = [], []
            for _ in range(rounds(size)):
                emptied(url)
                ours.append(measure.command(*measure.GRIDMAP, "import", str(file), **here))
                if shutil.which("ogr2ogr"):
                    words = (
                        "ogr2ogr",
                        "-f",
                        "PostgreSQL",
                        f"PG:{url}",
                        str(file),
                        "-lco",
                        "SCHEMA=public",
                        "-overwrite",
                    )
                    theirs.append(measure.command(*words, PG_USE_COPY="YES"))
            again = measure.command(*measure.GRIDMAP, "import", str(file), **here)
        rows += beside("gridmap import", ours, "ogr2ogr, copies all layers", theirs, buildings=size)
        rows.append({"what": "gridmap import, the same again", "buildings": size, **again})
    return rows


def rounds(size: int) -> int:
    """How often it is measured."""
    return _ROUNDS if size <= _OFTEN else 1


def beside(what: str, ours: list[dict], peer: str, theirs: list[dict], **about: object) -> list[dict]:
    """The fastest of each as a row, the peer's with its version, or that it isn't there."""
    best = min(ours, key=lambda one: one["seconds"])
    if not theirs:
        absent = {"what": peer, **about, "absent": "ogr2ogr isn't installed (Debian: gdal-bin)"}
        return [{"what": what, **about, **best}, absent]
    copied = min(theirs, key=lambda one: one["seconds"])
    version = measure.said("ogr2ogr", "--version")
    return [
        {"what": what, **about, **best, "ratio": round(best["seconds"] / copied["seconds"], 2)},
        {"what": peer, **about, **copied, "version": version},
    ]


@contextmanager
def running(case: str) -> Iterator[tuple[dict[str, str], str]]:
    """A private server of this case's own, with empty tables: the variables that name it, and its address."""
    here = {"GRIDMAP_HOME": str(folder_of(case))}
    measure.command(*measure.GRIDMAP, "db", "start", **here)
    try:
        measure.command(*measure.GRIDMAP, "user", "list", **here)  # the first look makes the tables
        yield here, measure.said(*measure.GRIDMAP, "db", "url", **here)
    finally:
        measure.command(*measure.GRIDMAP, "db", "stop", **here)


@contextmanager
def buildings(size: int) -> Iterator[Path]:
    """A GeoPackage of so many buildings."""
    with tempfile.TemporaryDirectory(prefix="gm-") as folder:
        file = Path(folder) / "buildings.gpkg"
        # in a process of its own: a child's peak of memory counts from its parent's
        subprocess.run([sys.executable, "-m", "benchmarks.buildings", str(size), str(file)], check=True)
        yield file


def emptied(url: str) -> None:
    """No places are left in the database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE gridmap.places CASCADE")
        connection.execute("VACUUM ANALYZE")
