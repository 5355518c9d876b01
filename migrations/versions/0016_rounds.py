"""When a building comes by on the round of its grid."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("members", sa.Column("stop", sa.Integer(), nullable=True), schema="gridmap")
    op.create_check_constraint(op.f("ck_members_stop_count"), "members", "stop >= 0", schema="gridmap")


def downgrade() -> None:
    op.drop_column("members", "stop", schema="gridmap")
