"""Any file in: its layers recognised, its shapes repaired, what is missing derived, and a report of all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

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
from gridmap.layers.outlines import outlined
from gridmap.layers.placing import systems_of
from gridmap.layers.recognise import fits, recognise
from gridmap.layers.repair import FAMILY_WORDS, NO_GEOMETRY, Family, family_of, square_metres
from gridmap.layers.report import Counts, FeatureNote, LayerReport, NothingLoadsError, Reading, Report
from gridmap.layers.rows import as_they_came, rows_of
from gridmap.layers.source import OSM, RawLayer, SourceLayer, source_files, source_layers
from gridmap.layers.tiled import Staying, tiled

WIDEST = 8.0
"""Degrees beyond which a file is no district, and nothing is derived from it."""
_TELLING = 10_000
"""Shapes whose sizes tell what a layer holds; of more, so many all over it."""
FAMILIES: tuple[Family, ...] = ("polygon", "line", "point")
DIMENSION: dict[Family, int] = {"point": 0, "line": 1, "polygon": 2}


def _asked(layer: str | None, found: list[SourceLayer | RawLayer]) -> tuple[str | None, list[SourceLayer | RawLayer]]:
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
        "There is no layer {layer}: the file has {names}, and a district has {known}.",
        layer=layer,
        names=", ".join(source.name for source in found) or Note("none"),
        known=", ".join(DISTRICT_LAYERS),
    )


def families(source: SourceLayer) -> list[tuple[Family | None, npt.NDArray[np.int64]]]:
    """The rows of a layer by the kind of their shapes; rows without any go with the most frequent kind."""
    everything = np.arange(len(source))
    main = family_of(source.shapes) if source.shapes is not None else None
    if source.shapes is None or main is None:
        return [(None, everything)]
    dimension = shapely.get_dimensions(source.shapes)
    if (dimension == DIMENSION[main]).all():
        return [(main, everything)]
    dimension = np.where(np.isin(dimension, list(DIMENSION.values())), dimension, DIMENSION[main])
    return [(f, everything[dimension == DIMENSION[f]]) for f in FAMILIES if (dimension == DIMENSION[f]).any()]


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
    areas = square_metres(shapes[:: len(shapes) // _TELLING + 1], system.crs)
    return float(np.median(areas[np.isfinite(areas)])) if np.isfinite(areas).any() else None


@dataclass
class Group:
    """Rows of a source layer whose shapes are of one kind: what they become, or why they are refused."""

    family: Family | None
    target: str | None
    system: System
    counts: LayerReport
    refusal: Note | None = None

    @property
    def counting(self) -> bool:
        """Whether they are counts of communities that stand elsewhere."""
        return self.family is None and self.target == "communities"


class Reader:
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

    def outlined(self, source: SourceLayer) -> SourceLayer:
        """A layer whose closed lines are areas where it is one of areas."""
        names = (source.name, self.path.stem) if self.layer is None else (self.layer,)
        source.shapes = outlined(source.shapes, names, source.name, report=self.report)
        return source

    def placed_like(self, source: SourceLayer, other: SourceLayer) -> SourceLayer:
        """A layer whose coordinate system is that of another, which is placed already."""
        self.systems[id(source)] = self.systems[id(other)]
        return source

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
        for family, rows in families(source):
            group = self.understood(source, family, rows)
            table = self.take(group, source, rows)
            if group.target is None or table is None:
                continue
            if group.counting:
                rejected = {note.number for note in self.report.features if note.layer == source.name}
                numbers = np.array([row + 1 for row in rows if row + 1 not in rejected], dtype=np.int64)
                self.counts.append(Counts(table, numbers, group.counts))
            else:
                self.tables.setdefault(group.target, []).append(table)

    def understood(self, source: SourceLayer, family: Family | None, rows: npt.NDArray[np.int64]) -> Group:
        """What these rows are: which layer, in which coordinate system; the report gets a line for them."""
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
            wrong = Note("layer {layer} doesn't hold {kind}", other, code="wrong_kind")
            return Group(family, None, system, counts, wrong)
        target, known_by = known
        counting = family is None and target == "communities"
        if family is None and not counting and (target is None or not fits(target, None)):
            return Group(family, None, system, counts, NO_GEOMETRY)
        if target is None:
            unknown = Note("which layer it belongs to isn't known; say it with --layer", code="layer_unknown")
            return Group(family, None, system, counts, unknown)
        counts.layer = target
        if source.name != target:
            taken = {"layer": source.name, "ours": target, "known_by": known_by}
            self.report.note(Note("{layer} was taken as {ours}: {known_by}.", taken))
        return Group(family, target, system, counts)

    def take(
        self, group: Group, source: SourceLayer, rows: npt.NDArray[np.int64], *, seen: set[str] | None = None
    ) -> gpd.GeoDataFrame | None:
        """Rows of a source layer as rows of ours, or as refused in the report."""
        if group.target is None:
            assert group.refusal is not None
            group.counts.read += len(rows)
            group.counts.rejected += len(rows)
            drawn = as_they_came(source, rows, group.system)
            for row, shape in zip(rows, drawn, strict=True):
                number = source.first + int(row) + 1
                self.report.feature(FeatureNote(source.name, number, "rejected", group.refusal, shape=shape))
            return None
        return rows_of(
            source,
            rows,
            layer=group.target,
            family=group.family,
            system=group.system,
            columns=self.columns,
            report=self.report,
            counts=group.counts,
            seen=seen,
        )

    def together(self) -> dict[str, gpd.GeoDataFrame]:
        """What was taken in at once, a table a layer; communities with the counts that came in tables of their own."""
        tables = {
            name: gpd.GeoDataFrame(pd.concat([p for p in parts if len(p)], ignore_index=True), crs=GEOGRAPHIC)
            for name, parts in self.tables.items()
            if any(len(part) for part in parts)
        }
        if "communities" in tables:
            for one in self.counts:
                found = matched(one, tables["communities"], self.report)
                tables["communities"] = completed(tables["communities"], found)
            self.counts = []
        return tables

    def nothing(self) -> NothingLoadsError:
        """That no row was left to load, and why."""
        return NothingLoadsError(
            self.report, "Nothing of {path} could be loaded: {reasons}.", path=self.path, reasons=self._reasons()
        )

    def district(self, numbers: Numbers, *, staying: Staying | None = None, as_it_is: bool = False) -> District:
        """All that was taken in, made to tile and with what was missing derived; `as_it_is` without either."""
        tables = self.together()
        if not tables and self.counts:
            return District({})
        if not tables:
            raise self.nothing()
        if as_it_is:
            return District(linked(tables))
        district = District(linked(UniqueCodes(self.report).all_of(tables)))
        boxes = [t.total_bounds for t in tables.values() if t.geometry.notna().any()]
        if not boxes:
            return district
        west, south, east, north = district.bounds()
        if max(east - west, north - south) > WIDEST:
            self.report.note(Note("The file covers more than a district; nothing was derived from it."))
            return district
        try:
            whole = tiled(district, report=self.report, numbers=numbers, staying=staying)
            return derived(whole, numbers=numbers)
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


class UniqueCodes:
    """Codes unique over all layers and files: a code that an earlier layer has gets its layer's name before it."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._earlier: set[str] = set()
        self._of: dict[str, set[str]] = {}
        self._again: Counter[str] = Counter()

    def all_of(self, tables: Mapping[str, gpd.GeoDataFrame]) -> dict[str, gpd.GeoDataFrame]:
        """These layers, in a district's order."""
        out = {}
        for name in DISTRICT_LAYERS:
            if name in tables:
                out[name] = self.once(name, tables[name])
                self.close(name)
        return out

    def of(self, layer: str) -> set[str]:
        """The codes of a layer so far."""
        return self._of.get(layer, set())

    def once(self, name: str, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Rows of a layer, or some of them; the next ones of it follow before those of another."""
        if not DISTRICT_LAYERS[name].has_code:
            return table
        codes = table["code"].astype(str)
        clash = codes.isin(self._earlier)
        if clash.any():
            table = table.assign(code=codes.where(~clash, f"{name}-" + codes))
            many = {"count": int(clash.sum()), "layer": name}
            self._report.count(
                Note("{count} codes of {layer} stand in other layers too; {layer}- was put before them.", many)
            )
        again = table["code"].duplicated()
        if mine := self._of.get(name):
            again |= pd.Series([code in mine for code in table["code"].tolist()], index=table.index)
        if again.any():
            number = again.cumsum() + self._again[name]
            self._again[name] += int(again.sum())
            table = table.assign(code=table["code"].where(~again, table["code"] + "-" + number.astype(str)))
            many = {"count": int(again.sum()), "layer": name}
            self._report.count(
                Note("{count} codes of {layer} stood in several source layers; they were told apart.", many)
            )
        self._of.setdefault(name, set()).update(table["code"])
        return table

    def close(self, name: str) -> None:
        """The layer is whole: codes of later ones must differ from its."""
        self._earlier |= self.of(name)


def linked(
    tables: dict[str, gpd.GeoDataFrame], further: Mapping[str, Collection[str]] = MappingProxyType({})
) -> dict[str, gpd.GeoDataFrame]:
    """References by the source's own ids made references by code; those that lead nowhere here are kept as they are.

    `further` gives the codes of layers that aren't among the tables.
    """
    for name in list(tables):
        for column in DISTRICT_LAYERS[name].columns:
            parent, table = column.refers_to, tables[name]
            if parent is None or column.name not in table or not (parent in tables or parent in further):
                continue
            given = table[column.name]
            if given.isna().all():
                continue
            codes = further[parent] if parent in further else set(tables[parent]["code"])
            use = pd.Series(
                [pd.notna(code) and code not in codes and f"{parent}-{code}" in codes for code in given.tolist()],
                index=table.index,
                dtype=bool,
            )
            if use.any():
                prefixed = f"{parent}-" + given.astype("object").astype(str)
                table = table.assign(**{column.name: given.where(~use, prefixed)})
            if parent in tables:
                table = _named(table, column.name, tables[parent])
            tables[name] = table
    return tables


def _named(table: gpd.GeoDataFrame, column: str, parents: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """References by name (所属小区: 海景花园) made references by code, where one parent alone has that name."""
    if "name" not in parents:
        return table
    alone = parents[parents["name"].notna() & ~parents["name"].duplicated(keep=False)]
    codes = table[column].map(alone.set_index("name")["code"])
    use = ~table[column].isin(parents["code"]) & codes.notna()
    return table.assign(**{column: table[column].where(~use, codes)}) if use.any() else table


def count_derived(report: Report, name: str, table: pd.DataFrame) -> None:
    """Put into the report how many values of these rows gridmap worked out, by layer and column."""
    counts = Counter(report.derived)
    for text, count in table["derived"].value_counts().items():
        counts.update({f"{name}.{column}": int(count) for column in str(text).split()})
    report.derived = dict(sorted(counts.items()))


def _counted(reading: Reading) -> Reading:
    """The reading with the number of derived values by layer and column in its report."""
    reading.report.derived = {}
    for name in reading.district.filled():
        count_derived(reading.report, name, reading.district[name])
    return reading


def read(
    path: str | Path,
    *,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    columns: Mapping[str, str] | None = None,
    numbers: Numbers = DEFAULT_NUMBERS,
    known: Known | None = None,
    staying: Staying | None = None,
    as_it_is: bool = False,
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
    staying
        The areas beside which those of the file are to come, which narrow overlaps and gaps are closed with.
    as_it_is
        Whether codes that stand twice stay so, and nothing is closed or derived: for a check of the file.

    Returns
    -------
    Reading
        A district in EPSG:4326 and the report of what was read, repaired, rejected and derived.

    Raises
    ------
    InputError
        It can't be read, can't be trusted, its coordinate system can't be told, or nothing of it can be loaded.
    """
    with opened(
        path,
        layer=layer,
        crs=crs,
        encoding=encoding,
        columns=columns,
        numbers=numbers,
        staying=staying,
        as_it_is=as_it_is,
    ) as found:
        if isinstance(found, Reading):
            return found
        reader, sources = found
        whole = [reader.outlined(one.whole() if isinstance(one, RawLayer) else one) for one in sources]
        reader.place(whole, known)
        for source in whole:
            reader.add(source)
        district = reader.district(numbers, staying=staying, as_it_is=as_it_is)
        return _counted(Reading(district, reader.report, reader.illustrative, tuple(reader.counts)))


@contextmanager
def opened(
    path: str | Path,
    *,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    columns: Mapping[str, str] | None = None,
    numbers: Numbers = DEFAULT_NUMBERS,
    staying: Staying | None = None,
    as_it_is: bool = False,
) -> Iterator[Reading | tuple[Reader, list[SourceLayer | RawLayer]]]:
    """A file's layers as far as they are understood, as `read` takes it: those of OpenStreetMap read already."""
    source = Path(path)
    # a damaged file may hold numbers beyond all measure; such features are rejected one by one
    with np.errstate(all="ignore"), source_files(source) as files, ExitStack() as stack:
        if len(files) == 1 and files[0].suffix.lower() in OSM:
            if layer is not None or crs is not None:
                raise InputError(
                    "OpenStreetMap extracts say themselves what and where they are; leave out --layer and --crs."
                )
            reading = read_osm_district(files[0], numbers=numbers, staying=staying, as_it_is=as_it_is)
            reading.report.file = str(source)
            yield _counted(reading)
            return
        found = [
            part
            for file in files
            if file.suffix.lower() not in OSM
            for part in stack.enter_context(source_layers(file, encoding=encoding))
        ]
        target, chosen = _asked(layer, found)
        yield Reader(source, target, crs, columns), chosen
