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
    old_derived, new_derived = _derived(old), _derived(incoming)
    derived = {}
    for name in (*layer.names, "geom"):
        if name in {"code", "derived"} or name not in incoming:
            continue
        was, will = _has(old_derived, name), _has(new_derived, name)
        known, given = old[name].notna().to_numpy(), incoming[name].notna().to_numpy()
        keep = known & (~given | (will & ~was))
        values = incoming[name].astype("object").where(~keep, old[name].astype("object"))
        out[name] = values if name == "geom" else values.astype(incoming[name].dtype)
        derived[name] = np.where(keep, was, will)
    if "derived" in incoming:
        table = pd.DataFrame(derived, index=incoming.index)
        out["derived"] = [" ".join(table.columns[row]) or None for row in table.to_numpy(dtype=bool)]
    if "more" in incoming:
        pairs = zip(old["more"], incoming["more"], strict=True)
        out["more"] = [_join(before, after) for before, after in pairs]
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


def _derived(rows: pd.DataFrame) -> pd.Series:
    """The names of each row's derived columns between spaces."""
    if "derived" not in rows:
        return pd.Series("", index=rows.index, dtype="object")
    return " " + rows["derived"].astype("object").where(rows["derived"].notna(), "").astype(str) + " "


def _has(words: pd.Series, name: str) -> np.ndarray:
    return words.str.contains(f" {name} ", regex=False).to_numpy(dtype=bool)


def _join(before: object, after: object) -> dict[str, object] | None:
    both = {**(before if isinstance(before, dict) else {}), **(after if isinstance(after, dict) else {})}
    return both or None
