"""Whose is this point: the building, stairwells, compound, grid, community and street there, and who looks after it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Boolean, Text

from gridmap.database.terms import SITS_NOW, TERM_IS_OVER
from gridmap.database.tile_layers import GRID_NAME

BUILDING_REACH_M = 25.0
"""A point beside a building still means it: positions from phones are this far off."""

# The nearest buildings by the index are nearest in degrees; the five nearest are then measured in metres.
_PLACES = """
WITH here AS MATERIALIZED (
    SELECT ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS point
), building AS MATERIALIZED (
    SELECT near.* FROM here, LATERAL (
        SELECT b.code, b.name, b.address, b.households, b.compound_code, b.community_code,
            ST_Distance(b.geom::geography, here.point::geography) AS distance_m
        FROM (SELECT * FROM gridmap.buildings ORDER BY geom <-> here.point LIMIT 5) AS b
    ) AS near
    WHERE near.distance_m <= :reach ORDER BY near.distance_m, near.code LIMIT 1
), compound AS MATERIALIZED (
    SELECT c.code, c.name, c.enclosure, c.management, c.community_code FROM gridmap.compounds c, here
    WHERE ST_Intersects(c.geom, here.point) OR c.code = (SELECT compound_code FROM building)
    ORDER BY ST_Intersects(c.geom, here.point) DESC, ST_Area(c.geom), c.code LIMIT 1
), community AS MATERIALIZED (
    SELECT c.code, c.name, c.kind, c.street_code, c.office_address, c.office_hours, c.phone
    FROM gridmap.communities c, here
    WHERE ST_Intersects(c.geom, here.point) OR c.code IN (
        SELECT community_code FROM building UNION ALL SELECT community_code FROM compound
    )
    ORDER BY ST_Intersects(c.geom, here.point) DESC, ST_Area(c.geom), c.code LIMIT 1
), street AS MATERIALIZED (
    SELECT s.code, s.name, s.kind FROM gridmap.streets s, here
    WHERE ST_Intersects(s.geom, here.point) OR s.code = (SELECT street_code FROM community)
    ORDER BY ST_Intersects(s.geom, here.point) DESC, s.code LIMIT 1
), grid AS MATERIALIZED (
    SELECT g.code, {grid_name} AS name, g.kind, g.households
    FROM here, gridmap.grids g LEFT JOIN gridmap.communities c ON c.code = g.community_code
    WHERE g.code = (SELECT m.grid_code FROM gridmap.members m JOIN building b ON b.code = m.building_code)
        OR ST_Intersects(g.geom, here.point)
    ORDER BY g.code IN (SELECT m.grid_code FROM gridmap.members m JOIN building b ON b.code = m.building_code) DESC,
        g.code
    LIMIT 1
), stairwells AS MATERIALIZED (
    SELECT w.code, w.number, w.households, ST_X(w.geom) AS lon, ST_Y(w.geom) AS lat
    FROM gridmap.stairwells w WHERE w.building_code = (SELECT code FROM building)
    ORDER BY w.number, w.code LIMIT 50
)
SELECT
    (SELECT to_json(building) FROM building) AS building,
    (SELECT coalesce(json_agg(stairwells), '[]') FROM stairwells) AS stairwells,
    (SELECT to_json(compound) FROM compound) AS compound,
    (SELECT to_json(grid) FROM grid) AS grid,
    (SELECT to_json(community) FROM community) AS community,
    (SELECT to_json(street) FROM street) AS street
"""

_PLACES_STATEMENT = text(_PLACES.replace("{grid_name}", GRID_NAME))


def places_at(connection: Connection, lon: float, lat: float) -> dict[str, Any]:
    """The places at a point in EPSG:4326, each None where there is none.

    Returns
    -------
    dict
        `building` (with `distance_m`, metres from the point to its outline), `stairwells` (a list), `compound`, `grid`,
        `community`, `street`.
    """
    given = {"lon": lon, "lat": lat, "reach": BUILDING_REACH_M}
    return dict(connection.execute(_PLACES_STATEMENT, given).mappings().one())


# An office whose address nobody wrote down has the one of the building that it stands in or beside. Somebody whose term
# on the community's staff has ended stays on its roster, but isn't its member any more.
_COMMITTEE = text(
    f"""
    SELECT
        (SELECT json_build_object('code', o.code, 'name', o.name, 'hours', o.hours, 'phone', o.phone,
                'address_near', (SELECT near.address FROM (
                    SELECT b.address, ST_Distance(b.geom::geography, o.geom::geography) AS metres
                    FROM (SELECT address, geom FROM gridmap.buildings WHERE address IS NOT NULL
                        ORDER BY geom <-> o.geom LIMIT 1) AS b
                ) AS near WHERE near.metres <= :reach),
                'point', json_build_array(ST_X(o.geom), ST_Y(o.geom)))
            FROM gridmap.centres o WHERE o.kind = 'committee_office' AND o.community_code = :community
            ORDER BY o.code LIMIT 1) AS office,
        (SELECT json_build_object('code', s.code, 'name', s.name, 'hours', s.hours, 'phone', s.phone,
                'services', s.services, 'point', json_build_array(ST_X(s.geom), ST_Y(s.geom)))
            FROM gridmap.centres s
            WHERE s.kind = 'service_centre' AND :community = ANY(string_to_array(s.serves, ' '))
            ORDER BY s.code LIMIT 1) AS service_centre,
        (SELECT coalesce(json_agg(json_build_object('name', m.name, 'title', m.title, 'duty_phone', m.duty_phone)
                ORDER BY m.code), '[]')
            FROM (SELECT * FROM gridmap.staff s WHERE community_code = :community AND published
                AND 'staff' = ANY(string_to_array(roles, ' '))
                AND (SELECT coalesce(bool_or({SITS_NOW}), true) FROM gridmap.assignments a
                    WHERE a.staff_code = s.code AND a.role = 'staff' AND a.place_code = :community)
                ORDER BY code LIMIT 50) AS m) AS members
    """  # noqa: S608  # our own pieces
)


def committee(connection: Connection, community: str) -> dict[str, Any]:
    """A community's committee: its `office`, the `service_centre` that serves it, its published `members`."""
    given = {"community": community, "reach": BUILDING_REACH_M}
    return dict(connection.execute(_COMMITTEE, given).mappings().one())


# Whoever sits there now comes before what the analysis proposes, which is left out unless it is asked for.
_LEADERS = text(
    f"""
    WITH sitting AS (
        SELECT a.role, a.place_code, a.staff_code, 'assigned' AS status, NULL AS cause, true AS in_office
        FROM gridmap.assignments a WHERE a.place_code = ANY(:places) AND {SITS_NOW}
    ), proposed AS (
        SELECT l.role, l.place_code, CASE WHEN NOT {TERM_IS_OVER} THEN l.staff_code END AS staff_code,
            CASE WHEN {TERM_IS_OVER} THEN 'vacant' ELSE l.status END AS status, l.cause, false AS in_office
        FROM gridmap.leaders l WHERE :proposed AND l.place_code = ANY(:places) AND NOT EXISTS (
            SELECT FROM sitting a WHERE a.role = l.role AND a.place_code = l.place_code
        )
    )
    SELECT e.role, e.place_code, e.status, e.cause, e.in_office, coalesce(s.published, false) AS published,
        CASE WHEN s.published THEN s.name END AS name, CASE WHEN s.published THEN s.title END AS title,
        CASE WHEN s.published THEN s.duty_phone END AS duty_phone
    FROM (SELECT * FROM sitting UNION ALL SELECT * FROM proposed) AS e
    LEFT JOIN gridmap.staff s ON s.code = e.staff_code
    ORDER BY array_position(:places, e.place_code), e.role, e.staff_code
    """  # noqa: S608  # our own pieces
).bindparams(bindparam("places", type_=ARRAY(Text)), bindparam("proposed", type_=Boolean))


def leaders_of(connection: Connection, places: list[str], *, proposed: bool) -> list[dict[str, Any]]:
    """The leaders of these places, in the places' order.

    Parameters
    ----------
    places
        Codes.
    proposed
        Where nobody is in office, also give whom the analysis proposes, or that it finds nobody.

    Returns
    -------
    list of dict
        `role`, `place_code`, `status`, `cause`, `in_office`; `name`, `title` and `duty_phone` only if `published`.
    """
    if not places:
        return []
    given = {"places": places, "proposed": proposed}
    return [dict(row) for row in connection.execute(_LEADERS, given).mappings()]
