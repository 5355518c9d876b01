"""Writing plain buildings from PostGIS into a GeoPackage, beside ogr2ogr from the same table.

`SIZES` says how many buildings, as in the case `load`.
"""

import shutil
import tempfile
from pathlib import Path

from benchmarks import measure
from benchmarks.load import beside, buildings, emptied, rounds, running, sizes


def run() -> list[dict]:
    rows = []
    for size in sizes():
        with running(f"export-{size}") as (here, url), tempfile.TemporaryDirectory(prefix="gm-") as folder:
            emptied(url)
            with buildings(size) as file:
                measure.command(*measure.GRIDMAP, "import", str(file), **here)
            ours, theirs = [], []
            for number in range(rounds(size)):
                out = Path(folder) / f"{number}.gpkg"
                ours.append(measure.command(*measure.GRIDMAP, "export", "buildings", str(out), **here))
                if shutil.which("ogr2ogr"):
                    peer = Path(folder) / f"{number}-peer.gpkg"
                    theirs.append(measure.command("ogr2ogr", "-f", "GPKG", str(peer), f"PG:{url}", "gridmap.buildings"))
        rows += beside("gridmap export", ours, "ogr2ogr", theirs, buildings=size)
    return rows
