"""A file too large for memory, on its way piece by piece: its buildings and ways a part at a time, all else at once.

What depends on all rows stays right: columns and coordinate system are recognised on shapes from all over the layer,
codes are told apart over all pieces, parents are found in the layers that are whole, households are summed up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gridmap.domain.district import District, typed
from gridmap.domain.errors import DataError
from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.domain.metric import GEOGRAPHIC, metric_crs
from gridmap.domain.notes import Note
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.layers.comparison import Known
from gridmap.layers.crs import to_geographic
from gridmap.layers.derive import Derivation
from gridmap.layers.enclosure import marked
from gridmap.layers.reading import (
    DIMENSION,
    FAMILIES,
    WIDEST,
    Group,
    Reader,
    UniqueCodes,
    count_derived,
    linked,
    opened,
)
from gridmap.layers.repair import Family, family_of
from gridmap.layers.report import Counts, Reading, Report
from gridmap.layers.source import RawLayer, SourceLayer
from gridmap.layers.stairwells import nearest_buildings, shared_out, stairwells
from gridmap.layers.tiled import Staying, tiled

IN_PIECES = ("buildings", "ways")
"""The layers that a file may hold more of than memory takes; what the others depend on is kept of these."""
_TELLING = 20_000
"""Shapes from all over a large layer by which it is understood."""

Part = tuple[str, gpd.GeoDataFrame]


@dataclass
class Parts:
    """A file understood: its rows as tables in EPSG:4326, each with its layer's name, once through.

    `report` is whole when the last part has been taken; `illustrative` and `counts` are as `Reading` has them, and
    `empty` means that there is nothing besides the counts.
    """

    tables: Iterator[Part]
    report: Report
    illustrative: bool
    counts: tuple[Counts, ...] = ()
    empty: bool = False


@contextmanager
def read_parts(
    path: str | Path,
    *,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    columns: Mapping[str, str] | None = None,
    numbers: Numbers = DEFAULT_NUMBERS,
    known: Known | None = None,
    staying: Staying | None = None,
) -> Iterator[Parts]:
    """Read any file as `reading.read` does, a large one piece by piece.

    A layer of ours comes in one part, but buildings, ways and made stairwells in as many as it takes.

    Raises
    ------
    InputError
        As `read`; within the block, too.
    """
    with opened(
        path, layer=layer, crs=crs, encoding=encoding, columns=columns, numbers=numbers, staying=staying
    ) as found:
        if isinstance(found, Reading):
            tables = ((name, found.district[name]) for name in found.district.filled())
            yield Parts(tables, found.report, found.illustrative)
            return
        reader, sources = found
        seen = [_telling(one) if isinstance(one, RawLayer) else reader.outlined(one) for one in sources]
        reader.place([one.layer if isinstance(one, _Telling) else one for one in seen], known)
        large = []
        for one in seen:
            understood = _understood(reader, one) if isinstance(one, _Telling) else None
            if understood is not None:
                large.append(understood)
            elif isinstance(one, _Telling):
                reader.add(reader.placed_like(one.source.whole(), one.layer))
            else:
                reader.add(one)
        if large:
            pieces = _Pieces(reader, large, numbers, staying)
            yield Parts(pieces.parts(), reader.report, reader.illustrative, tuple(reader.counts))
            return
        district = reader.district(numbers, staying=staying)
        names = district.filled()
        for name in names:
            count_derived(reader.report, name, district[name])
        tables = ((name, district[name]) for name in names)
        yield Parts(tables, reader.report, reader.illustrative, tuple(reader.counts), empty=not names)


@dataclass
class _Large:
    """A large layer, what its rows become by the kind of their shapes, and shapes from all over it."""

    source: RawLayer
    main: Family
    groups: dict[Family, Group]
    sample: npt.NDArray[np.object_]
    seen: dict[Family, set[str]] = field(default_factory=dict)


@dataclass
class _Telling:
    """A large layer, a layer of shapes from all over it that tells what it is, and the dimensions that it has."""

    source: RawLayer
    layer: SourceLayer
    main: Family
    dimensions: set[int]


def _telling(source: RawLayer) -> _Telling | SourceLayer:
    """What tells of a large layer; the layer itself where it has to be read at once."""
    if not {"compound_code", "isolated", "how"} - set(source.columns):
        return source.whole()
    sample, dimensions = _surveyed(source)
    main = family_of(sample)
    if main is None:
        return source.whole()
    layer = SourceLayer(
        source.name,
        pd.DataFrame(columns=source.columns, index=range(len(sample))),
        sample,
        np.zeros(len(sample), dtype=bool),
        np.zeros(len(sample), dtype=bool),
        source.crs,
        source.said_by,
        source.encoding,
        source.format,
        datum=source.datum,
    )
    return _Telling(source, layer, main, dimensions)


def _understood(reader: Reader, telling: _Telling) -> _Large | None:
    """How a large layer is read in pieces; None where it has to be read at once."""
    source, layer, main = telling.source, telling.layer, telling.main
    assert layer.shapes is not None
    kinds = telling.dimensions
    present = [f for f in FAMILIES if DIMENSION[f] in kinds or (f == main and -1 in kinds)]
    before = list(reader.report.layers)
    dimension = shapely.get_dimensions(layer.shapes)
    groups = {f: reader.understood(layer, f, np.flatnonzero(dimension == DIMENSION[f])) for f in present}
    if any(group.target not in (None, *IN_PIECES) for group in groups.values()):
        reader.report.layers[:] = before
        return None
    for note in source.notes:
        reader.report.note(note)
    return _Large(source, main, groups, layer.shapes)


def _surveyed(source: RawLayer) -> tuple[npt.NDArray[np.object_], set[int]]:
    """Shapes from all over a layer, the outermost and some of every kind among them, and the dimensions there are."""
    step = source.count // _TELLING + 1
    kept, dimensions = [], set()
    for piece in source.pieces(shapes_only=True):
        if piece.shapes is None:
            return np.array([], dtype=object), set()
        dimension = shapely.get_dimensions(piece.shapes)
        boxes = shapely.bounds(piece.shapes)
        there = np.flatnonzero(np.isfinite(boxes).all(axis=1))
        telling = {*range(0, len(piece.shapes), step)}
        if len(there):
            telling |= {*there[np.argmin(boxes[there], axis=0)], *there[np.argmax(boxes[there], axis=0)]}
        telling |= {int(np.flatnonzero(dimension == kind)[0]) for kind in np.unique(dimension)}
        raised = np.flatnonzero(shapely.has_z(piece.shapes))[:1]
        kept.append(piece.shapes[sorted({*map(int, telling), *map(int, raised)})])
        dimensions |= set(np.unique(dimension).tolist())
    return np.concatenate(kept), dimensions


class _Pieces:
    """Large layers and the whole ones beside them, on their way into parts."""

    def __init__(self, reader: Reader, large: list[_Large], numbers: Numbers, staying: Staying | None) -> None:
        self.reader, self.report, self.large, self.numbers = reader, reader.report, large, numbers
        self.staying = staying
        self.codes = UniqueCodes(reader.report)
        targets = {group.target for one in large for group in one.groups.values() if group.target}
        tables = reader.together()
        self.small = {name: table for name, table in tables.items() if name not in targets}
        self.own = {name: tables[name] for name in DISTRICT_LAYERS if name in tables and name in targets}
        self.before = [name for name in DISTRICT_LAYERS if name in ("streets", "communities", "compounds")]
        self.households: list[pd.Series] = []
        self.loaded = sum(len(table) for table in tables.values())

    def parts(self) -> Iterator[Part]:
        """All parts; the large layers' pieces first."""
        for name in self.before:
            if name in self.small:
                self.small[name] = self.codes.once(name, self.small[name])
                self.codes.close(name)
        self.small = linked(self.small)
        work = self._derivation()
        entrances = _Entrances(work.tables["stairwells"]) if work and "stairwells" in work.tables else None
        for name, piece in self._taken():
            self.loaded += len(piece)
            for of, table in self._piece(name, piece, work, entrances):
                yield self._finished(of, table)
        if not self.loaded:
            raise self.reader.nothing()
        self.codes.close("buildings")
        for of, table in self._rest(work, entrances):
            yield self._finished(of, table)

    def _finished(self, name: str, table: gpd.GeoDataFrame) -> Part:
        count_derived(self.report, name, table)
        return name, typed(table, DISTRICT_LAYERS[name])

    def _taken(self) -> Iterator[Part]:
        yield from self.own.items()
        for target in IN_PIECES:
            for one in self.large:
                if any(group.target == target for group in one.groups.values()):
                    yield from self._taken_of(one, target)
        # what becomes nothing of ours is told all the same
        for one in self.large:
            if all(group.target is None for group in one.groups.values()):
                for _part in self._taken_of(one, None):
                    pass

    def _taken_of(self, one: _Large, target: str | None) -> Iterator[Part]:
        known = [group.target for group in one.groups.values() if group.target]
        for source in one.source.pieces():
            dimension = shapely.get_dimensions(source.shapes)
            for family, group in one.groups.items():
                if group.target != target and not (group.target is None and known and target == known[0]):
                    continue
                rows = dimension == DIMENSION[family]
                if family == one.main:
                    rows |= ~np.isin(dimension, list(DIMENSION.values()))
                if not rows.any():
                    continue
                table = self.reader.take(group, source, np.flatnonzero(rows), seen=one.seen.setdefault(family, set()))
                if table is not None and group.target is not None and len(table):
                    yield group.target, table

    def _derivation(self) -> Derivation | None:
        boxes = [
            table.total_bounds for table in [*self.small.values(), *self.own.values()] if table.geometry.notna().any()
        ]
        for one in self.large:
            for group in one.groups.values():
                if group.target is not None:
                    shapes = gpd.GeoDataFrame(geometry=gpd.GeoSeries(one.sample))
                    boxes.append(to_geographic(shapes, group.system).total_bounds)
        if not boxes:
            return None
        west, south = np.nanmin(np.array(boxes)[:, :2], axis=0)
        east, north = np.nanmax(np.array(boxes)[:, 2:], axis=0)
        if max(east - west, north - south) > WIDEST:
            self.report.note(Note("The file covers more than a district; nothing was derived from it."))
            return None
        try:
            areas = tiled(District(self.small), report=self.report, numbers=self.numbers, staying=self.staying)
            self.small = {name: areas[name] for name in self.small}
            return Derivation(areas, metric_crs((west, south, east, north)), numbers=self.numbers)
        except DataError as error:
            self.report.note(Note("Nothing was derived: {reason}", {"reason": error.note}))
            return None

    def _piece(
        self, name: str, table: gpd.GeoDataFrame, work: Derivation | None, entrances: _Entrances | None
    ) -> Iterator[Part]:
        parents = {parent: self.codes.of(parent) for parent in self.before}
        areas = {parent: self.small[parent] for parent in self.before if parent in self.small}
        table = linked({**areas, name: self.codes.once(name, table)}, parents)[name]
        if work is None or name != "buildings":
            yield name, table
            return
        table = work.buildings(table)
        yield name, table
        if entrances is not None:
            entrances.look_at(table)
            return
        none = work.metric["stairwells"]
        made = stairwells(table, none, numbers=self.numbers)
        if len(made):
            yield "stairwells", made.to_crs(GEOGRAPHIC)

    def _rest(self, work: Derivation | None, entrances: _Entrances | None) -> Iterator[Part]:
        tables = work.rest() if work is not None else dict(self.small)
        if entrances is not None:
            tables["stairwells"] = entrances.settled().set_geometry(self.small["stairwells"].geometry)
        later = {name: tables[name] for name in tables if name not in self.before}
        later = linked(self.codes.all_of(later), {"buildings": self.codes.of("buildings")})
        for name in DISTRICT_LAYERS:
            if name in later or (name in self.before and name in tables):
                yield name, later[name] if name in later else tables[name]


class _Entrances:
    """Stairwells that are known, while the buildings that they may belong to pass by."""

    def __init__(self, known: gpd.GeoDataFrame) -> None:
        self._known = known
        self._lost = known["building_code"].isna().to_numpy()
        self._codes = np.full(int(self._lost.sum()), None, dtype=object)
        self._distances = np.full(len(self._codes), np.inf)
        self._households: list[pd.Series] = []

    def look_at(self, buildings: gpd.GeoDataFrame) -> None:
        """Remember which of these buildings the stairwells stand at, and their households."""
        self._households.append(buildings.set_index("code")["households"])
        if len(self._codes):
            codes, distances = nearest_buildings(self._known[self._lost], buildings.to_crs(self._known.crs))
            nearer = distances < self._distances
            self._codes[nearer], self._distances[nearer] = codes[nearer], distances[nearer]

    def settled(self) -> gpd.GeoDataFrame:
        """The stairwells with their buildings and households."""
        table = self._known.copy()
        table.loc[self._lost, "building_code"] = self._codes
        table = marked(table, self._lost & table["building_code"].notna().to_numpy(), "building_code")
        return shared_out(table, pd.concat(self._households)) if self._households else table
