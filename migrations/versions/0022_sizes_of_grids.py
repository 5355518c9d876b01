"""between how many households each grid was to have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_COLUMNS = ("size_least", "size_most")


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("grids", sa.Column(name, sa.Integer(), nullable=True), schema="gridmap")
        op.create_check_constraint(op.f(f"ck_grids_{name}_count"), "grids", f"{name} >= 0", schema="gridmap")


def downgrade() -> None:
    for name in _COLUMNS:
        op.drop_column("grids", name, schema="gridmap")
