"""A plan: its regions as a table, its assignment, its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.analysis.plans.contiguity import Floats, Ints, Shapes
from gridmap.analysis.regions import Solution, Unserved
from gridmap.analysis.regions.problem import Objective
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.notes import Note, template
from gridmap.domain.uncertainty import Errors, ranges

FIRST_SEQUENCE = 601
"""Sequence of a street's first mega-community (CJ/T 349-2010)."""

WORDS = {
    "below_lower": template("{households} households, {missing} too few for a region of its own"),
    "unit_above_upper": template("{households} households in one unit, more than a region may have"),
    "between_bounds": template("{households} households: too many for one number of regions, too few for the next"),
    "locks": template("the locks here contradict each other or the bounds"),
    "no_centre": template("no candidate centre in a part of {households} households"),
    "no_plan": template("proven: no contiguous regions within the bounds"),
    "not_found": template("no regions within the bounds were found; this doesn't prove that there are none"),
}
"""What a reason says of a part, by its code."""

_BARELY_ENOUGH = template(
    "Region {region} reaches {least} households only within the uncertainty of derived counts: {count}, "
    "between {low} and {high}."
)
_BARELY_FEW = template(
    "Region {region} stays at or below {most} households only within the uncertainty of derived counts: {count}, "
    "between {low} and {high}."
)


@dataclass(frozen=True)
class Plan:
    """One proposal.

    Parameters
    ----------
    regions
        One row a region in the units' coordinate system, with the columns of the layer `regions`; parts that can't
        be served have region -1 and status `below`. None where the units have no shapes.
    assignment
        One row a unit: `unit`, `region` (-1 without one), `households`; with the units' shapes where they have any.
    report
        What `R.json` holds (DESIGN section 7), ready for JSON but for its sentences, which are notes: the `words` of
        `infeasible` and the `notes`.
    """

    regions: gpd.GeoDataFrame | None
    assignment: pd.DataFrame
    report: dict[str, Any]


@dataclass(frozen=True)
class Units:
    """Units ready for the solver: ids, households, groups; shapes as they come out and in metres where there are any.

    `errors` are those of derived households. `fine` is by how much the weights are finer than a household, so that
    shares of households stay whole numbers.
    """

    id: Sequence[Any]
    households: Floats
    weights: Ints
    fine: int
    group: Sequence[Any] | None = None
    shapes: gpd.GeoSeries | None = None
    metric: Shapes | None = None
    xy: Floats | None = None
    errors: Errors | None = None


@dataclass(frozen=True)
class Asked:
    """What the planner asked for, as the report repeats it."""

    objective: Objective
    lower: int
    upper: int | None
    regions: int | None
    seed: int


def numbered(units: Units, region: Ints) -> tuple[Ints, list[str]]:
    """Regions from 0 in the order of their codes, and the codes: the group and a sequence from 601, west to east.

    Where two middles lie equally far west the northern one comes first; without shapes the order of first units
    counts.
    """
    count = int(region.max()) + 1
    keys = []
    for number in range(count):
        members = np.flatnonzero(region == number)
        group = "" if units.group is None else str(units.group[members[0]])
        place = (0.0, 0.0) if units.xy is None else tuple(np.round(units.xy[members].mean(axis=0), 3))
        keys.append((group, place[0], -place[1], int(members[0])))
    order = sorted(range(count), key=keys.__getitem__)
    rank = np.empty(count + 1, dtype=np.int64)
    rank[order] = np.arange(count)
    rank[-1] = -1
    codes: list[str] = []
    used: dict[str, int] = {}
    for number in order:
        group = keys[number][0]
        used[group] = used.get(group, FIRST_SEQUENCE - 1) + 1
        codes.append(f"{group}{used[group]}")
    return rank[region], codes


def region_called(code: str | None, streets: Mapping[str, str]) -> str | Note:
    """What people call a region: by its street and its number there; its code where it has no street.

    Parameters
    ----------
    code
        Of the region, None for none.
    streets
        The names of the streets by code.
    """
    if code is None:
        return Note("no region")
    street = max((each for each in streets if each and code.startswith(each)), key=len, default=None)
    if street is None or not code[-2:].isdigit():
        return code
    return Note("{street} mega-community {number}", {"street": streets[street], "number": int(code[-2:])})


def assemble(
    units: Units,
    solution: Solution,
    asked: Asked,
    *,
    walk: Floats | None = None,
    status: Sequence[str] | None = None,
    unserved: Sequence[Unserved] = (),
    notes: Sequence[Note] = (),
) -> Plan:
    """The solver's answer as a plan.

    Parameters
    ----------
    units, solution, asked
        What was solved, the answer, and what was asked.
    walk
        (n,) metres from each unit to its region's centre; without it straight distances between middles.
    status
        Status of each region by its number in the solution; without it every one is new.
    unserved
        Units without a region beside those of the solution.
    notes
        What else a reader must know.
    """
    missing = [*solution.unserved, *unserved]
    region = np.full(len(units.id), -1) if solution.region is None else solution.region
    renumbered, codes = numbered(units, region) if region.max(initial=-1) >= 0 else (region, [])
    centre = np.empty(len(codes), dtype=np.int64)
    state = ["new"] * len(codes)
    for old, unit in enumerate(solution.centres):
        centre[renumbered[unit]] = unit
        if status is not None:
            state[renumbered[unit]] = status[old]
    infeasible = [_part(units, one, number) for number, one in enumerate(missing, start=1)]
    assignment = pd.DataFrame(
        {"unit": list(units.id), "region": renumbered, "households": np.round(units.households).astype(np.int64)}
    )
    regions = None
    if units.shapes is not None:
        regions = _regions(units, renumbered, codes=codes, state=state, centre=centre, missing=missing, walk=walk)
        assignment = gpd.GeoDataFrame(assignment, geometry=units.shapes.to_numpy(), crs=units.shapes.crs)
    doubts = _doubts(units, renumbered, codes, asked)
    return Plan(regions, assignment, _report(units, solution, asked, infeasible, [*notes, *doubts]))


def _spread(units: Units, members: Sequence[Ints]) -> pd.DataFrame:
    """Between what the households of regions may lie, by their members."""
    count = pd.Series([float(units.households[each].sum()) for each in members], dtype="float64")
    if units.errors is None:
        return ranges(count, Errors(np.zeros(len(members)), np.zeros(len(members))))
    group = np.full(len(units.id), -1)
    for number, each in enumerate(members):
        group[each] = number
    return ranges(count, units.errors.summed(group, len(members)))


def _doubts(units: Units, region: Ints, codes: Sequence[str], asked: Asked) -> list[Note]:
    """Of each region whose households reach a bound only within their uncertainty, a note that says so."""
    members = [np.flatnonzero(region == number) for number in range(len(codes))]
    spread, notes = _spread(units, members), []
    for number, (low, high) in enumerate(zip(spread["households_low"], spread["households_high"], strict=True)):
        if pd.isna(low):
            continue
        count = _rounded(units.households[members[number]])
        said = {"region": codes[number], "count": f"{count:,}", "low": f"{low:,}", "high": f"{high:,}"}
        if low < asked.lower <= count:
            bound = {**said, "least": f"{asked.lower:,}"}
            notes.append(Note(_BARELY_ENOUGH, bound, place=codes[number], code="barely_enough"))
        if asked.upper is not None and count <= asked.upper < high:
            bound = {**said, "most": f"{asked.upper:,}"}
            notes.append(Note(_BARELY_FEW, bound, place=codes[number], code="barely_few"))
    return notes


def _part(units: Units, part: Unserved, number: int) -> dict[str, Any]:
    households = float(units.households[part.units].sum())
    missing = part.missing / units.fine
    group = None if units.group is None else units.group[part.units[0]]
    told: dict[str, Any] = {
        "part": f"{number}" if group is None else f"{group}",
        "households": _plain(households),
        "missing": _plain(missing),
        "reason": part.reason,
        "words": Note(
            WORDS[part.reason], {"households": f"{households:,.0f}", "missing": f"{missing:,.0f}"}, code=part.reason
        ),
        "units": [_plain(units.id[unit]) for unit in part.units],
    }
    help_ = _what_helps(units, part)
    return told | ({"would_help": help_} if help_ else {})


def _what_helps(units: Units, part: Unserved) -> dict[str, Any]:
    """The threshold that would do, and the nearest unit outside the part that it could join."""
    if part.reason != "below_lower":
        return {}
    found: dict[str, Any] = {"threshold": _plain(np.floor(units.households[part.units].sum()))}
    outside = np.setdiff1d(np.arange(len(units.id)), part.units)
    if units.metric is not None and len(outside):
        tree = shapely.STRtree(units.metric[outside])
        (_, nearest), distance = tree.query_nearest(units.metric[part.units], all_matches=False, return_distance=True)
        best = int(distance.argmin())
        neighbour = int(outside[nearest[best]])
        found["join_unit"] = _plain(units.id[neighbour])
        found["distance_m"] = round(float(distance[best]), 1)
        if units.group is not None:
            found["join_group"] = _plain(units.group[neighbour])
    return found


def _regions(
    units: Units,
    region: Ints,
    *,
    codes: Sequence[str],
    state: Sequence[str],
    centre: Ints,
    missing: Sequence[Unserved],
    walk: Floats | None,
) -> gpd.GeoDataFrame:
    """One row a region, then one for each part without one; neighbours share the same border points."""
    assert units.shapes is not None
    assert units.metric is not None
    assert units.xy is not None
    members = [np.flatnonzero(region == number) for number in range(len(codes))]
    left = [part.units for part in missing]
    below = [f"{'' if units.group is None else units.group[part[0]]}below{i}" for i, part in enumerate(left, start=1)]
    if walk is None:
        walk = np.full(len(region), np.nan)
        served = region >= 0
        walk[served] = np.hypot(*(units.xy[served] - units.xy[centre[region[served]]]).T)
    shapes = units.shapes.to_numpy()
    metric = [shapely.coverage_union_all(units.metric[each]) for each in members + left]
    perimeter = shapely.length(metric)
    share = np.divide(4 * np.pi * shapely.area(metric), perimeter**2, out=np.zeros(len(metric)), where=perimeter > 0)
    mean_walk = [_mean(walk[each], units.households[each]) for each in members] + [float("nan")] * len(left)
    lon, lat = _centres(units, centre)
    nothing = [float("nan")] * len(left)
    return gpd.GeoDataFrame(
        {
            "region": pd.array([*range(len(codes)), *[-1] * len(left)], dtype="Int64"),
            "code": [*codes, *below],
            "status": [*state, *["below"] * len(left)],
            "households": pd.array([_rounded(units.households[each]) for each in members + left], dtype="Int64"),
            "units": pd.array([len(each) for each in members + left], dtype="Int64"),
            "members": [[_plain(units.id[int(unit)]) for unit in each] for each in members + left],
            "compactness": np.round(share, 6),
            "centre_lon": [*lon, *nothing],
            "centre_lat": [*lat, *nothing],
            "mean_walk_m": mean_walk,
            **{name: values.array for name, values in _spread(units, members + left).items()},
        },
        geometry=[shapely.coverage_union_all(shapes[each]) for each in members + left],
        crs=units.shapes.crs,
    )


def _rounded(households: Floats) -> int:
    return round(float(households.sum()))


def _mean(values: Floats, weights: Floats) -> float:
    known = np.isfinite(values)
    total = float(weights[known].sum())
    return round(float((values[known] * weights[known]).sum() / total), 1) if total > 0 else float("nan")


def _centres(units: Units, centre: Ints) -> tuple[Floats, Floats]:
    """Longitude and latitude of a point inside each centre's unit; empty where the coordinate system is unknown."""
    assert units.shapes is not None
    points = units.shapes.iloc[centre].representative_point()
    if points.crs is None:
        nothing = np.full(len(centre), np.nan)
        return nothing, nothing
    points = points.to_crs(GEOGRAPHIC)
    return np.round(points.x.to_numpy(), 7), np.round(points.y.to_numpy(), 7)


def _report(
    units: Units, solution: Solution, asked: Asked, infeasible: list[dict[str, Any]], notes: Sequence[Note]
) -> dict[str, Any]:
    scale = units.fine if asked.objective in {"access", "compact"} else 1
    status: str = solution.status
    if infeasible and status in {"optimal", "feasible"}:
        status = "partial"
    return {
        "status": status,
        "regions": len(solution.centres),
        "regions_at_most": solution.most,
        "objective": asked.objective,
        "objective_value": _plain(solution.value / scale),
        "lower_bound": _plain(solution.bound / scale),
        "gap": _plain(solution.gap),
        "seconds": round(solution.seconds, 3),
        "units": len(units.id),
        "households": _plain(units.households.sum()),
        "min_households": asked.lower,
        "max_households": asked.upper,
        "regions_asked": asked.regions,
        "infeasible": infeasible,
        "reason": solution.refused.code if solution.refused else "; ".join(_codes(infeasible)),
        "interrupted": solution.interrupted,
        "seed": asked.seed,
        "notes": [*notes] if solution.refused is None else [solution.refused, *notes],
    }


def _codes(infeasible: list[dict[str, Any]]) -> Sequence[str]:
    return list(dict.fromkeys(part["reason"] for part in infeasible))


def _plain(value: Any) -> Any:
    """A value as JSON has it: whole numbers whole, what is no number as nothing."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if not np.isfinite(value):
            return None
        return int(value) if value.is_integer() else round(value, 6)
    return value
