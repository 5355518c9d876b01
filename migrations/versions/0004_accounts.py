"""accounts, their sessions and failed logins; corrections by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("staff_code", sa.Text(), nullable=True),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("street_code", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("password_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('leader', 'staff', 'planner', 'official', 'administrator')", name=op.f("ck_accounts_role")
        ),
        sa.CheckConstraint(r"name ~ '^\S(.*\S)?$'", name=op.f("ck_accounts_name_form")),
        sa.ForeignKeyConstraint(
            ["staff_code"], ["gridmap.staff.code"], name=op.f("fk_accounts_staff_code"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["community_code"],
            ["gridmap.communities.code"],
            name=op.f("fk_accounts_community_code"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["street_code"], ["gridmap.streets.code"], name=op.f("fk_accounts_street_code"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        schema="gridmap",
    )
    for column in ("staff_code", "community_code", "street_code"):
        op.create_index(f"ix_accounts_{column}", "accounts", [column], schema="gridmap")
    op.create_index("uq_accounts_name", "accounts", [sa.text("lower(name)")], unique=True, schema="gridmap")
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["gridmap.accounts.id"], name=op.f("fk_sessions_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
        schema="gridmap",
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"], schema="gridmap")
    op.create_table(
        "login_failures",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("name", "address", name=op.f("pk_login_failures")),
        schema="gridmap",
    )
    op.create_index("ix_login_failures_address", "login_failures", ["address"], schema="gridmap")
    op.create_table(
        "corrections",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("place_code", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("field IN ('access', 'enclosure', 'management')", name=op.f("ck_corrections_field")),
        sa.ForeignKeyConstraint(
            ["place_code"], ["gridmap.places.code"], name=op.f("fk_corrections_place_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
        schema="gridmap",
    )
    op.create_index("ix_corrections_place_code", "corrections", ["place_code"], schema="gridmap")


def downgrade() -> None:
    for table in ("corrections", "login_failures", "sessions", "accounts"):
        op.drop_table(table, schema="gridmap")
