"""What rows must hold before they go into the database, each breach worded with its layer and its codes."""

from __future__ import annotations

import re
from collections.abc import Iterable

import geopandas as gpd
import pandas as pd
import shapely
from psycopg import errors

from gridmap.database.engine import unavailable
from gridmap.database.tables import SHAPES, WITHOUT_POSITION
from gridmap.domain.errors import DataError, UnavailableError
from gridmap.domain.layers import Layer

_SHOWN = 5


def listed(values: Iterable[object]) -> str:
    """The first few values, and how many more there are."""
    texts = [str(value) for value in values]
    more = len(texts) - _SHOWN
    return ", ".join(texts[:_SHOWN]) + (f" … (+{more})" if more > 0 else "")


def check_rows(frame: gpd.GeoDataFrame, layer: Layer) -> None:
    """Raise DataError where the rows, in the form of `rows.prepare`, break a rule of the layer's own."""
    if layer.has_code:
        _check_codes(frame, layer)
    for column in layer.columns:
        values = frame[column.name]
        if column.required and values.isna().any():
            raise DataError(
                "The layer {layer} has rows without {column}: {codes}",
                layer=layer.name,
                column=column.name,
                codes=listed(_names(frame[values.isna()], layer)),
            )
        if column.values is not None:
            wrong = frame[values.notna() & ~values.isin(column.values.codes)]
            if len(wrong):
                raise DataError(
                    "The layer {layer} has in {column} values that don't exist: {values} (rows {codes}). "
                    "It takes: {known}",
                    layer=layer.name,
                    column=column.name,
                    values=listed(wrong[column.name].unique()),
                    codes=listed(_names(wrong, layer)),
                    known=", ".join(column.values.codes),
                )
    _check_shapes(frame, layer)


def _names(frame: pd.DataFrame, layer: Layer) -> pd.Series:
    """How rows are named to the user: by code, else by number from 1."""
    return frame["code"] if layer.has_code else pd.Series(frame.index + 1, index=frame.index)


def _check_codes(frame: gpd.GeoDataFrame, layer: Layer) -> None:
    codes = frame["code"]
    if codes.isna().any():
        rows = frame.index[codes.isna()] + 1
        raise DataError("The layer {layer} has rows without a code: {rows}", layer=layer.name, rows=listed(rows))
    if re.search(r"\s", "".join(codes.tolist())):
        blank = codes[codes.str.contains(r"\s", regex=True)]
        raise DataError(
            "Codes hold no spaces, but the layer {layer} has: {codes}", layer=layer.name, codes=listed(blank.map(repr))
        )
    double = codes[codes.duplicated()].unique()
    if len(double):
        raise DataError(
            "The layer {layer} has more than one row with the code: {codes}", layer=layer.name, codes=listed(double)
        )


def _check_shapes(frame: gpd.GeoDataFrame, layer: Layer) -> None:
    if layer.geometry is None:
        return
    shapes = frame["geom"]
    missing = frame[shapes.isna()]
    if len(missing) and layer.name not in WITHOUT_POSITION:
        raise DataError(
            "The layer {layer} has rows without a shape: {codes}",
            layer=layer.name,
            codes=listed(_names(missing, layer)),
        )
    allowed = [getattr(shapely.GeometryType, name) for name in SHAPES[layer.geometry]]
    kinds = shapely.get_type_id(shapes.values)
    wrong = frame[shapes.notna().to_numpy() & ~pd.Series(kinds).isin([int(kind) for kind in allowed]).to_numpy()]
    if len(wrong):
        raise DataError(
            "The layer {layer} takes {geometry} geometry, but has: {kinds} (rows {codes})",
            layer=layer.name,
            geometry=layer.geometry,
            kinds=listed(wrong["geom"].geom_type.unique()),
            codes=listed(_names(wrong, layer)),
        )
    west, south, east, north = shapes.total_bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise DataError(
            "The layer {layer} holds coordinates that are not longitude and latitude: {bounds}",
            layer=layer.name,
            bounds=listed(round(float(side), 3) for side in (west, south, east, north)),
        )


def worded(cause: BaseException | None, layer: Layer) -> DataError | UnavailableError | None:
    """The breach of a rule that the database found, or what keeps it from working; None for a fault of ours."""
    if isinstance(cause, errors.ExclusionViolation):
        return DataError(
            "A place can't have two people in a sole role at once: {detail}", detail=cause.diag.message_detail
        )
    if isinstance(cause, errors.IntegrityError | errors.DataError):
        return DataError(
            "The layer {layer} breaks a rule of the district ({rule}): {detail}",
            layer=layer.name,
            rule=cause.diag.constraint_name or cause.diag.message_primary,
            detail=cause.diag.message_detail or cause.diag.context or "",
        )
    return unavailable(cause) if cause is not None else None
