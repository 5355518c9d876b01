"""Regions of a dual graph: networkx's adjacency JSON, as GerryChain writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from gridmap.analysis.plans.contiguity import Floats, Ints
from gridmap.analysis.plans.plan import Asked, Plan, Units, assemble
from gridmap.analysis.plans.propose import whole
from gridmap.analysis.regions import Problem, solve
from gridmap.analysis.regions.problem import Objective, Progress
from gridmap.domain.errors import InputError
from gridmap.domain.notes import Note
from gridmap.domain.numbers import DEFAULT_NUMBERS

POSITIONS = (("x", "y"), ("C_X", "C_Y"), ("INTPTLON20", "INTPTLAT20"), ("INTPTLON10", "INTPTLAT10"), ("lon", "lat"))
"""Names under which nodes may carry their middles."""
BORDER = "shared_perim"
"""Name under which edges carry the length of the shared border."""
HOPS_MOST = 5000
"""Nodes up to which distances are counted in steps where the nodes have no positions."""


def propose_graph(
    adjacency: Mapping[str, Any],
    *,
    households: str,
    id: str | None = None,  # noqa: A002 - the field's name on the command line
    within: str | None = None,
    lower: int = DEFAULT_NUMBERS.region_least,
    upper: int | None = None,
    regions: int | None = None,
    objective: Objective = "border",
    time_limit: float = 60.0,
    iterations: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Plan:
    """Join the nodes of a dual graph into contiguous regions of at least `lower` households.

    Parameters
    ----------
    adjacency
        A graph in networkx's adjacency form (`networkx.readwrite.json_graph.adjacency_data`).
    households, id, within
        Attributes of the nodes: households or people; the unit's id, by default the node's; the group that a region
        may not leave.
    lower, upper, regions, objective, time_limit, iterations, seed, progress
        See `gridmap.analysis.regions.solve`. "border" sums `shared_perim` where every edge has it, else counts
        edges; "access" counts steps in the graph where nodes have no positions; "compact" needs positions.

    Returns
    -------
    Plan
        Without regions' shapes: `regions` is None.

    Raises
    ------
    InputError
        No adjacency JSON, an attribute missing on some node, households negative or no numbers.
    """
    graph = _graph(adjacency)
    nodes = list(graph.nodes)
    count = _numbers(graph, nodes, households)
    ids = nodes if id is None else _attribute(graph, nodes, id)
    if len(set(map(str, ids))) < len(ids):
        raise InputError("The attribute {name} is not different for every node.", name=id)
    group = None if within is None else [str(value) for value in _attribute(graph, nodes, within)]
    number = {node: i for i, node in enumerate(nodes)}
    edges = np.array([(number[a], number[b]) for a, b in graph.edges], dtype=np.int64).reshape(-1, 2)
    weights, fine = whole(count)
    xy = _positions(graph, nodes)
    if objective == "compact" and xy is None:
        raise InputError("The objective compact needs nodes with positions: {names}.", names=" or ".join(POSITIONS[0]))
    notes = []
    cost = None
    if objective == "access" and xy is None:
        cost = _hops(edges, len(nodes))
        notes.append(Note("Distances are steps in the graph: its nodes have no positions."))
    solution = solve(
        Problem(
            weights=weights,
            edges=edges,
            cost=cost,
            xy=xy,
            border=_borders(graph),
            lower=lower * fine,
            upper=None if upper is None else upper * fine,
            regions=regions,
            within=group,
        ),
        objective=objective,
        time_limit=time_limit,
        iterations=iterations,
        seed=seed,
        progress=progress,
    )
    units = Units(ids, count, weights, fine, group)
    return assemble(units, solution, Asked(objective, lower, upper, regions, seed), notes=notes)


def _graph(adjacency: Mapping[str, Any]) -> nx.Graph:
    if not isinstance(adjacency, Mapping) or not {"nodes", "adjacency"} <= set(adjacency):
        raise InputError("This is not a graph in networkx's adjacency form: it has no nodes and adjacency.")
    try:
        graph = nx.Graph(nx.readwrite.json_graph.adjacency_graph(dict(adjacency)))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, nx.NetworkXError) as error:
        raise InputError("This graph can't be read as networkx's adjacency form: {error}.", error=error) from error
    if not len(graph):
        raise InputError("There are no units to make regions of.")
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    return graph


def _attribute(graph: nx.Graph, nodes: list[Any], name: str) -> list[Any]:
    for node in nodes:
        if name not in graph.nodes[node]:
            has = ", ".join(map(str, graph.nodes[node])) or "none"
            raise InputError("Node {node} has no attribute {name}; it has {has}.", node=node, name=name, has=has)
    return [graph.nodes[node][name] for node in nodes]


def _numbers(graph: nx.Graph, nodes: list[Any], name: str) -> Floats:
    values = _attribute(graph, nodes, name)
    try:
        numbers = np.array([float(value) for value in values])
    except (TypeError, ValueError) as error:
        raise InputError("{name} must be numbers of at least 0: {error}.", name=name, error=error) from error
    bad = ~np.isfinite(numbers) | (numbers < 0)
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        raise InputError("{name} must be numbers of at least 0; one is {value}.", name=name, value=values[first])
    return numbers


def _positions(graph: nx.Graph, nodes: list[Any]) -> Floats | None:
    for names in POSITIONS:
        if all(name in graph.nodes[node] for node in nodes for name in names):
            try:
                xy = np.array([[float(graph.nodes[node][name]) for name in names] for node in nodes])
            except (TypeError, ValueError):
                continue
            if np.isfinite(xy).all():
                return xy
    return None


def _borders(graph: nx.Graph) -> Floats | None:
    lengths = [data.get(BORDER) for _, _, data in graph.edges(data=True)]
    if not lengths or any(not isinstance(length, int | float) for length in lengths):
        return None
    border = np.array(lengths, dtype=np.float64)
    return border if (np.isfinite(border) & (border >= 0)).all() else None


def _hops(edges: Ints, n: int) -> Floats:
    if n > HOPS_MOST:
        raise InputError("Without positions the objective access goes up to {most} nodes; take border.", most=HOPS_MOST)
    graph = csr_array((np.ones(len(edges)), edges.T), shape=(n, n))
    return np.asarray(dijkstra(graph, directed=False, unweighted=True))
