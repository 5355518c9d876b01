"""nominations of stairwell leaders, and the links by which residents make them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "nomination_links",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("place_code", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["place_code"], ["gridmap.places.code"], name=op.f("fk_nomination_links_place_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_nomination_links")),
        schema="gridmap",
    )
    op.create_table(
        "nominations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("place_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["token"], ["gridmap.nomination_links.token"], name=op.f("fk_nominations_token"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["place_code"], ["gridmap.places.code"], name=op.f("fk_nominations_place_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nominations")),
        schema="gridmap",
    )
    for table, column in _INDEXED:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], schema="gridmap")


_INDEXED = (("nomination_links", "place_code"), ("nominations", "token"), ("nominations", "place_code"))


def downgrade() -> None:
    op.drop_table("nominations", schema="gridmap")
    op.drop_table("nomination_links", schema="gridmap")
