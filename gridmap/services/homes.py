"""Where people live, by the address that a file writes."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd
from sqlalchemy import Engine

from gridmap.database import rosters
from gridmap.database.engine import reading
from gridmap.layers.addresses import WRITTEN, AddressBook, address_book, match
from gridmap.layers.vocabulary import columns_of


def with_homes(engine: Engine, staff: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int, int]:
    """A table of staff with the stairwell of those whose address is written and surely matched.

    Returns
    -------
    staff
        With `stairwell_code` and the stairwell's point as position, where both were missing.
    found, left
        How many were matched, and how many addresses weren't surely matched.
    """
    columns = columns_of("roster", WRITTEN, [str(column) for column in staff.columns])
    lost = staff["stairwell_code"].isna()
    if not lost.any() or not {"address", "building"} & set(columns):
        return staff, 0, 0
    written = staff.loc[lost, list(columns.values())].set_axis(list(columns), axis=1).astype("object")
    with reading(engine) as connection:
        book = book_of(rosters.standing(connection, rosters.ADDRESSES))
        found = match(written, book)
        homes = found["stairwell_code"].where(found["sureness"] == "sure").dropna()
        points = rosters.stairwell_points(connection, set(homes))
    out = staff.copy()
    out.loc[homes.index, "stairwell_code"] = homes
    unplaced = [row for row in homes.index if out.geometry[row] is None]
    out.loc[unplaced, out.geometry.name] = points.reindex(homes[unplaced]).to_numpy()
    return out, len(homes), int(written.notna().any(axis=1).sum()) - len(homes)


def book_of(tables: Mapping[str, pd.DataFrame]) -> AddressBook:
    """The address book of what `rosters.standing` gives."""
    return address_book(**{name: tables[name] for name in rosters.ADDRESSES})
