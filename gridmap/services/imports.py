"""A file that comes through the browser: kept for a day, read and tried out behind the page, loaded when confirmed.

The trial is the load itself, rolled back: what it says would change is what the load changes, and what would refuse the
load refuses the trial.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from sqlalchemy import Connection, Engine

from gridmap.database import changes, history, imports
from gridmap.database.imports import Waiting
from gridmap.domain.district import District
from gridmap.domain.errors import DataError, GridmapError, InputError
from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.domain.notes import Note, Words
from gridmap.domain.numbers import DEFAULT_NUMBERS, UNDO_LOADS, Numbers
from gridmap.layers import READABLE, NothingLoadsError, Reading, Report
from gridmap.services import files, preview
from gridmap.services.files import Imported
from gridmap.services.uploads import plain_name

MOST_WAITING = 10
"""Files of one account that wait at a time."""
_PIECE = 2**20
_HOW = ("layer", "crs", "encoding", "columns")

_log = logging.getLogger(__name__)


def receive(
    engine: Engine, account: int, *, name: str, stream: IO[bytes], most_mb: int, chosen: Mapping[str, Any]
) -> int:
    """Keep a file that an account sends, whole or not at all; its number.

    Raises
    ------
    InputError
        It is of no known kind, empty or too large, or too many wait already.
    """
    plain = plain_name(name)
    if not plain.lower().endswith(READABLE):
        raise InputError(
            "Can't tell the format of {path} by its ending; known are {formats}.",
            path=plain,
            formats=", ".join(READABLE),
        )
    with engine.begin() as connection:
        if len([one for one in imports.every(connection, account) if one.state != "loaded"]) >= MOST_WAITING:
            raise InputError("{most} files of yours wait already; load or cancel some first.", most=MOST_WAITING)
        number = imports.add(connection, account, name=plain, size=0, chosen=chosen)
        size = piece = 0
        while content := stream.read(_PIECE):
            size += len(content)
            if size > most_mb * 2**20:
                raise InputError("{name} is too large: at most {most} MB.", name=plain, most=most_mb)
            imports.add_piece(connection, number, piece, content)
            piece += 1
        if not size:
            raise InputError("{name} is empty.", name=plain)
        imports.set_size(connection, number, size)
    return number


def wish_undo(engine: Engine, account: int, version: int) -> int:
    """Enter the wish to take a load back; its number."""
    with engine.begin() as connection:
        return imports.add(connection, account, name="", size=0, chosen={"undo": version}, state="ordered")


def work_on(engine: Engine, number: int, *, numbers: Numbers = DEFAULT_NUMBERS, undo_loads: int = UNDO_LOADS) -> None:
    """Do the next step of an import: read it and try it out, or load it where that was confirmed."""
    with imports.at_work(engine, number):
        with engine.begin() as connection:
            waiting = imports.find(connection, number)
            if waiting is None:
                return
            reads = imports.move(connection, number, "reading", of=("waiting", "reading"))
            loads = not reads and imports.move(connection, number, "loading", of=("ordered", "loading"))
        try:
            if reads:
                _try_out(engine, waiting, numbers)
            elif loads and waiting.undoes is not None:
                _undo(engine, waiting, waiting.undoes, undo_loads)
            elif loads:
                _load(engine, waiting, numbers, undo_loads)
        except GridmapError as error:
            _move_on(engine, number, "refused", error=error.note)
        except BaseException as error:
            _log.exception("import %s", number)
            fault = Note("A fault of the program: {reason}", {"reason": str(error)[:300]})
            _move_on(engine, number, "refused", error=fault)
            raise


def give_up(engine: Engine, number: int, *, minutes: int) -> None:
    """Say of an import whose process was ended that it took too long; nothing of it was loaded."""
    why = Note("It took longer than {minutes} minutes and was stopped. Nothing was loaded.", {"minutes": minutes})
    with engine.begin() as connection:
        imports.move(connection, number, "refused", of=("waiting", "ordered", *imports.AT_WORK), error=why)


def _try_out(engine: Engine, waiting: Waiting, numbers: Numbers) -> None:
    try:
        reading = _read(engine, waiting, numbers)
    except NothingLoadsError as error:
        shown = _shown(Reading(District({}), error.report), Imported(error.report, None))
        _move_on(engine, waiting.id, "refused", of=("reading",), error=error.note, **shown)
        return
    _tell(engine, waiting.id, 0.6, "loading")
    refused = None
    with engine.connect() as connection:
        changes.wait_turn(connection)
        seen = changes.latest(connection)
        trial = connection.begin_nested()
        try:
            done = Imported(reading.report, _write(connection, waiting, reading))
        except DataError as error:
            done, refused = Imported(reading.report, None), error.note
        trial.rollback()
        changes.count_on_from(connection, seen)
        connection.rollback()
    _move_on(engine, waiting.id, "ready", of=("reading",), seen_version=seen, error=refused, **_shown(reading, done))


def _shown(reading: Reading, done: Imported) -> dict[str, Any]:
    """What the page shows of a file: the report, and what its map draws."""
    report = {**done.as_dict(), "layers_here": _layers(reading), "bounds": preview.bounds(reading)}
    return {"report": report, "features": preview.features(reading)}


def _move_on(engine: Engine, number: int, state: str, *, of: tuple[str, ...] = imports.AT_WORK, **values: Any) -> None:
    with engine.begin() as connection:
        imports.move(connection, number, state, of=of, **values)


def _load(engine: Engine, waiting: Waiting, numbers: Numbers, undo_loads: int) -> None:
    reading = _read(engine, waiting, numbers)
    _tell(engine, waiting.id, 0.6, "loading")
    with engine.begin() as connection:
        changes.wait_turn(connection)
        now = changes.latest(connection, _concerned(reading))
        if now > (waiting.seen_version or 0):
            raise DataError(
                "The data have changed since you looked at this (data version {version}). Look at it again.",
                version=now,
            )
        loaded = _write(connection, waiting, reading)
        history.keep(connection, loaded.version, most=undo_loads)
        report = {**(waiting.report or {}), **Imported(reading.report, loaded).as_dict()}
        imports.move(connection, waiting.id, "loaded", of=("loading",), version=loaded.version, report=report)
        imports.forget_file(connection, waiting.id)


def _undo(engine: Engine, waiting: Waiting, version: int, undo_loads: int) -> None:
    with engine.begin() as connection:
        done = history.undo(connection, version, actor=waiting.account, most=undo_loads)
        imports.move(connection, waiting.id, "loaded", of=("loading",), version=done.version)


def _read(engine: Engine, waiting: Waiting, numbers: Numbers) -> Reading:
    _tell(engine, waiting.id, 0.05, "reading")
    how = {name: value for name, value in waiting.chosen.items() if name in _HOW and value}
    with TemporaryDirectory(prefix="gridmap-") as folder:
        path = Path(folder) / waiting.name
        with engine.connect() as connection, path.open("wb") as file:
            for content in imports.pieces(connection, waiting.id):
                file.write(content)
        try:
            reading = files.read_file(engine, path, mode=waiting.chosen.get("mode", "merge"), numbers=numbers, **how)
        except InputError as error:
            told = {
                name: str(value).replace(str(path), waiting.name) if isinstance(value, str | Path) else value
                for name, value in error.note.params.items()
            }
            if isinstance(error, NothingLoadsError):
                raise NothingLoadsError(_named(error.report, waiting), error.note.message, **told) from None
            raise InputError(error.note.message, **told) from None
    _named(reading.report, waiting)
    people = [name for name in reading.district.filled() if name in ("staff", "assignments")]
    if people and not waiting.chosen.get("people"):
        raise DataError("The file brings people ({layers}); an administrator can load these.", layers=", ".join(people))
    return reading


def _named(report: Report, waiting: Waiting) -> Report:
    """The report with the name that the file was sent by."""
    report.file = waiting.name
    return report


def _write(connection: Connection, waiting: Waiting, reading: Reading) -> files.Loaded:
    return files.save_parts(
        connection,
        ((name, reading.district[name]) for name in reading.district.filled()),
        mode=waiting.chosen.get("mode", "merge"),
        actor=waiting.account,
        action="import",
        detail=files.about(waiting.name, illustrative=reading.illustrative),
    )


def _layers(reading: Reading) -> dict[str, int]:
    return {name: len(reading.district[name]) for name in reading.district.filled()}


def _concerned(reading: Reading) -> set[str]:
    """The layers that a file brings, and those that these refer to."""
    own = set(reading.district.filled())
    return own | {column.refers_to for name in own for column in DISTRICT_LAYERS[name].columns if column.refers_to}


def _tell(engine: Engine, number: int, share: float, doing: Words) -> None:
    with engine.begin() as connection:
        imports.note_progress(connection, number, share, doing)
