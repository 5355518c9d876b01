"""The analyses on the sample's file."""

import tempfile
from pathlib import Path

from benchmarks import measure


def run() -> list[dict]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for scale in measure.scales():
            district = str(Path(folder) / f"{scale}.gpkg")
            measure.command(*measure.GRIDMAP, "sample", district, "--scale", scale)
            for analysis in ("isolation", "grids", "leaders", "propose", "reach"):
                out = str(Path(folder) / f"{analysis}.gpkg")
                taken = measure.command(*measure.GRIDMAP, analysis, district, "-o", out)
                rows.append({"analysis": analysis, "scale": scale, **taken})
    return rows
