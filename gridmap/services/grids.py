"""Grids: split communities into contiguous pieces that one leader can walk."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd

from gridmap.analysis.grids import Grids, grids
from gridmap.analysis.grids.walks import PairWalks
from gridmap.analysis.grids.workers import get_ready
from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers
from gridmap.services.outcome import Analysis, Outcome, Progress, geographic, require


def run(district: District, *, numbers: Numbers, progress: Progress, walks: PairWalks | None = None) -> Outcome:
    """Split every community of a metric district into grids; `walks` where they are known already."""
    require(district, "communities", "buildings")
    result = grids(district, numbers=numbers, walks=walks, progress=progress)
    return Outcome(
        tables={"grids": geographic(result.grids), "members": result.members},
        figures={
            "communities": len(district["communities"]),
            **figures(result.grids, numbers),
            "gap": _mean(result.values["gap"]),
            "deviation": _mean(result.values["deviation"]),
            "deviation_least": _mean(result.values["deviation_least"]),
            "by_community": by_community(result),
        },
        notes=tuple(result.notes),
    )


def figures(grids: gpd.GeoDataFrame, numbers: Numbers) -> dict[str, int]:
    """What the summary shows of a layer of grids; `numbers` hold where it doesn't say what size they should have."""
    basic = grids[grids["kind"] == "basic"]
    least, most = basic["size_least"].fillna(numbers.grid_least), basic["size_most"].fillna(numbers.grid_most)
    fitting = basic["households"].between(least, most)
    return {
        "grids": len(grids),
        "basic": len(basic),
        "fitting": int(fitting.sum()),
        "households": int(grids["households"].sum()),
    }


def by_community(result: Grids) -> list[dict[str, Any]]:
    """What is known of each community's grids, as the run's summary keeps it."""
    return [
        {str(name): value for name, value in row.items()} for row in result.values.astype(object).to_dict("records")
    ]


def _mean(values: pd.Series) -> float | None:
    """The mean over the communities with basic grids; None without any."""
    return round(float(values.mean()), 4) if len(values) else None


GRIDS = Analysis(name="grids", run=run, get_ready=get_ready)
