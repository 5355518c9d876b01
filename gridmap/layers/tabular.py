"""Tables with a place in them: CSV and workbooks with well-known text or with a column each for x and y."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gridmap.domain.errors import InputError
from gridmap.domain.notes import Note
from gridmap.layers import encoding as encodings
from gridmap.layers.crs import datum_in, without_datum
from gridmap.layers.encoding import Encoding
from gridmap.layers.headings import LOOKED_AT, heading
from gridmap.layers.shifted import Datum

_WKT = ("wkt", "geometry", "geom", "the_geom", "wkt_geom", "shape", "几何", "图形")
_X = ("lon", "lng", "longitude", "long", "x", "经度", "东经", "coordx", "x坐标", "横坐标", "lon_wgs84", "point_x")
_Y = ("lat", "latitude", "y", "纬度", "北纬", "coordy", "y坐标", "纵坐标", "lat_wgs84", "point_y")
_BOTH = ("坐标", "经纬度", "location", "coordinates", "lnglat", "位置坐标")
_KIND = re.compile(r"^\s*(?:SRID=\d+;)?\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|^\s*GEOMETRYCOLLECTION", re.IGNORECASE)
_DEGREES = re.compile(
    r"^[^\d]*(?P<degrees>\d{1,3})\s*[°º度:：]\s*(?P<minutes>\d{1,2}(?:\.\d+)?)\s*(?:['′’‘分:：]|$)"
    r"\s*(?P<seconds>\d{1,2}(?:\.\d+)?)?[^\d]*$"
)
_SIXTIETHS = {"degrees": 1, "minutes": 60, "seconds": 3600}
_COMMA, _THOUSANDS = re.compile(r"^-?\d+,\d+$"), re.compile(r"^-?\d{1,3},\d{3}$")
"""One comma among digits: for the decimals, unless it could part the thousands in every row."""
_PAIR = re.compile(r"(-?\d+(?:\.\d+)?)\s*[,，;； ]\s*(-?\d+(?:\.\d+)?)")
_DATUMS: tuple[Datum | None, ...] = ("wgs84", None, "gcj02", "bd09")
_UNPACKED = 1 << 30
_TEXT = 512 << 20
"""Bytes of a text file; in memory its rows take some ten times as much."""
WORKBOOK_FAULTS = (zipfile.BadZipFile, zlib.error, ParseError, ValueError, LookupError, OSError, EOFError, TypeError)
"""What a damaged workbook makes its reader raise."""


@dataclass(frozen=True)
class Sheet:
    """One table. `shaped_by` says which columns the shapes are from; `shapes` None where none are."""

    name: str
    table: pd.DataFrame
    shapes: npt.NDArray[Any] | None
    broken: npt.NDArray[np.bool_]
    shaped_by: str | None
    encoding: Encoding


def _plain(name: object) -> str:
    return re.sub(r"[\s\-]|[（(].*$", "", str(name)).lower()


def _column(columns: list[str], names: tuple[str, ...]) -> str | None:
    by_name = {_plain(without_datum(column)).strip("_"): column for column in reversed(columns)}
    by_name |= {_plain(column): column for column in reversed(columns)}
    return next((by_name[name] for name in names if name in by_name), None)


def _pair(table: pd.DataFrame) -> tuple[str, str] | None:
    """The columns of x and of y, both of one datum; unshifted ones before shifted ones where there are several."""
    columns = [str(column) for column in table.columns]
    for datum in _DATUMS:
        of_datum = [column for column in columns if datum_in(column) == datum]
        x, y = _column(of_datum, _X), _column(of_datum, _Y)
        if x is not None and y is not None:
            return x, y
    x, y = _column(columns, _X), _column(columns, _Y)
    return None if x is None or y is None else (x, y)


def _numbers(column: pd.Series) -> npt.NDArray[np.float64]:
    """Coordinates as people write them: `122.05°E`, `122°03′05.4″`, `122度3分5秒`, `4,150,000.5`, `37,4784`."""
    text = column.astype("string").str.strip()
    parts = text.str.extract(_DEGREES)
    sexagesimal = parts["degrees"].notna()
    whole = text.dropna()
    if len(whole) and whole.str.match(_COMMA).all() and not whole.str.match(_THOUSANDS).all():
        text = text.str.replace(",", ".")
    plain = pd.to_numeric(text.str.replace(r"[°度\s,，EWNS东西南北经纬:：]", "", regex=True), errors="coerce")
    found = np.array(plain.astype("float64"), dtype=np.float64)
    if sexagesimal.any():
        pieces = {
            name: pd.to_numeric(parts[name], errors="coerce").fillna(0.0).astype("float64") for name in _SIXTIETHS
        }
        value = sum((pieces[name] / share for name, share in _SIXTIETHS.items()), np.zeros(len(parts)))
        sign = np.where(text.str.contains(r"^-|[SW南西]", regex=True).fillna(value=False), -1.0, 1.0)
        found = np.where(sexagesimal, sign * value, found)
    return found


def _points(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    shapes = np.full(len(x), None, dtype=object)
    there = np.isfinite(x) & np.isfinite(y)
    shapes[there] = shapely.points(x[there], y[there])
    return shapes


def shaped(
    table: pd.DataFrame,
) -> tuple[pd.DataFrame, npt.NDArray[Any] | None, npt.NDArray[np.bool_], str | None]:
    """The table without its columns of geometry, the shapes in them, which of those are broken, and the columns' names.

    Well-known text counts before columns of x and y, those before one column with both.
    """
    none = np.zeros(len(table), dtype=bool)
    for column in sorted(table.columns, key=lambda c: _plain(c) not in _WKT):
        text = table[column].dropna()
        if len(text) and text.astype(str).str.match(_KIND).mean() > 0.5:
            words = (
                table[column]
                .astype("object")
                .map(lambda t: re.sub(r"^\s*SRID=\d+;", "", t) if isinstance(t, str) else None)
            )
            given = words.to_numpy(dtype=object)
            shapes = shapely.from_wkt(given, on_invalid="ignore")
            broken = np.array([t is not None for t in given]) & shapely.is_missing(shapes)
            return table.drop(columns=column), shapes, broken, str(column)
    pair = _pair(table)
    if pair is not None:
        x, y = pair
        shapes = _points(_numbers(table[x]), _numbers(table[y]))
        broken = (table[x].notna() | table[y].notna()).to_numpy() & shapely.is_missing(shapes)
        return table.drop(columns=[x, y]), shapes, broken, f"{x}, {y}"
    both = _column([str(column) for column in table.columns], _BOTH)
    if both is not None:
        found = table[both].astype("string").str.extract(_PAIR)
        if found.notna().all(axis=1).mean() > 0.5:
            shapes = _points(_numbers(found[0]), _numbers(found[1]))
            broken = table[both].notna().to_numpy() & shapely.is_missing(shapes)
            return table.drop(columns=both), shapes, broken, both
    return table, None, none, None


def text_of(path: Path, asked: str | None) -> tuple[str, Encoding]:
    """The text of a file and its encoding, `asked` where the user names one; InputError where it is no text in it."""
    if path.stat().st_size > _TEXT:
        raise InputError(
            "{path} is larger than {most} MB; give it in pieces, or as .gpkg.", path=path, most=_TEXT >> 20
        )
    data = path.read_bytes()
    encoding = encodings.asked_for(asked) if asked else encodings.of_text(data)
    try:
        text = data.decode(encoding.encoding)
    except UnicodeDecodeError as error:
        if not asked:
            raise InputError("{path} is not a text file.", path=path) from error
        raise InputError(
            "{path} is not in the encoding {encoding}: byte {at}.",
            path=path,
            encoding=encoding.encoding,
            at=error.start,
        ) from error
    if "\x00" in text:
        raise InputError("{path} is not a text file.", path=path)
    return text, encoding


def delimiter_of(head: str) -> str:
    """The sign between the columns, by the first line of the text that has any."""
    first = next((line for line in head.splitlines() if any(mark in line for mark in ",;\t|")), "")
    return max(",;\t|", key=first.count) if first else ","


def _csv(path: Path, asked: str | None) -> Sheet:
    text, encoding = text_of(path, asked)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    csv.field_size_limit(1 << 28)
    mark = delimiter_of(text[:10_000])
    try:
        lines, names = _csv_heading(text, mark)
        table = _rows_below(text, lines, names, mark)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError, csv.Error) as error:
        raise InputError(
            "{path} can't be read as a table: {reason} ({lines} lines).",
            path=path,
            reason=str(error).strip(),
            lines=text.count("\n") + 1,
        ) from error
    table = table.dropna(how="all") if lines > 1 else table
    table = table.astype("object").where(table.notna(), None).reset_index(drop=True)
    attributes, shapes, broken, shaped_by = shaped(table)
    return Sheet(path.stem, attributes, shapes, broken, shaped_by, encoding)


def _rows_below(text: str, lines: int, names: list[str], mark: str) -> pd.DataFrame:
    """The rows of a CSV below its heading of so many lines; cells beyond the last column are left out."""
    how: dict[str, Any] = {"sep": mark, "dtype": str, "skipinitialspace": True}
    own: dict[str, Any] = {**how, "names": names, "header": None, "index_col": False}
    below = text.split("\n", lines)[-1] if lines > 1 else text
    try:
        return pd.read_csv(io.StringIO(below), **(own if lines > 1 else how))
    except pd.errors.ParserError as error:
        if "fields" not in str(error):
            raise
    below = text.split("\n", lines)[-1]
    return pd.read_csv(io.StringIO(below), engine="python", on_bad_lines=lambda row: row[: len(names)], **own)


def _csv_heading(text: str, mark: str) -> tuple[int, list[str]]:
    """How many lines come before the data, and the names of the columns."""
    reader = csv.reader(io.StringIO(text), delimiter=mark, skipinitialspace=True)
    rows, ends = [], []
    for row in islice(reader, LOOKED_AT):
        rows.append(row)
        ends.append(reader.line_num)
    count, names = heading(rows)
    return (ends[count - 1] if count > 1 else 1), names


def check_unpacked(path: Path) -> None:
    """Refuse a workbook that unpacks to far more than a workbook holds; what isn't one raises a `WORKBOOK_FAULTS`."""
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _UNPACKED:
            raise InputError("{path} unpacks to far more than a workbook holds.", path=path)


def _workbook(path: Path) -> list[Sheet]:
    utf8 = Encoding("utf-8", Note("the format is always UTF-8"))
    try:
        check_unpacked(path)
        sheets = pd.read_excel(path, sheet_name=None, dtype=object, header=None, engine="openpyxl")
    except InputError:
        raise
    except WORKBOOK_FAULTS as error:
        raise InputError("{path} can't be read as a workbook: {reason}", path=path, reason=error) from error
    found = []
    for name, raw_table in sheets.items():
        there = raw_table.dropna(how="all")
        count, names = heading(there.head(LOOKED_AT).to_numpy().tolist())
        table = there.iloc[count:].set_axis(names, axis=1)
        table = table.dropna(axis=1, how="all").reset_index(drop=True)
        if not len(table):
            continue
        table = table.astype("object").where(table.notna(), None)
        attributes, shapes, broken, shaped_by = shaped(table)
        found.append(Sheet(str(name), attributes, shapes, broken, shaped_by, utf8))
    return found


def read_tables(path: Path, *, encoding: str | None = None) -> list[Sheet]:
    """The tables of a CSV file or a workbook.

    Raises
    ------
    InputError
        It can't be read as such, or isn't in the encoding given.
    """
    return _workbook(path) if path.suffix.lower() == ".xlsx" else [_csv(path, encoding)]
