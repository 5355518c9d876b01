"""Regions of a district: blocks inside each street, contiguous where people can walk across, walks to the centres."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import shapely
from scipy.spatial import cKDTree

from gridmap.analysis.plans.contiguity import Floats, Ints
from gridmap.analysis.plans.ground import Ground, ground
from gridmap.analysis.plans.plan import Asked, Plan, assemble
from gridmap.analysis.regions import Problem, Solution, solve
from gridmap.analysis.regions.problem import Objective, Progress
from gridmap.domain.district import District
from gridmap.domain.notes import Words
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers


def propose_district(
    district: District,
    *,
    lower: int | None = None,
    upper: int | None = None,
    regions: int | None = None,
    objective: Objective = "compact",
    only: Collection[str] = (),
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
        office or a service centre; where a street has too few of them its blocks of most households are added. Its
        costs are metres of walking; on land of villages the metres walked in the time that the ride takes.
    only
        Codes of the streets and communities that are planned; all by default.
    numbers
        Also `contiguity_gap_m`, `gate_reach_m`, `walking_speed` and `village_road_speed`.

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
    InputError
        There is no such street or community.
    """
    lower = numbers.region_least if lower is None else lower
    upper = numbers.region_most if upper is None else upper
    tell = progress or _silent
    tell(0.0, "blocks")
    here = ground(district, lower=lower, only=only, numbers=numbers)
    problem = here.problem(lower, upper, regions)
    if objective == "access":
        tell(0.05, "walks")
        problem = with_costs(here, problem)
    inner = None if progress is None else lambda share, words: tell(0.2 + 0.75 * share, words)
    solution = solve(
        problem, objective=objective, time_limit=time_limit, iterations=iterations, seed=seed, progress=inner
    )
    plan = as_plan(here, solution, Asked(objective, lower, upper, regions, seed))
    tell(1.0, "done")
    return plan


def as_plan(here: Ground, solution: Solution, asked: Asked) -> Plan:
    """The solver's answer over the blocks as a plan, with walks and each region's status."""
    nothing = solution.region is None
    walk = None if nothing else _walk(here, solution)
    status = None if nothing else statuses(here, solution.region, asked.lower)
    return assemble(here.units(), solution, asked, walk=walk, status=status, notes=here.notes())


def with_costs(here: Ground, problem: Problem, region: Ints | None = None) -> Problem:
    """The problem with candidate centres and the costs of walks to them.

    With `region` (n,), a plan that may have regions without any candidate, the most populous block of each is one, too.
    """
    centres = candidates(here, problem.lower)
    if region is not None:
        order = np.lexsort((-here.weights, region))
        first = np.unique(region[order], return_index=True)[1]
        centres = np.union1d(centres, order[first][region[order[first]] >= 0])
    cost = here.walks.to(here.places[centres]).T * here.pace[:, None]
    return replace(problem, centres=centres, cost=cost)


def _silent(share: float, words: Words) -> None:
    del share, words


def candidates(here: Ground, lower: int) -> Ints:
    """Blocks with an office or a centre, and in each street further ones up to twice its regions.

    These are chosen one after another: that with the most households times the squared distance to the nearest one
    chosen before, so that they are populous and spread.
    """
    sites = here.district["centres"].geometry
    chosen = np.zeros(len(here.table), dtype=bool)
    if len(sites):
        chosen[shapely.STRtree(here.table.geometry.to_numpy()).query(sites.to_numpy(), predicate="within")[1]] = True
    for name in np.unique(here.group):
        inside = np.flatnonzero(here.group == name)
        wanted = 2 * max(1, int(here.weights[inside].sum()) // max(1, lower)) - int(chosen[inside].sum())
        places, worth = here.places[inside], here.weights[inside] + 1e-3
        far = np.ones(len(inside))
        if chosen[inside].any():
            far = cKDTree(places[chosen[inside]]).query(places)[0] ** 2
        for number in range(min(wanted, int((~chosen[inside]).sum()))):
            best = int(np.argmax(np.where(chosen[inside], -1.0, worth * far)))
            chosen[inside[best]] = True
            distance = ((places - places[best]) ** 2).sum(axis=1)
            far = distance if number == 0 and far.min() == far.max() == 1.0 else np.minimum(far, distance)
    return np.flatnonzero(chosen)


def _walk(here: Ground, solution: Solution) -> Floats:
    assert solution.region is not None
    walk = np.full(len(solution.region), np.nan)
    served = solution.region >= 0
    to = here.walks.to(here.places[solution.centres])
    walk[served] = to[solution.region[served], np.flatnonzero(served)]
    return walk


def statuses(here: Ground, region: Ints | None, lower: int) -> list[str]:
    """New, kept or later, for each region."""
    assert region is not None
    found = []
    for number in range(int(region.max(initial=-1)) + 1):
        members = region == number
        homes = np.unique(here.community[members])
        alone = len(homes) == 1 and bool((here.community[~members] != homes[0]).all())
        later = here.weights[members & here.ripe].sum() < lower
        kept = len(here.district["communities"]) > 0 and alone
        found.append("kept" if kept else "later" if later else "new")
    return found
