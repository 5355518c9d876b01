"""What plans are shaped on: the blocks of one version of the data, kept so that plans outlive the next import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, delete, insert, select, text

from gridmap.database import writing
from gridmap.database.plan_tables import block_borders, block_sets, blocks, shaped_plans

_BLOCKS = text("SELECT * FROM gridmap.blocks WHERE set_id = :set ORDER BY position")
_BORDERS = text("SELECT * FROM gridmap.block_borders WHERE set_id = :set ORDER BY a, b")


@dataclass(frozen=True)
class BlockSet:
    """One set.

    `blocks`: in the order of their positions, `code`, `name`, `kind`, `community_code`, `street_code`, `households`,
    `x`, `y` (metres in `crs`), `area_m2`, `length_m` (of the outline), geometry in EPSG:4326; `borders`: `a`, `b`
    (positions), `border_m`, `passable`,
    geometry; `sites`, `walks`: as the table of sets has them; `names`: of communities and streets by code.
    """

    data_version: int
    crs: str
    blocks: gpd.GeoDataFrame
    borders: gpd.GeoDataFrame
    sites: Sequence[int]
    walks: bytes
    names: Mapping[str, str]


def find(connection: Connection, data_version: int) -> int | None:
    """The number of the set that was made from this version of the data."""
    return connection.scalar(select(block_sets.c.id).where(block_sets.c.data_version == data_version))


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
    }
    number = int(connection.scalar(insert(block_sets).values(values).returning(block_sets.c.id)) or 0)
    for table, frame in ((blocks, given.blocks), (block_borders, given.borders)):
        rows = pd.DataFrame(frame.drop(columns="geometry")).assign(set_id=number, geom=frame.geometry)
        writing.copy_in(connection, table.fullname, [column.name for column in table.columns], rows)
    return number


def load(connection: Connection, number: int) -> BlockSet:
    """A set that is there."""
    row = connection.execute(select(block_sets).where(block_sets.c.id == number)).one()
    found = [
        gpd.read_postgis(query, connection, params={"set": number}, geom_col="geom").rename_geometry("geometry")
        for query in (_BLOCKS, _BORDERS)
    ]
    return BlockSet(row.data_version, row.crs, found[0], found[1], row.sites, bytes(row.walks), row.names)


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
