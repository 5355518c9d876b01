"""The tables, all in the schema `gridmap`: one a layer, and what stands around them.

The tables of layers come from `gridmap.domain.layers`, so a file and the database can't drift apart. A new column or
word there needs a migration; `tests/database/test_migrate.py` says so when it is missing.
"""

from __future__ import annotations

from typing import Any

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
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    column,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlalchemy.types import TypeEngine

from gridmap.domain import layers, words

SCHEMA = "gridmap"
SRID = 4326

metadata = MetaData(
    schema=SCHEMA,
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    },
)

_TYPES: dict[layers.ColumnType, type[TypeEngine[Any]]] = {
    "text": Text,
    "int": Integer,
    "float": Double,
    "bool": Boolean,
    "date": Date,
}

SHAPES: dict[layers.Geometry, tuple[str, ...]] = {
    "point": ("POINT",),
    "line": ("LINESTRING", "MULTILINESTRING"),
    "polygon": ("POLYGON", "MULTIPOLYGON"),
    "multipolygon": ("MULTIPOLYGON",),
}
"""What a layer's geometry may be: a compound across a road is one place in two pieces."""

WITHOUT_POSITION = {"staff", "leaders", "findings"}
"""Layers whose rows may lack a position: people without a known home, places without a shape, whole columns."""

_SIGNED = {"region"}
"""Whole numbers that may be negative; all others are counts."""

GONE_WITH_PARENT = {
    *("grids", "members", "assignments", "isolation", "gate_proposals", "leaders", "need", "findings"),
    *("reach", "reach_gaps", "reach_sites"),
}
"""Layers whose rows stand on others' rows and go with them; any other layer's row keeps its parent from going."""


_SINGLE = {"members": ("building_code",)}
"""Columns whose value stands in one row only: a building is in one grid."""


def vocabulary_check(name: str, codes: tuple[str, ...]) -> CheckConstraint:
    """A check that a column holds one of these words, or nothing."""
    listed = ", ".join(f"'{code}'" for code in codes)
    return CheckConstraint(f"{name} IN ({listed})", name=name)


def _code_check(name: str) -> CheckConstraint:
    return CheckConstraint(rf"{name} ~ '^\S+$'", name=f"{name}_form")


def _structure_checks(layer: layers.Layer) -> list[CheckConstraint]:
    """Official codes begin with their parent's digits; made-up codes are left alone (DESIGN section 6)."""
    if layer.name == "communities":
        rule = "code !~ '^[0-9]{12}$' OR street_code !~ '^[0-9]{9}([0-9]{3})?$' OR left(code, 9) = left(street_code, 9)"
    elif layer.name == "grids":
        rule = "code !~ '^[0-9]{15}$' OR community_code !~ '^[0-9]{12}$' OR left(code, 12) = community_code"
    else:
        return []
    return [CheckConstraint(rule, name="code_structure")]


def _value_checks(layer: layers.Layer) -> list[CheckConstraint]:
    checks = [vocabulary_check(item.name, item.values.codes) for item in layer.columns if item.values]
    checks += [
        CheckConstraint(f"{item.name} >= 0", name=f"{item.name}_count")
        for item in layer.columns
        if item.type == "int" and item.name not in _SIGNED
    ]
    if "employer_share" in layer.names:
        checks.append(CheckConstraint("employer_share BETWEEN 0 AND 1", name="employer_share_range"))
    if "roles" in layer.names:
        either = "|".join(words.ROLES.codes)
        checks.append(CheckConstraint(f"roles ~ '^({either})( ({either}))*$'", name="roles"))
    return checks


def _parent(layer: layers.Layer, item: layers.Column) -> ForeignKey | None:
    ondelete = "CASCADE" if layer.name in GONE_WITH_PARENT else None
    if item.name == "code" and layer.name in layers.DISTRICT_LAYERS:
        return ForeignKey(f"{SCHEMA}.places.code", ondelete="CASCADE")
    if item.name == "code" and layer.name == "isolation":
        return ForeignKey(f"{SCHEMA}.compounds.code", ondelete="CASCADE")
    if item.name == "place_code":
        return ForeignKey(f"{SCHEMA}.places.code", ondelete="CASCADE")
    if item.refers_to:
        return ForeignKey(f"{SCHEMA}.{item.refers_to}.code", ondelete=ondelete)
    return None


def layer_columns(layer: layers.Layer, *, keyed: bool = True) -> list[Column[Any]]:
    """The columns of a layer; `keyed`: its code is the key and its references are foreign keys."""
    columns = []
    for item in layer.columns:
        parent = _parent(layer, item) if keyed else None
        single = keyed and item.name in _SINGLE.get(layer.name, ())
        columns.append(
            Column(
                item.name,
                _TYPES[item.type],
                *([parent] if parent is not None else []),
                primary_key=keyed and item.name == "code",
                nullable=not item.required,
                index=True if parent is not None and item.name != "code" and not single else None,
                unique=True if single else None,
            )
        )
    return columns


def geometry_column(layer: layers.Layer) -> tuple[Column[Any], CheckConstraint]:
    """The column `geom` of a layer in EPSG:4326, and the check of its kind."""
    shapes = SHAPES[layer.geometry or "point"]
    kind = shapes[0] if len(shapes) == 1 else "GEOMETRY"
    listed = ", ".join(f"'{shape}'" for shape in shapes)
    return (
        Column(
            "geom",
            Geometry(kind, srid=SRID, spatial_index=False),
            nullable=layer.name in WITHOUT_POSITION,
        ),
        CheckConstraint(f"geometrytype(geom) IN ({listed})", name="geom_kind"),
    )


def _layer_table(layer: layers.Layer) -> Table:
    key = Column("id", BigInteger, Identity(always=True), primary_key=not layer.has_code, nullable=False)
    parts: list[Column[Any] | CheckConstraint | UniqueConstraint] = [key, *layer_columns(layer)]
    if layer.has_code:
        parts += [UniqueConstraint("id"), _code_check("code")]
    parts += _structure_checks(layer) + _value_checks(layer)
    if layer.geometry:
        parts += geometry_column(layer)
    parts += [
        Column("more", JSONB, comment="Columns of the source that the layer doesn't name"),
        Column("version", BigInteger, nullable=False, server_default=text("0")),
    ]
    table = Table(layer.name, metadata, *parts)
    if layer.geometry:
        Index(f"ix_{layer.name}_geom", table.c.geom, postgresql_using="gist")
    return table


places = Table(
    "places",
    metadata,
    Column("code", Text, primary_key=True),
    Column("layer", Text, nullable=False),
    Column("name", Text),
    Column("address", Text),
    Column("pinyin", Text),
    Column("initials", Text),
    Column("community_code", Text, index=True),
    Column("point", Geometry("POINT", srid=SRID, spatial_index=False)),
    *(Column(side, Double) for side in ("west", "south", "east", "north")),
    Column(
        "version",
        BigInteger,
        nullable=False,
        server_default=text("coalesce(nullif(current_setting('gridmap.change', true), '')::bigint, 0)"),
    ),
    vocabulary_check("layer", tuple(name for name, item in layers.DISTRICT_LAYERS.items() if item.has_code)),
    _code_check("code"),
    Index("ix_places_layer", "layer"),
)
"""Every code once over all layers. Of people it holds the code alone: no name, no home. `version`: the change that
entered it."""

district = {name: _layer_table(layer) for name, layer in layers.DISTRICT_LAYERS.items()}
"""The tables of the district's layers, by name."""

results = {
    name: _layer_table(layer)
    for name, layer in layers.RESULT_LAYERS.items()
    if name not in layers.DISTRICT_LAYERS and name != "regions"
}
"""The tables of the analyses' own layers, by name: the latest run's alone. Regions belong to a plan."""

district["assignments"].append_constraint(CheckConstraint("until >= since", name="term"))
_sole = ", ".join(f"'{role}'" for role in words.SOLE_ROLES)
district["assignments"].append_constraint(
    ExcludeConstraint(
        (column("role"), "="),
        (column("place_code"), "="),
        (func.daterange(column("since"), column("until")), "&&"),
        name="ex_assignments_sole_role",
        using="gist",
        where=text(f"role IN ({_sole})"),
    )
)
"""A sole role has one person at a place at a time; `until` is the first day out of office."""

data_versions = Table(
    "data_versions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("layers", ARRAY(Text), nullable=False),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("kept", Boolean, nullable=False, server_default=text("false")),
    Index("ix_data_versions_layers", "layers", postgresql_using="gin"),
)
"""Every change of data. A layer's version is the largest id that names it. `kept`: it is a load, and `former_rows` hold
all that it wrote over and removed."""

former_rows = Table(
    "former_rows",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("layer", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("content", JSONB(none_as_null=True)),
    Index("ix_former_rows_version_layer", "version", "layer"),
)
"""Rows as they were before a change wrote over or removed them, geometry as EWKB in hexadecimal; triggers enter them.
No content: the change added the row, though the row doesn't carry its version."""

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, index=True),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
)
"""Who, when, what: changes, and looks at personal data. A trigger refuses to change or remove a row."""

ANALYSES = ("check", "isolation", "grids", "leaders", "plans", "reach")
RUN_STATES = ("running", "done", "failed", "cancelled")

runs = Table(
    "runs",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("analysis", Text, nullable=False),
    Column("data_version", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("finished_at", DateTime(timezone=True)),
    Column("progress", Double, nullable=False, server_default=text("0")),
    Column("doing", JSONB(none_as_null=True)),
    Column("settings", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("summary", JSONB),
    Column("error", JSONB(none_as_null=True)),
    vocabulary_check("analysis", ANALYSES),
    vocabulary_check("status", RUN_STATES),
    Index("ix_runs_analysis_id", "analysis", "id"),
)
"""Every run of an analysis, with the version of the data that it was made from."""

PLAN_STATES = ("draft", "adopted", "archived")
PLAN_ORIGINS = ("proposal", "today", "plan", "imported", "grids")
"""What a plan began as: a proposal of the analysis, or shaped by hand from today's communities, a plan or a table;
`grids`: a draft of one community's grids."""

plans = Table(
    "plans",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False, server_default=text("'draft'")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("actor", Text, nullable=False),
    Column("data_version", BigInteger, nullable=False),
    Column("settings", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("report", JSONB, nullable=False),
    Column("origin", Text, nullable=False, server_default=text("'proposal'")),
    vocabulary_check("status", PLAN_STATES),
    vocabulary_check("origin", PLAN_ORIGINS),
)

_regions = layers.RESULT_LAYERS["regions"]
plan_regions = Table(
    "plan_regions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("plan_id", BigInteger, ForeignKey(plans.c.id, ondelete="CASCADE"), nullable=False),
    *layer_columns(_regions, keyed=False),
    *geometry_column(_regions),
    *_value_checks(_regions),
    Column("more", JSONB),
    UniqueConstraint("plan_id", "region"),
    Index("ix_plan_regions_geom", "geom", postgresql_using="gist"),
)

plan_units = Table(
    "plan_units",
    metadata,
    Column("plan_id", BigInteger, ForeignKey(plans.c.id, ondelete="CASCADE"), primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("region", Integer, nullable=False),
    Column("households", Integer),
    Column("geom", Geometry("GEOMETRY", srid=SRID, spatial_index=False)),
    CheckConstraint("region >= -1", name="region_range"),
    Index("ix_plan_units_geom", "geom", postgresql_using="gist"),
)
"""The blocks or other units of a plan; region -1: served by none."""

plan_borders = Table(
    "plan_borders",
    metadata,
    Column("plan_id", BigInteger, ForeignKey(plans.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("unit_a", Text, nullable=False),
    Column("unit_b", Text, nullable=False),
    Column("region_a", Text),
    Column("region_b", Text),
    Column("length_m", Double, nullable=False),
    Column("firmness", Double),
    Column("held_by", Text, nullable=False),
    Column("reason", JSONB, nullable=False),
    Column("choices", JSONB, nullable=False),
    Column("geom", Geometry("GEOMETRY", srid=SRID, spatial_index=False)),
    CheckConstraint("length_m >= 0", name="length"),
    CheckConstraint("firmness BETWEEN 0 AND 1", name="firmness"),
    Index("ix_plan_borders_geom", "geom", postgresql_using="gist"),
)
"""The border pieces of a plan: the two blocks and their regions, the reason as a note, what other choices would cost;
`firmness`: the share of near-optimal plans in which a border stands there."""


def layer_table(name: str) -> Table:
    """The table of a layer, of the district or of the results; KeyError where there is none."""
    return district[name] if name in district else results[name]
