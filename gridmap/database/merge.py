"""What becomes of a row that is there already when a file brings it again."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from gridmap.domain.layers import Layer


def merge_rows(there: gpd.GeoDataFrame, incoming: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """The incoming rows, completed from those that are there already with the same codes.

    What an incoming row doesn't know stays as it was, and a value that gridmap derived never takes the place of one
    that was given.

    Parameters
    ----------
    there, incoming
        Rows of the layer in the form of `rows.prepare`, each with one row a code.

    Returns
    -------
    GeoDataFrame
        As `incoming`, the same rows in the same order.
    """
    if there.empty or incoming.empty:
        return incoming
    old = pd.DataFrame(there).set_index("code").reindex(incoming["code"]).reset_index()
    old.index = incoming.index
    out = incoming.copy()
    old_derived, new_derived = _Derived(old), _Derived(incoming)
    derived = {}
    for name in (*layer.names, "geom"):
        if name in {"code", "derived"} or name not in incoming:
            continue
        was, will = old_derived.has(name), new_derived.has(name)
        known, given = old[name].notna().to_numpy(), incoming[name].notna().to_numpy()
        keep = known & (~given | (will & ~was))
        values = incoming[name].astype("object").where(~keep, old[name].astype("object"))
        out[name] = values if name == "geom" else values.astype(incoming[name].dtype)
        derived[name] = np.where(keep, was, will)
    if "derived" in incoming:
        # few sets of columns differ: each is put into words once
        sets, which = np.unique(np.column_stack(list(derived.values())), axis=0, return_inverse=True)
        texts = np.array([" ".join(np.array([*derived])[one]) or None for one in sets], dtype=object)
        out["derived"] = texts[which.ravel()]
    if "more" in incoming:
        pairs = zip(old["more"].tolist(), incoming["more"].tolist(), strict=True)
        out["more"] = pd.Series([_join(before, after) for before, after in pairs], index=out.index, dtype="object")
    return gpd.GeoDataFrame(out, geometry="geom", crs=incoming.crs)


def keep_corrections(
    incoming: gpd.GeoDataFrame, standing: Mapping[tuple[str, str], str]
) -> tuple[gpd.GeoDataFrame, int]:
    """The incoming rows with what people on the spot have corrected, and how many values that kept from changing.

    Parameters
    ----------
    incoming
        Rows of a layer in the form of `rows.prepare`, completed by `merge_rows`.
    standing
        The corrected value by code and column.
    """
    out, kept = incoming.copy(), 0
    for field in {field for _code, field in standing}:
        corrected = out["code"].map({code: value for (code, of), value in standing.items() if of == field})
        differs = corrected.notna() & (corrected != out[field])
        out[field] = out[field].where(~differs, corrected)
        kept += int(differs.sum())
    return out, kept


class _Derived:
    """Which columns gridmap derived in which rows; few texts differ, so each is looked at once."""

    def __init__(self, rows: pd.DataFrame) -> None:
        given = rows["derived"] if "derived" in rows else pd.Series(None, index=rows.index, dtype="object")
        self._kinds, texts = pd.factorize(given.astype("object"))
        self._words = [set(str(text).split()) for text in texts]

    def has(self, name: str) -> np.ndarray:
        """In which rows this column is derived."""
        # the last one stands for rows of none, whose kind is -1
        return np.array([*(name in words for words in self._words), False], dtype=bool)[self._kinds]


def _join(before: object, after: object) -> dict[str, object] | None:
    both = {**(before if isinstance(before, dict) else {}), **(after if isinstance(after, dict) else {})}
    return both or None
