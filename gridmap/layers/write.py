"""Files out: every layer in the format that the file's ending names, whole or not at all."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pandas as pd
from pyogrio.errors import DataSourceError
from pyproj import CRS
from pyproj.exceptions import CRSError

from gridmap.domain.errors import DataError, InputError, UnavailableError
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.layers import shifted
from gridmap.layers.fields import KNOWN_LAYERS
from gridmap.layers.geojson import write_geojson
from gridmap.layers.ogr import geometry_of, layer_title, write_layer
from gridmap.layers.scratch import scratch
from gridmap.layers.spreadsheets import write_csv, write_workbook

Tables = Mapping[str, pd.DataFrame]

_DBF_NAME = 10
_STAMP = (1980, 1, 1, 0, 0, 0)


def in_system(tables: Tables, crs: str | None) -> tuple[dict[str, pd.DataFrame], str | None]:
    """The tables in the system asked for, and that system's name where it isn't WGS84."""
    wanted = (crs or "wgs84").lower()
    datum = wanted if wanted in shifted.DATUMS else None
    try:
        target = CRS.from_user_input(GEOGRAPHIC if datum else crs)
    except CRSError as error:
        raise InputError(
            "There is no coordinate system {crs}; give EPSG:number, wgs84, gcj02 or bd09.", crs=crs
        ) from error
    moved: dict[str, pd.DataFrame] = {}
    known = True
    for name, table in tables.items():
        geometry = geometry_of(table, KNOWN_LAYERS.get(name))
        if geometry is None or not isinstance(table, gpd.GeoDataFrame):
            moved[name] = table
            continue
        if geometry.crs is None:
            if crs is not None:
                raise DataError("The coordinate system of layer {layer} isn't known; give it with --crs.", layer=name)
            known = False
            moved[name] = table
            continue
        out = table.to_crs(target) if geometry.crs != target else table
        if datum in ("gcj02", "bd09"):
            out = shifted.shift_table(out, source="wgs84", target=datum)
        moved[name] = out
    if not known:
        return moved, "unknown"
    if datum in ("gcj02", "bd09"):
        return moved, {"gcj02": "GCJ-02", "bd09": "BD-09"}[datum]
    return moved, None if target == CRS.from_user_input(GEOGRAPHIC) else target.to_string()


def _first(tables: Tables) -> tuple[str, pd.DataFrame]:
    return next(iter(tables.items()))


def _geopackage(path: Path, tables: Tables, system: str | None) -> None:
    for number, (name, table) in enumerate(tables.items()):
        words = layer_title(name) if system in (None, "unknown") else f"{layer_title(name)} ({system})"
        write_layer(path, name, table, driver="GPKG", append=number > 0, IDENTIFIER=name, DESCRIPTION=words)


def _geojson(path: Path, tables: Tables, system: str | None) -> None:
    name, table = _first(tables)
    write_geojson(path, table, name=name, layer=KNOWN_LAYERS.get(name), system=system)


def _flatgeobuf(path: Path, tables: Tables, _system: str | None) -> None:
    name, table = _first(tables)
    write_layer(path, name, table, driver="FlatGeobuf", SPATIAL_INDEX="NO")


def _kml(path: Path, tables: Tables, system: str | None) -> None:
    if system is not None:
        raise InputError("KML holds WGS84 coordinates only, not {system}.", system=system)
    with_shapes = {n: t for n, t in tables.items() if geometry_of(t, KNOWN_LAYERS.get(n)) is not None and len(t)}
    if not with_shapes:
        raise InputError("There is nothing with a place on the map to write as KML.")
    name, table = _first(with_shapes)
    write_layer(path, name, table, driver="LIBKML")


_SUFFIXES = {"GCJ-02": "_gcj02", "BD-09": "_bd09"}


def suffix_of(system: str | None) -> str:
    """By what the columns of shifted coordinates are known in a table; nothing for any other system."""
    return _SUFFIXES.get(system or "", "")


def _csv(path: Path, tables: Tables, system: str | None) -> None:
    name, table = _first(tables)
    write_csv(path, table, name=name, datum=suffix_of(system))


def _workbook(path: Path, tables: Tables, system: str | None) -> None:
    write_workbook(path, tables, datum=suffix_of(system))


def short_names(names: list[str]) -> dict[str, str]:
    """Names of at most ten bytes, all different, for the columns of a shapefile; by the long name."""
    short: dict[str, str] = {}
    for name in names:
        stem = name.encode()[:_DBF_NAME].decode(errors="ignore")
        candidate, number = stem, 0
        while candidate.lower() in {s.lower() for s in short.values()}:
            number += 1
            tail = f"_{number}"
            candidate = name.encode()[: _DBF_NAME - len(tail)].decode(errors="ignore") + tail
        short[name] = candidate
    return short


def _shapefiles(path: Path, tables: Tables, _system: str | None) -> None:
    folder = path.with_suffix(".parts")
    folder.mkdir()
    renamed: list[dict[str, str]] = []
    for name, table in tables.items():
        geometry = geometry_of(table, KNOWN_LAYERS.get(name))
        kept = [c for c in table.columns if geometry is None or c != geometry.name]
        names = short_names(kept)
        renamed += [{"layer": name, "column": long, "here": s} for long, s in names.items() if long != s]
        ending = "dbf" if geometry is None else "shp"
        target = folder / f"{name}.{ending}"
        write_layer(target, name, table, driver="ESRI Shapefile", renamed=names, encoding="UTF-8")
        target.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
    pack_shapefiles(path, folder, renamed)


def pack_shapefiles(path: Path, folder: Path, renamed: list[dict[str, str]]) -> None:
    """Pack a folder of shapefiles into an archive, with a table of the columns that had to be `renamed`."""
    if renamed:
        pd.DataFrame(renamed).to_csv(folder / "columns.csv", index=False, encoding="utf-8-sig")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(file.name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with file.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target)
    shutil.rmtree(folder)


_FORMATS: dict[str, Callable[[Path, Tables, str | None], None]] = {
    ".gpkg": _geopackage,
    ".geojson": _geojson,
    ".json": _geojson,
    ".csv": _csv,
    ".xlsx": _workbook,
    ".kml": _kml,
    ".fgb": _flatgeobuf,
    ".zip": _shapefiles,
}
FORMATS = tuple(_FORMATS)


def check_target(path: str | Path) -> Path:
    """The path, once it is clear that a file of a known format can be written there.

    Raises
    ------
    InputError
        The ending names no format, the folder doesn't exist, or the path is a folder.
    """
    target = Path(path)
    if target.suffix.lower() not in _FORMATS:
        raise InputError(
            "Can't tell the format of {path} by its ending; known are {formats} (.zip holds shapefiles).",
            path=target,
            formats=", ".join(FORMATS),
        )
    if target.is_dir():
        raise InputError("{path} is a folder, not a file.", path=target)
    if not target.parent.is_dir():
        raise InputError("The folder {folder} doesn't exist.", folder=target.parent)
    return target


def write(path: str | Path, layers: Tables, *, crs: str | None = None) -> None:
    """Write tables into a file, in the format that its ending names; beside it first, then in its place.

    Parameters
    ----------
    path
        Ends in .gpkg, .xlsx or .zip (shapefiles), which hold every layer, or in .geojson, .csv, .kml or .fgb, which
        hold the first.
    layers
        Tables by the layer's name, each with its coordinate system; a DataFrame is a layer without geometry.
    crs
        `EPSG:n`, `wgs84`, `gcj02` or `bd09`; WGS84 unless told otherwise. A table whose system isn't known is
        written as it is.

    Raises
    ------
    InputError
        Unknown ending, missing folder, unknown coordinate system, or nothing to write.
    UnavailableError
        The file can't be written: rights, disk, or another program holds it.
    """
    target = check_target(path)
    if not layers:
        raise InputError("There is no layer to write into {path}.", path=target)
    tables, system = in_system(layers, crs)
    with beside(target) as part:
        _FORMATS[target.suffix.lower()](part, tables, system)


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """A place to write a file, beside the one that it takes the place of when the block has ended well.

    Raises
    ------
    UnavailableError
        It can't be written.
    """
    try:
        with scratch(".gridmap-", target.parent) as folder:
            part = folder / target.name
            yield part
            part.replace(target)
    except (OSError, DataSourceError) as error:
        raise UnavailableError("Can't write {path}: {reason}.", path=target, reason=error) from error
