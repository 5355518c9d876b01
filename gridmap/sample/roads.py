"""Streets and roads: edges of the lattice that are built, named and classed; and all ways joined where they meet."""

from __future__ import annotations

import dataclasses

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra

from gridmap.sample.draft import Way
from gridmap.sample.lattice import Cells, Line
from gridmap.sample.nearest import nearest_line, segments
from gridmap.sample.zones import BUILT, Zones

_LOCAL = ("恒泰街", "恒瑞街", "青州街", "长春路", "鞍山路")
_NEARLY_MET_M = 1.5
_SYLLABLES = "和平安康福兴盛华宁海丰德信义仁礼智远青云山石松柳槐桃杏梅"


def names(lines: list[Line], rng: np.random.Generator) -> list[str]:
    """A name for each line: the arterials' own, those known from the reference, invented ones."""
    found, used = [], set()
    known = list(_LOCAL)
    for line in lines:
        name = line.name
        while not name:
            if known and line.number > 8:
                name = known.pop(0)
            else:
                end = "路" if line.axis == "east" else "街"
                name = "".join(rng.choice(list(_SYLLABLES), 2, replace=False)) + end
                name = "" if name in used else name
        used.add(name)
        found.append(name)
    return found


def streets(cells: Cells, zones: Zones, rng: np.random.Generator) -> tuple[list[Way], NDArray[np.bool_]]:
    """The streets of the built-up land and the roads that join the villages to them.

    Returns
    -------
    ways, is_way
        One way a stretch of line, and which edges of the lattice are ways (m,).
    """
    built = np.append(np.isin(zones.use, BUILT), False)
    campus = np.append(zones.campus, -1)
    same_campus = (campus[cells.left] >= 0) & (campus[cells.left] == campus[cells.right])
    axis = np.array([line.axis for line in cells.lines])[cells.line]
    named = np.array([bool(line.name) for line in cells.lines])[cells.line]
    is_way = (built[cells.left] | built[cells.right]) & (axis != "border") & ~same_campus
    is_way |= named & (axis != "border") & ~same_campus
    rural = _joined(cells, zones, is_way, axis != "border")
    kind = np.array([_kind(line) for line in cells.lines], dtype=object)[cells.line]
    kind[rural & ~is_way] = "tertiary"
    is_way = is_way | rural
    label = names(cells.lines, rng)
    ways = []
    index = np.flatnonzero(is_way)
    keys = np.array([f"{cells.line[k]:05d}{kind[k]}" for k in index])
    order = np.argsort(keys, kind="stable")
    _, starts = np.unique(keys[order], return_index=True)
    for own in np.split(index[order], starts[1:]):
        merged = shapely.line_merge(shapely.MultiLineString(list(cells.edge[own])))
        ways += [Way(part, str(kind[own[0]]), label[cells.line[own[0]]]) for part in shapely.get_parts(merged)]
    return ways, is_way


def _kind(line: Line) -> str:
    if line.kind:
        return line.kind
    if line.number % 9 == 4:
        return "secondary"
    return "tertiary" if line.number % 3 == 0 else "residential"


def _joined(cells: Cells, zones: Zones, is_way: NDArray[np.bool_], allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Edges of the cheapest roads over open land that join every settlement to the largest network."""
    ends = shapely.get_coordinates(shapely.get_point(cells.edge, [[0], [-1]])).reshape(2, -1, 2)
    points, node = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    a, b = node.reshape(2, -1)
    hill = np.append(zones.use == "hill", True)
    cost = np.asarray(shapely.length(cells.edge)) * np.where(hill[cells.left] & hill[cells.right], 4.0, 1.0)
    cost = np.where(is_way, cost * 0.15, cost)
    n = len(points)
    use = allowed & (a != b)
    graph = coo_array((cost[use], (a[use], b[use])), shape=(n, n)).tocsr()
    centre = cells.centre[zones.use == "estate"].mean(axis=0)
    on_way = np.unique(np.concatenate([a[is_way], b[is_way]]))
    root = int(on_way[np.linalg.norm(points[on_way] - centre, axis=1).argmin()])
    _, before = dijkstra(graph, directed=False, indices=root, return_predecessors=True)
    wanted = np.zeros(n, dtype=bool)
    wanted[on_way] = True
    step = np.flatnonzero(wanted)
    while len(step):
        step = before[step]
        step = np.unique(step[step >= 0])
        step = step[~wanted[step]]
        wanted[step] = True
    child = np.flatnonzero(wanted & (before >= 0))
    pairs = {(min(c, before[c]), max(c, before[c])) for c in child.tolist()}
    low, high = np.minimum(a, b), np.maximum(a, b)
    return np.array([(x, y) in pairs for x, y in zip(low.tolist(), high.tolist(), strict=True)]) & allowed


def noded(ways: list[Way]) -> list[Way]:
    """The ways with a vertex wherever two of them meet or cross, snapped to centimetres; none stops just short."""
    lines = np.array([way.line for way in ways], dtype=object)
    compound = np.array([way.compound for way in ways])
    stays = np.array([way.opening < 0 for way in ways])
    lines[stays] = _met(lines[stays], compound[stays])  # not only by a way that goes when its opening is closed
    lines = _met(lines, compound)
    pieces = shapely.get_parts(shapely.unary_union(lines, grid_size=0.01))
    pieces = pieces[(shapely.length(pieces) > 0) & ~_stubs(pieces)]
    owner = nearest_line(shapely.line_interpolate_point(pieces, 0.5, normalized=True), lines)
    order = np.argsort(owner, kind="stable")
    pieces, owner = pieces[order], owner[order]
    keys, starts = np.unique(owner, return_index=True)
    joined = []
    for key, group in zip(keys, np.split(pieces, starts[1:]), strict=True):
        way = ways[int(key)]
        merged = shapely.line_merge(shapely.MultiLineString(list(group))) if len(group) > 1 else group[0]
        joined += [dataclasses.replace(way, line=part) for part in shapely.get_parts(merged)]
    return joined


def _met(lines: NDArray[np.object_], compound: NDArray[np.int64]) -> NDArray[np.object_]:
    """The lines, each end that stops a step short of another way drawn onto it.

    What is inside one compound and inside another stays apart: there may be a wall between them.
    """
    lines = lines.copy()
    open_ = ~shapely.is_closed(lines)
    for last in (0, -1):
        ends = shapely.get_point(lines, last)
        straight, of = segments(lines)
        end, near = shapely.STRtree(straight).query(ends, predicate="dwithin", distance=_NEARLY_MET_M)
        distance = shapely.distance(ends[end], straight[near])
        other = of[near]
        apart = (compound[end] >= 0) & (compound[other] >= 0) & (compound[end] != compound[other])
        order = np.lexsort((other, distance, end))
        order = order[((end != other) & open_[end] & ~apart)[order]]
        end, other, distance = end[order], other[order], distance[order]
        nearest = (np.append(True, end[1:] != end[:-1])[: len(end)]) & (distance > 0)
        for way, to in zip(end[nearest], other[nearest], strict=True):
            xy = shapely.get_coordinates(lines[way])
            on = shapely.line_interpolate_point(lines[to], shapely.line_locate_point(lines[to], ends[way])).coords[0]
            lines[way] = shapely.LineString([*xy, on] if last else [on, *xy])  # what meets the rest of it still does
    return lines


def _stubs(pieces: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which pieces are what stands out a little where a way runs past another one's middle and ends there."""
    ends = shapely.get_coordinates(shapely.get_point(pieces, [[0], [-1]]))
    _, node, meeting = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
    dead = (meeting[node] == 1).reshape(2, -1)
    return (shapely.length(pieces) < _NEARLY_MET_M) & (dead[0] ^ dead[1])


def joined(ways: list[Way]) -> list[Way]:
    """The ways without those stretches of street, and those stumps of lanes, that hang together with no others."""
    xy, of = shapely.get_coordinates(np.array([w.line for w in ways], dtype=object), return_index=True)
    _, node = np.unique(np.round(xy * 100).astype(np.int64), axis=0, return_inverse=True)
    inside = of[1:] == of[:-1]
    size = int(node.max()) + 1
    graph = coo_array((np.ones(inside.sum()), (node[:-1][inside], node[1:][inside])), shape=(size, size))
    _, piece = connected_components(graph, directed=False)
    largest = np.bincount(piece).argmax()
    first = node[np.searchsorted(of, np.arange(len(ways)))]
    stands = [way.compound >= 0 and way.line.length > _NEARLY_MET_M for way in ways]
    return [way for way, at, alone in zip(ways, piece[first], stands, strict=True) if at == largest or alone]
