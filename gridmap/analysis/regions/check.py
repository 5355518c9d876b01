"""Is this a plan? Checked from the problem alone, by none of the code that made the plan."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import networkx as nx
import numpy as np

from gridmap.analysis.regions.problem import Ints, Problem


def faults(problem: Problem, region: Ints, centres: Sequence[int] | Ints) -> list[str]:
    """What a partition breaks of its problem, in words; nothing where it is a plan.

    Parameters
    ----------
    problem
        The problem as it was given.
    region
        (n,) region of each unit, -1 for units without one.
    centres
        The unit that is each region's centre.
    """
    found: list[str] = []
    weights = np.asarray(problem.weights)
    numbers = sorted(set(region.tolist()) - {-1})
    if numbers != list(range(len(numbers))):
        return [f"the regions are not numbered from 0: {numbers}"]
    if len(centres) != len(numbers):
        found.append(f"{len(centres)} centres for {len(numbers)} regions")
    graph = nx.Graph()
    graph.add_nodes_from(range(len(weights)))
    graph.add_edges_from(np.asarray(problem.edges).reshape(-1, 2).tolist())
    within = None if problem.within is None else np.asarray(problem.within)
    for number in numbers:
        members = np.flatnonzero(region == number)
        load = int(weights[members].sum())
        if not nx.is_connected(graph.subgraph(members.tolist())):
            found.append(f"region {number} is in pieces")
        if load < problem.lower:
            found.append(f"region {number} has {load} households, below {problem.lower}")
        if problem.upper is not None and load > problem.upper:
            found.append(f"region {number} has {load} households, above {problem.upper}")
        if within is not None and len(set(within[members].tolist())) > 1:
            found.append(f"region {number} leaves its group")
        if number < len(centres) and region[centres[number]] != number:
            found.append(f"the centre of region {number} is outside it")
    return found + _centre_faults(problem, region, list(map(int, centres))) + _lock_faults(problem, region)


def _centre_faults(problem: Problem, region: Ints, centres: list[int]) -> list[str]:
    if problem.centres is None:
        return []
    found: list[str] = []
    candidates = [int(unit) for unit in np.asarray(problem.centres)]
    strange = set(centres) - set(candidates)
    if strange:
        found.append(f"units {sorted(strange)} are centres but no candidates")
    if problem.fixed_centres:
        served = {unit for unit in candidates if region[unit] >= 0}
        if served - set(centres):
            found.append(f"the fixed centres {sorted(served - set(centres))} have no region")
    if problem.capacity is not None and not strange:
        capacity = np.asarray(problem.capacity)
        weights = np.asarray(problem.weights)
        for number, unit in enumerate(centres):
            load, most = int(weights[region == number].sum()), int(capacity[candidates.index(unit)])
            if load > most:
                found.append(f"region {number} has {load} households, its centre's capacity is {most}")
    if problem.fixed and not strange:
        for unit, index in problem.fixed.items():
            if region[unit] >= 0 and centres[region[unit]] != candidates[index]:
                found.append(f"unit {unit} is not in the region of its lock")
    return found


def _lock_faults(problem: Problem, region: Ints) -> list[str]:
    if not problem.fixed or problem.centres is not None:
        return []
    found: list[str] = []
    regions: dict[object, set[int]] = {}
    for unit, name in problem.fixed.items():
        if region[unit] >= 0:
            regions.setdefault(name, set()).add(int(region[unit]))
    found += [f"the units locked to {name} are in several regions" for name, here in regions.items() if len(here) > 1]
    ordered = sorted(next(iter(here)) for here in regions.values() if len(here) == 1)
    if any(a == b for a, b in pairwise(ordered)):
        found.append("units of different locks share a region")
    return found
