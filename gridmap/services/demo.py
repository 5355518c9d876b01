"""Accounts of the illustrative district, one a role, so that everything can be tried; each with a random password."""

from __future__ import annotations

from sqlalchemy import Engine

from gridmap.database import accounts as database
from gridmap.services import accounts


def add_accounts(engine: Engine, *, actor: str) -> dict[str, str]:
    """Add the account of every role that the district has somebody or something for.

    Returns
    -------
    dict
        The passwords by the accounts' names, which are the roles'. They are kept nowhere.
    """
    with engine.connect() as connection:
        whose = database.examples(connection)
    passwords = {}
    for role, belongs_to in whose.items():
        passwords[role] = accounts.random_password()
        accounts.add(engine, name=role, role=role, password=passwords[role], actor=actor, **belongs_to)
    return passwords
