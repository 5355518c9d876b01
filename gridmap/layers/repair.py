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
from gridmap.domain.notes import Note, joined
from gridmap.layers.spikes import without_repeated, without_spikes
from gridmap.layers.wkb import areas_of

Family = Literal["point", "line", "polygon"]
_IDS: dict[Family, tuple[int, int]] = {"point": (0, 4), "line": (1, 5), "polygon": (3, 6)}
FAMILY_WORDS: dict[Family, Note] = {
    "point": Note("point shapes"),
    "line": Note("line shapes"),
    "polygon": Note("area shapes"),
}
"""What a layer holds."""
NO_GEOMETRY = Note("it has no geometry", code="no_geometry")
_KIND_WORDS = (
    *(Note("a point"), Note("a line"), Note("a line"), Note("an area")),
    *(Note("several points"), Note("several lines"), Note("several areas"), Note("a mixture of shapes")),
)
"""What a shape is, by GEOS's number of its type."""
_INVALID = {
    "self-intersection": Note("its boundary crosses itself"),
    "ring self-intersection": Note("a ring touches or crosses itself"),
    "hole lies outside shell": Note("a hole lies outside of it"),
    "holes are nested": Note("a hole lies inside another"),
    "nested shells": Note("one of its parts lies inside another"),
    "duplicate rings": Note("a ring is there twice"),
    "interior is disconnected": Note("holes cut it in pieces"),
    "too few points in geometry component": Note("a ring has too few points"),
}
"""What GEOS finds wrong with an area, by its own words."""


@dataclass(frozen=True)
class Repaired:
    """Shapes after repair, which are `rejected`, and `reasons`: a note of what was done or why not, None where all was
    well.
    """

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

    def reject(self, rows: npt.ArrayLike, reason: Note) -> None:
        where = np.asarray(rows, dtype=bool)
        where = where & ~self.rejected
        self.rejected |= where
        self.reasons[where] = reason
        self.shapes[where] = None

    def say(self, row: int, reason: Note) -> None:
        self.reasons[row] = reason if self.reasons[row] is None else joined(self.reasons[row], reason)


def _of_kind(work: _Work, family: Family) -> None:
    ids = shapely.get_type_id(work.shapes)
    for row in np.flatnonzero(ids == 7):
        parts = _unnested(work.shapes[row])
        kept = parts[np.isin(shapely.get_type_id(parts), (*_IDS[family], 2 if family == "line" else -1))]
        if len(kept):
            single = shapely.get_parts(kept)
            work.shapes[row] = _joined(single, family)
            kept_only = Note(
                "of a mixture of shapes only the {kind} were kept", {"kind": FAMILY_WORDS[family]}, code="mixture"
            )
            work.say(int(row), kept_only)
    rings = shapely.get_type_id(work.shapes) == 2
    if rings.any() and family == "line":
        xy, owner = shapely.get_coordinates(work.shapes[rings], return_index=True)
        work.shapes[rings] = shapely.linestrings(xy, indices=owner)
    ids = shapely.get_type_id(work.shapes)
    for kind in np.unique(ids):
        if kind >= 0 and kind not in _IDS[family]:
            kinds = {"kind": _KIND_WORDS[int(kind)], "wanted": FAMILY_WORDS[family]}
            work.reject(ids == kind, Note("it is {kind}, and the layer holds {wanted}", kinds, code="wrong_kind"))


def _unnested(shape: Any) -> npt.NDArray[Any]:
    """The shapes in a collection, and in the collections in it."""
    parts = shapely.get_parts(shape)
    while (nested := shapely.get_type_id(parts) == shapely.GeometryType.GEOMETRYCOLLECTION).any():
        parts = np.concatenate([parts[~nested], shapely.get_parts(parts[nested])])
    return parts


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
    why = [_fault(str(reason)) for reason in shapely.is_valid_reason(before)]
    made = shapely.make_valid(before, method="structure", keep_collapsed=False)
    # GEOS leaves parts of some shapes side by side with an edge in common, which isn't valid; then they are one
    made = shapely.make_valid(made, method="structure", keep_collapsed=False)
    after = np.array([areas_of(shape) for shape in made], dtype=object)
    old, new = square_metres(before, crs), square_metres(after, crs)
    for row, shape, reason, was, now in zip(bad, after, why, old, new, strict=True):
        if shape.is_empty or shape.area == 0:
            nothing = Note("it has no area ({fault})", {"fault": reason}, code="no_area")
            work.reject(np.arange(len(work.shapes)) == row, nothing)
            continue
        work.shapes[row] = shape
        areas = {"was": f"{was:,.1f}", "now": f"{now:,.1f}", "change": f"{now - was:+,.1f}"}
        mended = Note(
            "{fault}, mended; area {was} m² became {now} m² ({change})", {"fault": reason, **areas}, code="invalid"
        )
        work.say(int(row), mended)


def _fault(reason: str) -> Note:
    """What is wrong with an area, in our words where GEOS's are known."""
    words = reason.split("[", maxsplit=1)[0].strip()
    return _INVALID.get(words.lower(), Note("{words}", {"words": words}))


def _valid_lines(work: _Work) -> None:
    """Parts of no length taken out of lines of several parts; a line of none but these is rejected later."""
    for row in np.flatnonzero(~shapely.is_valid(work.shapes) & ~shapely.is_missing(work.shapes)):
        parts = shapely.get_parts(work.shapes[row])
        kept = parts[shapely.length(parts) > 0]
        if len(kept):
            work.shapes[row] = _joined(kept, "line")
            gone = {"count": len(parts) - len(kept)}
            work.say(int(row), Note("{count} parts of no length were taken out", gone, code="no_length"))


def _smoothed(work: _Work, family: Family, crs: Any) -> None:
    """Points that stand twice and spikes taken out."""
    if family == "point":
        return
    work.shapes, gone = without_repeated(work.shapes)
    for row in np.flatnonzero(gone > 0):
        twice = Note("{count} points that stood twice were taken out", {"count": int(gone[row])}, code="points_twice")
        work.say(int(row), twice)
    if family == "polygon":
        work.shapes, gone = without_spikes(work.shapes, crs)
        for row in np.flatnonzero(gone):
            work.say(int(row), Note("{count} spikes were taken off", {"count": int(gone[row])}, code="spikes"))


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
        damaged = Note(
            "its geometry is damaged: a ring of fewer than 4 points, or numbers that don't fit", code="damaged"
        )
        work.reject(broken, damaged)
    work.reject(shapely.is_missing(work.shapes), NO_GEOMETRY)
    work.reject(shapely.is_empty(work.shapes), Note("its geometry is empty", code="empty"))
    if shapely.has_z(work.shapes).any() or shapely.has_m(work.shapes).any():
        work.shapes = shapely.force_2d(work.shapes)
    boxes = shapely.bounds(work.shapes)
    work.reject(~np.isfinite(boxes).all(axis=1), Note("its coordinates are not numbers", code="not_numbers"))
    _of_kind(work, family)
    if mended is not None:
        for row in np.flatnonzero(mended & ~work.rejected):
            work.say(
                int(row), Note("an unclosed ring was closed, or a surface of patches made flat", code="ring_closed")
            )
    if family == "polygon":
        _valid_areas(work, crs)
        flat = (shapely.area(work.shapes) == 0) & ~shapely.is_missing(work.shapes)
        work.reject(flat, Note("it has no area", code="no_area"))
    if family == "line":
        _valid_lines(work)
    _smoothed(work, family, crs)
    if family == "line":
        short = (shapely.length(work.shapes) == 0) & ~shapely.is_missing(work.shapes)
        work.reject(short, Note("it has no length", code="no_length"))
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
