"""Areas that come in beside areas that stay: the ones that come give way at a narrow fault, and fill narrow gaps.

Arrays of areas in metres in and out, as in `coverage`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from gridmap.layers.coverage import MOST_LOST, Cleaned, Faults, Shapes, channels, closed_gaps, gaps, joined, overlaps
from gridmap.layers.wkb import areas_of

_COVERED = 0.5
"""With this share of itself in others it is the same piece; setting."""


def _between_both(faults: Faults, count: int) -> Faults:
    """Faults between areas that come (the first `count`) and areas that stay."""
    both = [min(of) < count <= max(of) for of in faults.between]
    return faults.where(np.array(both, dtype=bool))


def mostly_in(pieces: Shapes, others: Shapes) -> npt.NDArray[np.bool_]:
    """Which pieces lie in others for at least half of their area."""
    if not len(pieces) or not len(others):
        return np.zeros(len(pieces), dtype=bool)
    common = shapely.area(shapely.intersection(pieces, shapely.union_all(others)))
    return np.asarray(common >= _COVERED * shapely.area(pieces), dtype=bool)


def beside(shapes: Shapes, staying: Shapes, *, width: float) -> Cleaned:
    """Close narrow overlaps and gaps between areas that come and areas that stay, on the side of those that come.

    Parameters
    ----------
    shapes
        Areas that come, valid and in metres, cleaned among themselves.
    staying
        Areas that stay exactly as they are.
    width
        Overlaps and gaps at most this wide, in metres, are closed. An area that would lose half of itself or more
        keeps its overlaps: there it isn't the boundary that is in doubt.

    Returns
    -------
    Cleaned
        Of the areas that come; `between` counts on with the areas that stay.
    """
    count, whole = len(shapes), np.concatenate([shapes, staying])
    over = _between_both(overlaps(whole), count)
    closing = over.widths <= width
    made, before = shapes.copy(), shapely.area(shapes)
    owner = np.array([of[0] for of in over.between], dtype=np.int64)
    for number in np.unique(owner[closing]):
        mine = closing & (owner == number)
        rest = areas_of(shapely.difference(shapes[number], shapely.union_all(over.shapes[mine])))
        if rest.area <= (1 - MOST_LOST) * before[number]:
            closing[mine] = False
        else:
            made[number] = rest
    gap, opened = _between_both(gaps(whole), count), _between_both(channels(whole, width=width), count)
    gap = joined(gap, opened.where(~mostly_in(opened.shapes, gap.shapes)))
    for at in np.flatnonzero(gap.widths <= width * (1 + 1e-6)):  # as exactly as an open one's width is measured
        number = next(of for of in gap.between[at] if of < count)
        made[number] = areas_of(shapely.union(made[number], gap.shapes[at]))
    changed = np.array([one is not other for one, other in zip(made, shapes, strict=True)], dtype=bool)
    gained, lost = np.zeros(count), np.zeros(count)
    gained[changed] = shapely.area(shapely.difference(made[changed], shapes[changed]))
    lost[changed] = shapely.area(shapely.difference(shapes[changed], made[changed]))
    return Cleaned(made, changed, over, gap, closing, closed_gaps(gap, made), gained, lost)


def uncovered(outlines: Shapes, areas: Shapes, *, width: float) -> Faults:
    """What of outlines lies in none of the areas inside them.

    Parameters
    ----------
    outlines, areas
        Valid areas in metres.
    width
        Pieces at most this wide, in metres, are how exactly boundaries are drawn.

    Returns
    -------
    Faults
        Each piece by itself, `between` the number of its outline alone. An outline with none of the areas in it has
        none.
    """
    tree = shapely.STRtree(areas)
    pieces: list[object] = []
    between: list[tuple[int, ...]] = []
    for number, outline in enumerate(outlines):
        near = areas[tree.query(outline, predicate="intersects")]
        inside = shapely.area(shapely.intersection(near, outline)) >= _COVERED * shapely.area(near)
        if not inside.any():
            continue
        rest = shapely.get_parts(areas_of(shapely.difference(outline, shapely.union_all(near))))
        pieces += rest.tolist()
        between += [(number,)] * len(rest)
    found = Faults.of(pieces, between)
    return found.where(found.widths > width)
