"""Where a use case takes its district from and where it puts its result: one code for files and the database."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gridmap.domain.analyses import READS
from gridmap.domain.district import District
from gridmap.domain.notes import Note
from gridmap.layers import read, read_district, write
from gridmap.services.outcome import Analysis, Outcome


class Source(Protocol):
    """Something that gives a district."""

    def district(self, analysis: Analysis) -> District:
        """What the analysis reads of the district, in EPSG:4326."""
        ...


class Sink(Protocol):
    """Something that keeps an outcome."""

    def save(self, analysis: Analysis, outcome: Outcome, *, settings: dict[str, Any], version: int | None) -> None:
        """Keep the tables of this outcome, all or none."""
        ...


@dataclass(frozen=True)
class FileSource:
    """A district file, or any file that can be recognised as layers of a district."""

    path: Path

    def district(self, analysis: Analysis) -> District:
        """What the analysis reads of the file's district; layers it doesn't have are empty."""
        if self.path.suffix.lower() == ".gpkg":
            return read_district(self.path, READS[analysis.name])
        return read(self.path).district


@dataclass(frozen=True)
class FileSink:
    """A file of results; the format follows from its ending."""

    path: Path

    def save(self, analysis: Analysis, outcome: Outcome, *, settings: dict[str, Any], version: int | None) -> None:  # noqa: ARG002
        """Write the tables as layers; a format of one layer gets the first of them."""
        write(self.path, outcome.tables)


def write_report(path: Path, report: Any, *, word: Callable[[Note], str]) -> None:
    """A report as JSON, whole or not at all; its notes as sentences, by `word`."""

    def plain(value: object) -> str:
        return word(value) if isinstance(value, Note) else str(value)

    text = json.dumps(report, ensure_ascii=False, indent=2, default=plain)
    part = path.with_name(path.name + ".part")
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)
