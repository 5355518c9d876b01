"""What the command line says: progress on a terminal only, then one screen of summary in the reader's language."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from gridmap.domain.errors import GridmapError
from gridmap.domain.words import ISOLATION_CLASSES, LAYER_NAMES, ROLES, Vocabulary
from gridmap.services.language import terminal_language, translator

if TYPE_CHECKING:
    from gridmap.database.server import Status
    from gridmap.services.files import Imported
    from gridmap.services.outcome import Outcome
    from gridmap.services.outcome import Progress as Watched
    from gridmap.services.settings import Settings

_PATIENCE = 1.5
"""Seconds before progress is drawn."""

_NOTES_SHOWN = 8


class Terminal:
    """Speaks to whoever typed the command: results on standard output, progress on standard error."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.lang = terminal_language(environment)
        self._translate = translator(self.lang)
        self._out = Console(highlight=False, soft_wrap=True)
        self._err = Console(stderr=True)

    def worded(self, error: GridmapError) -> str:
        """The error in the reader's language."""
        return error.worded(self._translate)

    def say(self, message: str, **params: Any) -> None:
        """One line, from a template in the catalogues."""
        self._out.print(self._translate(message).format(**params), markup=False)

    @contextmanager
    def watching(self) -> Iterator[Watched]:
        """A progress that is drawn when the work takes longer than a moment and somebody can see it."""
        started = time.monotonic()
        bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=self._err, transient=True
        )
        task = bar.add_task("", total=1.0)
        drawing = False

        def progress(share: float, words: str) -> None:
            nonlocal drawing
            if not drawing and sys.stderr.isatty() and time.monotonic() - started > _PATIENCE:
                bar.start()
                drawing = True
            bar.update(task, completed=share, description=self._translate(words))

        try:
            yield progress
        finally:
            if drawing:
                bar.stop()

    def table(self, rows: Mapping[str, Any], *, words: Vocabulary | None = None) -> None:
        """Labels and figures in two columns; labels from a vocabulary, or templates of the catalogues."""
        grid = Table.grid(padding=(0, 3))
        grid.add_column()
        grid.add_column(justify="right" if all(_is_figure(value) for value in rows.values()) else "left")
        for label, value in rows.items():
            grid.add_row("  " + self._label(label, words), _figure(value))
        self._out.print(grid)

    def serving(self, settings: Settings) -> None:
        """Where the map is, and for whom."""
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.say(
            "The map is at http://{host}:{port}/, for this machine only. Ctrl+C ends it.", host=host, port=settings.port
        )

    def server(self, status: Status) -> None:
        """How the private server stands."""
        if status.running:
            self.say("The private database runs.")
        else:
            self.say("The private database doesn't run." if status.made else "There is no private database yet.")
        rows: dict[str, Any] = {"folder": status.home}
        if status.running:
            rows |= {
                "PostgreSQL": status.version,
                "process": status.pid,
                "size": f"{(status.size_bytes or 0) / 2**20:,.0f} MB",
                "stays": self._translate(
                    "until gridmap db stop" if status.pinned else "until the last gridmap process ends"
                ),
            }
        self.table({label: str(value) for label, value in rows.items()})

    def imported(self, done: Imported) -> None:
        """What an import understood, repaired and refused."""
        report = done.report.as_dict()
        if done.version is None:
            self.say("Read, nothing loaded:")
        else:
            self.say("Loaded as data version {version}:", version=done.version)
        counts = Table.grid(padding=(0, 3))
        for justify in ("left", "right", "right", "right", "right"):
            counts.add_column(justify=justify)
        heads = [self._translate(word) for word in ("read", "loaded", "repaired", "rejected")]
        counts.add_row("", *heads)
        for layer in report["layers"]:
            counts.add_row(
                "  " + self._source(layer["source"], layer["layer"]), *(_figure(layer[key]) for key in _COUNTS)
            )
        counts.add_row("  " + self._translate("in all"), *(_figure(report[key]) for key in _COUNTS))
        self._out.print(counts)
        refused = [
            f"{note['layer']} {note['number']}: {note['reason']}"
            for note in report["features"]
            if note["action"] == "rejected"
        ]
        self._notes([*report["notes"], *refused])

    def outcome(self, name: str, outcome: Outcome, out: Path | None) -> None:
        """The summary of an analysis."""
        figures = outcome.figures
        match name:
            case "isolation":
                self.say("{compounds} compounds measured, {gates} gates proposed.", **figures)
                self.table({code: figures[code] for code in ISOLATION_CLASSES}, words=ISOLATION_CLASSES)
            case "grids":
                self.say(
                    "{communities} communities split into {grids} grids with {households} households.",
                    **_grouped(figures),
                )
                self.say("{fitting} of {basic} basic grids are within the allowed size.", **figures)
            case "leaders":
                self.say("{places} places, {vacant} vacant.", **_grouped(figures))
                for role, (places, vacant) in figures["roles"].items():
                    self.say(
                        "  {role}: {places}, {vacant} vacant",
                        role=self._label(role, ROLES),
                        places=places,
                        vacant=vacant,
                    )
                self.say("Staff of urban communities: {staff_needed} needed, {staff_in_place} in place.", **figures)
            case "plans":
                self._plan(figures)
        self._notes([note.worded(self._translate) for note in outcome.notes])
        if out is not None:
            self.say("Written to {path}.", path=out)

    def _plan(self, figures: Mapping[str, Any]) -> None:
        self.say(
            "{units} units in {regions} regions: {status}.",
            **{**figures, "status": self._translate(str(figures["status"]))},
        )
        if figures.get("gap") is not None:
            self.say(
                "Objective {objective}: {value}, at most {gap} from the best possible; {seconds} s.",
                objective=figures["objective"],
                value=f"{figures['objective_value']:,.1f}",
                gap=f"{figures['gap']:.2%}",
                seconds=f"{figures['seconds']:.1f}",
            )

    def _notes(self, notes: list[str]) -> None:
        for note in notes[:_NOTES_SHOWN]:
            self._out.print("  · " + note, markup=False)
        if len(notes) > _NOTES_SHOWN:
            self.say("  … and {more} more.", more=len(notes) - _NOTES_SHOWN)

    def _source(self, source: str, layer: str | None) -> str:
        return source if layer is None else f"{source} → {self._label(layer, LAYER_NAMES)}"

    def _label(self, code: str, words: Vocabulary | None) -> str:
        if words is not None and code in words:
            return words[code].zh if self.lang == "zh" else words[code].en
        return self._translate(code)


_COUNTS = ("read", "loaded", "repaired", "rejected")


def _is_figure(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _figure(value: Any) -> str:
    return f"{value:,}" if _is_figure(value) else str(value)


def _grouped(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _figure(value) for name, value in figures.items()}
