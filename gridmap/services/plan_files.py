"""Plans shaped by hand as files, and tables of units and regions that plans begin as."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Engine

from gridmap.analysis.shaping import Ground, figures
from gridmap.database.shaped_plans import State
from gridmap.domain.errors import InputError, NotFoundError
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.layers import read_units, write
from gridmap.layers.tabular import read_tables
from gridmap.services import plan_editing
from gridmap.services.uploads import plain_name

Tables = Mapping[str, pd.DataFrame]

FILES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "regions.geojson": ("regions",),
        "blocks.geojson": ("blocks",),
        "plan.gpkg": ("regions", "blocks"),
        "plan.zip": ("regions", "blocks"),
        "regions.kml": ("regions",),
        "blocks.kml": ("blocks",),
        "assignment.csv": ("assignment",),
        "assignment.xlsx": ("assignment",),
    }
)
"""The files that a plan is exported as, each with its layers; .zip holds shapefiles."""

LARGEST = 20 * 2**20
"""Bytes of a table that a plan begins as."""
ENDINGS = (".csv", ".xlsx", ".geojson", ".json", ".gpkg", ".zip", ".kml")

_UNIT = ("unit", "block", "单元", "基本单元", "单元编码")
_REGION = ("region", "大社区", "方案", "分区", "大社区编码")
_PHASE = ("phase", "批次", "实施批次", "分期")
_NAME = ("region_name", "region_na", "region_nam", "大社区名称")


def tables(
    ground: Ground, outlines: gpd.GeoDataFrame, state: State, *, numbers: Numbers = DEFAULT_NUMBERS
) -> dict[str, pd.DataFrame]:
    """A plan as the layers `regions`, `blocks` and `assignment`, in EPSG:4326.

    Parameters
    ----------
    ground, outlines, state
        The blocks in metres and in EPSG:4326, and the plan. Neighbours share exactly the same border points.
    """
    code = plan_editing.codes(ground, state.region)
    name = {one["id"]: one["name"] for one in state.regions}
    phase = {one["id"]: one.get("phase") for one in state.regions}
    known: dict[int, dict[str, Any]] = figures(ground, state.region, numbers=numbers).to_dict("index")  # type: ignore[assignment]
    shapes = outlines.geometry.to_numpy()
    middle = gpd.GeoSeries(ground.shapes, crs=ground.crs).representative_point().to_crs(GEOGRAPHIC)
    rows = []
    for number, label in enumerate(sorted(code, key=code.__getitem__)):
        members = np.flatnonzero(state.region == label)
        row = known[label]
        centre = middle.iloc[int(row["office"])] if row["office"] >= 0 else None
        rows.append(
            {
                "region": number,
                "code": code[label],
                "name": name.get(label),
                "phase": phase.get(label),
                "status": _status(ground, state, label, int(row["households"]), numbers),
                "households": int(row["households"]),
                "units": len(members),
                "members": [ground.code[int(block)] for block in members],
                "compactness": row["polsby_popper"],
                "centre_lon": round(centre.x, 7) if centre is not None else None,
                "centre_lat": round(centre.y, 7) if centre is not None else None,
                "mean_walk_m": row["mean_walk_m"],
                "p95_walk_m": row["p95_walk_m"],
                "beyond_15": row["beyond_15"],
                "reock": row["reock"],
                "pieces": int(row["pieces"]),
                "geometry": shapely.coverage_union_all(shapes[members]),
            }
        )
    columns = None if rows else ["region", "code", "status", "households", "units", "members", "geometry"]
    regions = gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=GEOGRAPHIC)
    assignment = pd.DataFrame(
        {
            "unit": list(ground.code),
            "region": [code.get(int(label)) for label in state.region],
            "region_name": [name.get(int(label)) for label in state.region],
            "phase": pd.array([phase.get(int(label)) for label in state.region], dtype="Int64"),
            "households": ground.households,
            "unit_name": [called or None for called in ground.name],
            "community_code": ground.community,
            "community": [ground.names.get(one) for one in ground.community],
            "street_code": ground.street,
        }
    )
    blocks = gpd.GeoDataFrame(assignment, geometry=shapes, crs=GEOGRAPHIC)
    return {"regions": regions, "blocks": blocks, "assignment": assignment}


def _status(ground: Ground, state: State, label: int, households: int, numbers: Numbers) -> str:
    """`kept` is one of today's communities, untouched; `below` has fewer households than the threshold."""
    members = state.region == label
    homes = np.unique(ground.community[members].astype(str))
    if len(homes) == 1 and not (ground.community[~members] == homes[0]).any():
        return "kept"
    return "below" if households < numbers.region_least else "new"


def export(engine: Engine, plan: int, file: str, *, numbers: Numbers = DEFAULT_NUMBERS) -> bytes:
    """A plan as one of `FILES`.

    Raises
    ------
    NotFoundError
        There is no such plan, or no such file of it.
    """
    if file not in FILES:
        raise NotFoundError("A plan can be had as {files}.", files=", ".join(FILES))
    found, state, ground = plan_editing.now(engine, plan)
    whole = tables(ground, plan_editing.blocks_of(engine, found), state, numbers=numbers)
    with TemporaryDirectory(prefix="gridmap-") as folder:
        path = Path(folder) / file
        write(path, {name: whole[name] for name in FILES[file]})
        return path.read_bytes()


class UnitRow(NamedTuple):
    """A unit and its region, with the region's name and phase where they are said, as they are written."""

    unit: str
    region: str
    name: str | None = None
    phase: str | None = None


def rows_of(name: str, content: bytes) -> list[UnitRow]:
    """The rows of a table or of the areas of a file.

    Raises
    ------
    InputError
        It can't be read, is too large, or has no columns of units and regions.
    """
    plain = plain_name(name)
    if not plain.lower().endswith(ENDINGS):
        raise InputError("A plan begins as a table of this kind: {endings}.", endings=", ".join(ENDINGS))
    if not content:
        raise InputError("{name} is empty.", name=plain)
    if len(content) > LARGEST:
        raise InputError("{name} is too large: at most {most} MB.", name=plain, most=LARGEST // 2**20)
    with TemporaryDirectory(prefix="gridmap-") as folder:
        path = Path(folder) / plain
        path.write_bytes(content)
        found = _frames(path)
    for table in found:
        if rows := _rows(table):
            return rows
    columns = ", ".join(str(column) for table in found for column in table.columns)[:200]
    raise InputError(
        "{name} needs a column unit with the blocks' codes and a column region; it has: {columns}.",
        name=plain,
        columns=columns or "–",
    )


def _frames(path: Path) -> list[pd.DataFrame]:
    if path.suffix.lower() in (".csv", ".xlsx"):
        return [sheet.table for sheet in read_tables(path)]
    try:
        return [pd.DataFrame(read_units(path, "blocks"))]
    except InputError:
        return [pd.DataFrame(read_units(path))]


def _rows(table: pd.DataFrame) -> list[UnitRow]:
    unit, region, name, phase = (
        next((one for one in table.columns if str(one).strip().lower() in names), None)
        for names in (_UNIT, _REGION, _NAME, _PHASE)
    )
    if unit is None or region is None:
        return []
    cells = [
        [_text(value) for value in table[one]] if one is not None else [""] * len(table)
        for one in (unit, region, name, phase)
    ]
    return [UnitRow(a.removeprefix("'"), b, c or None, d or None) for a, b, c, d in zip(*cells, strict=True) if a or b]


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()
