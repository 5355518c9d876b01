"""Colours of areas on the map: neighbours never share one, and six are enough."""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx
from sqlalchemy import Connection, text

from gridmap.database.tile_layers import TileLayer

NUMBER = 6
"""A map of areas in one piece is a planar graph, and those need no more when coloured from the least linked inwards."""

_NEIGHBOURS = """
SELECT one.code, two.code AS other FROM ({source}) AS one
LEFT JOIN ({source}) AS two ON one.code < two.code AND one.geom && two.geom AND ST_Intersects(one.geom, two.geom)
ORDER BY one.code, two.code
"""


def colours(connection: Connection, layer: TileLayer) -> dict[str, int]:
    """A number from 0 to 5 for each area of a layer, by code, the same for the same areas."""
    neighbours = connection.execute(text(_NEIGHBOURS.replace("{source}", layer.source)), layer.least_shown(0))
    return apart((row.code, row.other) for row in neighbours)


def apart(neighbours: Iterable[tuple[str, str | None]]) -> dict[str, int]:
    """A number from 0 to 5 for each area, by code, from pairs of neighbours (None: has none), in a steady order.

    The same pairs give the same numbers in every process: the nodes are numbers, whose order in a set is always one.
    """
    number: dict[str, int] = {}
    graph: nx.Graph[int] = nx.Graph()
    for code, other in neighbours:
        one = number.setdefault(code, len(number))
        graph.add_node(one)
        if other is not None:
            graph.add_edge(one, number.setdefault(other, len(number)))
    found: dict[int, int] = nx.greedy_color(graph, strategy="smallest_last")
    return {code: found[one] % NUMBER for code, one in number.items()}
