"""Files out that are too large for memory: one layer, its rows in parts, whole in the end or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gridmap.domain.errors import InputError
from gridmap.layers.fields import KNOWN_LAYERS
from gridmap.layers.geojson import features_as_json, head_of
from gridmap.layers.ogr import Prepared, geometry_of, layer_title, prepared, put
from gridmap.layers.spreadsheets import flat
from gridmap.layers.write import beside, check_target, in_system, pack_shapefiles, short_names, suffix_of

Add = Callable[[pd.DataFrame, str | None], None]
"""Takes a part of the table in the system asked for, and that system's name where it isn't WGS84."""


@contextmanager
def _geopackage(path: Path, name: str, *, multiple: bool) -> Iterator[Add]:
    def add(table: pd.DataFrame, system: str | None) -> None:
        part = prepared(name, table, renamed={}, multiple=multiple)
        if path.exists():
            put(path, name, part, driver="GPKG", append=True)
            return
        words = layer_title(name) if system in (None, "unknown") else f"{layer_title(name)} ({system})"
        put(path, name, part, driver="GPKG", IDENTIFIER=name, DESCRIPTION=words)

    yield add


@contextmanager
def _geojson(path: Path, name: str, *, multiple: bool) -> Iterator[Add]:  # noqa: ARG001  (each shape says what it is)
    with path.open("w", encoding="utf-8") as file:

        def add(table: pd.DataFrame, system: str | None) -> None:
            file.write(",\n" if file.tell() else head_of(name, system))
            file.write(",\n".join(features_as_json(table, layer=KNOWN_LAYERS.get(name))))

        yield add
        file.write("\n]}\n")


@contextmanager
def _csv(path: Path, name: str, *, multiple: bool) -> Iterator[Add]:  # noqa: ARG001  (each shape says what it is)
    with path.open("w", encoding="utf-8-sig", newline="") as file:

        def add(table: pd.DataFrame, system: str | None) -> None:
            flat(table, name, datum=suffix_of(system)).to_csv(
                file, index=False, header=not file.tell(), lineterminator="\r\n"
            )

        yield add


@contextmanager
def _shapefile(path: Path, name: str, *, multiple: bool) -> Iterator[Add]:
    folder = path.with_suffix(".parts")
    folder.mkdir()
    names: dict[str, str] = {}

    def add(table: pd.DataFrame, _system: str | None) -> None:
        geometry = geometry_of(table, KNOWN_LAYERS.get(name))
        target = folder / f"{name}.{'dbf' if geometry is None else 'shp'}"
        if not names:
            names.update(short_names([c for c in table.columns if geometry is None or c != geometry.name]))
        part = prepared(name, table, renamed=names, multiple=multiple)
        put(target, name, part, driver="ESRI Shapefile", encoding="UTF-8", append=target.exists())
        target.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")

    yield add
    pack_shapefiles(
        path, folder, [{"layer": name, "column": long, "here": s} for long, s in names.items() if long != s]
    )


@contextmanager
def _at_once(path: Path, name: str, *, multiple: bool, driver: str, **options: Any) -> Iterator[Add]:
    """For formats to which nothing can be added: the parts as GDAL takes them are kept till the end."""
    parts: list[Prepared] = []

    def add(table: pd.DataFrame, system: str | None) -> None:
        if driver == "LIBKML" and system is not None:
            raise InputError("KML holds WGS84 coordinates only, not {system}.", system=system)
        parts.append(prepared(name, table, renamed={}, multiple=multiple))

    yield add
    first = parts[0]
    whole = Prepared(
        None if first.wkb is None else np.concatenate([part.wkb for part in parts if part.wkb is not None]),
        first.kind,
        first.crs,
        first.names,
        [np.concatenate(column) for column in zip(*(part.values for part in parts), strict=True)],
        [
            None if column[0] is None else np.concatenate([c for c in column if c is not None])
            for column in zip(*(part.missing for part in parts), strict=True)
        ],
    )
    put(path, name, whole, driver=driver, **options)


_FORMATS: dict[str, Any] = {
    ".gpkg": _geopackage,
    ".geojson": _geojson,
    ".json": _geojson,
    ".csv": _csv,
    ".zip": _shapefile,
    ".fgb": partial(_at_once, driver="FlatGeobuf", SPATIAL_INDEX="NO"),
    ".kml": partial(_at_once, driver="LIBKML"),
}


def write_parts(
    path: str | Path, name: str, parts: Iterable[pd.DataFrame], *, crs: str | None = None, multiple: bool = False
) -> int:
    """Write one layer whose rows come in parts, as `write.write` does it; gives the number of rows.

    Parameters
    ----------
    path
        Ends in .gpkg, .geojson, .csv, .zip (a shapefile), .fgb or .kml. The last two can't be added to: their rows
        wait in memory, as they will stand in the file.
    name
        The layer's name.
    parts
        Tables with the same columns, of the same types, in the same coordinate system; at least one.
    crs
        `EPSG:n`, `wgs84`, `gcj02` or `bd09`; WGS84 unless told otherwise.
    multiple
        Whether some shape in some part has several parts itself.

    Raises
    ------
    InputError
        Unknown ending, missing folder, unknown coordinate system, or a workbook, which can't hold so much.
    UnavailableError
        The file can't be written: rights, disk, or another program holds it.
    """
    target = check_target(path)
    ending = target.suffix.lower()
    if ending not in _FORMATS:
        raise InputError("{path} would have too many rows for a workbook; write it as .gpkg or .csv.", path=target)
    rows = 0
    with beside(target) as place, _FORMATS[ending](place, name, multiple=multiple) as add:
        for part in parts:
            tables, system = in_system({name: part}, crs)
            add(tables[name], system)
            rows += len(part)
    return rows
