"""Where a walled compound of which no gate is mapped could have one, where ways meet its boundary; a gate put there."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
from shapely import Point
from sqlalchemy import Connection, text

from gridmap.database.store import save_layers
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.rounds import apart

MOST = 6
APART_M = 15.0

_CROSSINGS = text(
    """
    SELECT ST_X(p) AS lon, ST_Y(p) AS lat, name, kind,
        degrees(ST_Azimuth(middle::geography, p::geography)) AS bearing
    FROM (
        SELECT (ST_Dump(ST_Intersection(w.geom, ST_Boundary(c.geom)))).geom AS p, w.name, w.kind,
            ST_Centroid(c.geom) AS middle
        FROM gridmap.compounds c JOIN gridmap.ways w ON ST_Intersects(w.geom, c.geom)
        WHERE c.code = :code AND w.walkable IS NOT FALSE
    ) AS crossing
    WHERE ST_GeometryType(p) = 'ST_Point' ORDER BY name IS NULL, bearing
    """
)


def crossings(connection: Connection, compound: str) -> list[dict[str, Any]]:
    """Where ways cross a compound's boundary: `lon`, `lat`, the way's `name` and `kind`, `bearing` from its middle."""
    found: list[dict[str, Any]] = []
    for row in connection.execute(_CROSSINGS, {"code": compound}).mappings():
        here = (row["lon"], row["lat"])
        if len(found) < MOST and all(apart(here, (one["lon"], one["lat"])) > APART_M for one in found):
            found.append(dict(row))
    return found


def free_code(connection: Connection, compound: str) -> str:
    """A code for one more gate of a compound."""
    taken = set(
        connection.scalars(text("SELECT code FROM gridmap.places WHERE code LIKE :code || '-S%'"), {"code": compound})
    )
    return next(code for n in range(1, len(taken) + 2) if (code := f"{compound}-S{n}") not in taken)


def add(
    connection: Connection, code: str, *, compound: str, point: tuple[float, float], access: str, version: int
) -> None:
    """Put a gate onto the map."""
    row = {"code": [code], "compound_code": [compound], "access": [access]}
    gates = gpd.GeoDataFrame(row, geometry=[Point(point)], crs=GEOGRAPHIC)
    save_layers(connection, {"gates": gates}, version=version)


def drop(connection: Connection, code: str) -> bool:
    """Take a gate that was put there on the spot off the map again; whether it was there."""
    query = text("DELETE FROM gridmap.places WHERE code = :code AND layer = 'gates' AND code ~ '-S[0-9]+$'")
    return bool(connection.execute(query, {"code": code}).rowcount)
