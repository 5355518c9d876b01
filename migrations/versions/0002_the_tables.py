"""the tables."""

# ruff: noqa: E501, PLR0915 (as Alembic writes it)

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "audit_log",
    "barriers",
    "data_versions",
    "ground",
    "places",
    "plans",
    "runs",
    "ways",
    "facilities",
    "plan_regions",
    "plan_units",
    "streets",
    "communities",
    "centres",
    "compounds",
    "grids",
    "need",
    "buildings",
    "gate_proposals",
    "gates",
    "isolation",
    "members",
    "stairwells",
    "staff",
    "assignments",
    "leaders",
)
"""In the order in which they are made; dropping one drops its indexes."""


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
        schema="gridmap",
    )
    op.create_index(op.f("ix_audit_log_at"), "audit_log", ["at"], unique=False, schema="gridmap")
    op.create_index(op.f("ix_audit_log_subject"), "audit_log", ["subject"], unique=False, schema="gridmap")
    op.create_geospatial_table(
        "barriers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("derived", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "geometrytype(geom) IN ('LINESTRING', 'MULTILINESTRING')", name=op.f("ck_barriers_geom_kind")
        ),
        sa.CheckConstraint(
            "kind IN ('wall', 'fence', 'retaining_wall', 'river', 'railway', 'road')", name=op.f("ck_barriers_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_barriers")),
        schema="gridmap",
    )
    op.create_geospatial_index(
        "ix_barriers_geom",
        "barriers",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "data_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("layers", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_versions")),
        schema="gridmap",
    )
    op.create_index(
        "ix_data_versions_layers", "data_versions", ["layers"], unique=False, schema="gridmap", postgresql_using="gin"
    )
    op.create_geospatial_table(
        "ground",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("derived", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("geometrytype(geom) IN ('POLYGON', 'MULTIPOLYGON')", name=op.f("ck_ground_geom_kind")),
        sa.CheckConstraint(
            "kind IN ('sea', 'water', 'hill', 'built_up', 'green', 'farmland')", name=op.f("ck_ground_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ground")),
        schema="gridmap",
    )
    op.create_geospatial_index(
        "ix_ground_geom", "ground", ["geom"], unique=False, schema="gridmap", postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "places",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("pinyin", sa.Text(), nullable=True),
        sa.Column("initials", sa.Text(), nullable=True),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column(
            "point",
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
        sa.Column("west", sa.Double(), nullable=True),
        sa.Column("south", sa.Double(), nullable=True),
        sa.Column("east", sa.Double(), nullable=True),
        sa.Column("north", sa.Double(), nullable=True),
        sa.CheckConstraint("code ~ '^\\S+$'", name=op.f("ck_places_code_form")),
        sa.CheckConstraint(
            "layer IN ('streets', 'communities', 'compounds', 'buildings', 'stairwells', 'gates', 'centres', 'facilities', 'staff', 'grids')",
            name=op.f("ck_places_layer"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_places")),
        schema="gridmap",
    )
    op.create_index(op.f("ix_places_community_code"), "places", ["community_code"], unique=False, schema="gridmap")
    op.create_index(
        "ix_places_initials",
        "places",
        ["initials"],
        unique=False,
        schema="gridmap",
        postgresql_ops={"initials": "text_pattern_ops"},
    )
    op.create_index("ix_places_layer", "places", ["layer"], unique=False, schema="gridmap")
    op.create_index(
        "ix_places_name",
        "places",
        ["name"],
        unique=False,
        schema="gridmap",
        postgresql_ops={"name": "text_pattern_ops"},
    )
    op.create_index(
        "ix_places_pinyin",
        "places",
        ["pinyin"],
        unique=False,
        schema="gridmap",
        postgresql_ops={"pinyin": "text_pattern_ops"},
    )
    op.create_geospatial_index(
        "ix_places_point",
        "places",
        ["point"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "plans",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("data_version", sa.BigInteger(), nullable=False),
        sa.Column(
            "settings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("status IN ('draft', 'adopted', 'archived')", name=op.f("ck_plans_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        schema="gridmap",
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("analysis", sa.Text(), nullable=False),
        sa.Column("data_version", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "started_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("progress", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("doing", sa.Text(), nullable=True),
        sa.Column(
            "settings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("analysis IN ('isolation', 'grids', 'leaders', 'plans')", name=op.f("ck_runs_analysis")),
        sa.CheckConstraint("status IN ('running', 'done', 'failed', 'cancelled')", name=op.f("ck_runs_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        schema="gridmap",
    )
    op.create_index("ix_runs_analysis_id", "runs", ["analysis", "id"], unique=False, schema="gridmap")
    op.create_geospatial_table(
        "ways",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("walkable", sa.Boolean(), nullable=True),
        sa.Column("bridge", sa.Boolean(), nullable=True),
        sa.Column("tunnel", sa.Boolean(), nullable=True),
        sa.Column("derived", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("geometrytype(geom) IN ('LINESTRING', 'MULTILINESTRING')", name=op.f("ck_ways_geom_kind")),
        sa.CheckConstraint(
            "kind IN ('motorway', 'trunk', 'primary', 'secondary', 'tertiary', 'residential', 'service', 'footway', 'path', 'steps')",
            name=op.f("ck_ways_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ways")),
        schema="gridmap",
    )
    op.create_geospatial_index(
        "ix_ways_geom", "ways", ["geom"], unique=False, schema="gridmap", postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "facilities",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("derived", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("code ~ '^\\S+$'", name=op.f("ck_facilities_code_form")),
        sa.CheckConstraint("geometrytype(geom) IN ('POINT')", name=op.f("ck_facilities_geom_kind")),
        sa.CheckConstraint(
            "kind IN ('elderly_care', 'childcare', 'health', 'culture_sport', 'household_service', 'green', 'school', 'market')",
            name=op.f("ck_facilities_kind"),
        ),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_facilities_capacity_count")),
        sa.ForeignKeyConstraint(["code"], ["gridmap.places.code"], name=op.f("fk_facilities_code"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_facilities")),
        sa.UniqueConstraint("id", name=op.f("uq_facilities_id")),
        schema="gridmap",
    )
    op.create_geospatial_index(
        "ix_facilities_geom",
        "facilities",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "plan_regions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("region", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("units", sa.Integer(), nullable=True),
        sa.Column("members", sa.Text(), nullable=True),
        sa.Column("compactness", sa.Double(), nullable=True),
        sa.Column("centre_lon", sa.Double(), nullable=True),
        sa.Column("centre_lat", sa.Double(), nullable=True),
        sa.Column("mean_walk_m", sa.Double(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("more", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("geometrytype(geom) IN ('MULTIPOLYGON')", name=op.f("ck_plan_regions_geom_kind")),
        sa.CheckConstraint("status IN ('new', 'kept', 'later', 'below')", name=op.f("ck_plan_regions_status")),
        sa.CheckConstraint("households >= 0", name=op.f("ck_plan_regions_households_count")),
        sa.CheckConstraint("units >= 0", name=op.f("ck_plan_regions_units_count")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["gridmap.plans.id"], name=op.f("fk_plan_regions_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_regions")),
        sa.UniqueConstraint("plan_id", "region", name=op.f("uq_plan_regions_plan_id_region")),
        schema="gridmap",
    )
    op.create_geospatial_index(
        "ix_plan_regions_geom",
        "plan_regions",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "plan_units",
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("region", sa.Integer(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column(
            "geom",
            Geometry(srid=4326, dimension=2, spatial_index=False, from_text="ST_GeomFromEWKT", name="geometry"),
            nullable=True,
        ),
        sa.CheckConstraint("region >= -1", name=op.f("ck_plan_units_region_range")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["gridmap.plans.id"], name=op.f("fk_plan_units_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "unit", name=op.f("pk_plan_units")),
        schema="gridmap",
    )
    op.create_geospatial_index(
        "ix_plan_units_geom",
        "plan_units",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "streets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("derived", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("code ~ '^\\S+$'", name=op.f("ck_streets_code_form")),
        sa.CheckConstraint("geometrytype(geom) IN ('MULTIPOLYGON')", name=op.f("ck_streets_geom_kind")),
        sa.CheckConstraint("kind IN ('street', 'town')", name=op.f("ck_streets_kind")),
        sa.ForeignKeyConstraint(["code"], ["gridmap.places.code"], name=op.f("fk_streets_code"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_streets")),
        sa.UniqueConstraint("id", name=op.f("uq_streets_id")),
        schema="gridmap",
    )
    op.create_geospatial_index(
        "ix_streets_geom",
        "streets",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "communities",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("street_code", sa.Text(), nullable=True),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("residents", sa.Integer(), nullable=True),
        sa.Column("elderly", sa.Integer(), nullable=True),
        sa.Column("floating", sa.Integer(), nullable=True),
        sa.Column("office_address", sa.Text(), nullable=True),
        sa.Column("office_hours", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("party_branch", sa.Text(), nullable=True),
        sa.Column("reform_status", sa.Text(), nullable=True),
        sa.Column("original_residents", sa.Integer(), nullable=True),
        sa.Column("derived", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "code !~ '^[0-9]{12}$' OR street_code !~ '^[0-9]{9}([0-9]{3})?$' OR left(code, 9) = left(street_code, 9)",
            name=op.f("ck_communities_code_structure"),
        ),
        sa.CheckConstraint("code ~ '^\\S+$'", name=op.f("ck_communities_code_form")),
        sa.CheckConstraint("geometrytype(geom) IN ('MULTIPOLYGON')", name=op.f("ck_communities_geom_kind")),
        sa.CheckConstraint("kind IN ('urban', 'converted', 'village')", name=op.f("ck_communities_kind")),
        sa.CheckConstraint("reform_status IN ('none', 'under_way', 'done')", name=op.f("ck_communities_reform_status")),
        sa.CheckConstraint("elderly >= 0", name=op.f("ck_communities_elderly_count")),
        sa.CheckConstraint("floating >= 0", name=op.f("ck_communities_floating_count")),
        sa.CheckConstraint("households >= 0", name=op.f("ck_communities_households_count")),
        sa.CheckConstraint("original_residents >= 0", name=op.f("ck_communities_original_residents_count")),
        sa.CheckConstraint("residents >= 0", name=op.f("ck_communities_residents_count")),
        sa.ForeignKeyConstraint(
            ["code"], ["gridmap.places.code"], name=op.f("fk_communities_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["street_code"], ["gridmap.streets.code"], name=op.f("fk_communities_street_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_communities")),
        sa.UniqueConstraint("id", name=op.f("uq_communities_id")),
        schema="gridmap",
    )
    op.create_geospatial_index(
        "ix_communities_geom",
        "communities",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(op.f("ix_communities_street_code"), "communities", ["street_code"], unique=False, schema="gridmap")
    op.create_geospatial_table(
        "centres",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=True),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("serves", sa.Text(), nullable=True),
        sa.Column("services", sa.Text(), nullable=True),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("derived", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("code ~ '^\\S+$'", name=op.f("ck_centres_code_form")),
        sa.CheckConstraint("geometrytype(geom) IN ('POINT')", name=op.f("ck_centres_geom_kind")),
        sa.CheckConstraint("kind IN ('service_centre', 'committee_office')", name=op.f("ck_centres_kind")),
        sa.ForeignKeyConstraint(["code"], ["gridmap.places.code"], name=op.f("fk_centres_code"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["community_code"], ["gridmap.communities.code"], name=op.f("fk_centres_community_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_centres")),
        sa.UniqueConstraint("id", name=op.f("uq_centres_id")),
        schema="gridmap",
    )
    op.create_index(op.f("ix_centres_community_code"), "centres", ["community_code"], unique=False, schema="gridmap")
    op.create_geospatial_index(
        "ix_centres_geom",
        "centres",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "compounds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("enclosure", sa.Text(), nullable=False),
        sa.Column("management", sa.Text(), nullable=False),
        sa.Column("employer", sa.Text(), nullable=True),
        sa.Column("employer_share", sa.Double(), nullable=True),
        sa.Column("property_company", sa.Text(), nullable=True),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("residents", sa.Integer(), nullable=True),
        sa.Column("owners_committee", sa.Boolean(), nullable=True),
        sa.Column("derived", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("code ~ '^\\S+$'", name=op.f("ck_compounds_code_form")),
        sa.CheckConstraint(
            "enclosure IN ('enclosed', 'partly', 'open', 'unknown')", name=op.f("ck_compounds_enclosure")
        ),
        sa.CheckConstraint("geometrytype(geom) IN ('POLYGON', 'MULTIPOLYGON')", name=op.f("ck_compounds_geom_kind")),
        sa.CheckConstraint(
            "management IN ('closed', 'hours', 'open', 'unknown')", name=op.f("ck_compounds_management")
        ),
        sa.CheckConstraint("employer_share BETWEEN 0 AND 1", name=op.f("ck_compounds_employer_share_range")),
        sa.CheckConstraint("households >= 0", name=op.f("ck_compounds_households_count")),
        sa.CheckConstraint("residents >= 0", name=op.f("ck_compounds_residents_count")),
        sa.ForeignKeyConstraint(["code"], ["gridmap.places.code"], name=op.f("fk_compounds_code"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["community_code"], ["gridmap.communities.code"], name=op.f("fk_compounds_community_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_compounds")),
        sa.UniqueConstraint("id", name=op.f("uq_compounds_id")),
        schema="gridmap",
    )
    op.create_index(
        op.f("ix_compounds_community_code"), "compounds", ["community_code"], unique=False, schema="gridmap"
    )
    op.create_geospatial_index(
        "ix_compounds_geom",
        "compounds",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "grids",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("buildings", sa.Integer(), nullable=True),
        sa.Column("walk_m", sa.Double(), nullable=True),
        sa.Column("derived", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "code !~ '^[0-9]{15}$' OR community_code !~ '^[0-9]{12}$' OR left(code, 12) = community_code",
            name=op.f("ck_grids_code_structure"),
        ),
        sa.CheckConstraint("code ~ '^\\S+$'", name=op.f("ck_grids_code_form")),
        sa.CheckConstraint("geometrytype(geom) IN ('MULTIPOLYGON')", name=op.f("ck_grids_geom_kind")),
        sa.CheckConstraint("kind IN ('basic', 'rural', 'dedicated')", name=op.f("ck_grids_kind")),
        sa.CheckConstraint("buildings >= 0", name=op.f("ck_grids_buildings_count")),
        sa.CheckConstraint("households >= 0", name=op.f("ck_grids_households_count")),
        sa.ForeignKeyConstraint(["code"], ["gridmap.places.code"], name=op.f("fk_grids_code"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["community_code"], ["gridmap.communities.code"], name=op.f("fk_grids_community_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_grids")),
        sa.UniqueConstraint("id", name=op.f("uq_grids_id")),
        schema="gridmap",
    )
    op.create_index(op.f("ix_grids_community_code"), "grids", ["community_code"], unique=False, schema="gridmap")
    op.create_geospatial_index(
        "ix_grids_geom", "grids", ["geom"], unique=False, schema="gridmap", postgresql_using="gist", postgresql_ops={}
    )
    op.create_table(
        "need",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("staff_needed", sa.Integer(), nullable=True),
        sa.Column("staff_in_place", sa.Integer(), nullable=True),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("households >= 0", name=op.f("ck_need_households_count")),
        sa.CheckConstraint("staff_in_place >= 0", name=op.f("ck_need_staff_in_place_count")),
        sa.CheckConstraint("staff_needed >= 0", name=op.f("ck_need_staff_needed_count")),
        sa.ForeignKeyConstraint(
            ["community_code"], ["gridmap.communities.code"], name=op.f("fk_need_community_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need")),
        schema="gridmap",
    )
    op.create_index(op.f("ix_need_community_code"), "need", ["community_code"], unique=False, schema="gridmap")
    op.create_geospatial_table(
        "buildings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("compound_code", sa.Text(), nullable=True),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("use", sa.Text(), nullable=True),
        sa.Column("floors", sa.Integer(), nullable=True),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("residents", sa.Integer(), nullable=True),
        sa.Column("derived", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("code ~ '^\\S+$'", name=op.f("ck_buildings_code_form")),
        sa.CheckConstraint("geometrytype(geom) IN ('POLYGON', 'MULTIPOLYGON')", name=op.f("ck_buildings_geom_kind")),
        sa.CheckConstraint(
            "use IN ('residential', 'mixed', 'dormitory', 'commercial', 'office', 'industrial', 'education', 'health', 'public', 'other', 'unknown')",
            name=op.f("ck_buildings_use"),
        ),
        sa.CheckConstraint("floors >= 0", name=op.f("ck_buildings_floors_count")),
        sa.CheckConstraint("households >= 0", name=op.f("ck_buildings_households_count")),
        sa.CheckConstraint("residents >= 0", name=op.f("ck_buildings_residents_count")),
        sa.ForeignKeyConstraint(["code"], ["gridmap.places.code"], name=op.f("fk_buildings_code"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["community_code"], ["gridmap.communities.code"], name=op.f("fk_buildings_community_code")
        ),
        sa.ForeignKeyConstraint(["compound_code"], ["gridmap.compounds.code"], name=op.f("fk_buildings_compound_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_buildings")),
        sa.UniqueConstraint("id", name=op.f("uq_buildings_id")),
        schema="gridmap",
    )
    op.create_index(
        op.f("ix_buildings_community_code"), "buildings", ["community_code"], unique=False, schema="gridmap"
    )
    op.create_index(op.f("ix_buildings_compound_code"), "buildings", ["compound_code"], unique=False, schema="gridmap")
    op.create_geospatial_index(
        "ix_buildings_geom",
        "buildings",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "gate_proposals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("compound_code", sa.Text(), nullable=False),
        sa.Column("joins", sa.Text(), nullable=True),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("saved_mean_m", sa.Double(), nullable=True),
        sa.Column("saved_p90_m", sa.Double(), nullable=True),
        sa.Column("share_50m", sa.Double(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("geometrytype(geom) IN ('POINT')", name=op.f("ck_gate_proposals_geom_kind")),
        sa.CheckConstraint("households >= 0", name=op.f("ck_gate_proposals_households_count")),
        sa.CheckConstraint("rank >= 0", name=op.f("ck_gate_proposals_rank_count")),
        sa.ForeignKeyConstraint(
            ["compound_code"],
            ["gridmap.compounds.code"],
            name=op.f("fk_gate_proposals_compound_code"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_proposals")),
        schema="gridmap",
    )
    op.create_index(
        op.f("ix_gate_proposals_compound_code"), "gate_proposals", ["compound_code"], unique=False, schema="gridmap"
    )
    op.create_geospatial_index(
        "ix_gate_proposals_geom",
        "gate_proposals",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "gates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("compound_code", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("access", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("derived", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("access IN ('public', 'residents', 'closed')", name=op.f("ck_gates_access")),
        sa.CheckConstraint("code ~ '^\\S+$'", name=op.f("ck_gates_code_form")),
        sa.CheckConstraint("geometrytype(geom) IN ('POINT')", name=op.f("ck_gates_geom_kind")),
        sa.CheckConstraint("kind IN ('pedestrian', 'vehicle', 'both')", name=op.f("ck_gates_kind")),
        sa.ForeignKeyConstraint(["code"], ["gridmap.places.code"], name=op.f("fk_gates_code"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["compound_code"], ["gridmap.compounds.code"], name=op.f("fk_gates_compound_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_gates")),
        sa.UniqueConstraint("id", name=op.f("uq_gates_id")),
        schema="gridmap",
    )
    op.create_index(op.f("ix_gates_compound_code"), "gates", ["compound_code"], unique=False, schema="gridmap")
    op.create_geospatial_index(
        "ix_gates_geom", "gates", ["geom"], unique=False, schema="gridmap", postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "isolation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("openings_per_km", sa.Double(), nullable=True),
        sa.Column("longest_gap_m", sa.Double(), nullable=True),
        sa.Column("directness", sa.Double(), nullable=True),
        sa.Column("detour_m", sa.Double(), nullable=True),
        sa.Column("reach_300", sa.Double(), nullable=True),
        sa.Column("reach_500", sa.Double(), nullable=True),
        sa.Column("office_walk_m", sa.Double(), nullable=True),
        sa.Column("centre_walk_m", sa.Double(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=True),
        sa.Column("reasons_zh", sa.Text(), nullable=True),
        sa.Column("reasons_en", sa.Text(), nullable=True),
        sa.Column("directness_worst", sa.Double(), nullable=True),
        sa.Column("detour_worst_m", sa.Double(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "cause IN ('walls', 'closed_management', 'employer', 'geography', 'boundaries', 'several')",
            name=op.f("ck_isolation_cause"),
        ),
        sa.CheckConstraint("class IN ('open', 'partly', 'isolated', 'unsurveyed')", name=op.f("ck_isolation_class")),
        sa.CheckConstraint("code ~ '^\\S+$'", name=op.f("ck_isolation_code_form")),
        sa.CheckConstraint("geometrytype(geom) IN ('POLYGON', 'MULTIPOLYGON')", name=op.f("ck_isolation_geom_kind")),
        sa.ForeignKeyConstraint(
            ["code"], ["gridmap.compounds.code"], name=op.f("fk_isolation_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_isolation")),
        sa.UniqueConstraint("id", name=op.f("uq_isolation_id")),
        schema="gridmap",
    )
    op.create_geospatial_index(
        "ix_isolation_geom",
        "isolation",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "members",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("building_code", sa.Text(), nullable=False),
        sa.Column("derived", sa.Text(), nullable=True),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["building_code"], ["gridmap.buildings.code"], name=op.f("fk_members_building_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["grid_code"], ["gridmap.grids.code"], name=op.f("fk_members_grid_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("building_code", name=op.f("uq_members_building_code")),
        schema="gridmap",
    )
    op.create_index(op.f("ix_members_grid_code"), "members", ["grid_code"], unique=False, schema="gridmap")
    op.create_geospatial_table(
        "stairwells",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("building_code", sa.Text(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("derived", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("code ~ '^\\S+$'", name=op.f("ck_stairwells_code_form")),
        sa.CheckConstraint("geometrytype(geom) IN ('POINT')", name=op.f("ck_stairwells_geom_kind")),
        sa.CheckConstraint("households >= 0", name=op.f("ck_stairwells_households_count")),
        sa.CheckConstraint("number >= 0", name=op.f("ck_stairwells_number_count")),
        sa.ForeignKeyConstraint(
            ["building_code"], ["gridmap.buildings.code"], name=op.f("fk_stairwells_building_code")
        ),
        sa.ForeignKeyConstraint(["code"], ["gridmap.places.code"], name=op.f("fk_stairwells_code"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_stairwells")),
        sa.UniqueConstraint("id", name=op.f("uq_stairwells_id")),
        schema="gridmap",
    )
    op.create_index(
        op.f("ix_stairwells_building_code"), "stairwells", ["building_code"], unique=False, schema="gridmap"
    )
    op.create_geospatial_index(
        "ix_stairwells_geom",
        "stairwells",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "staff",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("duty_phone", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("published", sa.Boolean(), nullable=True),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("stairwell_code", sa.Text(), nullable=True),
        sa.Column("party_member", sa.Boolean(), nullable=True),
        sa.Column("roles", sa.Text(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("derived", sa.Text(), nullable=True),
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
        sa.CheckConstraint("code ~ '^\\S+$'", name=op.f("ck_staff_code_form")),
        sa.CheckConstraint("geometrytype(geom) IN ('POINT')", name=op.f("ck_staff_geom_kind")),
        sa.CheckConstraint(
            "roles ~ '^(staff|grid|compound|party_compound|stairwell|volunteer)( (staff|grid|compound|party_compound|stairwell|volunteer))*$'",
            name=op.f("ck_staff_roles"),
        ),
        sa.CheckConstraint(
            "source IN ('recruited', 'three_supports', 'village_graduate', 'civil_servant', 'military_officer', 'veteran', 'elected')",
            name=op.f("ck_staff_source"),
        ),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_staff_capacity_count")),
        sa.ForeignKeyConstraint(["code"], ["gridmap.places.code"], name=op.f("fk_staff_code"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["community_code"], ["gridmap.communities.code"], name=op.f("fk_staff_community_code")),
        sa.ForeignKeyConstraint(["stairwell_code"], ["gridmap.stairwells.code"], name=op.f("fk_staff_stairwell_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_staff")),
        sa.UniqueConstraint("id", name=op.f("uq_staff_id")),
        schema="gridmap",
    )
    op.create_index(op.f("ix_staff_community_code"), "staff", ["community_code"], unique=False, schema="gridmap")
    op.create_geospatial_index(
        "ix_staff_geom", "staff", ["geom"], unique=False, schema="gridmap", postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(op.f("ix_staff_stairwell_code"), "staff", ["stairwell_code"], unique=False, schema="gridmap")
    op.create_table(
        "assignments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("place_code", sa.Text(), nullable=False),
        sa.Column("staff_code", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("locked", sa.Boolean(), nullable=True),
        sa.Column("derived", sa.Text(), nullable=True),
        sa.Column(
            "more",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Columns of the source that the layer doesn't name",
        ),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("role"), "="),
            (sa.column("place_code"), "="),
            (sa.text("daterange(since, until)"), "&&"),
            where=sa.text("role IN ('grid', 'compound', 'party_compound', 'stairwell')"),
            using="gist",
            name="ex_assignments_sole_role",
        ),
        sa.CheckConstraint(
            "role IN ('staff', 'grid', 'compound', 'party_compound', 'stairwell', 'volunteer')",
            name=op.f("ck_assignments_role"),
        ),
        sa.CheckConstraint("until >= since", name=op.f("ck_assignments_term")),
        sa.ForeignKeyConstraint(
            ["place_code"], ["gridmap.places.code"], name=op.f("fk_assignments_place_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_code"], ["gridmap.staff.code"], name=op.f("fk_assignments_staff_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
        schema="gridmap",
    )
    op.create_index(op.f("ix_assignments_place_code"), "assignments", ["place_code"], unique=False, schema="gridmap")
    op.create_index(op.f("ix_assignments_staff_code"), "assignments", ["staff_code"], unique=False, schema="gridmap")
    op.create_geospatial_table(
        "leaders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("place_code", sa.Text(), nullable=False),
        sa.Column("staff_code", sa.Text(), nullable=True),
        sa.Column("walk_m", sa.Double(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
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
        sa.CheckConstraint(
            "cause IN ('no_staff_in_community', 'no_candidate_lives_there', 'no_party_member_lives_there', 'all_at_capacity', 'no_households')",
            name=op.f("ck_leaders_cause"),
        ),
        sa.CheckConstraint("geometrytype(geom) IN ('POINT')", name=op.f("ck_leaders_geom_kind")),
        sa.CheckConstraint(
            "role IN ('staff', 'grid', 'compound', 'party_compound', 'stairwell', 'volunteer')",
            name=op.f("ck_leaders_role"),
        ),
        sa.CheckConstraint("status IN ('assigned', 'vacant')", name=op.f("ck_leaders_status")),
        sa.ForeignKeyConstraint(
            ["place_code"], ["gridmap.places.code"], name=op.f("fk_leaders_place_code"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_code"], ["gridmap.staff.code"], name=op.f("fk_leaders_staff_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaders")),
        schema="gridmap",
    )
    op.create_geospatial_index(
        "ix_leaders_geom",
        "leaders",
        ["geom"],
        unique=False,
        schema="gridmap",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(op.f("ix_leaders_place_code"), "leaders", ["place_code"], unique=False, schema="gridmap")
    op.create_index(op.f("ix_leaders_staff_code"), "leaders", ["staff_code"], unique=False, schema="gridmap")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema="gridmap")
