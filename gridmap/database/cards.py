"""What a place's card tells: its row, what stands in it, its results; one statement a layer."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from gridmap.database.terms import VACANT
from gridmap.database.tile_layers import GRID_NAME, NEWEST_PLAN, REGION_NAME

_PLACE = text(
    """
    SELECT code, layer, ST_X(point) AS lon, ST_Y(point) AS lat, west, south, east, north
    FROM gridmap.places WHERE code = :code AND layer = ANY(:layers)
    """
).bindparams(bindparam("layers", type_=ARRAY(Text)))


def place(connection: Connection, code: str, *, layers: tuple[str, ...]) -> dict[str, Any] | None:
    """The register's entry of a code, if it stands in one of these layers."""
    found = connection.execute(_PLACE, {"code": code, "layers": list(layers)}).mappings().one_or_none()
    return dict(found) if found else None


_STREET = """
SELECT s.name, s.kind, s.derived, ST_Area(s.geom::geography) / 1e6 AS area_km2,
    (SELECT json_object_agg(kind, number) FROM (
        SELECT kind, count(*) AS number FROM gridmap.communities WHERE street_code = s.code GROUP BY kind
    ) AS kinds) AS communities,
    (SELECT sum(households) FROM gridmap.communities WHERE street_code = s.code) AS households,
    (SELECT sum(residents) FROM gridmap.communities WHERE street_code = s.code) AS residents,
    (SELECT json_agg(json_build_object('code', h.code, 'name', h.name, 'area_m2', h.area_m2) ORDER BY h.area_m2 DESC)
        FROM gridmap.centres h WHERE h.kind = 'service_centre' AND ST_Intersects(h.geom, s.geom)) AS hubs,
    (SELECT count(*) FROM gridmap.compounds p JOIN gridmap.communities c ON c.code = p.community_code
        WHERE c.street_code = s.code) AS compounds,
    (SELECT count(*) FROM gridmap.isolation i JOIN gridmap.compounds p ON p.code = i.code
        JOIN gridmap.communities c ON c.code = p.community_code
        WHERE c.street_code = s.code AND i.class = 'isolated') AS isolated,
    (SELECT json_build_object('needed', sum(n.staff_needed), 'in_place', sum(n.staff_in_place),
            'least', sum(coalesce(n.staff_least, n.staff_needed)), 'most', sum(coalesce(n.staff_most, n.staff_needed)))
        FROM gridmap.need n JOIN gridmap.communities c ON c.code = n.community_code
        WHERE c.street_code = s.code) AS staff
FROM gridmap.streets s WHERE s.code = :code
"""

_COMMUNITY = """
SELECT c.name, c.kind, c.derived, c.street_code, s.name AS street_name, c.households, c.residents, c.elderly,
    c.children, c.floating,
    c.office_address, c.office_hours, c.phone, c.party_branch, c.reform_status, c.original_residents,
    (SELECT count(*) FROM gridmap.communities o WHERE o.party_branch = c.party_branch) AS branch_communities,
    (SELECT count(*) FROM gridmap.compounds WHERE community_code = c.code) AS compounds,
    (SELECT count(*) FROM gridmap.isolation i JOIN gridmap.compounds p ON p.code = i.code
        WHERE p.community_code = c.code AND i.class = 'isolated') AS isolated,
    (SELECT count(*) FROM gridmap.isolation i JOIN gridmap.compounds p ON p.code = i.code
        WHERE p.community_code = c.code) AS measured,
    (SELECT count(*) FROM gridmap.buildings WHERE community_code = c.code) AS buildings,
    (SELECT count(*) FROM gridmap.grids WHERE community_code = c.code) AS grids,
    (SELECT count(*) FROM gridmap.leaders l JOIN gridmap.places p ON p.code = l.place_code
        WHERE p.community_code = c.code AND {vacant}) AS vacancies,
    (SELECT json_build_object('needed', n.staff_needed, 'in_place', n.staff_in_place, 'least', n.staff_least,
            'most', n.staff_most)
        FROM gridmap.need n WHERE n.community_code = c.code LIMIT 1) AS staff
FROM gridmap.communities c LEFT JOIN gridmap.streets s ON s.code = c.street_code WHERE c.code = :code
"""

_COMPOUND = """
SELECT p.name, p.derived, p.enclosure, p.management, p.employer, p.employer_share, p.property_company, p.households,
    p.residents, p.owners_committee, p.community_code, c.name AS community_name, c.street_code,
    s.name AS street_name,
    (SELECT json_object_agg(access, number) FROM (
        SELECT access, count(*) AS number FROM gridmap.gates WHERE compound_code = p.code GROUP BY access
    ) AS gates) AS gates,
    (SELECT count(*) FROM gridmap.buildings WHERE compound_code = p.code) AS buildings,
    (SELECT count(*) FROM gridmap.stairwells w JOIN gridmap.buildings b ON b.code = w.building_code
        WHERE b.compound_code = p.code) AS stairwells,
    (SELECT to_json(result) FROM (
        SELECT class, cause, score, openings_per_km, longest_gap_m, directness, directness_worst, detour_m,
            detour_worst_m, reach_300, reach_500, office_walk_m, centre_walk_m, reasons_zh, reasons_en
        FROM gridmap.isolation i WHERE i.code = p.code
    ) AS result) AS isolation,
    (SELECT json_agg(proposal ORDER BY rank) FROM (
        SELECT rank, joins, saved_mean_m, households FROM gridmap.gate_proposals
        WHERE compound_code = p.code ORDER BY rank LIMIT 5
    ) AS proposal) AS proposals
FROM gridmap.compounds p LEFT JOIN gridmap.communities c ON c.code = p.community_code
LEFT JOIN gridmap.streets s ON s.code = c.street_code WHERE p.code = :code
"""

_BUILDING = """
SELECT b.name, b.derived, b.address, b.use, b.floors, b.households, b.residents,
    b.compound_code, p.name AS compound_name, b.community_code, c.name AS community_name,
    c.street_code, s.name AS street_name, grid.code AS grid_code, grid.name AS grid_name,
    (SELECT json_agg(json_build_object('code', w.code, 'number', w.number, 'households', w.households)
            ORDER BY w.number, w.code)
        FROM (SELECT * FROM gridmap.stairwells WHERE building_code = b.code ORDER BY number, code LIMIT 30) AS w)
        AS stairwells
FROM gridmap.buildings b LEFT JOIN gridmap.compounds p ON p.code = b.compound_code
LEFT JOIN gridmap.communities c ON c.code = b.community_code LEFT JOIN gridmap.streets s ON s.code = c.street_code
LEFT JOIN LATERAL (
    SELECT g.code, {grid_name} AS name FROM gridmap.members m JOIN gridmap.grids g ON g.code = m.grid_code
    WHERE m.building_code = b.code LIMIT 1
) AS grid ON true
WHERE b.code = :code
"""

_STAIRWELL = """
SELECT w.number, w.derived, w.households, w.building_code, b.name AS building_name, b.address,
    b.compound_code, p.name AS compound_name, b.community_code, c.name AS community_name,
    c.street_code, s.name AS street_name
FROM gridmap.stairwells w LEFT JOIN gridmap.buildings b ON b.code = w.building_code
LEFT JOIN gridmap.compounds p ON p.code = b.compound_code
LEFT JOIN gridmap.communities c ON c.code = b.community_code LEFT JOIN gridmap.streets s ON s.code = c.street_code
WHERE w.code = :code
"""

_GATE = """
SELECT g.kind, g.derived, g.access, g.hours, g.compound_code, p.name AS compound_name,
    p.community_code, c.name AS community_name, c.street_code, s.name AS street_name
FROM gridmap.gates g LEFT JOIN gridmap.compounds p ON p.code = g.compound_code
LEFT JOIN gridmap.communities c ON c.code = p.community_code LEFT JOIN gridmap.streets s ON s.code = c.street_code
WHERE g.code = :code
"""

_CENTRE = """
SELECT e.name, e.derived, e.kind, e.area_m2, e.services, e.hours, e.phone, e.community_code,
    c.name AS community_name, c.street_code, s.name AS street_name,
    (SELECT json_agg(json_build_object('code', o.code, 'name', o.name) ORDER BY o.code)
        FROM gridmap.communities o WHERE o.code = ANY(string_to_array(e.serves, ' '))) AS serves
FROM gridmap.centres e LEFT JOIN gridmap.communities c ON c.code = e.community_code
LEFT JOIN gridmap.streets s ON s.code = c.street_code WHERE e.code = :code
"""

_FACILITY = """
SELECT f.name, f.derived, f.kind, f.capacity, f.hours, c.code AS community_code, c.name AS community_name,
    c.street_code, s.name AS street_name
FROM gridmap.facilities f LEFT JOIN LATERAL (
    SELECT code, name, street_code FROM gridmap.communities WHERE ST_Intersects(geom, f.geom) ORDER BY code LIMIT 1
) AS c ON true LEFT JOIN gridmap.streets s ON s.code = c.street_code WHERE f.code = :code
"""

_GRID = """
SELECT {grid_name} AS name, g.derived, g.kind, g.households, g.households_low, g.households_high,
    g.size_least, g.size_most, g.buildings, g.walk_m, g.community_code,
    c.name AS community_name, c.street_code, s.name AS street_name
FROM gridmap.grids g LEFT JOIN gridmap.communities c ON c.code = g.community_code
LEFT JOIN gridmap.streets s ON s.code = c.street_code WHERE g.code = :code
"""

_STATEMENTS = MappingProxyType(
    {
        layer: text(statement.replace("{grid_name}", GRID_NAME).replace("{vacant}", VACANT))
        for layer, statement in (
            ("streets", _STREET),
            ("communities", _COMMUNITY),
            ("compounds", _COMPOUND),
            ("buildings", _BUILDING),
            ("stairwells", _STAIRWELL),
            ("gates", _GATE),
            ("centres", _CENTRE),
            ("facilities", _FACILITY),
            ("grids", _GRID),
        )
    }
)

LAYERS = tuple(_STATEMENTS)
"""The layers whose places have cards."""


def facts(connection: Connection, layer: str, code: str) -> dict[str, Any]:
    """What the card of this place tells: its columns, its parents' names, counts and results."""
    return dict(connection.execute(_STATEMENTS[layer], {"code": code}).mappings().one())


_REGION = text(
    """
    SELECT r.region, r.code, {name} AS name, r.status, r.households, r.households_low, r.households_high, r.units,
        r.compactness, r.mean_walk_m, r.members,
        p.id AS plan, p.name AS plan_name, p.settings, p.report ->> 'status' AS outcome,
        ST_X(ST_PointOnSurface(r.geom)) AS lon, ST_Y(ST_PointOnSurface(r.geom)) AS lat,
        ST_XMin(r.geom) AS west, ST_YMin(r.geom) AS south, ST_XMax(r.geom) AS east, ST_YMax(r.geom) AS north
    FROM gridmap.plan_regions r JOIN gridmap.plans p ON p.id = r.plan_id
    WHERE r.code = :code AND r.plan_id = {newest} ORDER BY r.region LIMIT 1
    """.replace("{newest}", NEWEST_PLAN).replace("{name}", REGION_NAME)
)


def region(connection: Connection, code: str) -> dict[str, Any] | None:
    """A region of the newest plan by its code; None where there is none."""
    found = connection.execute(_REGION, {"code": code}).mappings().one_or_none()
    return dict(found) if found else None
