"""The copy of a roster's sheet: the original kept, with what became of every row beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from gridmap.domain.errors import InputError
from gridmap.domain.notes import Note, template
from gridmap.layers.rosters.entries import Entry, Roster
from gridmap.layers.tabular import WORKBOOK_FAULTS, check_unpacked

Translate = Callable[[str], str]

_HEADS = (template("Result"), template("Reason"), template("Matched place"))
_STATES = {
    "accepted": template("accepted"),
    "unsettled": template("to be settled by hand"),
    "rejected": template("rejected"),
}
_FILLS = {
    "unsettled": PatternFill("solid", start_color="FFE699"),
    "rejected": PatternFill("solid", start_color="F4B6B6"),
}
_WIDTHS = (16, 48, 36)
_MOST_SHOWN = 5


def write_copy(roster: Roster, path: Path, *, translate: Translate) -> None:
    """Write the marked copy as a workbook; what it says is in the language of `translate`.

    The sheet keeps its cells and their look; three columns are added behind its last one, rejected rows are filled in
    red and those to be settled in yellow. A text file becomes a workbook of one sheet.

    Raises
    ------
    InputError
        The workbook can't be read any more.
    """
    sheet = roster.sheet
    book = _text_book(roster) if sheet.lines is not None else _reopened(sheet.path)
    page = book[sheet.name] if sheet.name else book.worksheets[0]
    width = max((at for row in page.iter_rows() for at in _used(row)), default=0)
    for k, head in enumerate(_HEADS, start=1):
        _put(page, sheet.header, width + k, translate(head)).font = Font(bold=True)
        page.column_dimensions[page.cell(sheet.header, width + k).column_letter].width = _WIDTHS[k - 1]
    for entry in roster.entries:
        said = (translate(_STATES[entry.state]), _reasons(entry, translate), _place(roster, entry, translate))
        for k, text in enumerate(said, start=1):
            _put(page, entry.number, width + k, text).alignment = Alignment(wrap_text=True, vertical="top")
        if entry.state in _FILLS:
            for at in range(1, width + len(_HEADS) + 1):
                page.cell(entry.number, at).fill = _FILLS[entry.state]
    part = path.with_name(path.name + ".part")
    book.save(part)
    part.replace(path)


def _reopened(path: Path) -> Workbook:
    try:
        check_unpacked(path)
        return load_workbook(path)
    except (*WORKBOOK_FAULTS, AttributeError) as error:
        raise InputError("{path} can't be read as a workbook: {reason}", path=path, reason=error) from error


def _text_book(roster: Roster) -> Workbook:
    book = Workbook()
    page = book.worksheets[0]
    for number, line in enumerate(roster.sheet.lines or (), start=1):
        for at, text in enumerate(line, start=1):
            if text:
                _put(page, number, at, text)
    return book


def _used(row: tuple[Cell | MergedCell, ...]) -> list[int]:
    return [cell.column for cell in row if cell.value is not None]


def _put(page: Worksheet, row: int, column: int, text: str) -> Cell:
    """Write text as text: what begins with = is no formula here."""
    cell = page.cell(row, column)
    cell.value = text
    if text:
        cell.data_type = "s"
    return cell


def _reasons(entry: Entry, translate: Translate) -> str:
    return "\n".join(reason.worded(translate) for reason in entry.reasons)


def _place(roster: Roster, entry: Entry, translate: Translate) -> str:
    """The place matched, or those to choose from, each with its code."""
    codes = entry.places if entry.state == "accepted" else entry.candidates
    shown = []
    for code in codes[:_MOST_SHOWN]:
        title = roster.titles.get(code, code)
        words = title.worded(translate) if isinstance(title, Note) else title
        shown.append(words if words == code else f"{words} ({code})")
    return "\n".join([*shown, *(["…"] if len(codes) > _MOST_SHOWN else [])])
