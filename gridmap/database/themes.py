"""How a layer's values are spread: what the classes of a theme are made from."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from gridmap.database.tile_layers import TILE_LAYERS

QUANTILES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
COMMONEST = 6

Property = tuple[str, str]
"""A layer of tiles and one of its attributes."""


@dataclass(frozen=True)
class Common:
    """The values that most features have, the commonest first, and whether there are others beside them."""

    values: tuple[str, ...]
    others: bool


_QUANTILES = """
SELECT '{layer}' AS layer, '{name}' AS property,
    percentile_cont(CAST(:quantiles AS float8[])) WITHIN GROUP (ORDER BY {name}::float8) AS values
FROM ({source}) AS source
"""

_COMMONEST = """
(SELECT '{layer}' AS layer, '{name}' AS property, {name} AS value, sum(coalesce(households, 0)) AS weight,
    count(*) AS number
FROM ({source}) AS source WHERE {name} IS NOT NULL
GROUP BY {name} ORDER BY weight DESC, number DESC, {name} LIMIT :most)
"""


def quantiles(
    connection: Connection, properties: tuple[Property, ...], *, least_shown: int
) -> dict[Property, tuple[float, ...]]:
    """The values at `QUANTILES` of each attribute; attributes without any value are left out, as are small counts."""
    pieces = [_filled(_QUANTILES, layer, name) for layer, name in properties]
    given: dict[str, object] = {"quantiles": list(QUANTILES)}
    for layer, _name in properties:
        given.update(TILE_LAYERS[layer].least_shown(least_shown))
    rows = connection.execute(text(" UNION ALL ".join(pieces)), given)
    return {
        (row.layer, row.property): tuple(row.values)
        for row in rows
        if row.values is not None and row.values[0] is not None
    }


def commonest(connection: Connection, properties: tuple[Property, ...], *, least_shown: int) -> dict[Property, Common]:
    """The commonest values of each attribute, weighed by households."""
    pieces = [_filled(_COMMONEST, layer, name) for layer, name in properties]
    found: dict[Property, list[str]] = {item: [] for item in properties}
    given: dict[str, object] = {"most": COMMONEST + 1}
    for layer, _name in properties:
        given.update(TILE_LAYERS[layer].least_shown(least_shown))
    for row in connection.execute(text(" UNION ALL ".join(pieces)), given):
        found[row.layer, row.property].append(row.value)
    return {item: Common(tuple(values[:COMMONEST]), len(values) > COMMONEST) for item, values in found.items()}


def _filled(statement: str, layer: str, name: str) -> str:
    """The statement for an attribute that the layer of tiles names; KeyError for any other."""
    chosen = TILE_LAYERS[layer]
    if name not in chosen.fields:
        raise KeyError(name)
    for mark, piece in (("{layer}", layer), ("{name}", name), ("{source}", chosen.source)):
        statement = statement.replace(mark, piece)
    return statement
