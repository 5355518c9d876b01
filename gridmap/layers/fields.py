"""A table's columns as plain arrays with a mask of what is missing, each in the type that its layer gives it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gridmap.domain.layers import DISTRICT_LAYERS, RESULT_LAYERS, TRUTH_LAYER, ColumnType, Layer

KNOWN_LAYERS: dict[str, Layer] = {**DISTRICT_LAYERS, **RESULT_LAYERS, TRUTH_LAYER.name: TRUTH_LAYER}
"""Every layer that has a description, by its name."""


@dataclass(frozen=True)
class Field:
    """One column: `values` without gaps, and `missing`, true where there is none."""

    name: str
    type: ColumnType | str
    values: npt.NDArray[Any]
    missing: npt.NDArray[np.bool_]

    def listed(self) -> list[Any]:
        """The values as plain Python ones, None where missing; dates and times in ISO 8601."""
        values = self.values
        if self.type in ("date", "time"):
            values = np.datetime_as_string(values)
        return [None if gap else value for value, gap in zip(values.tolist(), self.missing.tolist(), strict=True)]


def described_type(layer: Layer | None, name: str) -> ColumnType | None:
    """The type that the layer's description gives the column; None where it says nothing."""
    if layer is None or name not in layer.names:
        return None
    return layer.column(name).type


_TESTS: tuple[tuple[str, Callable[[Any], bool]], ...] = (
    ("bool", pd.api.types.is_bool_dtype),
    ("int", pd.api.types.is_integer_dtype),
    ("float", pd.api.types.is_float_dtype),
    ("time", pd.api.types.is_datetime64_any_dtype),
)


def _kind(column: pd.Series) -> str:
    for kind, holds in _TESTS:
        if holds(column.dtype):
            return kind
    present = column.dropna()
    if pd.api.types.is_object_dtype(column.dtype) and len(present):
        kinds = {*map(type, present.tolist())}
        if kinds <= {bool, np.bool_}:
            return "bool"
        if kinds & {list, dict, tuple}:
            return "list"
    return "text"


def field(column: pd.Series, name: str, *, layer: Layer | None = None) -> Field:
    """One column as arrays.

    Parameters
    ----------
    column
        Values of any pandas type.
    name
        The column's name in the layer.
    layer
        The description that gives the type; without one the values decide.

    Returns
    -------
    Field
        Of type text, int (int64), float (float64), bool, date (datetime64[D]), time (datetime64[ms], UTC) or
        list (objects that JSON can hold).
    """
    kind: str = described_type(layer, name) or _kind(column)
    if kind == "text" and _kind(column) == "list":  # the ids that a region is made of
        kind = "list"
    missing = column.isna().to_numpy(dtype=bool)
    values: npt.NDArray[Any]
    if kind == "int":
        values = pd.to_numeric(column).astype("Int64").fillna(0).to_numpy(dtype=np.int64)
    elif kind == "float":
        values = pd.to_numeric(column).astype("float64").to_numpy()
        missing = ~np.isfinite(values)
    elif kind == "bool":
        values = column.astype("boolean").fillna(value=False).to_numpy(dtype=bool)
    elif kind in ("date", "time"):
        times = pd.to_datetime(column)
        if times.dt.tz is not None:
            times = times.dt.tz_convert("UTC").dt.tz_localize(None)
        values = times.to_numpy().astype("datetime64[D]" if kind == "date" else "datetime64[ms]")
    elif kind == "list":
        values = column.astype("object").to_numpy()
    else:
        values = np.full(len(column), "", dtype=object)
        present = column.to_numpy(dtype=object)[~missing]
        values[~missing] = present if {*map(type, present.tolist())} <= {str} else [*map(str, present.tolist())]
    return Field(name, kind, values, missing)


def as_text(value: object) -> str:
    """A list or a mapping as JSON text, for formats whose columns hold plain values only."""
    return json.dumps(value, ensure_ascii=False, default=str)
