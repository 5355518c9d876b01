"""Figures that can't be: sums that disagree, codes used twice, values out of range."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from gridmap.domain.district import District
from gridmap.domain.layers import DISTRICT_LAYERS, SMALL_COUNTS
from gridmap.domain.notes import Note, template
from gridmap.domain.numbers import Numbers
from gridmap.layers.checking.findings import Finding

_SUMS = (
    ("communities", "households", "buildings", "community_code"),
    ("communities", "residents", "buildings", "community_code"),
    ("compounds", "households", "buildings", "compound_code"),
    ("compounds", "residents", "buildings", "compound_code"),
    ("buildings", "households", "stairwells", "building_code"),
)
"""A figure of a layer, and the layer whose rows it is the sum of, by their column."""
_FIGURES = {
    "households": Note("the number of households"),
    "residents": Note("the number of residents"),
    "elderly": Note("the number of people from 60 on"),
    "children": Note("the number of children"),
    "floating": Note("the number of people from elsewhere"),
    "original_residents": Note("the number of original residents"),
    "floors": Note("the number of floors"),
    "buildings": Note("the number of buildings"),
    "employer_share": Note("the employer's share"),
    "capacity": Note("the capacity"),
    "number": Note("the number"),
}
_PARTS = {"buildings": Note("buildings"), "stairwells": Note("stairwells")}
_AMONG_RESIDENTS = {
    "communities": (*SMALL_COUNTS, "original_residents", "households"),
    "compounds": ("households",),
    "buildings": ("households",),
}
"""Figures of a layer that can't be more than its residents."""
_LEAST_OFF = 5
"""Households or people that a sum may always differ by; setting."""
_MOST_FLOORS = 200
"""No building has more; setting."""


def _numbers_of(table: pd.DataFrame, column: str) -> pd.Series:
    return table[column].astype("float64")


def sums(district: District, numbers: Numbers) -> Iterator[Finding]:
    """Figures that differ from the sum of what they are made of by more than the tolerance.

    A place of which no part has the figure isn't judged.
    """
    wholes: list[tuple[str, str, str, pd.Series]] = [
        (name, column, parts, _numbers_of(district[parts], column).groupby(district[parts][key]).sum(min_count=1))
        for name, column, parts, key in _SUMS
    ]
    members = district["members"].merge(
        district["buildings"][["code", "households"]], left_on="building_code", right_on="code"
    )
    wholes.append(
        ("grids", "households", "buildings", _numbers_of(members, "households").groupby(members["grid_code"]).sum())
    )
    for name, column, parts, found in wholes:
        table = district[name]
        said, summed = _numbers_of(table, column), table["code"].map(found).astype("float64")
        off = (said - summed).abs()
        allowed = np.maximum(numbers.count_tolerance * said, _LEAST_OFF)
        for row in np.flatnonzero(off > allowed):
            code = table["code"].iloc[row]
            told = {
                "code": code,
                "figure": _FIGURES[column],
                "said": f"{said.iloc[row]:,.0f}",
                "sum": f"{summed.iloc[row]:,.0f}",
                "parts": _PARTS[parts],
            }
            yield Finding(
                "count",
                "doubt",
                name,
                Note("{code}: {figure} is {said}, of its {parts} together {sum}", told, code="count"),
                code=code,
                count=int(off.iloc[row]),
                shape=table.geometry.iloc[row],
            )


def codes_twice(district: District, _numbers: Numbers) -> Iterator[Finding]:
    """Codes that stand in several rows, of one layer or of several."""
    stand: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for name, layer in DISTRICT_LAYERS.items():
        if layer.has_code:
            for row, code in enumerate(district[name]["code"]):
                stand[code].append((name, row))
    for code, rows in stand.items():
        if len(rows) > 1:
            name, row = rows[-1]
            told = {"code": code, "count": len(rows), "layers": ", ".join(dict.fromkeys(one for one, _ in rows))}
            yield Finding(
                "code_twice",
                "error",
                name,
                Note("code {code} stands {count} times, in {layers}", told, code="code_twice"),
                code=code,
                other=rows[0][0],
                count=len(rows),
                shape=district[name].geometry.iloc[row],
            )


def values(district: District, _numbers: Numbers) -> Iterator[Finding]:
    """Counts below zero, more old people than people, buildings of no floor, and the like."""
    for name, layer in DISTRICT_LAYERS.items():
        table = district[name]
        if not len(table):
            continue
        for figure in (column.name for column in layer.columns if column.type == "int"):
            below = table[figure].notna() & (table[figure] < 0)
            yield from _bad(table, name, figure, below, template("{code}: {figure} is {value}"))
    yield from _floors(district["buildings"])
    for name, columns in _AMONG_RESIDENTS.items():
        table = district[name]
        for column in columns:
            more = (table[column] > table["residents"]).fillna(value=False)
            sentence = template("{code}: {figure} is {value}, more than its residents")
            yield from _bad(table, name, column, more, sentence)
    share = district["compounds"]["employer_share"]
    out = share.notna() & ~share.between(0, 1)
    sentence = template("{code}: {figure} is {value}, not a share of 0 to 1")
    yield from _bad(district["compounds"], "compounds", "employer_share", out, sentence)


def _floors(buildings: pd.DataFrame) -> Iterator[Finding]:
    floors = buildings["floors"]
    odd = floors.notna() & ~floors.between(1, _MOST_FLOORS) & (floors >= 0)
    yield from _bad(buildings, "buildings", "floors", odd, template("{code}: {figure} is {value}"))


def _bad(table: Any, name: str, column: str, where: pd.Series, sentence: str) -> Iterator[Finding]:
    for row in np.flatnonzero(where.to_numpy(dtype=bool)):
        code = table["code"].iloc[row] if "code" in table else None
        told = {"figure": _FIGURES.get(column, column), "code": code or name, "value": table[column].iloc[row]}
        yield Finding(
            "value",
            "error",
            name,
            Note(sentence, told, code="value"),
            code=code,
            shape=table.geometry.iloc[row] if DISTRICT_LAYERS[name].geometry else None,
        )
