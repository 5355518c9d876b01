"""Commands of the analyses."""

from __future__ import annotations

from pathlib import Path

import click

from gridmap.cli.context import EXISTING, NEW, Context, command, pass_context
from gridmap.cli.running import analysed


@command()
@click.argument("file", type=EXISTING, required=False)
@click.option("-o", "--out", type=NEW, help="File of the result.")
@click.option(
    "--gates", type=click.IntRange(0, 10_000), default=20, show_default=True, help="How many gates to propose."
)
@click.option(
    "--gates-per",
    type=click.Choice(["district", "street", "compound"]),
    default="district",
    show_default=True,
    help="So many for the whole district, for each street or for each compound.",
)
@pass_context
def isolation(context: Context, file: Path | None, out: Path | None, gates: int, gates_per: str) -> None:
    """Find isolated compounds, and gates that help.

    Every compound gets a class, a cause, a score and reasons; the gates are ranked by the walk they save.
    """
    from gridmap.services.isolation import ISOLATION

    outcome = analysed(context, ISOLATION, file, out, gates=gates, gates_per=gates_per)
    context.terminal.outcome("isolation", outcome, out)


@command()
@click.argument("file", type=EXISTING, required=False)
@click.option("-o", "--out", type=NEW, help="File of the result.")
@pass_context
def grids(context: Context, file: Path | None, out: Path | None) -> None:
    """Split the communities into grids."""
    from gridmap.services.grids import GRIDS

    context.terminal.outcome("grids", analysed(context, GRIDS, file, out), out)


@command()
@click.argument("file", type=EXISTING, required=False)
@click.option("-o", "--out", type=NEW, help="File of the result.")
@pass_context
def leaders(context: Context, file: Path | None, out: Path | None) -> None:
    """Assign leaders, and list the vacancies."""
    from gridmap.services.leaders import LEADERS

    context.terminal.outcome("leaders", analysed(context, LEADERS, file, out), out)


@command()
@click.argument("file", type=EXISTING, required=False)
@click.option("-o", "--out", type=NEW, help="File of the result.")
@click.option(
    "--sites", type=click.IntRange(0, 100), default=3, show_default=True, help="How many sites to propose of each kind."
)
@pass_context
def reach(context: Context, file: Path | None, out: Path | None, sites: int) -> None:
    """Measure who reaches which services on foot.

    Residents within 5, 10 and 15 minutes of each kind, those over 60 at their speed, the gaps, and the best sites.
    """
    from gridmap.services.reach import REACH

    context.terminal.outcome("reach", analysed(context, REACH, file, out, sites=sites), out)
