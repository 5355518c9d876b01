"""The `gridmap` command: thin; what a command does stands in `gridmap.services`."""

from __future__ import annotations

import gc
import logging
import os
import sys

import click

from gridmap import __version__
from gridmap.cli import accounts, analyses, data, database, plans, serving
from gridmap.cli.context import Context, group
from gridmap.domain.errors import GridmapError
from gridmap.terminal import Terminal, misuse

_COLLECT = (100_000, 20, 100)
"""How seldom Python looks for cycles: an analysis makes shapes by the hundred thousand, none of which is in one."""


def main() -> None:
    """Run the command; what the user can mend is said in one line on standard error, with exit code 2."""
    gc.set_threshold(*_COLLECT)
    try:
        code = cli.main(prog_name="gridmap", standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = 2
    except click.ClickException as error:
        code = _complain(misuse(error))
    except GridmapError as error:
        code = _complain(error)
    except KeyboardInterrupt:
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


def _complain(error: GridmapError) -> int:
    click.echo("gridmap: " + " ".join(Terminal(os.environ).worded(error).split()), err=True)
    return 2


@group()
@click.version_option(__version__, message="gridmap %(version)s", help="Show the version and exit.")
@click.pass_context
def cli(context: click.Context) -> None:
    """A web map by which a Chinese district is looked after.

    FILE is a district file (GeoPackage); where it is left out, a command works on the database.
    """
    context.obj = Context()
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")


for one in (
    serving.serve,
    serving.work_,
    data.sample,
    data.import_,
    data.undo,
    data.versions,
    data.export,
    data.check_,
    analyses.isolation,
    analyses.grids,
    analyses.leaders,
    analyses.reach,
    plans.propose,
    plans.report_,
    plans.snapshot_,
    accounts.user,
    accounts.tls,
    database.db,
):
    cli.add_command(one)
