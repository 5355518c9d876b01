"""The tables of accounts and of what people correct by hand; the migrations make them beside those of `tables`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from gridmap.database.tables import SCHEMA, metadata, vocabulary_check
from gridmap.domain.words import ACCOUNT_ROLES


def _belongs_to(name: str, layer: str) -> Column[str]:
    """Whose the account is. Without that place or person it reaches nothing, but it stays."""
    return Column(name, Text, ForeignKey(f"{SCHEMA}.{layer}.code", ondelete="SET NULL"), index=True)


accounts = Table(
    "accounts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    _belongs_to("staff_code", "staff"),
    _belongs_to("community_code", "communities"),
    _belongs_to("street_code", "streets"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("password_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("disabled_at", DateTime(timezone=True)),
    vocabulary_check("role", ACCOUNT_ROLES.codes),
    CheckConstraint(r"name ~ '^\S(.*\S)?$'", name="name_form"),
    Index("uq_accounts_name", text("lower(name)"), unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("account_id", BigInteger, ForeignKey(accounts.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""Who is logged in. The browser holds a random token, this table its SHA-256 alone."""

login_failures = Table(
    "login_failures",
    metadata,
    Column("name", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failed_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Index("ix_login_failures_address", "address"),
)
"""Failed logins in a row, by name and by the address that they came from."""

corrections = Table(
    "corrections",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("place_code", Text, ForeignKey(f"{SCHEMA}.places.code", ondelete="CASCADE"), nullable=False, index=True),
    Column("field", Text, nullable=False),
    Column("before", Text),
    Column("after", Text, nullable=False),
    Column("since", Date),
    Column("note", Text),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("version", BigInteger, nullable=False),
    vocabulary_check("field", ("access", "enclosure", "management")),
)
"""What people on the spot found to be otherwise: a gate's access, a compound's enclosure or management."""

roster_uploads = Table(
    "roster_uploads",
    metadata,
    Column("account_id", BigInteger, ForeignKey(accounts.c.id, ondelete="CASCADE"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("chosen", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("uploaded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""The roster that an account has brought and neither loaded nor withdrawn, and the places chosen for its rows."""

nomination_links = Table(
    "nomination_links",
    metadata,
    Column("token", Text, primary_key=True),
    Column("place_code", Text, ForeignKey(f"{SCHEMA}.places.code", ondelete="CASCADE"), nullable=False, index=True),
    Column("until", Date, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("closed_at", DateTime(timezone=True)),
)
"""Links by which residents of a place nominate stairwell leaders; `until` is the first day on which one is shut."""

nominations = Table(
    "nominations",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("token", Text, ForeignKey(nomination_links.c.token, ondelete="CASCADE"), nullable=False, index=True),
    Column("place_code", Text, ForeignKey(f"{SCHEMA}.places.code", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("phone", Text),
    Column("own", Boolean, nullable=False),
    Column("words", Text),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""Nominations that wait for a decision; with it they are deleted. `own`: somebody nominated themselves."""

IMPORT_STATES = ("waiting", "reading", "ready", "refused", "ordered", "loading", "loaded")

imports = Table(
    "imports",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("account_id", BigInteger, ForeignKey(accounts.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("chosen", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("state", Text, nullable=False, server_default=text("'waiting'")),
    Column("progress", Double, nullable=False, server_default=text("0")),
    Column("doing", JSONB(none_as_null=True)),
    Column("error", JSONB(none_as_null=True)),
    Column("report", JSONB(none_as_null=True)),
    Column("features", LargeBinary),
    Column("seen_version", BigInteger),
    Column("version", BigInteger),
    Column("uploaded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    vocabulary_check("state", IMPORT_STATES),
)
"""A file on its way in, or the wish to take a load back (`chosen` names it): what is known of it, and how it stands.

`ready`: it was read, `report` and `features` (gzipped GeoJSON) say what would happen; `seen_version`: as the data were
then. `ordered`: somebody confirmed. `refused`: `error` says why.
"""

import_pieces = Table(
    "import_pieces",
    metadata,
    Column("import_id", BigInteger, ForeignKey(imports.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""The file itself, in pieces that fit into memory."""

scenarios = Table(
    "scenarios",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("effect", JSONB, nullable=False),
)
"""What-ifs that a planner kept: the gates to add, open or close, and what that came to then."""
