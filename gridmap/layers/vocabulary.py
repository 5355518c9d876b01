"""Names by which data call our layers and columns, in Chinese and English, and how their values are read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from gridmap.domain.layers import Column
from gridmap.domain.words import Vocabulary

with Path(__file__).with_name("names.toml").open("rb") as _file:
    _KNOWN = tomllib.load(_file)

LAYER_WORDS: Mapping[str, str] = MappingProxyType(_KNOWN["layers"])
"""Searched in the names of layer and file, in this order."""

MARKERS = MappingProxyType(
    {
        "buildings": ("floors", "compound_code", "use"),
        "stairwells": ("building_code", "number"),
        "gates": ("access", "compound_code"),
        "compounds": ("enclosure", "management", "property_company", "owners_committee"),
        "communities": ("street_code", "party_branch", "elderly", "children", "floating", "office_address"),
        "staff": ("party_member", "duty_phone", "title", "roles", "stairwell_code"),
        "assignments": ("role", "staff_code", "place_code"),
        "members": ("grid_code", "building_code"),
        "ways": ("walkable", "bridge"),
        "centres": ("serves", "services", "area_m2"),
    }
)
"""Columns by which a layer is known when its name says nothing."""

DEFAULTS = MappingProxyType(
    {
        ("streets", "kind"): "street",
        ("communities", "kind"): "urban",
        ("compounds", "enclosure"): "unknown",
        ("compounds", "management"): "unknown",
        ("gates", "access"): "public",
        ("barriers", "kind"): "wall",
        ("ways", "kind"): "residential",
        ("grids", "kind"): "basic",
    }
)
"""What a required column is taken as where the data say nothing; marked as derived."""

_TRUE, _FALSE = (set(_KNOWN["truth"][key].split()) for key in ("true", "false"))
_MEANS: dict[str, set[str]] = {}
for _code, _words in _KNOWN["values"].items():
    for _word in _words.split():
        _MEANS.setdefault(_word, set()).add(_code)


_DBF_NAME = 10
_LARGEST = 2.0**53
"""Whole numbers beyond this aren't exact any more."""
_NUMBER = re.compile(r"^\D{0,3}?(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)")


def plain(name: object) -> str:
    """A name without spaces, signs and case, for comparing."""
    return re.sub(r"[\s_\-:：()（）/.]", "", str(name)).lower()


def column_names(layer: str) -> dict[str, list[str]]:
    """The names by which each column of a layer is known, plain, the layer's own before the general ones."""
    names: dict[str, list[str]] = {}
    for group in (layer, "any"):
        for column, known in _KNOWN["columns"].get(group, {}).items():
            names.setdefault(column, []).extend(plain(name) for name in known.split())
    return names


def columns_of(layer: str, wanted: tuple[str, ...], given: list[str]) -> dict[str, str]:
    """Which of the given columns is which of ours: the given one by ours.

    A name that is ours counts first; then the known names in their order, each given column at most once.
    """
    by_plain = {plain(column): column for column in reversed(given)}
    found = {column: by_plain[plain(column)] for column in wanted if plain(column) in by_plain}
    for column in wanted:
        # a shapefile keeps ten characters of a name
        cut = next((c for c in given if len(c) == _DBF_NAME and column.startswith(c) and c not in found.values()), None)
        if column not in found and cut is not None:
            found[column] = cut
    used = set(found.values())
    for column, names in column_names(layer).items():
        if column in found or column not in (*wanted, "height_m"):
            continue
        for name in names:
            if name in by_plain and by_plain[name] not in used:
                found[column] = by_plain[name]
                used.add(by_plain[name])
                break
    return found


def word_of(value: object, values: Vocabulary) -> str | None:
    """The code of a value that is, or holds, a word of the vocabulary; None where none is in it."""
    text = str(value).strip()
    exact = exact_word(text, values)
    return exact or next((code for code, term in values.items() if len(term.zh) > 1 and term.zh in text), None)


def exact_word(value: str, values: Vocabulary) -> str | None:
    """The code of a value given as code, in Chinese or in English; None where it is no word of the vocabulary."""
    text = value.strip()
    low = text.lower()
    if low in values:
        return low
    for code, term in values.items():
        if text == term.zh or low == term.en.lower():
            return code
    also = [code for code in values if code in _MEANS.get(low, ())]
    return also[0] if also else None


def truth_of(value: str) -> bool | None:
    """Yes or no as data write it (是, √, 中共党员; 否, 群众); None where it is neither."""
    low = value.strip().lower()
    return True if low in _TRUE else False if low in _FALSE else None


def converted(values: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    """A column's values in our type and words, and where something stood that couldn't be read.

    Returns
    -------
    values
        In the type of the column; None, NA, NaN or NaT where there was nothing, or nothing that could be read.
    lost
        True where something stood there and is lost.
    """
    if column.type in ("int", "float") and column.values is None and values.dtype.kind in "iuf":
        return _numbers(values.astype("float64"), column), pd.Series(False, index=values.index)
    if column.type == "text" and column.values is None:
        return _texts(values), pd.Series(False, index=values.index)
    there = _filled(values)
    if column.values is not None:
        words = column.values
        known: dict[Any, str | None] = {v: word_of(v, words) for v in values[there].unique()}
        out = values.where(there, None).map(known.get, na_action="ignore").astype("object")
        out = out.where(out.notna(), None)
    elif column.type in ("int", "float"):
        text = (
            values.astype("string").str.replace(",", "").str.extract(r"^\D{0,3}?(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)")[0]
        )
        out = _numbers(pd.to_numeric(text, errors="coerce").astype("float64"), column)
    elif column.type == "bool":
        low = values.astype("string").str.strip().str.lower()
        out = low.isin(_TRUE).astype("boolean").where(low.isin([*_TRUE, *_FALSE]), pd.NA)
    else:
        out = pd.to_datetime(values.where(there, None), errors="coerce", format="mixed")
        out = out.dt.tz_localize(None) if getattr(out.dt, "tz", None) is not None else out
        out = out.astype("datetime64[ns]")
    return out, there & out.isna()


def _texts(values: pd.Series) -> pd.Series:
    """Texts without blanks around them; None where nothing stands."""
    texts = [
        (value.strip() or None) if isinstance(value, str) else None if pd.isna(value) else _text(value) or None
        for value in values.tolist()
    ]
    return pd.Series(texts, index=values.index, dtype="object")


def _filled(values: pd.Series) -> pd.Series:
    """Where something stands: neither nothing nor blanks."""
    there = values.notna()
    if values.dtype == object:
        blank = [isinstance(value, str) and not value.strip() for value in values.tolist()]
        return there & ~pd.Series(blank, index=values.index, dtype=bool)
    return there


def _numbers(values: pd.Series, column: Column) -> pd.Series:
    """Numbers in the column's type; what no number of ours can hold is missing."""
    finite = values.where(np.isfinite(values))
    if column.type == "float":
        return finite
    return finite.where(finite.abs() < _LARGEST).round().astype("Int64")


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
