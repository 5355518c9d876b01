"""One community with what lies in and about it, read without the rest of the district."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from gridmap.database import rows, tables
from gridmap.database.changes import latest
from gridmap.domain.district import District
from gridmap.domain.errors import NotFoundError
from gridmap.domain.layers import DISTRICT_LAYERS

ABOUT_DEG = 0.004
"""So far about the community (some 300 to 450 m) people may walk when they go from house to house in it."""


def load_community(connection: Connection, code: str) -> District:
    """The community, its buildings and grids, and the compounds, gates, barriers and ways there, in EPSG:4326.

    Its buildings are those of its grids, and those that carry its code and are in no grid yet.

    Raises
    ------
    NotFoundError
        There is no such community.
    """
    district = tables.district
    communities, grids, members, buildings = (district[n] for n in ("communities", "grids", "members", "buildings"))
    if connection.scalar(select(communities.c.code).where(communities.c.code == code)) is None:
        raise NotFoundError("There is no community {code}.", code=code[:80])
    own = members.c.grid_code.in_(select(grids.c.code).where(grids.c.community_code == code))
    member = select(members.c.building_code).where(members.c.building_code == buildings.c.code)
    conditions = {
        "communities": communities.c.code == code,
        "grids": grids.c.community_code == code,
        "members": own,
        "buildings": or_(member.where(own).exists(), and_(buildings.c.community_code == code, ~member.exists())),
        **{name: _about(district[name], code) for name in ("compounds", "gates", "barriers", "ways")},
    }
    found = {
        name: rows.unfold(rows.read(connection, district[name], DISTRICT_LAYERS[name], where=condition))
        for name, condition in conditions.items()
    }
    return District(found, version=latest(connection))


def counted(connection: Connection, code: str) -> tuple[str, int, int]:
    """A community's kind, its own count of households (else that of its grids), and the sum over its grids.

    Raises
    ------
    NotFoundError
        There is no such community.
    """
    communities, grids = tables.district["communities"], tables.district["grids"]
    in_grids = select(func.sum(grids.c.households)).where(grids.c.community_code == code).scalar_subquery()
    found = connection.execute(
        select(communities.c.kind, communities.c.households, in_grids).where(communities.c.code == code)
    ).one_or_none()
    if found is None:
        raise NotFoundError("There is no community {code}.", code=code[:80])
    kind, own, of_grids = found
    return kind, own if own is not None else of_grids or 0, of_grids or 0


def _about(table: Table, code: str) -> ColumnElement[bool]:
    communities = tables.district["communities"]
    area = select(communities.c.geom).where(communities.c.code == code).scalar_subquery()
    condition: ColumnElement[bool] = func.ST_DWithin(table.c.geom, area, ABOUT_DEG)
    return condition
