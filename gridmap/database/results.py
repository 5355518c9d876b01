"""What the analyses found: their latest results, and every run with the version of the data that it was made from."""

# ruff: noqa: S608 (the pieces of these statements are our own)

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, Engine, Row, Table, func, insert, select, text, update

from gridmap.database import changes, plans, rows, tables, writing
from gridmap.database.checks import check_rows
from gridmap.database.store import load_layer, save_layers, worded_breaches
from gridmap.database.tables import ANALYSES, runs
from gridmap.domain.analyses import GIVES, READS
from gridmap.domain.errors import GridmapError, InputError, NotFoundError
from gridmap.domain.layers import DISTRICT_LAYERS, RESULT_LAYERS
from gridmap.domain.notes import Note, Words

_RUNS = 0x67726964
"""The space of our advisory locks; the number beside it is the run's."""

_ALIVE = f"""EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND classid = {_RUNS} AND objid = r.id
)"""
"""Whether the process of the run `r` still holds its lock."""

_INTERRUPTED = text(
    f"""
    UPDATE gridmap.runs r SET status = 'cancelled', finished_at = clock_timestamp()
    WHERE r.status = 'running' AND NOT {_ALIVE}
    """
)

_STATE = text(
    f"""
    SELECT asked.analysis, last.id AS run, last.progress, last.doing, done.data_version AS version, done.finished_at,
        done.summary, CASE WHEN last.status = 'failed' THEN last.error END AS error,
        CASE WHEN last.alive THEN 'running'
            WHEN done.id IS NULL THEN 'never'
            WHEN EXISTS (
                SELECT FROM gridmap.data_versions v
                WHERE v.id > done.data_version AND v.layers && asked.reads
                    AND v.detail ->> 'analysis' IS DISTINCT FROM asked.analysis
            ) THEN 'stale'
            ELSE 'current' END AS status
    FROM (
        SELECT key AS analysis, ARRAY(SELECT jsonb_array_elements_text(value)) AS reads
        FROM jsonb_each(CAST(:reads AS jsonb))
    ) asked
    LEFT JOIN LATERAL (
        SELECT r.*, r.status = 'running' AND {_ALIVE} AS alive FROM gridmap.runs r
        WHERE r.analysis = asked.analysis ORDER BY r.id DESC LIMIT 1
    ) last ON true
    LEFT JOIN LATERAL (
        SELECT r.* FROM gridmap.runs r
        WHERE r.analysis = asked.analysis AND r.status = 'done' ORDER BY r.id DESC LIMIT 1
    ) done ON true
    """
).bindparams(reads=json.dumps(dict(READS)))


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
    return connection.execute(_INTERRUPTED).rowcount


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
        writing.exchange(connection, table, layer, names, mode="replace", version=version)
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


def state(connection: Connection) -> dict[str, State]:
    """How each analysis stands, by name."""
    found = {row.analysis: row for row in connection.execute(_STATE)}
    return {analysis: _state(found[analysis]) for analysis in ANALYSES}


def _state(row: Row[Any]) -> State:
    going_on = row.status == "running"
    return State(
        row.status,
        run=row.run,
        version=row.version,
        finished_at=row.finished_at,
        summary=row.summary,
        progress=row.progress if going_on else None,
        doing=Note.from_data(row.doing) if going_on and row.doing else None,
        error=Note.from_data(row.error) if row.error else None,
    )


def _require(analysis: str) -> None:
    if analysis not in ANALYSES:
        raise InputError(
            "There is no analysis {analysis}; there are: {known}.", analysis=analysis, known=", ".join(ANALYSES)
        )
