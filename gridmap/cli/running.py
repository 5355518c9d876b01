"""How commands run an analysis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridmap.cli.context import Context
from gridmap.domain.errors import InputError

if TYPE_CHECKING:
    from gridmap.services.outcome import Analysis, Outcome
    from gridmap.services.sources import Sink


def analysed(context: Context, analysis: Analysis, file: Path | None, out: Path | None, **options: Any) -> Outcome:
    """Run one analysis on a file into a file, or on the database into itself and, if wished, a file."""
    from gridmap.services.sources import FileSink, FileSource

    sinks: list[Sink] = [] if out is None else [FileSink(out)]
    if file is not None:
        if out is None:
            raise InputError("Say with -o where the result shall go.")
        from gridmap.services.analysing import analyse

        with context.terminal.watching() as progress:
            return analyse(
                analysis, FileSource(file), sinks, numbers=context.settings.numbers, progress=progress, **options
            )
    from gridmap.services.database import open_database
    from gridmap.services.stored_analyses import analyse_database

    with open_database(context.settings) as engine, context.terminal.watching() as progress:
        return analyse_database(
            analysis,
            engine,
            actor=context.actor,
            sinks=sinks,
            numbers=context.settings.numbers,
            progress=progress,
            **options,
        )
