"""Plans in the database: each kept whole, with its regions, its units and the report of how it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, func, insert, select

from gridmap.database import changes, rows, writing
from gridmap.database.checks import check_rows
from gridmap.database.store import worded_breaches
from gridmap.database.tables import plan_regions, plan_units, plans
from gridmap.domain.errors import DataError, NotFoundError
from gridmap.domain.layers import RESULT_LAYERS

_REGIONS = RESULT_LAYERS["regions"]


@dataclass(frozen=True)
class StoredPlan:
    """A plan: regions in the form of the layer `regions` in EPSG:4326; units `unit`, `region`, `households`, geometry.

    In a list of plans the tables are left out.
    """

    id: int
    name: str
    status: str
    created_at: datetime
    actor: str
    version: int
    settings: Mapping[str, Any]
    report: Mapping[str, Any]
    regions: gpd.GeoDataFrame | None = None
    units: gpd.GeoDataFrame | None = None


def save_plan(
    connection: Connection,
    layers: Mapping[str, pd.DataFrame],
    report: Mapping[str, Any] | None,
    *,
    version: int | None,
    actor: str,
    name: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> int:
    """Keep a plan; its number.

    Parameters
    ----------
    layers
        "regions": as the layer of that name has them, may be missing where no region could be made; "assignment":
        one row a unit, with `unit` and `region` (-1: served by none), where known `households` and geometry.
    version
        The data version that it was made from; the latest by default.
    name
        How people call it; by default after its day and number.
    """
    version = changes.latest(connection) if version is None else version
    values = {"actor": actor, "data_version": version, "settings": dict(settings or {}), "report": dict(report or {})}
    plan = int(connection.scalar(insert(plans).values(name=name or "", **values).returning(plans.c.id)) or 0)
    if not name:
        title = func.concat("#", plans.c.id, " ", func.to_char(plans.c.created_at, "YYYY-MM-DD"))
        connection.execute(plans.update().where(plans.c.id == plan).values(name=title))
    if "regions" in layers:
        _save_regions(connection, plan, layers["regions"])
    if "assignment" in layers:
        _save_units(connection, plan, layers["assignment"])
    return plan


def _save_regions(connection: Connection, plan: int, given: pd.DataFrame) -> None:
    frame = rows.prepare(given, _REGIONS)
    check_rows(frame, _REGIONS)
    names = [column.name for column in plan_regions.columns if column.name != "id"]
    with worded_breaches(_REGIONS):
        writing.copy_in(connection, plan_regions.fullname, names, frame.assign(plan_id=plan))


def _save_units(connection: Connection, plan: int, given: pd.DataFrame) -> None:
    missing = {"unit", "region"} - set(given.columns)
    if missing:
        raise DataError("The plan's units lack the columns: {columns}", columns=", ".join(sorted(missing)))
    double = given["unit"][given["unit"].duplicated()]
    if len(double):
        raise DataError("The plan has more than one row of the unit {unit}.", unit=double.iloc[0])
    frame = pd.DataFrame(
        {"plan_id": plan, "unit": given["unit"].astype(str), "region": given["region"].astype("Int64")}
    )
    frame["households"] = given["households"].astype("Int64") if "households" in given else pd.NA
    spatial = isinstance(given, gpd.GeoDataFrame)
    frame["geom"] = gpd.GeoSeries(given.geometry.to_crs("EPSG:4326").to_numpy(), frame.index) if spatial else None
    with worded_breaches(_REGIONS):
        writing.copy_in(connection, plan_units.fullname, [column.name for column in plan_units.columns], frame)


def list_plans(connection: Connection, *, limit: int = 100) -> list[StoredPlan]:
    """The plans, newest first, without their tables."""
    return [_stored(row) for row in connection.execute(select(plans).order_by(plans.c.id.desc()).limit(limit))]


def load_plan(connection: Connection, plan: int) -> StoredPlan:
    """A plan with its regions and units.

    Raises
    ------
    NotFoundError
        There is no such plan.
    """
    row = connection.execute(select(plans).where(plans.c.id == plan)).first()
    if row is None:
        raise NotFoundError("There is no plan {plan}.", plan=plan)
    units = rows.frame_of(
        connection, select(plan_units).where(plan_units.c.plan_id == plan).order_by(plan_units.c.unit)
    )
    units = units.drop(columns="plan_id").astype({"region": "Int64", "households": "Int64"})
    return _stored(row, regions=_regions(connection, plan), units=units.rename_geometry("geometry"))


def newest_regions(connection: Connection) -> gpd.GeoDataFrame:
    """The regions of the newest plan; empty where there is none."""
    newest = connection.scalar(select(func.max(plans.c.id)))
    return _regions(connection, -1 if newest is None else newest)


def _regions(connection: Connection, plan: int) -> gpd.GeoDataFrame:
    table = rows.read(connection, plan_regions, _REGIONS, where=plan_regions.c.plan_id == plan)
    return rows.unfold(table)


def _stored(row: Any, **further: gpd.GeoDataFrame) -> StoredPlan:
    return StoredPlan(
        id=row.id,
        name=row.name,
        status=row.status,
        created_at=row.created_at,
        actor=row.actor,
        version=row.data_version,
        settings=row.settings,
        report=row.report,
        **further,
    )
