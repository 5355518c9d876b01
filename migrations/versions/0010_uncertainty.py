"""between what and what derived households, and the staff they need, may lie."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS = (
    ("need", ("households_low", "households_high", "staff_least", "staff_most")),
    ("plan_regions", ("households_low", "households_high")),
)


def upgrade() -> None:
    for table, names in COLUMNS:
        for name in names:
            op.add_column(table, sa.Column(name, sa.Integer(), nullable=True), schema="gridmap")
            op.create_check_constraint(op.f(f"ck_{table}_{name}_count"), table, f"{name} >= 0", schema="gridmap")


def downgrade() -> None:
    for table, names in COLUMNS:
        for name in names:
            op.drop_column(table, name, schema="gridmap")
