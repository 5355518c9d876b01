"""The analyses by name, and the one way to run each: from a source, through the analysis, into its sinks."""

from __future__ import annotations

import time
from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine

from gridmap.database import changes, results
from gridmap.database.store import counts
from gridmap.domain.notes import Words
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.services.check import CHECK
from gridmap.services.grids import GRIDS
from gridmap.services.isolation import ISOLATION
from gridmap.services.leaders import LEADERS
from gridmap.services.outcome import Analysis, Outcome, Progress
from gridmap.services.plans import PLANS
from gridmap.services.reach import REACH
from gridmap.services.sources import DatabaseSink, DatabaseSource, Sink, Source

ANALYSES = MappingProxyType({analysis.name: analysis for analysis in (ISOLATION, GRIDS, LEADERS, PLANS, REACH, CHECK)})
"""In the order in which they are run: leaders need grids, and the check looks at grids, too."""

_NOTE_EVERY_S = 1.0


def silent(share: float, words: Words) -> None:
    """A progress that nobody watches."""


def analyse(
    analysis: Analysis,
    source: Source,
    sinks: Iterable[Sink],
    *,
    numbers: Numbers = DEFAULT_NUMBERS,
    progress: Progress = silent,
    **options: Any,
) -> Outcome:
    """Load the district, analyse it in metres, keep the outcome in every sink, and give it.

    Parameters
    ----------
    options
        The analysis's own, kept with the result as its settings.
    """
    progress(0.0, "reading")
    district = source.district(analysis)
    outcome = analysis.run(district.metric(), numbers=numbers, progress=progress, **options)
    for sink in sinks:
        sink.save(analysis, outcome, settings=_settings(options), version=district.version)
    return outcome


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
    """The same on the database, where others see that it runs, how far it is, and how it ended."""
    _draw_needed(analysis, engine, actor=actor, numbers=numbers, progress=progress)
    with engine.connect() as connection:
        version = changes.latest(connection)
    with results.running(engine, analysis.name, version=version, settings=_settings(options)) as run:
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


def _settings(options: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in options.items()}


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
