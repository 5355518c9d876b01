"""plans shaped by hand: blocks, versions, adoption, links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_NOW = sa.text("now()")


def upgrade() -> None:
    op.add_column(
        "plans",
        sa.Column("origin", sa.Text(), server_default=sa.text("'proposal'"), nullable=False),
        schema="gridmap",
    )
    op.create_check_constraint(
        op.f("ck_plans_origin"), "plans", "origin IN ('proposal', 'today', 'plan', 'imported')", schema="gridmap"
    )
    op.create_table(
        "block_sets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("data_version", sa.BigInteger(), nullable=False),
        sa.Column("crs", sa.Text(), nullable=False),
        sa.Column("sites", ARRAY(sa.Integer()), nullable=False),
        sa.Column("walks", sa.LargeBinary(), nullable=False),
        sa.Column("names", JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block_sets")),
        sa.UniqueConstraint("data_version", name=op.f("uq_block_sets_data_version")),
        schema="gridmap",
    )
    op.create_table(
        "blocks",
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("community_code", sa.Text()),
        sa.Column("street_code", sa.Text()),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("x", sa.Double(), nullable=False),
        sa.Column("y", sa.Double(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("length_m", sa.Double(), nullable=False),
        sa.Column("geom", Geometry("GEOMETRY", srid=4326, spatial_index=False), nullable=False),
        sa.CheckConstraint("households >= 0", name=op.f("ck_blocks_households_count")),
        sa.ForeignKeyConstraint(
            ["set_id"], ["gridmap.block_sets.id"], name=op.f("fk_blocks_set_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("set_id", "position", name=op.f("pk_blocks")),
        sa.UniqueConstraint("set_id", "code", name=op.f("uq_blocks_set_id_code")),
        schema="gridmap",
    )
    op.create_table(
        "block_borders",
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("a", sa.Integer(), nullable=False),
        sa.Column("b", sa.Integer(), nullable=False),
        sa.Column("border_m", sa.Double(), nullable=False),
        sa.Column("passable", sa.Boolean(), nullable=False),
        sa.Column("geom", Geometry("GEOMETRY", srid=4326, spatial_index=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"], ["gridmap.block_sets.id"], name=op.f("fk_block_borders_set_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("set_id", "a", "b", name=op.f("pk_block_borders")),
        schema="gridmap",
    )
    op.create_table(
        "shaped_plans",
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("from_plan", sa.BigInteger()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("figures", JSONB(), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True)),
        sa.Column("adopted_by", sa.Text()),
        sa.Column("adopted_why", sa.Text()),
        sa.Column("adopted_from", sa.Date()),
        sa.Column("share_hash", sa.Text()),
        sa.CheckConstraint(
            "num_nulls(adopted_at, adopted_by, adopted_why, adopted_from) IN (0, 4)",
            name=op.f("ck_shaped_plans_adopted_with_all_that_belongs"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["gridmap.plans.id"], name=op.f("fk_shaped_plans_plan_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["set_id"], ["gridmap.block_sets.id"], name=op.f("fk_shaped_plans_set_id")),
        sa.ForeignKeyConstraint(
            ["from_plan"], ["gridmap.plans.id"], name=op.f("fk_shaped_plans_from_plan"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_shaped_plans")),
        sa.UniqueConstraint("share_hash", name=op.f("uq_shaped_plans_share_hash")),
        schema="gridmap",
    )
    op.create_index(op.f("ix_shaped_plans_set_id"), "shaped_plans", ["set_id"], schema="gridmap")
    op.create_index(op.f("ix_shaped_plans_from_plan"), "shaped_plans", ["from_plan"], schema="gridmap")
    op.create_table(
        "plan_versions",
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("previous", sa.Integer()),
        sa.Column("at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("assignment", sa.LargeBinary(), nullable=False),
        sa.Column("regions", JSONB(), nullable=False),
        sa.Column("locked", ARRAY(sa.Integer()), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["gridmap.shaped_plans.plan_id"], name=op.f("fk_plan_versions_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "number", name=op.f("pk_plan_versions")),
        schema="gridmap",
    )


def downgrade() -> None:
    for table in ("plan_versions", "shaped_plans", "block_borders", "blocks", "block_sets"):
        op.drop_table(table, schema="gridmap")
    op.execute("DELETE FROM gridmap.plans WHERE origin <> 'proposal'")
    op.drop_constraint(op.f("ck_plans_origin"), "plans", schema="gridmap")
    op.drop_column("plans", "origin", schema="gridmap")
