"""isolation with the worst case, the residents' view, the walk to each neighbour and the parts of the score."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TEXTS = ("class_worst", "score_parts", "neighbour_walks", "not_measured")
FLOATS = (
    "score_worst",
    "reach_300_worst",
    "reach_500_worst",
    "walled_share",
    "employer_share",
    "interleaving",
    "residents_openings_per_km",
    "residents_longest_gap_m",
    "residents_directness",
    "residents_detour_m",
    "residents_reach_300",
    "residents_reach_500",
)
COUNTS = (
    "neighbours",
    "neighbours_unreached",
    "unreached_worst",
    "neighbours_unsurveyed",
    "pieces_own",
    "pieces_other",
    "residents_unreached",
)


def upgrade() -> None:
    for names, kind in ((TEXTS, sa.Text), (FLOATS, sa.Double), (COUNTS, sa.Integer)):
        for name in names:
            op.add_column("isolation", sa.Column(name, kind(), nullable=True), schema="gridmap")
    for name in COUNTS:
        op.create_check_constraint(op.f(f"ck_isolation_{name}_count"), "isolation", f"{name} >= 0", schema="gridmap")
    share = op.f("ck_isolation_employer_share_range")
    op.create_check_constraint(share, "isolation", "employer_share BETWEEN 0 AND 1", schema="gridmap")
    op.create_check_constraint(
        op.f("ck_isolation_class_worst"),
        "isolation",
        "class_worst IN ('open', 'partly', 'isolated', 'unsurveyed')",
        schema="gridmap",
    )


def downgrade() -> None:
    for name in (*TEXTS, *FLOATS, *COUNTS):
        op.drop_column("isolation", name, schema="gridmap")
