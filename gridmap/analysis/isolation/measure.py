"""Isolation of compounds: measured on the walk graph, classed, explained (DESIGN sections 3, 7 and 9)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.analysis.isolation.boundary import boundary_measures, with_outlines
from gridmap.analysis.isolation.causes import causes
from gridmap.analysis.isolation.interleaving import around
from gridmap.analysis.isolation.judge import classes
from gridmap.analysis.isolation.measurable import cut_off, with_left_out
from gridmap.analysis.isolation.reach import reach
from gridmap.analysis.isolation.residents import residents_walks, services
from gridmap.analysis.isolation.setting import (
    Setting,
    bearing_on,
    make_setting,
    mostly,
    walks_on,
    within_detour,
)
from gridmap.analysis.isolation.table import WORST, empty_table, result_table, worst_case
from gridmap.analysis.isolation.walked import Walked, walked
from gridmap.analysis.isolation.walks import Floats, Pairs, between_neighbours, both_ways, by_compound, told, walk_pairs
from gridmap.domain.district import District
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.network import Edges, WalkGraph, surveyed, walk_graph, way_edges

Progress = Callable[[float, str], None]

SEVERITY = {"open": 0, "unsurveyed": 0, "partly": 1, "isolated": 2}
CUT_OFF = 3
"""How bad a class is; worse than isolated by detours is having no way to any neighbour."""


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
    One row a compound that has an outline, its geometry, in the district's system. Figures that can't be measured are
    empty, and `not_measured` says why. `docs/isolation.md` has the formulas and a worked example. The columns:

    `class`, `cause`
        By the table of DESIGN section 3; a cause (see `causes`) for those that are isolated or partly so.
    `score`, `score_parts`
        0 to 100, 100 the worst, and the JSON object of the parts that it is the sum of, see `score_parts`; empty where
        not surveyed.
    `openings_per_km`, `longest_gap_m`, `walled_share`
        Of the boundary's own length, see `boundary_measures`; empty where not surveyed.
    `directness`, `detour_m`
        Walk by straight line, and metres more than it, to the buildings of compounds within `neighbour_distance_m`:
        means over reachable pairs at least `pair_least_m` apart, weighted by the product of households. Walks pass
        public gates only, and compounds that nobody surveyed. Empty where no neighbour is reached.
    `neighbours`, `neighbours_unreached`, `neighbours_unsurveyed`
        How many compounds are within `neighbour_distance_m` (with homes at least `pair_least_m` away), to how many of
        them no walk leads through openings that the public may use, and how many nobody surveyed.
        Neighbours to whom the mapped ways don't lead, walls or not, are left out (see `between_pieces`).
    `neighbour_walks`
        JSON list of the walk to each neighbour, the worst first, see `told`.
    `reach_300`, `reach_500`
        Households of other compounds within that walk, as a share (0 to 1) of those without this compound's boundary,
        see `reach`.
    `office_walk_m`, `centre_walk_m`
        Residents' walk to the nearest committee office and service centre, mean over households, see `services`.
    `employer_share`
        Share of households (0 to 1) that are the employer's, as the data give it.
    `interleaving`, `pieces_own`, `pieces_other`
        Share of neighbours that are of other communities; pieces of communities near by, see `around`.
    `residents_openings_per_km`, `residents_longest_gap_m`, `residents_directness`, `residents_detour_m`,
    `residents_unreached`, `residents_reach_300`, `residents_reach_500`
        The same measures for the compound's own residents, to whom its residents' gates open, too.
    `class_worst`, `score_worst`, `directness_worst`, `detour_worst_m`, `unreached_worst`, `reach_300_worst`,
    `reach_500_worst`
        The public's figures where compounds that nobody surveyed are taken for walled without any gate but those
        mapped; as the others where all are surveyed. Means are over the neighbours that can then be reached, so look
        at `unreached_worst` beside them; class and score are never better than in the best case.
    `reasons`, `reasons_zh`, `reasons_en`
        JSON list of `{code, params}`, and the sentences.
    `not_measured`
        JSON object: the measures that are empty, each with the code of what is missing.

    Raises
    ------
    DataError
        The district is in degrees.
    """
    return isolation_walked(district, numbers=numbers, progress=progress)[0]


def isolation_walked(
    district: District, *, numbers: Numbers = DEFAULT_NUMBERS, progress: Progress | None = None
) -> tuple[gpd.GeoDataFrame, Walked | None]:
    """As `isolation`, and the walks between neighbours, for whoever asks further; None without compounds."""
    tell = progress or (lambda _share, _words: None)
    district = with_outlines(district)
    compounds = district["compounds"]
    if compounds.empty:
        return empty_table(compounds), None
    tell(0.0, "walk graph")
    known = surveyed(district, numbers=numbers).to_numpy(dtype=bool)
    # what doesn't wait for the walks is worked out beside them
    beside = ThreadPoolExecutor(1)
    try:
        apart = _with_own_shapes(district)
        boundary = beside.submit(boundary_measures, apart, known, numbers)
        ways = way_edges(district)
        others = _Others.begun(beside, apart, known, ways, numbers)
        setting = make_setting(district, walk_graph(district, ways=ways, latch=True, numbers=numbers), numbers)
        sealed = beside.submit(_sealed, setting._replace(district=apart), known, others.sealed)
        tell(0.15, "walks between neighbours")
        found = walked(setting, known, boundary.result())
        return _measured(found, apart, sealed, others.opened, beside, tell), found
    finally:
        beside.shutdown(cancel_futures=True)


def _with_own_shapes(district: District) -> District:
    """The district with shapes of its own: GEOS prepares shapes as it looks at them, so two threads may share none."""
    tables = {}
    for name in district:
        table = district[name]
        if isinstance(table, gpd.GeoDataFrame):
            shapes = shapely.transform(table.geometry.to_numpy(), np.copy)
            tables[name] = table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs))
    return district.with_tables(**tables)


class _Others(NamedTuple):
    """The graphs beside that of the best case: where what nobody surveyed is walled (`sealed`), and where the walls of
    employers are gone (`opened`); None where there is no such compound."""

    sealed: Future[WalkGraph] | None
    opened: Future[WalkGraph] | None

    @classmethod
    def begun(
        cls, beside: ThreadPoolExecutor, district: District, known: NDArray[np.bool_], ways: Edges, numbers: Numbers
    ) -> _Others:
        """They are being built."""
        sealed = opened = None
        if not known.all():
            sealed = beside.submit(walk_graph, district, ways=ways, unsurveyed="sealed", numbers=numbers)
        if district["compounds"]["employer"].notna().any():
            opened = beside.submit(walk_graph, _without_employers(district), ways=ways, numbers=numbers)
        return cls(sealed, opened)


class _Sealed(NamedTuple):
    """Where what nobody surveyed is walled: the graph, and the reach on it of the compounds `near` such (n,)."""

    graph: WalkGraph
    near: NDArray[np.bool_]
    reached: pd.DataFrame


def _sealed(setting: Setting, known: NDArray[np.bool_], walled: Future[WalkGraph] | None) -> _Sealed | None:
    """The worst case; None where all is surveyed."""
    if walled is None:
        return None
    graph = walled.result()
    shapes, far = setting.district["compounds"].geometry.to_numpy(), setting.numbers.circle_10_min_m
    near = np.zeros(setting.compound_count, bool)
    near[shapely.STRtree(shapes[~known]).query(shapes, "dwithin", far)[0]] = True
    return _Sealed(graph, near, reach(setting, graph, known, only=near))


def _without_employers(district: District) -> District:
    """The district without the walls of employers: unknown enclosures let people through, walls and all."""
    compounds = district["compounds"]
    enclosure = compounds["enclosure"].mask(compounds["employer"].notna(), "unknown")
    return district.with_tables(compounds=compounds.assign(enclosure=enclosure))


def _measured(  # noqa: PLR0917
    found: Walked,
    apart: District,
    sealed: Future[_Sealed | None],
    opened: Future[WalkGraph] | None,
    beside: ThreadPoolExecutor,
    tell: Progress,
) -> gpd.GeoDataFrame:
    """All measures of `isolation`; `apart` is the district for what is worked out beside them."""
    setting, known, walk, met, along, off, gone = found
    district, graph, numbers = setting.district, setting.graph, setting.numbers
    compounds = district["compounds"]
    all_off = mostly(setting, off, np.ones(len(off), bool), 1.0)
    # neighbours to whom no mapped way leads are none: nothing can be said of walls between
    kept = ~gone[setting.pairs.pair]
    setting, walk, met = setting._replace(pairs=setting.pairs.take(kept)), walk[kept], met[~gone]
    walled = beside.submit(_sealed_walks, setting._replace(district=apart), walk, known, sealed)
    measures = by_compound(both_ways(met), setting.compound_count).assign(surveyed=known).join(along)
    measures["neighbour_walks"] = told(both_ways(met), compounds["code"].to_numpy())
    measures = measures.join(around(setting, known))
    measures = with_left_out(measures, setting.neighbours, gone)
    tell(0.35, "residents' own gates")
    measures = measures.join(residents_walks(setting, walk)).join(services(setting))
    tell(0.45, "reach")
    measures = measures.join(reach(setting, graph, known))
    tell(0.6, "what nobody surveyed, taken for walled")
    measures = _classed(measures.join(_worst(measures, sealed.result(), walled.result())), numbers)
    tell(0.8, "causes")
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (met["ratio_sum"] / met["weight"]).to_numpy()
    poor = np.zeros(len(off), bool)
    poor[~gone] = (met["measured"] & ~met["reached"]).to_numpy() | (ratio > numbers.directness_poor)
    measures["across"] = all_off | mostly(setting, off, poor, 0.5)
    measures["employer"] = compounds["employer"].notna()
    measures = measures.join(_causes(setting, walk, measures, opened))
    table = result_table(district, measures, numbers)
    tell(1.0, "done")
    return table


def _classed(measures: pd.DataFrame, numbers: Numbers) -> pd.DataFrame:
    """The measures with the class of the best case and that of the worst.

    Neighbours that can't be reached in the worst case drop out of its means, which may fall with them; the class never
    gets better for it.
    """
    best, worst = classes(measures, numbers), classes(worst_case(measures), numbers)
    grades = (pd.Series(case).map(SEVERITY).to_numpy() for case in (best, worst))
    return measures.assign(class_=best, class_worst=np.where(np.greater(*grades), best, worst))


def _sealed_walks(
    setting: Setting, walk: Floats, known: NDArray[np.bool_], sealed: Future[_Sealed | None]
) -> pd.DataFrame | None:
    """The figures of walks between neighbours where compounds that nobody surveyed are walled."""
    found = sealed.result()
    if found is None:
        return None
    touched = within_detour(setting, setting.pairs, walk, ~known)
    worst = walk.copy()
    # to seal what nobody surveyed shortens no walk
    worst[touched] = np.maximum(walk[touched], walks_on(setting, found.graph, setting.pairs.take(touched)))
    return by_compound(both_ways(between_neighbours(setting.neighbours, setting.pairs, worst)), setting.compound_count)


def _worst(measures: pd.DataFrame, sealed: _Sealed | None, walks: pd.DataFrame | None) -> pd.DataFrame:
    """The figures where compounds that nobody surveyed are walled."""
    names = {best: worst for worst, best in WORST.items()}
    if sealed is None or walks is None:
        return measures[list(names)].rename(columns=names)
    reached = measures[["reach_300", "reach_500"]].copy()
    reached[sealed.near] = sealed.reached.loc[sealed.near, list(reached)]
    return walks.join(reached)[list(names)].rename(columns=names)


def _causes(setting: Setting, walk: Floats, measures: pd.DataFrame, opened: Future[WalkGraph] | None) -> pd.DataFrame:
    numbers = setting.numbers
    bad = measures["class_"].isin(["isolated", "partly"]).to_numpy()
    no_blank = measures.assign(blank_m=0.0)

    def severity(cases: pd.DataFrame) -> NDArray[np.int64]:
        grade = np.array([SEVERITY[name] for name in classes(cases, numbers)], dtype=np.int64)
        return np.where((grade > 0) & cut_off(cases), CUT_OFF, grade)

    now = severity(no_blank)

    def better(
        which: NDArray[np.bool_], near: NDArray[np.bool_], walks: Callable[[Pairs], Floats]
    ) -> NDArray[np.bool_]:
        """Whether walks are better once something at the compounds `near` is taken away; `walks` are those then."""
        asked = bearing_on(setting, which & (now > 0))
        pairs, then = setting.pairs.take(asked), walk[asked].copy()
        changed = within_detour(setting, pairs, then, near) | ~np.isfinite(then)
        then[changed] = np.minimum(then[changed], walks(pairs.take(changed)))
        found = by_compound(both_ways(between_neighbours(setting.neighbours, pairs, then)), setting.compound_count)
        return severity(no_blank.drop(columns=list(found)).join(found)) < now

    def without_employers(which: NDArray[np.bool_]) -> NDArray[np.bool_]:
        employers = measures["employer"].to_numpy(dtype=bool)
        if opened is None:
            return np.zeros(len(which), bool)
        graph = opened.result()
        return better(which, employers, lambda pairs: walks_on(setting, graph, pairs))

    def with_open_gates(which: NDArray[np.bool_]) -> NDArray[np.bool_]:
        restricted = measures["gates_restricted"].to_numpy() > 0
        where, graph, legs = setting.homes, setting.graph, setting.legs
        return better(which, restricted, lambda pairs: walk_pairs(graph, legs, where, pairs, everybody=True))

    blank = (measures["blank_m"] > numbers.opening_spacing_m) & (now == 0)
    return causes(
        bad,
        measures.assign(long_blank=blank),
        without_employers=without_employers,
        with_open_gates=with_open_gates,
    )
