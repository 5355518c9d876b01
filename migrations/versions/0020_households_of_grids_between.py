"""grids with the least and the most that derived households may be."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

COUNTS = ("households_low", "households_high")


def upgrade() -> None:
    for name in COUNTS:
        op.add_column("grids", sa.Column(name, sa.Integer, nullable=True), schema="gridmap")
        op.create_check_constraint(op.f(f"ck_grids_{name}_count"), "grids", f"{name} >= 0", schema="gridmap")


def downgrade() -> None:
    for name in COUNTS:
        op.drop_column("grids", name, schema="gridmap")
