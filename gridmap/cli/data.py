"""Commands that get data in, check them, and get them out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gridmap.cli.context import EXISTING, NEW, Context, command, pass_context
from gridmap.cli.running import analysed


@command()
@click.argument("out", type=NEW)
@click.option(
    "--seed", type=click.IntRange(0), default=2012, show_default=True, help="The same seed, the same district."
)
@click.option(
    "--scale", type=click.FloatRange(0.05, 100), default=1.0, show_default=True, help="10: ten times as much."
)
@pass_context
def sample(context: Context, out: Path, seed: int, scale: float) -> None:
    """Write the illustrative district to OUT."""
    from gridmap.services import illustrative

    with context.terminal.watching() as progress:
        counts = illustrative.write_sample(out, seed=seed, scale=scale, progress=progress)
    context.terminal.say("Illustrative district written to {path}.", path=out)
    context.terminal.layers(counts)


@command(name="import")
@click.argument("file", type=EXISTING)
@click.option("--layer", help="The layer that the file's features are, where that can't be told.")
@click.option("--crs", help="EPSG:n, wgs84, gcj02 or bd09, where the file's own word is missing or wrong.")
@click.option("--encoding", help="Encoding of its text, where it can't be told.")
@click.option("--columns", type=EXISTING, help="JSON that maps the file's columns to ours.")
@click.option(
    "--mode",
    type=click.Choice(["merge", "replace"]),
    default="merge",
    show_default=True,
    help="Complete the layers that are there, or exchange them.",
)
@click.option("--dry-run", is_flag=True, help="Read and report, load nothing.")
@click.option("--report", type=NEW, help="Write what was understood, repaired and refused as JSON.")
@pass_context
def import_(
    context: Context,
    /,
    file: Path,
    columns: Path | None,
    mode: Any,
    dry_run: bool,
    report: Path | None,
    **how: Any,
) -> None:
    """Load FILE into the database.

    It is read, recognised, repaired and checked, and loaded in one transaction: all of it or nothing.
    """
    from gridmap.layers import NothingLoadsError
    from gridmap.services import files
    from gridmap.services.database import is_there, open_database
    from gridmap.services.sources import write_report

    def told(of: files.Imported) -> None:
        if report is not None:
            write_report(report, of.as_dict(), word=context.terminal.worded)

    if columns is not None:
        how["columns"] = files.read_columns(columns)
    how["numbers"] = context.settings.numbers
    try:
        with context.terminal.watching() as progress:
            if dry_run and not is_there(context.settings):
                done = files.import_file(None, file, mode=mode, actor=context.actor, progress=progress, **how)
            else:
                with open_database(context.settings) as engine:
                    done = files.import_file(
                        engine,
                        file,
                        mode=mode,
                        actor=context.actor,
                        progress=progress,
                        undo_loads=context.settings.undo_loads,
                        dry_run=dry_run,
                        **how,
                    )
    except NothingLoadsError as error:
        told(files.Imported(error.report, None))
        raise
    told(done)
    context.terminal.imported(done)


@command()
@click.argument("version", type=click.IntRange(1), required=False)
@pass_context
def undo(context: Context, version: int | None) -> None:
    """Take back an import.

    Without VERSION it is the latest that stands. All it changed is as before, in one transaction; what others changed
    since stays. This is a data version of its own, which can be taken back, too.
    """
    from gridmap.services import history
    from gridmap.services.database import open_database

    with open_database(context.settings) as engine:
        done = history.undo(engine, version, actor=context.actor, undo_loads=context.settings.undo_loads)
    context.terminal.undone(done)


@command()
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many, the latest.")
@pass_context
def versions(context: Context, limit: int) -> None:
    """List what was loaded, and what can be taken back."""
    from gridmap.services import history
    from gridmap.services.database import open_database

    with open_database(context.settings) as engine:
        context.terminal.loads(history.loads(engine, limit=limit))


@command()
@click.argument("layer")
@click.argument("out", type=NEW)
@click.option("--crs", help="EPSG:n, wgs84, gcj02 or bd09 [wgs84].")
@pass_context
def export(context: Context, layer: str, out: Path, crs: str | None) -> None:
    """Write a LAYER or result to OUT.

    The format follows from OUT's ending: gpkg, geojson, csv, xlsx, kml, fgb, zip (Shapefile).
    """
    from gridmap.services import files
    from gridmap.services.database import open_database

    with open_database(context.settings) as engine:
        rows = files.export_layer(engine, layer, out, crs=crs, actor=context.actor)
    context.terminal.say("{rows} rows written to {path}.", rows=f"{rows:,}", path=out)


@command(name="check")
@click.argument("file", type=EXISTING, required=False)
@click.option("-o", "--out", type=NEW, help="The findings as a layer: a point each, and the areas that they are.")
@click.option("--report", type=NEW, help="Write all findings as JSON.")
@pass_context
def check_(context: Context, file: Path | None, out: Path | None, report: Path | None) -> None:
    """Find what is wrong with the data.

    Invalid shapes, overlaps, gaps, places that belong nowhere, ways that nearly meet, counts that disagree, codes used
    twice, values out of range. FILE is taken as it is. Of the database the map shows the findings afterwards. The exit
    code is 0 whatever is found.
    """
    from gridmap.services.check import CHECK, check_file
    from gridmap.services.sources import FileSink, write_report

    if file is None:
        outcome = analysed(context, CHECK, None, out)
    else:
        sinks = [] if out is None else [FileSink(out)]
        with context.terminal.watching() as progress:
            outcome = check_file(file, sinks, numbers=context.settings.numbers, progress=progress)
    if report is not None:
        write_report(report, outcome.report, word=context.terminal.worded)
    context.terminal.outcome("check", outcome, out)
