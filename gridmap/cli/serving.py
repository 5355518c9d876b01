"""Commands of the server."""

from __future__ import annotations

import sys

import click

from gridmap.cli.context import Context, command, pass_context


@command()
@click.option("--host", help="Address to listen on [127.0.0.1].")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on [8000].")
@click.option("--no-sample", is_flag=True, help="Leave an empty database empty.")
@click.option("--without-tls", is_flag=True, help="Let others reach it although they can read along.")
@pass_context
def serve(context: Context, host: str | None, port: int | None, no_sample: bool, without_tls: bool) -> None:
    """Serve the map in the foreground.

    Starts the private database if needed, loads the sample into an empty one, and runs the analyses that have never run
    behind the pages.
    """
    from gridmap.services import demo, files, illustrative, work
    from gridmap.services.database import open_database, running_url
    from gridmap.web import serve as server

    settings, terminal = context.settings.with_address(host, port, without_tls=without_tls), context.terminal
    server.check_address(settings)
    passwords: dict[str, str] = {}
    with running_url(settings) as address:
        with open_database(settings) as engine, terminal.watching() as progress:
            if not (no_sample or settings.database_url) and files.is_empty(engine):
                illustrative.load_sample(engine, actor=context.actor, progress=progress)
                passwords = demo.add_accounts(engine, actor=context.actor)
            work.order_missing(address, engine, actor=context.actor)
        server.serve(settings, address, ready=lambda: terminal.serving(settings, passwords))


@command(name="work", hidden=True)
@click.option("--import", "number", type=int, help="Only the next step of this import.")
@pass_context
def work_(context: Context, number: int | None) -> None:
    """Do long work until standard input closes; `serve` starts it."""
    from gridmap.services import work
    from gridmap.services.database import running_url
    from gridmap.web import logs

    logs.configure(context.settings.logged)
    with running_url(context.settings) as address:
        if number is None:
            work.work(address, context.settings, until=sys.stdin)
        else:
            work.work_on_import(address, context.settings, number, until=sys.stdin)
