"""Isolation of compounds: measured on the walk graph, classed, explained (DESIGN sections 3, 7 and 9)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.analysis.isolation.boundary import boundary_measures, with_outlines
from gridmap.analysis.isolation.causes import NATURAL, causes
from gridmap.analysis.isolation.judge import classes, reasons, score_parts
from gridmap.analysis.isolation.reach import reach
from gridmap.analysis.isolation.reasons import as_json, worded
from gridmap.analysis.isolation.walks import (
    Homes,
    Pairs,
    between_neighbours,
    by_compound,
    homes,
    neighbours,
    pairs_of,
    walk_pairs,
)
from gridmap.domain.district import District
from gridmap.domain.layers import RESULT_LAYERS
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.network import WalkGraph, placed, surveyed, walk_graph

Progress = Callable[[float, str], None]

SEVERITY = {"open": 0, "unsurveyed": 0, "partly": 1, "isolated": 2}
CUT_OFF = 3
"""How bad a class is; worse than isolated by detours is having no way to any neighbour."""


class Setting(NamedTuple):
    """What all measurements of one district share: homes, which compounds are neighbours, pairs of their homes."""

    district: District
    homes: Homes
    neighbours: NDArray[np.int64]
    pairs: Pairs
    numbers: Numbers


def isolation(
    district: District, *, numbers: Numbers = DEFAULT_NUMBERS, progress: Progress | None = None
) -> gpd.GeoDataFrame:
    """How isolated each compound is, and why.

    Parameters
    ----------
    district
        Metric. Layers that are missing leave empty what needs them.
    numbers
        Thresholds.
    progress
        Told the share done and what is being done.

    Returns
    -------
    One row a compound that has a place, its geometry, in the district's system, and:

    `class`, `cause`
        By the table of DESIGN section 3; a cause for those that are isolated or partly so.
    `score`, `score_parts`
        0 to 100, 100 the worst, and the JSON object of the parts that it is the sum of; empty where not surveyed.
    `openings_per_km`, `longest_gap_m`, `walled_share`
        Of the boundary's own length, see `boundary_measures`; empty where not surveyed.
    `directness`, `detour_m`
        Walk by straight line, and metres more than it, to the buildings of compounds within `neighbour_distance_m`:
        means over reachable pairs at least `pair_least_m` apart, weighted by the product of households. Walks pass
        public gates only, and compounds that nobody surveyed. Empty where no neighbour is reached.
    `directness_worst`, `detour_worst_m`, `class_worst`
        The same where compounds that nobody surveyed are taken for walled.
    `neighbours`, `neighbours_unreached`
        How many compounds are within `neighbour_distance_m`, and how many of them no walk leads to.
    `reach_300`, `reach_500`
        Households of other compounds within that walk, as a share (0 to 1) of those without this compound's boundary.
    `office_walk_m`, `centre_walk_m`
        Residents' walk to the nearest committee office and service centre, mean over households.
    `employer_share`, `interleaving`
        Share of households that are the employer's; share of neighbours that are of other communities.
    `reasons`, `reasons_zh`, `reasons_en`
        JSON list of `{code, params}`, and the sentences.

    Raises
    ------
    DataError
        The district is in degrees.
    """
    tell = progress or (lambda _share, _words: None)
    district = with_outlines(district)
    compounds = district["compounds"]
    if compounds.empty:
        return _table(compounds, pd.DataFrame(index=compounds.index), numbers)
    known = surveyed(district, numbers=numbers).to_numpy(dtype=bool)
    where = homes(district)
    neighbour = neighbours(compounds, numbers)
    setting = Setting(district, where, neighbour, pairs_of(where, neighbour, numbers), numbers)
    tell(0.05, "walk graph")
    graph = walk_graph(district, numbers=numbers)
    tell(0.1, "walks between neighbours")
    between = _between(setting, graph)
    measures = by_compound(between, len(compounds))
    measures = measures.join(boundary_measures(district, known, numbers))
    measures["surveyed"] = known
    crossed = _crossed(setting)
    across = _mostly(setting, crossed, np.ones(len(crossed), bool), 1.0)
    measures["measurable"] = _measurable(setting, graph, measures, across)
    measures["class_"] = classes(measures, numbers)
    tell(0.4, "what nobody surveyed, taken for walled")
    measures = measures.join(_worst(setting, graph, measures))
    tell(0.6, "reach")
    measures = measures.join(reach(district, graph, where, known, numbers))
    tell(0.75, "offices and centres")
    measures = measures.join(_services(setting, graph))
    tell(0.85, "causes")
    measures = measures.join(_near(setting, known))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (between["ratio_sum"] / between["weight"]).to_numpy()
    poor = (between["measured"] & ~between["reached"]).to_numpy() | (ratio > numbers.directness_poor)
    measures["across"] = across | _mostly(setting, crossed, poor, 0.5)
    measures = measures.join(_causes(setting, graph, measures))
    table = _table(compounds, measures, numbers)
    tell(1.0, "done")
    return table


def _walked(setting: Setting, graph: WalkGraph, only: NDArray[np.bool_] | None = None) -> pd.DataFrame:
    """Directness, detour, and neighbours not reached, of all compounds or right for those of `only`."""
    return by_compound(_between(setting, graph, only), len(setting.district["compounds"]))


def _between(setting: Setting, graph: WalkGraph, only: NDArray[np.bool_] | None = None) -> pd.DataFrame:
    """The figures of each pair of neighbours, or of those that bear on `only`."""
    pairs, neighbour = setting.pairs, setting.neighbours
    if only is not None:
        near = only[neighbour[:, 0]] | only[neighbour[:, 1]]
        pairs = pairs.take(near[pairs.pair])
    rows = np.unique(np.concatenate([pairs.a, pairs.b]))
    met = pairs._replace(a=np.searchsorted(rows, pairs.a), b=np.searchsorted(rows, pairs.b))
    walk = walk_pairs(graph, graph.legs(setting.homes.xy[rows]), setting.homes.take(rows), met)
    return between_neighbours(neighbour, pairs, walk)


def _cut_off(measures: pd.DataFrame) -> NDArray[np.bool_]:
    return np.asarray((measures["neighbours"] > 0) & (measures["unreached"] == measures["neighbours"]), dtype=bool)


def _measurable(
    setting: Setting, graph: WalkGraph, measures: pd.DataFrame, across: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """False where neighbours are out of reach only because the mapped ways lead nowhere, walls or not.

    A compound without any opening is cut off whatever the ways are, and so is one with a river all round (`across`).
    """
    lost = _cut_off(measures) & ~across & ~(measures["openings"] == 0).to_numpy()
    if not lost.any():
        return np.ones(len(lost), bool)
    free = setting.district.with_tables(
        compounds=setting.district["compounds"].assign(enclosure="open"),
        barriers=setting.district["barriers"].iloc[:0],
    )
    in_pieces = _cut_off(_walked(setting, walk_graph(free, numbers=setting.numbers, same_ways=graph), lost))
    gated = lost & (measures["walled_share"] > 0).to_numpy() & (measures["gates"] > 0).to_numpy()
    return ~(lost & (in_pieces | _leads_nowhere(setting, graph, gated)))


def _leads_nowhere(setting: Setting, graph: WalkGraph, which: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether no way is mapped that a compound's openings lead to."""
    found = np.zeros(len(which), bool)
    shapes = setting.district["compounds"].geometry.to_numpy()
    for compound in np.flatnonzero(which):
        low, high = setting.homes.of(np.array([compound]))
        legs = graph.legs(setting.homes.xy[low[0] : high[0]])
        nodes = graph.xy[np.isin(graph.parts, np.unique(graph.parts[legs.node]))]
        land = shapely.buffer(shapes[compound], setting.numbers.gate_reach_m)
        found[compound] = bool(shapely.contains_xy(land, nodes).all())
    return found


def _crossed(setting: Setting) -> NDArray[np.bool_]:
    """Between which neighbours a river, a railway or the like lies."""
    barriers = placed(setting.district["barriers"])
    natural = barriers.geometry.to_numpy()[barriers["kind"].isin(NATURAL).to_numpy()]
    shapes = setting.district["compounds"].geometry.to_numpy()
    shortest = shapely.shortest_line(shapes[setting.neighbours[:, 0]], shapes[setting.neighbours[:, 1]])
    crossed = np.zeros(len(setting.neighbours), bool)
    crossed[shapely.STRtree(natural).query(np.asarray(shortest, dtype=object), "intersects")[0]] = True
    return crossed


def _mostly(setting: Setting, crossed: NDArray[np.bool_], which: NDArray[np.bool_], share: float) -> NDArray[np.bool_]:
    """Of which compounds at least this share of those neighbours (`which` of the pairs) is `crossed` off."""
    count = len(setting.district["compounds"])
    total = np.bincount(setting.neighbours[which].reshape(-1), minlength=count)
    off = np.bincount(setting.neighbours[which & crossed].reshape(-1), minlength=count)
    return np.asarray((total > 0) & (off >= share * total), dtype=bool)


def _worst(setting: Setting, best: WalkGraph, measures: pd.DataFrame) -> pd.DataFrame:
    """Directness, detour and class where compounds that nobody surveyed are walled."""
    known = measures["surveyed"].to_numpy()
    if known.all():
        worst = measures[["directness", "detour_m", "unreached"]]
    else:
        graph = walk_graph(setting.district, unsurveyed="sealed", numbers=setting.numbers, same_ways=best)
        worst = _walked(setting, graph)[["directness", "detour_m", "unreached"]]
    cases = measures.drop(columns=list(worst)).join(worst)
    return pd.DataFrame(
        {
            "directness_worst": worst["directness"],
            "detour_worst_m": worst["detour_m"],
            "class_worst": classes(cases, setting.numbers),
        }
    )


def _services(setting: Setting, public: WalkGraph) -> pd.DataFrame:
    """Households' mean walk to the nearest committee office and service centre, through residents' gates too."""
    graph = walk_graph(setting.district, asker="residents", numbers=setting.numbers, same_ways=public)
    centres = placed(setting.district["centres"])
    where = setting.homes
    found = {}
    for name, kind in (("office_walk_m", "committee_office"), ("centre_walk_m", "service_centre")):
        sites = shapely.get_coordinates(centres.geometry[centres["kind"] == kind])
        walk = graph.nearest(where.xy, sites)
        found[name] = _mean(where.compound, walk, where.weight, len(setting.district["compounds"]))
    return pd.DataFrame(found)


def _mean(group: NDArray[Any], values: NDArray[Any], weight: NDArray[Any], count: int) -> NDArray[Any]:
    """Weighted mean of the finite values of each group; empty where there is none."""
    finite = np.isfinite(values)
    total = np.bincount(group[finite], weight[finite], minlength=count)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.bincount(group[finite], (values * weight)[finite], minlength=count) / total


def _near(setting: Setting, known: NDArray[np.bool_]) -> pd.DataFrame:
    """What the neighbours are: unsurveyed, employers', of other communities."""
    compounds = setting.district["compounds"]
    count = len(compounds)
    a, b = np.concatenate([setting.neighbours, setting.neighbours[:, ::-1]]).T
    employers = compounds["employer"].notna().to_numpy()
    community = pd.factorize(compounds["community_code"])[0]
    other = (community[a] != community[b]) & (community[a] >= 0) & (community[b] >= 0)
    total = np.bincount(a, minlength=count)
    with np.errstate(divide="ignore", invalid="ignore"):
        interleaving = np.bincount(a[other], minlength=count) / total
    return pd.DataFrame(
        {
            "neighbours_unsurveyed": np.bincount(a[~known[b]], minlength=count),
            "employer_near": employers | (np.bincount(a[employers[b]], minlength=count) > 0),
            "interleaving": interleaving,
        }
    )


def _causes(setting: Setting, graph: WalkGraph, measures: pd.DataFrame) -> pd.DataFrame:
    numbers = setting.numbers
    bad = measures["class_"].isin(["isolated", "partly"]).to_numpy()
    no_blank = measures.assign(blank_m=0.0)

    def severity(cases: pd.DataFrame) -> NDArray[np.int64]:
        grade = np.array([SEVERITY[name] for name in classes(cases, numbers)], dtype=np.int64)
        return np.where((grade > 0) & _cut_off(cases), CUT_OFF, grade)

    now = severity(no_blank)

    def better(changed: District, which: NDArray[np.bool_]) -> NDArray[np.bool_]:
        walked = _walked(setting, walk_graph(changed, numbers=numbers, same_ways=graph), which & (now > 0))
        return severity(no_blank.drop(columns=list(walked)).join(walked)) < now

    blank = (measures["blank_m"] > numbers.opening_spacing_m) & (now == 0)
    return causes(setting.district, bad, measures.assign(long_blank=blank), better)


def _table(compounds: gpd.GeoDataFrame, measures: pd.DataFrame, numbers: Numbers) -> gpd.GeoDataFrame:
    """The measures in the columns of the result."""
    layer = RESULT_LAYERS["isolation"]
    if compounds.empty:
        columns = {name: pd.Series([], dtype="object") for name in layer.names}
        return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=compounds.crs), crs=compounds.crs)
    points = score_parts(measures, numbers)
    rows = measures.assign(enclosure=compounds["enclosure"], employer=compounds["employer"].notna())
    why = [reasons(row, numbers) for row in rows.itertuples()]
    judged = measures["class_"] != "unsurveyed"
    table = pd.DataFrame(
        {
            "code": compounds["code"],
            "class": measures["class_"],
            "cause": measures["cause"],
            "score": points.sum(axis=1, min_count=1).where(judged).round(1),
            "openings_per_km": measures["openings_per_km"],
            "longest_gap_m": measures["longest_gap_m"],
            "directness": measures["directness"],
            "detour_m": measures["detour_m"],
            "reach_300": measures["reach_300"],
            "reach_500": measures["reach_500"],
            "office_walk_m": measures["office_walk_m"],
            "centre_walk_m": measures["centre_walk_m"],
            "reasons": [as_json(found) for found in why],
            "reasons_zh": [worded(found, "zh") for found in why],
            "reasons_en": [worded(found, "en") for found in why],
            "directness_worst": measures["directness_worst"],
            "detour_worst_m": measures["detour_worst_m"],
            "class_worst": measures["class_worst"],
            "score_parts": [
                json.dumps({name: value for name, value in row.items() if value == value})  # noqa: PLR0124
                for row in points.to_dict("records")
            ],
            "neighbours": measures["neighbours"],
            "neighbours_unreached": measures["unreached"],
            "walled_share": measures["walled_share"],
            "employer_share": compounds["employer_share"],
            "interleaving": measures["interleaving"],
        }
    )
    return gpd.GeoDataFrame(table, geometry=compounds.geometry.to_numpy(), crs=compounds.crs)
