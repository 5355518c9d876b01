"""Shapes made fit for their layer, one by one: valid, flat, of one kind; what can't be mended is rejected in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from gridmap.domain.errors import DataError
from gridmap.domain.layers import Layer
from gridmap.domain.metric import GEOGRAPHIC, metric_crs
from gridmap.layers.wkb import areas_of

Family = Literal["point", "line", "polygon"]
_IDS: dict[Family, tuple[int, int]] = {"point": (0, 4), "line": (1, 5), "polygon": (3, 6)}
_KIND_NAMES = ("a point", "a line", "a line", "an area", "points", "lines", "areas", "a mixture")


@dataclass(frozen=True)
class Repaired:
    """Shapes after repair, which are `rejected`, and `reasons`: what was done or why not, None where all was well."""

    shapes: npt.NDArray[Any]
    rejected: npt.NDArray[np.bool_]
    reasons: npt.NDArray[Any]

    @property
    def mended(self) -> npt.NDArray[np.bool_]:
        """Where something was repaired."""
        return np.array([reason is not None for reason in self.reasons], dtype=bool) & ~self.rejected


def family_of(shapes: npt.NDArray[Any]) -> Family | None:
    """The kind that most of the shapes are of; None where there are none."""
    ids = shapely.get_type_id(shapes)
    counts: dict[Family, int] = {family: int(np.isin(ids, pair).sum()) for family, pair in _IDS.items()}
    counts["line"] += int((ids == 2).sum())
    best = max(counts, key=lambda family: counts[family])
    if counts[best]:
        return best
    mixed = shapes[ids == 7]
    return family_of(shapely.get_parts(mixed)) if len(mixed) and len(shapely.get_parts(mixed)) else None


def square_metres(shapes: npt.NDArray[Any], crs: Any) -> npt.NDArray[np.float64]:
    """Areas in square metres; in the system's own units squared where the system isn't known."""
    series = gpd.GeoSeries(shapes, crs=crs)
    if series.crs is None or not series.crs.is_geographic:
        return series.area.to_numpy()
    degrees = series.to_crs(GEOGRAPHIC)
    bounds = degrees.total_bounds
    try:
        return degrees.to_crs(metric_crs(tuple(bounds))).area.to_numpy()
    except DataError:
        return np.full(len(shapes), np.nan)


class _Work:
    """Shapes on their way through the steps, with the reasons gathered so far."""

    def __init__(self, shapes: npt.NDArray[Any]) -> None:
        self.shapes = shapes.copy()
        self.rejected = np.zeros(len(shapes), dtype=bool)
        self.reasons: npt.NDArray[Any] = np.full(len(shapes), None, dtype=object)

    def reject(self, rows: npt.ArrayLike, reason: str) -> None:
        where = np.asarray(rows, dtype=bool)
        where = where & ~self.rejected
        self.rejected |= where
        self.reasons[where] = reason
        self.shapes[where] = None

    def say(self, row: int, reason: str) -> None:
        self.reasons[row] = reason if self.reasons[row] is None else f"{self.reasons[row]}; {reason}"


def _of_kind(work: _Work, family: Family) -> None:
    ids = shapely.get_type_id(work.shapes)
    for row in np.flatnonzero(ids == 7):
        parts = shapely.get_parts(work.shapes[row])
        kept = parts[np.isin(shapely.get_type_id(parts), (*_IDS[family], 2 if family == "line" else -1))]
        if len(kept):
            single = shapely.get_parts(kept)
            work.shapes[row] = _joined(single, family)
            work.say(int(row), f"of a mixture of shapes only the {family}s were kept")
    rings = shapely.get_type_id(work.shapes) == 2
    if rings.any() and family == "line":
        xy, owner = shapely.get_coordinates(work.shapes[rings], return_index=True)
        work.shapes[rings] = shapely.linestrings(xy, indices=owner)
    ids = shapely.get_type_id(work.shapes)
    for kind in np.unique(ids):
        if kind >= 0 and kind not in _IDS[family]:
            name = _KIND_NAMES[int(kind)]
            work.reject(ids == kind, f"it is {name}, and the layer holds {family}s")


def _joined(parts: npt.NDArray[Any], family: Family) -> Any:
    if len(parts) == 1:
        return parts[0]
    if family == "point":
        return shapely.multipoints(parts)
    return shapely.multilinestrings(parts) if family == "line" else shapely.multipolygons(parts)


def _valid_areas(work: _Work, crs: Any) -> None:
    bad = np.flatnonzero(~shapely.is_valid(work.shapes) & ~shapely.is_missing(work.shapes))
    if not len(bad):
        return
    before = work.shapes[bad]
    why = [str(reason).split("[", maxsplit=1)[0].lower() for reason in shapely.is_valid_reason(before)]
    made = shapely.make_valid(before, method="structure", keep_collapsed=False)
    after = np.array([areas_of(shape) for shape in made], dtype=object)
    old, new = square_metres(before, crs), square_metres(after, crs)
    unit = "m²"
    for row, shape, reason, was, now in zip(bad, after, why, old, new, strict=True):
        if shape.is_empty or shape.area == 0:
            work.reject(np.arange(len(work.shapes)) == row, f"it has no area ({reason})")
            continue
        work.shapes[row] = shape
        change = now - was
        work.say(int(row), f"{reason} mended; area {was:,.1f} {unit} became {now:,.1f} {unit} ({change:+,.1f})")


def repair(
    shapes: npt.NDArray[Any],
    family: Family,
    *,
    crs: Any,
    broken: npt.NDArray[np.bool_] | None = None,
    mended: npt.NDArray[np.bool_] | None = None,
) -> Repaired:
    """Make shapes fit for a layer of one kind.

    Parameters
    ----------
    shapes
        As they were read; None where there is none.
    family
        What the layer holds.
    crs
        Their coordinate system, for areas in square metres; None where it isn't known.
    broken, mended
        What the reader couldn't make a shape of, and where it had to close a ring.

    Returns
    -------
    Repaired
        Every shape valid, in two dimensions, not empty and of the family, or rejected with its reason.
    """
    work = _Work(shapes)
    if broken is not None:
        work.reject(broken, "its geometry is damaged: a ring of fewer than 4 points, or numbers that don't fit")
    work.reject(shapely.is_missing(work.shapes), "it has no geometry")
    work.reject(shapely.is_empty(work.shapes), "its geometry is empty")
    work.shapes = shapely.force_2d(work.shapes)
    boxes = shapely.bounds(work.shapes)
    work.reject(~np.isfinite(boxes).all(axis=1), "its coordinates are not numbers")
    _of_kind(work, family)
    if mended is not None:
        for row in np.flatnonzero(mended & ~work.rejected):
            work.say(int(row), "an unclosed ring was closed, or a surface of patches made flat")
    if family == "polygon":
        _valid_areas(work, crs)
        work.reject((shapely.area(work.shapes) == 0) & ~shapely.is_missing(work.shapes), "it has no area")
    if family == "line":
        work.reject((shapely.length(work.shapes) == 0) & ~shapely.is_missing(work.shapes), "it has no length")
    return Repaired(work.shapes, work.rejected, work.reasons)


def one_or_many(shapes: npt.NDArray[Any], layer: Layer) -> npt.NDArray[Any]:
    """The shapes as the layer asks: each polygon a multipolygon where it holds these, else a multiple of one alone."""
    shapes = shapes.copy()
    kinds = shapely.get_type_id(shapes)
    if layer.geometry == "multipolygon":
        single = kinds == shapely.GeometryType.POLYGON
        shapes[single] = shapely.multipolygons(shapes[single], indices=np.arange(single.sum()))
    else:
        alone = (kinds >= shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1)
        shapes[alone] = shapely.get_geometry(shapes[alone], 0)
    return shapes
