"""indexes of places that no query uses: search looks inside names, which goes through them all, and what asks for a
position asks the layers.
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_COLUMNS = ("name", "pinyin", "initials")


def upgrade() -> None:
    for column in _COLUMNS:
        op.drop_index(f"ix_places_{column}", table_name="places", schema="gridmap")
    op.drop_index("ix_places_point", table_name="places", schema="gridmap")


def downgrade() -> None:
    op.create_index("ix_places_point", "places", ["point"], schema="gridmap", postgresql_using="gist")
    for column in _COLUMNS:
        op.create_index(
            f"ix_places_{column}",
            "places",
            [column],
            schema="gridmap",
            postgresql_ops={column: "text_pattern_ops"},
        )
