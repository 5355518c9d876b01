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
from gridmap.domain.notes import SOURCES, Note, Words, worded
from gridmap.domain.words import (
    ACCOUNT_ROLES,
    AUDIT_ACTIONS,
    FINDING_KINDS,
    ISOLATION_CLASSES,
    LAYER_NAMES,
    OBJECTIVES,
    ROLES,
    SERVICE_KINDS,
    Vocabulary,
)
from gridmap.services.language import terminal_language, translator

if TYPE_CHECKING:
    from gridmap.database.accounts import Account
    from gridmap.database.history import Load
    from gridmap.database.server import Status
    from gridmap.services.files import Imported
    from gridmap.services.outcome import Outcome
    from gridmap.services.outcome import Progress as Watched
    from gridmap.services.settings import Settings
    from gridmap.services.tls import Made

_PATIENCE = 1.5
"""Seconds before progress is drawn."""

_NOTES_SHOWN = 8
_COUNTS = ("read", "loaded", "repaired", "rejected")
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

    def serving(self, settings: Settings, passwords: Mapping[str, str]) -> None:
        """Where the map is, and for whom; the passwords of accounts that were just made."""
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        scheme = "https" if settings.tls else "http"
        if settings.local:
            self.say(
                "The map is at {scheme}://{host}:{port}/, for this machine only. Ctrl+C ends it.",
                scheme=scheme,
                host=host,
                port=settings.port,
            )
        else:
            self.say("Others reach the map at {scheme}://{host}:{port}/.", scheme=scheme, host=host, port=settings.port)
            if not settings.tls:
                self.say("There is no TLS: whoever is on the network can read along, and phones give no position.")
        if passwords:
            self.say("Accounts of the illustrative district, with passwords that are shown this once:")
            self._columns([(name, password) for name, password in passwords.items()])

    def accounts(self, accounts: Sequence[Account]) -> None:
        """The accounts, a line each."""
        if not accounts:
            self.say("There are no accounts yet; `gridmap user add` makes one.")
            return
        table = Table.grid(padding=(0, 3))
        for account in accounts:
            closed = self._translate("disabled") if account.disabled_at else ""
            table.add_row(
                f"  {account.name}", self._term(account.role, ACCOUNT_ROLES), account.belongs_to or "", closed
            )
        self._out.print(table)

    def certificate(self, made: Made) -> None:
        """What was made, and how phones come to trust it."""
        self.say("Certificate for {names}, until {day}.", names=", ".join(made.names), day=f"{made.until:%Y-%m-%d}")
        self.say("`gridmap serve --host ADDRESS` uses it from now on.")
        self.say("Phones and computers trust it once this file is installed on them: {path}", path=made.authority)
        self.say("  Its SHA-256 fingerprint: {fingerprint}", fingerprint=made.fingerprint)
        self.say("  While the server runs, they find the file at https://ADDRESS:PORT/authority.crt")
        self.say("  iPhone: open it, Settings > Profile Downloaded > Install, then About > Certificate Trust Settings.")
        self.say("  Android, HarmonyOS: Settings > Security > Encryption and credentials > Install > CA certificate.")
        self.say("  Windows: open it > Install > Trusted Root Certification Authorities.")
        self.say("Compare the fingerprint before trusting it. It can vouch for these names and for nothing else.")

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
        if done.loaded is None:
            self.say("Read, nothing loaded:")
        else:
            self.say("Loaded as data version {version}:", version=done.loaded.version)
        heads = (
            self._translate("read"),
            self._translate("loaded"),
            self._translate("repaired"),
            self._translate("rejected"),
        )
        counted = [(self._source(one["source"], one["layer"]), one) for one in report["layers"]]
        counted.append((self._translate("in all"), report))
        self._columns([(label, *(one[count] for count in _COUNTS)) for label, one in counted], heads)
        if done.loaded is not None:
            self._changed({name: rows.counts() for name, rows in done.loaded.saved.items()})
            self._notes([self.worded(note) for note in done.loaded.notes])
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
        if done.loaded is not None and done.loaded.kept:
            kept = done.loaded.kept
            self.say("Kept {count} corrections made on the spot, where the file says otherwise.", count=kept)

    def undone(self, load: Load) -> None:
        """What taking a load back did, and how to have it again."""
        told = {"version": load.undoes, "new": load.version}
        self.say("Data version {version} is taken back; the data as they are now are version {new}.", **told)
        self._changed({name: vars(effect) for name, effect in load.effects.items()})
        self.say("`gridmap undo {version}` brings it back.", version=load.version)

    def loads(self, loads: Sequence[Load]) -> None:
        """The loads, a line each."""
        if not loads:
            self.say("Nothing has been loaded yet.")
            return
        heads = [
            self._translate("version"),
            self._translate("when (UTC)"),
            self._translate("who"),
            self._translate("what"),
            self._translate("rows"),
        ]
        table = Table.grid(padding=(0, 3))
        table.add_row("  " + heads[0], *heads[1:], "")
        for load in loads:
            what = self._term(load.action, AUDIT_ACTIONS)
            what += f" {load.undoes}" if load.undoes else f" {load.file}" if load.file else ""
            table.add_row(
                f"  {load.version}", f"{load.at:%Y-%m-%d %H:%M}", load.actor, what, _signed(load), self._fate(load)
            )
        for column in table.columns[:3]:
            column.no_wrap = True
        self._out.print(table)

    def _fate(self, load: Load) -> str:
        if load.undone_by is not None:
            return self._translate("taken back by version {version}").format(version=load.undone_by)
        return self._translate("can be taken back") if load.can_undo else ""

    def _changed(self, changed: Mapping[str, Mapping[str, int]]) -> None:
        """What became of the rows of each layer."""
        heads = {
            "added": self._translate("added"),
            "changed": self._translate("changed"),
            "unchanged": self._translate("unchanged"),
            "removed": self._translate("removed"),
        }
        shown = [name for name in heads if any(name in counts for counts in changed.values())]
        rows = [(self.layer(layer), *(counts[name] for name in shown)) for layer, counts in changed.items()]
        if rows:
            self._columns(rows, [heads[name] for name in shown])

    def outcome(self, name: str, outcome: Outcome, out: Path | None) -> None:
        """The summary of an analysis."""
        figures = outcome.figures
        match name:
            case "isolation":
                self._notes([self.worded(note) for note in outcome.notes])
                self.say("{compounds} compounds measured, {gates} gates proposed.", **figures)
                self._columns([(self._term(code, ISOLATION_CLASSES), figures[code]) for code in ISOLATION_CLASSES])
            case "grids":
                self.say(
                    "{communities} communities split into {grids} grids with {households} households.",
                    **_grouped(figures),
                )
                self.say("{fitting} of {basic} basic grids are within the allowed size.", **figures)
                if figures["gap"] is not None:
                    self.say(
                        "Mean over the communities: {gap} above the least possible objective, {deviation} off the "
                        "target ({deviation_least} at least).",
                        **{name: f"{figures[name]:.1%}" for name in ("gap", "deviation", "deviation_least")},
                    )
            case "leaders":
                self.say("{places} places, {vacant} vacant.", **_grouped(figures))
                self._columns(
                    [(self._term(role, ROLES), *counts) for role, counts in figures["roles"].items()],
                    (self._translate("places"), self._translate("vacant")),
                )
                if figures["staff_least"] == figures["staff_most"]:
                    self.say("Staff of urban communities: {staff_needed} needed, {staff_in_place} in place.", **figures)
                else:
                    self.say(
                        "Staff of urban communities: {staff_needed} needed (between {staff_least} and {staff_most}, "
                        "since households are estimated), {staff_in_place} in place.",
                        **figures,
                    )
            case "plans":
                self._plan(figures)
            case "reach":
                self.say("Residents within reach on foot, and those over 60 at their speed:")
                rows = [(self._term(kind, SERVICE_KINDS), *_reached(own)) for kind, own in figures["kinds"].items()]
                heads = (
                    "5 min",
                    "10 min",
                    "15 min",
                    self._translate("15 min, at worst"),
                    self._translate("60+, 15 min"),
                )
                self._columns(rows, heads)
            case "check":
                self.say("{findings} findings, {errors} of them errors.", **_grouped(figures))
                self._columns([(self._term(kind, FINDING_KINDS), count) for kind, count in figures["kinds"].items()])
        if name != "isolation":
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
        return self._translate(SOURCES[source]) if source in SOURCES else source


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


def _signed(load: Load) -> str:
    """The rows of all layers that a load added, changed and removed: `+12 ~3 −1`."""
    sums = [sum(getattr(effect, name) for effect in load.effects.values()) for name in ("added", "changed", "removed")]
    return " ".join(f"{sign}{number:,}" for sign, number in zip("+~−", sums, strict=True) if number)


def _reached(figures: Mapping[str, int]) -> list[str]:
    """The shares of residents within 5, 10 and 15 minutes, at worst, and of those over 60 within 15."""
    residents = ("within_5", "within_10", "within_15", "within_15_worst")
    shares = [(figures[name], figures["residents"]) for name in residents]
    shares.append((figures["elderly_within_15"], figures["elderly"]))
    return [f"{part / whole:.0%}" if whole else "–" for part, whole in shares]


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
