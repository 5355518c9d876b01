"""The four analyses on the sample's file, at scale 1 and 2."""

import sys
import tempfile
from pathlib import Path

from benchmarks import measure


def run() -> list[dict]:
    rows = []
    gridmap = (sys.executable, "-m", "gridmap")
    with tempfile.TemporaryDirectory() as folder:
        for scale in ("1", "2"):
            district = str(Path(folder) / f"{scale}.gpkg")
            measure.command(*gridmap, "sample", district, "--scale", scale)
            for analysis in ("isolation", "grids", "leaders", "propose"):
                out = str(Path(folder) / f"{analysis}.gpkg")
                rows.append(
                    {"analysis": analysis, "scale": scale, **measure.command(*gridmap, analysis, district, "-o", out)}
                )
    return rows
