"""The ground that plans are shaped on: surveyed once for each version of the data, kept in the database."""

from __future__ import annotations

from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, RowMapping

from gridmap.analysis.shaping import Ground, survey
from gridmap.database import block_sets, changes, plans
from gridmap.database.block_sets import BlockSet
from gridmap.database.engine import reading
from gridmap.database.store import load_district
from gridmap.domain.analyses import READS
from gridmap.domain.errors import DataError, InputError, NotFoundError
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.numbers import Numbers

LAYERS = READS["plans"]
"""What blocks are made of: when one of these changes, plans on the older blocks are stale."""
FAR = 65535
"""Metres of a walk that is longer, or not known."""


def ready(engine: Engine, *, numbers: Numbers) -> int:
    """The number of the set of blocks of the data as they are; surveyed now where nobody has asked before.

    Raises
    ------
    DataError
        There are no communities, streets or buildings to make blocks of.
    """
    with reading(engine) as connection:
        version = changes.latest(connection, LAYERS)
        found = block_sets.find(connection, version)
        if found is not None:
            return found
        district = load_district(connection, LAYERS)
    if not len(district["communities"]):
        raise DataError("The district has no communities, and this needs them. Import them first.")
    given = packed(survey(district.metric(), numbers=numbers), version)
    with engine.begin() as connection:
        changes.wait_turn(connection)
        return block_sets.find(connection, version) or block_sets.save(connection, given)


def packed(ground: Ground, version: int, *, community: str = "") -> BlockSet:
    """The ground in the form in which the database keeps it."""
    blocks = gpd.GeoDataFrame(
        {
            "position": np.arange(ground.n),
            "code": ground.code,
            "name": ground.name,
            "kind": ground.kind,
            "community_code": ground.community,
            "street_code": ground.street,
            "households": ground.households,
            "x": ground.xy[:, 0],
            "y": ground.xy[:, 1],
            "area_m2": ground.area,
            "length_m": ground.length,
        },
        geometry=ground.shapes,
        crs=ground.crs,
    )
    borders = gpd.GeoDataFrame(
        {
            "a": ground.edges[:, 0],
            "b": ground.edges[:, 1],
            "border_m": ground.border,
            "passable": ground.passable,
        },
        geometry=ground.lines,
        crs=ground.crs,
    )
    walks = np.where(np.isfinite(ground.walks), np.minimum(np.round(ground.walks), FAR), FAR).astype("<u2")
    return BlockSet(
        data_version=version,
        crs=ground.crs,
        blocks=blocks.to_crs(GEOGRAPHIC),
        borders=borders.to_crs(GEOGRAPHIC),
        sites=ground.sites.tolist(),
        walks=walks.tobytes(),
        names=ground.names,
        community=community,
        prefix=ground.prefix,
        buildings=ground.buildings,
    )


@lru_cache(maxsize=6)
def ground_of(engine: Engine, set_id: int) -> Ground:
    """The ground of a set; this process keeps the last few."""
    with reading(engine) as connection:
        kept = block_sets.load(connection, set_id)
    blocks, borders = kept.blocks, kept.borders
    n, sites = len(blocks), np.asarray(kept.sites, dtype=np.int64)
    return Ground(
        code=blocks["code"].tolist(),
        name=blocks["name"].fillna("").tolist(),
        kind=blocks["kind"].tolist(),
        community=blocks["community_code"].fillna("").to_numpy(dtype=object),
        street=blocks["street_code"].fillna("").to_numpy(dtype=object),
        households=blocks["households"].to_numpy(dtype=np.int64),
        xy=blocks[["x", "y"]].to_numpy(dtype=np.float64),
        shapes=blocks.geometry.to_crs(kept.crs).to_numpy(),
        edges=borders[["a", "b"]].to_numpy(dtype=np.int64).reshape(-1, 2),
        border=borders["border_m"].to_numpy(dtype=np.float64),
        passable=borders["passable"].to_numpy(dtype=np.bool_),
        lines=borders.geometry.to_crs(kept.crs).to_numpy(),
        sites=sites,
        walks=np.frombuffer(kept.walks, dtype="<u2").reshape(len(sites), n).astype(np.float64),
        crs=kept.crs,
        names=dict(kept.names),
        prefix=kept.prefix,
        buildings=dict(kept.buildings),
    )


def district_plan(connection: Connection, plan: int) -> RowMapping:
    """The plan of this number as `plans.find` gives it.

    Raises
    ------
    NotFoundError
        There is none.
    InputError
        It is a draft of one community's grids.
    """
    found = plans.find(connection, plan)
    if found is None:
        raise NotFoundError("There is no plan {plan}.", plan=plan)
    if found["origin"] == "grids":
        raise InputError("{plan} is a draft of one community's grids, no plan of the district.", plan=plan)
    return found


def outlines(engine: Engine, set_id: int) -> gpd.GeoDataFrame:
    """The blocks of a set in EPSG:4326, in the order of their positions."""
    with reading(engine) as connection:
        return block_sets.load(connection, set_id).blocks


def carried(ground: Ground, units: gpd.GeoDataFrame) -> tuple[np.ndarray, int]:
    """Regions of other units taken over to these blocks: by the code, else by the place.

    Parameters
    ----------
    ground
        The blocks.
    units
        `unit`, `region` (-1: none), geometry, which may be missing.

    Returns
    -------
    tuple
        (n,) region of each block, and how many blocks were found in neither way and have none.
    """
    by_code = pd.Series(units["region"].to_numpy(), index=units["unit"].astype(str))
    found = by_code[~by_code.index.duplicated()].reindex(list(ground.code)).to_numpy(dtype=np.float64)
    missing = np.flatnonzero(np.isnan(found))
    shaped = units[units.geometry.notna()]
    if len(missing) and len(shaped):
        points = gpd.GeoSeries(ground.shapes[missing], crs=ground.crs).representative_point().to_crs(shaped.crs)
        at, unit = shaped.sindex.query(points, predicate="intersects")
        found[missing[at]] = shaped["region"].to_numpy(dtype=np.float64)[unit]
    lost = np.isnan(found)
    return np.where(lost, -1, found).astype(np.int64), int(lost.sum())
