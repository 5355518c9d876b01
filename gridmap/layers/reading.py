"""Any file in: its layers recognised, its shapes repaired, what is missing derived, and a report of all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gridmap.domain.district import District
from gridmap.domain.errors import DataError, InputError
from gridmap.domain.layers import DISTRICT_LAYERS, TRUTH_LAYER
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.notes import Note, joined
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.layers.comparison import Known
from gridmap.layers.counts import completed, matched
from gridmap.layers.crs import System
from gridmap.layers.derive import derived
from gridmap.layers.osm_layers import read_osm_district
from gridmap.layers.placing import systems_of
from gridmap.layers.recognise import fits, recognise
from gridmap.layers.repair import FAMILY_WORDS, NO_GEOMETRY, Family, family_of, square_metres
from gridmap.layers.report import Counts, FeatureNote, LayerReport, Reading, Report
from gridmap.layers.rows import rows_of
from gridmap.layers.source import OSM, SourceLayer, source_files, source_layers

_WIDEST = 8.0
"""Degrees beyond which a file is no district, and nothing is derived from it."""
_FAMILIES: tuple[Family, ...] = ("polygon", "line", "point")
_DIMENSION: dict[int, Family] = {0: "point", 1: "line", 2: "polygon"}


def _asked(layer: str | None, found: list[SourceLayer]) -> tuple[str | None, list[SourceLayer]]:
    """What `--layer` says: a layer of ours that everything is, or the name of the one layer to read."""
    if layer is None:
        return None, found
    if layer in DISTRICT_LAYERS:
        named = [source for source in found if source.name == layer]
        return layer, named or found
    named = [source for source in found if source.name == layer]
    if named:
        return None, named
    raise InputError(
        "There is no layer {layer}: the file has {names}, and a district has {layers}.",
        layer=layer,
        names=", ".join(source.name for source in found) or Note("none"),
        layers=", ".join(DISTRICT_LAYERS),
    )


def _families(source: SourceLayer) -> list[tuple[Family | None, npt.NDArray[np.int64]]]:
    """The rows of a layer by the kind of their shapes; rows without any go with the most frequent kind."""
    everything = np.arange(len(source))
    if source.shapes is None or family_of(source.shapes) is None:
        return [(None, everything)]
    main = family_of(source.shapes)
    dimension = np.array([_DIMENSION.get(int(d)) for d in shapely.get_dimensions(source.shapes)], dtype=object)
    dimension[np.array([d is None for d in dimension])] = main
    return [(f, everything[dimension == f]) for f in _FAMILIES if (dimension == f).any()]


def _checked(source: SourceLayer, system: System, crs: str | None) -> System:
    """The system found; InputError that asks for it where nothing tells."""
    drawing = source.format == "DXF" and crs is None and system.crs is not None and system.crs.is_geographic
    if system.crs is None or drawing:
        raise InputError(
            "The coordinate system of {layer} isn't known: {reason}. Say it with --crs, for instance --crs EPSG:4550 "
            "(CGCS2000, 3-degree zone, central meridian 123 E).",
            layer=source.name,
            reason=Note("a drawing doesn't say it") if drawing else system.known_by,
        )
    if not system.sure:
        raise InputError(
            "Whether the coordinates of {layer} are shifted can't be told: the file doesn't say it, and there is "
            "nothing here that they fit. Say it with --crs: wgs84 (true), gcj02 (AMap, Tencent) or bd09 (Baidu).",
            layer=source.name,
        )
    return system


def _middle_area(shapes: npt.NDArray[np.object_], system: System) -> float | None:
    areas = square_metres(shapes, system.crs)
    return float(np.median(areas[np.isfinite(areas)])) if np.isfinite(areas).any() else None


class _Reader:
    """Source layers on their way into tables."""

    def __init__(self, path: Path, layer: str | None, crs: str | None, columns: Mapping[str, str] | None) -> None:
        self.path, self.layer, self.crs, self.columns = path, layer, crs, columns
        self.report = Report(str(path))
        self.illustrative = False
        self.tables: dict[str, list[gpd.GeoDataFrame]] = {}
        self.systems: dict[int, System] = {}
        self.counts: list[Counts] = []

    def place(self, sources: list[SourceLayer], known: Known | None) -> None:
        """Find the coordinate systems of all the layers to come; what isn't known is asked for when one is added."""
        shaped = [source for source in sources if source.shapes is not None and len(source)]
        found = systems_of(shaped, self._layer_of, given=self.crs, known=known, report=self.report)
        self.systems = {id(source): system for source, system in zip(shaped, found, strict=True)}

    def _layer_of(self, source: SourceLayer, system: System) -> str | None:
        assert source.shapes is not None
        family = family_of(source.shapes)
        if self.layer is not None or family is None:
            return self.layer
        columns = [str(c) for c in source.table.columns]
        area = _middle_area(source.shapes, system) if family == "polygon" else None
        return recognise(source.name, self.path.stem, columns, family, area_m2=area)[0]

    def add(self, source: SourceLayer) -> None:
        """Take in one source layer."""
        for note in source.notes:
            self.report.note(note)
        if source.name == TRUTH_LAYER.name and set(TRUTH_LAYER.names) <= set(source.table.columns):
            self.illustrative = True
            self.report.note(Note("Layer truth was left out: it is the sample's own answer, no layer of a district."))
            return
        if not len(source):
            self.report.note(Note("Layer {layer} is empty.", {"layer": source.name}))
            return
        for family, rows in _families(source):
            self._group(source, family, rows)

    def _group(self, source: SourceLayer, family: Family | None, rows: npt.NDArray[np.int64]) -> None:
        encoding = source.encoding
        known_by = encoding.known_by
        if encoding.sure < 1:
            known_by = Note("{known_by} ({sure} sure)", {"known_by": known_by, "sure": f"{encoding.sure:.0%}"})
        counts = LayerReport(source.name, None, encoding.encoding, known_by)
        self.report.layers.append(counts)
        system = System(None, NO_GEOMETRY)
        area = None
        if family is not None:
            assert source.shapes is not None
            system = _checked(source, self.systems[id(source)], self.crs)
            counts.crs, counts.crs_known_by = system.name, system.known_by
            if family == "polygon":
                area = _middle_area(source.shapes[rows], system)
            if shapely.has_z(source.shapes[rows]).any():
                self.report.note(Note("Heights of {layer} were dropped; the map is flat.", {"layer": source.name}))
        known: tuple[str | None, Note] = (self.layer, Note("given"))
        if self.layer is None:
            known = recognise(source.name, self.path.stem, [str(c) for c in source.table.columns], family, area_m2=area)
        elif not fits(self.layer, family) and family is not None:
            other = {"layer": self.layer, "kind": FAMILY_WORDS[family]}
            self._refuse(counts, source, rows, Note("layer {layer} doesn't hold {kind}", other, code="wrong_kind"))
            return
        target, known_by = known
        counting = family is None and target == "communities"
        if family is None and not counting and (target is None or not fits(target, None)):
            self._refuse(counts, source, rows, NO_GEOMETRY)
            return
        if target is None:
            unknown = Note("which layer it belongs to isn't known; say it with --layer", code="layer_unknown")
            self._refuse(counts, source, rows, unknown)
            return
        counts.layer = target
        if source.name != target:
            taken = {"layer": source.name, "ours": target, "known_by": known_by}
            self.report.note(Note("{layer} was taken as {ours}: {known_by}.", taken))
        table = rows_of(
            source,
            rows,
            layer=target,
            family=family,
            system=system,
            columns=self.columns,
            report=self.report,
            counts=counts,
        )
        if counting:
            rejected = {note.number for note in self.report.features if note.layer == source.name}
            numbers = np.array([row + 1 for row in rows if row + 1 not in rejected], dtype=np.int64)
            self.counts.append(Counts(table, numbers, counts))
        else:
            self.tables.setdefault(target, []).append(table)

    def _refuse(self, counts: LayerReport, source: SourceLayer, rows: npt.NDArray[np.int64], reason: Note) -> None:
        counts.read = counts.rejected = len(rows)
        self.report.features += [FeatureNote(source.name, int(row) + 1, "rejected", reason) for row in rows]

    def district(self, numbers: Numbers) -> District:
        """All that was taken in, with what was missing derived."""
        if not self.tables and self.counts:
            return District({})
        if not any(len(part) for parts in self.tables.values() for part in parts):
            raise InputError("Nothing of {path} could be loaded: {reasons}.", path=self.path, reasons=self._reasons())
        tables = {
            name: gpd.GeoDataFrame(pd.concat([p for p in parts if len(p)], ignore_index=True), crs=GEOGRAPHIC)
            for name, parts in self.tables.items()
            if any(len(part) for part in parts)
        }
        if "communities" in tables:
            for one in self.counts:
                tables["communities"] = completed(
                    tables["communities"], matched(one, tables["communities"], self.report)
                )
            self.counts = []
        district = District(_linked(_codes_once(tables, self.report)))
        boxes = [t.total_bounds for t in tables.values() if t.geometry.notna().any()]
        if not boxes:
            return district
        west, south, east, north = district.bounds()
        if max(east - west, north - south) > _WIDEST:
            self.report.note(Note("The file covers more than a district; nothing was derived from it."))
            return district
        try:
            return derived(district, numbers=numbers)
        except DataError as error:
            self.report.note(Note("Nothing was derived: {reason}", {"reason": error.note}))
            return district

    def _reasons(self) -> Note:
        if not self.report.layers:
            return Note("it holds no features")
        rejected = [feature.reason for feature in self.report.features if feature.action == "rejected"]
        notes = {str(reason): reason for reason in rejected}
        read = self.report.total("read")
        return joined(
            *(
                Note("{count} of {read}: {reason}", {"count": count, "read": read, "reason": notes[words]})
                for words, count in Counter(map(str, rejected)).most_common(3)
            )
        )


def _codes_once(tables: dict[str, gpd.GeoDataFrame], report: Report) -> dict[str, gpd.GeoDataFrame]:
    """Codes unique over all layers and files: a code that an earlier layer has gets its layer's name before it."""
    seen: set[str] = set()
    out: dict[str, gpd.GeoDataFrame] = {}
    for name in DISTRICT_LAYERS:
        if name not in tables:
            continue
        table = tables[name]
        if DISTRICT_LAYERS[name].has_code:
            codes = table["code"].astype(str)
            clash = codes.isin(seen)
            if clash.any():
                table = table.assign(code=codes.where(~clash, f"{name}-" + codes))
                many = {"count": int(clash.sum()), "layer": name}
                report.note(
                    Note("{count} codes of {layer} stand in other layers too; {layer}- was put before them.", many)
                )
            again = table["code"].duplicated()
            if again.any():
                table = table.assign(code=table["code"].where(~again, table["code"] + "-" + again.cumsum().astype(str)))
                many = {"count": int(again.sum()), "layer": name}
                report.note(
                    Note("{count} codes of {layer} stood in several source layers; they were told apart.", many)
                )
            seen |= set(table["code"])
        out[name] = table
    return out


def _linked(tables: dict[str, gpd.GeoDataFrame]) -> dict[str, gpd.GeoDataFrame]:
    """References by the source's own ids made references by code; those that lead nowhere here are kept as they are."""
    for name in list(tables):
        for column in DISTRICT_LAYERS[name].columns:
            parent, table = column.refers_to, tables[name]
            if parent is None or parent not in tables or column.name not in table:
                continue
            codes = set(tables[parent]["code"])
            prefixed = f"{parent}-" + table[column.name].astype("object").astype(str)
            use = ~table[column.name].isin(codes) & prefixed.isin(codes)
            if use.any():
                table = table.assign(**{column.name: table[column.name].where(~use, prefixed)})
            tables[name] = _named(table, column.name, tables[parent])
    return tables


def _named(table: gpd.GeoDataFrame, column: str, parents: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """References by name (所属小区: 海景花园) made references by code, where one parent alone has that name."""
    if "name" not in parents:
        return table
    alone = parents[parents["name"].notna() & ~parents["name"].duplicated(keep=False)]
    codes = table[column].map(alone.set_index("name")["code"])
    use = ~table[column].isin(parents["code"]) & codes.notna()
    return table.assign(**{column: table[column].where(~use, codes)}) if use.any() else table


def _counted(reading: Reading) -> Reading:
    """The reading with the number of derived values by layer and column in its report."""
    counts: Counter[str] = Counter()
    for name in reading.district.filled():
        for text in reading.district[name]["derived"].dropna():
            counts.update(f"{name}.{column}" for column in str(text).split())
    return replace(reading, report=replace(reading.report, derived=dict(sorted(counts.items()))))


def read(
    path: str | Path,
    *,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    columns: Mapping[str, str] | None = None,
    numbers: Numbers = DEFAULT_NUMBERS,
    known: Known | None = None,
) -> Reading:
    """Read any file: recognise its layers, repair its shapes, derive what is missing.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, Shapefile, CSV, Excel, KML, DXF, FlatGeobuf, OpenStreetMap XML or PBF; also zipped.
    layer
        One of a district's layers, which the file then is; or the name of the one layer of the file to read.
    crs
        `EPSG:n`, `wgs84`, `gcj02` or `bd09`; counts before what the file says.
    encoding
        Of a shapefile's table or a CSV; counts before what the file says.
    columns
        Our column by the source's.
    known
        What is already known of the place, by which shifted coordinates and meridians are told.

    Returns
    -------
    Reading
        A district in EPSG:4326 and the report of what was read, repaired, rejected and derived.

    Raises
    ------
    InputError
        It can't be read, can't be trusted, its coordinate system can't be told, or nothing of it can be loaded.
    """
    source = Path(path)
    # a damaged file may hold numbers beyond all measure; such features are rejected one by one
    with np.errstate(all="ignore"), source_files(source) as files:
        if len(files) == 1 and files[0].suffix.lower() in OSM:
            if layer is not None or crs is not None:
                raise InputError(
                    "OpenStreetMap extracts say themselves what and where they are; leave out --layer and --crs."
                )
            reading = read_osm_district(files[0], numbers=numbers)
            reading.report.file = str(source)
            return _counted(reading)
        found = [
            part for file in files if file.suffix.lower() not in OSM for part in source_layers(file, encoding=encoding)
        ]
        target, chosen = _asked(layer, found)
        reader = _Reader(source, target, crs, columns)
        reader.place(chosen, known)
        for part in chosen:
            reader.add(part)
        district = reader.district(numbers)
        return _counted(Reading(district, reader.report, reader.illustrative, tuple(reader.counts)))
