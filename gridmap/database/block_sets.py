"""What plans are shaped on: the blocks of one version of the data, kept so that plans outlive the next import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, delete, insert, select, text

from gridmap.database import writing
from gridmap.database.plan_tables import block_borders, block_buildings, block_sets, blocks, shaped_plans

_BLOCKS = text("SELECT * FROM gridmap.blocks WHERE set_id = :set ORDER BY position")
_BORDERS = text("SELECT * FROM gridmap.block_borders WHERE set_id = :set ORDER BY a, b")


@dataclass(frozen=True)
class BlockSet:
    """One set.

    `blocks`: in the order of their positions, `code`, `name`, `kind`, `community_code`, `street_code`, `households`,
    `x`, `y` (metres in `crs`), `area_m2`, `length_m` (of the outline), geometry in EPSG:4326; `borders`: `a`, `b`
    (positions), `border_m`, `passable`,
    geometry; `sites`, `walks`: as the table of sets has them; `names`: of communities and streets by code. Of the
    blocks of one community its code, the `prefix` of its grids' codes, and `buildings`: the block of each by code.
    """

    data_version: int
    crs: str
    blocks: gpd.GeoDataFrame
    borders: gpd.GeoDataFrame
    sites: Sequence[int]
    walks: bytes
    names: Mapping[str, str]
    community: str = ""
    prefix: str = ""
    buildings: Mapping[str, int] = field(default_factory=dict)


def find(connection: Connection, data_version: int, community: str = "") -> int | None:
    """The number of the set that was made from this version of the data, of the district or one community."""
    same = block_sets.c.data_version == data_version, block_sets.c.community_code == community
    return connection.scalar(select(block_sets.c.id).where(*same))


def save(connection: Connection, given: BlockSet) -> int:
    """Keep a set; its number. Sets of older data that no plan stands on go."""
    used = select(shaped_plans.c.set_id)
    connection.execute(delete(block_sets).where(block_sets.c.id.not_in(used)))
    values = {
        "data_version": given.data_version,
        "crs": given.crs,
        "sites": [int(site) for site in given.sites],
        "walks": given.walks,
        "names": dict(given.names),
        "community_code": given.community,
        "prefix": given.prefix,
    }
    number = int(connection.scalar(insert(block_sets).values(values).returning(block_sets.c.id)) or 0)
    for table, frame in ((blocks, given.blocks), (block_borders, given.borders)):
        rows = pd.DataFrame(frame.drop(columns="geometry")).assign(set_id=number, geom=frame.geometry)
        writing.copy_in(connection, table.fullname, [column.name for column in table.columns], rows)
    if given.buildings:
        members = pd.DataFrame({"building_code": list(given.buildings), "position": list(given.buildings.values())})
        names = [column.name for column in block_buildings.columns]
        writing.copy_in(connection, block_buildings.fullname, names, members.assign(set_id=number))
    return number


def load(connection: Connection, number: int) -> BlockSet:
    """A set that is there."""
    row = connection.execute(select(block_sets).where(block_sets.c.id == number)).one()
    found = [
        gpd.read_postgis(query, connection, params={"set": number}, geom_col="geom").rename_geometry("geometry")
        for query in (_BLOCKS, _BORDERS)
    ]
    members = connection.execute(
        select(block_buildings.c.building_code, block_buildings.c.position).where(block_buildings.c.set_id == number)
    )
    return BlockSet(
        data_version=row.data_version,
        crs=row.crs,
        blocks=found[0],
        borders=found[1],
        sites=row.sites,
        walks=bytes(row.walks),
        names=row.names,
        community=row.community_code,
        prefix=row.prefix,
        buildings={row.building_code: row.position for row in members},
    )


_FEATURES = text(
    """
    SELECT json_build_object('type', 'Feature', 'id', position, 'geometry', ST_AsGeoJSON(geom, 7)::json,
        'properties', json_build_object('code', code, 'name', name, 'kind', kind, 'community', community_code,
            'street', street_code, 'households', households, 'x', round(x::numeric, 1),
            'y', round(y::numeric, 1), 'area', round(area_m2::numeric, 1), 'length', round(length_m::numeric, 1)))::text
    FROM gridmap.blocks WHERE set_id = :set ORDER BY position
    """
)
_LINES = text(
    """
    SELECT json_build_object('type', 'Feature', 'id', row_number() OVER (ORDER BY a, b) - 1,
        'geometry', ST_AsGeoJSON(geom, 7)::json, 'properties', json_build_object(
            'a', a, 'b', b, 'm', round(border_m::numeric, 1), 'passable', passable))::text
    FROM gridmap.block_borders WHERE set_id = :set ORDER BY a, b
    """
)


def features(connection: Connection, number: int) -> tuple[list[str], list[str]]:
    """Blocks by position, and their borders in order, as RFC 7946 features, each a JSON text."""
    found = [list(connection.execute(query, {"set": number}).scalars()) for query in (_FEATURES, _LINES)]
    return found[0], found[1]


def about(connection: Connection, number: int) -> tuple[list[int], dict[str, str], int]:
    """A set's sites, names of communities and streets, and data version."""
    query = select(block_sets.c.sites, block_sets.c.names, block_sets.c.data_version)
    row = connection.execute(query.where(block_sets.c.id == number)).one()
    return row.sites, row.names, row.data_version


def walks(connection: Connection, number: int) -> bytes | None:
    """The walks of a set as it keeps them; None where there is no such set."""
    found = connection.scalar(select(block_sets.c.walks).where(block_sets.c.id == number))
    return None if found is None else bytes(found)
