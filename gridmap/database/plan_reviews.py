"""What there is to say about stored plans: their borders with reasons, and what a review added to their report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Connection, delete, func, insert, select, text, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from gridmap.database import rows
from gridmap.database.tables import SRID, plan_borders, plan_regions, plans
from gridmap.domain.layers import RESULT_LAYERS
from gridmap.domain.notes import Note

SIX = 6
"""Fills that are told apart."""
_COLUMNS = ("number", "unit_a", "unit_b", "region_a", "region_b", "length_m", "firmness", "held_by")


def save_borders(connection: Connection, plan: int, borders: gpd.GeoDataFrame) -> None:
    """Exchange a plan's border pieces.

    Parameters
    ----------
    borders
        In any coordinate system, with the columns that `gridmap.analysis.plans.reasons.borders` gives.
    """
    connection.execute(delete(plan_borders).where(plan_borders.c.plan_id == plan))
    if not len(borders):
        return
    shapes = shapely.to_wkt(borders.geometry.to_crs(SRID).to_numpy(), rounding_precision=7)
    connection.execute(
        insert(plan_borders),
        [
            {
                "plan_id": plan,
                **{name: None if pd.isna(row[name]) else row[name] for name in _COLUMNS},
                "reason": row["reason"].as_data(),
                "choices": row["choices"],
                "geom": f"SRID={SRID};{shape}",
            }
            for row, shape in zip(borders.drop(columns="geometry").to_dict("records"), shapes, strict=True)
        ],
    )


def add_to_report(connection: Connection, plan: int, further: Mapping[str, Any]) -> None:
    """Add entries to a plan's report; those of the same names are exchanged."""
    added = plans.c.report.op("||")(type_coerce(dict(further), JSONB))
    connection.execute(plans.update().where(plans.c.id == plan).values(report=added))


def save_walks(connection: Connection, plan: int, metres: Mapping[str, float]) -> None:
    """Give a plan's regions, by code, their mean walks in metres."""
    query = text("UPDATE gridmap.plan_regions SET mean_walk_m = :metres WHERE plan_id = :plan AND code = :code")
    for code, value in metres.items():
        connection.execute(query, {"metres": value, "plan": plan, "code": code})


def report(connection: Connection, plan: int) -> dict[str, Any] | None:
    """A plan's report as it was kept, with `id`, `name`, `created_at` and `data_version`; None where there is none."""
    columns = plans.c.id, plans.c.name, plans.c.created_at, plans.c.data_version, plans.c.report
    row = connection.execute(select(*columns).where(plans.c.id == plan)).mappings().one_or_none()
    if row is None:
        return None
    own = {name: row[name] for name in ("id", "name", "created_at", "data_version")}
    return {**row["report"], **own}


def alternatives(connection: Connection, group: int | None = None) -> list[dict[str, Any]]:
    """The reports of the plans that were proposed together, the first made first; by default the newest such group."""
    entry = plans.c.report["alternative"]
    number = entry["set"].as_integer()
    if group is None:
        group = connection.scalar(select(func.max(number)).where(entry.is_not(None)))
    found = connection.execute(select(plans.c.id).where(number == group).order_by(plans.c.id)).scalars()
    return [told for plan in found if (told := report(connection, plan)) is not None]


_FEATURES = text(
    """
    SELECT json_build_object('type', 'Feature', 'id', number, 'geometry', ST_AsGeoJSON(geom, 7)::json,
        'properties', json_build_object('number', number, 'unit_a', unit_a, 'unit_b', unit_b, 'region_a', region_a,
            'region_b', region_b, 'length_m', length_m, 'firmness', firmness, 'held_by', held_by))::text
    FROM gridmap.plan_borders WHERE plan_id = :plan ORDER BY number
    """
)


def border_features(connection: Connection, plan: int) -> list[str]:
    """A plan's border pieces as RFC 7946 features, each a JSON text."""
    return list(connection.execute(_FEATURES, {"plan": plan}).scalars())


def border(connection: Connection, plan: int, number: int) -> dict[str, Any] | None:
    """One border piece with its `reason` (a Note), its `choices` and a point on it; None where there is none."""
    middle = func.ST_PointOnSurface(plan_borders.c.geom)
    columns = [plan_borders.c[name] for name in (*_COLUMNS, "reason", "choices")]
    query = select(*columns, func.ST_X(middle).label("lon"), func.ST_Y(middle).label("lat"))
    query = query.where(plan_borders.c.plan_id == plan, plan_borders.c.number == number)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else {**row, "reason": Note.from_data(row["reason"])}


def borders(connection: Connection, plan: int) -> gpd.GeoDataFrame:
    """A plan's border pieces in EPSG:4326; `reason` as a Note."""
    columns = [plan_borders.c[name] for name in (*_COLUMNS, "reason", "choices")]
    query = select(*columns, func.ST_AsBinary(plan_borders.c.geom).label("shape"))
    query = query.where(plan_borders.c.plan_id == plan).order_by(plan_borders.c.number)
    found = [dict(row) for row in connection.execute(query).mappings()]
    shapes = shapely.from_wkb([bytes(row.pop("shape")) for row in found])
    for row in found:
        row["reason"] = Note.from_data(row["reason"])
    names = [*_COLUMNS, "reason", "choices"]
    return gpd.GeoDataFrame(pd.DataFrame(found, columns=names), geometry=shapes, crs=SRID)


def regions(connection: Connection, plan: int) -> gpd.GeoDataFrame:
    """A plan's regions in EPSG:4326, with the columns of the layer `regions`."""
    layer = RESULT_LAYERS["regions"]
    return rows.unfold(rows.read(connection, plan_regions, layer, where=plan_regions.c.plan_id == plan))


def colours(connection: Connection, plan: int) -> dict[str, int]:
    """One of six colours for each region of a plan, by its code, such that neighbours differ where six do."""
    both = plan_borders.c.region_a.is_not(None), plan_borders.c.region_b.is_not(None)
    query = select(plan_borders.c.region_a, plan_borders.c.region_b).where(plan_borders.c.plan_id == plan, *both)
    near: dict[str, set[str]] = {}
    for first, second in connection.execute(query.distinct()):
        near.setdefault(first, set()).add(second)
        near.setdefault(second, set()).add(first)
    found: dict[str, int] = {}
    for code in sorted(near, key=lambda each: (-len(near[each]), each)):
        taken = [found[other] for other in near[code] if other in found]
        every = list(found.values())
        found[code] = min(range(SIX), key=lambda n: (taken.count(n), every.count(n), n))
    return found
