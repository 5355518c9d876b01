"""Analyses of the database: from its layers into its results, where others see how far one is and how it ended."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine

from gridmap.database import changes, results
from gridmap.database import plans as stored_plans
from gridmap.database.engine import reading
from gridmap.database.store import counts, load_district
from gridmap.domain.analyses import READS
from gridmap.domain.district import District
from gridmap.domain.notes import Words
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.services.analysing import analyse, as_settings, silent
from gridmap.services.outcome import Analysis, Outcome, Progress
from gridmap.services.sources import Sink

_NOTE_EVERY_S = 1.0


@dataclass(frozen=True)
class DatabaseSource:
    """The district in the database."""

    engine: Engine

    def district(self, analysis: Analysis) -> District:
        """The layers that the analysis reads as they are now, with their data version."""
        with reading(self.engine) as connection:
            return load_district(connection, READS[analysis.name])


@dataclass(frozen=True)
class DatabaseSink:
    """The results in the database."""

    engine: Engine
    actor: str
    run: int

    def save(self, analysis: Analysis, outcome: Outcome, *, settings: dict[str, Any], version: int | None) -> None:
        """Exchange the analysis's latest result, or add a plan, in one transaction."""
        with self.engine.begin() as connection:
            if analysis.name == "plans":
                stored_plans.save_plan(connection, outcome.tables, outcome.report, version=version, actor=self.actor)
            results.save(
                connection,
                analysis.name,
                outcome.tables,
                settings=settings,
                version=version,
                summary=dict(outcome.figures),
                actor=self.actor,
                run=self.run,
            )


def analyse_database(
    analysis: Analysis,
    engine: Engine,
    *,
    actor: str,
    sinks: Iterable[Sink] = (),
    numbers: Numbers = DEFAULT_NUMBERS,
    progress: Progress = silent,
    **options: Any,
) -> Outcome:
    """As `analyse`, on the database, where others see that it runs, how far it is, and how it ended."""
    _draw_needed(analysis, engine, actor=actor, numbers=numbers, progress=progress)
    with engine.connect() as connection:
        version = changes.latest(connection)
    if analysis.after is not None:  # that is there now, so nothing need get ready for it
        analysis = replace(analysis, get_ready=None)
    with results.running(engine, analysis.name, version=version, settings=as_settings(options)) as run:
        return analyse(
            analysis,
            DatabaseSource(engine),
            [DatabaseSink(engine, actor, run), *sinks],
            numbers=numbers,
            progress=noted(engine, run, progress),
            **options,
        )


def _draw_needed(analysis: Analysis, engine: Engine, *, actor: str, numbers: Numbers, progress: Progress) -> None:
    """Run first what gives the layer that this analysis stands on, where there is none; its failure is ours too."""
    needed = analysis.after
    if needed is None:
        return
    with engine.connect() as connection:
        there, version = counts(connection)[needed.name], changes.latest(connection)
    if there:
        return
    try:
        analyse_database(needed, engine, actor=actor, numbers=numbers, progress=progress)
    except BaseException:
        with results.running(engine, analysis.name, version=version):
            raise


def noted(engine: Engine, run: int, progress: Progress) -> Progress:
    """The progress, also written into the database about once a second."""
    noted = 0.0

    def both(share: float, words: Words) -> None:
        nonlocal noted
        progress(share, words)
        if time.monotonic() - noted > _NOTE_EVERY_S:
            noted = time.monotonic()
            with engine.begin() as connection:
                results.note_progress(connection, run, share, words)

    return both
