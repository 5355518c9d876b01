"""Any file as plain layers: attributes, shapes one by one, and what the file says about itself."""

from __future__ import annotations

import json
import math
import re
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
from pyogrio import raw
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError
from pyproj import CRS
from pyproj.exceptions import CRSError

from gridmap.domain.errors import InputError
from gridmap.domain.notes import Note
from gridmap.layers import encoding as encodings
from gridmap.layers.archives import unpack
from gridmap.layers.crs import datum_in
from gridmap.layers.district_file import check_geopackage
from gridmap.layers.encoding import Encoding, sibling
from gridmap.layers.faults import reason_of
from gridmap.layers.osm import gdal_settings
from gridmap.layers.scratch import scratch
from gridmap.layers.shifted import Datum
from gridmap.layers.tabular import read_tables
from gridmap.layers.wkb import remains_of, shapes_of

_UTF8 = Encoding("utf-8", Note("the format is always UTF-8"))
_GDAL = {
    ".gpkg": "GeoPackage",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    **dict.fromkeys((".geojsonl", ".geojsons", ".ndjson", ".jsonl"), "GeoJSON"),  # a feature a line
    ".shp": "Shapefile",
    ".kml": "KML",
    ".dxf": "DXF",
    ".fgb": "FlatGeobuf",
}
_TEXTS = ("GeoJSON", "KML")
"""Formats whose text should be UTF-8 and isn't always."""
_TABLES = (".csv", ".txt", ".tsv", ".xlsx")
OSM = (".osm", ".pbf")
_ARCHIVES = (".zip", ".kmz", ".shz")
READABLE = (*_GDAL, *_TABLES, *OSM, *_ARCHIVES)
_FAULTS = (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError, CRSError, ValueError, OSError)
_MEMBER = re.compile(rb'"coordinates"\s*:\s*"([^"]*)"')
"""What gridmap's own GeoJSON says of coordinates that aren't WGS84, before its features."""
_HEAD = 4096
_ONE_BY_ONE = 20_000
"""Features beyond which a damaged layer isn't read feature by feature."""
_MOST = 5_000_000
_LOOKED_AT = 50 * 1024**2
"""Bytes of a GeoJSON up to which it is looked up where it breaks off."""
AT_ONCE = 200_000
"""Features up to which a layer is read at once, and PIECE how many of a larger one at a time."""
PIECE = 50_000


@dataclass
class SourceLayer:
    """One layer as it stands in the file. `shapes` is None where it has no geometry at all."""

    name: str
    table: pd.DataFrame
    shapes: npt.NDArray[Any] | None
    broken: npt.NDArray[np.bool_]
    mended: npt.NDArray[np.bool_]
    crs: CRS | None
    said_by: Note
    encoding: Encoding
    format: str
    notes: list[Note] = field(default_factory=list)
    first: int = 0
    """How many features of the layer come before these."""
    datum: Datum | None = None
    """What the file says of shifted coordinates."""
    remains: Mapping[int, Any] = field(default_factory=dict)
    """What is left of broken shapes, by row: something that shows where they are."""

    def __len__(self) -> int:
        return len(self.table)


Arrays = tuple[list[npt.NDArray[Any]], npt.NDArray[Any] | None]
"""Columns and well-known binary of some features; None for a layer without shapes."""


@dataclass
class RawLayer:
    """One layer as GDAL gives it, whole or piece by piece.

    `read` gives the features from a number to before another, and with its third argument their shapes alone.
    """

    path: Path
    name: str
    columns: list[str]
    count: int
    crs: CRS | None
    said_by: Note
    encoding: Encoding
    format: str
    read: Callable[[int, int, bool], Arrays]
    notes: list[Note] = field(default_factory=list)
    datum: Datum | None = None

    def piece(self, start: int, stop: int, *, shapes_only: bool = False) -> SourceLayer:
        """The features from `start` to before `stop`; with `shapes_only` without their attributes.

        Raises
        ------
        InputError
            They can't be read.
        """
        with _worded(self.path, self.format):
            values, wkb = self.read(start, stop, shapes_only)
        count = min(stop, self.count) - start
        columns = {} if shapes_only else dict(zip(self.columns, _fields(values), strict=True))
        table = pd.DataFrame(columns, index=range(count))
        none = np.zeros(count, dtype=bool)
        shapes, broken, mended = (None, none, none) if wkb is None else shapes_of(wkb)
        where = (self.crs, self.said_by, self.encoding, self.format, list(self.notes))
        layer = SourceLayer(self.name, table, shapes, broken, mended, *where, first=start, datum=self.datum)
        if broken.any():
            assert wkb is not None
            layer.remains = {int(row): remains_of(wkb[row]) for row in np.flatnonzero(broken)}
        return layer

    def whole(self) -> SourceLayer:
        """All of it."""
        return self.piece(0, self.count)

    def pieces(self, *, shapes_only: bool = False) -> Iterator[SourceLayer]:
        """All of it, in the file's order."""
        for start in range(0, self.count, PIECE):
            yield self.piece(start, start + PIECE, shapes_only=shapes_only)


def check_file(path: Path) -> None:
    """Make sure that a file of a known kind is there; InputError in words where not."""
    if not path.exists():
        raise InputError("There is no file {path}.", path=path)
    if path.is_dir():
        raise InputError("{path} is a folder, not a file.", path=path)
    if path.suffix.lower() == ".dbf":
        raise InputError(
            "{path} is a table without geometry (columns: {columns}); give the .shp beside it, or save it as .csv.",
            path=path,
            columns=_dbf_columns(path),
        )
    if path.suffix.lower() not in READABLE:
        raise InputError(
            "Can't tell the format of {path} by its ending; known are {formats}.",
            path=path,
            formats=", ".join(READABLE),
        )
    if path.stat().st_size == 0:
        raise InputError("{path} is empty.", path=path)


def _dbf_columns(path: Path) -> str | Note:
    try:
        meta, _fids, _wkb, _fields = raw.read(str(path), encoding=encodings.of_shapefile(path).encoding)
    except _FAULTS:
        return Note("unreadable")
    return ", ".join(meta["fields"].tolist()) or Note("none")


@contextmanager
def source_files(path: Path) -> Iterator[list[Path]]:
    """The files to read: the given one, or those inside an archive, unpacked for as long as the block lasts.

    Raises
    ------
    InputError
        Missing, empty, of no known kind, or an archive that can't be trusted or holds nothing of a known kind.
    """
    check_file(path)
    if path.suffix.lower() not in _ARCHIVES:
        yield [path]
        return
    with scratch("gridmap-") as folder:
        inside = unpack(path, folder)
        files = [file for file in inside if file.suffix.lower() in (*_GDAL, *_TABLES, *OSM)]
        shapefiles = {file.with_suffix("") for file in files if file.suffix.lower() == ".shp"}
        tables = [file for file in inside if file.suffix.lower() == ".dbf" and sibling(file, ".shp") is None]
        files = [
            f for f in [*files, *tables] if not (f.suffix.lower() in _TABLES and f.stem == "columns" and shapefiles)
        ]
        if not files:
            raise InputError(
                "{path} holds no file that can be read ({names}).",
                path=path,
                names=", ".join(file.name for file in inside[:5]) or Note("nothing"),
            )
        try:
            yield files
        except InputError as error:
            told = {
                name: f"{path} ({value.name})" if isinstance(value, Path) and value.is_relative_to(folder) else value
                for name, value in error.note.params.items()
            }
            raise InputError(error.note.message, **told) from error


def no_entities(path: Path) -> None:
    """Refuse XML that declares entities: a map needs none, and they are how small files grow without end."""
    with path.open("rb") as file:
        head = file.read(1 << 16)
    head = head.replace(b"\0", b"")  # as text of two bytes a letter holds them
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise InputError("{path} declares a document type or entities, which a map file has no need of.", path=path)


def _explain_json(path: Path, error: Exception) -> InputError:
    try:
        data = path.read_bytes() if path.stat().st_size <= _LOOKED_AT else b"{}"
        json.loads(data.decode(encodings.of_text(data).encoding, errors="replace"))
    except RecursionError:
        return InputError("{path} is not valid JSON: its brackets are nested without end.", path=path)
    except json.JSONDecodeError as fault:
        return InputError(
            "{path} is not valid JSON: line {line}, column {column}: {reason}.",
            path=path,
            line=fault.lineno,
            column=fault.colno,
            reason=fault.msg,
        )
    return InputError("{path} can't be read as GeoJSON: {reason}", path=path, reason=reason_of(error))


def _fields(values: list[npt.NDArray[Any]]) -> list[pd.Series]:
    columns = []
    for value in values:
        column = pd.Series(value, dtype=value.dtype)
        if column.dtype == object and column.isna().any():
            column = column.where(column.notna(), None)
        columns.append(column)
    return columns


def _read(path: Path, name: str, encoding: str | None, **options: Any) -> tuple[dict[str, Any], Any, list[Any], int]:
    meta, fids, wkb, values = raw.read(
        str(path), layer=name, encoding=encoding, return_fids=True, datetime_as_string=True, **options
    )
    return meta, wkb, values, len(fids)


def _one_by_one(path: Path, name: str, encoding: str | None) -> tuple[dict[str, Any], Any, list[Any], int]:
    """A layer in which some feature can't be read: each by itself, the unreadable ones left as rows of nothing."""
    count = int(pyogrio.read_info(path, layer=name, encoding=encoding, force_feature_count=True)["features"])
    if not 0 < count <= _ONE_BY_ONE:
        raise DataLayerError(Note("layer {layer} is damaged", {"layer": name}))
    rows: list[tuple[Any, list[Any]] | None] = []
    meta: dict[str, Any] | None = None
    for number in range(count):
        try:
            meta, wkb, values, found = _read(path, name, encoding, skip_features=number, max_features=1)
            rows.append((wkb[0] if wkb is not None and found else None, [v[0] for v in values]) if found else None)
        except _FAULTS:
            rows.append(None)
    if meta is None:
        raise DataLayerError(Note("no feature of layer {layer} can be read", {"layer": name}))
    width = len(meta["fields"])
    wkb = np.array([row[0] if row else b"\x00" for row in rows], dtype=object)
    values = [np.array([row[1][i] if row else None for row in rows], dtype=object) for i in range(width)]
    return meta, wkb, values, count


def _read_piece(path: Path, name: str, encoding: str | None, count: int) -> Callable[[int, int, bool], Arrays]:
    def read(start: int, stop: int, shapes_only: bool) -> Arrays:
        most = min(stop, count) - start
        some: dict[str, Any] = {"columns": []} if shapes_only else {}
        _meta, wkb, values, found = _read(path, name, encoding, skip_features=start, max_features=most, **some)
        if found < most:
            raise DataLayerError(Note("layer {layer} is damaged", {"layer": name}))
        return values, wkb

    return read


def _gdal_layer(path: Path, name: str, encoding: Encoding, kind: str) -> RawLayer:
    asked = encoding.encoding if kind == "Shapefile" else None
    info = pyogrio.read_info(path, layer=name, encoding=asked)
    if info["features"] > _MOST:
        raise InputError("{path} holds more than {most} features; give it in pieces.", path=path, most=_MOST)
    count, columns, crs = int(info["features"]), info["fields"].tolist(), info["crs"]
    if count > AT_ONCE and info["capabilities"]["fast_set_next_by_index"]:
        read = _read_piece(path, name, asked, count)
    else:
        try:
            meta, wkb, values, count = _read(path, name, asked)
        except _FAULTS:
            meta, wkb, values, count = _one_by_one(path, name, asked)
        columns, crs = meta["fields"].tolist(), meta["crs"]

        def read(start: int, stop: int, _shapes_only: bool) -> Arrays:
            return [column[start:stop] for column in values], None if wkb is None else wkb[start:stop]

    system = CRS.from_user_input(crs).to_2d() if crs else None
    if system is not None and ("undefined" in system.name.lower() or not (system.is_geographic or system.is_projected)):
        system = None  # a drawing's own axes are no place on earth
    said_by = {"Shapefile": Note("the .prj file"), "KML": Note("KML is always WGS84")}.get(kind, Note("the file"))
    if kind == "GeoJSON":
        plain = system is None or system.to_epsg() == 4326
        said_by = Note("GeoJSON is WGS84 where it doesn't say otherwise") if plain else Note("the crs member")
    layer = RawLayer(path, name, columns, count, system, said_by, encoding, kind, read)
    if kind == "GeoJSON":
        with path.open("rb") as file:
            member = _MEMBER.search(file.read(_HEAD).split(b'"features"')[0])
        if member is not None:
            layer.datum, layer.said_by = datum_in(member[1].decode(errors="replace")), Note("the member coordinates")
    return layer


def _encoding_of(path: Path, kind: str, asked: str | None) -> Encoding:
    if kind == "DXF":
        return Encoding("utf-8", Note("the drawing's code page"))
    if kind not in ("Shapefile", *_TEXTS):
        return _UTF8
    if asked:
        return encodings.asked_for(asked)
    return encodings.of_shapefile(path) if kind == "Shapefile" else encodings.of_unicode(path) or _UTF8


@contextmanager
def _readable(path: Path, kind: str, encoding: Encoding) -> Iterator[tuple[Path, list[Note]]]:
    """The path as GDAL can read it, with notes; a shapefile without its index gets one, in a copy.

    A GeoJSON or KML that isn't in UTF-8, as it should be, is copied into UTF-8.
    """
    if kind in _TEXTS and encoding.encoding != _UTF8.encoding:
        with scratch("gridmap-") as folder:
            encodings.to_utf8(path, folder / path.name, encoding)
            yield folder / path.name, []
        return
    if kind != "Shapefile" or path.suffix.lower() == ".dbf":
        yield path, []
        return
    notes = []
    if sibling(path, ".dbf") is None:
        notes.append(Note("{file} has no .dbf: shapes only, without attributes.", {"file": path.name}))
    if sibling(path, ".shx") is not None:
        yield path, notes
        return
    with scratch("gridmap-") as folder:
        for ending in (".shp", ".dbf", ".prj", ".cpg"):
            part = sibling(path, ending)
            if part is not None:
                shutil.copyfile(part, folder / f"{path.stem}{ending}")
        yield (
            folder / f"{path.stem}.shp",
            [*notes, Note("{file} has no .shx; it was rebuilt.", {"file": path.name})],
        )


@contextmanager
def _gdal_layers(path: Path, kind: str, asked: str | None) -> Iterator[list[RawLayer]]:
    if kind == "GeoPackage":
        check_geopackage(path)
    if kind == "KML":
        no_entities(path)
    settings = {
        "SHAPE_RESTORE_SHX": "YES" if sibling(path, ".shx") is None else "NO",
        "OGR_GEOJSON_ARRAY_AS_STRING": "YES",
    }
    encoding = _encoding_of(path, kind, asked)
    with _readable(path, kind, encoding) as (readable, notes), gdal_settings(settings), warnings.catch_warnings():
        # GDAL warns of each broken ring; each is dealt with, and reported, by itself
        warnings.simplefilter("ignore")
        with _worded(path, kind):
            layers, more = _layers_of(readable, encoding, kind)
        for layer in layers:
            layer.notes, layer.path = [*notes, *more], path
            if kind == "Shapefile" or len(layers) == 1:
                layer.name = path.stem
        yield layers


def _layers_of(path: Path, encoding: Encoding, kind: str) -> tuple[list[RawLayer], list[Note]]:
    """The layers of a file, and what had to be left out to read it."""
    try:
        return [_gdal_layer(path, str(name), encoding, kind) for name, _type in pyogrio.list_layers(path)], []
    except _FAULTS:
        mended = _with_plain_numbers(path) if kind == "GeoJSON" else None
        if mended is None:
            raise
        text, missing = mended
    with scratch("gridmap-") as folder:
        (folder / path.name).write_text(text, encoding="utf-8")
        layers, _ = _layers_of(folder / path.name, encoding, kind)
    words = Note(
        "{count} numbers are too large or none at all, as 1e400 or NaN; they were left out.", {"count": missing}
    )
    return layers, [words]


def _with_plain_numbers(path: Path) -> tuple[str, int] | None:
    """A GeoJSON without the numbers that a file can't hold, such as 1e400 or NaN, and how many these are; so that each
    costs its own feature at most. None where there are none, or where it is no JSON at all."""
    missing = 0

    def plain(value: Any) -> Any:
        nonlocal missing
        if isinstance(value, dict):
            return {name: plain(one) for name, one in value.items()}
        if isinstance(value, list):
            return [plain(one) for one in value]
        if isinstance(value, float) and not math.isfinite(value):
            missing += 1
            return None
        return value

    if path.stat().st_size > _LOOKED_AT:
        return None
    try:
        text = json.dumps(plain(json.loads(path.read_text(encoding="utf-8-sig"))), ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    return (text, missing) if missing else None


@contextmanager
def _worded(path: Path, kind: str) -> Iterator[None]:
    """What GDAL finds wrong, in words that say which file it is."""
    try:
        yield
    except _FAULTS as error:
        if kind == "GeoJSON":
            raise _explain_json(path, error) from error
        raise InputError(
            "{path} can't be read as {kind}: {reason}", path=path, kind=kind, reason=reason_of(error)
        ) from error


def whole_layers(path: Path, *, encoding: str | None = None) -> list[SourceLayer]:
    """The layers of one file as `source_layers` has them, each whole."""
    with source_layers(path, encoding=encoding) as layers:
        return [layer.whole() if isinstance(layer, RawLayer) else layer for layer in layers]


@contextmanager
def source_layers(path: Path, *, encoding: str | None = None) -> Iterator[list[SourceLayer | RawLayer]]:
    """The layers of one file that isn't an archive and not OpenStreetMap's; large ones to be read in pieces.

    Raises
    ------
    InputError
        It can't be read; the message says where and why. Pieces raise it, too, within the block.
    """
    ending = path.suffix.lower()
    if ending in (*_GDAL, ".dbf"):
        with _gdal_layers(path, _GDAL.get(ending, "Shapefile"), encoding) as layers:
            yield [layer if layer.count > AT_ONCE else layer.whole() for layer in layers]
        return
    yield [
        SourceLayer(
            sheet.name,
            sheet.table,
            sheet.shapes,
            sheet.broken,
            np.zeros(len(sheet.table), bool),
            None,
            Note("{words}", {"words": sheet.shaped_by}) if sheet.shaped_by else Note("the file"),
            sheet.encoding,
            "table",
        )
        for sheet in read_tables(path, encoding=encoding)
    ]
