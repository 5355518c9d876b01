"""Regions of any polygons."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike

from gridmap.analysis.plans.contiguity import Floats, Ints, clean_coverage, contiguity
from gridmap.analysis.plans.plan import Asked, Plan, Units, assemble
from gridmap.analysis.regions import Problem, solve
from gridmap.analysis.regions.problem import Objective, Progress
from gridmap.domain.errors import DataError, InputError
from gridmap.domain.metric import GEOGRAPHIC, metric_crs
from gridmap.domain.notes import Note
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers

FINE = 1000
"""Where households are no whole numbers they are counted in thousandths, rounded down: a floor stays a floor."""


def propose(
    units: gpd.GeoDataFrame,
    *,
    id: str | None = None,  # noqa: A002 - the field's name on the command line
    households: str,
    within: str | None = None,
    lower: int = DEFAULT_NUMBERS.region_least,
    upper: int | None = None,
    regions: int | None = None,
    objective: Objective = "compact",
    costs: ArrayLike | None = None,
    numbers: Numbers = DEFAULT_NUMBERS,
    time_limit: float = 60.0,
    iterations: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Plan:
    """Join polygons into contiguous regions of at least `lower` households.

    Parameters
    ----------
    units
        Polygons in any coordinate system; one that is unknown is taken as metres. Overlaps and gaps narrower than
        `numbers.contiguity_gap_m` are cleaned first.
    id
        Column with the units' ids, each once; without it the table's index.
    households
        Column with households (or people), numbers of at least 0; empty counts as 0 and is said in the notes.
    within
        Column with the group, for instance the street, that a region may not leave; it begins the regions' codes.
    lower, upper, regions, objective, time_limit, iterations, seed, progress
        See `gridmap.analysis.regions.solve`; the objective "border" sums metres of shared border.
    costs
        (n, n) metres from each unit to each unit as a centre, for the objective "access"; straight distances
        between the units' middles without it.

    Returns
    -------
    Plan
        Regions in the units' coordinate system.

    Raises
    ------
    InputError
        A column is missing, ids are not unique, households are negative or no numbers, the table is empty.
    DataError
        A unit is no polygon.
    """
    _check_columns(units, id, households, within)
    count, notes = _counted(units[households], households)
    ids = [_bare(value) for value in (units.index if id is None else units[id])]
    if len(set(ids)) < len(ids):
        double = pd.Series(ids)[pd.Series(ids).duplicated()].iloc[0]
        raise InputError("The units' ids must be different, but {id} is there more than once.", id=double)
    shapes = _polygons(units.geometry)
    metric = shapes
    if shapes.crs is not None and shapes.crs.is_geographic:
        bounds = shapes.to_crs(GEOGRAPHIC).total_bounds
        metric = shapes.to_crs(metric_crs((bounds[0], bounds[1], bounds[2], bounds[3])))
    cleaned, changed = clean_coverage(metric.to_numpy(), gap=numbers.contiguity_gap_m)
    if changed:
        notes.append(Note("Overlaps and narrow gaps between units were cleaned before joining them."))
        clean = gpd.GeoSeries(cleaned, index=shapes.index, crs=metric.crs)
        shapes = clean if shapes.crs is None else clean.to_crs(shapes.crs)
    touching = contiguity(cleaned, gap=numbers.contiguity_gap_m, cleaned=changed)
    weights, fine = whole(count)
    xy = np.column_stack((shapely.get_x(shapely.centroid(cleaned)), shapely.get_y(shapely.centroid(cleaned))))
    group = None if within is None else ["" if pd.isna(value) else str(_bare(value)) for value in units[within]]
    flat = shapely.area(cleaned) <= 0
    prepared = Units(ids, count, weights, fine, group, shapes, cleaned, np.nan_to_num(xy))
    asked = Asked(objective, lower, upper, regions, seed)
    problem = Problem(
        weights=weights,
        edges=touching.edges,
        cost=costs,
        xy=prepared.xy,
        border=touching.border,
        lower=lower * fine,
        upper=None if upper is None else upper * fine,
        regions=regions,
        within=group,
    )
    solution = solve(
        problem, objective=objective, time_limit=time_limit, iterations=iterations, seed=seed, progress=progress
    )
    if flat.any():
        notes.append(Note("{count} units have no area.", {"count": int(flat.sum())}))
    return assemble(prepared, solution, asked, walk=_walk(costs, solution.region, solution.centres), notes=notes)


def whole(count: Floats) -> tuple[Ints, int]:
    """Households as whole numbers, and how many of them make one household: 1, or thousandths rounded down."""
    if (count == np.floor(count)).all():
        return count.astype(np.int64), 1
    return np.floor(count * FINE + 1e-6).astype(np.int64), FINE


def _walk(costs: ArrayLike | None, region: Ints | None, centres: Ints) -> Floats | None:
    if costs is None or region is None:
        return None
    walk = np.full(len(region), np.nan)
    served = region >= 0
    walk[served] = np.asarray(costs)[np.flatnonzero(served), centres[region[served]]]
    return walk


def _check_columns(units: gpd.GeoDataFrame, *names: str | None) -> None:
    if not len(units):
        raise InputError("There are no units to make regions of.")
    for name in names:
        if name is not None and name not in units.columns:
            fields = ", ".join(str(column) for column in units.columns if column != units.geometry.name)
            raise InputError("The units have no column {name}; they have {fields}.", name=name, fields=fields)


def _counted(values: pd.Series[Any], name: str) -> tuple[Floats, list[Note]]:
    """Households as numbers; empty ones are 0, with a note."""
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    wrong = numbers.isna() & values.notna() & (values.astype(str).str.strip() != "")
    bad = wrong | (numbers < 0) | np.isinf(numbers)
    if bad.any():
        raise InputError("{name} must be numbers of at least 0; one is {value}.", name=name, value=values[bad].iloc[0])
    empty = int(numbers.isna().sum())
    notes = [Note("{count} units without {name} were counted as 0.", {"count": empty, "name": name})] if empty else []
    return np.asarray(numbers.fillna(0.0), dtype=np.float64), notes


def _polygons(geometry: gpd.GeoSeries) -> gpd.GeoSeries:
    """The areas of each unit, made valid."""
    kinds = set(geometry.geom_type.dropna().unique()) - {"Polygon", "MultiPolygon", "GeometryCollection"}
    if kinds:
        raise DataError("Units must be polygons, but some are {kinds}.", kinds=", ".join(sorted(map(str, kinds))))
    shapes = geometry.to_numpy().copy()
    shapes[shapely.is_missing(shapes)] = shapely.Polygon()
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = [_areas(shape) for shape in shapely.make_valid(shapes[broken], method="structure")]
    return gpd.GeoSeries(shapely.force_2d(shapes), index=geometry.index, crs=geometry.crs)


def _areas(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _bare(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
