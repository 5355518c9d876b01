"""What a roster is matched against, and what it takes to add its people: addresses, people, posts, free codes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import geopandas as gpd
import pandas as pd
from sqlalchemy import BigInteger, Connection, cast, func, select, text

from gridmap.database import rows, tables
from gridmap.database.scopes import DISTRICT, IN_SCOPE, PEOPLE_IN_SCOPE, Scope, scope_parameters
from gridmap.database.terms import TODAY
from gridmap.database.tile_layers import GRID_NAME

_READ: Mapping[str, tuple[str, ...]] = {
    "streets": ("code", "name"),
    "communities": ("code", "name", "street_code"),
    "compounds": ("code", "name", "community_code"),
    "buildings": ("code", "name", "address", "compound_code", "community_code"),
    "stairwells": ("code", "building_code", "number"),
    "grids": ("code", "community_code"),
    "staff": ("code", "name", "phone", "community_code", "party_member", "roles"),
    "assignments": ("role", "place_code", "staff_code", "since", "until"),
}
ADDRESSES = ("streets", "communities", "compounds", "buildings", "stairwells")
"""Layers that an address book is made of."""
EVERYTHING = tuple(_READ)
"""Those, and the layers that say who is there already."""


_WITHIN: Mapping[str, str] = {
    **{
        name: f"EXISTS (SELECT FROM gridmap.places p WHERE p.code = gridmap.{name}.{column} AND {IN_SCOPE})"
        for name, column in (
            ("communities", "code"),
            ("compounds", "code"),
            ("buildings", "code"),
            ("stairwells", "code"),
            ("grids", "code"),
            ("assignments", "place_code"),
        )
    },
    "staff": f"gridmap.staff.code IN (SELECT s.code FROM gridmap.staff s WHERE {PEOPLE_IN_SCOPE})",  # noqa: S608
}
"""Conditions by which a layer's rows lie in a scope; names of streets are everybody's."""


def standing(
    connection: Connection, layers: Collection[str] = EVERYTHING, *, scope: Scope = DISTRICT
) -> dict[str, pd.DataFrame]:
    """The columns of these layers that matching needs, as far as the scope reaches, in the order of their keys."""
    return {name: _columns(connection, name, scope) for name in layers}


def _columns(connection: Connection, name: str, scope: Scope) -> pd.DataFrame:
    table = tables.district[name]
    query = select(*(table.c[column] for column in _READ[name])).order_by(*table.primary_key.columns)
    if not scope.everything and name in _WITHIN:
        query = query.where(text(_WITHIN[name]).bindparams(*scope_parameters()).bindparams(**scope.parameters()))
    return pd.DataFrame(connection.execute(query).all(), columns=list(_READ[name]), dtype="object")


def taken(connection: Connection, codes: Collection[str]) -> set[str]:
    """Those of these codes that somebody or some place has."""
    code = tables.places.c.code
    return set(connection.scalars(select(code).where(code == func.any(list(codes)))))


def free_staff_codes(connection: Connection, count: int) -> list[str]:
    """Codes for new people: P and the numbers after the largest in use. Call it behind `changes.record`'s lock."""
    code = tables.places.c.code
    used = select(func.max(cast(func.substr(code, 2), BigInteger))).where(code.regexp_match("^P[0-9]{1,12}$"))
    largest = connection.scalar(used) or 0
    return [f"P{largest + 1 + k:06d}" for k in range(count)]


def stairwell_points(connection: Connection, codes: Collection[str]) -> gpd.GeoSeries:
    """Where these stairwells are (EPSG:4326), by code."""
    table = tables.district["stairwells"]
    query = select(table.c.code, table.c.geom).where(table.c.code == func.any(list(codes)))
    found = rows.frame_of(connection, query)
    return gpd.GeoSeries(found["geom"].to_numpy(), index=found["code"].to_numpy(), crs=found.crs)


def people(connection: Connection, codes: Collection[str]) -> dict[str, dict[str, object]]:
    """The rows of these people as they are, by code, without geometry; for the record of what was changed."""
    table = tables.district["staff"]
    columns = [column for column in table.columns if column.name not in {"id", "geom", "more", "version", "derived"}]
    found = connection.execute(select(*columns).where(table.c.code == func.any(list(codes))))
    return {row["code"]: dict(row) for row in found.mappings()}


_PEOPLE = text(
    f"""
    SELECT s.code, s.name, a.role, a.place_code, {GRID_NAME} AS grid, o.name AS community, a.since, a.until,
        s.title, s.phone, s.duty_phone, s.published, s.party_member, s.source, s.capacity, s.stairwell_code
    FROM gridmap.staff s
    LEFT JOIN (
        SELECT * FROM gridmap.assignments a WHERE (a.until IS NULL OR a.until > {TODAY})
            AND EXISTS (SELECT FROM gridmap.places p WHERE p.code = a.place_code AND {IN_SCOPE})
    ) a ON a.staff_code = s.code
    LEFT JOIN gridmap.communities o ON o.code = s.community_code
    LEFT JOIN gridmap.grids g ON g.code = a.place_code LEFT JOIN gridmap.communities c ON c.code = g.community_code
    WHERE {PEOPLE_IN_SCOPE} ORDER BY s.community_code, s.code, a.role, a.place_code, a.since
    """  # noqa: S608  # our own pieces
).bindparams(*scope_parameters())


def in_office(connection: Connection, scope: Scope) -> list[dict[str, object]]:
    """The people of a scope with their posts there, now and to come: a row a post, and one for whoever has none.

    `code`, `name`, `role`, `place_code`, `grid` (its name, where it is one), `community` (its name), `since`, `until`,
    `title`, `phone`, `duty_phone`, `published`, `party_member`, `source`, `capacity`, `stairwell_code` (of their home).
    """
    return [dict(row) for row in connection.execute(_PEOPLE, scope.parameters()).mappings()]
