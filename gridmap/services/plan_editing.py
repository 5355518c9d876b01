"""Plans shaped by hand: changed, undone, repaired, adopted, shared. Each change is one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from gridmap.analysis.plans.plan import Units, numbered
from gridmap.analysis.shaping import Ground, finished, grid_kinds, improved, parted, repaired
from gridmap.database import shaped_plans
from gridmap.database.engine import reading
from gridmap.database.shaped_plans import Shaped, State
from gridmap.domain.errors import InputError
from gridmap.domain.notes import Note
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.services import plan_ground
from gridmap.services.community_grids import numbers_of

ACTIONS = ("paint", "erase", "move", "split", "join", "lock", "name", "phase", "repair", "finish", "improve")
"""What a change may be called."""
MOST_REGIONS = 1000
MOST_PHASES = 9
"""In so many phases a plan is carried out at most."""
LONGEST_NAME = 60
LONGEST_WHY = 1000
IMPROVE_S = 8.0
"""So long the rest is improved at most; somebody waits before the map."""

Bools = NDArray[np.bool_]


def checked_name(name: str) -> str:
    """The name of a plan or a region, trimmed.

    Raises
    ------
    InputError
        It is empty or too long.
    """
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME:
        raise InputError("A name has 1 to {most} characters.", most=LONGEST_NAME)
    return plain


def bounds(ground: Ground, numbers: Numbers) -> tuple[int, int]:
    """The least and the most households of a region; of a grid where the blocks are one community's, whose numbers
    `services.community_grids.numbers_of` gives. In a village no grid is too small."""
    if not ground.prefix:
        return numbers.region_least, numbers.region_most
    return numbers.grid_least if "basic" in ground.kind else 0, numbers.grid_most


def summary(ground: Ground, region: NDArray[np.int64], *, numbers: Numbers) -> dict[str, int]:
    """What the list of plans shows: regions, households in regions outside the bounds, and in none."""
    labels = np.unique(region[region >= 0])
    load = np.array([ground.households[region == label].sum() for label in labels])
    least, most = bounds(ground, numbers)
    free = np.isin(labels, _of_any_size(ground, region))
    outside = load[((load < least) & ~free) | (load > most)]
    none = ground.households[region < 0].sum()
    return {"regions": len(labels), "outside": int(outside.sum()), "unassigned": int(none)}


def _of_any_size(ground: Ground, region: NDArray[np.int64]) -> list[int]:
    """Grids that have no lower bound: of villages, employers' grounds and open land."""
    if not ground.prefix:
        return []
    return [label for label, kind in grid_kinds(ground, region).items() if kind != "basic"]


def codes(ground: Ground, region: NDArray[np.int64]) -> dict[int, str]:
    """The code of every region that has blocks, by DESIGN section 3: its street's and a number from 601; of a grid its
    community's and its own number."""
    if ground.prefix:
        return grid_codes(ground, region)
    labels, dense = np.unique(region, return_inverse=True)
    shift = int(labels[0] < 0) if len(labels) else 0
    if len(labels) == shift:
        return {}
    weights = ground.households.astype(np.float64)
    units = Units(ground.code, weights, ground.households, 1, group=_streets(ground, region), shapes=None, xy=ground.xy)
    rank, named = numbered(units, dense.reshape(-1) - shift)
    return {int(label): named[int(rank[region == label][0])] for label in labels[shift:]}


def grid_codes(ground: Ground, region: NDArray[np.int64]) -> dict[int, str]:
    """The code of every grid of a draft by its label, the number at its end."""
    return {int(label): f"{ground.prefix}{label:03d}" for label in np.unique(region[region >= 0])}


def _streets(ground: Ground, region: NDArray[np.int64]) -> list[str]:
    """The street that counts for each block: the one where most households of its region live."""
    names, street = np.unique(ground.street.astype(str), return_inverse=True)
    labels, label = np.unique(region, return_inverse=True)
    lived = np.zeros((len(labels), len(names)))
    np.add.at(lived, (label, street), ground.households + 1e-6)
    found: list[str] = names[np.where(region < 0, street, lived.argmax(axis=1)[label])].tolist()
    return found


def closed(state: State) -> Bools:
    """(n,) blocks that are locked, or whose region is."""
    shut = np.isin(state.region, [one["id"] for one in state.regions if one["locked"]])
    shut[np.asarray(state.locked, dtype=np.int64)] = True
    return shut


def changed(state: State, moves: Sequence[tuple[int, int]], regions: Sequence[Mapping[str, Any]] | None) -> State:
    """A state with blocks moved, and with other regions where these are given.

    Parameters
    ----------
    state
        As it is.
    moves
        Position of a block, and the region it goes to, -1 for none.
    regions
        `id`, `name`, `locked`, `phase` of all regions from now on.

    Raises
    ------
    InputError
        A block, its region or the region it goes to is locked, or isn't there.
    """
    after = [_checked(one) for one in regions] if regions is not None else list(state.regions)
    ids = [one["id"] for one in after]
    if len(set(ids)) < len(ids) or len(ids) > MOST_REGIONS:
        raise InputError(
            "The regions can't be read: each needs a number of its own, at most {most} in all.", most=MOST_REGIONS
        )
    region = state.region.copy()
    shut = closed(state)
    locked = {one["id"] for one in state.regions if one["locked"]}
    known = {*ids, -1}
    for block, label in moves:
        if not 0 <= block < len(region) or label not in known:
            raise InputError("There is no block {block} or no region {region} in this plan.", block=block, region=label)
        if region[block] == label:
            continue
        if shut[block] or label in locked:
            raise InputError("What is locked stays as it is; unlock it first.")
        region[block] = label
    if not set(np.unique(region[region >= 0]).tolist()) <= set(ids):
        raise InputError("A region that has blocks can't be left out.")
    return replace(state, region=region, regions=after)


def _checked(one: Mapping[str, Any]) -> dict[str, Any]:
    name = one.get("name")
    number = one.get("id")
    if not isinstance(number, int) or not 0 <= number < 2**15 or not isinstance(name, str | None):
        raise InputError(
            "The regions can't be read: each needs a number of its own, at most {most} in all.", most=MOST_REGIONS
        )
    kept = {"id": number, "name": checked_name(name) if name else None, "locked": bool(one.get("locked"))}
    return {**kept, "phase": checked_phase(one.get("phase"))}


def checked_phase(value: object) -> int | None:
    """In which phase a region is made; None where nobody has said.

    Raises
    ------
    InputError
        It is none.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_PHASES:
        raise InputError("A phase is a whole number of 1 to {most}.", most=MOST_PHASES)
    return value


def change(
    engine: Engine,
    plan: int,
    *,
    expected: int,
    action: str,
    moves: Sequence[tuple[int, int]],
    regions: Sequence[Mapping[str, Any]] | None,
    locked: Sequence[int] | None,
    actor: str,
    numbers: Numbers = DEFAULT_NUMBERS,
) -> None:
    """Save a change as the next version.

    Parameters
    ----------
    expected
        The revision that the planner sees.
    action, moves, regions, locked
        One of `ACTIONS`; as in `changed`; positions of all locked blocks from now on, None: as before.

    Raises
    ------
    ConflictError
        Somebody else has changed the plan since.
    InputError
        The change goes against a lock, or can't be read.
    """
    if action not in ACTIONS:
        raise InputError("There is no change of this kind: {action}.", action=action[:40])
    with engine.begin() as connection:
        found = shaped_plans.take(connection, plan, expected)
        ground = plan_ground.ground_of(engine, found.set_id)
        state = changed(shaped_plans.state(connection, plan, found.version), moves, regions)
        if locked is not None:
            strange = next((block for block in locked if not 0 <= block < ground.n), None)
            if strange is not None:
                raise InputError(
                    "There is no block {block} or no region {region} in this plan.", block=strange, region="–"
                )
            state = replace(state, locked=sorted(set(locked)))
        figures = summary(ground, state.region, numbers=numbers_of(connection, found.community, numbers))
        shaped_plans.add_version(connection, found, state, figures=figures, actor=actor, action=action)


def undo(engine: Engine, plan: int, *, expected: int, actor: str, numbers: Numbers = DEFAULT_NUMBERS) -> None:
    """Let the version before hold again. Raises as `change` does."""
    _step(engine, plan, expected=expected, actor=actor, numbers=numbers, back=True)


def redo(engine: Engine, plan: int, *, expected: int, actor: str, numbers: Numbers = DEFAULT_NUMBERS) -> None:
    """Let the version that was undone last hold again. Raises as `change` does."""
    _step(engine, plan, expected=expected, actor=actor, numbers=numbers, back=False)


def _step(engine: Engine, plan: int, *, expected: int, actor: str, numbers: Numbers, back: bool) -> None:
    with engine.begin() as connection:
        found = shaped_plans.take(connection, plan, expected)
        version = found.previous if back else found.newer
        if version is None and back:
            raise InputError("There is nothing to undo.")
        if version is None:
            raise InputError("There is nothing to redo.")
        state = shaped_plans.state(connection, plan, version)
        ground = plan_ground.ground_of(engine, found.set_id)
        figures = summary(ground, state.region, numbers=numbers_of(connection, found.community, numbers))
        shaped_plans.go_to(connection, found, version, figures=figures, actor=actor)


def restore(
    engine: Engine, plan: int, version: int, *, expected: int, actor: str, numbers: Numbers = DEFAULT_NUMBERS
) -> None:
    """Let an earlier version hold again, as a new one, so that this can be undone, too. Raises as `change` does.

    Raises
    ------
    NotFoundError
        The plan has no such version.
    """
    with engine.begin() as connection:
        found = shaped_plans.take(connection, plan, expected)
        state = shaped_plans.state(connection, plan, version)
        ground = plan_ground.ground_of(engine, found.set_id)
        figures = summary(ground, state.region, numbers=numbers_of(connection, found.community, numbers))
        shaped_plans.add_version(connection, found, state, figures=figures, actor=actor, action="restore")


def suggest(
    engine: Engine, plan: int, what: str, *, region: int | None = None, numbers: Numbers = DEFAULT_NUMBERS
) -> tuple[list[tuple[int, int]], list[Note]]:
    """What a plan would become: blocks that move and where to, and what couldn't be done; nothing is saved.

    Parameters
    ----------
    what
        "repair", "finish", "improve", or "split" of one `region`.

    Raises
    ------
    InputError
        There is no such suggestion, or the region can't be parted.
    """
    with reading(engine) as connection:
        found = shaped_plans.find(connection, plan)
        state = shaped_plans.state(connection, plan, found.version)
        numbers = numbers_of(connection, found.community, numbers)
    ground = plan_ground.ground_of(engine, found.set_id)
    shut, notes = closed(state), []
    if what == "repair":
        after = repaired(ground, state.region, shut)
    elif what == "finish":
        after = finished(ground, state.region, shut)
        left = int((after < 0).sum())
        if left:
            notes.append(
                Note("{count} blocks touch no region that may take them and stay unassigned.", {"count": left})
            )
    elif what == "improve":
        least, most = bounds(ground, numbers)
        shut = shut | np.isin(state.region, _of_any_size(ground, state.region))
        within = replace(numbers, region_least=least, region_most=most)
        after, kept = improved(ground, state.region, shut, numbers=within, time_limit=IMPROVE_S)
        notes += [
            Note(
                "{street} stays as it is: no plan with as many regions keeps the bounds and the locks there.",
                {"street": ground.names.get(street, street or "–")},
            )
            for street in kept
        ]
    elif what == "split" and region is not None:
        halves = parted(ground, state.region, region, _free(state), shut)
        if halves is None:
            raise InputError("This region can't be parted: it has one block only, or its locks hold it together.")
        after = halves
    else:
        raise InputError("There is no change of this kind: {action}.", action=what[:40])
    moved = np.flatnonzero(after != state.region)
    return [(int(block), int(after[block])) for block in moved], notes


def _free(state: State) -> int:
    return max((one["id"] for one in state.regions), default=-1) + 1


def adopt(engine: Engine, plan: int, *, expected: int, actor: str, why: str, since: date) -> None:
    """Freeze a plan, with who, why and from which day; what it leaves unassigned stays as it is today.

    Raises as `change` does.

    Raises
    ------
    InputError
        No reason is given.
    """
    with engine.begin() as connection:
        freeze(connection, shaped_plans.take(connection, plan, expected), actor=actor, why=why, since=since)


def freeze(connection: Connection, found: Shaped, *, actor: str, why: str, since: date) -> None:
    """Freeze a plan that `shaped_plans.take` gave, in the caller's transaction."""
    reason = why.strip()
    if not reason or len(reason) > LONGEST_WHY:
        raise InputError("Say why the plan is adopted, in at most {most} characters.", most=LONGEST_WHY)
    shaped_plans.adopt(connection, found, actor=actor, why=reason, since=since)


def rename(engine: Engine, plan: int, *, expected: int, name: str, actor: str) -> None:
    """Give a plan another name. Raises as `change` does."""
    with engine.begin() as connection:
        found = shaped_plans.take(connection, plan, expected)
        shaped_plans.rename(connection, found, checked_name(name), actor=actor)


def share(engine: Engine, plan: int, *, actor: str) -> str:
    """A new token of a link to look at the plan; the one before leads nowhere any more."""
    token = secrets.token_urlsafe(24)
    with engine.begin() as connection:
        shaped_plans.find(connection, plan)
        shaped_plans.share(connection, plan, token, actor=actor)
    return token


def unshare(engine: Engine, plan: int, *, actor: str) -> None:
    """Withdraw the link."""
    with engine.begin() as connection:
        shaped_plans.find(connection, plan)
        shaped_plans.share(connection, plan, None, actor=actor)


def now(engine: Engine, plan: int) -> tuple[Shaped, State, Ground]:
    """A plan as it stands, and its ground."""
    with reading(engine) as connection:
        found = shaped_plans.find(connection, plan)
        state = shaped_plans.state(connection, plan, found.version)
    return found, state, plan_ground.ground_of(engine, found.set_id)


def blocks_of(engine: Engine, found: Shaped) -> gpd.GeoDataFrame:
    """The blocks that a plan is shaped on, in EPSG:4326."""
    return plan_ground.outlines(engine, found.set_id)
