"""Where a walk leads to and what stands around its start: what the walk graph itself doesn't know."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from gridmap.database.scopes import IN_SCOPE, Scope, scope_parameters

TARGETS = ("buildings", "stairwells", "compounds", "gates", "centres")
"""The layers whose places one can be led to."""

_HERE = "ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)"
_IS_INSIDE = f"""
    (EXISTS (SELECT FROM gridmap.streets s WHERE ST_Intersects(s.geom, {_HERE}))
    OR EXISTS (SELECT FROM gridmap.communities c WHERE ST_Intersects(c.geom, {_HERE}))
    OR EXISTS (SELECT FROM gridmap.compounds c WHERE ST_Intersects(c.geom, {_HERE}))
    OR NOT EXISTS (SELECT FROM gridmap.streets) AND NOT EXISTS (SELECT FROM gridmap.communities))
"""  # noqa: S608  # our own pieces
_OF_TARGET = """
    p.code, p.layer, p.name, p.address, ST_X(p.point) AS lon, ST_Y(p.point) AS lat, w.number,
        host.name AS building_name, host.code AS building_code, c.code AS compound_code, c.name AS compound_name,
        CASE WHEN p.layer = 'buildings' THEN (
            SELECT json_agg(json_build_array(ST_X(d.geom), ST_Y(d.geom)) ORDER BY d.code)
            FROM gridmap.stairwells d WHERE d.building_code = p.code AND d.geom IS NOT NULL
        ) END AS doors
    FROM gridmap.places p
    LEFT JOIN gridmap.stairwells w ON p.layer = 'stairwells' AND w.code = p.code
    LEFT JOIN gridmap.buildings host ON host.code = coalesce(
        w.building_code, CASE WHEN p.layer = 'buildings' THEN p.code END
    )
    LEFT JOIN gridmap.gates g ON p.layer = 'gates' AND g.code = p.code
    LEFT JOIN gridmap.compounds c ON c.code = coalesce(
        host.compound_code, g.compound_code, CASE WHEN p.layer = 'compounds' THEN p.code END
    )
    WHERE p.code = :code AND p.layer = ANY(:layers) AND p.point IS NOT NULL
"""
_LAYERS = bindparam("layers", type_=ARRAY(Text))
_TARGET = text(f"SELECT {_OF_TARGET}").bindparams(_LAYERS)
_ASKED = text(
    f"""
    SELECT {_IS_INSIDE} AS start_inside,
        (SELECT coalesce(max(v.id), 0) FROM gridmap.data_versions v WHERE v.layers && :made_of) AS version, {_OF_TARGET}
    """  # noqa: S608  # our own pieces
).bindparams(_LAYERS, bindparam("made_of", type_=ARRAY(Text)))


def target(connection: Connection, code: str) -> dict[str, Any] | None:
    """A place that one can be led to, with its building, its compound and, of a building, its stairwells' `doors`."""
    found = connection.execute(_TARGET, {"code": code, "layers": list(TARGETS)}).mappings().one_or_none()
    return dict(found) if found else None


def asked(
    connection: Connection, code: str, *, start: tuple[float, float], made_of: Collection[str]
) -> dict[str, Any] | None:
    """A target, and what else a walk from `start` (EPSG:4326) needs to know, at one go.

    `start_inside`: whether the start lies in the district, as `inside` says it; `version`: of these layers.
    """
    given = {"code": code, "layers": list(TARGETS), "made_of": list(made_of), "lon": start[0], "lat": start[1]}
    found = connection.execute(_ASKED, given).mappings().one_or_none()
    return dict(found) if found else None


_INSIDE = text(f"SELECT {_IS_INSIDE}")


def inside(connection: Connection, lon: float, lat: float) -> bool:
    """Whether a point in EPSG:4326 lies in the district; everything does where no areas are loaded."""
    return bool(connection.scalar(_INSIDE, {"lon": lon, "lat": lat}))


_COVERED = text(
    f"SELECT p.code FROM gridmap.places p WHERE p.code = ANY(:codes) AND {IN_SCOPE}"  # noqa: S608  # our own pieces
).bindparams(*scope_parameters(), bindparam("codes", type_=ARRAY(Text)))


def covered(connection: Connection, scope: Scope, codes: Collection[str]) -> frozenset[str]:
    """Those of these places that lie in the scope."""
    if not codes or scope == Scope():
        return frozenset()
    return frozenset(connection.scalars(_COVERED, {"codes": list(codes), **scope.parameters()}))


_ACCESS = text("SELECT code, access FROM gridmap.gates WHERE code = ANY(:codes)").bindparams(
    bindparam("codes", type_=ARRAY(Text))
)


def access(connection: Connection, codes: Collection[str]) -> dict[str, str | None]:
    """Who may pass these gates now."""
    return {row.code: row.access for row in connection.execute(_ACCESS, {"codes": list(codes)})}


_NEAR = text(
    f"""
    WITH here AS MATERIALIZED (
        SELECT ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS point
    ), near AS MATERIALIZED (
        SELECT b.*, ST_Distance(b.geom::geography, here.point::geography) AS distance_m,
            degrees(ST_Azimuth(here.point::geography, ST_Centroid(b.geom)::geography)) AS bearing
        FROM here, (SELECT * FROM gridmap.buildings, here ORDER BY geom <-> here.point LIMIT :candidates) AS b
    )
    SELECT near.code, near.name, near.address, near.households, c.name AS compound_name, near.distance_m, near.bearing,
        {IN_SCOPE} AS mine
    FROM near JOIN gridmap.places p ON p.code = near.code LEFT JOIN gridmap.compounds c ON c.code = near.compound_code
    WHERE near.distance_m <= :reach ORDER BY near.distance_m, near.code LIMIT :most
    """  # noqa: S608  # our own pieces
).bindparams(*scope_parameters())


def nearby(
    connection: Connection, lon: float, lat: float, *, reach: float, most: int, scope: Scope
) -> list[dict[str, Any]]:
    """The buildings within `reach` metres of a point in EPSG:4326, the nearest first, at most so many.

    Returns
    -------
    list of dict
        `distance_m` to the outline and `bearing` (degrees clockwise from north; None inside) of the middle; `mine`:
        in the scope.
    """
    # the index knows degrees, in which places to the north are farther than they are: hence more candidates
    given = {"lon": lon, "lat": lat, "reach": reach, "most": most, "candidates": 3 * most, **scope.parameters()}
    return [dict(row) for row in connection.execute(_NEAR, given).mappings()]
