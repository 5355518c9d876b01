"""Between tables in memory and rows of the database: typed, checked and in a form that COPY takes whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import ColumnElement, Connection, LargeBinary, Select, Table, func, select
from sqlalchemy import cast as as_type

from gridmap.database.tables import SRID
from gridmap.domain.district import typed
from gridmap.domain.errors import DataError
from gridmap.domain.layers import Layer
from gridmap.domain.metric import GEOGRAPHIC

_OWN = {"id", "version", "geom", "more"}
"""Columns of the tables here that aren't a layer's; a source's columns of these names are left out."""


_NULL = "\\N"
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
"""What COPY reads as something else than itself."""


def prepare(table: pd.DataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """The rows as the layer wants them: its columns in their types, geometry in two dimensions in EPSG:4326, the
    source's further columns together in `more` (dicts, or None).

    Raises
    ------
    DataError
        A column holds what isn't of its type.
    """
    spatial = isinstance(table, gpd.GeoDataFrame) and table._geometry_column_name in table.columns
    frame = gpd.GeoDataFrame(table.drop(columns=table.geometry.name) if spatial else table.copy()).reset_index(
        drop=True
    )
    shapes = table.geometry.reset_index(drop=True) if spatial else gpd.GeoSeries([None] * len(frame))
    if shapes.crs is None:
        shapes = shapes.set_crs(GEOGRAPHIC)
    frame["geom"] = _shapes(shapes.to_crs(GEOGRAPHIC), layer)
    frame = frame.set_geometry("geom")
    try:
        frame = typed(frame, layer)
    except (TypeError, ValueError) as error:
        raise DataError(
            "A column of the layer {layer} holds values of another type than it should: {reason}",
            layer=layer.name,
            reason=error,
        ) from error
    for column in layer.columns:
        if column.type == "text":
            if frame[column.name].isna().all():
                continue
            values = [
                v if v is None else (v if isinstance(v, str) else _text(v)) or None for v in frame[column.name].tolist()
            ]
            frame[column.name] = pd.Series(values, index=frame.index, dtype="object")
    frame["more"] = _further(frame, layer)
    return gpd.GeoDataFrame(frame[[*layer.names, "more", "geom"]])


def _text(value: object) -> str:
    """Several values stand in one column separated by spaces (DESIGN section 6)."""
    if isinstance(value, list | tuple | set | np.ndarray):
        return " ".join(map(str, value))
    return str(value)


def _shapes(shapes: gpd.GeoSeries, layer: Layer) -> gpd.GeoSeries:
    values = np.array(shapes.values, dtype=object)
    values = shapely.force_2d(values) if shapely.has_z(values).any() else values
    values[shapely.is_empty(values)] = None
    if layer.geometry == "multipolygon":
        single = shapely.get_type_id(values) == shapely.GeometryType.POLYGON
        values[single] = [shapely.MultiPolygon([shape]) for shape in values[single]]
    return gpd.GeoSeries(values, index=shapes.index, crs=shapes.crs)


def _further(frame: gpd.GeoDataFrame, layer: Layer) -> pd.Series:
    if "more" in frame and frame["more"].map(lambda value: isinstance(value, dict)).any():
        return frame["more"]
    names = [name for name in frame.columns if name not in {*layer.names, *_OWN}]
    if not names:
        return pd.Series([None] * len(frame), index=frame.index, dtype="object")
    records = json.loads(pd.DataFrame(frame[names]).to_json(orient="records", date_format="iso", force_ascii=False))
    kept = [{name: value for name, value in record.items() if value is not None} or None for record in records]
    return pd.Series(kept, index=frame.index, dtype="object")


def as_copied(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[list[str], str]:
    """The rows in the text form of COPY: the columns that hold anything at all, and a line a row.

    What is missing, an empty text too, is NULL.
    """
    kept: dict[str, list[str]] = {}
    for name in columns:
        texts = _shape_texts(frame[name]) if name in {"geom", "point"} else _texts(frame[name])
        if texts is not None:
            kept[name] = texts
    return list(kept), "\n".join([*map("\t".join, zip(*kept.values(), strict=True)), ""])


def _shape_texts(shapes: pd.Series) -> list[str] | None:
    values = np.asarray(shapes.values, dtype=object)
    missing = shapely.is_missing(values)
    if missing.all():
        return None
    texts = shapely.to_wkb(shapely.set_srid(values, SRID), hex=True, include_srid=True)
    return [_NULL if text is None else text for text in texts]


def _texts(column: pd.Series) -> list[str] | None:
    missing = column.isna().to_numpy(dtype=bool)
    if missing.all():
        return None
    if column.dtype.kind == "M":
        values = np.datetime_as_string(column.to_numpy().astype("datetime64[D]")).tolist()
    elif column.name == "more":
        values = [json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else "" for value in column]
    elif column.dtype == object:
        values = [value if isinstance(value, str) else str(value) for value in column.tolist()]
    else:
        values = [*map(str, column.tolist())]
    whole = "\0".join(values)
    if any(sign in whole for sign in "\\\t\n\r"):
        values = [value.translate(_ESCAPED) for value in values]
    if missing.any() or "" in values:
        values = [_NULL if gap or not value else value for value, gap in zip(values, missing.tolist(), strict=True)]
    return values


def read(
    connection: Connection, table: Table, layer: Layer, *, where: ColumnElement[bool] | None = None
) -> gpd.GeoDataFrame:
    """The layer's rows in order of their key, in the form of `prepare`; only those of this condition where given."""
    names = [name for name in (*layer.names, "more", "version", "geom") if name in table.c]
    query = select(*(table.c[name] for name in names)).order_by(*table.primary_key.columns)
    if where is not None:
        query = query.where(where)
    return typed(frame_of(connection, query), layer)


def frame_of(connection: Connection, query: Select[Any]) -> gpd.GeoDataFrame:
    """The rows of a query, with the column `geom` as geometry in EPSG:4326; without one it is empty."""
    plain = [column for column in query.selected_columns if column.name != "geom"]
    shapes = [column for column in query.selected_columns if column.name == "geom"]
    binary = [as_type(func.ST_AsBinary(column), LargeBinary).label("geom") for column in shapes]
    result = connection.execute(query.with_only_columns(*plain, *binary))
    frame = pd.DataFrame(result.all(), columns=list(result.keys()), dtype="object")
    wkb = frame["geom"].to_numpy(dtype=object) if binary else np.full(len(frame), None, dtype=object)
    frame["geom"] = gpd.GeoSeries(shapely.from_wkb(wkb), index=frame.index, crs=GEOGRAPHIC)
    return gpd.GeoDataFrame(frame, geometry="geom")


def unfold(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The rows as a district file has them: the further columns beside the layer's own, geometry as `geometry`."""
    further = pd.DataFrame([value or {} for value in frame["more"]], index=frame.index)
    own = frame.drop(columns=["more", "version"], errors="ignore").rename_geometry("geometry")
    return own.join(further[[name for name in further.columns if name not in own.columns]])
