"""What a use case gives back: tables to keep, figures to show, and what could not be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from gridmap.domain.district import District
from gridmap.domain.errors import DataError
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.notes import Note, Words, template

Progress = Callable[[float, Words], None]
"""Called with the share that is done, 0 to 1, and what is being done."""

_LACKING = {
    "communities": template("The district has no communities, and this needs them. Import them first."),
    "compounds": template("The district has no compounds, and this needs them. Import them first."),
    "buildings": template("The district has no buildings, and this needs them. Import them first."),
    "ways": template("The district has no ways, and this needs them. Import them first."),
}


@dataclass(frozen=True)
class Outcome:
    """The result of one use case.

    Attributes
    ----------
    tables
        Results by layer in the order they are written, in EPSG:4326 where they have geometry.
    figures
        What the summary shows, by name.
    notes
        What could not be done or is doubtful, for the reader.
    report
        The machine-readable report, where the command has one.
    """

    tables: Mapping[str, Any]
    figures: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    report: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Analysis:
    """One of the analyses by its name, how it runs on a metric district, and the one whose layer it needs.

    `get_ready` begins what takes its time and doesn't ask for the district, while that is read.
    """

    name: str
    run: Callable[..., Outcome]
    after: Analysis | None = None
    get_ready: Callable[[], None] | None = None


def geographic(table: pd.DataFrame) -> pd.DataFrame:
    """The table in EPSG:4326; one without geometry as it is."""
    return table.to_crs(GEOGRAPHIC) if isinstance(table, gpd.GeoDataFrame) else table


def require(district: District, *names: Literal["communities", "compounds", "buildings", "ways"]) -> None:
    """Refuse a district that lacks one of these layers, in words."""
    for name in names:
        if not len(district[name]):
            raise DataError(_LACKING[name])
