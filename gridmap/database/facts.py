"""What the map page asks first: which layers hold what, of which version, and how the newest plan stands."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, text

from gridmap.database.tables import district, results

_VERSION = text("SELECT coalesce(max(id), 0) FROM gridmap.data_versions")


def data_version(connection: Connection) -> int:
    """The version of all data: the newest change; 0 before there is any."""
    return int(connection.execute(_VERSION).scalar_one())


def counts(connection: Connection) -> dict[str, int]:
    """Rows of each layer, the newest plan's regions included."""
    pieces = [f"SELECT '{name}' AS name, count(*) AS number FROM gridmap.{name}" for name in (*district, *results)]  # noqa: S608 (our own tables)
    pieces.append(
        "SELECT 'regions', count(*) FROM gridmap.plan_regions WHERE plan_id = (SELECT max(id) FROM gridmap.plans)"
    )
    return {row.name: row.number for row in connection.execute(text(" UNION ALL ".join(pieces)))}


def from_openstreetmap(connection: Connection) -> bool:
    """Whether anything was ever imported from OpenStreetMap, whose contributors are to be named then."""
    found = text("SELECT EXISTS (SELECT FROM gridmap.data_versions WHERE (detail ->> 'openstreetmap')::boolean)")
    return bool(connection.execute(found).scalar_one())


_PLANS = text(
    """
    SELECT p.id, p.name, p.status, p.created_at, p.data_version, count(r.id) AS regions,
        count(r.id) FILTER (WHERE r.status = 'new') AS new, p.report ->> 'status' AS outcome
    FROM gridmap.plans p LEFT JOIN gridmap.plan_regions r ON r.plan_id = p.id
    GROUP BY p.id ORDER BY p.id DESC LIMIT :most
    """
)


def plans(connection: Connection, *, most: int) -> list[dict[str, Any]]:
    """The newest plans: id, name, status, when, data version, number of regions, the solver's outcome."""
    return [dict(row) for row in connection.execute(_PLANS, {"most": most}).mappings()]


def plan(connection: Connection, plan_id: int) -> RowMapping | None:
    """A plan's id and name; None where there is none."""
    found = connection.execute(text("SELECT id, name FROM gridmap.plans WHERE id = :id"), {"id": plan_id})
    return found.mappings().one_or_none()


_REGIONS = text(
    """
    SELECT json_build_object('type', 'Feature', 'id', region,
        'geometry', ST_AsGeoJSON(ST_ForcePolygonCCW(geom), 7)::json,
        'properties', json_build_object('region', region, 'code', code, 'status', status, 'households', households,
            'units', units, 'members', string_to_array(members, ' '), 'compactness', compactness,
            'centre_lon', centre_lon, 'centre_lat', centre_lat, 'mean_walk_m', mean_walk_m))::text AS feature
    FROM gridmap.plan_regions WHERE plan_id = :id ORDER BY region
    """
)


def plan_regions(connection: Connection, plan_id: int) -> list[str]:
    """A plan's regions as RFC 7946 features, each a JSON text."""
    return list(connection.execute(_REGIONS, {"id": plan_id}).scalars())


_UNITS = text("SELECT unit, region, households FROM gridmap.plan_units WHERE plan_id = :id ORDER BY region, unit")


def plan_units(connection: Connection, plan_id: int) -> list[tuple[str, int, int | None]]:
    """A plan's units, each with its region (-1: none) and its households."""
    return [(row.unit, row.region, row.households) for row in connection.execute(_UNITS, {"id": plan_id})]
