"""Data in and out of the database: import and export."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, Engine

from gridmap.database import changes, history, illustrative, results
from gridmap.database.engine import reading
from gridmap.database.store import Staging, count_rows, holds_multiples, layer_parts, load_district, load_layer
from gridmap.database.writing import Saved
from gridmap.domain.district import District
from gridmap.domain.errors import DataError, InputError, NotFoundError
from gridmap.domain.layers import DISTRICT_LAYERS, RESULT_LAYERS
from gridmap.domain.notes import Note, template
from gridmap.domain.numbers import UNDO_LOADS
from gridmap.layers import (
    Counts,
    Reading,
    Report,
    check_target,
    matched,
    read,
    read_parts,
    write,
    write_parts,
)
from gridmap.services.around import AreasThatStay, Surroundings
from gridmap.services.outcome import Progress
from gridmap.services.references import by_code

Mode = Literal["merge", "replace"]

_REMOVED = template(
    "The illustrative district is removed: {communities} communities, {compounds} compounds, {buildings} buildings and "
    "all that belonged to them, with the results and plans made of it."
)
_STAYS = template(
    "The illustrative district is still there beside these data. It goes when a file with streets, communities, "
    "compounds or buildings is loaded by exchanging its layers whole (--mode replace)."
)

_OPENSTREETMAP = (".osm", ".osm.pbf", ".pbf")
"""Endings of extracts of OpenStreetMap, whose contributors the map then names."""
_AT_ONCE = 200_000
"""Rows up to which a layer is written at once, and _PART how many of a larger one at a time."""
_PART = 50_000


@dataclass(frozen=True)
class Loaded:
    """The data version that a load made, and what it has to say about the illustrative district.

    `kept` counts values of the file that were left out since people on the spot have corrected them; `saved` says what
    became of the rows of each layer.
    """

    version: int
    notes: tuple[Note, ...] = ()
    kept: int = 0
    saved: Mapping[str, Saved] = field(default_factory=dict)


@dataclass(frozen=True)
class Imported:
    """What an import did: the report of the reading, and what the loading gave (None for a dry run)."""

    report: Report
    loaded: Loaded | None

    def as_dict(self) -> dict[str, Any]:
        """The report as R.json has it, but for its sentences: the notes of the loading after those of the reading."""
        report = self.report.as_dict()
        notes = [*report["notes"], *(self.loaded.notes if self.loaded else ())]
        changed = {name: rows.counts() for name, rows in self.loaded.saved.items()} if self.loaded else {}
        kept = self.loaded.kept if self.loaded else 0
        return {**report, "notes": notes, "changed": changed, "kept_corrections": kept}


def _staying(engine: Engine | None, mode: Mode) -> AreasThatStay | None:
    return AreasThatStay(engine) if engine is not None and mode == "merge" else None


def import_file(
    engine: Engine | None,
    path: Path,
    *,
    mode: Mode = "merge",
    actor: str,
    progress: Progress,
    dry_run: bool = False,
    undo_loads: int = UNDO_LOADS,
    **how: Any,
) -> Imported:
    """Read, recognise, repair and check a file, and load it in one transaction.

    Parameters
    ----------
    engine
        The database, with whose shapes those of the file are compared; None reads and reports only.
    mode
        merge: rows of the same code are exchanged, the others stay; replace: the file's layers are exchanged whole,
        and the illustrative district goes with all that stands on it where the file is another district.
    dry_run
        Reads, compares and reports, and loads nothing.
    undo_loads
        How many of the latest loads can be taken back from now on.
    how
        `layer`, `crs`, `encoding`, `columns`, `numbers` of `gridmap.layers.read`, where the file's word isn't taken.
    """
    progress(0.0, "reading")
    known = None if engine is None else Surroundings(engine)
    with read_parts(path, known=known, staying=_staying(engine, mode), **how) as parts:
        tables = parts.tables
        if parts.counts:
            rows = _communities(engine, parts.counts, parts.report, path, mode=mode, alone=parts.empty)
            tables = chain(tables, [("communities", rows)])
        if engine is not None:
            tables = by_code(engine, tables, parts.report)
        if engine is None or dry_run:
            for _part in tables:
                pass
            return Imported(parts.report, None)
        progress(0.5, "loading")
        tables = _with_homes(engine, tables, parts.report)
        detail = about(path.name, illustrative=parts.illustrative)
        loaded = load_parts(
            engine, tables, mode=mode, actor=actor, action="import", detail=detail, undo_loads=undo_loads
        )
    progress(1.0, "loaded")
    return Imported(parts.report, loaded)


def read_file(engine: Engine, path: Path, *, mode: Mode = "merge", **how: Any) -> Reading:
    """A file understood, whole in memory; the people in it get their homes by their addresses."""
    found = read(path, known=Surroundings(engine), staying=_staying(engine, mode), **how)
    if found.counts:
        alone = not found.district.filled()
        rows = _communities(engine, found.counts, found.report, path, mode=mode, alone=alone)
        found = replace(found, district=found.district.with_tables(communities=rows), counts=())
    filled = ((name, found.district[name]) for name in found.district.filled())
    tables = dict(by_code(engine, filled, found.report))
    found = replace(found, district=found.district.with_tables(**tables))
    if not len(found.district["staff"]):
        return found
    ((_name, staff),) = _with_homes(engine, [("staff", found.district["staff"])], found.report)
    return replace(found, district=found.district.with_tables(staff=staff))


def about(name: str, *, illustrative: bool) -> dict[str, Any]:
    """What the data's history says of the load of a file of this name."""
    return {
        "file": name,
        "openstreetmap": name.lower().endswith(_OPENSTREETMAP),
        "illustrative": illustrative,
    }


def _communities(
    engine: Engine | None, counts: Iterable[Counts], report: Report, path: Path, *, mode: Mode, alone: bool
) -> pd.DataFrame:
    """Tables of counts as rows of the communities that are there; `alone`: there is nothing else in the file.

    Raises
    ------
    InputError
        Nothing of them belongs to a community here, or communities are to be exchanged for tables without geometry.
    """
    if mode == "replace":
        raise InputError(
            "{path} holds counts by community, which complete the communities that are there; use --mode merge.",
            path=path,
        )
    known = pd.DataFrame({"code": [], "name": []}, dtype="object")
    if engine is not None:
        with reading(engine) as connection:
            known = pd.DataFrame(load_layer(connection, "communities")[["code", "name"]])
    rows = pd.concat([matched(one, known, report) for one in counts], ignore_index=True)
    if alone and not len(rows):
        raise InputError(
            "None of the communities in {path} is known here ({names}); import their areas first.",
            path=path,
            names=", ".join(dict.fromkeys(str(n) for one in counts for n in one.table["name"].dropna()))[:200],
        )
    return rows[~rows["code"].duplicated()]


def _with_homes(
    engine: Engine, parts: Iterable[tuple[str, pd.DataFrame]], report: Report
) -> Iterator[tuple[str, pd.DataFrame]]:
    """The parts with the stairwells of people whose address is written; the report says how many were found."""
    for name, table in parts:
        if name != "staff":
            yield name, table
            continue
        from gridmap.services.homes import with_homes  # noqa: PLC0415  (most files hold no people)

        staff, found, left = with_homes(engine, table)
        if found or left:
            placed = {"found": found, "left": left}
            report.note(
                Note("The stairwells of {found} people were found by their addresses; {left} weren't sure.", placed)
            )
        yield name, staff


def load(
    engine: Engine,
    district: District,
    *,
    mode: Mode,
    actor: str,
    action: str,
    detail: Mapping[str, Any],
    undo_loads: int = UNDO_LOADS,
) -> Loaded:
    """Save the filled layers of a district in one transaction.

    With "replace" the illustrative district gives way to another one: its rows go from all layers, and so do the
    results and plans made of it. Where it stays beside data that aren't its own, a note says so.
    """
    parts = ((name, district[name]) for name in district.filled())
    return load_parts(engine, parts, mode=mode, actor=actor, action=action, detail=detail, undo_loads=undo_loads)


def load_parts(
    engine: Engine,
    parts: Iterable[tuple[str, pd.DataFrame]],
    *,
    mode: Mode,
    actor: str,
    action: str,
    detail: Mapping[str, Any],
    undo_loads: int = UNDO_LOADS,
) -> Loaded:
    """Save layers that come in parts, each with its layer's name, as `load` does it."""
    with engine.begin() as connection:
        changes.wait_turn(connection)
        loaded = save_parts(connection, parts, mode=mode, actor=actor, action=action, detail=detail)
        history.keep(connection, loaded.version, most=undo_loads)
    return loaded


def save_parts(
    connection: Connection,
    parts: Iterable[tuple[str, pd.DataFrame]],
    *,
    mode: Mode,
    actor: str,
    action: str,
    detail: Mapping[str, Any],
) -> Loaded:
    """The same in the caller's transaction, which has waited for its turn."""
    gone: list[int] = []
    notes: list[Note] = []
    staging = Staging(connection, mode=mode)
    for name, table in parts:
        staging.add(name, _with_areas(connection, table) if name == "communities" else table)
    changed = list(staging.rows)
    if mode == "replace" and illustrative.gives_way(connection, staging.rows):
        numbers = illustrative.counts(connection)
        changed, gone = list(illustrative.LAYERS), illustrative.versions(connection)
        detail = {**detail, "illustrative_removed": numbers}
        notes.append(Note(_REMOVED, {name: f"{number:,}" for name, number in numbers.items()}))
    version = changes.record(connection, actor=actor, action=action, layers=changed, detail=detail)
    saved = staging.save(version=version, gone=gone)
    if gone:
        illustrative.remove_results(connection, since=gone[0])
    elif not detail.get("illustrative") and illustrative.is_there(connection):
        notes.append(Note(_STAYS))
    counted = {name: rows.counts() for name, rows in saved.items()}
    changes.complete(connection, version, layers=saved, detail={"changed": counted, "mode": mode})
    return Loaded(version, tuple(notes), kept=sum(layer.kept for layer in saved.values()), saved=saved)


def _with_areas(connection: Connection, rows: pd.DataFrame) -> pd.DataFrame:
    """Communities with the areas that are there already, where a table gives only counts of them."""
    if not isinstance(rows, gpd.GeoDataFrame) or not rows.geometry.isna().any():
        return rows
    there = load_layer(connection, "communities").set_index("code").geometry
    shapes = rows.geometry.where(rows.geometry.notna(), there.reindex(rows["code"]).set_axis(rows.index))
    return rows.set_geometry(gpd.GeoSeries(shapes, crs=there.crs))


def stored_layer(engine: Engine, layer: str) -> pd.DataFrame:
    """One layer or result from the database, in EPSG:4326.

    Raises
    ------
    NotFoundError
        There is no such layer.
    """
    with engine.connect() as connection:
        if layer in DISTRICT_LAYERS:
            return load_district(connection, [layer])[layer]
        if layer == "regions":
            regions = results.load(connection, layer)
            return regions.assign(members=regions["members"].str.split())
        if layer in RESULT_LAYERS:
            return results.load(connection, layer)
    raise NotFoundError(
        "There is no layer {layer}. There are: {known}.",
        layer=layer,
        known=", ".join(dict.fromkeys([*DISTRICT_LAYERS, *RESULT_LAYERS])),
    )


def export_layer(engine: Engine, layer: str, path: Path, *, crs: str | None, actor: str) -> int:
    """Write one layer or result to a file whose ending names the format; gives the number of rows.

    An export of a layer about people is written into the audit log.
    """
    check_target(path)
    if layer in DISTRICT_LAYERS:
        with reading(engine) as connection:
            if count_rows(connection, layer) > _AT_ONCE:
                _note_export(engine, layer, actor)
                parts = layer_parts(connection, layer, size=_PART)
                return write_parts(path, layer, parts, crs=crs, multiple=holds_multiples(connection, layer))
    table = stored_layer(engine, layer)
    if not len(table) and layer in RESULT_LAYERS:
        raise DataError("There are no {layer} yet; run the analysis that gives them first.", layer=layer)
    _note_export(engine, layer, actor)
    write(path, {layer: table}, crs=crs)
    return len(table)


def export_results(engine: Engine, layers: Sequence[str], path: Path) -> None:
    """Write results that tell of no person to a file; its format has to hold as many layers.

    Raises
    ------
    DataError
        The analysis that gives them has never run.
    """
    tables = {name: stored_layer(engine, name) for name in layers}
    first = layers[0]
    if not len(tables[first]):
        raise DataError("There are no {layer} yet; run the analysis that gives them first.", layer=first)
    write(path, tables)


def _note_export(engine: Engine, layer: str, actor: str) -> None:
    known = DISTRICT_LAYERS.get(layer) or RESULT_LAYERS[layer]
    if known.personal:
        with engine.begin() as connection:
            changes.log(connection, actor=actor, action="export", subject=layer)


def read_columns(path: Path) -> dict[str, str]:
    """The map of a file's columns to ours, from JSON like {"小区名称": "name"}."""
    try:
        columns = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError("There is no file {path}.", path=path) from None
    except ValueError as error:
        raise InputError("{path} is not JSON: {error}.", path=path, error=error) from None
    if not isinstance(columns, dict) or not all(isinstance(value, str) for value in columns.values()):
        raise InputError('{path} must map columns to columns, like {{"小区名称": "name"}}.', path=path)
    return columns


def is_empty(engine: Engine) -> bool:
    """Whether nothing has ever been loaded."""
    with engine.connect() as connection:
        return changes.latest(connection) == 0
