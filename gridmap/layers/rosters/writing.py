"""A roster going out: who holds which post, and which posts are open, as a workbook that can come in again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

_WIDEST, _NARROWEST = 40, 8
_LOOKED_AT = 200
"""Rows whose texts tell how wide a column is to be."""

HEADINGS: Mapping[str, tuple[str, str]] = {
    "staff_code": ("人员编号", "staff_code"),
    "name": ("姓名", "Name"),
    "role": ("角色", "Role"),
    "place": ("位置", "Where"),
    "charge": ("负责地点", "Charge"),
    "community": ("社区", "Community"),
    "since": ("任期起", "Since"),
    "until": ("任期止", "Until"),
    "title": ("职务", "Title"),
    "phone": ("手机", "Mobile"),
    "duty_phone": ("值班电话", "Duty phone"),
    "published": ("是否公示", "Published"),
    "party_member": ("党员", "Party member"),
    "source": ("招录方式", "Recruited as"),
    "capacity": ("可负责数", "Capacity"),
    "address": ("住址", "Address"),
    "state": ("状态", "State"),
    "cause": ("原因", "Cause"),
    "proposed": ("建议人选", "Proposed"),
}
"""What a column is called in Chinese and in English: names by which `read_sheet` knows those of a roster again."""


class Page(NamedTuple):
    """A sheet: its name, which of `HEADINGS` its columns are, and its rows, texts and days."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[object]]


def write_pages(path: Path, pages: Iterable[Page], *, lang: str) -> None:
    """Write sheets as a workbook, headings in `lang` ("zh" or "en"); a text that begins with = is no formula."""
    book = Workbook(write_only=True)
    for page in pages:
        sheet = book.create_sheet(page.name)
        rows = [list(row) for row in page.rows]
        heads = [HEADINGS[column][lang != "zh"] for column in page.columns]
        for at, head in enumerate(heads):
            texts = [head, *(str(row[at]) for row in rows[:_LOOKED_AT] if row[at] is not None)]
            wide = max(sum(1 + (sign > "\u2e7f") for sign in text) for text in texts) + 2
            sheet.column_dimensions[get_column_letter(at + 1)].width = min(max(wide, _NARROWEST), _WIDEST)
        sheet.freeze_panes = "A2"
        bold = [WriteOnlyCell(sheet, head) for head in heads]
        for cell in bold:
            cell.font, cell.alignment = Font(bold=True), Alignment(vertical="top")
        sheet.append(bold)
        for row in rows:
            cells = [WriteOnlyCell(sheet, value) for value in row]
            for cell, value in zip(cells, row, strict=True):
                if isinstance(value, str):
                    cell.data_type = "s"
            sheet.append(cells)
    book.save(path)
