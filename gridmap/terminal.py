"""What the command line says: progress on a terminal only, then one screen of summary in the reader's language."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table

from gridmap.domain.errors import GridmapError, InputError
from gridmap.domain.layers import TRUTH_LAYER
from gridmap.domain.notes import Note, Words, template, worded
from gridmap.domain.words import ISOLATION_CLASSES, LAYER_NAMES, OBJECTIVES, ROLES, Vocabulary
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
_COUNTS = ("read", "loaded", "repaired", "rejected")
_SHAPES = {
    "points": template("point shapes"),
    "lines": template("line shapes"),
    "multipolygons": template("area shapes"),
}
"""The layers of an extract of OpenStreetMap."""
_NUMBERS = (click.types.IntParamType, click.types.FloatParamType)
_PROVEN = 1e-6
"""A gap of no more than this is rounding."""


class Terminal:
    """Speaks to whoever typed the command: results on standard output, progress on standard error."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.lang = terminal_language(environment)
        self._translate = translator(self.lang)
        self._out = Console(highlight=False, soft_wrap=True)
        self._err = Console(stderr=True)

    def worded(self, said: GridmapError | Note) -> str:
        """An error or a note in the reader's language."""
        return said.worded(self._translate)

    def say(self, message: str, **params: Any) -> None:
        """One line, from a template in the catalogues."""
        self._out.print(self._translate(message).format(**params), markup=False)

    @contextmanager
    def watching(self) -> Iterator[Watched]:
        """A progress that is drawn when the work takes longer than a moment and somebody can see it."""
        started = time.monotonic()
        bar = Progress(
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.description}", markup=False),
            console=self._err,
            transient=True,
        )
        task = bar.add_task("", total=1.0)
        drawing = False

        def progress(share: float, words: Words) -> None:
            nonlocal drawing
            if not drawing and sys.stderr.isatty() and time.monotonic() - started > _PATIENCE:
                bar.start()
                drawing = True
            bar.update(task, completed=share, description=worded(words, self._translate))

        try:
            yield progress
        finally:
            if drawing:
                bar.stop()

    def layers(self, counts: Mapping[str, int]) -> None:
        """The number of rows of each layer."""
        self._columns([(self.layer(name), count) for name, count in counts.items()])

    def listed(self, layers: Iterable[str]) -> str:
        """The names of layers, one after another."""
        return self._translate(", ").join(map(self.layer, layers))

    def layer(self, name: str) -> str:
        """The name of a layer; one that is none of ours stands as it is."""
        return self._translate("Truth about isolation") if name == TRUTH_LAYER.name else self._term(name, LAYER_NAMES)

    def _term(self, code: str, words: Vocabulary) -> str:
        if code not in words:
            return code
        return words[code].zh if self.lang == "zh" else words[code].en

    def _columns(self, rows: Iterable[Sequence[Any]], heads: Sequence[str] = ()) -> None:
        """Labels on the left, then figures under their heads."""
        table = Table.grid(padding=(0, 3))
        for row in ([("", *heads)] if heads else []) + [*rows]:
            table.add_row("  " + row[0], *(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row[1:]))
        for column in table.columns[1:]:
            column.justify = "right"
        self._out.print(table)

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
        elif status.made:
            self.say("The private database doesn't run.")
        else:
            self.say("There is no private database yet.")
        rows = {self._translate("folder"): str(status.home)}
        if status.running:
            rows |= {
                "PostgreSQL": str(status.version),
                self._translate("process"): str(status.pid),
                self._translate("size"): f"{(status.size_bytes or 0) / 2**20:,.0f} MB",
                self._translate("stays"): self._translate("until gridmap db stop")
                if status.pinned
                else self._translate("until the last gridmap process ends"),
            }
        table = Table.grid(padding=(0, 3))
        for label, value in rows.items():
            table.add_row("  " + label, value)
        self._out.print(table)

    def imported(self, done: Imported) -> None:
        """What an import understood, repaired and refused."""
        report = done.report.as_dict()
        if done.version is None:
            self.say("Read, nothing loaded:")
        else:
            self.say("Loaded as data version {version}:", version=done.version)
        heads = (
            self._translate("read"),
            self._translate("loaded"),
            self._translate("repaired"),
            self._translate("rejected"),
        )
        counted = [(self._source(one["source"], one["layer"]), one) for one in report["layers"]]
        counted.append((self._translate("in all"), report))
        self._columns([(label, *(one[count] for count in _COUNTS)) for label, one in counted], heads)
        refused = Counter(
            (one["layer"], self.worded(one["reason"])) for one in report["features"] if one["action"] == "rejected"
        )
        self._notes(
            [
                self._translate("{layer}: {count} rejected, {reason}").format(
                    layer=self._shapes(layer), count=f"{count:,}", reason=reason
                )
                for (layer, reason), count in refused.most_common()
            ]
            + [self.worded(note) for note in report["notes"]]
        )

    def outcome(self, name: str, outcome: Outcome, out: Path | None) -> None:
        """The summary of an analysis."""
        figures = outcome.figures
        match name:
            case "isolation":
                self.say("{compounds} compounds measured, {gates} gates proposed.", **figures)
                self._columns([(self._term(code, ISOLATION_CLASSES), figures[code]) for code in ISOLATION_CLASSES])
            case "grids":
                self.say(
                    "{communities} communities split into {grids} grids with {households} households.",
                    **_grouped(figures),
                )
                self.say("{fitting} of {basic} basic grids are within the allowed size.", **figures)
            case "leaders":
                self.say("{places} places, {vacant} vacant.", **_grouped(figures))
                self._columns(
                    [(self._term(role, ROLES), *counts) for role, counts in figures["roles"].items()],
                    (self._translate("places"), self._translate("vacant")),
                )
                self.say("Staff of urban communities: {staff_needed} needed, {staff_in_place} in place.", **figures)
            case "plans":
                self._plan(figures)
        self._notes([self.worded(note) for note in outcome.notes])
        if out is not None:
            self.say("Written to {path}.", path=out)

    def _plan(self, figures: Mapping[str, Any]) -> None:
        match figures["status"]:
            case "infeasible":
                self.say("No region can be made of these {units} units.", **_grouped(figures))
            case "partial":
                self.say(
                    "Regions: {regions}, of {units} units. Not every part can have one, see below.", **_grouped(figures)
                )
            case _:
                self.say("Regions: {regions}, of {units} units.", **_grouped(figures))
        gap = figures.get("gap")
        if gap is None:
            return
        told = {
            "objective": self._term(figures["objective"], OBJECTIVES),
            "value": f"{figures['objective_value']:,.0f}",
            "gap": f"{gap:.2%}",
            "seconds": f"{figures['seconds']:.1f}",
        }
        if gap > _PROVEN:
            self.say("Objective ({objective}): {value}, at most {gap} from the best possible; {seconds} s.", **told)
        else:
            self.say("Objective ({objective}): {value}, proven to be the best possible; {seconds} s.", **told)

    def _notes(self, notes: list[str]) -> None:
        for note in notes[:_NOTES_SHOWN]:
            self._out.print("  · " + note, markup=False)
        if len(notes) > _NOTES_SHOWN:
            self.say("  … and {more} more.", more=len(notes) - _NOTES_SHOWN)

    def _source(self, source: str, layer: str | None) -> str:
        if layer is None:
            return source
        return self.layer(layer) if source == layer else f"{self._shapes(source)} → {self.layer(layer)}"

    def _shapes(self, source: str) -> str:
        return self._translate(_SHAPES[source]) if source in _SHAPES else source


def misuse(error: click.ClickException) -> InputError:
    """What is wrong with the words that were typed, as an error of ours, which can be worded in any language."""
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "gridmap"
    match error:
        case click.NoSuchOption():
            said = InputError(
                "{command} has no option {option} (see {command} --help).", command=command, option=error.option_name
            )
        case click.exceptions.NoSuchCommand():
            said = InputError(
                "{command} has no command {name} (see {command} --help).", command=command, name=error.command_name
            )
        case click.MissingParameter() if error.param is not None:
            said = InputError(
                "{command} needs {name} (see {command} --help).", command=command, name=_parameter(error.param)
            )
        case click.BadParameter() if error.param is not None and isinstance(error.param.type, click.Choice):
            said = InputError(
                "{name} can be {choices} (see {command} --help).",
                command=command,
                name=_parameter(error.param),
                choices=", ".join(map(str, error.param.type.choices)),
            )
        case click.BadParameter() if error.param is not None and isinstance(error.param.type, click.Path):
            said = InputError(
                "{name} is a folder, or may not be written to (see {command} --help).",
                command=command,
                name=_parameter(error.param),
            )
        case click.BadParameter() if error.param is not None and isinstance(error.param.type, _NUMBERS):
            said = InputError(
                "{name} takes {number} (see {command} --help).",
                command=command,
                name=_parameter(error.param),
                number=_number(error.param),
            )
        case click.BadOptionUsage():
            said = InputError(
                "{option} needs a value (see {command} --help).", command=command, option=error.option_name
            )
        case _:
            reason = error.format_message().rstrip().rstrip(".")
            said = InputError("{reason} (see {command} --help).", command=command, reason=reason)
    return said


def _parameter(param: click.Parameter) -> str:
    """A parameter as it is typed: its long option, or its name in capitals."""
    return max(param.opts, key=len) if isinstance(param, click.Option) else param.human_readable_name


def _number(param: click.Parameter) -> Note:
    """What number a parameter takes."""
    of = param.type
    kind = Note("a whole number") if isinstance(of, click.types.IntParamType) else Note("a number")
    if not isinstance(of, click.IntRange | click.FloatRange):
        return kind
    low = "" if of.min is None else f"{of.min} {'<' if of.min_open else '≤'} "
    high = "" if of.max is None else f" {'<' if of.max_open else '≤'} {of.max}"
    return Note("{kind} ({low}x{high})", {"kind": kind, "low": low, "high": high})


def _grouped(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {name: f"{value:,}" if isinstance(value, int) else value for name, value in figures.items()}
