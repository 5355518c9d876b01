"""What the analyses found: their latest results, and every run with the version of the data that it was made from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, Engine, Table, exists, func, insert, select, text, update

from gridmap.database import changes, plans, rows, tables, writing
from gridmap.database.checks import check_rows
from gridmap.database.store import load_layer, save_layers, worded_breaches
from gridmap.database.tables import ANALYSES, data_versions, runs
from gridmap.domain.errors import GridmapError, InputError, NotFoundError
from gridmap.domain.layers import DISTRICT_LAYERS, RESULT_LAYERS
from gridmap.domain.notes import Note, Words

_PLACES = ("streets", "communities", "compounds", "buildings", "stairwells", "gates", "barriers", "ways", "ground")

READS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "isolation": (*_PLACES, "centres"),
        "grids": (*_PLACES, "grids", "members"),
        "leaders": (*_PLACES, "staff", "grids", "members", "assignments"),
        "plans": (*_PLACES, "centres"),
    }
)
"""The layers whose change makes an analysis's result stale."""

GIVES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "isolation": ("isolation", "gate_proposals"),
        "grids": ("grids", "members"),
        "leaders": ("leaders", "need"),
        "plans": ("regions",),
    }
)
"""The layers that an analysis gives."""

_RUNS = 0x67726964
"""The space of our advisory locks; the number beside it is the run's."""

_ALIVE = exists(
    select(text("1"))
    .select_from(text("pg_locks"))
    .where(
        text("locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"),
        text(f"classid = {_RUNS} AND objid = runs.id"),
    )
)
"""Whether the process of a run still holds its lock."""


@dataclass(frozen=True)
class State:
    """How an analysis stands: `version` and `finished_at` are of its latest result, where there is one.

    `status`: never (no result), running, current, or stale (the data have changed since); `error` is what the latest
    run said when it failed. Like `doing` it is worded in the reader's language by whoever shows it.
    """

    status: Literal["never", "running", "current", "stale"]
    run: int | None = None
    version: int | None = None
    finished_at: datetime | None = None
    summary: Mapping[str, Any] | None = None
    progress: float | None = None
    doing: Note | None = None
    error: Note | None = None


def begin(connection: Connection, analysis: str, *, version: int, settings: Mapping[str, Any] | None = None) -> int:
    """Note that a run has begun; its number. The caller commits at once, so that others see it."""
    _require(analysis)
    values = {"analysis": analysis, "data_version": version, "status": "running", "settings": dict(settings or {})}
    return int(connection.scalar(insert(runs).values(values).returning(runs.c.id)) or 0)


def note_progress(connection: Connection, run: int, share: float, doing: Words) -> None:
    """Note how far a run is: a share of 0 to 1, and what it is doing."""
    connection.execute(update(runs).where(runs.c.id == run).values(progress=share, doing=_note(doing)))


def end(connection: Connection, run: int, status: Literal["failed", "cancelled"], *, error: Note) -> None:
    """Note that a run ended without a result."""
    connection.execute(
        update(runs)
        .where(runs.c.id == run, runs.c.status == "running")
        .values(status=status, error=error, finished_at=func.clock_timestamp())
    )


@contextmanager
def running(engine: Engine, analysis: str, *, version: int, settings: Mapping[str, Any] | None = None) -> Iterator[int]:
    """A run that is going on while the block does, for others to see; the block gets its number, for `save`.

    The run holds a lock that the server itself lets go when the process dies, so a killed one is known as such. When
    the block raises, the run has failed.
    """
    with engine.connect() as guard:
        run = begin(guard, analysis, version=version, settings=settings)
        guard.execute(select(func.pg_advisory_lock(_RUNS, run)))
        guard.commit()
        try:
            yield run
        except BaseException as error:
            end(guard, run, "failed", error=_why(error))
            guard.commit()
            raise
        finally:
            guard.execute(select(func.pg_advisory_unlock(_RUNS, run)))
            guard.commit()


def _note(words: Words) -> Note:
    return words if isinstance(words, Note) else Note(words)


def _why(error: BaseException) -> Note:
    """What the run failed of: an error of ours as it is, of a fault what there is to say."""
    if isinstance(error, GridmapError):
        return error.note
    return Note("A fault of the program: {reason}", {"reason": str(error) or type(error).__name__})


def end_interrupted(connection: Connection) -> int:
    """Note the runs that a killed process left behind as cancelled; how many."""
    return connection.execute(
        update(runs)
        .where(runs.c.status == "running", ~_ALIVE)
        .values(
            status="cancelled", error=Note("Its process ended before it was done."), finished_at=func.clock_timestamp()
        )
    ).rowcount


def save(
    connection: Connection,
    analysis: str,
    layers: Mapping[str, pd.DataFrame],
    *,
    settings: Mapping[str, Any],
    version: int | None,
    summary: Mapping[str, Any],
    actor: str = "gridmap",
    run: int | None = None,
) -> int:
    """Exchange an analysis's results for new ones, in the caller's transaction; the number of the run.

    Parameters
    ----------
    layers
        The result layers by name, as `RESULT_LAYERS` has them; layers of other names are left to others.
    version
        The data version that the results were made from; the latest by default.
    run
        The run that `begin` gave, which ends with this; a new one by default.
    """
    _require(analysis)
    version = changes.latest(connection) if version is None else version
    if run is None:
        run = begin(connection, analysis, version=version, settings=settings)
    given = [name for name in GIVES[analysis] if name in layers]
    detail = {"analysis": analysis, "run": run, "made_from": version}
    change = changes.record(connection, actor=actor, action="analyse", layers=GIVES[analysis], detail=detail)
    district = {name: layers[name] for name in given if name in DISTRICT_LAYERS}
    if district:
        save_layers(connection, district, mode="replace", version=change)
    for name in given:
        if name in tables.results:
            _exchange(connection, tables.results[name], layers[name], change)
    connection.execute(
        update(runs)
        .where(runs.c.id == run)
        .values(status="done", progress=1.0, doing=None, summary=dict(summary), finished_at=func.clock_timestamp())
    )
    return run


def _exchange(connection: Connection, table: Table, given: pd.DataFrame, version: int) -> None:
    layer = RESULT_LAYERS[table.name]
    frame = rows.prepare(given, layer)
    check_rows(frame, layer)
    with worded_breaches(layer):
        names = writing.stage(connection, table, layer, frame.assign(version=version))
        writing.require_parents(connection, table, layer)
        writing.exchange(connection, table, layer, names, mode="replace")
        connection.execute(text(f"DROP TABLE incoming_{layer.name}"))


def load(connection: Connection, name: str) -> gpd.GeoDataFrame:
    """The latest result of this layer in EPSG:4326; of regions those of the newest plan. Empty where there is none.

    Raises
    ------
    NotFoundError
        There is no such layer of results.
    """
    if name == "regions":
        return plans.newest_regions(connection)
    if name in tables.results:
        return rows.unfold(rows.read(connection, tables.results[name], RESULT_LAYERS[name]))
    if name in RESULT_LAYERS:
        return load_layer(connection, name)
    raise NotFoundError("There is no layer {layer} of results.", layer=name)


def state(connection: Connection, reads: Mapping[str, Collection[str]] = READS) -> dict[str, State]:
    """How each analysis stands, by name."""
    return {analysis: _state(connection, analysis, reads[analysis]) for analysis in ANALYSES}


def _state(connection: Connection, analysis: str, reads: Collection[str]) -> State:
    of_it = select(runs).where(runs.c.analysis == analysis).order_by(runs.c.id.desc()).limit(1)
    last = connection.execute(of_it.add_columns(_ALIVE.label("alive"))).first()
    done = connection.execute(of_it.where(runs.c.status == "done")).first()
    if last is None:
        return State("never")
    about = {
        "run": last.id,
        "version": done.data_version if done else None,
        "finished_at": done.finished_at if done else None,
        "summary": done.summary if done else None,
        "error": Note.from_data(last.error) if last.status == "failed" else None,
    }
    if last.status == "running" and last.alive:
        return State(
            "running", progress=last.progress, doing=Note.from_data(last.doing) if last.doing else None, **about
        )
    if done is None:
        return State("never", **about)
    newer = (
        select(data_versions.c.id)
        .where(data_versions.c.id > done.data_version, data_versions.c.layers.overlap(list(reads)))
        .where(func.coalesce(data_versions.c.detail["analysis"].astext, "") != analysis)
        .limit(1)
    )
    return State("current" if connection.scalar(newer) is None else "stale", **about)


def _require(analysis: str) -> None:
    if analysis not in ANALYSES:
        raise InputError(
            "There is no analysis {analysis}; there are: {known}.", analysis=analysis, known=", ".join(ANALYSES)
        )
