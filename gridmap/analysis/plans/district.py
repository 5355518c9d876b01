"""Regions of a district: blocks inside each street, contiguous where people can walk across, walks to the centres."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.analysis.blocks import blocks
from gridmap.analysis.plans.barriers import passable, without_cut_off
from gridmap.analysis.plans.contiguity import Floats, Ints, contiguity
from gridmap.analysis.plans.plan import Asked, Plan, Units, assemble
from gridmap.analysis.regions import Problem, Solution, solve
from gridmap.analysis.regions.problem import Objective, Progress
from gridmap.domain.district import District
from gridmap.domain.notes import Note, Words
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.domain.uncertainty import Errors
from gridmap.network import walk_graph

CUT_OFF = 3.0
"""A block that no walk reaches is taken as this many times the straight distance away."""


def propose_district(
    district: District,
    *,
    lower: int | None = None,
    upper: int | None = None,
    regions: int | None = None,
    objective: Objective = "compact",
    numbers: Numbers = DEFAULT_NUMBERS,
    time_limit: float = 60.0,
    iterations: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Plan:
    """Propose mega-communities: contiguous regions of blocks that stay inside their street.

    Parameters
    ----------
    district
        In metres. Where there are no communities the streets, or the hull of all there is, are cut into blocks.
    lower, upper
        Least and most households of a region; by default `numbers.region_least` and `region_most`.
    regions, objective, time_limit, iterations, seed, progress
        See `gridmap.analysis.regions.solve`. For "access" the candidate centres are the blocks with a committee
        office or a service centre; where a street has too few of them its blocks of most households are added.
    numbers
        Also `contiguity_gap_m` and `gate_reach_m`.

    Returns
    -------
    Plan
        Regions in the district's coordinate system. `status`: `kept` where a region is one of today's communities;
        `later` where it reaches the floor only with villages whose collective property is not yet reformed; `below`
        for parts that can't be served (region -1); else `new`. Walks are metres on the walk graph, straight
        distances where the district has no ways.

    Raises
    ------
    DataError
        The district is not in metres or holds nothing to make blocks of.
    """
    lower = numbers.region_least if lower is None else lower
    upper = numbers.region_most if upper is None else upper
    tell = progress or _silent
    tell(0.0, "blocks")
    table = blocks(district, numbers=numbers)
    shapes = table.geometry.to_numpy()
    weights = table["households"].to_numpy(dtype=np.int64)
    street = table["street_code"].to_numpy(dtype=object)
    known = ~pd.isna(street)
    names = np.where(known, street, "").astype(str)
    group = np.unique(names, return_inverse=True)[1]
    touching = contiguity(shapes, gap=numbers.contiguity_gap_m)
    crossable, soft = passable(touching, district, numbers=numbers)
    counts, guessed = without_cut_off(touching, crossable, soft, weights, group, least=lower)
    touching = touching.only(counts)
    notes = []
    if guessed:
        notes.append(
            Note(
                "{count} groups of blocks behind walls without a known gate were joined to a neighbour.",
                {"count": guessed},
            )
        )
    places = _places(table, district)
    walks = _Walks(places, district, numbers)
    problem = Problem(
        weights=weights,
        edges=touching.edges,
        xy=places,
        border=touching.border,
        lower=lower,
        upper=upper,
        regions=regions,
        within=names,
    )
    if objective == "access":
        tell(0.05, "walks")
        centres = _candidates(table, district, names, lower)
        problem = _with_centres(problem, centres, walks.to(centres).T)
    inner = None if progress is None else lambda share, words: tell(0.2 + 0.75 * share, words)
    solution = solve(
        problem, objective=objective, time_limit=time_limit, iterations=iterations, seed=seed, progress=inner
    )
    walk = None if solution.region is None else _walk(walks, solution)
    if walks.cut_off:
        notes.append(
            Note(
                "{count} walks between blocks have no way; {times} times the straight distance stands for them.",
                {"count": walks.cut_off, "times": f"{CUT_OFF:g}"},
            )
        )
    units = Units(
        id=table["code"].tolist(),
        households=weights.astype(np.float64),
        weights=weights,
        fine=1,
        group=names.tolist() if known.any() else None,
        shapes=table.geometry,
        metric=shapes,
        xy=places,
        errors=Errors(table["own_error"].to_numpy(), table["shared_error"].to_numpy()),
    )
    plan = assemble(
        units,
        solution,
        Asked(objective, lower, upper, regions, seed),
        walk=walk,
        status=None if solution.region is None else _status(table, district, solution, lower),
        notes=notes,
    )
    tell(1.0, "done")
    return plan


def _silent(share: float, words: Words) -> None:
    del share, words


def _with_centres(problem: Problem, centres: Ints, cost: Floats) -> Problem:
    return Problem(**{**problem.__dict__, "centres": centres, "cost": cost})


def _places(table: gpd.GeoDataFrame, district: District) -> Floats:
    """(n, 2) where a block's people are: the middle of its buildings by households, else a point on it."""
    points = table.geometry.representative_point()
    places = np.column_stack((points.x, points.y))
    buildings = district["buildings"]
    buildings = buildings[buildings["households"].fillna(0) > 0]
    if not len(buildings):
        return places
    at = buildings.geometry.representative_point()
    block, building = shapely.STRtree(at.to_numpy()).query(table.geometry.to_numpy(), predicate="contains")
    share = buildings["households"].to_numpy(dtype=np.float64)[building]
    total = np.bincount(block, weights=share, minlength=len(table))
    lived = total > 0
    for axis, values in enumerate((at.x.to_numpy(), at.y.to_numpy())):
        mean = np.bincount(block, weights=share * values[building], minlength=len(table))
        places[lived, axis] = mean[lived] / total[lived]
    return places


def _candidates(table: gpd.GeoDataFrame, district: District, names: np.ndarray, lower: int) -> Ints:
    """Blocks with an office or a centre, and in each street the most populous ones up to twice its regions."""
    sites = district["centres"].geometry
    chosen = np.zeros(len(table), dtype=bool)
    if len(sites):
        chosen[shapely.STRtree(table.geometry.to_numpy()).query(sites.to_numpy(), predicate="within")[1]] = True
    weights = table["households"].to_numpy(dtype=np.int64)
    for name in np.unique(names):
        here = np.flatnonzero(names == name)
        wanted = 2 * max(1, int(weights[here].sum()) // max(1, lower)) - int(chosen[here].sum())
        if wanted > 0:
            rest = here[~chosen[here]]
            chosen[rest[np.argsort(-weights[rest], kind="stable")[:wanted]]] = True
    return np.flatnonzero(chosen)


class _Walks:
    """Walks between blocks: on the walk graph, made at the first call, or straight where there are no ways."""

    def __init__(self, places: Floats, district: District, numbers: Numbers) -> None:
        self.places, self.district, self.numbers = places, district, numbers
        self.cut_off = 0
        self._graph: Any = None

    def to(self, centres: Ints) -> Floats:
        """(k, n) metres from each centre to every block."""
        straight = np.hypot(*(self.places[centres][:, None, :] - self.places[None, :, :]).transpose(2, 0, 1))
        if not len(self.district["ways"]):
            return straight
        if self._graph is None:
            self._graph = walk_graph(self.district, asker="residents", numbers=self.numbers)
        walk = np.asarray(self._graph.distances(self.places[centres], self.places))
        missing = ~np.isfinite(walk)
        self.cut_off = int(missing.sum())
        return np.where(missing, CUT_OFF * straight, walk)


def _walk(walks: _Walks, solution: Solution) -> Floats:
    assert solution.region is not None
    walk = np.full(len(solution.region), np.nan)
    served = solution.region >= 0
    walk[served] = walks.to(solution.centres)[solution.region[served], np.flatnonzero(served)]
    return walk


def _status(table: gpd.GeoDataFrame, district: District, solution: Solution, lower: int) -> list[str]:
    """New, kept or later, for each region of the solution."""
    communities = district["communities"]
    ripe = pd.Series(
        ((communities["kind"] != "village") | (communities["reform_status"] == "done")).to_numpy(),
        index=communities["code"],
    )
    home = table["community_code"]
    is_ripe = home.map(ripe[~ripe.index.duplicated()]).fillna(True).to_numpy(dtype=bool)
    weights = table["households"].to_numpy(dtype=np.int64)
    found = []
    for number in range(len(solution.centres)):
        members = solution.region == number
        homes = home[members].unique()
        whole = len(communities) > 0 and len(homes) == 1 and bool((home[~members] != homes[0]).all())
        later = weights[members & is_ripe].sum() < lower
        found.append("kept" if whole else "later" if later else "new")
    return found
