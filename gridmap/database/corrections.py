"""Corrections on the spot: rows in and out, and what the layers hold of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, text

from gridmap.database.account_tables import corrections
from gridmap.database.tables import district
from gridmap.domain.words import CORRECTABLE

MOST = 100
"""Corrections of a place that are shown, the latest."""


@dataclass(frozen=True)
class Correction:
    """One correction: from which value to which, since when it is so there (as told), by whom and when (UTC).

    `stands`: nothing has changed the value since.
    """

    field: str
    before: str | None
    after: str
    since: date | None
    note: str | None
    actor: str
    at: datetime
    stands: bool = False


def present(connection: Connection, layer: str, place: str) -> dict[str, str]:
    """What the layer holds now of what can be corrected there."""
    table = district[layer]
    query = select(*(table.c[field] for field in CORRECTABLE[layer])).where(table.c.code == place)
    return dict(connection.execute(query).mappings().one())


def held(connection: Connection, layer: str, field: str, places: Collection[str]) -> dict[str, str]:
    """What the layer holds now of one column at these places, by code."""
    table = district[layer]
    query = select(table.c.code, table.c[field]).where(table.c.code.in_(places))
    return {row[0]: row[1] for row in connection.execute(query)}


def of_place(connection: Connection, layer: str, place: str) -> list[Correction]:
    """The corrections of a place, the latest first; of each column only the latest can stand."""
    now = present(connection, layer, place)
    query = select(corrections).where(corrections.c.place_code == place).order_by(corrections.c.id.desc()).limit(MOST)
    found, seen = [], set()
    for row in connection.execute(query):
        stands = row.field not in seen and now.get(row.field) == row.after
        seen.add(row.field)
        found.append(
            Correction(row.field, row.before, row.after, row.since, row.note, row.actor, row.at, stands=stands)
        )
    return found


_GATES = text(
    """
    SELECT g.code, g.access, degrees(ST_Azimuth(ST_Centroid(c.geom)::geography, g.geom::geography)) AS bearing
    FROM gridmap.gates g JOIN gridmap.compounds c ON c.code = g.compound_code WHERE c.code = :compound
    ORDER BY bearing, g.code
    """
)


def gates_of(connection: Connection, compound: str) -> list[dict[str, Any]]:
    """The gates of a compound: `code`, `access`, and `bearing` from its middle, about so many degrees from north."""
    return [dict(row) for row in connection.execute(_GATES, {"compound": compound}).mappings()]


def with_gates(connection: Connection, compounds: Collection[str]) -> set[str]:
    """Those of these compounds that have a gate on the map."""
    gates = district["gates"].c.compound_code
    return set(connection.scalars(select(gates).where(gates.in_(compounds)).distinct()))


def apply(connection: Connection, layer: str, place: str, field: str, value: str, *, version: int) -> None:
    """Write a corrected value into its layer; nobody derived it any more."""
    table = district[layer]
    connection.execute(
        text(
            f"UPDATE {table.fullname} SET {field} = :value, version = :version, derived ="  # noqa: S608  # our own names
            " nullif(array_to_string(array_remove(string_to_array(derived, ' '), :field), ' '), '') WHERE code = :code"
        ),
        {"value": value, "version": version, "field": field, "code": place},
    )


def add(connection: Connection, place: str, correction: dict[str, Any], *, actor: str, version: int) -> None:
    """Note one correction: `field`, `before`, `after`, `since`, `note`."""
    connection.execute(insert(corrections).values(**correction, place_code=place, actor=actor, version=version))


_SETTLED = text(
    """
    SELECT place_code FROM (
        SELECT DISTINCT ON (place_code) place_code, after FROM gridmap.corrections
        WHERE field IN ('enclosure', 'access') ORDER BY place_code, id DESC
    ) AS latest WHERE after <> 'unknown'
    """
)


def settled(connection: Connection) -> set[str]:
    """The places whose enclosure or access somebody has said on the spot."""
    return set(connection.scalars(_SETTLED))


_STANDING = """
SELECT l.code, latest.after FROM {layer} l JOIN (
    SELECT DISTINCT ON (place_code) place_code, after FROM gridmap.corrections
    WHERE field = :field ORDER BY place_code, id DESC
) AS latest ON latest.place_code = l.code AND latest.after = l.{field}
"""


def standing(connection: Connection, layer: str) -> dict[tuple[str, str], str]:
    """The corrected values that a layer still holds, by code and column."""
    found = {}
    for field in CORRECTABLE.get(layer, ()):
        query = _STANDING.format(layer=district[layer].fullname, field=field)
        found.update({(row.code, field): row.after for row in connection.execute(text(query), {"field": field})})
    return found
