"""What everybody may know of a place: what it stands in, whose it is, and what a street or a service centre serves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from gridmap.database.tile_layers import GRID_NAME

LAYERS = (
    "streets",
    "communities",
    "compounds",
    "grids",
    "buildings",
    "stairwells",
    "gates",
    "centres",
    "facilities",
)
"""The layers whose places have a public page. Of people the register holds codes as well: they have none."""

MOST_PARTS = 60
"""Most stairwells or grids of a place that are looked at."""

_PLACE = text(
    """
    SELECT p.code, p.layer, p.name, p.address, ST_X(p.point) AS lon, ST_Y(p.point) AS lat,
        w.number AS stairwell_number, o.kind AS centre_kind, f.kind AS facility_kind,
        b.code AS building_code, b.name AS building_name, b.address AS building_address,
        e.code AS compound_code, e.name AS compound_name,
        c.code AS community_code, c.name AS community_name, c.kind AS community_kind,
        c.office_address, c.office_hours, c.phone, s.code AS street_code, s.name AS street_name,
        (SELECT coalesce(json_agg(json_build_object('code', part.code, 'number', part.number)), '[]') FROM (
            SELECT code, number FROM gridmap.stairwells
            WHERE p.layer = 'buildings' AND building_code = p.code ORDER BY number, code LIMIT :most
        ) AS part) AS stairwells,
        (SELECT coalesce(json_agg(json_build_object('code', part.code, 'name', part.name)), '[]') FROM (
            SELECT g.code, {grid_name} AS name
            FROM gridmap.grids g LEFT JOIN gridmap.communities c ON c.code = g.community_code
            WHERE (p.layer = 'grids' AND g.code = p.code) OR (p.layer = 'communities' AND g.community_code = p.code)
                OR g.code = ANY(ARRAY(
                    SELECT m.grid_code FROM gridmap.members m WHERE m.building_code = b.code UNION
                    SELECT m.grid_code FROM gridmap.buildings i JOIN gridmap.members m ON m.building_code = i.code
                    WHERE p.layer = 'compounds' AND i.compound_code = p.code
                ))
            ORDER BY g.code LIMIT :most
        ) AS part) AS grids
    FROM gridmap.places p
    LEFT JOIN gridmap.stairwells w ON p.layer = 'stairwells' AND w.code = p.code
    LEFT JOIN gridmap.gates g ON p.layer = 'gates' AND g.code = p.code
    LEFT JOIN gridmap.centres o ON p.layer = 'centres' AND o.code = p.code
    LEFT JOIN gridmap.facilities f ON p.layer = 'facilities' AND f.code = p.code
    LEFT JOIN gridmap.buildings b ON b.code = CASE p.layer WHEN 'buildings' THEN p.code ELSE w.building_code END
    LEFT JOIN gridmap.compounds e
        ON e.code = CASE p.layer WHEN 'compounds' THEN p.code ELSE coalesce(b.compound_code, g.compound_code) END
    LEFT JOIN gridmap.communities c
        ON c.code = coalesce(b.community_code, e.community_code, o.community_code, p.community_code)
    LEFT JOIN gridmap.streets s ON s.code = CASE p.layer WHEN 'streets' THEN p.code ELSE c.street_code END
    WHERE p.code = :code AND p.layer = ANY(:layers)
    """.replace("{grid_name}", GRID_NAME)
).bindparams(bindparam("layers", type_=ARRAY(Text)))


def place(connection: Connection, code: str, *, layers: tuple[str, ...]) -> dict[str, Any] | None:
    """A place of one of these layers with the names and codes of all that it stands in; None where there is none.

    Returns
    -------
    dict
        `code`, `layer`, `name`, `address`, `lon`, `lat` (EPSG:4326); codes and names of `building`, `compound`,
        `community` (also its kind and what is known of its office) and `street`, None where there is none; lists of a
        building's `stairwells` and of the place's `grids`.
    """
    given = {"code": code, "layers": list(layers), "most": MOST_PARTS}
    found = connection.execute(_PLACE, given).mappings().one_or_none()
    return dict(found) if found else None


_CENTRE = """
    SELECT o.code, o.name, o.hours, o.phone, o.services, json_build_array(ST_X(o.geom), ST_Y(o.geom)) AS point
    FROM gridmap.centres o
"""
_SERVICE_CENTRE = text(_CENTRE + "WHERE o.code = :code")
_CENTRE_OF_STREET = text(
    _CENTRE
    + """
    LEFT JOIN gridmap.communities c ON c.code = o.community_code
    WHERE o.kind = 'service_centre' AND c.street_code = :code ORDER BY o.area_m2 DESC NULLS LAST, o.code LIMIT 1
    """
)


def service_centre(connection: Connection, code: str) -> dict[str, Any]:
    """A service centre by its code: `name`, `hours`, `phone`, `services`, `point`."""
    return dict(connection.execute(_SERVICE_CENTRE, {"code": code}).mappings().one())


def centre_of_street(connection: Connection, code: str) -> dict[str, Any] | None:
    """A street's service centre, the largest where it has several."""
    found = connection.execute(_CENTRE_OF_STREET, {"code": code}).mappings().one_or_none()
    return dict(found) if found else None


_COMMUNITIES = text(
    """
    SELECT c.code, c.name, s.code AS street_code, s.name AS street_name
    FROM gridmap.communities c LEFT JOIN gridmap.streets s ON s.code = c.street_code
    WHERE (CAST(:street AS text) IS NULL OR c.street_code = :street)
        AND (CAST(:centre AS text) IS NULL OR c.code IN (
            SELECT unnest(string_to_array(o.serves, ' ')) FROM gridmap.centres o WHERE o.code = :centre
        ))
    ORDER BY s.code NULLS LAST, c.code
    """
)


def communities(
    connection: Connection, *, street: str | None = None, centre: str | None = None
) -> list[dict[str, Any]]:
    """Communities with their streets: all, those of a street, or those that a service centre serves.

    Returns
    -------
    list of dict
        `code`, `name`, `street_code`, `street_name`, street by street.
    """
    given = {"street": street, "centre": centre}
    return [dict(row) for row in connection.execute(_COMMUNITIES, given).mappings()]
