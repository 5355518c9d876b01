"""References by the name of a place that only the database knows, made references by its code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pandas as pd
from sqlalchemy import Engine

from gridmap.database import surroundings
from gridmap.database.engine import reading
from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.domain.notes import Note
from gridmap.layers import Report

_NAMED = tuple(name for name, layer in DISTRICT_LAYERS.items() if "name" in layer.names and not layer.personal)
_HAN = re.compile(r"[\u3400-\u9fff]")
"""Codes hold no Chinese; what does is a name."""


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
            if parent in brought and column.name in table:
                table = _coded(engine, name, table, column.name, parent, brought[parent], report)  # noqa: PLW2901
        yield name, table


def _coded(
    engine: Engine, name: str, table: pd.DataFrame, column: str, parent: str, brought: set[str], report: Report
) -> pd.DataFrame:
    given = [str(value) for value in table[column].dropna().unique() if _HAN.search(str(value))]
    names = [value for value in given if value not in brought]
    if not names:
        return table
    with reading(engine) as connection:
        known = surroundings.named(connection, parent, names)
    codes = {value: known.get(value) for value in names}
    coded = table[column].map(lambda value: codes.get(value, value)).astype("object")
    lost = table[column].notna() & coded.isna()
    if lost.any():
        told = {"count": int(lost.sum()), "layer": name, "parent": parent, "example": table.loc[lost, column].iloc[0]}
        report.count(
            Note(
                "{count} rows of {layer} name their {parent} so that it can't be told which are meant (for instance "
                "{example}); the names were left out.",
                told,
            )
        )
    return table.assign(**{column: coded.where(coded.notna(), None)})
