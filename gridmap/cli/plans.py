"""Commands that propose mega-communities and hand on what was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gridmap.cli.context import EXISTING, NEW, Context, command, pass_context
from gridmap.cli.running import analysed
from gridmap.domain.errors import InputError
from gridmap.domain.words import OBJECTIVES

if TYPE_CHECKING:
    from gridmap.services.outcome import Outcome
    from gridmap.services.plans import Wishes


@command()
@click.argument("file", type=EXISTING, required=False)
@click.option("-o", "--out", type=NEW, help="The plan: GeoJSON and the like, or CSV for the assignment alone.")
@click.option("--report", type=NEW, help="Write figures, bound and what can't be met as JSON.")
@click.option("--graph", type=EXISTING, help="A dual graph in networkx's adjacency JSON instead of polygons.")
@click.option("--units", help="The layer of FILE whose polygons are the units, instead of blocks.")
@click.option("--id", "id_", help="Field with the id of a unit.")
@click.option("--households", help="Field with the households of a unit.")
@click.option("--within", help="Field with the group that a region may not leave.")
@click.option("--only", multiple=True, help="Code of a street or community to plan; may be given several times [all].")
@click.option("--min-households", type=click.IntRange(1), help="Least households of a region [5000].")
@click.option(
    "--max-households",
    type=click.IntRange(1),
    help="Most households of a region [15000; with --units or --graph no bound].",
)
@click.option("--regions", type=click.IntRange(1), help="How many regions [the most that can be].")
@click.option(
    "--objective",
    type=click.Choice(list(OBJECTIVES)),
    help="What is made small [access; with --units compact; with --graph border].",
)
@click.option("--time-limit", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True, help="Seconds.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same search.")
@click.option(
    "--alternatives", is_flag=True, help="Several plans that differ in kind, scored, with their borders' reasons."
)
@pass_context
def propose(
    context: Context,
    /,
    file: Path | None,
    out: Path | None,
    report: Path | None,
    graph: Path | None,
    units: str | None,
    id_: str | None,
    households: str | None,
    within: str | None,
    alternatives: bool,
    **wishes: Any,
) -> None:
    """Propose mega-communities.

    Contiguous regions of at least 5,000 households, with their distance from the best possible. The units are the
    blocks of the district, the polygons of any layer (--units), or the nodes of a dual graph (--graph).
    """
    from gridmap.services.plans import PLANS, Fields, Wishes, propose_from_graph, propose_from_polygons
    from gridmap.services.sources import FileSink, write_report

    wish = Wishes(**wishes)
    if wish.only and (graph or units or households):
        raise InputError("--only chooses streets and communities of a district, not units of one's own.")
    if graph is None and units is None and households is None:
        if id_ or within:
            raise InputError("--id and --within go with --units or --graph and --households.")
        if alternatives:
            outcome = _alternatives(context, file, out, wish)
        else:
            outcome = analysed(context, PLANS, file, out, wishes=wish)
    elif alternatives:
        raise InputError("--alternatives are made of the blocks of a district, not of units of one's own.")
    else:
        if households is None or out is None:
            raise InputError("Units of one's own need --households FIELD and -o OUT.")
        fields = Fields(id=id_, households=households, within=within)
        numbers = context.settings.numbers
        with context.terminal.watching() as progress:
            if graph is not None:
                outcome = propose_from_graph(graph, fields, wish, numbers=numbers, progress=progress)
            elif file is not None:
                outcome = propose_from_polygons(file, fields, wish, layer=units, numbers=numbers, progress=progress)
            else:
                raise InputError("--units needs the FILE with that layer.")
        FileSink(out).save(PLANS, outcome, settings={}, version=None)
    if report is not None:
        write_report(report, outcome.report, word=context.terminal.worded)
    context.terminal.outcome("plans", outcome, out)


def _alternatives(context: Context, file: Path | None, out: Path | None, wishes: Wishes) -> Outcome:
    """Alternatives of a file into files beside OUT, or of the database into itself."""
    from gridmap.services import proposals
    from gridmap.services.database import open_database

    numbers = context.settings.numbers
    if wishes.regions is not None or wishes.objective is not None:
        raise InputError("--alternatives choose the number of regions and the objective themselves.")
    if file is not None:
        if out is None:
            raise InputError("Say with -o where the result shall go.")
        with context.terminal.watching() as progress:
            return proposals.propose_into_files(file, out, wishes=wishes, numbers=numbers, progress=progress)
    if out is not None:
        raise InputError("The alternatives of the database are kept there; leave -o out.")
    with open_database(context.settings) as engine, context.terminal.watching() as progress:
        return proposals.propose_into_database(
            engine, actor=context.actor, wishes=wishes, numbers=numbers, progress=progress
        )


@command(name="report")
@click.argument("out", type=NEW)
@click.option("--plan", type=click.IntRange(1), help="Number of the plan [the newest].")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the report.")
@pass_context
def report_(context: Context, out: Path, plan: int | None, lang: Any) -> None:
    """Write a plan's report, as one HTML page or a PDF.

    Map, figures, bound, settings, and why each border runs where it does. OUT ends in .html, which opens with no
    network, or in .pdf.
    """
    from gridmap.services import plan_report
    from gridmap.services.database import open_database

    with open_database(context.settings) as engine:
        number = plan_report.write(
            engine, out, plan=plan, lang=lang or context.settings.lang, numbers=context.settings.numbers
        )
    context.terminal.say("Report of plan {plan} written to {path}.", plan=number, path=out)


@command(name="snapshot")
@click.argument("out", type=NEW)
@click.option(
    "--layers",
    help="Which layers, separated by commas [communities, isolation, gate_proposals, grids, regions, centres].",
)
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the map.")
@pass_context
def snapshot_(context: Context, out: Path, layers: str | None, lang: Any) -> None:
    """Write a map to hand on, as one HTML file.

    It opens in any browser with no network.
    """
    from gridmap.services import snapshot
    from gridmap.services.database import open_database

    with open_database(context.settings) as engine:
        names = snapshot.write(
            engine,
            out,
            layers=layers.split(",") if layers else None,
            lang=lang or context.settings.lang,
            least_shown=context.settings.numbers.least_shown,
        )
    context.terminal.say("Map with {layers} written to {path}.", layers=context.terminal.listed(names), path=out)
