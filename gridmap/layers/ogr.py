"""Writing through GDAL: one layer at a time into GeoPackage, FlatGeobuf, Shapefile and KML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyogrio import raw

from gridmap.domain.layers import Layer
from gridmap.domain.words import LAYER_NAMES
from gridmap.layers.fields import KNOWN_LAYERS, Field, as_text, field

_DECLARED = {"point": "Point", "line": "LineString", "polygon": "Polygon", "multipolygon": "MultiPolygon"}
_SIMPLE = ("Unknown", "Point", "LineString", "LinearRing", "Polygon")


def geometry_of(table: pd.DataFrame, layer: Layer | None) -> gpd.GeoSeries | None:
    """The table's geometry; None for a plain table and for a layer that has no geometry."""
    if not isinstance(table, gpd.GeoDataFrame) or table._geometry_column_name is None:
        return None
    if layer is not None and layer.geometry is None:
        return None
    if table._geometry_column_name not in table:
        return None
    return table.geometry


def one_type(shapes: npt.NDArray[Any], declared: str | None = None) -> tuple[npt.NDArray[Any], str]:
    """Shapes of one kind, the multiple form where any is multiple or the layer asks for it, and that kind's name."""
    present = shapes[~shapely.is_missing(shapes)]
    ids = set(np.unique(shapely.get_type_id(present)).tolist())
    wanted = declared or "Unknown"
    for single, multi, name, make in (
        (0, 4, "Point", shapely.multipoints),
        (1, 5, "LineString", shapely.multilinestrings),
        (3, 6, "Polygon", shapely.multipolygons),
    ):
        if ids <= {single, multi} and ids:
            if multi in ids or wanted == f"Multi{name}":
                alone = shapely.get_type_id(shapes) == single
                shapes = shapes.copy()
                shapes[alone] = make(shapes[alone], indices=np.arange(alone.sum()))
                return shapes, f"Multi{name}"
            return shapes, name
    return shapes, "Unknown" if ids else wanted


def _plain(column: Field) -> npt.NDArray[Any]:
    if column.type != "list":
        return column.values
    return np.array([as_text(value) for value in column.values], dtype=object)


@dataclass
class Prepared:
    """A table as GDAL takes it."""

    wkb: npt.NDArray[Any] | None
    kind: str | None
    crs: str | None
    names: list[str]
    values: list[npt.NDArray[Any]]
    missing: list[npt.NDArray[np.bool_] | None]


def prepared(name: str, table: pd.DataFrame, *, renamed: Mapping[str, str], multiple: bool = False) -> Prepared:
    """One table, or a part of it, as GDAL takes it; where it is one of ours its description gives types and geometry.

    `multiple` makes each shape a multiple one, since some in other parts are.
    """
    layer = KNOWN_LAYERS.get(name)
    geometry = geometry_of(table, layer)
    columns = [c for c in table.columns if geometry is None or c != geometry.name]
    if layer is not None and layer.geometry is None and isinstance(table, gpd.GeoDataFrame):
        columns = [c for c in columns if c != table._geometry_column_name]
    fields = [field(table[c], c, layer=layer) for c in columns]
    wkb, kind, crs = None, None, None
    if geometry is not None:
        declared = _DECLARED.get(layer.geometry or "") if layer else None
        if multiple and declared and not declared.startswith("Multi"):
            declared = f"Multi{declared}"
        shapes, kind = one_type(geometry.to_numpy(), declared)
        wkb = shapely.to_wkb(shapes)
        crs = geometry.crs.to_wkt() if geometry.crs is not None else None
    return Prepared(
        wkb,
        kind,
        crs,
        [renamed.get(f.name, f.name) for f in fields],
        [_plain(f) for f in fields],
        [f.missing if f.type != "float" else None for f in fields],
    )


def put(path: Path, name: str, part: Prepared, *, driver: str, **options: Any) -> None:
    """Write what was prepared as one layer; `append` adds a layer, or rows to one that is there."""
    raw.write(
        str(path),
        part.wkb,
        part.values,
        part.names,
        part.missing,
        layer=name,
        driver=driver,
        geometry_type=part.kind,
        crs=part.crs,
        **options,
    )


def write_layer(
    path: Path,
    name: str,
    table: pd.DataFrame,
    *,
    driver: str,
    renamed: Mapping[str, str] | None = None,
    encoding: str | None = None,
    append: bool = False,
    **options: str,
) -> None:
    """Write one table as one layer.

    Parameters
    ----------
    path
        The file; for GeoPackage an existing file gains a layer.
    name
        Name of the layer; where it is one of ours its description gives types and geometry.
    table
        Its rows in one coordinate system; a plain DataFrame gives a layer without geometry.
    driver
        GDAL's name of the format.
    renamed
        Other names for columns, by name.
    """
    part = prepared(name, table, renamed=renamed or {})
    put(path, name, part, driver=driver, encoding=encoding, append=append, **options)


def layer_title(name: str) -> str:
    """The layer's name as people read it, with the code that files use."""
    term = LAYER_NAMES.get(name)
    return f"{term.zh} {term.en}" if term else name
