"""What people in office see of their places on a phone: their terms, and what stands in each place."""

# ruff: noqa: S608 (the pieces of these statements are our own)

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from gridmap.database.terms import SITS_NOW
from gridmap.database.tile_layers import GRID_NAME

MOST = 600
"""Rows of a list; more are not shown, and the page says so."""

_HEAD = text(
    f"""
    SELECT p.code, p.layer, coalesce(p.name, CASE WHEN p.layer = 'grids' THEN {GRID_NAME} END, p.address) AS name,
        p.address, w.number, w.building_code, host.name AS building_name, c.name AS community_name,
        e.code AS compound_code, e.name AS compound_name,
        coalesce(w.households, host.households, g.households, e.households, c.households) AS households
    FROM gridmap.places p
    LEFT JOIN gridmap.grids g ON p.layer = 'grids' AND g.code = p.code
    LEFT JOIN gridmap.stairwells w ON p.layer = 'stairwells' AND w.code = p.code
    LEFT JOIN gridmap.buildings host ON host.code = CASE p.layer
        WHEN 'buildings' THEN p.code WHEN 'stairwells' THEN w.building_code END
    LEFT JOIN gridmap.compounds e ON e.code = CASE p.layer WHEN 'compounds' THEN p.code ELSE host.compound_code END
    LEFT JOIN gridmap.communities c ON c.code = p.community_code
    WHERE p.code = :code
        AND p.layer IN ('streets', 'communities', 'grids', 'compounds', 'buildings', 'stairwells')
    """
)


def head(connection: Connection, code: str) -> dict[str, Any] | None:
    """A place with its names and households: a street, community, grid, compound, building or stairwell."""
    found = connection.execute(_HEAD, {"code": code}).mappings().one_or_none()
    return dict(found) if found else None


_TERMS = text(
    f"""
    SELECT a.role, p.code, p.layer, coalesce(
            p.name, CASE p.layer WHEN 'grids' THEN {GRID_NAME} WHEN 'stairwells' THEN concat_ws(' ', e.name, b.name) END
        ) AS name, w.number, coalesce(g.households, w.households, own.households, h.households) AS households, a.since
    FROM gridmap.assignments a JOIN gridmap.places p ON p.code = a.place_code
    LEFT JOIN gridmap.grids g ON p.layer = 'grids' AND g.code = p.code
    LEFT JOIN gridmap.communities c ON c.code = g.community_code
    LEFT JOIN gridmap.stairwells w ON p.layer = 'stairwells' AND w.code = p.code
    LEFT JOIN gridmap.buildings b ON b.code = w.building_code
    LEFT JOIN gridmap.compounds e ON e.code = b.compound_code
    LEFT JOIN gridmap.compounds own ON p.layer = 'compounds' AND own.code = p.code
    LEFT JOIN gridmap.buildings h ON p.layer = 'buildings' AND h.code = p.code
    WHERE a.staff_code = :staff AND {SITS_NOW} ORDER BY a.role, p.code LIMIT {MOST}
    """
)


def terms(connection: Connection, staff: str) -> list[dict[str, Any]]:
    """The places that a person leads now, each with the role."""
    return [dict(row) for row in connection.execute(_TERMS, {"staff": staff}).mappings()]


_INSIDE = {
    "streets": f"""
        SELECT 'communities' AS layer, code, name, NULL AS context, households, NULL::int AS number
        FROM gridmap.communities WHERE street_code = :code ORDER BY name, code LIMIT {MOST + 1}
    """,
    "communities": f"""
        (SELECT 'grids' AS layer, g.code, {GRID_NAME} AS name, NULL AS context, g.households, NULL::int AS number
        FROM gridmap.grids g LEFT JOIN gridmap.communities c ON c.code = g.community_code
        WHERE g.community_code = :code ORDER BY g.code LIMIT {MOST // 2})
        UNION ALL
        (SELECT 'compounds', code, name, NULL, households, NULL FROM gridmap.compounds
        WHERE community_code = :code ORDER BY name, code LIMIT {MOST // 2 + 1})
    """,
    "grids": f"""
        SELECT 'buildings' AS layer, b.code, coalesce(b.name, b.address) AS name,
            concat_ws(' · ', e.name, CASE WHEN b.name IS NOT NULL THEN b.address END) AS context, b.households,
            NULL::int AS number, m.stop
        FROM gridmap.members m JOIN gridmap.buildings b ON b.code = m.building_code
        LEFT JOIN gridmap.compounds e ON e.code = b.compound_code
        WHERE m.grid_code = :code
        ORDER BY m.stop NULLS LAST, e.name NULLS LAST, length(b.name), b.name, b.code LIMIT {MOST + 1}
    """,
    "compounds": f"""
        SELECT 'buildings' AS layer, b.code, coalesce(b.name, b.address) AS name,
            CASE WHEN b.name IS NOT NULL THEN b.address END AS context, b.households, NULL::int AS number, m.stop
        FROM gridmap.buildings b LEFT JOIN gridmap.members m ON m.building_code = b.code
        WHERE b.compound_code = :code
        ORDER BY m.grid_code NULLS LAST, m.stop NULLS LAST, length(b.name), b.name, b.code LIMIT {MOST + 1}
    """,
    "buildings": f"""
        SELECT 'stairwells' AS layer, code, NULL AS name, NULL AS context, households, number
        FROM gridmap.stairwells WHERE building_code = :code ORDER BY number, code LIMIT {MOST + 1}
    """,
    "stairwells": """
        SELECT 'stairwells' AS layer, code, NULL AS name, NULL AS context, households, number
        FROM gridmap.stairwells WHERE code = :code
    """,
}
_INSIDE_STATEMENTS = {layer: text(statement) for layer, statement in _INSIDE.items()}


def inside(connection: Connection, layer: str, code: str) -> list[dict[str, Any]]:
    """What stands in a place, one step down: communities, grids and compounds, buildings, stairwells.

    Buildings come in the order in which one passes them on a round of their grid, where that is known.
    """
    return [dict(row) for row in connection.execute(_INSIDE_STATEMENTS[layer], {"code": code}).mappings()]


_OUTERMOST = text(
    f"""
    WITH areas AS (
        SELECT 1 AS level, 'streets' AS layer, code, name, NULL::int AS households FROM gridmap.streets
        UNION ALL SELECT 2, 'communities', code, name, households FROM gridmap.communities
        UNION ALL SELECT 3, 'compounds', code, name, households FROM gridmap.compounds
    )
    SELECT layer, code, name, NULL AS context, households FROM areas
    WHERE level = (SELECT min(level) FROM areas) ORDER BY name, code LIMIT {MOST + 1}
    """
)


def outermost(connection: Connection) -> list[dict[str, Any]]:
    """The streets; where none are loaded, the communities, and without those the compounds."""
    return [dict(row) for row in connection.execute(_OUTERMOST).mappings()]
