"""Which polygons touch, and along what length: a shared border of more than a point, narrow gaps bridged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

BRIDGED_LEAST = 5.0
"""Across a gap a border must run at least this many times the gap's width: nearer a corner it is a point."""


@dataclass(frozen=True)
class Contiguity:
    """Pairs of polygons that touch.

    `edges` (m, 2) positions, the first less than the second; `border` (m,) metres of shared border; `lines` (m,) the
    border itself.
    """

    edges: Ints
    border: Floats
    lines: Shapes

    def only(self, keep: NDArray[np.bool_]) -> Contiguity:
        """The pairs that are kept."""
        return Contiguity(self.edges[keep], self.border[keep], self.lines[keep])


def clean_coverage(shapes: Any, *, gap: float) -> tuple[Shapes, bool]:
    """Polygons without overlaps and narrow gaps, whose neighbours share exactly the same points.

    Parameters
    ----------
    shapes
        (n,) polygons and multipolygons in metres.
    gap
        Metres; narrower gaps between neighbours are given to one of them.

    Returns
    -------
    tuple
        The polygons, and whether anything had to be changed. What cleaning would leave empty stays as it was.
    """
    given = np.asarray(shapes, dtype=object)
    if shapely.coverage_is_valid(given):
        return given, False
    cleaned = shapely.coverage_clean(given, gap_width=gap)  # type: ignore[attr-defined]
    lost = shapely.is_empty(cleaned)
    return np.where(lost, given, cleaned), True


def contiguity(shapes: Shapes, *, gap: float, cleaned: bool = False) -> Contiguity:
    """The pairs of polygons with a common border of more than a point; gaps up to `gap` metres are bridged.

    Parameters
    ----------
    shapes
        (n,) polygons in metres, best a clean coverage.
    gap
        Metres.
    cleaned
        The polygons were cleaned: a common border no longer than the gap may have come from that and is left out.
    """
    tree = shapely.STRtree(shapes)
    pairs = tree.query(shapes, predicate="dwithin", distance=gap).T
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    a, b = pairs[:, 0], pairs[:, 1]
    outline = shapely.boundary(shapes)
    lines = shapely.intersection(outline[a], outline[b])
    border = shapely.length(lines)
    apart = border <= (gap if cleaned else 0.0)
    if gap > 0 and apart.any():
        near = shapely.buffer(shapes[b[apart]], gap, quad_segs=4)
        bridged = shapely.intersection(outline[a[apart]], near)
        length = shapely.length(bridged)
        enough = length > BRIDGED_LEAST * gap
        which = np.flatnonzero(apart)[enough]
        border[which], lines[which] = length[enough], bridged[enough]
        apart[which] = False
    keep = ~apart
    order = np.lexsort((b[keep], a[keep]))
    return Contiguity(pairs[keep][order], border[keep][order], lines[keep][order])
