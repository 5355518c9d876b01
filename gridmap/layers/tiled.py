"""Streets and communities of a file made to tile: narrow overlaps and gaps closed, wider ones listed with their place.

Compounds and grids needn't tile, so theirs are listed only. A compound that lies in another is no overlap.
"""

from __future__ import annotations

from collections import defaultdict

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from gridmap.domain.district import District
from gridmap.domain.layers import DISTRICT_LAYERS, Layer
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.notes import Note
from gridmap.domain.numbers import Numbers
from gridmap.layers.coverage import Faults, Shapes, cleaned, overlaps
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
_NAMED = 3
"""So many of the faults that stay are named in the notes; the report has them all."""


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


def _cleaned_layer(
    table: gpd.GeoDataFrame, metric: Shapes, crs: object, *, layer: Layer, width: float
) -> tuple[gpd.GeoDataFrame, CoverageReport]:
    done = cleaned(metric, width=width)
    codes = table["code"].to_numpy()
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
        return table, entry
    for row in np.flatnonzero(done.changed):
        gained, lost = round(float(done.gained[row]), 4), round(float(done.lost[row]), 4)
        entry.changed.append({"code": str(codes[row]), "gained_m2": gained, "lost_m2": lost})
    shapes = table.geometry.to_numpy().copy()
    shapes[done.changed] = one_or_many(_moved_back(done.shapes[done.changed], metric, shapes, crs), layer)
    if done.overlaps_closed.all() and not shapely.coverage_is_valid(shapes):
        shapes = one_or_many(shapely.coverage_clean(shapes, snapping_distance=_ROUNDED), layer)  # type: ignore[attr-defined]
    return table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs)), entry


def _listed(metric: Shapes, codes: npt.NDArray[np.object_], crs: object, *, layer: Layer) -> CoverageReport:
    entry = CoverageReport(layer.name, None, areas=len(metric))
    entry.left = _entries("overlap", unnested(metric, overlaps(metric)), codes, crs)
    return entry


def tiled(district: District, *, report: Report, numbers: Numbers) -> District:
    """The district with narrow overlaps and gaps between its streets and between its communities closed.

    Parameters
    ----------
    district
        In EPSG:4326, of valid areas, each layer with its codes.
    report
        Gets what was closed, changed and left of each layer, in its `coverage` and in words.
    numbers
        `coverage_width_m` is how wide a fault may be to be closed.

    Returns
    -------
    District
        Areas that needed no change have the digits that they had.
    """
    names = [name for name in (*TILING, *APART) if len(district[name]) > 1]
    if not names:
        return district
    crs = district.metric_crs()
    exchanged = {}
    for name in names:
        layer, table = DISTRICT_LAYERS[name], district[name]
        shapes = table.geometry.to_crs(crs).to_numpy()
        if name in TILING:
            table, entry = _cleaned_layer(table, shapes, crs, layer=layer, width=numbers.coverage_width_m)
            if entry.changed:
                exchanged[name] = table
        else:
            entry = _listed(shapes, table["code"].to_numpy(), crs, layer=layer)
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
