"""The district file: one GeoPackage with the layers of DESIGN section 6 by their names and columns."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely
from pyogrio import raw
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError
from pyproj import CRS
from pyproj.exceptions import CRSError

from gridmap.domain.district import District, typed
from gridmap.domain.errors import InputError
from gridmap.domain.layers import DISTRICT_LAYERS, Layer
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.words import LAYER_NAMES
from gridmap.layers.repair import one_or_many
from gridmap.layers.wkb import areas_of, shapes_of

_log = logging.getLogger(__name__)
_HEAD = b"SQLite format 3\x00"
_FAMILY = {"point": (0, 4), "line": (1, 5), "polygon": (3, 6), "multipolygon": (3, 6)}


def check_geopackage(path: Path) -> None:
    """Make sure that the path is a GeoPackage that can be read now.

    Raises
    ------
    InputError
        Missing, a folder, not a GeoPackage, or locked by another program.
    """
    if not path.exists():
        raise InputError("There is no file {path}.", path=path)
    if path.is_dir():
        raise InputError("{path} is a folder, not a file.", path=path)
    try:
        with path.open("rb") as file:
            head = file.read(len(_HEAD))
    except OSError as error:
        raise InputError("Can't read {path}: {reason}.", path=path, reason=error.strerror) from error
    if head != _HEAD:
        raise InputError(
            "{path} is not a district file (a GeoPackage); load other files with gridmap import.", path=path
        )
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2)
        try:
            connection.execute("SELECT count(*) FROM gpkg_contents").fetchone()
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise InputError("{path} is in use by another program; close it there and try again.", path=path) from error
        raise InputError("{path} is not a GeoPackage.", path=path) from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise InputError("{path} is damaged: {reason}.", path=path, reason=error) from error


def column_values(values: npt.NDArray[Any]) -> pd.Series:
    """A column as GDAL gives it, with None for what is missing and whole numbers kept whole."""
    if values.dtype.kind in "mM":
        return pd.Series(values.astype("datetime64[ns]"))
    if values.dtype == object:
        return pd.Series([None if v is None or v is pd.NaT else v for v in values], dtype="object")
    return pd.Series(values)


def raw_table(meta: dict[str, Any], shapes: npt.NDArray[Any] | None, fields: list[Any], count: int) -> gpd.GeoDataFrame:
    """What GDAL read as a table; without geometry the column is there and empty."""
    columns = {name: column_values(v) for name, v in zip(meta["fields"].tolist(), fields, strict=True)}
    geometry = np.full(count, None, dtype=object) if shapes is None else shapes
    crs = meta["crs"] or (GEOGRAPHIC if shapes is None else None)
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=range(count)), geometry=geometry, crs=crs)


def _of_family(shapes: npt.NDArray[Any], layer: Layer, path: Path) -> npt.NDArray[Any]:
    """Shapes in the layer's own kind: valid, flat, single or multiple as it asks."""
    if layer.geometry is None:
        return np.full(len(shapes), None, dtype=object)
    shapes = shapely.force_2d(shapes)
    polygons = layer.geometry in ("polygon", "multipolygon")
    if polygons:
        bad = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
        if bad.any():
            _log.warning("%s: %d invalid shapes of layer %s made valid", path, bad.sum(), layer.name)
            shapes[bad] = [areas_of(shape) for shape in shapely.make_valid(shapes[bad])]
    types = shapely.get_type_id(shapes)
    allowed = (-1, *_FAMILY[layer.geometry])
    if not np.isin(types, allowed).all():
        row = int(np.flatnonzero(~np.isin(types, allowed))[0])
        raise InputError(
            "{path}: row {row} of layer {layer} is a {kind} where the layer holds {wanted}s.",
            path=path,
            row=row + 1,
            layer=layer.name,
            kind=shapes[row].geom_type,
            wanted=layer.geometry,
        )
    return one_or_many(shapes, layer)


def _codes_checked(table: gpd.GeoDataFrame, layer: Layer, path: Path) -> gpd.GeoDataFrame:
    if not layer.has_code:
        return table
    if "code" not in table:
        raise InputError("{path}: layer {layer} has no column code.", path=path, layer=layer.name)
    codes = table["code"]
    blank = codes.isna() | (codes.astype(str) == "")
    if blank.any():
        raise InputError(
            "{path}: row {row} of layer {layer} has no code.",
            path=path,
            row=int(np.flatnonzero(blank)[0]) + 1,
            layer=layer.name,
        )
    twice = codes[codes.duplicated()]
    if len(twice):
        raise InputError(
            "{path}: code {code} stands more than once in layer {layer}.",
            path=path,
            code=twice.iloc[0],
            layer=layer.name,
        )
    return table


def _typed(table: gpd.GeoDataFrame, layer: Layer, path: Path) -> gpd.GeoDataFrame:
    try:
        return typed(table, layer)
    except (TypeError, ValueError) as error:
        for column in layer.columns:
            if column.name in table:
                try:
                    typed(table[[column.name, "geometry"]], layer)
                except (TypeError, ValueError):
                    raise InputError(
                        "{path}: column {column} of layer {layer} holds values that aren't {type}.",
                        path=path,
                        column=column.name,
                        layer=layer.name,
                        type=column.type,
                    ) from error
        raise


def _read_layer(path: Path, layer: Layer) -> gpd.GeoDataFrame:
    try:
        meta, fids, wkb, fields = raw.read(path, layer=layer.name, return_fids=True)
    except (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError, CRSError, ValueError) as error:
        raise InputError(
            "Can't read layer {layer} of {path}: {reason}.", layer=layer.name, path=path, reason=error
        ) from error
    shapes = None
    if wkb is not None and layer.geometry is not None:
        shapes, broken, _mended = shapes_of(wkb)
        if broken.any():
            raise InputError(
                "{path}: the shape of row {row} of layer {layer} is damaged; gridmap import reads the rest.",
                path=path,
                row=int(np.flatnonzero(broken)[0]) + 1,
                layer=layer.name,
            )
        shapes = _of_family(shapes, layer, path)
    table = raw_table(meta, shapes, fields, len(fids))
    if table.crs is None:
        raise InputError("{path}: layer {layer} doesn't say its coordinate system.", path=path, layer=layer.name)
    if table.crs != CRS.from_user_input(GEOGRAPHIC):
        table = table.to_crs(GEOGRAPHIC)
    return _typed(_codes_checked(table.set_crs(GEOGRAPHIC, allow_override=True), layer, path), layer, path)


def read_district(path: str | Path, layers: Collection[str] = tuple(DISTRICT_LAYERS)) -> District:
    """Read a district file.

    Parameters
    ----------
    path
        A GeoPackage with layers of `gridmap.domain.layers.DISTRICT_LAYERS`; others in it are left aside.
    layers
        The ones to read, all by default.

    Returns
    -------
    District
        In EPSG:4326, every column in its type; rows in the file's order.

    Raises
    ------
    InputError
        Missing, locked, damaged, another kind of file, or one that breaks the rules of the district file.
    """
    source = Path(path)
    check_geopackage(source)
    try:
        present = {str(name) for name, _kind in pyogrio.list_layers(source)}
    except DataSourceError as error:
        raise InputError("Can't read {path}: {reason}.", path=source, reason=error) from error
    names = [name for name in DISTRICT_LAYERS if name in present]
    if not names:
        raise InputError(
            "{path} holds no layer of a district ({known}); load other files with gridmap import.",
            path=source,
            known=", ".join(n for n in LAYER_NAMES if n in DISTRICT_LAYERS),
        )
    return District({name: _read_layer(source, DISTRICT_LAYERS[name]) for name in names if name in layers})
