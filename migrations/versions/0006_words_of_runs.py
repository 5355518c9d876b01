"""what a run does and why it failed, as a message with its parameters, which is worded in the reader's language."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE gridmap.runs
            ALTER doing TYPE jsonb USING jsonb_build_object('message', doing, 'params', '{}'::jsonb),
            ALTER error TYPE jsonb USING jsonb_build_object('message', '{words}', 'params',
                                                            jsonb_build_object('words', error))
        """
    )
    op.execute("UPDATE gridmap.runs SET doing = NULL WHERE doing ->> 'message' IS NULL")
    op.execute("UPDATE gridmap.runs SET error = NULL WHERE error #>> '{params,words}' IS NULL")


def downgrade() -> None:
    op.execute(
        """
        ALTER TABLE gridmap.runs
            ALTER doing TYPE text USING doing ->> 'message',
            ALTER error TYPE text USING COALESCE(error #>> '{params,words}', error ->> 'message')
        """
    )
