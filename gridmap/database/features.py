"""Features of a layer as GeoJSON, page by page, each page beginning after the last key of the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from sqlalchemy import Connection, TextClause, text

from gridmap.database.tile_layers import GRID_LEADER, GRID_NAME, NEWEST_PLAN, REGION_NAME
from gridmap.domain.layers import SMALL_COUNTS, SMALL_PARTS, Layer

Shape = Literal["full", "point", "none"]
Box = tuple[float, float, float, float]

DIGITS = 7
"""Decimals of a degree: a centimetre."""

_SHAPES: dict[Shape, str] = {
    "full": f"ST_AsGeoJSON(ST_ForcePolygonCCW(geom), {DIGITS})::json",
    "point": f"ST_AsGeoJSON(ST_PointOnSurface(geom), {DIGITS})::json",
    "none": "NULL::json",
}

_RICHER = MappingProxyType(
    {
        "isolation": """
            SELECT i.*, i.code AS key, c.name,
                CASE WHEN :language = 'en' THEN i.reasons_en ELSE i.reasons_zh END AS reasons_text,
                c.households, c.community_code, m.name AS community_name, s.name AS street_name,
                i.score_parts::json AS parts
            FROM gridmap.isolation i JOIN gridmap.compounds c ON c.code = i.code
            LEFT JOIN gridmap.communities m ON m.code = c.community_code
            LEFT JOIN gridmap.streets s ON s.code = m.street_code
        """,
        "gate_proposals": """
            SELECT p.*, p.id AS key, c.name AS compound_name, p.more ->> 'other_code' AS other_code,
                p.more ->> 'class_before' AS class_before, p.more ->> 'class_after' AS class_after,
                (p.more ->> 'classes_changed')::json AS classes_changed,
                CASE WHEN :language = 'en' THEN p.more ->> 'agree_en' ELSE p.more ->> 'agree_zh' END AS agree,
                p.more ->> 'within' AS within
            FROM gridmap.gate_proposals p JOIN gridmap.compounds c ON c.code = p.compound_code
        """,
        "grids": f"""
            SELECT g.*, g.code AS key, {GRID_NAME} AS name, c.name AS community_name,
                {GRID_LEADER} AS leader
            FROM gridmap.grids g LEFT JOIN gridmap.communities c ON c.code = g.community_code
        """,  # noqa: S608 (a constant)
        "need": """
            SELECT n.*, n.id AS key, c.name AS community_name
            FROM gridmap.need n LEFT JOIN gridmap.communities c ON c.code = n.community_code
        """,
        "reach": """
            SELECT r.*, r.id AS key, c.name AS community_name, s.name AS street_name
            FROM gridmap.reach r LEFT JOIN gridmap.communities c ON c.code = r.community_code
            LEFT JOIN gridmap.streets s ON s.code = c.street_code
        """,
        "reach_sites": """
            SELECT p.*, p.id AS key, c.name AS community_name
            FROM gridmap.reach_sites p LEFT JOIN gridmap.communities c ON c.code = p.community_code
        """,
        "regions": f"""
            SELECT r.*, r.id AS key, {REGION_NAME} AS name FROM gridmap.plan_regions r WHERE r.plan_id = {NEWEST_PLAN}
        """,  # noqa: S608 (a constant)
    }
)
"""Sources that join the names that a list needs."""

_WORDED = ("isolation", "gate_proposals")
"""Layers that carry sentences in both languages."""

_MORE_COLUMNS = MappingProxyType(
    {
        "isolation": (
            "reasons_text",
            "name",
            "households",
            "community_code",
            "community_name",
            "street_name",
            "parts",
        ),
        "gate_proposals": (
            "compound_name",
            "other_code",
            "class_before",
            "class_after",
            "classes_changed",
            "agree",
            "within",
        ),
        "grids": ("name", "community_name", "leader"),
        "need": ("community_name",),
        "reach": ("community_name", "street_name"),
        "reach_sites": ("community_name",),
        "regions": ("name",),
    }
)

_SMALL = (*SMALL_COUNTS, *SMALL_PARTS)

_PAGE = """
SELECT key, json_build_object('type', 'Feature', 'id', key, 'geometry', {shape}, 'properties',
    json_build_object({properties}))::text AS feature
FROM ({source}) AS source
WHERE {conditions}
ORDER BY key LIMIT :most
"""


@dataclass(frozen=True)
class Page:
    """Features as JSON texts, in the order of their keys, and the key that the next page begins after, if any."""

    features: tuple[str, ...]
    next_after: str | None


def features(
    connection: Connection,
    layer: Layer,
    *,
    columns: Sequence[str],
    most: int,
    box: Box | None = None,
    after: str | int | None = None,
    shape: Shape = "full",
    language: str = "zh",
    least_shown: int | None = None,
) -> Page:
    """One page of a layer's features.

    Parameters
    ----------
    columns
        The layer's columns to give; the caller leaves out what the asker may not see.
    most
        Most features of the page.
    box
        West, south, east, north in degrees: features whose bounding box meets it.
    after
        The last key of the page before: a code, or the row's number where the layer has no codes.
    shape
        The whole geometry, one point on it, or none.
    language
        Of `reasons_text`, where a layer gives its reasons in words: zh or en.
    least_shown
        Counts of groups of people below this are left out; None gives them all.

    Returns
    -------
    Page
        RFC 7946 features: EPSG:4326, longitude first, outer rings counter-clockwise.
    """
    given: dict[str, object] = {"most": most + 1, **({"language": language} if layer.name in _WORDED else {})}
    conditions = ["true"]
    if after is not None:
        conditions.append("key > :after")
        given["after"] = after
    if box is not None:
        conditions.append("geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)")
        given.update(zip(("west", "south", "east", "north"), box, strict=True))
    if least_shown is not None and set(_SMALL) & set(layer.names):
        given["least_shown"] = least_shown
    statement = _statement(layer, columns, shape, tuple(conditions), hides="least_shown" in given)
    rows = connection.execute(statement, given).all()
    shown = rows[:most]
    more = len(rows) > most
    return Page(tuple(row.feature for row in shown), str(shown[-1].key) if more else None)


def key_is_code(layer: Layer) -> bool:
    """Whether pages of the layer go by code, else by number."""
    return layer.has_code and layer.name != "regions"


def _value(layer: Layer, name: str, *, hides: bool) -> str:
    """A column as it is given: measures to a tenth of a millimetre, coordinates to a centimetre."""
    if hides and name in _SMALL:
        return f"CASE WHEN {name} >= :least_shown THEN {name} END"
    if name in layer.names and layer.column(name).type == "float":
        return f"round({name}::numeric, {DIGITS if name.endswith(('_lon', '_lat')) else 4})"
    return name


def _statement(
    layer: Layer, columns: Sequence[str], shape: Shape, conditions: tuple[str, ...], *, hides: bool
) -> TextClause:
    """The statement of a page, put together from the layers' own descriptions and this module's pieces."""
    key = "code" if key_is_code(layer) else "id"
    source = _RICHER.get(layer.name) or f"SELECT *, {key} AS key FROM gridmap.{layer.name}"  # noqa: S608 (a known layer)
    known = [name for name in layer.names if name in set(columns)]
    names = [*known, *_MORE_COLUMNS.get(layer.name, ())]
    pieces = {
        "{shape}": _SHAPES[shape] if layer.geometry else "NULL::json",
        "{properties}": ", ".join(f"'{name}', {_value(layer, name, hides=hides)}" for name in names),
        "{source}": source,
        "{conditions}": " AND ".join(conditions),
    }
    statement = _PAGE
    for mark, piece in pieces.items():
        statement = statement.replace(mark, piece)
    return text(statement)
