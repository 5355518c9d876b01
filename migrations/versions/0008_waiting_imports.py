"""files that were brought in by the page: looked at, corrected, loaded or cancelled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_STATES = "'waiting', 'reading', 'ready', 'refused', 'ordered', 'loading', 'loaded'"


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("chosen", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("progress", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("doing", JSONB(none_as_null=True)),
        sa.Column("error", JSONB(none_as_null=True)),
        sa.Column("report", JSONB(none_as_null=True)),
        sa.Column("features", sa.LargeBinary()),
        sa.Column("seen_version", sa.BigInteger()),
        sa.Column("version", sa.BigInteger()),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(f"state IN ({_STATES})", name=op.f("ck_imports_state")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["gridmap.accounts.id"], name=op.f("fk_imports_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        schema="gridmap",
    )
    op.create_index(op.f("ix_imports_account_id"), "imports", ["account_id"], schema="gridmap")
    op.create_table(
        "import_pieces",
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["gridmap.imports.id"], name=op.f("fk_import_pieces_import_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_pieces")),
        schema="gridmap",
    )


def downgrade() -> None:
    op.drop_table("import_pieces", schema="gridmap")
    op.drop_table("imports", schema="gridmap")
