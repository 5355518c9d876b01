"""Streets and communities of a file made to tile: narrow overlaps and gaps closed, wider ones listed with their place.

Compounds and grids needn't tile, so theirs are listed only. A compound that lies in another is no overlap. Where the
file comes beside areas that stay, its own give way to these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from gridmap.domain.district import District
from gridmap.domain.layers import DISTRICT_LAYERS, Layer
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.notes import Note
from gridmap.domain.numbers import Numbers
from gridmap.layers.beside import beside, mostly_in, uncovered
from gridmap.layers.coverage import Cleaned, Faults, Shapes, cleaned, joined, overlaps
from gridmap.layers.crs import Bounds
from gridmap.layers.repair import one_or_many
from gridmap.layers.report import CoverageReport, Fault, FaultKind, Report
from gridmap.layers.wkb import areas_of

TILING = ("streets", "communities")
"""Layers whose areas cover the district: neither overlap nor gap belongs there."""
APART = ("compounds", "grids")
"""Layers whose areas needn't cover anything, but never one another."""
_NESTED = 0.95
"""A compound with this share of itself in another lies in it, as a yard in a campus: no overlap; setting."""
_ROUNDED = 1e-9
"""Degrees (a tenth of a millimetre) within which points that moving back to degrees has parted are one again."""
_AROUND = 1e-3
"""Degrees (a hundred metres) round the areas of a file within which others are beside them; setting."""
_PARENT = ("communities", "streets")
"""The layer that covers the outlines of another; no outline of the whole district is kept."""
_NAMED = 3
"""So many of the faults that stay are named in the notes; the report has them all."""


class Staying(Protocol):
    """Areas that stay beside those of a file."""

    def areas(self, layer: str, bounds: Bounds, *, but: Collection[str]) -> gpd.GeoDataFrame:
        """Codes and valid areas of a layer in EPSG:4326 that touch a box in degrees, but for those of these codes."""
        ...


@dataclass(frozen=True)
class _Beside:
    """Areas that stay: their codes, and their shapes in metres and in degrees."""

    codes: npt.NDArray[np.object_]
    metric: Shapes
    degrees: Shapes

    def __len__(self) -> int:
        return len(self.codes)


def _none() -> _Beside:
    nothing = np.array([], dtype=object)
    return _Beside(nothing, nothing, nothing)


def by_pair(faults: Faults) -> list[tuple[tuple[int, ...], npt.NDArray[np.int64]]]:
    """The overlaps of the same two areas together: their numbers, and which pieces, the largest first."""
    pieces: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for at, pair in enumerate(faults.between):
        pieces[pair].append(at)
    return [(pair, np.array(sorted(found, key=lambda at: -faults.areas[at]))) for pair, found in pieces.items()]


def unnested(shapes: Shapes, faults: Faults) -> Faults:
    """Overlaps without those of areas that lie in one another."""
    if not len(faults):
        return faults
    areas, sums = shapely.area(shapes), {pair: faults.areas[at].sum() for pair, at in by_pair(faults)}
    within = [sums[pair] >= _NESTED * areas[list(pair)].min() for pair in faults.between]
    return faults.where(~np.array(within, dtype=bool))


def _entries(kind: FaultKind, faults: Faults, codes: npt.NDArray[np.object_], crs: object) -> list[Fault]:
    """Faults as the report has them: an overlap a pair, a gap by itself, the largest first."""
    groups = by_pair(faults) if kind == "overlap" else [(b, np.array([at])) for at, b in enumerate(faults.between)]
    if not groups:
        return []
    largest = np.array([at[0] for _, at in groups])
    places = gpd.GeoSeries(shapely.point_on_surface(faults.shapes[largest]), crs=crs).to_crs(GEOGRAPHIC)
    found = [
        Fault(
            kind=kind,
            area_m2=round(float(faults.areas[at].sum()), 4),
            width_m=round(float(faults.widths[at].max()), 2),
            lon=round(place.x, 7),
            lat=round(place.y, 7),
            codes=tuple(str(codes[number]) for number in between),
        )
        for (between, at), place in zip(groups, places, strict=True)
    ]
    return sorted(found, key=lambda one: -one.area_m2)


def _moved_back(made: Shapes, metric: Shapes, degrees: Shapes, crs: object) -> Shapes:
    """Areas in degrees, in which every corner that was there before has its own digits again."""
    corners, own = shapely.get_coordinates(metric), shapely.get_coordinates(degrees)
    wanted = shapely.get_coordinates(made)
    known, first = np.unique(corners[:, 0] + 1j * corners[:, 1], return_index=True)
    keys = wanted[:, 0] + 1j * wanted[:, 1]
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    there = known[at] == keys
    back = shapely.get_coordinates(gpd.GeoSeries(made, crs=crs).to_crs(GEOGRAPHIC).to_numpy())
    back[there] = own[first[at[there]]]
    shapes = shapely.set_coordinates(made.copy(), back)
    bad = ~shapely.is_valid(shapes)
    shapes[bad] = [areas_of(shape) for shape in shapely.make_valid(shapes[bad])]
    return shapes


def _fitted(done: Cleaned, metric: Shapes, there: _Beside, *, width: float) -> Cleaned:
    """Areas that are clean among themselves, made to fit those that stay; what is said of both steps together."""
    if not len(there):
        return done
    fit = beside(done.shapes, there.metric, width=width)
    filled = mostly_in(done.gaps.shapes, there.metric) & ~done.gaps_closed  # what stays lies there: it is no gap
    changed = done.changed | fit.changed
    gained, lost = np.zeros(len(metric)), np.zeros(len(metric))
    gained[changed] = shapely.area(shapely.difference(fit.shapes[changed], metric[changed]))
    lost[changed] = shapely.area(shapely.difference(metric[changed], fit.shapes[changed]))
    return Cleaned(
        fit.shapes,
        changed,
        joined(done.overlaps, fit.overlaps),
        joined(done.gaps.where(~filled), fit.gaps),
        np.concatenate([done.overlaps_closed, fit.overlaps_closed]),
        np.concatenate([done.gaps_closed[~filled], fit.gaps_closed]),
        gained,
        lost,
    )


def _cleaned_layer(
    table: gpd.GeoDataFrame, metric: Shapes, there: _Beside, crs: object, *, layer: Layer, width: float
) -> tuple[gpd.GeoDataFrame, Shapes, CoverageReport]:
    """The table cleaned, its areas in metres, and what is to be said of them."""
    done = _fitted(cleaned(metric, width=width), metric, there, width=width)
    codes = np.concatenate([table["code"].to_numpy(), there.codes])
    entry = CoverageReport(layer.name, width, areas=len(table))
    entry.closed = [
        *_entries("overlap", done.overlaps.where(done.overlaps_closed), codes, crs),
        *_entries("gap", done.gaps.where(done.gaps_closed), codes, crs),
    ]
    entry.left = [
        *_entries("overlap", done.overlaps.where(~done.overlaps_closed), codes, crs),
        *_entries("gap", done.gaps.where(~done.gaps_closed), codes, crs),
    ]
    if not done.changed.any():
        return table, metric, entry
    for row in np.flatnonzero(done.changed):
        gained, lost = round(float(done.gained[row]), 4), round(float(done.lost[row]), 4)
        entry.changed.append({"code": str(codes[row]), "gained_m2": gained, "lost_m2": lost})
    shapes = table.geometry.to_numpy().copy()
    known = np.concatenate([metric, there.metric]), np.concatenate([shapes, there.degrees])
    shapes[done.changed] = one_or_many(_moved_back(done.shapes[done.changed], *known, crs), layer)
    if done.overlaps_closed.all() and not shapely.coverage_is_valid(shapes):
        shapes = one_or_many(shapely.coverage_clean(shapes, snapping_distance=_ROUNDED), layer)  # type: ignore[attr-defined]
    table = table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs))
    return table, done.shapes, entry


def _listed(
    metric: Shapes, codes: npt.NDArray[np.object_], there: _Beside, crs: object, *, layer: Layer, least: float
) -> CoverageReport:
    entry = CoverageReport(layer.name, None, areas=len(metric))
    whole = np.concatenate([metric, there.metric])
    found = overlaps(whole, least=least)
    found = found.where(np.array([min(of) < len(metric) for of in found.between], dtype=bool))
    entry.left = _entries("overlap", unnested(whole, found), np.concatenate([codes, there.codes]), crs)
    return entry


def _that_stay(
    staying: Staying | None, table: gpd.GeoDataFrame, name: str, crs: object, bounds: Bounds | None = None
) -> _Beside:
    """The areas of a layer that stay near those of a table, or within bounds."""
    if staying is None:
        return _none()
    if bounds is None:
        west, south, east, north = table.total_bounds
        bounds = (west - _AROUND, south - _AROUND, east + _AROUND, north + _AROUND)
    found = staying.areas(name, bounds, but=set(table["code"]))
    return _Beside(found["code"].to_numpy(), found.geometry.to_crs(crs).to_numpy(), found.geometry.to_numpy())


def _uncovered(
    district: District, metric: Shapes, staying: Staying | None, crs: object, *, left: list[Fault], width: float
) -> list[Fault]:
    """What of the streets lies in no community; but for gaps that are listed already."""
    name, above = _PARENT
    table, streets = district[name], district[above]
    beyond = _that_stay(staying, streets, above, crs, _bounds(table)) if staying else _none()
    outlines = np.concatenate([streets.geometry.to_crs(crs).to_numpy(), beyond.metric])
    if not len(outlines):
        return []
    codes = np.concatenate([streets["code"].to_numpy(), beyond.codes])
    touched = np.unique(shapely.STRtree(metric).query(outlines, predicate="intersects")[0])
    outlines, codes = outlines[touched], codes[touched]
    whole = np.concatenate([metric, _that_stay(staying, table, name, crs, _bounds_of(outlines, crs)).metric])
    found = uncovered(outlines, whole, width=width)
    listed = gpd.GeoSeries([shapely.Point(one.lon, one.lat) for one in left if one.kind == "gap"], crs=GEOGRAPHIC)
    told = shapely.STRtree(found.shapes).query(listed.to_crs(crs).to_numpy(), predicate="within")[1]
    return _entries("uncovered", found.where(~np.isin(np.arange(len(found)), told)), codes, crs)


def _bounds(table: gpd.GeoDataFrame) -> Bounds:
    west, south, east, north = table.total_bounds
    return (float(west), float(south), float(east), float(north))


def _bounds_of(shapes: Shapes, crs: object) -> Bounds:
    return _bounds(gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes, crs=crs)).to_crs(GEOGRAPHIC))


def tiled(district: District, *, report: Report, numbers: Numbers, staying: Staying | None = None) -> District:
    """The district with narrow overlaps and gaps between its streets and between its communities closed.

    Parameters
    ----------
    district
        In EPSG:4326, of valid areas, each layer with its codes.
    report
        Gets what was closed, changed and left of each layer, in its `coverage` and in words.
    numbers
        `coverage_width_m` is how wide a fault may be to be closed, `finding_area_m2` from which size on overlaps of
        compounds and grids are listed.
    staying
        The areas that stay beside these, which are never changed; None where nothing stays.

    Returns
    -------
    District
        Areas that needed no change have the digits that they had.
    """
    names = [name for name in (*TILING, *APART) if len(district[name])]
    if not names:
        return district
    crs, width = district.metric_crs(), numbers.coverage_width_m
    exchanged = {}
    for name in names:
        layer, table = DISTRICT_LAYERS[name], district[name]
        shapes, there = table.geometry.to_crs(crs).to_numpy(), _that_stay(staying, table, name, crs)
        if len(table) + len(there) < 2 and name != _PARENT[0]:  # a fault is between two
            continue
        if name in TILING:
            table, shapes, entry = _cleaned_layer(table, shapes, there, crs, layer=layer, width=width)
            if entry.changed:
                exchanged[name] = table
        else:
            codes = table["code"].to_numpy()
            entry = _listed(shapes, codes, there, crs, layer=layer, least=numbers.finding_area_m2)
        if name == _PARENT[0]:
            district = district.with_tables(**exchanged)
            entry.left += _uncovered(district, shapes, staying, crs, left=entry.left, width=width)
        report.coverage.append(entry)
        _say(entry, report)
    return district.with_tables(**exchanged) if exchanged else district


def _say(entry: CoverageReport, report: Report) -> None:
    """What was closed and what is left, in sentences."""
    if entry.changed:
        told = {
            "layer": entry.layer,
            "areas": f"{len(entry.changed):,}",
            "width": f"{entry.width_m:g}",
            **{name: f"{value:,}" for name, value in entry.sums().items()},
        }
        report.note(
            Note(
                "{layer}: {overlaps_closed} overlaps ({overlap_m2} m²) and {gaps_closed} gaps ({gap_m2} m²) of at most "
                "{width} m were closed; {areas} areas changed.",
                told,
            )
        )
    for fault in entry.left[:_NAMED]:
        report.note(_left(entry, fault))
    if len(entry.left) > _NAMED:
        more = {"layer": entry.layer, "more": f"{len(entry.left) - _NAMED:,}"}
        report.note(Note("{layer}: {more} more overlaps and gaps are left; the report lists them.", more))


def _left(entry: CoverageReport, fault: Fault) -> Note:
    where = {
        "layer": entry.layer,
        "area": f"{fault.area_m2:,.1f}",
        "lon": f"{fault.lon:.6f}",
        "lat": f"{fault.lat:.6f}",
    }
    if fault.kind == "uncovered":
        return Note(
            "{layer}: {area} m² of {code} at {lon}, {lat} lie in none of them; left as it is.",
            {**where, "code": fault.codes[0]},
        )
    if fault.kind == "overlap":
        one, two = fault.codes
        return Note(
            "{layer}: {one} and {two} overlap by {area} m² at {lon}, {lat}; left as it is.",
            {**where, "one": one, "two": two},
        )
    return Note(
        "{layer}: a gap of {area} m² at {lon}, {lat} between {codes}; left as it is.",
        {**where, "codes": ", ".join(fault.codes[:4]) + (" …" if len(fault.codes) > 4 else "")},
    )
