"""Commands of the private database."""

from __future__ import annotations

from pathlib import Path

import click

from gridmap.cli.context import EXISTING, NEW, Context, group, pass_context


@group()
def db() -> None:
    """The private database server."""


@db.command()
@pass_context
def start(context: Context) -> None:
    """Start the private server and leave it running."""
    from gridmap.services.database import private_server

    with private_server(context.settings) as server:
        server.start(pin=True)
    context.terminal.say("The private database runs in {home}.", home=context.settings.home)


@db.command()
@pass_context
def stop(context: Context) -> None:
    """Stop the private server."""
    from gridmap.services.database import private_server

    stopped = private_server(context.settings).stop()
    if stopped:
        context.terminal.say("The private database is stopped.")
    else:
        context.terminal.say("The private database was not running.")


@db.command()
@pass_context
def status(context: Context) -> None:
    """Say whether the private server runs, and where."""
    from gridmap.services.database import private_server

    context.terminal.server(private_server(context.settings).status())


@db.command()
@pass_context
def url(context: Context) -> None:
    """Print the private server's address, for psql, QGIS or GRIDMAP_DATABASE_URL."""
    from gridmap.services.database import private_server

    click.echo(private_server(context.settings).url())


@db.command()
@click.argument("out", type=NEW)
@pass_context
def backup(context: Context, out: Path) -> None:
    """Write everything in the database to OUT."""
    from gridmap.database import backup as backups
    from gridmap.services.database import running_url

    with running_url(context.settings) as address:
        backups.backup(address, out)
    context.terminal.say("Backup written to {path}.", path=out)


@db.command()
@click.argument("file", type=EXISTING, metavar="IN")
@pass_context
def restore(context: Context, file: Path) -> None:
    """Put a backup in the place of all that is there."""
    from gridmap.database import backup as backups
    from gridmap.services.database import running_url

    with running_url(context.settings) as address:
        backups.restore(address, file)
    context.terminal.say("The database is as it was when {path} was written.", path=file)
