"""Tables that a spreadsheet opens: CSV with a mark by which Excel knows UTF-8, and workbooks with a sheet a layer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from gridmap.domain.errors import InputError
from gridmap.layers.fields import KNOWN_LAYERS, as_text, field
from gridmap.layers.geojson import DECIMALS
from gridmap.layers.ogr import geometry_of

WKT = "wkt"
_CELL = 32_767
"""Characters that a cell of a workbook holds."""
_SHEET_NAME = 31


def flat(table: pd.DataFrame, name: str, *, datum: str = "") -> pd.DataFrame:
    """The table with plain columns: points as `lon` and `lat`, other shapes as well-known text in `wkt`.

    `datum` is set behind these names, so that shifted coordinates say what they are.
    """
    layer = KNOWN_LAYERS.get(name)
    geometry = geometry_of(table, layer)
    skip = getattr(table, "_geometry_column_name", None)
    columns: dict[str, list[object]] = {}
    for column in table.columns:
        if column != skip:
            one = field(table[column], column, layer=layer)
            values = one.listed()
            columns[column] = [as_text(v) if isinstance(v, list | dict | tuple) else v for v in values]
    rows = pd.DataFrame({c: pd.Series(v, dtype="object") for c, v in columns.items()}, index=range(len(table)))
    if geometry is None:
        return rows
    shapes = geometry.to_numpy()
    present = shapes[~shapely.is_missing(shapes)]
    geographic = geometry.crs is None or geometry.crs.is_geographic
    if (shapely.get_type_id(present) == 0).all():
        xy = np.full((len(shapes), 2), np.nan)
        there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        xy[there] = shapely.get_coordinates(shapes[there])
        xy = np.round(xy, DECIMALS if geographic else 3)
        names = ("lon", "lat") if geographic else ("x", "y")
        return rows.assign(**{f"{names[0]}{datum}": xy[:, 0], f"{names[1]}{datum}": xy[:, 1]})
    texts = shapely.to_wkt(shapely.force_2d(shapes), rounding_precision=DECIMALS if geographic else 3)
    return rows.assign(**{f"{WKT}{datum}": pd.Series(texts, dtype="object")})


def write_csv(path: Path, table: pd.DataFrame, *, name: str, datum: str = "") -> None:
    """Write one table as CSV in UTF-8 with a byte order mark."""
    flat(table, name, datum=datum).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def write_workbook(path: Path, tables: Mapping[str, pd.DataFrame], *, datum: str = "") -> None:
    """Write every table as a sheet of its own.

    Raises
    ------
    InputError
        A shape's text is longer than a cell can hold.
    """
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, table in tables.items():
            rows, text = flat(table, name, datum=datum), f"{WKT}{datum}"
            if text in rows and (rows[text].str.len() > _CELL).any():
                raise InputError(
                    "A shape of layer {layer} has too many points for a cell of a workbook; write it as .gpkg or .csv.",
                    layer=name,
                )
            rows.to_excel(book, sheet_name=name[:_SHEET_NAME], index=False)
