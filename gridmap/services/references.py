"""References by the name of a place that only the database knows, made references by its code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pandas as pd
from sqlalchemy import Engine

from gridmap.database import surroundings
from gridmap.database.engine import reading
from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.domain.notes import Note, template
from gridmap.layers import Report

_NAMED = tuple(
    name for name, layer in DISTRICT_LAYERS.items() if layer.has_code and "name" in layer.names and not layer.personal
)
_HAN = re.compile(r"[\u3400-\u9fff]")
"""Codes hold no Chinese; what does is a name."""
_UNCLEAR = template(
    "{count} rows of {layer} name their {parent} so that it can't be told which are meant (for instance {example}); "
    "the names were left out."
)


def by_code(
    engine: Engine, parts: Iterable[tuple[str, pd.DataFrame]], report: Report
) -> Iterator[tuple[str, pd.DataFrame]]:
    """The parts of a file with codes where a row says the name of its parent, and one place here alone has that name.

    Codes that the file brings are left as they are. A name that no place here has, or several, is left out; the report
    says how many.
    """
    brought: dict[str, set[str]] = {name: set() for name in _NAMED}
    for name, table in parts:
        if name in brought:
            brought[name].update(table["code"])
        for column in DISTRICT_LAYERS[name].columns:
            parent = column.refers_to
            if parent not in brought or column.name not in table:
                continue
            names = {str(value) for value in table[column.name].dropna().unique() if _HAN.search(str(value))}
            names -= brought[parent]
            if not names:
                continue
            with reading(engine) as connection:
                known = surroundings.named(connection, parent, names)
            coded, lost = _coded(table[column.name], {value: known.get(value) for value in names})
            table = table.assign(**{column.name: coded})  # noqa: PLW2901
            if len(lost):
                told = {"count": len(lost), "layer": name, "parent": parent, "example": lost.iloc[0]}
                report.count(Note(_UNCLEAR, told))
        yield name, table


def _coded(column: pd.Series, codes: dict[str, str | None]) -> tuple[pd.Series, pd.Series]:
    """The column with codes for names, and what of it had to be left out."""
    coded = column.map(lambda value: codes.get(value, value)).astype("object")
    return coded.where(coded.notna(), None), column[column.notna() & coded.isna()]
