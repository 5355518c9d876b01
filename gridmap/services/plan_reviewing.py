"""Plans shaped by hand, looked at as proposals are: scores, hubs, and why their borders run where they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from gridmap.analysis.plans import Ground as PlanGround
from gridmap.analysis.plans import find_sites, firmness, ground, review, with_costs
from gridmap.analysis.shaping import Ground
from gridmap.database import plan_reviews, plans, shaped_plans
from gridmap.database.engine import reading
from gridmap.database.shaped_plans import Shaped, State
from gridmap.database.store import load_district
from gridmap.domain.errors import DataError, GridmapError, InputError
from gridmap.domain.notes import Note
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.services import plan_editing, plan_files, plan_ground

_FIRM_S = 5.0
"""Seconds for the plans that are as good."""
_OF_REGIONS = ("region", "code", "status", "households", "units", "members", "compactness", "centre_lon", "centre_lat",
               "mean_walk_m", "geometry")  # fmt: skip


def reviewed(report: Mapping[str, Any] | None, found: Shaped) -> bool:
    """Whether a plan's report tells of it as it stands."""
    return (report or {}).get("reviewed") == found.version


def ask(engine: Engine, plan: int) -> None:
    """Note that a plan's review was ordered, as the plan stands now; what went wrong the last time is forgotten.

    Raises
    ------
    NotFoundError
        There is no such plan that was shaped by hand.
    """
    with engine.begin() as connection:
        found = shaped_plans.find(connection, plan)
        plan_reviews.add_to_report(connection, plan, {"review_asked": found.version, "review_error": None})


def review_ordered(engine: Engine, plan: int, *, numbers: Numbers = DEFAULT_NUMBERS) -> None:
    """As `review_shaped`; what goes wrong is kept with the plan, for whoever asked."""
    try:
        review_shaped(engine, plan, numbers=numbers)
    except GridmapError as error:
        with engine.begin() as connection:
            plan_reviews.add_to_report(connection, plan, {"review_asked": None, "review_error": error.note.as_data()})


def review_shaped(engine: Engine, plan: int, *, numbers: Numbers = DEFAULT_NUMBERS) -> None:
    """Work out what there is to say about a plan shaped by hand, and keep it with the plan.

    How firm its borders are is asked by walks: in how many plans whose walks are as good, or nearly, they stand.

    Raises
    ------
    NotFoundError
        There is no such plan.
    InputError
        It is a draft of grids, or nothing is in a region yet.
    DataError
        The data that its blocks were made of have changed since.
    """
    with reading(engine) as connection:
        found = shaped_plans.find(connection, plan)
        if found.community:
            raise InputError("{plan} is a draft of one community's grids, no plan of the district.", plan=plan)
        if reviewed(plan_reviews.report(connection, plan), found):
            return
        if shaped_plans.stale(connection, plan_ground.LAYERS, found.data_version):
            raise _changed_since()
        state = shaped_plans.state(connection, plan, found.version)
        district = load_district(connection, plan_ground.LAYERS)
    if not (state.region >= 0).any():
        raise InputError("No block is in a region yet, so there is nothing to report.")
    kept = plan_ground.ground_of(engine, found.set_id)
    here = ground(district.metric(), lower=numbers.region_least, numbers=numbers)
    place = here.table["code"].astype(str).map(kept.place_of)
    if place.isna().any() or len(place) != kept.n:
        raise _changed_since()
    of_here = place.to_numpy(dtype=np.int64)
    region, codes = _numbered(kept, state)
    problem = with_costs(here, here.problem(numbers.region_least, numbers.region_most), region[of_here])
    near = firmness(here, problem, "access", region[of_here], time_limit=_FIRM_S)
    there = [one for one in state.regions if one["id"] in codes]
    called = {codes[one["id"]]: str(one["name"]) for one in there if one["name"]}
    phases = {codes[one["id"]]: one["phase"] for one in there if one.get("phase")}
    told = review(
        find_sites(here),
        region[of_here],
        lower=numbers.region_least,
        upper=numbers.region_most,
        locked=np.flatnonzero(plan_editing.closed(state)[of_here]).tolist(),
        near=near,
        codes=sorted(codes.values()),
        called=called,
    )
    tables = plan_files.tables(kept, plan_editing.blocks_of(engine, found), state, numbers=numbers)
    report = {
        "reviewed": found.version,
        "regions": len(codes),
        "units": len(here.weights),
        "households": int(here.weights.sum()),
        "min_households": numbers.region_least,
        "max_households": numbers.region_most,
        "streets": streets_of(here),
        "called": called,
        "phases": phases,
        "infeasible": _outside(tables["regions"], numbers),
        "notes": _notes(kept, state, tables["regions"]),
        "review_asked": None,
        "review_error": None,
        **told.as_data(),
    }
    with engine.begin() as connection:
        # whoever has shaped the plan meanwhile asks anew
        plan_reviews.add_to_report(connection, plan, report)
        plan_reviews.save_borders(connection, plan, told.borders)
        plans.exchange_regions(connection, plan, tables["regions"][list(_OF_REGIONS)])


def _changed_since() -> DataError:
    return DataError(
        "The data have changed since this plan was started, so its borders can't be looked at any more. "
        "Start a new plan from it."
    )


def _numbered(kept: Ground, state: State) -> tuple[NDArray[np.int64], dict[int, str]]:
    """The region of each block from 0 in the order of the regions' codes, -1 for none; the code of each label."""
    codes = plan_editing.codes(kept, state.region)
    order = sorted(codes, key=codes.__getitem__)
    number = np.full(max(order) + 2, -1)
    number[order] = np.arange(len(order))
    return np.where(state.region >= 0, number[state.region], -1), codes


def streets_of(here: PlanGround) -> dict[str, dict[str, Any]]:
    """Each street's name and households, by code."""
    return {
        code: {"name": name, "households": int(here.weights[here.group == code].sum())}
        for code, name in here.streets.items()
    }


def _outside(regions: gpd.GeoDataFrame, numbers: Numbers) -> list[dict[str, Any]]:
    """The regions outside the bounds, as a proposal tells of parts that can have none."""
    told = []
    for code, households in zip(regions["code"], regions["households"], strict=True):
        missing = max(numbers.region_least - int(households), 0)
        params = {"households": f"{households:,}", "least": f"{numbers.region_least:,}"}
        if missing:
            note = Note("{households} households, fewer than the {least} that are asked for", params)
        elif households > numbers.region_most:
            most = {**params, "most": f"{numbers.region_most:,}"}
            note = Note("{households} households, more than the {most} that are allowed", most)
        else:
            continue
        told.append({"part": code, "households": int(households), "missing": missing, "words": note.as_data()})
    return told


def _notes(kept: Ground, state: State, regions: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """What else is to be known of the plan as it stands."""
    notes = []
    left = state.region < 0
    if left.any():
        params = {"blocks": f"{int(left.sum()):,}", "households": f"{int(kept.households[left].sum()):,}"}
        notes.append(Note("{blocks} blocks with {households} households are in no region.", params))
    apart = int((regions["pieces"] > 1).sum())
    if apart:
        notes.append(Note("{count} regions are in pieces that nobody can walk between.", {"count": apart}))
    notes.append(Note("How firm its borders are is told by walks: people drew them, with whatever they had in mind."))
    return [note.as_data() for note in notes]
