"""What the map page asks first: which layers hold what, and of which version."""

from __future__ import annotations

from sqlalchemy import Connection, text

from gridmap.database.tables import district, results

_VERSION = text("SELECT coalesce(max(id), 0) FROM gridmap.data_versions")


def data_version(connection: Connection) -> int:
    """The version of all data: the newest change; 0 before there is any."""
    return int(connection.execute(_VERSION).scalar_one())


def counts(connection: Connection) -> dict[str, int]:
    """Rows of each layer, the newest proposal's regions included."""
    pieces = [f"SELECT '{name}' AS name, count(*) AS number FROM gridmap.{name}" for name in (*district, *results)]  # noqa: S608 (our own tables)
    pieces.append(
        "SELECT 'regions', count(*) FROM gridmap.plan_regions"
        " WHERE plan_id = (SELECT max(id) FROM gridmap.plans WHERE origin = 'proposal')"
    )
    return {row.name: row.number for row in connection.execute(text(" UNION ALL ".join(pieces)))}


def from_openstreetmap(connection: Connection) -> bool:
    """Whether anything was ever imported from OpenStreetMap, whose contributors are to be named then."""
    found = text("SELECT EXISTS (SELECT FROM gridmap.data_versions WHERE (detail ->> 'openstreetmap')::boolean)")
    return bool(connection.execute(found).scalar_one())
