"""The `gridmap` command: thin; what a command does stands in `gridmap.services`."""

from __future__ import annotations

import gc
import getpass
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gridmap import __version__
from gridmap.domain.errors import GridmapError, InputError
from gridmap.domain.words import ACCOUNT_ROLES, OBJECTIVES
from gridmap.help_texts import TranslatedGroup
from gridmap.services.settings import Settings
from gridmap.terminal import Terminal, misuse

if TYPE_CHECKING:
    from gridmap.services.outcome import Analysis, Outcome
    from gridmap.services.plans import Wishes
    from gridmap.services.sources import Sink

_COLLECT = (100_000, 20, 100)
"""How seldom Python looks for cycles: an analysis makes shapes by the hundred thousand, none of which is in one."""

_EXISTING = click.Path(path_type=Path)
_NEW = click.Path(path_type=Path, dir_okay=False, writable=True)


class _Context:
    """What every command needs: the settings and the terminal it speaks to."""

    def __init__(self) -> None:
        self.settings = Settings.from_environment()
        self.terminal = Terminal(os.environ)
        self.actor = getpass.getuser()


pass_context = click.make_pass_decorator(_Context, ensure=True)


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


@click.group(cls=TranslatedGroup)
@click.version_option(__version__, message="gridmap %(version)s", help="Show the version and exit.")
@click.pass_context
def cli(context: click.Context) -> None:
    """A web map by which a Chinese district is looked after.

    FILE is a district file (GeoPackage); where it is left out, a command works on the database.
    """
    context.obj = _Context()
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")


@cli.command()
@click.option("--host", help="Address to listen on [127.0.0.1].")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on [8000].")
@click.option("--no-sample", is_flag=True, help="Leave an empty database empty.")
@click.option("--without-tls", is_flag=True, help="Let others reach it although they can read along.")
@pass_context
def serve(context: _Context, host: str | None, port: int | None, no_sample: bool, without_tls: bool) -> None:
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


@cli.command()
@click.argument("out", type=_NEW)
@click.option(
    "--seed", type=click.IntRange(0), default=2012, show_default=True, help="The same seed, the same district."
)
@click.option(
    "--scale", type=click.FloatRange(0.05, 100), default=1.0, show_default=True, help="10: ten times as much."
)
@pass_context
def sample(context: _Context, out: Path, seed: int, scale: float) -> None:
    """Write the illustrative district to OUT."""
    from gridmap.services import illustrative

    with context.terminal.watching() as progress:
        counts = illustrative.write_sample(out, seed=seed, scale=scale, progress=progress)
    context.terminal.say("Illustrative district written to {path}.", path=out)
    context.terminal.layers(counts)


@cli.command(name="import")
@click.argument("file", type=_EXISTING)
@click.option("--layer", help="The layer that the file's features are, where that can't be told.")
@click.option("--crs", help="EPSG:n, wgs84, gcj02 or bd09, where the file's own word is missing or wrong.")
@click.option("--encoding", help="Encoding of its text, where it can't be told.")
@click.option("--columns", type=_EXISTING, help="JSON that maps the file's columns to ours.")
@click.option(
    "--mode",
    type=click.Choice(["merge", "replace"]),
    default="merge",
    show_default=True,
    help="Complete the layers that are there, or exchange them.",
)
@click.option("--dry-run", is_flag=True, help="Read and report, load nothing.")
@click.option("--report", type=_NEW, help="Write what was understood, repaired and refused as JSON.")
@pass_context
def import_(
    context: _Context,
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


@cli.command()
@click.argument("version", type=click.IntRange(1), required=False)
@pass_context
def undo(context: _Context, version: int | None) -> None:
    """Take back an import.

    Without VERSION it is the latest that stands. All it changed is as before, in one transaction; what others changed
    since stays. This is a data version of its own, which can be taken back, too.
    """
    from gridmap.services import history
    from gridmap.services.database import open_database

    with open_database(context.settings) as engine:
        done = history.undo(engine, version, actor=context.actor, undo_loads=context.settings.undo_loads)
    context.terminal.undone(done)


@cli.command()
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many, the latest.")
@pass_context
def versions(context: _Context, limit: int) -> None:
    """List what was loaded, and what can be taken back."""
    from gridmap.services import history
    from gridmap.services.database import open_database

    with open_database(context.settings) as engine:
        context.terminal.loads(history.loads(engine, limit=limit))


@cli.command()
@click.argument("layer")
@click.argument("out", type=_NEW)
@click.option("--crs", help="EPSG:n, wgs84, gcj02 or bd09 [wgs84].")
@pass_context
def export(context: _Context, layer: str, out: Path, crs: str | None) -> None:
    """Write a LAYER or result to OUT.

    The format follows from OUT's ending: gpkg, geojson, csv, xlsx, kml, fgb, zip (Shapefile).
    """
    from gridmap.services import files
    from gridmap.services.database import open_database

    with open_database(context.settings) as engine:
        rows = files.export_layer(engine, layer, out, crs=crs, actor=context.actor)
    context.terminal.say("{rows} rows written to {path}.", rows=f"{rows:,}", path=out)


@cli.command(name="check")
@click.argument("file", type=_EXISTING, required=False)
@click.option("-o", "--out", type=_NEW, help="The findings as a layer: a point each, and the areas that they are.")
@click.option("--report", type=_NEW, help="Write all findings as JSON.")
@pass_context
def check_(context: _Context, file: Path | None, out: Path | None, report: Path | None) -> None:
    """Find what is wrong with the data.

    Invalid shapes, overlaps, gaps, places that belong nowhere, ways that nearly meet, counts that disagree, codes used
    twice, values out of range. FILE is taken as it is. Of the database the map shows the findings afterwards. The exit
    code is 0 whatever is found.
    """
    from gridmap.services.check import CHECK, check_file
    from gridmap.services.sources import FileSink, write_report

    if file is None:
        outcome = _analysis(context, CHECK, None, out)
    else:
        sinks = [] if out is None else [FileSink(out)]
        with context.terminal.watching() as progress:
            outcome = check_file(file, sinks, numbers=context.settings.numbers, progress=progress)
    if report is not None:
        write_report(report, outcome.report, word=context.terminal.worded)
    context.terminal.outcome("check", outcome, out)


def _analysis(context: _Context, analysis: Analysis, file: Path | None, out: Path | None, **options: Any) -> Outcome:
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


@cli.command()
@click.argument("file", type=_EXISTING, required=False)
@click.option("-o", "--out", type=_NEW, help="File of the result.")
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
def isolation(context: _Context, file: Path | None, out: Path | None, gates: int, gates_per: str) -> None:
    """Find isolated compounds, and gates that help.

    Every compound gets a class, a cause, a score and reasons; the gates are ranked by the walk they save.
    """
    from gridmap.services.isolation import ISOLATION

    outcome = _analysis(context, ISOLATION, file, out, gates=gates, gates_per=gates_per)
    context.terminal.outcome("isolation", outcome, out)


@cli.command()
@click.argument("file", type=_EXISTING, required=False)
@click.option("-o", "--out", type=_NEW, help="File of the result.")
@pass_context
def grids(context: _Context, file: Path | None, out: Path | None) -> None:
    """Split the communities into grids."""
    from gridmap.services.grids import GRIDS

    context.terminal.outcome("grids", _analysis(context, GRIDS, file, out), out)


@cli.command()
@click.argument("file", type=_EXISTING, required=False)
@click.option("-o", "--out", type=_NEW, help="File of the result.")
@pass_context
def leaders(context: _Context, file: Path | None, out: Path | None) -> None:
    """Assign leaders, and list the vacancies."""
    from gridmap.services.leaders import LEADERS

    context.terminal.outcome("leaders", _analysis(context, LEADERS, file, out), out)


@cli.command()
@click.argument("file", type=_EXISTING, required=False)
@click.option("-o", "--out", type=_NEW, help="File of the result.")
@click.option(
    "--sites", type=click.IntRange(0, 100), default=3, show_default=True, help="How many sites to propose of each kind."
)
@pass_context
def reach(context: _Context, file: Path | None, out: Path | None, sites: int) -> None:
    """Measure who reaches which services on foot.

    Residents within 5, 10 and 15 minutes of each kind, those over 60 at their speed, the gaps, and the best sites.
    """
    from gridmap.services.reach import REACH

    context.terminal.outcome("reach", _analysis(context, REACH, file, out, sites=sites), out)


@cli.command()
@click.argument("file", type=_EXISTING, required=False)
@click.option("-o", "--out", type=_NEW, help="The plan: GeoJSON and the like, or CSV for the assignment alone.")
@click.option("--report", type=_NEW, help="Write figures, bound and what can't be met as JSON.")
@click.option("--graph", type=_EXISTING, help="A dual graph in networkx's adjacency JSON instead of polygons.")
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
    context: _Context,
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
            outcome = _analysis(context, PLANS, file, out, wishes=wish)
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


def _alternatives(context: _Context, file: Path | None, out: Path | None, wishes: Wishes) -> Outcome:
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


@cli.command(name="report")
@click.argument("out", type=_NEW)
@click.option("--plan", type=click.IntRange(1), help="Number of the plan [the newest].")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the report.")
@pass_context
def report_(context: _Context, out: Path, plan: int | None, lang: Any) -> None:
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


@cli.command(name="snapshot")
@click.argument("out", type=_NEW)
@click.option(
    "--layers",
    help="Which layers, separated by commas [communities, isolation, gate_proposals, grids, regions, centres].",
)
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the map.")
@pass_context
def snapshot_(context: _Context, out: Path, layers: str | None, lang: Any) -> None:
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


@cli.command(name="work", hidden=True)
@click.option("--import", "number", type=int, help="Only the next step of this import.")
@pass_context
def work_(context: _Context, number: int | None) -> None:
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


@cli.group()
def user() -> None:
    """Accounts of those who log in."""


@user.command(name="add")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(list(ACCOUNT_ROLES)), help="What the account is for.")
@click.option("--staff", metavar="CODE", help="The person that a leader's account is of.")
@click.option("--community", metavar="CODE", help="The community that a staff account is of.")
@click.option("--street", metavar="CODE", help="The street or town that an official's account is of.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making one.")
@pass_context
def user_add(context: _Context, /, name: str, role: str, password_stdin: bool, **belongs_to: str | None) -> None:
    """Add an account.

    Its random password is printed this once, unless one is handed over on standard input.
    """
    from gridmap.services import accounts
    from gridmap.services.database import open_database

    password = _password(password_stdin)
    with open_database(context.settings) as engine:
        accounts.add(engine, name=name, role=role, password=password, actor=context.actor, **belongs_to)
    context.terminal.say("Account {name} added.", name=name)
    if not password_stdin:
        context.terminal.say("Password, shown this once: {password}", password=password)


@user.command(name="list")
@pass_context
def user_list(context: _Context) -> None:
    """List the accounts."""
    from gridmap.services import accounts
    from gridmap.services.database import open_database

    with open_database(context.settings) as engine:
        context.terminal.accounts(accounts.every(engine))


@user.command(name="disable")
@click.argument("name")
@pass_context
def user_disable(context: _Context, name: str) -> None:
    """Close an account; its sessions end at once."""
    from gridmap.services import accounts
    from gridmap.services.database import open_database

    with open_database(context.settings) as engine:
        accounts.set_disabled(engine, name, disabled=True, actor=context.actor)
    context.terminal.say("Account {name} is disabled.", name=name)


@user.command(name="enable")
@click.argument("name")
@pass_context
def user_enable(context: _Context, name: str) -> None:
    """Open a closed account again."""
    from gridmap.services import accounts
    from gridmap.services.database import open_database

    with open_database(context.settings) as engine:
        accounts.set_disabled(engine, name, disabled=False, actor=context.actor)
    context.terminal.say("Account {name} is enabled.", name=name)


@user.command(name="password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making one.")
@pass_context
def user_password(context: _Context, name: str, password_stdin: bool) -> None:
    """Give an account a new password; its sessions end."""
    from gridmap.services import accounts
    from gridmap.services.database import open_database

    password = _password(password_stdin)
    with open_database(context.settings) as engine:
        accounts.set_password(engine, name, password, actor=context.actor)
    context.terminal.say("The password of {name} is changed.", name=name)
    if not password_stdin:
        context.terminal.say("Password, shown this once: {password}", password=password)


def _password(from_stdin: bool) -> str:
    """The password on standard input's first line, or a random one."""
    from gridmap.services import accounts

    return sys.stdin.readline().rstrip("\n") if from_stdin else accounts.random_password()


@cli.group()
def tls() -> None:
    """Certificates, so that others reach the server safely."""


@tls.command(name="self-signed")
@click.option("--name", "names", multiple=True, help="A host name or address of the server [this machine's own].")
@pass_context
def self_signed(context: _Context, names: tuple[str, ...]) -> None:
    """Make a certificate for this machine's names and addresses.

    Phones come to trust it once its authority is installed on them by hand.
    """
    from gridmap.services import tls as certificates

    made = certificates.self_signed(context.settings.home, names or certificates.own_names())
    context.terminal.certificate(made)


@cli.group()
def db() -> None:
    """The private database server."""


@db.command()
@pass_context
def start(context: _Context) -> None:
    """Start the private server and leave it running."""
    from gridmap.services.database import private_server

    with private_server(context.settings) as server:
        server.start(pin=True)
    context.terminal.say("The private database runs in {home}.", home=context.settings.home)


@db.command()
@pass_context
def stop(context: _Context) -> None:
    """Stop the private server."""
    from gridmap.services.database import private_server

    stopped = private_server(context.settings).stop()
    if stopped:
        context.terminal.say("The private database is stopped.")
    else:
        context.terminal.say("The private database was not running.")


@db.command()
@pass_context
def status(context: _Context) -> None:
    """Say whether the private server runs, and where."""
    from gridmap.services.database import private_server

    context.terminal.server(private_server(context.settings).status())


@db.command()
@pass_context
def url(context: _Context) -> None:
    """Print the private server's address, for psql, QGIS or GRIDMAP_DATABASE_URL."""
    from gridmap.services.database import private_server

    click.echo(private_server(context.settings).url())


@db.command()
@click.argument("out", type=_NEW)
@pass_context
def backup(context: _Context, out: Path) -> None:
    """Write everything in the database to OUT."""
    from gridmap.database import backup as backups
    from gridmap.services.database import running_url

    with running_url(context.settings) as address:
        backups.backup(address, out)
    context.terminal.say("Backup written to {path}.", path=out)


@db.command()
@click.argument("file", type=_EXISTING, metavar="IN")
@pass_context
def restore(context: _Context, file: Path) -> None:
    """Put a backup in the place of all that is there."""
    from gridmap.database import backup as backups
    from gridmap.services.database import running_url

    with running_url(context.settings) as address:
        backups.restore(address, file)
    context.terminal.say("The database is as it was when {path} was written.", path=file)
