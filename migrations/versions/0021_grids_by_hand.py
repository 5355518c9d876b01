"""grids corrected by hand: sets of a community's buildings, and which grids were published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_ORIGIN = "ck_plans_origin"
_VERSION = "uq_block_sets_data_version"
_VERSION_OF_ONE = "uq_block_sets_data_version_community_code"


def upgrade() -> None:
    op.add_column("grids", sa.Column("by_hand", sa.Boolean(), nullable=True), schema="gridmap")
    for name in ("community_code", "prefix"):
        column = sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False)
        op.add_column("block_sets", column, schema="gridmap")
    op.drop_constraint(op.f(_VERSION), "block_sets", schema="gridmap")
    op.create_unique_constraint(
        op.f(_VERSION_OF_ONE), "block_sets", ["data_version", "community_code"], schema="gridmap"
    )
    op.create_table(
        "block_buildings",
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("building_code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"], ["gridmap.block_sets.id"], name=op.f("fk_block_buildings_set_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("set_id", "building_code", name=op.f("pk_block_buildings")),
        schema="gridmap",
    )
    op.drop_constraint(op.f(_ORIGIN), "plans", schema="gridmap")
    op.create_check_constraint(
        op.f(_ORIGIN), "plans", "origin IN ('proposal', 'today', 'plan', 'imported', 'grids')", schema="gridmap"
    )


def downgrade() -> None:
    op.execute("DELETE FROM gridmap.plans WHERE origin = 'grids'")
    op.execute("DELETE FROM gridmap.block_sets WHERE community_code <> ''")
    op.drop_constraint(op.f(_ORIGIN), "plans", schema="gridmap")
    op.create_check_constraint(
        op.f(_ORIGIN), "plans", "origin IN ('proposal', 'today', 'plan', 'imported')", schema="gridmap"
    )
    op.drop_table("block_buildings", schema="gridmap")
    op.drop_constraint(op.f(_VERSION_OF_ONE), "block_sets", schema="gridmap")
    op.create_unique_constraint(op.f(_VERSION), "block_sets", ["data_version"], schema="gridmap")
    for name in ("community_code", "prefix"):
        op.drop_column("block_sets", name, schema="gridmap")
    op.drop_column("grids", "by_hand", schema="gridmap")
