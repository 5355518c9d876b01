"""Why the analysis proposes this leader: on what grounds, which of how many, and what the next one would cost."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_COLUMNS = {
    "basis": sa.Text(),
    "candidates": sa.Integer(),
    "rank": sa.Integer(),
    "next_code": sa.Text(),
    "next_m": sa.Double(),
}
_CHECKS = {
    "basis": "basis IN ('locked', 'sitting', 'chosen')",
    "candidates_count": "candidates >= 0",
    "rank_count": "rank >= 0",
}


def upgrade() -> None:
    for name, kind in _COLUMNS.items():
        op.add_column("leaders", sa.Column(name, kind, nullable=True), schema="gridmap")
    for name, rule in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_leaders_{name}"), "leaders", rule, schema="gridmap")


def downgrade() -> None:
    for name in reversed(_COLUMNS):
        op.drop_column("leaders", name, schema="gridmap")
