"""Commands of accounts and certificates."""

from __future__ import annotations

import sys

import click

from gridmap.cli.context import Context, group, pass_context
from gridmap.domain.words import ACCOUNT_ROLES


@group()
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
def user_add(context: Context, /, name: str, role: str, password_stdin: bool, **belongs_to: str | None) -> None:
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
def user_list(context: Context) -> None:
    """List the accounts."""
    from gridmap.services import accounts
    from gridmap.services.database import open_database

    with open_database(context.settings) as engine:
        context.terminal.accounts(accounts.every(engine))


@user.command(name="disable")
@click.argument("name")
@pass_context
def user_disable(context: Context, name: str) -> None:
    """Close an account; its sessions end at once."""
    from gridmap.services import accounts
    from gridmap.services.database import open_database

    with open_database(context.settings) as engine:
        accounts.set_disabled(engine, name, disabled=True, actor=context.actor)
    context.terminal.say("Account {name} is disabled.", name=name)


@user.command(name="enable")
@click.argument("name")
@pass_context
def user_enable(context: Context, name: str) -> None:
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
def user_password(context: Context, name: str, password_stdin: bool) -> None:
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


@group()
def tls() -> None:
    """Certificates, so that others reach the server safely."""


@tls.command(name="self-signed")
@click.option("--name", "names", multiple=True, help="A host name or address of the server [this machine's own].")
@pass_context
def self_signed(context: Context, names: tuple[str, ...]) -> None:
    """Make a certificate for this machine's names and addresses.

    Phones come to trust it once its authority is installed on them by hand.
    """
    from gridmap.services import tls as certificates

    made = certificates.self_signed(context.settings.home, names or certificates.own_names())
    context.terminal.certificate(made)
