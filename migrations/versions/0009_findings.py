"""what a check of the data finds, as a layer of results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_KINDS = (
    "'refused', 'invalid_shape', 'overlap', 'gap', 'outside', 'orphan', 'far_gate', 'loose_end', 'dead_reference', "
    "'count', 'code_twice', 'value'"
)


def _analyses(listed: str) -> None:
    op.drop_constraint(op.f("ck_runs_analysis"), "runs", schema="gridmap")
    op.create_check_constraint(op.f("ck_runs_analysis"), "runs", f"analysis IN ({listed})", schema="gridmap")


def upgrade() -> None:
    op.create_geospatial_table(
        "findings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("place_code", sa.Text(), nullable=True),
        sa.Column("other", sa.Text(), nullable=True),
        sa.Column("area_m2", sa.Double(), nullable=True),
        sa.Column("length_m", sa.Double(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("words_zh", sa.Text(), nullable=True),
        sa.Column("words_en", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("geometrytype(geom) IN ('POINT')", name=op.f("ck_findings_geom_kind")),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name=op.f("ck_findings_kind")),
        sa.CheckConstraint("severity IN ('error', 'doubt')", name=op.f("ck_findings_severity")),
        sa.CheckConstraint("rank >= 0", name=op.f("ck_findings_rank_count")),
        sa.CheckConstraint("count >= 0", name=op.f("ck_findings_count_count")),
        sa.ForeignKeyConstraint(
            ["place_code"], ["gridmap.places.code"], name=op.f("fk_findings_place_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
        schema="gridmap",
    )
    op.create_index(op.f("ix_findings_place_code"), "findings", ["place_code"], unique=False, schema="gridmap")
    op.create_geospatial_index(
        "ix_findings_geom",
        "findings",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.execute(
        "CREATE TRIGGER keep_removed AFTER DELETE ON gridmap.findings REFERENCING OLD TABLE AS before_rows"
        " FOR EACH STATEMENT EXECUTE FUNCTION gridmap.keep_former_rows('loads', 'id')"
    )
    op.execute("ALTER TABLE gridmap.findings ENABLE ALWAYS TRIGGER keep_removed")
    _analyses("'check', 'isolation', 'grids', 'leaders', 'plans'")


def downgrade() -> None:
    op.execute("DELETE FROM gridmap.runs WHERE analysis = 'check'")
    _analyses("'isolation', 'grids', 'leaders', 'plans'")
    op.drop_geospatial_table("findings", schema="gridmap")
