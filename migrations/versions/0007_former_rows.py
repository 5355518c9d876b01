"""what each change wrote over and removed, so that a load can be taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_CODED = (
    *("streets", "communities", "compounds", "buildings", "stairwells", "gates", "centres", "facilities", "staff"),
    "grids",
)
_UNCODED = ("barriers", "ways", "ground", "members", "assignments")
_OF_LOADS = (
    ("isolation", "code"),
    ("gate_proposals", "id"),
    ("leaders", "id"),
    ("need", "id"),
    ("corrections", "id"),
    ("runs", "id"),
    ("plans", "id"),
    ("plan_regions", "id"),
    ("plan_units", "plan_id,unit"),
)
"""What only goes with the rows that it stands on: kept for loads alone, since analyses exchange it each time."""

_KEEP = """
CREATE FUNCTION gridmap.keep_former_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change bigint := nullif(current_setting('gridmap.change', true), '')::bigint;
    columns text;
    key text;
    versioned boolean;
    any_kept boolean;
    condition text := 'true';
BEGIN
    IF change IS NULL OR (TG_ARGV[0] = 'loads' AND current_setting('gridmap.load', true) IS DISTINCT FROM 'on') THEN
        RETURN NULL;
    END IF;
    SELECT string_agg(format(CASE WHEN t.typname = 'geometry' THEN 'b.%1$I::text AS %1$I' ELSE 'b.%I' END, a.attname),
            ', ' ORDER BY a.attnum)
            FILTER (WHERE TG_NARGS < 3 OR a.attname = ANY(string_to_array(TG_ARGV[2], ','))),
        coalesce(bool_or(a.attname = 'version'), false)
    INTO columns, versioned
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = TG_RELID AND a.attnum > 0 AND NOT a.attisdropped;
    SELECT string_agg(format('b.%I', part), ', ') INTO key FROM unnest(string_to_array(TG_ARGV[1], ',')) AS part;
    IF versioned THEN
        condition := 'b.version <> $1';
        EXECUTE 'SELECT EXISTS (SELECT FROM before_rows b WHERE b.version <> $1)' INTO any_kept USING change;
        IF NOT any_kept THEN  -- rows of this very change, as in the first load of a district
            RETURN NULL;
        END IF;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        condition := format('%s AND EXISTS (SELECT FROM after_rows a WHERE a.%I = b.%2$I AND a IS DISTINCT FROM b)',
            condition, TG_ARGV[1]);
    END IF;
    EXECUTE format(
        'INSERT INTO gridmap.former_rows (version, layer, key, content)'
        ' SELECT $1, %L, concat_ws('' '', %s), (SELECT to_jsonb(one) FROM (SELECT %s) one) FROM before_rows b WHERE %s',
        TG_TABLE_NAME, key, columns, condition) USING change;
    RETURN NULL;
END $$
"""


def _always(table: str, trigger: str) -> None:
    """Also while many rows are moved in at once, when references are not looked up once more."""
    op.execute(f"ALTER TABLE gridmap.{table} ENABLE ALWAYS TRIGGER {trigger}")


def _removed(table: str, arguments: str) -> None:
    op.execute(
        f"CREATE TRIGGER keep_removed AFTER DELETE ON gridmap.{table} REFERENCING OLD TABLE AS before_rows"
        f" FOR EACH STATEMENT EXECUTE FUNCTION gridmap.keep_former_rows({arguments})"
    )
    _always(table, "keep_removed")


def _updated(table: str, arguments: str) -> None:
    op.execute(
        f"CREATE TRIGGER keep_updated AFTER UPDATE ON gridmap.{table}"
        " REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows"
        f" FOR EACH STATEMENT EXECUTE FUNCTION gridmap.keep_former_rows({arguments})"
    )
    _always(table, "keep_updated")


def upgrade() -> None:
    op.create_table(
        "former_rows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content", JSONB(none_as_null=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_rows")),
        schema="gridmap",
    )
    op.create_index("ix_former_rows_version_layer", "former_rows", ["version", "layer"], schema="gridmap")
    op.add_column(
        "data_versions",
        sa.Column("kept", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="gridmap",
    )
    op.add_column(
        "places",
        sa.Column(
            "version",
            sa.BigInteger(),
            server_default=sa.text("coalesce(nullif(current_setting('gridmap.change', true), '')::bigint, 0)"),
            nullable=False,
        ),
        schema="gridmap",
    )
    op.execute(_KEEP)
    for tables, key in ((("places", *_CODED), "code"), (_UNCODED, "id")):
        for table in tables:
            _removed(table, f"'changes', '{key}'")
            _updated(table, f"'changes', '{key}'")
    for table, key in _OF_LOADS:
        _removed(table, f"'loads', '{key}'")
    _updated("accounts", "'loads', 'id', 'id,staff_code,community_code,street_code'")


def downgrade() -> None:
    op.execute("DROP FUNCTION gridmap.keep_former_rows() CASCADE")
    op.drop_column("places", "version", schema="gridmap")
    op.drop_column("data_versions", "kept", schema="gridmap")
    op.drop_table("former_rows", schema="gridmap")
