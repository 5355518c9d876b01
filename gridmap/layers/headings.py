"""Where the heading of a table stands: below a title and notes on who filled it in, in one row or in two."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

LOOKED_AT = 20
"""Rows in which a heading is looked for."""
_BELOW = 10
_NARROW, _WIDE = 0.5, 0.6
"""Shares of the columns: a title fills no more than the first, a heading at least the second; setting."""
_NUMBER = re.compile(r"^[-+]?[\d.,:/%°′″'\"\s]+$")


def _filled(row: Sequence[object]) -> list[str | None]:
    texts = [None if cell is None or cell != cell else str(cell).strip() for cell in row]  # noqa: PLR0124  NaN
    return [text or None for text in texts]


def _words(row: list[str | None]) -> bool:
    """Whether every cell with something in it holds words."""
    return any(row) and not any(text and _NUMBER.match(text) for text in row)


def heading(rows: Sequence[Sequence[object]]) -> tuple[int, list[str]]:
    """How many rows come before the data, and the names of the columns.

    Parameters
    ----------
    rows
        The first rows of a table, cells as they stand.

    Returns
    -------
    count, names
        (1, the first row) unless that is a title: then the first row of words that fills most columns is the heading,
        and a row of words below it that fills its gaps belongs to it.
    """
    cells = [_filled(row) for row in rows[:LOOKED_AT]]
    width = max((len(row) for row in cells), default=0)
    cells = [[*row, *[None] * (width - len(row))] for row in cells]
    if not width:
        return 0, []
    broad = max(sum(text is not None for text in row) for row in cells)
    at = 0
    if sum(text is not None for text in cells[0]) <= _NARROW * broad:
        fitting = (
            number
            for number, row in enumerate(cells[:_BELOW])
            if sum(text is not None for text in row) >= _WIDE * broad and _words(row)
        )
        at = next(fitting, 0)
    names, after = list(cells[at]), at + 1
    if after < len(cells) and _is_second(names, cells[after]):
        names, after = _joined(names, cells[after]), after + 1
    return after, _named(names)


def _is_second(top: list[str | None], row: list[str | None]) -> bool:
    """Whether a row below a heading is its second line: words in its gaps, and nothing below what stands alone."""
    gaps = [place for place, text in enumerate(top) if text is None]
    return (
        _words(row)
        and any(row[place] for place in gaps)
        and any(text is None for text in row)
        and all(text is None or place in gaps or place + 1 in gaps for place, text in enumerate(row))
    )


def _joined(top: list[str | None], below: list[str | None]) -> list[str | None]:
    """Names of two lines: the lower one where it says enough, else both."""
    often = Counter(below)
    names, above = [], None
    for over, under in zip(top, below, strict=True):
        above = over or above
        names.append(over if under is None else under if often[under] == 1 else f"{above}{under}")
    return names


def _named(names: list[str | None]) -> list[str]:
    """Every column with a name of its own."""
    seen: Counter[str] = Counter()
    out = []
    for place, text in enumerate(names):
        name = text or f"Unnamed: {place}"
        out.append(f"{name}.{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return out
