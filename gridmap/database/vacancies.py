"""Which posts are filled, which have somebody proposed, and which are vacant: by community, and place by place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from gridmap.database.scopes import IN_SCOPE, Scope, scope_parameters
from gridmap.database.terms import SITS_NOW, TODAY
from gridmap.database.tile_layers import GRID_NAME
from gridmap.domain.words import ROLES_AT, SOLE_ROLES

State = Literal["held", "proposed", "vacant"]

# The few terms are looked up once, the many posts go by joins.
_TERMS = f"""
    held AS MATERIALIZED (SELECT DISTINCT role, place_code FROM gridmap.assignments a WHERE {SITS_NOW}),
    ended AS MATERIALIZED (
        SELECT DISTINCT role, place_code, staff_code FROM gridmap.assignments WHERE until <= {TODAY}
    )
"""  # noqa: S608  # our own pieces

# A post is a sole role at a place of its layer. A place without households needs nobody, unless somebody is there.
# Whose term has ended isn't proposed any more, whatever the analysis said before.
_POSTS = """
    SELECT r.role, p.code, p.layer, p.community_code, l.cause, l.staff_code,
        CASE WHEN h.role IS NOT NULL THEN 'held' WHEN l.status = 'assigned' AND e.role IS NULL THEN 'proposed'
            WHEN l.cause = 'no_households' THEN 'unneeded' ELSE 'vacant' END AS state
    FROM unnest(:roles, :layers) AS r(role, layer) JOIN gridmap.places p ON p.layer = r.layer
    LEFT JOIN gridmap.leaders l ON l.role = r.role AND l.place_code = p.code
    LEFT JOIN held h ON h.role = r.role AND h.place_code = p.code
    LEFT JOIN ended e ON e.role = r.role AND e.place_code = p.code AND e.staff_code = l.staff_code
"""

_LISTS = (bindparam("roles", type_=ARRAY(Text)), bindparam("layers", type_=ARRAY(Text)))

_COUNTS = """
    count(*) FILTER (WHERE state = 'held') AS held, count(*) FILTER (WHERE state = 'proposed') AS proposed,
    count(*) FILTER (WHERE state = 'vacant') AS vacant
"""

_ALL = text(
    f"""
    WITH {_TERMS}, posts AS MATERIALIZED ({_POSTS} WHERE {IN_SCOPE})
    SELECT role, {_COUNTS} FROM posts GROUP BY role
    """  # noqa: S608  # our own pieces
).bindparams(*_LISTS, *scope_parameters())

_BY_COMMUNITY = text(
    f"""
    WITH {_TERMS}, page AS MATERIALIZED (
        SELECT c.code, c.name FROM gridmap.communities c
        JOIN gridmap.places p ON p.code = c.code
        WHERE {IN_SCOPE} AND c.code > :after ORDER BY c.code LIMIT :most
    ), posts AS MATERIALIZED (
        {_POSTS} WHERE p.community_code IN (SELECT code FROM page)
    )
    SELECT page.code, page.name, posts.role, {_COUNTS} FROM page LEFT JOIN posts ON posts.community_code = page.code
    GROUP BY page.code, page.name, posts.role ORDER BY page.code
    """  # noqa: S608  # our own pieces
).bindparams(*_LISTS, *scope_parameters())

_PLACES = text(
    f"""
    WITH {_TERMS}, posts AS MATERIALIZED (
        SELECT * FROM ({_POSTS} WHERE p.community_code = :community AND p.code > :after) AS posts
        WHERE state = :state ORDER BY code LIMIT :most
    )
    SELECT posts.code, posts.layer, posts.cause, {GRID_NAME} AS grid, o.name AS compound, b.name AS building,
        b.address, w.number
    FROM posts LEFT JOIN gridmap.stairwells w ON w.code = posts.code
    LEFT JOIN gridmap.buildings b ON b.code = w.building_code
    LEFT JOIN gridmap.compounds o ON o.code = coalesce(b.compound_code, posts.code)
    LEFT JOIN gridmap.grids g ON g.code = posts.code LEFT JOIN gridmap.communities c ON c.code = g.community_code
    ORDER BY posts.code
    """  # noqa: S608  # our own pieces
).bindparams(*_LISTS)


_OPEN = text(
    f"""
    WITH {_TERMS}, posts AS MATERIALIZED (
        SELECT * FROM ({_POSTS} WHERE {IN_SCOPE}) AS posts WHERE state IN ('proposed', 'vacant')
    )
    SELECT posts.role, posts.code, posts.state, posts.cause, o.name AS community, {GRID_NAME} AS grid,
        s.name AS proposed
    FROM posts LEFT JOIN gridmap.communities o ON o.code = posts.community_code
    LEFT JOIN gridmap.grids g ON g.code = posts.code LEFT JOIN gridmap.communities c ON c.code = g.community_code
    LEFT JOIN gridmap.staff s ON posts.state = 'proposed' AND s.code = posts.staff_code
    ORDER BY posts.community_code, posts.role, posts.code
    """  # noqa: S608  # our own pieces
).bindparams(*_LISTS, *scope_parameters())


@dataclass(frozen=True)
class Counts:
    """Posts of one role: with somebody in office, with somebody proposed only, and with nobody."""

    held: int = 0
    proposed: int = 0
    vacant: int = 0


def _layers(roles: Collection[str]) -> dict[str, Any]:
    """The layer of each of these sole roles' places, as the statements want it."""
    at = {role: layer for layer, there in ROLES_AT.items() for role in there if role in SOLE_ROLES}
    return {"roles": list(roles), "layers": [at[role] for role in roles]}


def totals(connection: Connection, roles: Collection[str], scope: Scope) -> dict[str, Counts]:
    """The posts of all places in scope, by role."""
    found = connection.execute(_ALL, {**_layers(roles), **scope.parameters()})
    return {row.role: Counts(row.held, row.proposed, row.vacant) for row in found}


def by_community(
    connection: Connection, roles: Collection[str], scope: Scope, *, after: str, most: int
) -> list[tuple[str, str | None, dict[str, Counts]]]:
    """A page of the communities in scope in order of their codes: code, name, posts by role."""
    given = {**_layers(roles), "after": after, "most": most, **scope.parameters()}
    pages: dict[str, tuple[str, str | None, dict[str, Counts]]] = {}
    for row in connection.execute(_BY_COMMUNITY, given):
        page = pages.setdefault(row.code, (row.code, row.name, {}))
        if row.role is not None:
            page[2][row.role] = Counts(row.held, row.proposed, row.vacant)
    return list(pages.values())


def open_posts(connection: Connection, roles: Collection[str], scope: Scope) -> list[dict[str, Any]]:
    """The posts of a scope in which nobody is.

    `role`, `code` (of the place), `grid` (its name, where it is one), `state`, `cause`, `community` (its name), and
    `proposed`, the name of whom the analysis proposes.
    """
    return [dict(row) for row in connection.execute(_OPEN, {**_layers(roles), **scope.parameters()}).mappings()]


def places(
    connection: Connection, *, role: str, community: str, state: State, after: str, most: int
) -> list[dict[str, Any]]:
    """A page of a community's posts of one role in one state, in order of the places' codes.

    Each with `code`, `layer`, `cause` of the vacancy, and what names it: `grid`, `compound`, `building`, `address`,
    `number` (of a stairwell).
    """
    given = {**_layers([role]), "community": community, "state": state, "after": after, "most": most}
    return [dict(row) for row in connection.execute(_PLACES, given).mappings()]
