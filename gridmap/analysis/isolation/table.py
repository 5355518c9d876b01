"""The measures as the result's table: figures, score, reasons, and why a figure is empty."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridmap.analysis.isolation.judge import reasons, score_parts
from gridmap.analysis.isolation.reasons import as_json, worded
from gridmap.domain.district import District
from gridmap.domain.layers import RESULT_LAYERS
from gridmap.domain.numbers import Numbers
from gridmap.network import placed

WORST = {
    "unreached_worst": "unreached",
    "directness_worst": "directness",
    "detour_worst_m": "detour_m",
    "reach_300_worst": "reach_300",
    "reach_500_worst": "reach_500",
}
"""The figures of the worst case, and those of the best that they stand for."""


WALKS = ("directness", "detour_m", "directness_worst", "detour_worst_m", "residents_directness", "residents_detour_m")
"""The figures of walks to neighbours."""


def worst_case(measures: pd.DataFrame) -> pd.DataFrame:
    """The measures with the worst case's figures in place of the best's."""
    return measures.drop(columns=list(WORST.values())).rename(columns=WORST)


def empty_table(compounds: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The result of a district without compounds."""
    columns = {name: pd.Series([], dtype="object") for name in RESULT_LAYERS["isolation"].names}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=compounds.crs), crs=compounds.crs)


DIGITS = 9
"""Decimals of all figures: those after it change with the order of adding up, and so with edits far away."""


def result_table(district: District, measures: pd.DataFrame, numbers: Numbers) -> gpd.GeoDataFrame:
    """The measures in the columns of the result."""
    compounds = district["compounds"]
    rows = measures.assign(enclosure=compounds["enclosure"])
    points = score_parts(measures, numbers)
    why = [reasons(row, numbers) for row in rows.itertuples()]
    figures = {
        "code": compounds["code"],
        "class": measures["class_"],
        "score": _score(points),
        "score_worst": np.fmax(_score(points), _score(score_parts(worst_case(measures), numbers))),
        "score_parts": _objects(points),
        "reasons": [as_json(found) for found in why],
        "reasons_zh": [worded(found, "zh") for found in why],
        "reasons_en": [worded(found, "en") for found in why],
        "neighbours_unreached": measures["unreached"],
        "employer_share": compounds["employer_share"],
    }
    named = [name for name in RESULT_LAYERS["isolation"].names if name not in {*figures, "not_measured"}]
    table = pd.DataFrame({**figures, **{name: measures[name] for name in named}})
    table["not_measured"] = _not_measured(table, rows, district)
    table = table[list(RESULT_LAYERS["isolation"].names)].round(DIGITS)
    return gpd.GeoDataFrame(table, geometry=compounds.geometry.to_numpy(), crs=compounds.crs)


def _score(points: pd.DataFrame) -> pd.Series:
    return points.sum(axis=1, min_count=1).round(1)


def _objects(values: pd.DataFrame) -> list[str]:
    return [
        json.dumps({name: value for name, value in row.items() if value is not None and value == value})  # noqa: PLR0124
        for row in values.to_dict("records")
    ]


def _not_measured(table: pd.DataFrame, rows: pd.DataFrame, district: District) -> list[str]:
    """Of each compound the measures that are empty, with the code of what is missing.

    `enclosure_unknown`, `gates_unmapped`: nobody surveyed it. `ways_missing`: the mapped ways don't join its
    neighbours. `no_neighbours`: none within `neighbour_distance_m`. `no_neighbour_reached`: to none leads a walk.
    `nobody_near`: no household of another compound that near, walls or not. `no_office`, `no_centre`: none is mapped.
    `office_unreached`, `centre_unreached`: no walk leads to one. `employer_share_unknown`: the data don't say.
    """
    unlooked = np.where(rows["enclosure"].isin(["enclosed", "partly"]), "gates_unmapped", "enclosure_unknown")
    no_ways = ~rows["measurable"] | ((rows["neighbours"] == 0) & (rows["neighbours_unmeasured"] > 0))
    walks = np.select([no_ways, rows["neighbours"] == 0], ["ways_missing", "no_neighbours"], "no_neighbour_reached")
    judged = np.where(rows["surveyed"], "ways_missing", unlooked)
    centres = placed(district["centres"])["kind"].value_counts()
    causes: Mapping[str, Any] = {
        "score": judged,
        "score_worst": judged,
        **dict.fromkeys(("openings_per_km", "longest_gap_m", "walled_share"), unlooked),
        **dict.fromkeys(WALKS, walks),
        **{f"reach_{circle}": np.where(rows["surveyed"], "nobody_near", unlooked) for circle in (300, 500)},
        "office_walk_m": "office_unreached" if centres.get("committee_office") else "no_office",
        "centre_walk_m": "centre_unreached" if centres.get("service_centre") else "no_centre",
        "employer_share": "employer_share_unknown",
    }
    empty = pd.DataFrame(
        {
            name: pd.Series(np.broadcast_to(why, len(table))).where(table[name].isna().to_numpy())
            for name, why in causes.items()
        }
    )
    empty["employer_share"] = empty["employer_share"].where(rows["employer"])
    return _objects(empty)
