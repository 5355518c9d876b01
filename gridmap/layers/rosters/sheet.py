"""A roster's sheet as rows: the line with the columns' names, the columns recognised, every row with its number."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import load_workbook

from gridmap.domain.errors import InputError
from gridmap.layers.tabular import WORKBOOK_FAULTS, check_unpacked, delimiter_of, text_of
from gridmap.layers.vocabulary import columns_of

COLUMNS = (
    "name",
    "role",
    "title",
    "phone",
    "duty_phone",
    "party_member",
    "published",
    "source",
    "capacity",
    "street",
    "community",
    "compound",
    "building",
    "unit",
    "room",
    "address",
    "charge",
    "since",
    "until",
    "staff_code",
)
"""What a roster may say of a person. `charge` is the place they lead, from `street` to `address` where they live."""
MOST_ROWS = 50_000
_LINES_ABOVE = 20
"""The columns' names stand within so many lines from the top: titles and remarks may come before."""
_WORKBOOKS = (".xlsx", ".xlsm")
_TEXTS = (".csv", ".txt", ".tsv")

Cell = str | int | float | bool | datetime.datetime | datetime.date | datetime.time | None


@dataclass(frozen=True)
class Sheet:
    """A sheet understood.

    Attributes
    ----------
    path, name
        The file, and the sheet in it; a text file's is empty.
    header
        Number of the line with the columns' names; lines count from 1.
    columns
        The sheet's own name of each of `COLUMNS` that it has.
    rows
        Those columns, the cells as they stand, None where empty; the index is the number of the line.
    ignored
        Names of columns that weren't recognised, and of further sheets that look like rosters.
    lines
        All lines of a text file, for its copy; None for a workbook.
    """

    path: Path
    name: str
    header: int
    columns: Mapping[str, str]
    rows: pd.DataFrame
    ignored: tuple[str, ...] = ()
    lines: tuple[tuple[str, ...], ...] | None = None


def read_sheet(path: Path, *, encoding: str | None = None) -> Sheet:
    """The roster in a workbook or a text file.

    Raises
    ------
    InputError
        It can't be read, holds no roster (no column of names among its first lines), or is too long.
    """
    if not path.is_file():
        raise InputError("There is no file {path}.", path=path)
    ending = path.suffix.lower()
    if ending in _TEXTS:
        text, _ = text_of(path, encoding)
        lines = _parsed(text)
        found = _understood(path, "", enumerate(lines, start=1))
        if found is None:
            raise _no_roster(path)
        return Sheet(**{**vars(found), "lines": tuple(lines)})
    if ending not in _WORKBOOKS:
        raise InputError("A roster is an Excel workbook (.xlsx) or a CSV file; save {path} as one of these.", path=path)
    return _workbook(path)


def _parsed(text: str) -> list[tuple[str, ...]]:
    try:
        lines = csv.reader(io.StringIO(text), delimiter=delimiter_of(text[:10_000]))
        return [tuple(cell.strip() for cell in line) for line in lines]
    except csv.Error as error:
        raise InputError("The text can't be read as a table: {reason}.", reason=error) from error


def _workbook(path: Path) -> Sheet:
    try:
        check_unpacked(path)
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            found = [
                sheet
                for page in book.worksheets
                if (sheet := _understood(path, page.title, enumerate(page.iter_rows(values_only=True), start=1)))
            ]
        finally:
            book.close()
    except InputError:
        raise
    except (*WORKBOOK_FAULTS, AttributeError) as error:
        raise InputError("{path} can't be read as a workbook: {reason}", path=path, reason=error) from error
    if not found:
        raise _no_roster(path)
    first, *others = found
    return Sheet(**{**vars(first), "ignored": (*first.ignored, *(sheet.name for sheet in others))})


def _no_roster(path: Path) -> InputError:
    return InputError(
        "{path} holds no roster: none of its first {count} lines has a column of names (姓名).",
        path=path,
        count=_LINES_ABOVE,
    )


def _understood(path: Path, name: str, lines: Iterable[tuple[int, tuple[Cell, ...]]]) -> Sheet | None:
    """The lines of one sheet as a roster; None where they are none."""
    lines = iter(lines)
    head = list(itertools.islice(lines, _LINES_ABOVE))
    names = [_recognised(cells) for _, cells in head]
    best = max(range(len(head)), key=lambda k: (len(names[k]) if "name" in names[k] else 0, -k), default=None)
    if best is None or "name" not in names[best]:
        return None
    header, titles = head[best]
    places = names[best]
    numbers: list[int] = []
    rows: list[list[Cell]] = []
    for number, cells in itertools.chain(head[best + 1 :], lines):
        row = [_value(cells[at]) if at < len(cells) else None for at in places.values()]
        if all(cell is None for cell in row):
            continue
        numbers.append(number)
        rows.append(row)
        if len(rows) > MOST_ROWS:
            raise InputError("{path} has more than {most} rows; split it.", path=path, most=f"{MOST_ROWS:,}")
    index = pd.Index(numbers, name="row", dtype="int64")
    given = {column: [row[k] for row in rows] for k, column in enumerate(places)}
    nothing: list[Cell] = [None] * len(rows)
    table = pd.DataFrame({c: pd.Series(given.get(c, nothing), index=index, dtype="object") for c in COLUMNS})
    known = set(places.values())
    ignored = tuple(str(title).strip() for at, title in enumerate(titles) if _value(title) and at not in known)
    columns = {column: str(titles[at]).strip() for column, at in places.items()}
    return Sheet(path, name, header, columns, table, ignored)


def _recognised(cells: tuple[Cell, ...]) -> dict[str, int]:
    """Where in a line of names each of our columns stands: its place from 0."""
    places: dict[str, int] = {}
    for at, cell in enumerate(cells):
        if isinstance(cell, str):
            bare = re.split(r"[（(\n\r]", cell)[0].strip(" *＊　")
            for form in (bare, *re.split("[/／、]", bare)):
                places.setdefault(form, at)
    found = columns_of("roster", COLUMNS, [form for form in places if form])
    taken: dict[str, int] = {}
    for column, form in found.items():
        if places[form] not in taken.values():
            taken[column] = places[form]
    return taken


def _value(cell: Any) -> Cell:
    if isinstance(cell, str):
        text = cell.replace("\u3000", " ").strip()
        return text or None
    return None if cell is None or (isinstance(cell, float) and math.isnan(cell)) else cell
