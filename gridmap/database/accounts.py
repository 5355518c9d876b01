"""Accounts, sessions and failed logins: rows in and out. What is allowed is decided in `gridmap.services.accounts`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from gridmap.database.account_tables import accounts, login_failures, sessions
from gridmap.database.terms import SITS_NOW
from gridmap.domain.accounts import SESSION_IDLES, SESSION_LASTS, Asker
from gridmap.domain.errors import InputError


@dataclass(frozen=True)
class Account:
    """One account as the administrator sees it; times in UTC."""

    id: int
    name: str
    role: str
    staff_code: str | None
    community_code: str | None
    street_code: str | None
    created_at: datetime
    disabled_at: datetime | None
    belongs_to: str | None
    """Name of the person, community or street that it is of."""
    seen_at: datetime | None
    """When it was last used."""

    def as_asker(self) -> Asker:
        """This account as who asks."""
        return Asker(
            self.role,  # type: ignore[arg-type]  # the table's check holds it to the roles
            id=self.id,
            name=self.name,
            staff_code=self.staff_code,
            community_code=self.community_code,
            street_code=self.street_code,
        )


_ACCOUNTS = """
SELECT a.id, a.name, a.role, a.staff_code, a.community_code, a.street_code, a.created_at, a.disabled_at,
    coalesce(p.name, c.name, s.name) AS belongs_to,
    (SELECT max(seen_at) FROM gridmap.sessions WHERE account_id = a.id) AS seen_at
FROM gridmap.accounts a LEFT JOIN gridmap.staff p ON p.code = a.staff_code
LEFT JOIN gridmap.communities c ON c.code = a.community_code LEFT JOIN gridmap.streets s ON s.code = a.street_code
"""
_ALL = text(_ACCOUNTS + "ORDER BY a.disabled_at IS NOT NULL, lower(a.name)")
_BY_NAME = text(_ACCOUNTS + "WHERE lower(a.name) = lower(:name)")


_NAMED = (
    "SELECT code FROM gridmap.{layer} WHERE code = :words OR name = :words ORDER BY code = :words DESC, code LIMIT 2"
)
_WHOSE = {
    column: text(_NAMED.replace("{layer}", layer))
    for column, layer in (("staff_code", "staff"), ("community_code", "communities"), ("street_code", "streets"))
}


def whose(connection: Connection, column: str, words: str) -> str:
    """The code of the person, community or street that is meant by a code or a name.

    Raises
    ------
    InputError
        There is none, or several have that name.
    """
    found = list(connection.scalars(_WHOSE[column], {"words": words}))
    if len(found) == 1 or words in found:
        return str(found[0])
    if found:
        raise InputError("Several are called {name}; give the code instead.", name=words)
    raise InputError("There is nobody and no place with the name or code {name}.", name=words[:80])


_OFFERED = text(
    "SELECT name FROM gridmap.communities WHERE name IS NOT NULL UNION SELECT name FROM gridmap.streets"
    " WHERE name IS NOT NULL ORDER BY name LIMIT 2000"
)


def places_offered(connection: Connection) -> list[str]:
    """Names of the communities and streets that an account can be of."""
    return list(connection.scalars(_OFFERED))


def all_accounts(connection: Connection) -> list[Account]:
    """All accounts, those that are disabled last."""
    return [Account(**row) for row in connection.execute(_ALL).mappings()]


def by_name(connection: Connection, name: str) -> Account | None:
    """The account of this name, whatever the size of its letters; None where there is none."""
    found = connection.execute(_BY_NAME, {"name": name}).mappings().one_or_none()
    return Account(**found) if found else None


def add(connection: Connection, *, name: str, role: str, password_hash: str, **belongs_to: str | None) -> int:
    """Add an account; its number.

    Raises
    ------
    InputError
        There is one of this name, or the person, community or street doesn't exist.
    """
    values = {"name": name, "role": role, "password_hash": password_hash, **belongs_to}
    try:
        with connection.begin_nested():
            return int(connection.scalar(insert(accounts).values(values).returning(accounts.c.id)) or 0)
    except IntegrityError as error:
        if "uq_accounts_name" in str(error.orig):
            raise InputError("There is an account {name} already.", name=name) from None
        code = next((value for value in belongs_to.values() if value), "")
        raise InputError("There is no place and no person with the code {code}.", code=code) from error


def password_hash(connection: Connection, account: int) -> str:
    """The hash of an account's password."""
    return str(connection.scalar(select(accounts.c.password_hash).where(accounts.c.id == account)))


def set_password(connection: Connection, account: int, password_hash: str) -> None:
    """Exchange an account's password, without ending its sessions."""
    values = {"password_hash": password_hash, "password_at": func.now()}
    connection.execute(update(accounts).where(accounts.c.id == account).values(values))


def set_disabled(connection: Connection, account: int, *, disabled: bool) -> None:
    """Close an account or open it again."""
    value = func.now() if disabled else None
    connection.execute(update(accounts).where(accounts.c.id == account).values(disabled_at=value))


def end_sessions(connection: Connection, account: int, *, but: str | None = None) -> int:
    """End the sessions of an account, all `but` the one of this token's hash; how many there were."""
    query = delete(sessions).where(sessions.c.account_id == account)
    return connection.execute(query if but is None else query.where(sessions.c.token_hash != but)).rowcount


def add_session(connection: Connection, account: int, token_hash: str) -> None:
    """Note a new session, and forget those of everybody that have run out."""
    connection.execute(
        delete(sessions).where(
            (sessions.c.created_at < func.now() - SESSION_LASTS) | (sessions.c.seen_at < func.now() - SESSION_IDLES)
        )
    )
    connection.execute(insert(sessions).values(token_hash=token_hash, account_id=account))


def end_session(connection: Connection, token_hash: str) -> None:
    """End one session."""
    connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


_OF_SESSION = text(
    """
    SELECT a.id, a.name, a.role, a.staff_code, a.community_code, a.street_code,
        s.seen_at < now() - interval '5 minutes' AS long_ago
    FROM gridmap.sessions s JOIN gridmap.accounts a ON a.id = s.account_id
    WHERE s.token_hash = :token_hash AND a.disabled_at IS NULL
        AND s.created_at > now() - :lasts AND s.seen_at > now() - :idles
    """
)


def of_session(connection: Connection, token_hash: str) -> tuple[Asker, bool] | None:
    """Whose session this is while it lasts, and whether that it was used wants noting again; None for no session."""
    given = {"token_hash": token_hash, "lasts": SESSION_LASTS, "idles": SESSION_IDLES}
    found = connection.execute(_OF_SESSION, given).mappings().one_or_none()
    if found is None:
        return None
    columns: dict[str, Any] = dict(found)
    long_ago = bool(columns.pop("long_ago"))
    return Asker(**columns), long_ago


def touch_session(connection: Connection, token_hash: str) -> None:
    """Note that a session was used now."""
    connection.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=func.now()))


@dataclass(frozen=True)
class Failures:
    """Failed logins of late: with this name from this address, and from this address with any name."""

    here: int
    from_address: int
    seconds_ago: float
    """Since the latest with this name from this address; 0 where there is none."""
    address_seconds_ago: float


_FAILURES = text(
    """
    SELECT coalesce(sum(failures) FILTER (WHERE name = :name), 0) AS here, coalesce(sum(failures), 0) AS from_address,
        coalesce(extract(epoch FROM clock_timestamp() - max(failed_at) FILTER (WHERE name = :name)), 0) AS seconds_ago,
        coalesce(extract(epoch FROM clock_timestamp() - max(failed_at)), 0) AS address_seconds_ago
    FROM gridmap.login_failures WHERE address = :address AND failed_at > clock_timestamp() - interval '1 hour'
    """
)


def failures(connection: Connection, name: str, address: str) -> Failures:
    """The failed logins within an hour that count against another try."""
    found = connection.execute(_FAILURES, {"name": name.lower(), "address": address}).mappings().one()
    return Failures(
        int(found["here"]),
        int(found["from_address"]),
        float(found["seconds_ago"]),
        float(found["address_seconds_ago"]),
    )


def add_failure(connection: Connection, name: str, address: str) -> None:
    """Count a failed login; those of more than an hour ago are forgotten."""
    connection.execute(
        delete(login_failures).where(login_failures.c.failed_at < func.clock_timestamp() - text("interval '1 hour'"))
    )
    statement = upsert(login_failures).values(name=name.lower(), address=address, failures=1)
    again = {"failures": login_failures.c.failures + 1, "failed_at": func.clock_timestamp()}
    connection.execute(statement.on_conflict_do_update(index_elements=["name", "address"], set_=again))


def forget_failures(connection: Connection, name: str, address: str) -> None:
    """A login went well: this name starts anew from this address."""
    connection.execute(
        delete(login_failures).where(login_failures.c.name == name.lower(), login_failures.c.address == address)
    )


_EXAMPLES = text(
    f"""
    SELECT
        (SELECT a.staff_code FROM gridmap.assignments a JOIN gridmap.places p ON p.code = a.place_code
            LEFT JOIN gridmap.communities c ON c.code = p.community_code
            LEFT JOIN gridmap.compounds e ON e.code = a.place_code
            LEFT JOIN gridmap.buildings b ON b.compound_code = a.place_code
            LEFT JOIN gridmap.stairwells w ON w.building_code = b.code WHERE {SITS_NOW} AND e.employer IS NULL
            GROUP BY a.staff_code ORDER BY bool_or(c.kind = 'urban') DESC NULLS LAST, count(w.code) DESC, a.staff_code
            LIMIT 1) AS leader,
        (SELECT c.code FROM gridmap.communities c WHERE c.kind = 'urban' ORDER BY c.households DESC, c.code LIMIT 1)
            AS staff,
        (SELECT c.street_code FROM gridmap.communities c WHERE c.street_code IS NOT NULL
            GROUP BY 1 ORDER BY sum(c.households) DESC, 1 LIMIT 1) AS official
    """  # noqa: S608  # our own pieces
)


def examples(connection: Connection) -> dict[str, dict[str, str]]:
    """For each role of an account whose it may be, as `add` takes it: the largest place or best-known leader."""
    found = connection.execute(_EXAMPLES).mappings().one()
    columns = {"leader": "staff", "staff": "community", "official": "street"}
    own = {role: {column: found[role]} for role, column in columns.items() if found[role]}
    return {**own, "planner": {}, "administrator": {}}
