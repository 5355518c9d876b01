"""Grids corrected by hand: a draft of one community's grids begins, is changed as plans are, and is published whole."""

from __future__ import annotations

import re
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from gridmap.analysis.grids import grids, tiling
from gridmap.analysis.shaping import Ground, drawn_by_hand, pieces, survey_community
from gridmap.database import block_sets, changes, results, shaped_plans
from gridmap.database.community import load_community
from gridmap.database.engine import reading
from gridmap.database.shaped_plans import State
from gridmap.database.store import load_layer
from gridmap.domain.analyses import READS
from gridmap.domain.district import District
from gridmap.domain.errors import ConflictError, DataError, InputError
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.services import plan_editing, plan_ground
from gridmap.services.community_grids import numbers_of
from gridmap.services.grids import by_community, figures
from gridmap.services.outcome import geographic

LAYERS = READS["grids"]
"""What a draft stands on: when one of these changes, it may be of grids that are no more."""

_CODE = re.compile(r"(.*?)(\d{3})")

Ints = NDArray[np.int64]


def start(engine: Engine, community: str, *, actor: str, numbers: Numbers = DEFAULT_NUMBERS) -> int:
    """A draft that begins as the community's grids are now; its number.

    Raises
    ------
    NotFoundError
        There is no such community.
    DataError
        It has no grids yet, or grids whose codes aren't its own with three digits.
    """
    with reading(engine) as connection:
        version = changes.latest(connection, LAYERS)
        district = load_community(connection, community)
        numbers = numbers_of(connection, community, numbers)
        set_id = block_sets.find(connection, version, community)
    labels = _labels(district)
    if set_id is None:
        prefix = next(iter(labels))[:-3]
        ground = survey_community(district.metric(), prefix=prefix, numbers=numbers)
        given = plan_ground.packed(ground, version, community=community)
        with engine.begin() as connection:
            changes.wait_turn(connection)
            set_id = block_sets.find(connection, version, community) or block_sets.save(connection, given)
    ground = plan_ground.ground_of(engine, set_id)
    region = grid_of_blocks(district, ground)
    regions = [{"id": label, "name": None, "locked": False} for label in sorted(labels.values())]
    with engine.begin() as connection:
        return shaped_plans.create(
            connection,
            State(region, regions, []),
            name=str(district["communities"]["name"].iloc[0] or community)[: plan_editing.LONGEST_NAME],
            origin="grids",
            set_id=set_id,
            data_version=version,
            figures=plan_editing.summary(ground, region, numbers=numbers),
            actor=actor,
        )


def _labels(district: District) -> dict[str, int]:
    """The number at the end of each grid's code.

    Raises
    ------
    DataError
        There are no grids, or codes of another form.
    """
    codes = [str(code) for code in district["grids"]["code"]]
    parts = [_CODE.fullmatch(code) for code in codes]
    if not codes:
        raise DataError("This community has no grids yet; compute them first: gridmap grids")
    if not all(parts) or len({part[1] for part in parts if part}) != 1:
        raise DataError("The codes of these grids aren't numbered from 001, so they can't be corrected by hand.")
    return {part[0]: int(part[2]) for part in parts if part}


def grid_of_blocks(district: District, ground: Ground) -> Ints:
    """The number of each block's grid as grids are now: the one of most households in it; of land where it lies.

    Parameters
    ----------
    district
        The community as `load_community` gives it.
    """
    labels = _labels(district)
    members = district["members"]
    known = members[members["building_code"].isin(ground.buildings)]
    households = district["buildings"].set_index("code")["households"].astype("float64").fillna(0.0)
    votes = pd.DataFrame(
        {
            "block": known["building_code"].map(ground.buildings).astype(int),
            "label": known["grid_code"].map(labels).astype(int),
            "weight": known["building_code"].map(households).to_numpy(dtype=float) + 1e-3,
        }
    )
    most = votes.groupby(["block", "label"])["weight"].sum().reset_index().sort_values(["weight", "label"])
    found = np.full(ground.n, -1)
    found[most["block"].to_numpy()] = most["label"].to_numpy()
    left = np.flatnonzero(found < 0)
    if len(left):
        areas = district["grids"].to_crs(ground.crs)
        nearest = shapely.STRtree(areas.geometry.to_numpy()).nearest(shapely.points(ground.xy[left]))
        found[left] = areas["code"].astype(str).map(labels).to_numpy()[nearest]
    return found.astype(np.int64)


def publish(
    engine: Engine,
    plan: int,
    *,
    expected: int,
    actor: str,
    why: str,
    since: date,
    numbers: Numbers = DEFAULT_NUMBERS,
) -> None:
    """Let a draft's grids be the community's from now on, whole and in one transaction; the draft is frozen.

    Grids keep their codes, new ones get the next numbers. Raises as `plan_editing.change` does.

    Raises
    ------
    InputError
        A building is in no grid, or a grid is in pieces.
    ConflictError
        The community's grids or buildings have changed since the draft began.
    """
    with engine.begin() as connection:
        changes.wait_turn(connection)
        found = shaped_plans.take(connection, plan, expected)
        ground = plan_ground.ground_of(engine, found.set_id)
        state = shaped_plans.state(connection, plan, found.version)
        _require_whole(ground, state.region)
        district = load_community(connection, found.community)
        start_ = shaped_plans.state(connection, plan, 1).region
        if (
            set(district["buildings"]["code"]) != set(ground.buildings)
            or (grid_of_blocks(district, ground) != start_).any()
        ):
            raise ConflictError(
                "The grids or buildings of {community} have changed since this draft began, so it can't be published. "
                "Start a new draft from the grids as they are now.",
                community=found.name,
            )
        _save(connection, district, ground, state.region, actor=actor, numbers=numbers)
        plan_editing.freeze(connection, found, actor=actor, why=why, since=since)


def _require_whole(ground: Ground, region: Ints) -> None:
    if (region < 0).any():
        raise InputError("Some buildings are in no grid. Give them to one first; Finish does so.")
    if len(np.unique(pieces(ground, region))) > len(np.unique(region)):
        raise InputError("A grid is in pieces that nobody can walk between. Mend it first; Repair does so.")


def _save(
    connection: Connection,
    district: District,
    ground: Ground,
    region: Ints,
    *,
    actor: str,
    numbers: Numbers,
) -> None:
    """The community's grids in the place of those before, beside all others, as a result of the analysis."""
    community = str(district["communities"]["code"].iloc[0])
    codes = plan_editing.grid_codes(ground, region)
    drawn = drawn_by_hand(ground, region, codes, district["buildings"]["code"].tolist())
    alone = district.to_crs(ground.crs).with_tables(grids=district["grids"].iloc[:0].to_crs(ground.crs))
    made = grids(alone, drawn={community: drawn}, numbers=numbers)
    there, members = load_layer(connection, "grids"), load_layer(connection, "members")
    other = there[there["community_code"] != community]
    areas = pd.concat([other.to_crs(ground.crs), made.grids], ignore_index=True)
    areas = gpd.GeoDataFrame(areas.drop(columns="geometry"), geometry=tiling(areas.geometry.to_numpy()), crs=ground.crs)
    gone = there.loc[there["community_code"] == community, "code"]
    members = pd.concat([members[~members["grid_code"].isin(gone)], made.members], ignore_index=True)
    last = results.state(connection)["grids"]
    known = dict(last.summary or {})
    others = [one for one in known.get("by_community", ()) if one["community_code"] != community]
    results.save(
        connection,
        "grids",
        {"grids": geographic(areas), "members": members},
        settings={"published": community},
        version=last.version,
        summary={**known, **figures(areas, numbers), "by_community": [*others, *by_community(made)]},
        actor=actor,
    )
