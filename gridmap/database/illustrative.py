"""The illustrative district in the database: whether it is there, when it gives way, and what goes with it."""

# ruff: noqa: S608 (the names in these statements are our own tables')

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

from gridmap.database import tables
from gridmap.domain.layers import DISTRICT_LAYERS, RESULT_LAYERS

AREAS = ("streets", "communities", "compounds", "buildings")
"""What makes a district: while one of these is as the illustrative district wrote it, that district is there."""

LAYERS = tuple(dict.fromkeys([*DISTRICT_LAYERS, *RESULT_LAYERS]))
"""The layers that change when it goes: all of them."""

_MADE_UP = "SELECT id FROM gridmap.data_versions WHERE (detail ->> 'illustrative')::boolean"

_IS_THERE = text(
    "SELECT " + " OR ".join(f"EXISTS (SELECT FROM gridmap.{name} WHERE version IN ({_MADE_UP}))" for name in AREAS)
)
_COUNTS = text(
    " UNION ALL ".join(
        f"SELECT '{name}' AS layer, count(*) AS number FROM gridmap.{name} WHERE version IN ({_MADE_UP})"
        for name in AREAS
    )
)
_VERSIONS = text(
    f"""
    WITH made_up AS ({_MADE_UP})
    SELECT id FROM gridmap.data_versions
    WHERE id IN (SELECT id FROM made_up) OR (action = 'analyse' AND id > (SELECT min(id) FROM made_up))
    ORDER BY id
    """
)
_HOLDS = " OR ".join(
    f"EXISTS (SELECT FROM strange JOIN gridmap.{name} USING (code) WHERE version IN ({_MADE_UP}))"
    for name, layer in DISTRICT_LAYERS.items()
    if layer.has_code
)


def is_there(connection: Connection) -> bool:
    """Whether anything of the illustrative district is still on the map: an area or a building as it wrote it."""
    return bool(connection.execute(_IS_THERE).scalar_one())


def counts(connection: Connection) -> dict[str, int]:
    """How many of the areas and buildings are as the illustrative district wrote them, by layer."""
    return {row.layer: row.number for row in connection.execute(_COUNTS)}


def versions(connection: Connection) -> list[int]:
    """The data versions whose rows are the illustrative district's: its own, and those of analyses since the first."""
    return list(connection.execute(_VERSIONS).scalars())


def gives_way(connection: Connection, incoming: Mapping[str, int]) -> bool:
    """Whether it is there and the layers that lie ready (`store.Staging`: how many rows, by layer) are another
    district: they have areas or buildings, and no row of theirs belongs to a place of the illustrative district that
    they don't bring themselves.
    """
    if not any(incoming.get(name) for name in AREAS) or not is_there(connection):
        return False
    brought = [f"SELECT code FROM incoming_{name}" for name in incoming if DISTRICT_LAYERS[name].has_code]
    named = [f"SELECT {column} AS code FROM incoming_{name}" for name in incoming for column in _parents(name)]
    if not named:
        return True
    query = f"WITH strange AS (({' UNION '.join(named)}) EXCEPT ({' UNION '.join(brought)})) SELECT {_HOLDS}"
    return not connection.execute(text(query)).scalar_one()


def _parents(name: str) -> list[str]:
    """The columns of a layer that say which place a row belongs to."""
    return [c.name for c in DISTRICT_LAYERS[name].columns if c.refers_to or c.name == "place_code"]


def remove_results(connection: Connection, *, since: int) -> None:
    """Remove all results, plans and ended runs that were made from this data version on.

    A run that is going on still ends in its own way, and its result is known as stale.
    """
    for table in tables.results.values():
        connection.execute(table.delete().where(table.c.version >= since))
    connection.execute(tables.plans.delete().where(tables.plans.c.data_version >= since))
    ended = tables.runs.c.status != "running"
    connection.execute(tables.runs.delete().where(ended, tables.runs.c.data_version >= since))
