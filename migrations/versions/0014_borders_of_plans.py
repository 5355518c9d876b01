"""the borders of plans: why each piece runs where it does, and how firm it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_KEPT_FOR_LOADS = "'loads', 'plan_id,number'"


def upgrade() -> None:
    op.create_geospatial_table(
        "plan_borders",
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("unit_a", sa.Text(), nullable=False),
        sa.Column("unit_b", sa.Text(), nullable=False),
        sa.Column("region_a", sa.Text(), nullable=True),
        sa.Column("region_b", sa.Text(), nullable=True),
        sa.Column("length_m", sa.Double(), nullable=False),
        sa.Column("firmness", sa.Double(), nullable=True),
        sa.Column("held_by", sa.Text(), nullable=False),
        sa.Column("reason", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("choices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "geom",
            Geometry(srid=4326, dimension=2, spatial_index=False, from_text="ST_GeomFromEWKT", name="geometry"),
            nullable=True,
        ),
        sa.CheckConstraint("length_m >= 0", name=op.f("ck_plan_borders_length")),
        sa.CheckConstraint("firmness BETWEEN 0 AND 1", name=op.f("ck_plan_borders_firmness")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["gridmap.plans.id"], name=op.f("fk_plan_borders_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "number", name=op.f("pk_plan_borders")),
        schema="gridmap",
    )
    op.create_geospatial_index(
        "ix_plan_borders_geom",
        "plan_borders",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.execute(
        "CREATE TRIGGER keep_removed AFTER DELETE ON gridmap.plan_borders REFERENCING OLD TABLE AS before_rows"
        f" FOR EACH STATEMENT EXECUTE FUNCTION gridmap.keep_former_rows({_KEPT_FOR_LOADS})"
    )
    op.execute("ALTER TABLE gridmap.plan_borders ENABLE ALWAYS TRIGGER keep_removed")


def downgrade() -> None:
    op.drop_geospatial_table("plan_borders", schema="gridmap")
