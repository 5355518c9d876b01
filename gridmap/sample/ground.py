"""What covers the ground: the district and its waters in pieces that meet exactly, each with its cell and its kind."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridmap.sample.draft import Draft
from gridmap.sample.frames import frame
from gridmap.sample.lattice import Cells, Ints, dissolved
from gridmap.sample.outline import Outline
from gridmap.sample.rivers import HALF_WIDTH_M
from gridmap.sample.zones import BUILT, Zones

_GRID_M = 0.01
_ROUNDING_M = 70.0
_THIN_M = 6.0
"""Open land narrower than this belongs to the land beside it."""
_NEEDLE_M = 0.1
"""Where two borders run together narrower than this, they are one."""
_SHORE_M = 0.05
"""Land and sea are rounded each by itself: what lies between them is sea."""
_OPEN = ("hill", "green", "farmland")


@dataclass(frozen=True)
class Cover:
    """Pieces of land and water that share their vertices: streets, communities and ground are made of the same ones.

    `shape` (n,) polygons in metres; `cell` (n,) the cell of each, -1 off the district; `kind` (n,) of ground.
    """

    shape: NDArray[np.object_]
    cell: Ints
    kind: NDArray[np.object_]

    def areas(self, of_cell: Ints) -> tuple[NDArray[np.object_], Ints]:
        """The district's land joined by a number that every cell has (a street, a community), and those numbers."""
        inside = self.cell >= 0
        return dissolved(self.shape[inside], of_cell[self.cell[inside]])


def cover(place: Outline, plat: Cells, zones: Zones, draft: Draft) -> Cover:
    """Cut the cells by hills, rivers and their banks, and the sea by the shore.

    The draft must hold the rivers and all compounds.
    """
    banks = np.array([c.polygon for c in draft.compounds if c.form == "bank"], dtype=object)
    rivers = np.array([b.line for b in draft.barriers if b.kind == "river"], dtype=object)
    streams = shapely.buffer(rivers, HALF_WIDTH_M, cap_style="flat")
    hills = _hills(plat, zones)
    outlines = shapely.boundary([*plat.polygon, *banks, shapely.union_all(streams), hills, place.sea, place.lagoon])
    noded = shapely.unary_union(outlines, grid_size=_GRID_M)
    shape = shapely.get_parts(shapely.polygonize([noded]))
    shape = shapely.coverage_clean(shape, snapping_distance=_NEEDLE_M)  # type: ignore[attr-defined]  # newer than its types
    shape = shape[~shapely.is_empty(shape)]
    inner = shapely.point_on_surface(shape)

    cell = np.full(len(shape), -1, dtype=np.int64)
    piece, of = shapely.STRtree(plat.polygon).query(inner, predicate="within")
    cell[piece] = of
    use = np.append(zones.use, "")[cell]
    kind = np.select(
        [
            _inside(inner, banks) | np.isin(use, BUILT),
            (cell >= 0) & _inside(inner, streams),
            use == "park",
            (cell >= 0) & _inside(inner, shapely.get_parts(hills)),
            cell >= 0,
            _inside(inner, shapely.get_parts(place.lagoon), _SHORE_M),
            _inside(inner, shapely.get_parts(place.sea), _SHORE_M),
        ],
        ["built_up", "water", "green", "hill", "farmland", "water", "sea"],
        default="",
    ).astype(object)
    drawn = kind != ""
    return Cover(shape[drawn], cell[drawn], kind[drawn])


def ground(pieces: Cover) -> gpd.GeoDataFrame:
    """Polygons by kind in EPSG:4326, an exact coverage of the district, its lagoon and the sea before it."""
    shape, kind = _by_kind(pieces.shape, pieces.kind)
    thin = np.isin(kind, _OPEN) & shapely.is_empty(shapely.buffer(shape, -_THIN_M / 2))
    shape, kind = _by_kind(shape, _of_the_neighbour(shape, kind, thin))
    return frame({"kind": kind}, shape)


def _hills(plat: Cells, zones: Zones) -> BaseGeometry:
    """Hills with round feet."""
    chosen = plat.polygon[zones.use == "hill"]
    land: BaseGeometry = shapely.coverage_union_all(chosen) if len(chosen) else shapely.Polygon()
    return land.buffer(-_ROUNDING_M).buffer(2 * _ROUNDING_M).buffer(-_ROUNDING_M).simplify(4)


def _inside(points: NDArray[np.object_], shapes: NDArray[np.object_], distance: float = 0.0) -> NDArray[np.bool_]:
    """Which points lie in one of the shapes, or as near to it."""
    found = np.zeros(len(points), dtype=bool)
    found[shapely.STRtree(shapes).query(points, predicate="dwithin", distance=distance)[0]] = True
    return found


def _by_kind(shape: NDArray[np.object_], kind: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Polygons of a coverage joined where neighbours are of one kind."""
    names, number = np.unique(kind.astype(str), return_inverse=True)
    joined, keys = dissolved(shape, number)
    parts, of = shapely.get_parts(joined, return_index=True)
    return parts, names[keys[of]].astype(object)


def _of_the_neighbour(
    shape: NDArray[np.object_], kind: NDArray[np.object_], which: NDArray[np.bool_]
) -> NDArray[np.object_]:
    """The kinds, where `which` that of the open land with the longest common border, if there is any."""
    rows = np.flatnonzero(which)
    i, j = shapely.STRtree(shape).query(shape[rows], predicate="intersects")
    i = rows[i]
    open_land = np.isin(kind[j], _OPEN) & ~which[j]
    i, j = i[open_land], j[open_land]
    border = shapely.length(shapely.intersection(shapely.boundary(shape[i]), shapely.boundary(shape[j])))
    order = np.lexsort((j, -border, i))
    i, j = i[order], j[order]
    first = np.append(True, i[1:] != i[:-1])[: len(i)]
    changed = kind.copy()
    changed[i[first]] = kind[j[first]]
    return changed
