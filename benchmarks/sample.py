"""Writing the illustrative district, at scale 1 and 10."""

import sys
import tempfile
from pathlib import Path

from benchmarks import measure


def run() -> list[dict]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for scale in ("1", "10"):
            out = str(Path(folder) / f"{scale}.gpkg")
            rows.append(
                {"scale": scale, **measure.command(sys.executable, "-m", "gridmap", "sample", out, "--scale", scale)}
            )
    return rows
