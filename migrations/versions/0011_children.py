"""children of communities, beside the elderly and the people from elsewhere."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("communities", sa.Column("children", sa.Integer(), nullable=True), schema="gridmap")
    op.create_check_constraint(op.f("ck_communities_children_count"), "communities", "children >= 0", schema="gridmap")


def downgrade() -> None:
    op.drop_column("communities", "children", schema="gridmap")
