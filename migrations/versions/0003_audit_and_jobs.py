"""the audit log can only grow; the job queue's own tables."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_QUEUE = Path(__file__).parents[1] / "procrastinate" / "3.10.0.sql"
"""A copy of the schema that procrastinate shipped then; a later one of its versions gets a migration of its own."""


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION gridmap.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the audit log can only be added to' USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON gridmap.audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION gridmap.refuse_change()
        """
    )
    connection = op.get_bind()
    path = connection.exec_driver_sql("SELECT current_setting('search_path')").scalar_one()
    connection.exec_driver_sql("SELECT set_config('search_path', 'gridmap, public', true)")
    connection.exec_driver_sql(_QUEUE.read_text(encoding="utf-8"), execution_options={"no_parameters": True})
    connection.exec_driver_sql("SELECT set_config('search_path', %s, true)", (path,))


def downgrade() -> None:
    op.execute(
        """
        DO $$
        DECLARE thing text;
        BEGIN
            FOR thing IN SELECT oid::regclass FROM pg_class WHERE relnamespace = 'gridmap'::regnamespace
                AND relkind = 'r' AND relname LIKE 'procrastinate%'
            LOOP EXECUTE 'DROP TABLE ' || thing || ' CASCADE'; END LOOP;
            FOR thing IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'gridmap'::regnamespace
                AND proname LIKE 'procrastinate%'
            LOOP EXECUTE 'DROP FUNCTION ' || thing || ' CASCADE'; END LOOP;
            FOR thing IN SELECT oid::regtype FROM pg_type WHERE typnamespace = 'gridmap'::regnamespace
                AND typname LIKE 'procrastinate%'
            LOOP EXECUTE 'DROP TYPE ' || thing || ' CASCADE'; END LOOP;
        END $$
        """
    )
    op.execute("DROP TRIGGER audit_log_only_grows ON gridmap.audit_log")
    op.execute("DROP FUNCTION gridmap.refuse_change()")
