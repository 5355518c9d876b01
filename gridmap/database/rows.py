"""Between tables in memory and rows of the database: typed, checked and in a form that COPY takes whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from types import NoneType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import ColumnElement, Connection, LargeBinary, Select, Table, func, select, text
from sqlalchemy import cast as as_type

from gridmap.domain.district import typed
from gridmap.domain.errors import DataError
from gridmap.domain.layers import Layer
from gridmap.domain.metric import GEOGRAPHIC

_OWN = {"id", "version", "geom", "more"}
"""Columns of the tables here that aren't a layer's; a source's columns of these names are left out."""


_NULL = "\\N"
_LINES = 10_000
"""Rows that are handed over at a time: the server works on some while the next are made."""
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
    frame = gpd.GeoDataFrame(table.drop(columns=table.geometry.name) if spatial else table).reset_index(drop=True)
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
            values = frame[column.name].tolist()
            if not {*map(type, values)} <= {str, NoneType} or "" in values:
                texts = [v if v is None else (v if isinstance(v, str) else _text(v)) or None for v in values]
                frame[column.name] = pd.Series(texts, index=frame.index, dtype="object")
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


def as_copied(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[list[str], Iterator[str]]:
    """The rows in the text form of COPY: the columns that hold anything at all, and the lines of some rows at a time.

    What is missing, an empty text too, is NULL.
    """
    filled = [name for name in columns if not frame[name].isna().all()]

    def lines() -> Iterator[str]:
        for start in range(0, len(frame), _LINES):
            some = frame.iloc[start : start + _LINES]
            texts = [_shape_texts(some[n]) if n in {"geom", "point"} else _texts(some[n]) for n in filled]
            yield "\n".join([*map("\t".join, zip(*texts, strict=True)), ""])

    return filled, lines()


def _shape_texts(shapes: pd.Series) -> list[str]:
    """Well-known binary; the column says which coordinate system they are in."""
    values = np.asarray(shapes.values, dtype=object)
    return [_NULL if wkb is None else wkb.hex() for wkb in shapely.to_wkb(values)]


def _texts(column: pd.Series) -> list[str]:
    missing = column.isna().to_numpy(dtype=bool)
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
    query = _all_of(table, layer)
    return typed(frame_of(connection, query if where is None else query.where(where)), layer)


def read_parts(connection: Connection, table: Table, layer: Layer, *, size: int) -> Iterator[gpd.GeoDataFrame]:
    """The layer's rows as `read` gives them, so many at a time."""
    query, names = _binary(_all_of(table, layer))
    with connection.execute(query, execution_options={"yield_per": size}) as result:
        for some in result.partitions():
            yield typed(_frame(some, names), layer)


def _all_of(table: Table, layer: Layer) -> Select[Any]:
    names = [name for name in (*layer.names, "more", "version", "geom") if name in table.c]
    return select(*(table.c[name] for name in names)).order_by(*table.primary_key.columns)


def frame_of(connection: Connection, query: Select[Any]) -> gpd.GeoDataFrame:
    """The rows of a query, with the column `geom` as geometry in EPSG:4326; without one it is empty."""
    query, names = _binary(query)
    return _frame(connection.execute(query).all(), names)


def _binary(query: Select[Any]) -> tuple[Select[Any], list[str]]:
    """The query with its column `geom` last and as well-known binary, and the names of its columns."""
    plain = [column for column in query.selected_columns if column.name != "geom"]
    shapes = [column for column in query.selected_columns if column.name == "geom"]
    binary = [as_type(func.ST_AsBinary(column), LargeBinary).label("geom") for column in shapes]
    return query.with_only_columns(*plain, *binary), [column.name for column in [*plain, *shapes]]


def _frame(found: Sequence[Sequence[Any]], names: list[str]) -> gpd.GeoDataFrame:
    values = list(zip(*found, strict=True)) if found else [() for _name in names]
    columns = {name: pd.Series(column, dtype="object") for name, column in zip(names, values, strict=True)}
    frame = pd.DataFrame(columns, index=range(len(found)))
    wkb = frame["geom"].to_numpy(dtype=object) if "geom" in frame else np.full(len(frame), None, dtype=object)
    frame["geom"] = gpd.GeoSeries(shapely.from_wkb(wkb), index=frame.index, crs=GEOGRAPHIC)
    return gpd.GeoDataFrame(frame, geometry="geom")


_FURTHER_TYPES = {"number": "float64", "boolean": "boolean"}
_FURTHER = """
SELECT key, bool_and(jsonb_typeof(value) = 'number' AND value::text !~ '[.eE]') AS whole,
    array_agg(DISTINCT jsonb_typeof(value)) AS kinds
FROM {table}, jsonb_each(more) WHERE jsonb_typeof(value) <> 'null' GROUP BY key ORDER BY length(key), key
"""


def further_types(connection: Connection, table: Table) -> dict[str, str]:
    """The pandas type that every value of each further column has, by name: of all rows, however they are read."""
    found = connection.execute(text(_FURTHER.format(table=table.fullname)))
    return {
        row.key: "Int64"
        if row.whole
        else _FURTHER_TYPES.get(row.kinds[0], "object")
        if len(row.kinds) == 1
        else "object"
        for row in found
    }


def unfold(frame: gpd.GeoDataFrame, types: Mapping[str, Any] | None = None) -> gpd.GeoDataFrame:
    """The rows as a district file has them: the further columns beside the layer's own, geometry as `geometry`.

    `types` names the further columns and their types where the rows are only some of a layer's.
    """
    own = frame.drop(columns=["more", "version"], errors="ignore").rename_geometry("geometry")
    more = [value or {} for value in frame["more"].tolist()]
    if types is not None:
        values = {
            name: pd.Series([row.get(name) for row in more], index=frame.index, dtype="object").astype(dtype)
            for name, dtype in types.items()
            if name not in own.columns
        }
        return own.assign(**values)
    if not any(more):
        return own
    further = pd.DataFrame(more, index=frame.index)
    return own.join(further[[name for name in further.columns if name not in own.columns]])
