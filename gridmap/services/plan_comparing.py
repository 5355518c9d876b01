"""Two plans beside each other, today's boundaries among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from gridmap.analysis.shaping import Changed, Ground, compared, figures
from gridmap.database import block_sets, plans, shaped_plans
from gridmap.database.engine import reading
from gridmap.domain.errors import InputError
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.services import plan_editing, plan_ground

Side = int | Literal["today"]
"""A plan's number, or today's communities."""


@dataclass(frozen=True)
class Shown:
    """One of the two: its regions on the common ground, and what each is called."""

    side: Side
    title: str
    region: NDArray[np.int64]
    names: dict[int, str]
    figures: dict[int, dict[str, Any]]


@dataclass(frozen=True)
class Comparison:
    """`set_id`: the blocks on which both are shown."""

    set_id: int
    ground: Ground
    first: Shown
    second: Shown
    changed: Changed


def compare(engine: Engine, first: Side, second: Side, *, numbers: Numbers = DEFAULT_NUMBERS) -> Comparison:
    """Compare two plans on the blocks of the second that has some, else on those of the data as they are.

    Raises
    ------
    NotFoundError
        There is no such plan.
    InputError
        Both are the same.
    """
    if first == second:
        raise InputError("Choose two different plans to compare.")
    set_id = _own_set(engine, second) or _own_set(engine, first) or plan_ground.ready(engine, numbers=numbers)
    ground = plan_ground.ground_of(engine, set_id)
    a, b = (_shown(engine, side, set_id, ground, numbers) for side in (first, second))
    changed = compared(a.region, b.region, ground.households, joining=first == "today")
    return Comparison(set_id, ground, a, b, changed)


def _own_set(engine: Engine, side: Side) -> int | None:
    if side == "today":
        return None
    with reading(engine) as connection:
        found = plan_ground.district_plan(connection, side)
        return None if found["origin"] == "proposal" else shaped_plans.find(connection, side).set_id


def _shown(engine: Engine, side: Side, set_id: int, ground: Ground, numbers: Numbers) -> Shown:
    if side == "today":
        codes, region = np.unique(ground.community.astype(str), return_inverse=True)
        title, names = "", {number: ground.names.get(code, code) for number, code in enumerate(codes)}
    else:
        title, region, given = _of_plan(engine, side, set_id, ground)
        by_code = plan_editing.codes(ground, region)
        names = {label: given.get(label) or code for label, code in by_code.items()}
    known: dict[int, dict[str, Any]] = figures(ground, region, numbers=numbers).to_dict("index")  # type: ignore[assignment]
    return Shown(side, title, region, names, known)


def _of_plan(engine: Engine, plan: int, set_id: int, ground: Ground) -> tuple[str, NDArray[np.int64], dict[int, Any]]:
    """A plan's name, its regions on this ground, and the names given to them."""
    with reading(engine) as connection:
        found = plan_ground.district_plan(connection, plan)
        if found["origin"] == "proposal":
            units = plans.unit_shapes(connection, plan).rename_geometry("geometry")
            return found["name"], plan_ground.carried(ground, units)[0], {}
        shaped = shaped_plans.find(connection, plan)
        state = shaped_plans.state(connection, plan, shaped.version)
        given = {one["id"]: one["name"] for one in state.regions}
        if shaped.set_id == set_id:
            return found["name"], state.region, given
        units = block_sets.load(connection, shaped.set_id).blocks.rename(columns={"code": "unit"})
    return found["name"], plan_ground.carried(ground, units.assign(region=state.region))[0], given
