"""How the walk graph is put together: ways cut at walls, gates joined on both sides, yards crossed straight."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import cKDTree

from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers
from gridmap.network.joining import Ground, join_nearest, make_ground
from gridmap.network.segments import Floats, Ints, Pieces, along, as_lines, complement, explode, near_lines, node
from gridmap.network.survey import placed
from gridmap.network.walls import Walls
from gridmap.network.yards import OWN_WAYS_M, WALL_M, Yards, corners, exits, find_yards

FACING_M = 30.0
"""Gates that face each other over this distance with no wall between are joined even where no way runs."""

GATE_LEG_M = 200.0
"""A gate joins the nearest way outside it within this distance."""

STRAIGHT_M = 150.0
"""Inside a compound people cut straight across this far; farther only where it has no ways of its own."""

NEAREST = 4
"""Of ways that don't meet inside a yard, so many of the nearest nodes are tried until one is in sight."""

SIDE_M = 0.6
"""To see what a gate opens onto, one looks this far to either side of the wall."""


class Edges(NamedTuple):
    """Nodes `xy` (n, 2), edges `ends` (m, 2), and whether each is a bridge or tunnel."""

    xy: Floats
    ends: Ints
    raised: NDArray[np.bool_]

    @property
    def p(self) -> Floats:
        """Where the edges start."""
        return self.xy[self.ends[:, 0]]

    @property
    def q(self) -> Floats:
        """Where the edges end."""
        return self.xy[self.ends[:, 1]]


class Anchors(NamedTuple):
    """Places of yards that straight lines lead to: `node`, the `yard` each is of, and where it is seen from inside."""

    node: Ints
    yard: Ints
    seen: Floats

    def take(self, rows: NDArray[np.bool_]) -> Anchors:
        """These anchors only."""
        return Anchors(self.node[rows], self.yard[rows], self.seen[rows])


def way_edges(district: District) -> Edges:
    """The walkable ways of a metric district as a planar graph, walls or not."""
    ways = placed(district["ways"])
    ways = ways[ways["walkable"].fillna(True).to_numpy(dtype=bool)]
    raised = (ways["bridge"].fillna(False) | ways["tunnel"].fillna(False)).to_numpy(dtype=bool)
    p, q, way = explode(ways.geometry.to_numpy())
    xy, ends, segment = node(p, q, raised[way])
    return Edges(xy, ends, raised[way[segment]])


def cut_at_walls(edges: Edges, walls: Walls) -> Edges:
    """The edges without what lies on walls, and with a node where they pass a gate."""
    low = np.flatnonzero(~edges.raised)
    p, q = edges.p[low], edges.q[low]
    opened = walls.usable[walls.door_gate]
    wall_p, wall_q = (
        np.concatenate(ends) for ends in ((walls.p, walls.doors_p[opened]), (walls.q, walls.doors_q[opened]))
    )
    near, wall = near_lines(p, q, wall_p, wall_q, WALL_M)
    door, middle = wall >= len(walls.p), (near.start + near.end) / 2
    stops = Pieces(low[near.of], np.where(door, middle, near.start), np.where(door, middle, near.end))
    return _split(edges, complement(len(edges.ends), stops))[0]


def _split(edges: Edges, pieces: Pieces) -> tuple[Edges, Ints]:
    """The pieces of edges as edges, pieces of one edge that meet sharing a node, and which edge each is the whole of
    (-1: only a piece)."""
    edge = np.concatenate([pieces.of, pieces.of])
    at = np.concatenate([pieces.start, pieces.end])
    number = np.where(at <= 0.0, edges.ends[edge, 0], edges.ends[edge, 1])
    inner = (at > 0.0) & (at < 1.0)
    keys, place = np.unique(np.stack([edge[inner], at[inner]], axis=1), axis=0, return_inverse=True)
    number[inner] = len(edges.xy) + place.reshape(-1)
    of = keys[:, 0].astype(np.int64)
    new = edges.p[of] + keys[:, 1:] * (edges.q[of] - edges.p[of])
    ends = number.reshape(2, -1).T
    keep = ends[:, 0] != ends[:, 1]
    whole = np.where((pieces.start <= 0.0) & (pieces.end >= 1.0), pieces.of, -1)[keep]
    return Edges(np.concatenate([edges.xy, new]), ends[keep], edges.raised[pieces.of[keep]]), whole


class Loose(NamedTuple):
    """Places beside the ways that become nodes: positions, and what each gate, corner or exit can see.

    `yard_of`, `yard_place`, `yard_seen`: place k lies at the edge of a yard and looks into it from there.
    `open_place`, `open_seen`: place k looks out onto land that no enclosed compound takes, out of the open yard
    `open_yard` (-1: none).
    """

    xy: Floats
    gate: Ints
    yard_place: Ints
    yard_of: Ints
    yard_seen: Floats
    open_place: Ints
    open_seen: Floats
    open_yard: Ints


def loose_places(walls: Walls, yards: Yards, numbers: Numbers) -> Loose:
    """Gates, yards' corners, and the exits of open yards."""
    gate = np.flatnonzero(walls.usable | walls.latched)
    at = shapely.get_coordinates(walls.gates.geometry)[gate]
    points = np.asarray(shapely.points(at), dtype=object)
    row, yard = yards.tree.query(points, "dwithin", numbers.gate_reach_m)
    # a gate leads into the yards of its own compounds; into others, and into open land, only when it stands there
    leads = set(map(tuple, walls.gate_compounds[["gate", "compound"]].to_numpy().tolist()))
    own = np.array([(g, c) in leads for g, c in zip(gate[row], yards.compound[yard], strict=True)], dtype=bool)
    near = shapely.distance(points[row], yards.shapes[yard]) <= numbers.contiguity_gap_m
    row, yard = row[own | near], yard[own | near]
    inner = shapely.get_coordinates(shapely.shortest_line(yards.shapes[yard], points[row])).reshape(-1, 2, 2)[:, 0]
    outer_row, outer = _sides(at, walls, yards)
    corner_xy, corner_yard = corners(yards)
    exit_xy, exit_yard = exits(yards, walls)
    n_gates, n_corners, n_exits = len(at), len(corner_xy), len(exit_xy)
    corner, leave = n_gates + np.arange(n_corners), n_gates + n_corners + np.arange(n_exits)
    return Loose(
        np.concatenate([at, corner_xy, exit_xy]),
        np.concatenate([gate, np.full(n_corners + n_exits, -1)]),
        np.concatenate([row, corner, leave]),
        np.concatenate([yard, corner_yard, exit_yard]),
        np.concatenate([inner, corner_xy, exit_xy]),
        np.concatenate([outer_row, leave]),
        np.concatenate([outer, exit_xy]),
        np.concatenate([np.full(len(outer_row), -1), exit_yard]),
    )


def _sides(at: Floats, walls: Walls, yards: Yards) -> tuple[Ints, Floats]:
    """What gates open onto that is in no closed yard: the gate's row, and a place just beyond the wall there."""
    if len(walls.doors_p) == 0 or len(at) == 0:
        return np.empty(0, np.int64), np.empty((0, 2))
    doors = as_lines(walls.doors_p, walls.doors_q)
    (row, door), _ = shapely.STRtree(doors).query_nearest(
        shapely.points(at), max_distance=5.0, return_distance=True, all_matches=False
    )
    d = walls.doors_q[door] - walls.doors_p[door]
    foot = walls.doors_p[door] + along(walls.doors_p[door], walls.doors_q[door], at[row])[:, None] * d
    normal = np.stack([-d[:, 1], d[:, 0]], axis=1) / np.hypot(*d.T)[:, None]
    sides = np.concatenate([foot + SIDE_M * normal, foot - SIDE_M * normal])
    row = np.concatenate([row, row]).astype(np.int64)
    yard = yards.locate(sides)
    outside = (yard < 0) | ~yards.closed[yard] if len(yards.shapes) else np.ones(len(yard), bool)
    return row[outside], sides[outside]


class Parts(NamedTuple):
    """All that a walk graph is made of.

    `ways` is the planar graph before walls cut it, `edges` what they leave of it. `links` are pairs of nodes joined by
    straight lines, `open_node` and `open_seen` the nodes that look out onto open land and where from, `own_ways` which
    yards have ways of their own, `gate_of` the gate at each node (-1: none).
    """

    ways: Edges
    edges: Edges
    links: Ints
    link_m: Floats
    ground: Ground
    anchors: Anchors
    open_node: Ints
    open_seen: Floats
    own_ways: NDArray[np.bool_]
    gate_of: Ints
    walls: Walls


def assemble(ways: Edges, walls: Walls, numbers: Numbers) -> Parts:
    """The parts of the walk graph of these ways between these walls."""
    edges = cut_at_walls(ways, walls)
    yards = find_yards(walls)
    ground = make_ground(edges.p, edges.q, edges.raised, walls, yards)
    own_ways = _own_ways(edges, ground)
    loose = loose_places(walls, yards, numbers)
    inward = np.flatnonzero(own_ways[loose.yard_of])
    place = np.concatenate([loose.open_place, loose.yard_place[inward]])
    out = join_nearest(
        ground, loose.open_seen, np.full(len(loose.open_place), -1), reach=GATE_LEG_M, beyond=loose.open_yard
    )
    within = join_nearest(ground, loose.yard_seen[inward], loose.yard_of[inward], reach=GATE_LEG_M, inside=True)
    edge = np.concatenate([out.edge, within.edge])
    joined = np.flatnonzero(edge >= 0)
    edges, whole, foot = _with_feet(edges, edge[joined], np.concatenate([out.at, within.at])[joined])
    first = len(edges.xy)
    edges = edges._replace(xy=np.concatenate([edges.xy, loose.xy]))
    links = [np.stack([first + place[joined], foot], axis=1), _facing(loose, ground) + first]
    anchors = Anchors(first + loose.yard_place, loose.yard_of, loose.yard_seen)
    across, across_yard = _across(anchors, loose.gate[loose.yard_place] >= 0, ground, own_ways)
    links.append(across)
    ground = ground.changed(edges.p, edges.q, edges.raised, whole)
    inner = joined >= len(loose.open_place)
    inner_yard = loose.yard_of[inward[joined[inner] - len(loose.open_place)]]
    inner_links = np.column_stack(
        [np.concatenate([links[0][inner], across]), np.concatenate([inner_yard, across_yard])]
    )
    gate_of = np.full(len(edges.xy), -1, np.int64)
    gate_of[first:] = loose.gate
    # what only a latched gate joins is apart
    shut = np.append(walls.latched, False)[gate_of]
    inner_links = inner_links[~shut[inner_links[:, :2]].any(axis=1)]
    links.append(_mended(edges, inner_links, anchors.take(~shut[anchors.node]), ground, own_ways))
    link = np.concatenate(links).astype(np.int64)
    link_m = np.hypot(*(edges.xy[link[:, 0]] - edges.xy[link[:, 1]]).T)
    return Parts(
        ways, edges, link, link_m, ground, anchors, first + loose.open_place, loose.open_seen, own_ways, gate_of, walls
    )


def _own_ways(edges: Edges, ground: Ground) -> NDArray[np.bool_]:
    """Which yards have ways of their own."""
    inside = np.flatnonzero(ground.yard >= 0)
    metres = np.hypot(*(edges.q - edges.p)[inside].T)
    return np.bincount(ground.yard[inside], metres, minlength=len(ground.yards.shapes)) >= OWN_WAYS_M


def _with_feet(edges: Edges, edge: Ints, at: Floats) -> tuple[Edges, Ints, Ints]:
    """The edges split where legs meet them, which edge each is the whole of, and the node at each meeting place."""
    split, whole = _split(edges, complement(len(edges.ends), Pieces(edge, at, at)))
    foot = np.where(at <= 0.0, edges.ends[edge, 0], edges.ends[edge, 1])
    inner = (at > 1e-9) & (at < 1 - 1e-9)
    place = edges.p[edge[inner]] + at[inner, None] * (edges.q - edges.p)[edge[inner]]
    foot[inner] = len(edges.xy) + cKDTree(split.xy[len(edges.xy) :]).query(place)[1] if inner.any() else 0
    return split, whole, foot


def _facing(loose: Loose, ground: Ground) -> Ints:
    """Pairs of places that face each other over open land."""
    if len(loose.open_place) == 0:
        return np.empty((0, 2), np.int64)
    pair = cKDTree(loose.open_seen).query_pairs(FACING_M, output_type="ndarray")
    a, b = pair[:, 0], pair[:, 1]
    apart = loose.open_place[a] != loose.open_place[b]
    a, b = a[apart], b[apart]
    clear = ground.clear(loose.open_seen[a], loose.open_seen[b], np.full(len(a), -1))
    return np.stack([loose.open_place[a[clear]], loose.open_place[b[clear]]], axis=1).astype(np.int64)


def _across(
    anchors: Anchors, at_gate: NDArray[np.bool_], ground: Ground, own_ways: NDArray[np.bool_]
) -> tuple[Ints, Ints]:
    """Straight lines between anchors of the same yard that see each other: pairs of nodes, and the yard of each.

    Where it has ways of its own, only short ones from gates: otherwise one after another would lead across a campus
    past its streets.
    """
    pick = np.argsort(anchors.yard, kind="stable")
    size = np.bincount(anchors.yard, minlength=len(own_ways))[anchors.yard[pick]]
    start = np.searchsorted(anchors.yard[pick], anchors.yard[pick])
    a = np.repeat(np.arange(len(pick)), size)
    b = np.arange(len(a)) - np.repeat(np.cumsum(size) - size, size) + np.repeat(start, size)
    a, b = pick[a[a < b]], pick[b[a < b]]
    short = np.hypot(*(anchors.seen[a] - anchors.seen[b]).T) <= STRAIGHT_M
    keep = (short & (at_gate[a] | at_gate[b])) | ~own_ways[anchors.yard[a]]
    a, b = a[keep], b[keep]
    clear = ground.yards.sees(anchors.yard[a], anchors.seen[a], anchors.seen[b])
    a, b = a[clear], b[clear]
    return np.stack([anchors.node[a], anchors.node[b]], axis=1).astype(np.int64), anchors.yard[a]


def _mended(edges: Edges, inner: Ints, anchors: Anchors, ground: Ground, own_ways: NDArray[np.bool_]) -> Ints:
    """The shortest straight lines inside a yard that join what its own ways leave apart.

    `inner` are the links inside yards that there are: node, node, yard.
    """
    inside = np.flatnonzero(ground.yard >= 0)
    ways = np.column_stack([edges.ends[inside], ground.yard[inside]])
    held = np.flatnonzero(own_ways[anchors.yard])
    loops = np.column_stack([anchors.node[held], anchors.node[held], anchors.yard[held]])
    there = np.concatenate([ways, inner, loops])
    # a node at a gate stands in two yards, so what counts is the pair of node and yard
    count = len(edges.xy)
    key = np.concatenate([there[:, 2] * count + there[:, 0], there[:, 2] * count + there[:, 1]])
    places, row = np.unique(key, return_inverse=True)
    a, b = row.reshape(2, -1)
    links = coo_matrix((np.ones(len(a)), (a, b)), shape=(len(places), len(places)))
    _, part = connected_components(links, directed=False)
    yard_of = places // count
    pairs = np.unique(yard_of * len(places) + part) // max(len(places), 1)
    yards, parts = np.unique(pairs, return_counts=True)
    found = [np.empty((0, 2), np.int64)]
    for yard in yards[parts > 1]:
        rows = np.arange(np.searchsorted(yard_of, yard), np.searchsorted(yard_of, yard, side="right"))
        nodes = places[rows] % count
        i, j = _neighbours(edges.xy[nodes], part[rows])
        clear = ground.yards.sees(np.full(len(i), yard), edges.xy[nodes[i]], edges.xy[nodes[j]])
        i, j = i[clear], j[clear]
        metres = np.hypot(*(edges.xy[nodes[i]] - edges.xy[nodes[j]]).T)
        order = np.argsort(-metres, kind="stable")
        _, label = np.unique(part[rows], return_inverse=True)
        pair = np.sort(np.stack([label[i], label[j]], axis=1), axis=1)[order]
        shortest = {(int(u), int(v)): int(k) for (u, v), k in zip(pair, order, strict=True)}
        if not shortest:
            continue
        ends = np.array(list(shortest))
        pick = np.array(list(shortest.values()))
        weights = coo_matrix((metres[pick], (ends[:, 0], ends[:, 1])), shape=(label.max() + 1,) * 2)
        tree = minimum_spanning_tree(weights.tocsr()).tocoo()
        chosen = [shortest[int(u), int(v)] for u, v in zip(tree.row, tree.col, strict=True)]
        found.append(np.stack([nodes[i[chosen]], nodes[j[chosen]]], axis=1))
    return np.concatenate(found).astype(np.int64)


def _neighbours(xy: Floats, part: Ints) -> tuple[Ints, Ints]:
    """Pairs of places of different parts: each with the few nearest that are not of its own."""
    pairs = [np.empty((0, 2), np.int64)]
    for one in np.unique(part):
        mine, others = np.flatnonzero(part == one), np.flatnonzero(part != one)
        k = min(NEAREST, len(others))
        near = cKDTree(xy[others]).query(xy[mine], k=k)[1].reshape(len(mine), k)
        pairs.append(np.stack([np.repeat(mine, k), others[near.reshape(-1)]], axis=1))
    found = np.concatenate(pairs)
    return found[:, 0], found[:, 1]
