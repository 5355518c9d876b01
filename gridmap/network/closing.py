"""The walk graph as it were with some gates shut: what they join is taken out, all else stays as it is."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix

from gridmap.network.graph import WalkGraph
from gridmap.network.legs import Legs
from gridmap.network.segments import Ints, as_lines
from gridmap.network.yards import WALL_M


def nodes_at_gates(graph: WalkGraph, gates: Ints) -> Ints:
    """The nodes through which one passes these gates (row numbers of the walls' gates), and no other gate."""
    walls = graph.walls
    shut = np.isin(walls.door_gate, gates)
    at_gate = np.isin(graph.gate_of, gates)
    way_nodes = np.unique(graph.edge_ends)
    way_nodes = way_nodes[graph.gate_of[way_nodes] < 0]
    points = shapely.points(graph.xy[way_nodes])
    doors = as_lines(walls.doors_p, walls.doors_q)
    beside = shapely.STRtree(doors[shut]).query(points, "dwithin", WALL_M)[0]
    kept = shapely.STRtree(doors[~shut & walls.usable[walls.door_gate]]).query(points, "dwithin", WALL_M)[0]
    return np.union1d(np.flatnonzero(at_gate), way_nodes[np.setdiff1d(beside, kept)]).astype(np.int64)


def without_nodes(graph: WalkGraph, nodes: Ints) -> WalkGraph:
    """The graph with no way through these nodes."""
    whole = graph.matrix.tocoo()
    return _kept(graph, ~(np.isin(whole.row, nodes) | np.isin(whole.col, nodes)))


def legs_without(legs: Legs, nodes: Ints) -> Legs:
    """The legs that don't end at one of these nodes."""
    keep = ~np.isin(legs.node, nodes)
    return legs._replace(place=legs.place[keep], node=legs.node[keep], metres=legs.metres[keep])


def without_edges(graph: WalkGraph, entries: Ints) -> WalkGraph:
    """The graph without some of its edges, given as entries of its matrix."""
    keep = np.ones(graph.matrix.nnz, bool)
    keep[entries] = False
    return _kept(graph, keep)


def _kept(graph: WalkGraph, keep: NDArray[np.bool_]) -> WalkGraph:
    """The graph with these entries of its matrix only."""
    whole = graph.matrix.tocoo()
    kept = coo_matrix((whole.data[keep], (whole.row[keep], whole.col[keep])), shape=whole.shape)
    return graph.with_matrix(kept.tocsr())
