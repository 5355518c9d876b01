"""Loading the sample's file into an empty PostGIS, and the same again, beside ogr2ogr, which only copies.

Processor seconds and memory are the command's own, without the database's.
"""

import shutil
import tempfile
from pathlib import Path

from benchmarks import measure
from benchmarks.served import folder_of


def run() -> list[dict]:
    rows = []
    gridmap = measure.GRIDMAP
    with tempfile.TemporaryDirectory() as files:
        for scale in measure.scales():
            district = str(Path(files) / f"{scale}.gpkg")
            measure.command(*gridmap, "sample", district, "--scale", scale)
            here = {"GRIDMAP_HOME": str(folder_of(f"load-{scale}"))}
            measure.command(*gridmap, "db", "start", **here)
            try:
                for what in ("into an empty database", "the same again"):
                    taken = measure.command(*gridmap, "import", district, "--mode", "replace", **here)
                    rows.append({"what": f"gridmap import, {what}", "scale": scale, **taken})
                rows.append({"what": "ogr2ogr, copies all layers", "scale": scale, **_copied(district, here)})
            finally:
                measure.command(*gridmap, "db", "stop", **here)
    return rows


def _copied(district: str, here: dict[str, str]) -> dict[str, object]:
    if shutil.which("ogr2ogr") is None:
        return {"absent": "ogr2ogr isn't installed (Debian: gdal-bin)"}
    target = f"PG:{measure.said(*measure.GRIDMAP, 'db', 'url', **here)}"
    words = ("ogr2ogr", "-f", "PostgreSQL", target, district, "-lco", "SCHEMA=public")
    return {"version": measure.said("ogr2ogr", "--version"), **measure.command(*words, PG_USE_COPY="YES")}
