"""Data in and out of the database: import, export, and the illustrative district."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Connection, Engine

from gridmap.database import changes, illustrative, results, surroundings
from gridmap.database.engine import reading as reading_from
from gridmap.database.store import load_district, load_layer, save_layers
from gridmap.domain.district import District
from gridmap.domain.errors import DataError, InputError, NotFoundError
from gridmap.domain.layers import DISTRICT_LAYERS, RESULT_LAYERS
from gridmap.domain.notes import Note, template
from gridmap.layers import KNOWN_SHAPES, Reading, Report, check_target, matched, read, write
from gridmap.sample import make_sample
from gridmap.services.outcome import Progress
from gridmap.services.roster import with_homes

Mode = Literal["merge", "replace"]

_REMOVED = template(
    "The illustrative district is removed: {communities} communities, {compounds} compounds, {buildings} buildings and "
    "all that belonged to them, with the results and plans made of it."
)
_STAYS = template(
    "The illustrative district is still there beside these data. It goes when a file with streets, communities, "
    "compounds or buildings is imported with --mode replace."
)

_OPENSTREETMAP = (".osm", ".osm.pbf", ".pbf")
"""Endings of extracts of OpenStreetMap, whose contributors the map then names."""


@dataclass(frozen=True)
class Loaded:
    """The data version that a load made, and what it has to say about the illustrative district.

    `kept` counts values of the file that were left out since people on the spot have corrected them.
    """

    version: int
    notes: tuple[Note, ...] = ()
    kept: int = 0


@dataclass(frozen=True)
class Imported:
    """What an import did: the report of the reading, and what the loading gave (None for a dry run)."""

    report: Report
    loaded: Loaded | None

    def as_dict(self) -> dict[str, Any]:
        """The report as R.json has it, but for its sentences: the notes of the loading after those of the reading."""
        report = self.report.as_dict()
        notes = [*report["notes"], *(self.loaded.notes if self.loaded else ())]
        return {**report, "notes": notes, "kept_corrections": self.loaded.kept if self.loaded else 0}


@dataclass(frozen=True)
class Surroundings:
    """What the database knows of a place (`gridmap.layers.comparison.Known`)."""

    engine: Engine

    def extent(self) -> surroundings.Bounds | None:
        """Bounds of the district in degrees; None where there is none."""
        with reading_from(self.engine) as connection:
            return surroundings.extent(connection)

    def within(self, bounds: surroundings.Bounds) -> dict[str, npt.NDArray[np.object_]]:
        """The shapes there in EPSG:4326."""
        with reading_from(self.engine) as connection:
            return surroundings.shapes_within(connection, bounds, KNOWN_SHAPES)


def import_file(
    engine: Engine | None,
    path: Path,
    *,
    mode: Mode = "merge",
    actor: str,
    progress: Progress,
    dry_run: bool = False,
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
    how
        `layer`, `crs`, `encoding`, `columns` of `gridmap.layers.read`, where the file's own word isn't taken.
    """
    progress(0.0, "reading")
    reading = read(path, known=None if engine is None else Surroundings(engine), **how)
    if reading.counts:
        reading = _with_communities(engine, reading, path, mode=mode)
    if engine is None or dry_run:
        return Imported(reading.report, None)
    if len(reading.district["staff"]):
        reading = _with_homes(engine, reading)
    progress(0.5, "loading")
    detail = {
        "file": path.name,
        "openstreetmap": path.name.lower().endswith(_OPENSTREETMAP),
        "illustrative": reading.illustrative,
    }
    loaded = load(engine, reading.district, mode=mode, actor=actor, action="import", detail=detail)
    progress(1.0, "loaded")
    return Imported(reading.report, loaded)


def _with_communities(engine: Engine | None, reading: Reading, path: Path, *, mode: Mode) -> Reading:
    """The reading with its tables of counts as rows of the communities that are there.

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
        with reading_from(engine) as connection:
            known = pd.DataFrame(load_district(connection, ["communities"])["communities"][["code", "name"]])
    rows = pd.concat([matched(one, known, reading.report) for one in reading.counts], ignore_index=True)
    if not len(rows) and not reading.district.filled():
        raise InputError(
            "None of the communities in {path} is known here ({names}); import their areas first.",
            path=path,
            names=", ".join(dict.fromkeys(str(n) for one in reading.counts for n in one.table["name"].dropna()))[:200],
        )
    rows = rows[~rows["code"].duplicated()]
    return replace(reading, district=reading.district.with_tables(communities=rows), counts=())


def _with_homes(engine: Engine, reading: Reading) -> Reading:
    """The reading with the stairwells of people whose address is written; the report says how many were found."""
    staff, found, left = with_homes(engine, reading.district["staff"])
    if found or left:
        placed = {"found": found, "left": left}
        reading.report.note(
            Note("The stairwells of {found} people were found by their addresses; {left} weren't sure.", placed)
        )
    return replace(reading, district=reading.district.with_tables(staff=staff))


def load(
    engine: Engine, district: District, *, mode: Mode, actor: str, action: str, detail: Mapping[str, Any]
) -> Loaded:
    """Save the filled layers of a district in one transaction.

    With "replace" the illustrative district gives way to another one: its rows go from all layers, and so do the
    results and plans made of it. Where it stays beside data that aren't its own, a note says so.
    """
    layers = {name: district[name] for name in district.filled()}
    changed, gone, notes = list(layers), [], []
    with engine.begin() as connection:
        changes.wait_turn(connection)
        layers = _with_areas(connection, layers)
        if mode == "replace" and illustrative.gives_way(connection, layers):
            numbers = illustrative.counts(connection)
            changed, gone = list(illustrative.LAYERS), illustrative.versions(connection)
            detail = {**detail, "illustrative_removed": numbers}
            notes.append(Note(_REMOVED, {name: f"{number:,}" for name, number in numbers.items()}))
        version = changes.record(connection, actor=actor, action=action, layers=changed, detail=detail)
        saved = save_layers(connection, layers, mode=mode, version=version, gone=gone)
        if gone:
            illustrative.remove_results(connection, since=gone[0])
        elif not detail.get("illustrative") and illustrative.is_there(connection):
            notes.append(Note(_STAYS))
    return Loaded(version, tuple(notes), kept=sum(layer.kept for layer in saved.values()))


def _with_areas(connection: Connection, layers: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The layers with the areas of communities of which a table gives only counts."""
    rows = layers.get("communities")
    if not isinstance(rows, gpd.GeoDataFrame) or not rows.geometry.isna().any():
        return layers
    there = load_layer(connection, "communities").set_index("code").geometry
    shapes = rows.geometry.where(rows.geometry.notna(), there.reindex(rows["code"]).set_axis(rows.index))
    return {**layers, "communities": rows.set_geometry(gpd.GeoSeries(shapes, crs=there.crs))}


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
        "There is no layer {layer}. There are: {layers}.",
        layer=layer,
        layers=", ".join(dict.fromkeys([*DISTRICT_LAYERS, *RESULT_LAYERS])),
    )


def export_layer(engine: Engine, layer: str, path: Path, *, crs: str | None, actor: str) -> int:
    """Write one layer or result to a file whose ending names the format; gives the number of rows.

    An export of a layer about people is written into the audit log.
    """
    table = stored_layer(engine, layer)
    known = DISTRICT_LAYERS.get(layer) or RESULT_LAYERS[layer]
    if not len(table) and layer in RESULT_LAYERS:
        raise DataError("There are no {layer} yet; run the analysis that gives them first.", layer=layer)
    if known.personal:
        with engine.begin() as connection:
            changes.log(connection, actor=actor, action="export", subject=layer)
    write(path, {layer: table}, crs=crs)
    return len(table)


def write_sample(path: Path, *, seed: int, scale: float, progress: Progress) -> dict[str, int]:
    """Write the illustrative district to a file; gives the number of rows of each layer."""
    check_target(path)
    sample = make_sample(seed=seed, scale=scale, progress=progress)
    tables = {name: sample.district[name] for name in sample.district.filled()}
    tables["truth"] = sample.truth
    write(path, tables)
    return {name: len(table) for name, table in tables.items()}


def load_sample(engine: Engine, *, actor: str, progress: Progress) -> int:
    """Put the illustrative district into an empty database; gives the data version."""
    sample = make_sample(progress=lambda share, words: progress(share * 0.8, words))
    progress(0.8, "loading")
    loaded = load(engine, sample.district, mode="replace", actor=actor, action="sample", detail={"illustrative": True})
    progress(1.0, "loaded")
    return loaded.version


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
