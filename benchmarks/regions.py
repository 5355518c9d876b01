"""Regions of least border on rook grids, beside GerryChain's recursive tree partition on the same units."""

import random
import time

import networkx as nx
import numpy as np
from gerrychain import Graph
from gerrychain.partition import recursive_tree_part

from gridmap.analysis.regions import Problem, solve

FLOOR = 5000
GRIDS = ((25, 40, None, 16), (50, 100, 84, 81), (50, 100, None, None), (100, 200, None, None))
"""Rows, columns, the regions that we are asked for (None: the most there can be), and those that the peer is asked for
(None: it isn't run): it can't be told a floor, only a balance."""


def _rook(rows: int, columns: int) -> np.ndarray:
    cells = np.arange(rows * columns).reshape(rows, columns)
    across = np.c_[cells[:, :-1].ravel(), cells[:, 1:].ravel()]
    down = np.c_[cells[:-1].ravel(), cells[1:].ravel()]
    return np.r_[across, down]


def _row(
    method: str, shape: str, began: float, *, region: np.ndarray, edges: np.ndarray, households: np.ndarray
) -> dict:
    return {
        "grid": shape,
        "method": method,
        "regions": len(np.unique(region)),
        "least": int(np.bincount(region, weights=households).min()),
        "polsby_popper": round(_polsby_popper(region, edges), 2),
        "cut": int((region[edges[:, 0]] != region[edges[:, 1]]).sum()),
        "processor_seconds": round(time.process_time() - began, 1),
    }


def run() -> list[dict]:
    rows = []
    solve(Problem(weights=np.full(100, 100), edges=_rook(10, 10), lower=1000), objective="border", time_limit=2)
    for height, width, wanted, asked in GRIDS:
        shape = f"{height} x {width}"
        households = np.random.default_rng(7).integers(20, 151, height * width)
        edges = _rook(height, width)
        began = time.process_time()
        solution = solve(
            Problem(weights=households, edges=edges, lower=FLOOR, regions=wanted),
            objective="border",
            time_limit=60,
            seed=1,
        )
        rows.append(
            {
                **_row("gridmap", shape, began, region=solution.region, edges=edges, households=households),
                "lower_bound": round(solution.bound),
            }
        )
        if asked is None:
            continue
        random.seed(1)
        graph = Graph.from_networkx(_graph(households, edges))
        began = time.process_time()
        parts = recursive_tree_part(graph, range(asked), households.sum() / asked, "households", epsilon=0.05)
        region = np.array([parts[node] for node in range(len(households))])
        rows.append(
            _row("GerryChain recursive_tree_part", shape, began, region=region, edges=edges, households=households)
        )
    return rows


def _polsby_popper(region: np.ndarray, edges: np.ndarray) -> float:
    """Mean of 4 pi area / perimeter² over the regions, in cells and sides."""
    area = np.bincount(region)
    same = region[edges[:, 0]] == region[edges[:, 1]]
    perimeter = 4 * area - 2 * np.bincount(region[edges[same, 0]], minlength=len(area))
    return float((4 * np.pi * area / perimeter**2).mean())


def _graph(households: np.ndarray, edges: np.ndarray):
    graph = nx.Graph()
    graph.add_nodes_from((node, {"households": int(number)}) for node, number in enumerate(households))
    graph.add_edges_from(edges.tolist())
    return graph
