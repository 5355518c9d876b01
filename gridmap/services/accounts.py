"""Accounts: made, closed, let in. Every step is written down with who did it."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import Connection, Engine
from zxcvbn import zxcvbn

from gridmap.database import accounts as database
from gridmap.database import changes
from gridmap.database.accounts import Account
from gridmap.domain.accounts import (
    BELONGS_TO,
    LONGEST_NAME,
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    WEAKEST_PASSWORD,
)
from gridmap.domain.errors import InputError, LoginError, NotFoundError, TooManyError
from gridmap.domain.words import ACCOUNT_ROLES

_HASHER = PasswordHasher()
"""argon2id with RFC 9106's second recommended parameters, argon2-cffi's default."""

_FREE_TRIES = 5
_ADDRESS_TRIES = 30
"""Failed logins that cost no waiting: with one name, and from one address, behind which a whole office may sit."""
_LONGEST_WAIT_S = 900

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of random passwords: none that is taken for another."""


def random_password() -> str:
    """A password that nobody guesses and everybody can type: four groups of four, 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def check_password(password: str, *known: str) -> None:
    """Refuse a password that is short, or easily guessed by one who knows these words (the account's name, say).

    Raises
    ------
    InputError
        Saying what is wrong with it.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise InputError("The password is too short: at least {least} characters.", least=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        raise InputError("The password is too long: at most {most} characters.", most=LONGEST_PASSWORD)
    found = zxcvbn(password[:72], user_inputs=["gridmap", "weihai", *known])
    if found["score"] < WEAKEST_PASSWORD:
        raise InputError(
            "That password is among the first that are guessed. Take several words that don't belong together."
        )


def add(
    engine: Engine,
    *,
    name: str,
    role: str,
    password: str,
    actor: str,
    staff: str | None = None,
    community: str | None = None,
    street: str | None = None,
) -> None:
    """Add an account of a role, with the person, the community or the street that it is of.

    Raises
    ------
    InputError
        The name is taken or malformed, the password is weak, or what the role belongs to is missing or unknown.
    """
    name = unicodedata.normalize("NFKC", name).strip()
    if not 0 < len(name) <= LONGEST_NAME or any(unicodedata.category(letter).startswith("C") for letter in name):
        raise InputError("An account's name has 1 to {longest} characters.", longest=LONGEST_NAME)
    if role not in ACCOUNT_ROLES:
        raise InputError("{role} is no role; it can be {roles}.", role=role, roles=", ".join(ACCOUNT_ROLES))
    given = {"staff_code": staff, "community_code": community, "street_code": street}
    column = BELONGS_TO[role]
    if column is not None and not given[column]:
        needed = {"staff_code": "--staff", "community_code": "--community", "street_code": "--street"}[column]
        raise InputError("An account of the role {role} needs {option} CODE.", role=role, option=needed)
    for other, code in given.items():
        if code and other != column:
            raise InputError("The code {code} means nothing to the role {role}; leave it out.", code=code, role=role)
    check_password(password, name)
    with engine.begin() as connection:
        database.add(connection, name=name, role=role, password_hash=_HASHER.hash(password), **given)
        whose = {key: value for key, value in given.items() if value}
        changes.log(
            connection, actor=actor, action="account added", subject=name, detail={"after": {"role": role, **whose}}
        )


def every(engine: Engine) -> list[Account]:
    """All accounts, those that are disabled last."""
    with engine.connect() as connection:
        return database.all_accounts(connection)


def _named(connection: Connection, name: str) -> Account:
    found = database.by_name(connection, name)
    if found is None:
        raise NotFoundError("There is no account {name}.", name=name[:80])
    return found


def set_disabled(engine: Engine, name: str, *, disabled: bool, actor: str) -> None:
    """Close an account, whose sessions end at once, or open it again.

    Raises
    ------
    NotFoundError
        There is no account of this name.
    """
    with engine.begin() as connection:
        account = _named(connection, name)
        database.set_disabled(connection, account.id, disabled=disabled)
        if disabled:
            database.end_sessions(connection, account.id)
        states = [account.disabled_at is not None, disabled]
        detail = {key: {"disabled": state} for key, state in zip(("before", "after"), states, strict=True)}
        action = "account disabled" if disabled else "account enabled"
        changes.log(connection, actor=actor, action=action, subject=account.name, detail=detail)


def set_password(engine: Engine, name: str, password: str, *, actor: str, keep_session: str | None = None) -> None:
    """Give an account another password; its sessions end, all but the one of the token that is kept.

    Raises
    ------
    NotFoundError
        There is no account of this name.
    InputError
        The password is weak.
    """
    check_password(password, name)
    with engine.begin() as connection:
        account = _named(connection, name)
        database.set_password(connection, account.id, _HASHER.hash(password))
        database.end_sessions(connection, account.id, but=token_hash(keep_session) if keep_session else None)
        changes.log(connection, actor=actor, action="password changed", subject=account.name)


def check_own_password(engine: Engine, name: str, password: str, *, address: str) -> None:
    """Have the one who is logged in show that they know the password; failures count like failed logins.

    Raises
    ------
    LoginError
        It is wrong.
    TooManyError
        Too many failures of late.
    """
    with engine.connect() as connection:
        _check_patience(connection, name, address)
        expected = database.password_hash(connection, _named(connection, name).id)
    if not _fits(expected, password[:LONGEST_PASSWORD]):
        with engine.begin() as connection:
            database.add_failure(connection, name, address)
        raise LoginError("The present password is wrong.")


def token_hash(token: str) -> str:
    """What the database keeps of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash that no password fits: an unknown name takes as long to refuse as a wrong password."""
    return _HASHER.hash(secrets.token_urlsafe())


def log_in(engine: Engine, name: str, password: str, *, address: str) -> str:
    """Let in who knows the password; the token of the new session, which the browser keeps.

    After some failures each further try has to wait, twice as long every time.

    Raises
    ------
    LoginError
        The name or the password is wrong, or the account is closed: which of them isn't said.
    TooManyError
        Too many failures of late; `seconds` says how long to wait.
    """
    name, password = unicodedata.normalize("NFKC", name).strip()[:LONGEST_NAME], password[:LONGEST_PASSWORD]
    with engine.connect() as connection:
        _check_patience(connection, name, address)
        account = database.by_name(connection, name)
        expected = database.password_hash(connection, account.id) if account else _nobody()
    right = _fits(expected, password) and account is not None and account.disabled_at is None
    with engine.begin() as connection:
        if not right or account is None:
            database.add_failure(connection, name, address)
            changes.log(connection, actor=name or "?", action="login refused", detail={"address": address})
        else:
            token = secrets.token_urlsafe(32)
            database.forget_failures(connection, name, address)
            database.add_session(connection, account.id, token_hash(token))
            if _HASHER.check_needs_rehash(expected):
                database.set_password(connection, account.id, _HASHER.hash(password))
            changes.log(connection, actor=account.name, action="login", detail={"address": address})
            return token
    raise LoginError("The name or the password is wrong.")


def _fits(expected: str, password: str) -> bool:
    try:
        return _HASHER.verify(expected, password)
    except VerifyMismatchError:
        return False


def _check_patience(connection: Connection, name: str, address: str) -> None:
    """Raise TooManyError while the failures of late ask for waiting."""
    failed = database.failures(connection, name, address)
    left = max(
        _wait(failed.here - _FREE_TRIES) - failed.seconds_ago,
        _wait(failed.from_address - _ADDRESS_TRIES) - failed.address_seconds_ago,
    )
    if left > 0:
        seconds = int(left) + 1
        raise TooManyError("Too many failed logins. Try again in {seconds} seconds.", seconds=seconds)


def _wait(too_many: int) -> float:
    return 0.0 if too_many < 0 else min(2.0 ** min(too_many, 20), _LONGEST_WAIT_S)


def log_out(engine: Engine, token: str) -> None:
    """End the session of this token."""
    with engine.begin() as connection:
        found = database.of_session(connection, token_hash(token))
        if found is not None:
            database.end_session(connection, token_hash(token))
            changes.log(connection, actor=found[0].name or "?", action="logout")
