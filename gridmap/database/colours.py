"""Colours of areas on the map: neighbours never share one, and six are enough."""

from __future__ import annotations

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
    graph: nx.Graph[str] = nx.Graph()
    for row in connection.execute(text(_NEIGHBOURS.replace("{source}", layer.source))):
        graph.add_node(row.code)
        if row.other is not None:
            graph.add_edge(row.code, row.other)
    found: dict[str, int] = nx.greedy_color(graph, strategy="smallest_last")
    return {code: number % NUMBER for code, number in found.items()}
