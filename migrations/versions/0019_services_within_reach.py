"""services within reach: figures by community, gaps and proposed sites, as layers of results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_KINDS = (
    "'elderly_care', 'childcare', 'health', 'culture_sport', 'household_service', 'green', 'school', 'market', "
    "'service_centre', 'committee_office'"
)
_COUNTS = {
    "reach": (
        *("sites", "residents", "within_5", "within_10", "within_15", "within_15_worst"),
        *("elderly", "elderly_within_5", "elderly_within_10", "elderly_within_15"),
    ),
    "reach_gaps": ("minutes", "residents", "elderly"),
    "reach_sites": ("rank", "residents", "elderly"),
}


def _analyses(listed: str) -> None:
    op.drop_constraint(op.f("ck_runs_analysis"), "runs", schema="gridmap")
    op.create_check_constraint(op.f("ck_runs_analysis"), "runs", f"analysis IN ({listed})", schema="gridmap")


def _start() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=True),
    ]


def _end(table: str) -> list[sa.schema.SchemaItem]:
    more = sa.Column(
        "more",
        postgresql.JSONB(astext_type=sa.Text()),
        nullable=True,
        comment="Columns of the source that the layer doesn't name",
    )
    return [
        more,
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name=op.f(f"ck_{table}_kind")),
        *(sa.CheckConstraint(f"{name} >= 0", name=op.f(f"ck_{table}_{name}_count")) for name in _COUNTS[table]),
        sa.ForeignKeyConstraint(
            ["community_code"],
            ["gridmap.communities.code"],
            name=op.f(f"fk_{table}_community_code"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _shape(table: str, kind: str) -> list[sa.schema.SchemaItem]:
    column = sa.Column(
        "geom",
        Geometry(
            geometry_type=kind,
            srid=4326,
            dimension=2,
            spatial_index=False,
            from_text="ST_GeomFromEWKT",
            name="geometry",
            nullable=False,
        ),
        nullable=False,
    )
    return [column, sa.CheckConstraint(f"geometrytype(geom) IN ('{kind}')", name=op.f(f"ck_{table}_geom_kind"))]


def _finish(table: str, *, shaped: bool) -> None:
    """Indexes, and the trigger that keeps rows which a load removes."""
    op.create_index(op.f(f"ix_{table}_community_code"), table, ["community_code"], unique=False, schema="gridmap")
    if shaped:
        op.create_geospatial_index(
            f"ix_{table}_geom",
            table,
            ["geom"],
            unique=False,
            schema="gridmap",
            postgresql_using="gist",
            postgresql_ops={},
        )
    op.execute(
        f"CREATE TRIGGER keep_removed AFTER DELETE ON gridmap.{table} REFERENCING OLD TABLE AS before_rows"
        " FOR EACH STATEMENT EXECUTE FUNCTION gridmap.keep_former_rows('loads', 'id')"
    )
    op.execute(f"ALTER TABLE gridmap.{table} ENABLE ALWAYS TRIGGER keep_removed")


def upgrade() -> None:
    op.create_table(
        "reach",
        *_start(),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in _COUNTS["reach"]),
        sa.Column("mean_walk_m", sa.Double(), nullable=True),
        *_end("reach"),
        schema="gridmap",
    )
    _finish("reach", shaped=False)
    op.create_geospatial_table(
        "reach_gaps",
        *_start(),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("residents", sa.Integer(), nullable=True),
        sa.Column("elderly", sa.Integer(), nullable=True),
        *_shape("reach_gaps", "MULTIPOLYGON"),
        *_end("reach_gaps"),
        schema="gridmap",
    )
    _finish("reach_gaps", shaped=True)
    op.create_geospatial_table(
        "reach_sites",
        *_start(),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("beside", sa.Text(), nullable=True),
        sa.Column("residents", sa.Integer(), nullable=True),
        sa.Column("elderly", sa.Integer(), nullable=True),
        sa.Column("within_15", sa.Double(), nullable=True),
        *_shape("reach_sites", "POINT"),
        *_end("reach_sites"),
        schema="gridmap",
    )
    _finish("reach_sites", shaped=True)
    _analyses("'check', 'isolation', 'grids', 'leaders', 'plans', 'reach'")


def downgrade() -> None:
    op.execute("DELETE FROM gridmap.runs WHERE analysis = 'reach'")
    _analyses("'check', 'isolation', 'grids', 'leaders', 'plans'")
    for table in ("reach_sites", "reach_gaps"):
        op.drop_geospatial_table(table, schema="gridmap")
    op.drop_table("reach", schema="gridmap")
