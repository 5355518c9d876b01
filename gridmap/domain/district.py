"""A district in memory: its layers as tables in one coordinate system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridmap.domain.errors import DataError
from gridmap.domain.layers import DISTRICT_LAYERS, ColumnType, Layer
from gridmap.domain.metric import GEOGRAPHIC, metric_crs

DTYPES: dict[ColumnType, Any] = {
    "text": "object",
    "int": "Int64",
    "float": "float64",
    "bool": "boolean",
    "date": "datetime64[ns]",
}
"""The pandas type of each type of column. Missing is None, pd.NA or NaN, as the type has it."""


def empty_table(layer: Layer, crs: object = GEOGRAPHIC) -> pd.DataFrame:
    """A table of no rows with the layer's columns; a GeoDataFrame where the layer has geometry."""
    columns = {column.name: pd.Series([], dtype=DTYPES[column.type]) for column in layer.columns}
    if layer.geometry is None:
        return pd.DataFrame(columns)
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=crs), crs=crs)


def typed(table: pd.DataFrame, layer: Layer) -> pd.DataFrame:
    """The table with every column of the layer, missing ones empty, each in its type; columns of its own kept."""
    table = table.copy(deep=False)
    for column in layer.columns:
        dtype = DTYPES[column.type]
        if column.name not in table:
            table[column.name] = pd.Series(np.full(len(table), None), index=table.index, dtype=dtype)
        elif column.type == "text":
            values = table[column.name].astype("object")
            table[column.name] = values.where(values.notna(), None)
        elif table[column.name].dtype != dtype:
            table[column.name] = table[column.name].astype(dtype)
    return table


class District(Mapping[str, Any]):
    """The layers of a district by name, all in one coordinate system; a layer that is missing reads as empty.

    Parameters
    ----------
    tables
        Tables by the layer's name, in the form of `gridmap.domain.layers.DISTRICT_LAYERS`, every one in `crs`; those
        of layers without geometry are plain DataFrames.
    crs
        Their coordinate system; EPSG:4326 unless told otherwise.
    version
        The data version in the database that the tables were read from; None for a file.
    """

    def __init__(
        self, tables: Mapping[str, pd.DataFrame], *, crs: object = GEOGRAPHIC, version: int | None = None
    ) -> None:
        self._tables = {name: typed(table, DISTRICT_LAYERS[name]) for name, table in tables.items()}
        self.crs = crs
        self.version = version

    def __getitem__(self, name: str) -> Any:
        if name not in self._tables:
            self._tables[name] = empty_table(DISTRICT_LAYERS[name], self.crs)
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(DISTRICT_LAYERS)

    def __len__(self) -> int:
        return len(DISTRICT_LAYERS)

    def filled(self) -> list[str]:
        """Names of the layers that have rows."""
        return [name for name, table in self._tables.items() if len(table)]

    def with_tables(self, **tables: pd.DataFrame) -> District:
        """A district in which these layers are exchanged; the others share their values until one changes."""
        exchanged = District(tables, crs=self.crs, version=self.version)
        kept = {name: table.copy(deep=False) for name, table in self._tables.items()}
        exchanged._tables = {**kept, **exchanged._tables}
        return exchanged

    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all that has a place, in the district's coordinate system."""
        placed = [table.geometry for table in self._tables.values() if isinstance(table, gpd.GeoDataFrame)]
        boxes = [shapes.total_bounds for shapes in placed if not (shapes.isna() | shapes.is_empty).all()]
        if not boxes:
            raise DataError("The district holds nothing that has a place on the map.")
        frame = pd.DataFrame(boxes)
        return (frame[0].min(), frame[1].min(), frame[2].max(), frame[3].max())

    def metric(self) -> District:
        """The district in the metric system of its position (metres), as every analysis wants it."""
        return self.to_crs(self.metric_crs())

    def metric_crs(self) -> object:
        """The metric system of its position; its own where it isn't in longitude and latitude."""
        return metric_crs(self.bounds()) if self.crs == GEOGRAPHIC else self.crs

    def to_crs(self, crs: object) -> District:
        """The district in another coordinate system."""
        if crs == self.crs:
            return self
        tables = {
            name: table.to_crs(crs) if isinstance(table, gpd.GeoDataFrame) else table
            for name, table in self._tables.items()
        }
        return District(tables, crs=crs, version=self.version)
