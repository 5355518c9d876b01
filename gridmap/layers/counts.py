"""Tables of counts by community, without any place: matched to the communities that are known by code or by name."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd

from gridmap.domain.district import typed
from gridmap.domain.layers import COUNTS, DISTRICT_LAYERS
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.notes import Note
from gridmap.domain.uncertainty import marked
from gridmap.layers.report import Counts, FeatureNote, Report
from gridmap.layers.vocabulary import columns_of, plain

_ENDING = re.compile(r"(?:社区居民委员会|社区居委会|村民委员会|居民委员会|居委会|村委会|社区|村|community|village)$")


def is_table_of_counts(columns: list[str]) -> bool:
    """Whether columns name a community, and at least one count of its people."""
    found = columns_of("communities", DISTRICT_LAYERS["communities"].names, columns)
    return bool({"code", "name"} & set(found)) and bool(set(COUNTS) & set(found))


def _short(name: object) -> str:
    return _ENDING.sub("", plain(name))


def _codes(table: pd.DataFrame, known: pd.DataFrame) -> tuple[list[str | None], list[Note | None]]:
    """The code of the community that each row speaks of, or why there is none."""
    given = table["code"].where(~marked(table["derived"], "code"))
    by_code = {str(code): str(code) for code in known["code"]}
    by_name: dict[str, set[str]] = {}
    for code, name in zip(known["code"], known["name"], strict=True):
        for way in {plain(name), _short(name)} if isinstance(name, str) else set():
            by_name.setdefault(way, set()).add(str(code))
    codes: list[str | None] = []
    reasons: list[Note | None] = []
    for code, name in zip(given, table["name"], strict=True):
        own = by_code.get(str(code).strip().removesuffix(".0")) if isinstance(code, str) else None
        named = (by_name.get(plain(name)) or by_name.get(_short(name)) or set()) if isinstance(name, str) else set()
        reason = None
        if own is None and len(named) > 1:
            reason = Note("there are several communities of the name {name}", {"name": name}, code="community_unclear")
        elif own is None and not named:
            said = {"name": name if isinstance(name, str) else code}
            reason = Note("there is no community {name} here", said, code="community_unknown")
        codes.append(own or (next(iter(named)) if len(named) == 1 else None))
        reasons.append(reason)
    seen: set[str] = set()
    for row, code in enumerate(codes):
        if code in seen:
            codes[row] = None
            reasons[row] = Note("community {code} stands in an earlier row too", {"code": code}, code="code_twice")
        elif code is not None:
            seen.add(code)
    return codes, reasons


def matched(counts: Counts, known: pd.DataFrame, report: Report) -> gpd.GeoDataFrame:
    """The rows as communities without geometry; what matches none is rejected in the report.

    Parameters
    ----------
    known
        The communities that are there: `code` and `name`.

    Returns
    -------
    GeoDataFrame
        Columns of the layer; only the code and what the table says of it is filled, names stay as they are known.
    """
    codes, reasons = _codes(counts.table, known)
    there = np.array([code is not None for code in codes], dtype=bool)
    for row in np.flatnonzero(~there):
        reason = reasons[row]
        assert reason is not None
        report.feature(FeatureNote(counts.layer.source, int(counts.numbers[row]), "rejected", reason))
    counts.layer.rejected += int((~there).sum())
    counts.layer.loaded -= int((~there).sum())
    table = pd.DataFrame(counts.table).assign(code=pd.Series(codes, index=counts.table.index, dtype="object"))
    derived = marked(table["derived"], "kind").map({True: "kind", False: None}).astype("object")
    table = table.assign(name=pd.Series(None, index=table.index, dtype="object"), derived=derived)[there]
    nothing = gpd.GeoSeries(np.full(len(table), None, dtype=object), index=table.index, crs=GEOGRAPHIC)
    shaped = gpd.GeoDataFrame(table.drop(columns="geometry", errors="ignore"), geometry=nothing)
    return typed(shaped.reset_index(drop=True), DISTRICT_LAYERS["communities"])


def completed(communities: gpd.GeoDataFrame, rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Communities with the values that rows of counts give for the same codes; nothing of those is derived any more."""
    out = communities.copy()
    index = pd.Index(rows["code"]).get_indexer(pd.Index(out["code"]))
    lost = out["derived"].astype("object").where(out["derived"].notna(), "").astype(str).str.split()
    for name in DISTRICT_LAYERS["communities"].names:
        if name in ("code", "name", "kind", "derived") or name not in rows:
            continue
        values = rows[name].reindex(index).set_axis(out.index)
        given = values.notna()
        out[name] = values.where(given, out[name]).astype(out[name].dtype)
        lost = pd.Series(
            [[m for m in marks if not (hit and m == name)] for marks, hit in zip(lost, given, strict=True)],
            index=out.index,
        )
    out["derived"] = [" ".join(marks) or None for marks in lost]
    return out
