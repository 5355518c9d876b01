"""A community's grids with their leaders, as a page lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, text

_COMMUNITY = text(
    """
    SELECT c.code, coalesce(c.name, c.code) AS name, c.kind, s.name AS street
    FROM gridmap.communities c LEFT JOIN gridmap.streets s ON s.code = c.street_code
    WHERE c.code = :code OR c.code = (SELECT community_code FROM gridmap.grids WHERE code = :code)
    """
)
_GRIDS = text(
    """
    SELECT g.code, g.kind, g.households, g.buildings, g.walk_m, coalesce(g.by_hand, false) AS by_hand,
        g.size_least, g.size_most, l.status AS leader
    FROM gridmap.grids g LEFT JOIN gridmap.leaders l ON l.place_code = g.code AND l.role = 'grid'
    WHERE g.community_code = :code ORDER BY g.code
    """
)


@dataclass(frozen=True)
class CommunityGrids:
    """`community`: code, name, kind, street; `grids`: code, kind, households, buildings, walk_m (metres), by_hand,
    size_least and size_most, and whether the leader is assigned or vacant (None: not worked out)."""

    community: RowMapping
    grids: list[dict[str, Any]]


def community_grids(connection: Connection, code: str) -> CommunityGrids | None:
    """The grids of a community, or of the one that the grid of this code is in; None where there is neither."""
    community = connection.execute(_COMMUNITY, {"code": code}).mappings().one_or_none()
    if community is None:
        return None
    return CommunityGrids(
        community, [dict(row) for row in connection.execute(_GRIDS, {"code": community["code"]}).mappings()]
    )
