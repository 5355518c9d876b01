"""The lattice of street lines that cuts the district into cells: a warped net, bent to its arterial roads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from gridmap.sample import source
from gridmap.sample.nearest import nearest_line
from gridmap.sample.outline import Outline

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COAST_ROAD = "北环海路"
_COAST_ROAD_OFFSET_M = 75.0
_SLIVER_M2 = 9_000.0
_CLOSE_M = 1.0


@dataclass(frozen=True)
class Line:
    """One street line: which way it runs, its place among its kind, and its arterial's name and kind if it has one."""

    axis: str
    number: int
    name: str = ""
    kind: str = ""


@dataclass
class Cells:
    """The pieces between street lines, an exact coverage of the district, and the edges between them.

    `polygon` (n,); `angle` (n,) the direction of east in radians; `edge` (m,) lines; `left`, `right` (m,) the
    cells on both sides, -1 outside the district; `line` (m,) index into `lines`.
    """

    polygon: NDArray[np.object_]
    angle: Floats
    edge: NDArray[np.object_]
    left: Ints
    right: Ints
    line: Ints
    lines: list[Line]

    @property
    def centre(self) -> Floats:
        """A point inside each cell (n, 2)."""
        return shapely.get_coordinates(shapely.centroid(self.polygon))

    @property
    def area(self) -> Floats:
        """Square metres of each cell."""
        return np.asarray(shapely.area(self.polygon))


@dataclass(frozen=True)
class _Field:
    """A smooth displacement that makes a coordinate constant along arterial roads."""

    at: RBFInterpolator | None
    waves: Floats
    roads: shapely.STRtree

    def __call__(self, xy: Floats) -> Floats:
        phase = xy @ self.waves[:, :2].T + self.waves[:, 2]
        wander = np.sin(phase) @ self.waves[:, 3]
        if self.at is None:
            return np.asarray(wander)
        _, away = self.roads.query_nearest(shapely.points(xy), return_distance=True, all_matches=False)
        near = np.clip(away / 900.0, 0, 1)
        return np.asarray(self.at(xy) + wander * near)


def _positions(low: float, high: float, fixed: Floats, rng: np.random.Generator) -> Floats:
    """Positions of lines 180 to 290 m apart, with the fixed ones among them."""
    free = low + np.cumsum(rng.uniform(185, 290, int((high - low) / 185) + 2))
    free = free[free < high]
    if len(fixed):
        free = free[np.abs(free[:, None] - fixed[None]).min(axis=1) > 140]
    return np.sort(np.concatenate([free, fixed]))


def _arterials(land: shapely.Polygon) -> list[tuple[str, str, str, Floats]]:
    """Name, kind, axis and points every 150 m of each arterial that meets the district."""
    found = []
    for (name, kind, runs), rows in source.table("roads").groupby(["name", "kind", "runs"], sort=False):
        line = shapely.LineString(source.metric_xy(rows[["lon", "lat"]].to_numpy(float)))
        if line.intersects(land):
            steps = np.linspace(0, line.length, max(int(line.length / 150), 2))
            found.append((str(name), str(kind), str(runs), shapely.get_coordinates(line.interpolate(steps))))
    return found


def _field(
    arterials: list[Floats], axis: int, bounds: tuple[float, float, float, float], rng: np.random.Generator
) -> _Field:
    lengths = rng.uniform(1800, 5200, 7)
    turn = rng.uniform(0, 2 * np.pi, 7)
    size = 0.018 * lengths * rng.uniform(0.5, 1.0, 7)
    waves = np.column_stack(
        [2 * np.pi * np.cos(turn) / lengths, 2 * np.pi * np.sin(turn) / lengths, rng.uniform(0, 6.28, 7), size]
    )
    if not arterials:
        return _Field(None, waves, shapely.STRtree([]))
    roads = shapely.MultiLineString([shapely.LineString(points) for points in arterials])
    stretches = shapely.linestrings(np.concatenate([np.stack([p[:-1], p[1:]], axis=1) for p in arterials]))
    points = np.concatenate(arterials)
    target = np.concatenate([np.full(len(p), p[:, axis].mean()) - p[:, axis] for p in arterials])
    west, south, east, north = bounds
    rest = np.stack(np.meshgrid(np.arange(west, east + 3000, 2500), np.arange(south, north + 3000, 2500)), -1)
    rest = rest.reshape(-1, 2)
    rest = rest[shapely.distance(shapely.points(rest), roads) > 3000]
    if len(rest) > 400:
        rest = rest[rng.choice(len(rest), 400, replace=False)]
    at = RBFInterpolator(
        np.vstack([points, rest]),
        np.concatenate([target, np.zeros(len(rest))]),
        kernel="thin_plate_spline",
        smoothing=20.0,
    )
    return _Field(at, waves, shapely.STRtree(np.asarray(stretches)))


def _nodes(us: Floats, vs: Floats, f: _Field, g: _Field) -> Floats:
    """Places (rows, columns, 2) at which the warped coordinates have the values of the lines."""
    goal = np.stack(np.meshgrid(us, vs), -1).reshape(-1, 2)
    xy = goal.copy()
    left = np.arange(len(xy))
    for _ in range(25):
        at = xy[left]
        step = np.column_stack([goal[left, 0] - f(at), goal[left, 1] - g(at)]) - at
        xy[left] = at + 0.75 * step
        left = left[np.abs(step).max(axis=1) >= _CLOSE_M]
        if not len(left):
            break
    return np.round(xy.reshape(len(vs), len(us), 2), 2)


def _coast_road(outline: Outline) -> shapely.Geometry:
    """The road along the coast, a stone's throw inland, east of the lagoon."""
    inner = outline.land.buffer(-_COAST_ROAD_OFFSET_M).buffer(-40).buffer(40).simplify(15)
    start = source.metric_xy(np.array([[121.9985, 37.5]]))[0]
    near = outline.coast.buffer(_COAST_ROAD_OFFSET_M + 260)
    window = shapely.box(start[0], start[1] - 500, outline.land.bounds[2] + 10, outline.land.bounds[3] + 10)
    pieces = shapely.line_merge(inner.boundary.intersection(near).intersection(window))
    parts = shapely.get_parts(pieces)
    return shapely.MultiLineString([part for part in parts if part.length > 600])


def cells(outline: Outline, rng: np.random.Generator) -> Cells:
    """Cut the district into cells of about five hectares.

    Returns an exact coverage of the outline's land: cells share their vertices. Metres.
    """
    west, south, east, north = outline.land.bounds
    arterials = _arterials(outline.land)
    across = [a for a in arterials if a[2] == "east"]
    up = [a for a in arterials if a[2] == "north"]
    fixed_u = np.array([a[3][:, 0].mean() for a in up])
    fixed_v = np.array([a[3][:, 1].mean() for a in across])
    us = _positions(west - 900, east + 900, fixed_u, rng)
    vs = _positions(south - 900, north + 900, fixed_v, rng)
    f = _field([a[3] for a in up], 0, outline.land.bounds, rng)
    g = _field([a[3] for a in across], 1, outline.land.bounds, rng)
    nodes = _nodes(us, vs, f, g)

    lines = [Line("east", j) for j in range(len(vs))] + [Line("north", i) for i in range(len(us))]
    for name, kind, _, points in across:
        lines[int(np.abs(vs - points[:, 1].mean()).argmin())] = Line("east", -1, name, kind)
    for name, kind, _, points in up:
        lines[len(vs) + int(np.abs(us - points[:, 0].mean()).argmin())] = Line("north", -1, name, kind)
    drawn: list[shapely.Geometry] = []
    drawn += [shapely.LineString(line) for line in (*nodes, *nodes.transpose(1, 0, 2))]
    lines.append(Line("coast", 0, COAST_ROAD, "primary"))
    drawn.append(_coast_road(outline))
    lines.append(Line("border", 0))
    drawn.append(outline.land.boundary)
    return _cut(outline.land, np.array(drawn, dtype=object), lines, nodes)


def _cut(land: shapely.Polygon, drawn: NDArray[np.object_], lines: list[Line], nodes: Floats) -> Cells:
    clipped = shapely.intersection(drawn[:-1], land)
    noded = shapely.unary_union(np.append(clipped, drawn[-1]), grid_size=0.01)
    faces = shapely.get_parts(shapely.polygonize([noded]))
    faces = faces[shapely.within(shapely.point_on_surface(faces), land)]

    faces = _without_slivers(faces)
    edge, left, right = sides(faces, shapely.get_parts(noded))
    # Of lines that run together the last counts: the border before the coast road, both before the lattice.
    middle = shapely.line_interpolate_point(edge, 0.5, normalized=True)
    line = len(drawn) - 1 - nearest_line(middle, drawn[::-1])
    centre = shapely.get_coordinates(shapely.centroid(faces))
    inner = nodes[:, :-1].reshape(-1, 2)
    east = (nodes[:, 1:] - nodes[:, :-1]).reshape(-1, 2)
    nearest = cKDTree(inner).query(centre)[1]
    angle = np.arctan2(east[nearest, 1], east[nearest, 0])
    return Cells(faces, angle, edge, left, right, line, lines)


def sides(faces: NDArray[np.object_], pieces: NDArray[np.object_]) -> tuple[NDArray[np.object_], Ints, Ints]:
    """The straight pieces that part two faces (or a face and the outside), with the faces left and right of each."""
    ends = shapely.get_coordinates(shapely.line_interpolate_point(pieces, [[0.49], [0.51]], normalized=True))
    a, b = ends.reshape(2, -1, 2)
    along = (b - a) / np.maximum(np.linalg.norm(b - a, axis=1), 1e-9)[:, None]
    normal = np.column_stack([-along[:, 1], along[:, 0]]) * 0.05
    middle = (a + b) / 2
    tree = shapely.STRtree(faces)

    def face(points: Floats) -> Ints:
        found = np.full(len(points), -1, dtype=np.int64)
        i, j = tree.query(shapely.points(points), predicate="within")
        found[i] = j
        return found

    left, right = face(middle + normal), face(middle - normal)
    parts = left != right
    return pieces[parts], left[parts], right[parts]


def _without_slivers(faces: NDArray[np.object_]) -> NDArray[np.object_]:
    """Faces too small for anything joined to the neighbour with the longest common border."""
    for _ in range(4):
        small = np.flatnonzero(shapely.area(faces) < _SLIVER_M2)
        if not len(small):
            break
        tree = shapely.STRtree(faces)
        i, j = tree.query(faces[small], predicate="intersects")
        i = small[i]
        keep = i != j
        i, j = i[keep], j[keep]
        shared = shapely.length(shapely.intersection(shapely.boundary(faces[i]), shapely.boundary(faces[j])))
        order = np.lexsort((j, -shared, i))
        i, j, shared = i[order], j[order], shared[order]
        first = np.concatenate([[True], i[1:] != i[:-1]]) & (shared > 0.5)
        group = np.arange(len(faces))
        taken: set[int] = set()
        for a, b in zip(i[first], j[first], strict=True):
            if int(a) not in taken and int(b) not in taken:
                group[a] = b
                taken.update((int(a), int(b)))
        faces = dissolved(faces, group)[0]
    return faces


def dissolved(faces: NDArray[np.object_], group: Ints) -> tuple[NDArray[np.object_], Ints]:
    """Faces of a coverage joined by group, and each result's group; shared vertices stay shared."""
    keys, inverse = np.unique(group, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    starts = np.searchsorted(inverse[order], np.arange(len(keys)))
    parts = np.split(faces[order], starts[1:])
    joined = [part[0] if len(part) == 1 else shapely.coverage_union_all(part) for part in parts]
    return np.array([_plain(shape) for shape in joined], dtype=object), keys


def _plain(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    return parts[0] if len(parts) == 1 else shape
