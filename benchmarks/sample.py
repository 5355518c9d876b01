"""Writing the illustrative district."""

import tempfile
from pathlib import Path

from benchmarks import measure


def run() -> list[dict]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for scale in measure.scales():
            out = str(Path(folder) / f"{scale}.gpkg")
            rows.append({"scale": scale, **measure.command(*measure.GRIDMAP, "sample", out, "--scale", scale)})
    return rows
