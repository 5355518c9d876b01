"""The tables of plans shaped by hand: what they are shaped on, their versions, adoption and links."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from gridmap.database.tables import SRID, metadata, plans

block_sets = Table(
    "block_sets",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("data_version", BigInteger, nullable=False),
    Column("community_code", Text, nullable=False, server_default=text("''")),
    Column("prefix", Text, nullable=False, server_default=text("''")),
    Column("crs", Text, nullable=False),
    Column("sites", ARRAY(Integer), nullable=False),
    Column("walks", LargeBinary, nullable=False),
    Column("names", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("data_version", "community_code"),
)
"""The blocks of one version of the data; those of one community, on which its grids are corrected, with its code and
what the codes of its grids begin with. `walks`: whole metres from each site to every block, site by site, two bytes
each, the lower first, 65535 where it is farther or not known."""

blocks = Table(
    "blocks",
    metadata,
    Column("set_id", BigInteger, ForeignKey(block_sets.c.id, ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("code", Text, nullable=False),
    Column("name", Text),
    Column("kind", Text, nullable=False),
    Column("community_code", Text),
    Column("street_code", Text),
    Column("households", Integer, nullable=False),
    Column("x", Double, nullable=False),
    Column("y", Double, nullable=False),
    Column("area_m2", Double, nullable=False),
    Column("length_m", Double, nullable=False),
    Column("geom", Geometry("GEOMETRY", srid=SRID, spatial_index=False), nullable=False),
    UniqueConstraint("set_id", "code"),
    CheckConstraint("households >= 0", name="households_count"),
)
"""`x`, `y`: where a block's people are, in the set's metric system."""

block_borders = Table(
    "block_borders",
    metadata,
    Column("set_id", BigInteger, ForeignKey(block_sets.c.id, ondelete="CASCADE"), primary_key=True),
    Column("a", Integer, primary_key=True),
    Column("b", Integer, primary_key=True),
    Column("border_m", Double, nullable=False),
    Column("passable", Boolean, nullable=False),
    Column("geom", Geometry("GEOMETRY", srid=SRID, spatial_index=False), nullable=False),
)

block_buildings = Table(
    "block_buildings",
    metadata,
    Column("set_id", BigInteger, ForeignKey(block_sets.c.id, ondelete="CASCADE"), primary_key=True),
    Column("building_code", Text, primary_key=True),
    Column("position", Integer, nullable=False),
)
"""Of the blocks of one community: the block of each building."""

shaped_plans = Table(
    "shaped_plans",
    metadata,
    Column("plan_id", BigInteger, ForeignKey(plans.c.id, ondelete="CASCADE"), primary_key=True),
    Column("set_id", BigInteger, ForeignKey(block_sets.c.id), nullable=False, index=True),
    Column("from_plan", BigInteger, ForeignKey(plans.c.id, ondelete="SET NULL"), index=True),
    Column("revision", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("changed_by", Text, nullable=False),
    Column("figures", JSONB, nullable=False),
    Column("adopted_at", DateTime(timezone=True)),
    Column("adopted_by", Text),
    Column("adopted_why", Text),
    Column("adopted_from", Date),
    Column("share_hash", Text, unique=True),
    CheckConstraint(
        "num_nulls(adopted_at, adopted_by, adopted_why, adopted_from) IN (0, 4)", name="adopted_with_all_that_belongs"
    ),
)
"""Plans shaped by hand. `revision` counts every change, undoing too; `version` is the one that holds now. A plan that
is adopted changes no more. Of its link only the SHA-256 of the token is kept."""

plan_versions = Table(
    "plan_versions",
    metadata,
    Column("plan_id", BigInteger, ForeignKey(shaped_plans.c.plan_id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("previous", Integer),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("assignment", LargeBinary, nullable=False),
    Column("regions", JSONB, nullable=False),
    Column("locked", ARRAY(Integer), nullable=False),
)
"""Every state that a plan ever had; none is written over. `assignment`: the region of every block by its position, two
bytes each, the lower first, -1 for none; `regions`: id, name, whether it is locked; `locked`: positions of blocks."""
