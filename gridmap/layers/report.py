"""What was read, loaded, repaired and rejected, feature by feature: the report of an import (DESIGN section 7)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from gridmap.domain.district import District
from gridmap.domain.errors import InputError
from gridmap.domain.notes import Note

MOST_LISTED = 100_000
"""Features that a report lists one by one; a file with more of them wants another kind of look."""
Action = Literal["repaired", "rejected", "noted"]
FaultKind = Literal["overlap", "gap", "uncovered"]


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
    """What happened to one feature, and why. `number` counts from 1 in the source layer; `shape` is in EPSG:4326, as it
    was loaded or, where it was rejected, as it came, if that can be drawn.
    """

    layer: str
    number: int
    action: Action
    reason: Note
    code: str | None = None
    shape: Any = field(default=None, repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """The feature as R.json has it, but for its sentence, which is a note."""
        told = {name: value for name, value in vars(self).items() if name != "shape"}
        return {**told, "reason_code": self.reason.code}


@dataclass(frozen=True)
class Fault:
    """An overlap of two areas, or a gap that several enclose: how large, how wide, a place in it, whose it is.

    `codes` are of the areas that it lies between; of a gap that is open to an outline, the outline's.
    """

    kind: FaultKind
    area_m2: float
    width_m: float
    lon: float
    lat: float
    codes: tuple[str, ...]


@dataclass
class CoverageReport:
    """How the areas of one layer tile: what was `closed`, what is `left`, what each changed area gained and lost.

    `width_m` is the widest that was closed; None where the layer needn't tile and its overlaps are listed only.
    """

    layer: str
    width_m: float | None
    areas: int
    changed: list[dict[str, Any]] = field(default_factory=list)
    closed: list[Fault] = field(default_factory=list)
    left: list[Fault] = field(default_factory=list)

    def sums(self) -> dict[str, Any]:
        """How many overlaps and gaps were closed, and their m²."""
        over = [fault.area_m2 for fault in self.closed if fault.kind == "overlap"]
        gaps = [fault.area_m2 for fault in self.closed if fault.kind == "gap"]
        return {
            "overlaps_closed": len(over),
            "overlap_m2": round(sum(over), 4),
            "gaps_closed": len(gaps),
            "gap_m2": round(sum(gaps), 4),
        }

    def as_dict(self) -> dict[str, Any]:
        """The entry as R.json has it."""
        lists = {name: [vars(fault) for fault in getattr(self, name)] for name in ("closed", "left")}
        of = {"layer": self.layer, "areas": self.areas, "width_m": self.width_m}
        return {**of, **self.sums(), "changed": list(self.changed), **lists}


@dataclass
class Report:
    """The whole of it. `notes` are sentences about the file; `derived` counts values that gridmap worked out.

    `coverage` says how streets, communities, compounds and grids tile.
    """

    file: str
    layers: list[LayerReport] = field(default_factory=list)
    features: list[FeatureNote] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    derived: dict[str, int] = field(default_factory=dict)
    beyond: Counter[tuple[str, Action, str | None]] = field(default_factory=Counter)
    """How many more features than are listed, by layer, action and the reason's code."""
    coverage: list[CoverageReport] = field(default_factory=list)

    def note(self, sentence: Note) -> None:
        """Add a sentence, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def count(self, sentence: Note) -> None:
        """Add a sentence with a `count`, or its count to that of one that says the same of the same."""
        same = {name: value for name, value in sentence.params.items() if name not in {"count", "example"}}
        for place, note in enumerate(self.notes):
            if note.message == sentence.message and same.items() <= note.params.items():
                more = int(str(note.params["count"])) + int(str(sentence.params["count"]))
                self.notes[place] = replace(note, params={**note.params, "count": more})
                return
        self.notes.append(sentence)

    def feature(self, note: FeatureNote) -> None:
        """Add what happened to a feature; beyond the first `MOST_LISTED` they are counted by layer and reason."""
        if len(self.features) < MOST_LISTED:
            self.features.append(note)
        else:
            self.beyond[note.layer, note.action, note.reason.code] += 1

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
            "features": [feature.as_dict() for feature in self.features],
            "features_beyond": [
                {"layer": layer, "action": action, "reason_code": code, "count": count}
                for (layer, action, code), count in sorted(self.beyond.items(), key=str)
            ],
            "notes": [*self.notes, *self._beyond()],
            "derived": dict(self.derived),
            "coverage": [entry.as_dict() for entry in self.coverage],
        }

    def _beyond(self) -> list[Note]:
        if not self.beyond:
            return []
        more = {"listed": f"{MOST_LISTED:,}", "more": f"{self.beyond.total():,}"}
        return [
            Note("The report lists the first {listed} repaired or rejected features; {more} more are counted.", more)
        ]


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


class NothingLoadsError(InputError):
    """A file was read of which no row can be loaded; its `report` tells of each why."""

    def __init__(self, report: Report, message: str, /, **params: object) -> None:
        super().__init__(message, **params)
        self.report = report
