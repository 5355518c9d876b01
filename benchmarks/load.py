"""Loading the sample's file into PostGIS, beside ogr2ogr, which only copies, where it is installed."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import measure
from benchmarks.served import home


def run() -> list[dict]:
    rows = []
    with tempfile.TemporaryDirectory() as files:
        district = str(Path(files) / "district.gpkg")
        gridmap = (sys.executable, "-m", "gridmap")
        subprocess.run([*gridmap, "sample", district], check=True, stdout=subprocess.DEVNULL)
        here = {"GRIDMAP_HOME": str(home().with_name("load"))}
        measure.command(*gridmap, "db", "start", **here)
        try:
            rows.append({"what": "gridmap import, all layers", **measure.command(*gridmap, "import", district, **here)})
            if shutil.which("ogr2ogr"):
                url = subprocess.run(
                    [*gridmap, "db", "url"], check=True, capture_output=True, text=True, env=here
                ).stdout.strip()
                copied = measure.command(
                    "ogr2ogr", "-f", "PostgreSQL", f"PG:{url}", district, "-lco", "SCHEMA=public", PG_USE_COPY="YES"
                )
                rows.append({"what": "ogr2ogr, all layers", **copied})
        finally:
            measure.command(*gridmap, "db", "stop", **here)
    return rows
