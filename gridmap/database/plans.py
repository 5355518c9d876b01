"""Plans in the database: each kept whole, with its regions, its units and the report of how it was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, RowMapping, delete, func, insert, select, text

from gridmap.database import changes, rows, writing
from gridmap.database.checks import check_rows
from gridmap.database.store import worded_breaches
from gridmap.database.tables import plan_regions, plan_units, plans
from gridmap.domain.errors import DataError
from gridmap.domain.layers import RESULT_LAYERS
from gridmap.domain.today import LOCAL_TIME

_REGIONS = RESULT_LAYERS["regions"]


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
        made = func.timezone(str(LOCAL_TIME), plans.c.created_at)
        title = func.concat("#", plans.c.id, " ", func.to_char(made, "YYYY-MM-DD"))
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


def exchange_regions(connection: Connection, plan: int, given: pd.DataFrame) -> None:
    """Keep these in the place of a plan's regions: as the layer of that name has them."""
    connection.execute(delete(plan_regions).where(plan_regions.c.plan_id == plan))
    _save_regions(connection, plan, given)


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


def newest_regions(connection: Connection) -> gpd.GeoDataFrame:
    """The regions of the newest proposal in EPSG:4326; empty where there is none."""
    newest = select(func.max(plans.c.id)).where(plans.c.origin == "proposal").scalar_subquery()
    return rows.unfold(rows.read(connection, plan_regions, _REGIONS, where=plan_regions.c.plan_id == newest))


_NEWEST = text(
    """
    SELECT p.id, p.name, p.status, p.created_at, p.data_version, count(r.id) AS regions,
        count(r.id) FILTER (WHERE r.status = 'new') AS new, p.report ->> 'status' AS outcome,
        p.report -> 'alternative' ->> 'kind' AS kind
    FROM gridmap.plans p LEFT JOIN gridmap.plan_regions r ON r.plan_id = p.id
    WHERE p.origin = 'proposal'
    GROUP BY p.id ORDER BY p.id DESC LIMIT :most
    """
)


def newest(connection: Connection, *, most: int) -> list[dict[str, Any]]:
    """The newest proposals: id, name, status, when, data version, number of regions, the solver's outcome, the kind of
    alternative."""
    return [dict(row) for row in connection.execute(_NEWEST, {"most": most}).mappings()]


def find(connection: Connection, plan_id: int) -> RowMapping | None:
    """A plan's id, name, origin and data version; None where there is none."""
    query = text("SELECT id, name, origin, data_version FROM gridmap.plans WHERE id = :id")
    return connection.execute(query, {"id": plan_id}).mappings().one_or_none()


_FEATURES = text(
    """
    SELECT json_build_object('type', 'Feature', 'id', region,
        'geometry', ST_AsGeoJSON(ST_ForcePolygonCCW(geom), 7)::json,
        'properties', json_build_object('region', region, 'code', code, 'status', status, 'households', households,
            'units', units, 'members', string_to_array(members, ' '), 'compactness', compactness,
            'centre_lon', centre_lon, 'centre_lat', centre_lat, 'mean_walk_m', mean_walk_m))::text AS feature
    FROM gridmap.plan_regions WHERE plan_id = :id ORDER BY region
    """
)


def region_features(connection: Connection, plan_id: int) -> list[str]:
    """A plan's regions as RFC 7946 features, each a JSON text."""
    return list(connection.execute(_FEATURES, {"id": plan_id}).scalars())


_UNITS = text("SELECT unit, region, households FROM gridmap.plan_units WHERE plan_id = :id ORDER BY region, unit")


def units(connection: Connection, plan_id: int) -> list[tuple[str, int, int | None]]:
    """A plan's units, each with its region (-1: none) and its households."""
    return [(row.unit, row.region, row.households) for row in connection.execute(_UNITS, {"id": plan_id})]


_SHAPED_UNITS = text("SELECT unit, region, geom FROM gridmap.plan_units WHERE plan_id = :id ORDER BY unit")


def unit_shapes(connection: Connection, plan_id: int) -> gpd.GeoDataFrame:
    """A plan's units in EPSG:4326: `unit`, `region` (-1: none), geometry (None where the plan has no shapes)."""
    found: gpd.GeoDataFrame = gpd.read_postgis(_SHAPED_UNITS, connection, params={"id": plan_id}, geom_col="geom")
    return found


_REGION_ROWS = text(
    """
    SELECT code, status, households, units, compactness, mean_walk_m
    FROM gridmap.plan_regions WHERE plan_id = :id ORDER BY region, code
    """
)


def region_rows(connection: Connection, plan_id: int) -> list[RowMapping]:
    """A proposal's regions without their shapes."""
    return list(connection.execute(_REGION_ROWS, {"id": plan_id}).mappings())
