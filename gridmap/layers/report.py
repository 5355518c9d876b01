"""What was read, loaded, repaired and rejected, feature by feature: the report of an import (DESIGN section 7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from gridmap.domain.district import District
from gridmap.domain.notes import Note

Action = Literal["repaired", "rejected", "noted"]


@dataclass
class LayerReport:
    """One layer of the source and the layer it became; `read` is `loaded` plus `rejected`."""

    source: str
    layer: str | None
    encoding: str | None = None
    encoding_known_by: Note | None = None
    crs: str | None = None
    crs_known_by: Note | None = None
    columns: dict[str, str] = field(default_factory=dict)
    read: int = 0
    loaded: int = 0
    repaired: int = 0
    rejected: int = 0
    ignored: int = 0


@dataclass(frozen=True)
class FeatureNote:
    """What happened to one feature, and why. `number` counts from 1 in the source layer."""

    layer: str
    number: int
    action: Action
    reason: Note
    code: str | None = None


@dataclass
class Report:
    """The whole of it. `notes` are sentences about the file; `derived` counts values that gridmap worked out."""

    file: str
    layers: list[LayerReport] = field(default_factory=list)
    features: list[FeatureNote] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    derived: dict[str, int] = field(default_factory=dict)

    def note(self, sentence: Note) -> None:
        """Add a sentence, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def total(self, count: Literal["read", "loaded", "repaired", "rejected"]) -> int:
        """The sum of one count over all layers."""
        return sum(getattr(layer, count) for layer in self.layers)

    def as_dict(self) -> dict[str, Any]:
        """The report as R.json has it, but for its sentences, which are notes."""
        return {
            "file": self.file,
            "layers": [dict(vars(layer)) for layer in self.layers],
            "read": self.total("read"),
            "loaded": self.total("loaded"),
            "repaired": self.total("repaired"),
            "rejected": self.total("rejected"),
            "features": [{**vars(feature), "reason_code": feature.reason.code} for feature in self.features],
            "notes": list(self.notes),
            "derived": dict(self.derived),
        }


@dataclass(frozen=True)
class Counts:
    """Rows of counts by community as they were read, with what the report says of them; `numbers` are the source's."""

    table: pd.DataFrame
    numbers: npt.NDArray[np.int64]
    layer: LayerReport


@dataclass(frozen=True)
class Reading:
    """A file understood: the district it makes (EPSG:4326), and what happened on the way.

    `illustrative`: it is the sample's own file, as the truth tells that it brings along. `counts` are tables of counts
    by community whose communities aren't in the file.
    """

    district: District
    report: Report
    illustrative: bool = False
    counts: tuple[Counts, ...] = ()
