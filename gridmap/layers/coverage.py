"""Areas that tile: where two of them overlap or have a gap between them, and narrow faults of both kinds closed.

Arrays of areas in metres in and out. How wide a fault is, is the diameter of the largest circle inside it: a sliver is
narrow however long it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gridmap.layers.wkb import areas_of

Shapes = npt.NDArray[np.object_]

LEAST_M2 = 1e-6
"""Faults smaller than this are the rounding of numbers."""
_TOUCHING_M = 0.01
_WIDTH_M = 0.01
"""How exactly widths are measured; in faults that are kilometres long to a thousandth of the length."""
_LONG = 88.0
"""Outline² over area of a rectangle twenty times as long as wide is so much; setting."""
_ONE_SIDE, _SIDES = 0.6, 0.8
"""Shares of a channel's outline: one area has no more than a side of it, and all of them more than its sides; setting.
"""
_THIN_M = 0.05
"""Open at an end and thinner than this on average, a gap is the rounding of coordinates; setting."""
_SAME_M = 1e-3
"""The middle of a gap that is thinner than this lies in no area, nor outside of all."""
_APART_M2 = 1e-3
"""What setting an overlap apart changes by rounding alone; setting."""
MOST_LOST = 0.5
"""An area that would lose a greater share of itself is no neighbour with a careless boundary: it is left alone."""


@dataclass(frozen=True)
class Faults:
    """Overlaps or gaps, each an area: `shapes` in metres, `areas` in m², `widths` in metres.

    `between` holds for each the numbers of the areas that it lies between: two for an overlap, for a gap all that
    have a border with it, the longest first.
    """

    shapes: Shapes
    areas: npt.NDArray[np.float64]
    widths: npt.NDArray[np.float64]
    between: list[tuple[int, ...]]

    @classmethod
    def of(cls, shapes: Sequence[object] | Shapes, between: list[tuple[int, ...]]) -> Faults:
        """Faults of these shapes, measured."""
        array = _array(list(shapes))
        return cls(array, shapely.area(array), widths(array), between)

    def __len__(self) -> int:
        return len(self.shapes)

    def where(self, keep: npt.NDArray[np.bool_]) -> Faults:
        """Those that are chosen."""
        between = [pair for pair, chosen in zip(self.between, keep, strict=True) if chosen]
        return Faults(self.shapes[keep], self.areas[keep], self.widths[keep], between)


@dataclass(frozen=True)
class Cleaned:
    """Areas after cleaning, in metres: `changed` says which got another shape, the others are the same objects.

    `overlaps` and `gaps` are those that were there before; `overlaps_closed` and `gaps_closed` say which of them are
    not there any more. `gained` and `lost`: m² of each area.
    """

    shapes: Shapes
    changed: npt.NDArray[np.bool_]
    overlaps: Faults
    gaps: Faults
    overlaps_closed: npt.NDArray[np.bool_]
    gaps_closed: npt.NDArray[np.bool_]
    gained: npt.NDArray[np.float64]
    lost: npt.NDArray[np.float64]


def _array(shapes: list[object]) -> Shapes:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array


def _circles(shapes: Shapes) -> Shapes:
    """A line from the middle of the largest circle in each area to its edge."""
    if not len(shapes):
        return shapes
    boxes = shapely.bounds(shapes)
    sides = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    return shapely.maximum_inscribed_circle(shapes, tolerance=np.maximum(sides / 1000, _WIDTH_M))


def widths(shapes: Shapes) -> npt.NDArray[np.float64]:
    """The diameter of the largest circle inside each area, in metres."""
    return 2 * shapely.length(_circles(shapes))


def overlaps(shapes: Shapes, *, least: float | None = None) -> Faults:
    """Where two areas lie on one another, each piece by itself.

    Parameters
    ----------
    shapes
        Valid areas in metres.
    least
        m² from which a piece counts; `LEAST_M2` by default.

    Returns
    -------
    Faults
        Each piece by itself; three areas on one another give three pieces.
    """
    least = LEAST_M2 if least is None else least
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, two = one[one < two], two[one < two]
    common = shapely.intersection(shapes[one], shapes[two])
    real = shapely.area(common) >= least
    one, two, common = one[real], two[real], common[real]
    pieces, pair = shapely.get_parts(_array([areas_of(shape) for shape in common]), return_index=True)
    large = shapely.area(pieces) >= least
    pieces, pair = pieces[large], pair[large]
    return Faults.of(pieces, [(int(one[p]), int(two[p])) for p in pair])


def gaps(shapes: Shapes) -> Faults:
    """What several areas enclose and none of them covers.

    Parameters
    ----------
    shapes
        Valid areas in metres.

    Returns
    -------
    Faults
        From `LEAST_M2` on. A hole in one area that nothing else touches is that area's own and no gap.
    """
    parts = shapely.get_parts(shapely.union_all(shapes))
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    rings = shapely.get_rings(parts)
    if not len(rings):
        return Faults.of([], [])
    counts = shapely.get_num_interior_rings(parts) + 1
    inner = np.ones(len(rings), dtype=bool)
    inner[np.cumsum(counts) - counts] = False
    holes = _array([shapely.Polygon(ring) for ring in rings[inner]])
    holes = holes[shapely.area(holes) >= LEAST_M2]
    if not len(holes):
        return Faults.of([], [])
    tree = shapely.STRtree(shapes)
    between = [_sides(_borders(hole, shapes, tree)) for hole in holes]
    several = np.array([len(around) > 1 for around in between], dtype=bool)
    return Faults.of(holes[several], [around for around in between if len(around) > 1])


def _sides(borders: dict[int, float]) -> tuple[int, ...]:
    """The areas that have more than a corner at a piece, the one with the longest border first."""
    real = [one for one, length in borders.items() if length > 4 * _TOUCHING_M]
    return tuple(sorted(real if len(real) > 1 else borders, key=lambda one: (-borders[one], one)))


def channels(shapes: Shapes, *, width: float) -> Faults:
    """Narrow gaps between two areas that are open at an end, so that nothing encloses them.

    Parameters
    ----------
    shapes
        Valid areas in metres.
    width
        How wide they are at most, in metres. They are long beside it, with other areas on either side: a bay of one
        area's coast is none.
    """
    edges = shapely.coverage_invalid_edges(shapes, gap_width=width)
    near = ~shapely.is_empty(edges)
    if near.sum() < 2:  # a gap is between two
        return Faults.of([], [])
    bands = shapely.union_all(shapely.buffer(edges[near], 2 * width, quad_segs=1))
    whole = shapely.union_all(shapely.intersection(shapes[near], bands))
    filled = shapely.buffer(shapely.buffer(whole, width / 2, join_style="mitre"), -width / 2, join_style="mitre")
    pieces = shapely.get_parts(shapely.difference(filled, whole))
    pieces = pieces[shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON]
    pieces = _without(pieces[_is_sliver(pieces)], shapes)
    tree = shapely.STRtree(shapes)
    borders = [_borders(piece, shapes, tree) for piece in pieces]
    between = [_sides(sides) for sides in borders]
    shared = [
        len(of) > 1
        and sides[of[0]] <= _ONE_SIDE * shapely.length(piece)
        and sum(sides.values()) >= _SIDES * shapely.length(piece)
        for of, sides, piece in zip(between, borders, pieces, strict=True)
    ]
    found = Faults.of(pieces, between)
    return found.where(np.array(shared, dtype=bool) & (found.widths <= width * (1 + 1e-6)))


def _is_sliver(pieces: Shapes) -> npt.NDArray[np.bool_]:
    """Long beside its width, and not so thin that it is the rounding of a buffer."""
    areas, around = shapely.area(pieces), shapely.length(pieces)
    return (areas >= LEAST_M2) & (around**2 >= _LONG * areas) & (2 * areas >= _THIN_M * around)


def _without(pieces: Shapes, shapes: Shapes) -> Shapes:
    """The pieces less what areas cover."""
    at, area = shapely.STRtree(shapes).query(pieces, predicate="intersects")
    cut = pieces.copy()
    for piece in np.unique(at):
        covers = shapely.union_all(_nearby(shapes[area[at == piece]], pieces[piece]))
        cut[piece] = areas_of(shapely.difference(pieces[piece], covers))
    parts = shapely.get_parts(cut)
    return parts[_is_sliver(parts)]


def _borders(piece: Any, shapes: Shapes, tree: shapely.STRtree) -> dict[int, float]:
    """How much of a piece's outline each area has as its border, in metres."""
    around = tree.query(piece, predicate="dwithin", distance=_TOUCHING_M)
    bands = shapely.buffer(_nearby(shapes[around], piece), _TOUCHING_M)
    lengths = shapely.length(shapely.intersection(bands, shapely.boundary(piece)))
    return dict(zip(around.tolist(), lengths.tolist(), strict=True))


def _nearby(shapes: Shapes, piece: Any) -> Shapes:
    """What of the areas lies round a piece; all of a large area is slow to work with."""
    west, south, east, north = shapely.bounds(piece)
    return shapely.make_valid(shapely.clip_by_rect(shapes, west - 1, south - 1, east + 1, north + 1))


def joined(one: Faults, two: Faults) -> Faults:
    """Faults of two lists as one."""
    return Faults(
        np.concatenate([one.shapes, two.shapes]),
        np.concatenate([one.areas, two.areas]),
        np.concatenate([one.widths, two.widths]),
        one.between + two.between,
    )


def _set_apart(shapes: Shapes, kept: Faults) -> tuple[Shapes, list[tuple[int, ...]]]:
    """The areas without the overlaps that stay, then these as pieces of their own; and whose each piece is."""
    whole = shapely.union_all(kept.shapes)
    touched = sorted({number for pair in kept.between for number in pair})
    rest = shapes.copy()
    rest[touched] = _array([areas_of(shape) for shape in shapely.difference(shapes[touched], whole)])
    lines = shapely.union_all(shapely.boundary(kept.shapes))
    faces = shapely.get_parts(shapely.polygonize([lines]))
    tree = shapely.STRtree(kept.shapes)
    owners = [
        tuple(sorted({number for at in tree.query(point, predicate="intersects") for number in kept.between[at]}))
        for point in shapely.point_on_surface(faces)
    ]
    inside = np.array([len(owner) > 0 for owner in owners], dtype=bool)
    return np.concatenate([rest, faces[inside]]), [owner for owner in owners if owner]


def _cleaned(shapes: Shapes, kept: Faults, open_gaps: Faults, width: float) -> Shapes:
    """The areas with overlaps closed but for those `kept`, and gaps of at most `width` metres and open ones closed."""
    pieces, owners = shapes, list[tuple[int, ...]]()
    if len(kept):
        pieces, owners = _set_apart(shapes, kept)
    pieces = np.concatenate([pieces, open_gaps.shapes])
    owners += [(of[0],) for of in open_gaps.between]
    there = ~shapely.is_empty(pieces)
    made = pieces.copy()
    made[there] = shapely.coverage_clean(pieces[there], gap_width=width)  # type: ignore[attr-defined]
    out = made[: len(shapes)].copy()
    for number in sorted({number for owner in owners for number in owner}):
        faces = [made[len(shapes) + at] for at, owner in enumerate(owners) if number in owner]
        out[number] = areas_of(shapely.union_all([made[number], *faces]))
    return out


def _same(one: Shapes, two: Shapes) -> npt.NDArray[np.bool_]:
    """Whether areas have the same corners, wherever their rings begin."""
    return shapely.equals_exact(shapely.normalize(one), shapely.normalize(two), tolerance=0)


def cleaned(shapes: Shapes, *, width: float) -> Cleaned:
    """Close narrow overlaps and gaps, and give neighbours the same corners along their border; leave the rest.

    Parameters
    ----------
    shapes
        Valid areas in metres.
    width
        Overlaps and gaps at most this wide, in metres, are closed: an overlap goes to the one of the two with which it
        has the longer border, a gap to the neighbour with the longest. An overlap that is half of an area or more
        stays, since there it isn't the boundary that is in doubt.

    Returns
    -------
    Cleaned
        Without a narrow fault and without an unmatched border everything is the same object as before.
    """
    matched = bool(shapely.coverage_is_valid(shapes))
    over, gap = Faults.of([], []) if matched else overlaps(shapes), gaps(shapes)
    narrow = shapely.STRtree(gap.shapes[gap.widths <= width])
    opened = channels(shapes, width=width)
    if len(opened) and len(narrow):
        enclosed = narrow.query(shapely.point_on_surface(opened.shapes), predicate="intersects")[0]
        opened = opened.where(~np.isin(np.arange(len(opened)), enclosed))
    if matched and not len(narrow) and not len(opened):
        return _untouched(shapes, over, gap)
    before = shapely.area(shapes)
    share = np.array(
        [area / before[list(pair)].min() for area, pair in zip(over.areas, over.between, strict=True)], dtype=float
    )
    stays = (over.widths > width) | (share >= MOST_LOST)
    held: set[int] = set()
    while True:
        apart = stays | np.array([bool(held & set(pair)) for pair in over.between], dtype=bool)
        kept = over.where(apart)
        made = _as_before(shapes, _cleaned(shapes, kept, opened, width))
        changed = ~_same(shapes, made)
        common = shapely.area(shapely.intersection(made[changed], shapes[changed]))
        robbed = set(np.flatnonzero(changed)[common < (1 - MOST_LOST) * before[changed]].tolist())
        if robbed <= held:
            break
        held |= robbed
    changed[list(held)] = False
    changed &= ~_only_apart(shapes, made, kept)
    made[~changed] = shapes[~changed]
    gained, lost = np.zeros(len(shapes)), np.zeros(len(shapes))
    gained[changed] = shapely.area(shapely.difference(made[changed], shapes[changed]))
    lost[changed] = shapely.area(shapely.difference(shapes[changed], made[changed]))
    gap = joined(gap, opened)
    return Cleaned(made, changed, over, gap, ~apart, closed_gaps(gap, made), gained, lost)


def _untouched(shapes: Shapes, over: Faults, gap: Faults) -> Cleaned:
    nothing, nowhere = np.zeros(len(shapes)), np.zeros(len(shapes), dtype=bool)
    still = np.zeros(len(over), dtype=bool), np.zeros(len(gap), dtype=bool)
    return Cleaned(shapes, nowhere, over, gap, *still, nothing, nothing)


def _as_before(shapes: Shapes, made: Shapes) -> Shapes:
    """The areas as single or multiple ones, as they were."""
    out = made.copy()
    many = shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON
    alone = many & (shapely.get_type_id(made) == shapely.GeometryType.POLYGON)
    out[alone] = shapely.multipolygons(made[alone], indices=np.arange(alone.sum()))
    return out


def _only_apart(shapes: Shapes, made: Shapes, kept: Faults) -> npt.NDArray[np.bool_]:
    """Which areas have got nothing but corners where the overlaps that stay were set apart: they needed no change."""
    apart = np.zeros(len(shapes), dtype=bool)
    touched = sorted({number for pair in kept.between for number in pair})
    moved = shapely.area(shapely.symmetric_difference(shapes[touched], made[touched]))
    apart[touched] = moved < _APART_M2
    return apart


def closed_gaps(faults: Faults, made: Shapes) -> npt.NDArray[np.bool_]:
    """Which gaps have their middle in an area now."""
    if not len(faults):
        return np.zeros(0, dtype=bool)
    inside = shapely.get_point(_circles(faults.shapes), 0)
    closed = np.zeros(len(faults), dtype=bool)
    closed[shapely.STRtree(made).query(inside, predicate="dwithin", distance=_SAME_M)[0]] = True
    return closed
