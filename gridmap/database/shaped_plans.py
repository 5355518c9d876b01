"""Plans shaped by hand: every state is a version of its own, and nobody's version is ever written over."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, Select, func, insert, select, update

from gridmap.database import changes
from gridmap.database.plan_tables import block_sets, plan_versions, shaped_plans
from gridmap.database.tables import plans
from gridmap.domain.errors import ConflictError, InputError, NotFoundError

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class State:
    """What a version says.

    `region`: (n,) region of each block by its position, -1 for none; `regions`: `id`, `name` (None: by its code),
    `locked` and `phase` (1 to 9 or None; not in versions of before there were any) of each; `locked`: positions of
    locked blocks.
    """

    region: Ints
    regions: Sequence[Mapping[str, Any]]
    locked: Sequence[int]


@dataclass(frozen=True)
class Shaped:
    """A plan shaped by hand; times in UTC. `newer`: the version that redoing leads to, `previous`: undoing.

    `community`: the code of the one whose grids it is a draft of; empty for plans of the district.
    """

    id: int
    name: str
    origin: str
    status: str
    created_at: datetime
    created_by: str
    data_version: int
    community: str
    set_id: int
    from_plan: int | None
    revision: int
    version: int
    previous: int | None
    newer: int | None
    changed_at: datetime
    changed_by: str
    figures: Mapping[str, Any]
    adopted_at: datetime | None
    adopted_by: str | None
    adopted_why: str | None
    adopted_from: date | None
    shared: bool


def _query() -> Select[Any]:
    newer = (
        select(func.max(plan_versions.c.number))
        .where(plan_versions.c.plan_id == plans.c.id, plan_versions.c.previous == shaped_plans.c.version)
        .scalar_subquery()
    )
    now = plan_versions.alias()
    previous = (
        select(now.c.previous)
        .where(now.c.plan_id == plans.c.id, now.c.number == shaped_plans.c.version)
        .scalar_subquery()
    )
    wanted = (
        "set_id", "from_plan", "revision", "version", "changed_at", "changed_by", "figures",
        "adopted_at", "adopted_by", "adopted_why", "adopted_from",
    )  # fmt: skip
    return select(
        plans.c.id,
        plans.c.name,
        plans.c.origin,
        plans.c.status,
        plans.c.created_at,
        plans.c.actor.label("created_by"),
        block_sets.c.data_version,
        block_sets.c.community_code.label("community"),
        *(shaped_plans.c[name] for name in wanted),
        previous.label("previous"),
        newer.label("newer"),
        shaped_plans.c.share_hash.is_not(None).label("shared"),
    ).select_from(
        plans.join(shaped_plans, shaped_plans.c.plan_id == plans.c.id).join(
            block_sets, block_sets.c.id == shaped_plans.c.set_id
        )
    )


def _shaped(row: Row[Any]) -> Shaped:
    return Shaped(**row._mapping)


def every(connection: Connection, *, community: str = "", most: int = 200) -> list[Shaped]:
    """The plans of the district that were shaped by hand, or the drafts of one community's grids; the newest first."""
    query = _query().where(block_sets.c.community_code == community).order_by(plans.c.id.desc()).limit(most)
    return [_shaped(row) for row in connection.execute(query)]


def find(connection: Connection, plan: int) -> Shaped:
    """One plan.

    Raises
    ------
    NotFoundError
        There is none of this number that was shaped by hand.
    """
    found = known(connection, plan)
    if found is None:
        raise NotFoundError("There is no plan {plan}.", plan=plan)
    return found


def known(connection: Connection, plan: int) -> Shaped | None:
    """One plan; None where none of this number was shaped by hand."""
    row = connection.execute(_query().where(plans.c.id == plan)).one_or_none()
    return None if row is None else _shaped(row)


def by_token(connection: Connection, token: str) -> Shaped:
    """The plan that a link leads to.

    Raises
    ------
    NotFoundError
        There is no such link, or it was withdrawn.
    """
    row = connection.execute(_query().where(shaped_plans.c.share_hash == _hash(token))).one_or_none()
    if row is None:
        raise NotFoundError("This link leads nowhere any more; ask the planner who sent it.")
    return _shaped(row)


def state(connection: Connection, plan: int, version: int) -> State:
    """What a version of a plan says."""
    row = connection.execute(
        select(plan_versions).where(plan_versions.c.plan_id == plan, plan_versions.c.number == version)
    ).one_or_none()
    if row is None:
        raise NotFoundError("There is no version {version} of this plan.", version=version)
    region = np.frombuffer(bytes(row.assignment), dtype="<i2").astype(np.int64)
    return State(region, row.regions, row.locked)


def versions(connection: Connection, plan: int, *, most: int = 200) -> list[dict[str, Any]]:
    """The latest versions of a plan: number, when, who, what was done; the newest first."""
    wanted = (plan_versions.c.number, plan_versions.c.at, plan_versions.c.actor, plan_versions.c.action)
    query = select(*wanted).where(plan_versions.c.plan_id == plan).order_by(plan_versions.c.number.desc())
    return [dict(row._mapping) for row in connection.execute(query.limit(most))]


def create(
    connection: Connection,
    given: State,
    *,
    name: str,
    origin: str,
    set_id: int,
    data_version: int,
    figures: Mapping[str, Any],
    actor: str,
    from_plan: int | None = None,
) -> int:
    """Keep a new plan with its first version; its number."""
    values = {"name": name, "origin": origin, "actor": actor, "data_version": data_version, "report": {}}
    plan = int(connection.scalar(insert(plans).values(values).returning(plans.c.id)) or 0)
    about = {"set_id": set_id, "from_plan": from_plan, "figures": dict(figures), "changed_by": actor}
    connection.execute(insert(shaped_plans).values(plan_id=plan, revision=1, version=1, **about))
    _write(connection, plan, 1, given, previous=None, actor=actor, action="start")
    changes.log(connection, actor=actor, action="plan started", subject=str(plan), detail={"name": name, "as": origin})
    return plan


def _write(
    connection: Connection, plan: int, number: int, given: State, *, previous: int | None, actor: str, action: str
) -> None:
    values = {
        "assignment": given.region.astype("<i2").tobytes(),
        "regions": [dict(one) for one in given.regions],
        "locked": [int(position) for position in given.locked],
    }
    about = {"plan_id": plan, "number": number, "previous": previous, "actor": actor, "action": action}
    connection.execute(insert(plan_versions).values(**about, **values))


def take(connection: Connection, plan: int, expected: int) -> Shaped:
    """The plan, held for the caller's transaction and as the asker knows it.

    Raises
    ------
    NotFoundError
        There is no such plan.
    ConflictError
        Somebody has changed it since.
    InputError
        It is adopted, so it doesn't change any more.
    """
    connection.execute(select(shaped_plans.c.plan_id).where(shaped_plans.c.plan_id == plan).with_for_update())
    found = find(connection, plan)
    if found.adopted_at is not None:
        raise InputError("The plan is adopted and stays as it is. To go on, start a new plan from it.")
    if found.revision != expected:
        _refuse(found)
    return found


def _refuse(found: Shaped) -> NoReturn:
    raise ConflictError(
        "{who} has changed this plan meanwhile, so your last change was not saved. The map now shows the plan as it "
        "is; repeat your change there, or start a plan of your own from it.",
        who=found.changed_by,
    )


def add_version(
    connection: Connection, of: Shaped, given: State, *, figures: Mapping[str, Any], actor: str, action: str
) -> None:
    """Keep what follows on the version that holds now, and let it hold; `of` as `take` gave it."""
    last = select(func.max(plan_versions.c.number)).where(plan_versions.c.plan_id == of.id)
    number = int(connection.scalar(last) or 0) + 1
    _write(connection, of.id, number, given, previous=of.version, actor=actor, action=action)
    _hold(connection, of, number, figures=figures, actor=actor)


def go_to(connection: Connection, of: Shaped, version: int, *, figures: Mapping[str, Any], actor: str) -> None:
    """Let another version hold: the one before (undo) or after (redo)."""
    _hold(connection, of, version, figures=figures, actor=actor)


def _hold(connection: Connection, of: Shaped, version: int, *, figures: Mapping[str, Any], actor: str) -> None:
    values = {"revision": of.revision + 1, "version": version, "figures": dict(figures), "changed_by": actor}
    query = update(shaped_plans).where(shaped_plans.c.plan_id == of.id)
    connection.execute(query.values(changed_at=func.now(), **values))


def rename(connection: Connection, of: Shaped, name: str, *, actor: str) -> None:
    """Give a plan another name."""
    connection.execute(update(plans).where(plans.c.id == of.id).values(name=name))
    detail = {"before": of.name, "after": name}
    changes.log(connection, actor=actor, action="plan changed", subject=str(of.id), detail=detail)


def adopt(connection: Connection, of: Shaped, *, actor: str, why: str, since: date) -> None:
    """Freeze a plan."""
    values = {"adopted_at": func.now(), "adopted_by": actor, "adopted_why": why, "adopted_from": since}
    connection.execute(
        update(shaped_plans)
        .where(shaped_plans.c.plan_id == of.id)
        .values(revision=of.revision + 1, changed_at=func.now(), changed_by=actor, **values)
    )
    connection.execute(update(plans).where(plans.c.id == of.id).values(status="adopted"))
    detail = {"why": why, "from": since.isoformat(), "version": of.version}
    changes.log(connection, actor=actor, action="plan adopted", subject=str(of.id), detail=detail)


def share(connection: Connection, plan: int, token: str | None, *, actor: str) -> None:
    """Let this token lead to the plan, and no other any more; None: none does."""
    query = update(shaped_plans).where(shaped_plans.c.plan_id == plan)
    connection.execute(query.values(share_hash=None if token is None else _hash(token)))
    action = "plan link withdrawn" if token is None else "plan shared"
    changes.log(connection, actor=actor, action=action, subject=str(plan))


def stale(connection: Connection, layers: Sequence[str], data_version: int) -> bool:
    """Whether the data that a plan's blocks were made of have changed since."""
    return changes.latest(connection, layers) > data_version


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
