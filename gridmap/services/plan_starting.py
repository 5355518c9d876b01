"""Plans shaped by hand begin: from today's communities, from another plan, from a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Engine

from gridmap.database import block_sets, plan_reviews, plans, shaped_plans
from gridmap.database.engine import reading
from gridmap.database.shaped_plans import State
from gridmap.domain.errors import InputError
from gridmap.domain.notes import Note
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.services import plan_editing, plan_ground
from gridmap.services.plan_files import UnitRow


def start_from_today(engine: Engine, *, name: str, actor: str, numbers: Numbers = DEFAULT_NUMBERS) -> int:
    """A plan whose regions are today's communities; its number."""
    set_id = plan_ground.ready(engine, numbers=numbers)
    ground = plan_ground.ground_of(engine, set_id)
    codes, region = np.unique(ground.community.astype(str), return_inverse=True)
    regions = [_region(number, ground.names.get(code, code)) for number, code in enumerate(codes)]
    return _keep(engine, set_id, State(region, regions, []), name=name, origin="today", actor=actor, numbers=numbers)


def start_from_plan(
    engine: Engine, plan: int, *, name: str, actor: str, numbers: Numbers = DEFAULT_NUMBERS
) -> tuple[int, int]:
    """A plan that begins as another one, proposed or shaped by hand; its number, and how many blocks it had no word on.

    Raises
    ------
    NotFoundError
        There is no such plan.
    InputError
        It is a plan of other units than the district's blocks.
    """
    set_id = plan_ground.ready(engine, numbers=numbers)
    ground = plan_ground.ground_of(engine, set_id)
    with reading(engine) as connection:
        found = plan_ground.district_plan(connection, plan)
        if found["origin"] == "proposal":
            units = plans.unit_shapes(connection, plan).rename_geometry("geometry")
            status = plan_reviews.regions(connection, plan).set_index("region")["status"].to_dict()
            labels = sorted({label for label in units["region"].tolist() if label >= 0})
            phased = [_region(label, None, _PHASES.get(str(status.get(label)))) for label in labels]
            before = State(np.empty(0, dtype=np.int64), phased, [])
        else:
            shaped = shaped_plans.find(connection, plan)
            before = shaped_plans.state(connection, plan, shaped.version)
            units = block_sets.load(connection, shaped.set_id).blocks.rename(columns={"code": "unit"})
            units["region"] = before.region
    region, lost = plan_ground.carried(ground, units)
    if (region < 0).all() and (units["region"] >= 0).any():
        raise InputError(
            "The plan {plan} isn't made of this district's blocks, so none could be taken over.", plan=plan
        )
    regions = [{**one, "locked": False} for one in before.regions]
    new = _keep(
        engine,
        set_id,
        State(region, regions, []),
        name=name,
        origin="plan",
        actor=actor,
        numbers=numbers,
        from_plan=plan,
    )
    return new, lost


def start_from_rows(
    engine: Engine,
    rows: Sequence[UnitRow],
    *,
    name: str,
    actor: str,
    numbers: Numbers = DEFAULT_NUMBERS,
) -> tuple[int | None, list[tuple[int, Note]], int]:
    """A plan from a table of units and regions, or what is wrong with it.

    Returns
    -------
    tuple
        The plan's number, None where a row is wrong; the number from 1 of each wrong row with the reason; how many
        blocks no row names, which stay unassigned.
    """
    set_id = plan_ground.ready(engine, numbers=numbers)
    ground = plan_ground.ground_of(engine, set_id)
    region = np.full(ground.n, -1, dtype=np.int64)
    row_of: dict[int, int] = {}
    labels: dict[str, int] = {}
    names: dict[int, str | None] = {}
    phases: dict[int, int | None] = {}
    wrong: list[tuple[int, Note]] = []
    for number, (unit, given, called, phase) in enumerate(rows, start=1):
        block = ground.place_of.get(unit)
        if block is None:
            wrong.append((number, Note("there is no block {unit}", {"unit": unit or "–"})))
            continue
        label = -1 if given in ("", "-1") else labels.setdefault(given, len(labels))
        if block in row_of and region[block] != label:
            wrong.append(
                (number, Note("{unit} is in another region in row {row}", {"unit": unit, "row": row_of[block]}))
            )
            continue
        row_of.setdefault(block, number)
        region[block] = label
        if label >= 0:
            names[label] = called or names.get(label)
            said = {"phase": (phase or "")[:20], "most": plan_editing.MOST_PHASES}
            if phase and not (phase.isdecimal() and 1 <= int(phase) <= plan_editing.MOST_PHASES):
                wrong.append(
                    (
                        number,
                        Note(
                            "{phase} is no phase of 1 to {most}",
                            said,
                        ),
                    )
                )
            elif phase:
                phases[label] = int(phase)
    if not labels and not wrong:
        wrong.append((1, Note("no row puts a block into a region")))
    if len(labels) > plan_editing.MOST_REGIONS:
        wrong.append(
            (
                1,
                Note(
                    "these are {count} regions, more than {most}",
                    {"count": len(labels), "most": plan_editing.MOST_REGIONS},
                ),
            )
        )
    if wrong:
        return None, wrong, 0
    regions = [_region(label, names[label], phases.get(label)) for label in labels.values()]
    plan = _keep(engine, set_id, State(region, regions, []), name=name, origin="imported", actor=actor, numbers=numbers)
    return plan, [], ground.n - len(row_of)


_PHASES = {"new": 1, "later": 2}
"""Of a proposal: regions whose villages aren't ripe yet come after those that can be made now."""


def _region(number: int, name: str | None, phase: int | None = None) -> dict[str, Any]:
    called = name[: plan_editing.LONGEST_NAME] if name else None
    return {"id": number, "name": called, "locked": False, "phase": phase}


def _keep(
    engine: Engine,
    set_id: int,
    given: State,
    *,
    name: str,
    origin: str,
    actor: str,
    numbers: Numbers,
    from_plan: int | None = None,
) -> int:
    ground = plan_ground.ground_of(engine, set_id)
    with engine.begin() as connection:
        version = block_sets.about(connection, set_id)[2]
        return shaped_plans.create(
            connection,
            given,
            name=plan_editing.checked_name(name),
            origin=origin,
            set_id=set_id,
            data_version=version,
            figures=plan_editing.summary(ground, given.region, numbers=numbers),
            actor=actor,
            from_plan=from_plan,
        )
