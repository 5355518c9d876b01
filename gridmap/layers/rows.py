"""The rows of one source layer as rows of one of ours: columns, words, codes and shapes, each row kept or rejected."""

from __future__ import annotations

import re
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gridmap.domain.district import typed
from gridmap.domain.errors import InputError
from gridmap.domain.layers import DISTRICT_LAYERS, Layer
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.notes import Note
from gridmap.layers.crs import System, to_geographic
from gridmap.layers.enclosure import marked
from gridmap.layers.repair import Family, Repaired, one_or_many, repair
from gridmap.layers.report import Action, FeatureNote, LayerReport, Report
from gridmap.layers.source import SourceLayer
from gridmap.layers.vocabulary import DEFAULTS, columns_of, converted, plain, word_of

_SOURCE_IDS = {plain(name) for name in ("id", "gid", "fid", "objectid", "序号", "osm_id")}
"""Columns that number the features of their file only: their values become codes with the layer's name before them."""
_TAKEN = ("geometry", "fid", "ogc_fid")


def _mapped(layer: Layer, source: SourceLayer, given: Mapping[str, str] | None) -> dict[str, str]:
    """The source's column by ours, as given and as recognised."""
    columns = [str(c) for c in source.table.columns]
    found: dict[str, str] = {}
    for theirs, ours in (given or {}).items():
        if ours not in layer.names:
            raise InputError(
                "Layer {layer} has no column {column}; it has {names}.",
                layer=layer.name,
                column=ours,
                names=", ".join(layer.names),
            )
        if theirs in columns:
            found[ours] = theirs
    free = [c for c in columns if c not in found.values()]
    guessed = columns_of(layer.name, tuple(n for n in layer.names if n not in found), free)
    return {**guessed, **found}


def _values(layer: Layer, source: SourceLayer, names: Mapping[str, str], report: Report) -> pd.DataFrame:
    """Our columns in their types, then the source's own."""
    columns: dict[str, pd.Series] = {}
    for column in layer.columns:
        if column.name not in names:
            continue
        values, lost = converted(source.table[names[column.name]], column)
        columns[column.name] = values
        if lost.any():
            example = source.table[names[column.name]][lost].iloc[0]
            said = {"column": names[column.name], "ours": column.name, "example": str(example)[:40]}
            report.count(
                Note(
                    "{layer}: {count} values of column {column} could not be read as {ours} (for instance {example}).",
                    {"layer": source.name, "count": int(lost.sum()), **said},
                )
            )
    if "height_m" in names and layer.name == "buildings":
        columns["height_m"] = pd.to_numeric(source.table[names["height_m"]], errors="coerce").astype("float64")
    used = set(names.values())
    for name in source.table.columns:
        if name not in used and str(name) not in columns and str(name).lower() not in (*_TAKEN, *layer.names):
            columns[str(name)] = source.table[name]
    return pd.DataFrame(columns, index=source.table.index)


def _slug(name: str) -> str:
    return re.sub(r"[^\w]+", "-", name).strip("-").lower() or "layer"


def _codes(table: pd.DataFrame, layer: Layer, source: SourceLayer, names: Mapping[str, str]) -> pd.DataFrame:
    """The table with a code in every row: the data's own, else made from the source's ids or numbers."""
    if not layer.has_code:
        return table
    given = table["code"] if "code" in table else pd.Series(np.full(len(table), None, dtype=object), index=table.index)
    if plain(names.get("code", "")) in _SOURCE_IDS:
        given = (f"{layer.name}-" + given.astype("object").astype(str)).where(given.notna(), None)
    lost = given.isna()
    if lost.any():
        slug = _slug(source.name)
        made = pd.Series(
            [f"{slug}-{n + 1}" for n in np.flatnonzero(lost) + source.first], index=given.index[lost], dtype="object"
        )
        given = made.reindex(given.index).where(lost, given)
    table = table.assign(code=given)
    if "derived" not in table:
        table["derived"] = pd.Series(np.full(len(table), None, dtype=object), index=table.index)
    return marked(table, lost, "code")


def _required(table: pd.DataFrame, layer: Layer) -> tuple[pd.DataFrame, dict[str, npt.NDArray[np.bool_]]]:
    """Required words filled in where a name or a default gives them, and where one is still missing."""
    lost: dict[str, npt.NDArray[np.bool_]] = {}
    if "derived" not in table:
        table = table.assign(derived=pd.Series(np.full(len(table), None, dtype=object), index=table.index))
    for column in layer.columns:
        if not column.required or column.name == "code":
            continue
        if column.name not in table:
            table[column.name] = pd.Series(np.full(len(table), None, dtype=object), index=table.index)
        empty = table[column.name].isna()
        if not empty.any():
            continue
        words, names = column.values, table.get("name")
        if words is not None and names is not None:
            spoken = names.map(lambda name, words=words: word_of(name, words), na_action="ignore").astype("object")
            table[column.name] = table[column.name].where(~empty, spoken.where(spoken.notna(), None))
        default = DEFAULTS.get((layer.name, column.name))
        if default is not None:
            table[column.name] = table[column.name].where(table[column.name].notna(), default)
        table = marked(table, empty & table[column.name].notna(), column.name)
        lost[column.name] = table[column.name].isna().to_numpy()
    return table, lost


def _fixed(
    source: SourceLayer, rows: npt.NDArray[np.int64], family: Family | None, layer: Layer, system: System
) -> Repaired:
    """Shapes of these rows in EPSG:4326 and of the layer's kind; a row without any where the layer allows that."""
    nothing = Repaired(
        np.full(len(rows), None, dtype=object), np.zeros(len(rows), dtype=bool), np.full(len(rows), None, dtype=object)
    )
    if source.shapes is None or family is None:
        return nothing
    given = source.shapes[rows]
    absent = shapely.is_missing(given) & ~source.broken[rows]
    fixed = repair(given, family, crs=system.crs, broken=source.broken[rows], mended=source.mended[rows])
    rejected, reasons = fixed.rejected.copy(), fixed.reasons.copy()
    if layer.name == "staff":
        rejected &= ~absent
        reasons[absent] = None
    shapes = _of_layer(fixed.shapes, layer)
    moved = to_geographic(gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes), crs=None), system).geometry.to_numpy()
    outside = ~_in_the_world(moved) & ~rejected & ~shapely.is_missing(moved)
    rejected |= outside
    reasons[outside] = Note("its coordinates lie outside the world", code="outside")
    return Repaired(moved, rejected, reasons)


def _in_the_world(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Which shapes lie where there are longitudes and latitudes."""
    boxes = shapely.bounds(shapes)
    return np.asarray((boxes[:, 0] >= -180) & (boxes[:, 1] >= -90) & (boxes[:, 2] <= 180) & (boxes[:, 3] <= 90))


def as_they_came(source: SourceLayer, rows: npt.NDArray[np.int64], system: System) -> npt.NDArray[np.object_]:
    """The shapes of rows that were rejected, as a map can draw them in EPSG:4326; None where it can't."""
    nothing = np.full(len(rows), None, dtype=object)
    if source.shapes is None or system.crs is None:
        return nothing
    shapes = shapely.force_2d(source.shapes[rows])
    for at, row in enumerate(rows.tolist()):
        if row in source.remains:
            shapes[at] = source.remains[row]
    moved = to_geographic(gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes), crs=None), system).geometry.to_numpy()
    return np.where(_in_the_world(moved), moved, nothing)


def _of_layer(shapes: npt.NDArray[np.object_], layer: Layer) -> npt.NDArray[np.object_]:
    """Single or multiple as the layer asks; an area where the layer holds points becomes a point inside it."""
    if layer.geometry != "point":
        return one_or_many(shapes, layer)
    shapes = shapes.copy()
    ids = shapely.get_type_id(shapes)
    areas, many = np.isin(ids, (3, 6)), ids == 4
    shapes[areas] = shapely.point_on_surface(shapes[areas])
    shapes[many] = shapely.get_geometry(shapes[many], 0)
    return shapes


def rows_of(
    source: SourceLayer,
    rows: npt.NDArray[np.int64],
    *,
    layer: str,
    family: Family | None,
    system: System,
    columns: Mapping[str, str] | None,
    report: Report,
    counts: LayerReport,
    seen: set[str] | None = None,
) -> gpd.GeoDataFrame:
    """Rows of a source layer as a table of ours; counts and notes go into the report.

    Parameters
    ----------
    source, rows
        The layer, and which of its rows.
    layer, family
        What they become, and the kind of their shapes; None for a table without any.
    system
        The coordinate system they stand in.
    columns
        Our column by theirs, where the user says.
    seen
        The codes of the pieces before, where the layer comes in pieces; these rows' codes are added.

    Returns
    -------
    GeoDataFrame
        In EPSG:4326, with every column of the layer in its type; only what was loaded.
    """
    ours = DISTRICT_LAYERS[layer]
    names = _mapped(ours, source, columns)
    table = _codes(_values(ours, source, names, report), ours, source, names).iloc[rows].reset_index(drop=True)
    table, lost = _required(table, ours)
    fixed = _fixed(source, rows, family, ours, system)
    rejected, reasons = fixed.rejected.copy(), fixed.reasons.copy()
    for column, where in lost.items():
        hit = where & ~rejected
        rejected |= hit
        reasons[hit] = Note("its {column} isn't known", {"column": column}, code="required")
    if ours.has_code:
        twice = table["code"].where(~rejected).duplicated().to_numpy() & ~rejected
        if seen is not None:
            before = np.array([code in seen for code in table["code"].tolist()], dtype=bool)
            twice |= before & ~rejected
        rejected |= twice
        for row in np.flatnonzero(twice):
            code = table["code"].iloc[row]
            reasons[row] = Note("code {code} stands in an earlier feature too", {"code": code}, code="code_twice")
    said = np.array([reason is not None for reason in reasons], dtype=bool)
    drawn = np.asarray(fixed.shapes, dtype=object).copy()
    if rejected.any():
        drawn[rejected] = as_they_came(source, rows[rejected], system)
    for row in np.flatnonzero(said):
        action: Action = "rejected" if rejected[row] else "repaired"
        named = str(table["code"].iloc[row]) if ours.has_code else None
        number = source.first + int(rows[row]) + 1
        report.feature(FeatureNote(source.name, number, action, reasons[row], named, drawn[row]))
    counts.columns = names
    counts.read += len(rows)
    counts.rejected += int(rejected.sum())
    counts.loaded = counts.read - counts.rejected
    counts.repaired += int((said & ~rejected).sum())
    shaped = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(fixed.shapes, crs=GEOGRAPHIC))
    shaped = shaped[~rejected].reset_index(drop=True) if rejected.any() else shaped
    if seen is not None and ours.has_code:
        seen.update(shaped["code"])
    return typed(shaped, ours)
