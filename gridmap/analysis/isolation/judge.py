"""From the measures to a class, a score whose parts are shown, and the reasons (DESIGN section 3)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap.analysis.isolation.reasons import Reason
from gridmap.domain.numbers import Numbers

PARTS = {"neighbours": 30.0, "directness": 25.0, "reach": 20.0, "openings": 15.0, "office": 10.0}
"""The parts of the score and the most points of each; they add up to 100, the worst."""


def classes(measures: pd.DataFrame, numbers: Numbers) -> NDArray[Any]:
    """The class of each compound by the table of DESIGN section 3.

    Parameters
    ----------
    measures
        `surveyed`, `measurable` (bool), `neighbours`, `unreached`, `directness`, `detour_m`, `blank_m`.
    """
    m = measures
    cut_off = (m["neighbours"] > 0) & (m["unreached"] == m["neighbours"])
    severed = (m["directness"] > numbers.directness_poor) & (m["detour_m"] >= numbers.isolated_detour_m)
    slow = (m["directness"] > numbers.directness_fair) & (m["detour_m"] >= numbers.partly_detour_m)
    blank = m["blank_m"] > numbers.opening_spacing_m
    known = m["surveyed"] & m["measurable"]
    return np.select(
        [~known, cut_off | severed, slow | blank], ["unsurveyed", "isolated", "partly"], default="open"
    ).astype(object)


def score_parts(measures: pd.DataFrame, numbers: Numbers) -> pd.DataFrame:
    """The points of each part of the score, one column a part; empty where it can't be measured.

    `neighbours`: the share of neighbours that can't be reached. `directness`: from 0 at `directness_good` to all at
    `directness_poor`; all where no neighbour is reached. `reach`: what `reach_500` lacks to 1. `openings`: from 0 at a
    longest gap of `opening_spacing_m` to all at three times that. `office`: from 0 at a walk of `circle_10_min_m` to
    the committee office to all at three times that.
    """
    m = measures
    with np.errstate(divide="ignore", invalid="ignore"):
        unreached = (m["unreached"] / m["neighbours"]).where(m["neighbours"] > 0)
    span = numbers.directness_poor - numbers.directness_good
    directness = ((m["directness"] - numbers.directness_good) / span).clip(0, 1)
    directness = directness.mask(directness.isna() & (unreached == 1), 1.0)
    gap = (m["longest_gap_m"] / numbers.opening_spacing_m - 1) / 2
    office = (m["office_walk_m"] / numbers.circle_10_min_m - 1) / 2
    shares = pd.DataFrame(
        {
            "neighbours": unreached,
            "directness": directness,
            "reach": 1 - m["reach_500"],
            "openings": gap.clip(0, 1),
            "office": office.clip(0, 1),
        }
    )
    points = (shares.clip(0, 1) * pd.Series(PARTS)).round(1)
    points[~(m["surveyed"] & m["measurable"])] = np.nan
    return points


def reasons(row: Any, numbers: Numbers) -> list[Reason]:
    """Why this compound has its class, the weightiest first.

    `row` has the measures of one compound (a named tuple of `classes` and its columns).
    """
    if not row.surveyed:
        return [Reason("enclosure_unknown" if row.enclosure not in ("enclosed", "partly") else "gates_unmapped", {})]
    if not row.measurable:
        return [Reason("ways_missing", {})]
    found = [*_openings(row), *_neighbours(row, numbers)]
    if row.class_ != "open":
        found += _obstacles(row)
    if row.blank_m > numbers.opening_spacing_m:
        found.append(Reason("long_blank", {"metres": round(row.blank_m)}))
    if row.reach_500 < 0.5:
        found.append(Reason("low_reach", {"share": round(row.reach_500, 2)}))
    if row.office_walk_m > numbers.circle_15_min_m:
        found.append(Reason("office_far", {"metres": round(row.office_walk_m)}))
    if row.class_ == "open":
        if row.employer and row.walled_share > 0:
            found.append(Reason("employer_passable", {}))
        if row.neighbours and not found:
            found.append(Reason("well_connected", {}))
    if row.neighbours_unmeasured:
        found.append(Reason("neighbours_unmeasured", {"count": int(row.neighbours_unmeasured)}))
    if row.neighbours_unsurveyed:
        found.append(Reason("neighbours_unsurveyed", {"count": int(row.neighbours_unsurveyed)}))
    return found


def _openings(row: Any) -> list[Reason]:
    found = []
    if row.openings == 0:
        found.append(Reason("no_public_opening", {}))
    elif row.openings == 1 and row.class_ != "open":
        found.append(Reason("single_opening", {}))
    if row.gates_restricted and row.class_ != "open":
        params: dict[str, float] = {"gates": int(row.gates), "restricted": int(row.gates_restricted)}
        found.append(Reason("gates_restricted", params))
    return found


def _neighbours(row: Any, numbers: Numbers) -> list[Reason]:
    if not row.neighbours:
        return [Reason("no_neighbours", {})]
    found = []
    if row.unreached == row.neighbours:
        found.append(Reason("no_neighbour_reached", {"total": int(row.neighbours)}))
    elif row.unreached and row.class_ != "open":
        found.append(Reason("neighbours_unreached", {"count": int(row.unreached), "total": int(row.neighbours)}))
    if row.directness > numbers.directness_fair and row.detour_m >= numbers.partly_detour_m:
        params = {"directness": round(row.directness, 2), "detour": round(row.detour_m)}
        found.append(Reason("indirect", params))
    return found


def _obstacles(row: Any) -> list[Reason]:
    found = []
    if row.by_geography:
        found.append(Reason("barrier_cuts", {}))
    if row.by_employer:
        found.append(Reason("employer_wall", {}))
    if row.by_boundaries:
        found.append(Reason("enclave", {}))
    return found
