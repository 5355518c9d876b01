"""What the editor of plans asks for: every change, and the suggestions that it may follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from gridmap.database import shaped_plans
from gridmap.domain.errors import InputError, NotFoundError
from gridmap.services import grid_drafts, plan_editing, work
from gridmap.web import arguments, session
from gridmap.web.answers import answer
from gridmap.web.plans import found_plan, numbers, plan_state
from gridmap.web.reading import connection, engine

blueprint = Blueprint("plan_acts", __name__, url_prefix="/api/plans")


def _asked() -> Mapping[str, Any]:
    """The request's JSON object.

    Raises
    ------
    InputError
        It is none.
    """
    given = request.get_json(silent=True)
    if not isinstance(given, Mapping):
        raise InputError("What was sent is no JSON object.")
    return given


def _whole(given: Mapping[str, Any], name: str) -> int:
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError("{name} must be whole numbers.", name=name)
    return value


def _wholes(value: object, name: str) -> list[int]:
    if not isinstance(value, Sequence) or not all(isinstance(one, int) and not isinstance(one, bool) for one in value):
        raise InputError("{name} must be whole numbers.", name=name)
    return list(value)


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    return value if isinstance(value, str) else ""


def _actor() -> str:
    return session.asker().name or ""


def _change(plan: int, given: Mapping[str, Any]) -> None:
    blocks = _wholes(given.get("blocks", []), "blocks")
    to = _wholes(given.get("to", []), "to")
    if len(blocks) != len(to):
        raise InputError("{name} must be whole numbers.", name="to")
    regions = given.get("regions")
    if regions is not None and not (isinstance(regions, list) and all(isinstance(one, Mapping) for one in regions)):
        raise InputError("{name} must be a list of regions.", name="regions")
    plan_editing.change(
        engine(),
        plan,
        expected=_whole(given, "expected"),
        action=_text(given, "action"),
        moves=list(zip(blocks, to, strict=True)),
        regions=regions,
        locked=None if given.get("locked") is None else _wholes(given["locked"], "locked"),
        actor=_actor(),
        numbers=numbers(),
    )


def _undo(plan: int, given: Mapping[str, Any]) -> None:
    plan_editing.undo(engine(), plan, expected=_whole(given, "expected"), actor=_actor(), numbers=numbers())


def _redo(plan: int, given: Mapping[str, Any]) -> None:
    plan_editing.redo(engine(), plan, expected=_whole(given, "expected"), actor=_actor(), numbers=numbers())


def _restore(plan: int, given: Mapping[str, Any]) -> None:
    version, expected = _whole(given, "version"), _whole(given, "expected")
    plan_editing.restore(engine(), plan, version, expected=expected, actor=_actor(), numbers=numbers())


def _suggest(plan: int, given: Mapping[str, Any]) -> Response:
    region = None if given.get("region") is None else _whole(given, "region")
    moves, notes = plan_editing.suggest(engine(), plan, _text(given, "what"), region=region, numbers=numbers())
    return answer(
        {
            "blocks": [block for block, _label in moves],
            "to": [label for _block, label in moves],
            "notes": [note.worded(_) for note in notes],
        }
    )


def _adopt(plan: int, given: Mapping[str, Any]) -> None:
    since = arguments.day(_text(given, "from"))
    expected, why = _whole(given, "expected"), _text(given, "why")
    if not shaped_plans.find(connection(), plan).community:
        plan_editing.adopt(engine(), plan, expected=expected, actor=_actor(), why=why, since=since)
        work.order_review(engine().url.render_as_string(hide_password=False), engine(), plan)
        return
    grid_drafts.publish(engine(), plan, expected=expected, actor=_actor(), why=why, since=since, numbers=numbers())
    work.order(engine().url.render_as_string(hide_password=False), "leaders", actor=_actor())


def _rename(plan: int, given: Mapping[str, Any]) -> None:
    expected = _whole(given, "expected")
    plan_editing.rename(engine(), plan, expected=expected, name=_text(given, "name"), actor=_actor())


def _share(plan: int, _given: Mapping[str, Any]) -> Response:
    token = plan_editing.share(engine(), plan, actor=_actor())
    return answer({"address": url_for("plan_pages.shared", token=token, _external=True)})


def _unshare(plan: int, _given: Mapping[str, Any]) -> None:
    plan_editing.unshare(engine(), plan, actor=_actor())


_ACTS: Mapping[str, Callable[[int, Mapping[str, Any]], Response | None]] = MappingProxyType(
    {
        "change": _change,
        "undo": _undo,
        "redo": _redo,
        "restore": _restore,
        "suggest": _suggest,
        "adopt": _adopt,
        "rename": _rename,
        "share": _share,
        "unshare": _unshare,
    }
)
ACTIONS = tuple(_ACTS)
"""What can be asked of a plan shaped by hand."""


@blueprint.post("/<plan>/<action>")
def act(plan: str, action: str) -> Response:
    """Change a plan shaped by hand, or ask for a suggestion; answers with the plan as it then stands."""
    if action not in _ACTS:
        raise NotFoundError("There is no such action: {action}.", action=action[:40])
    number = found_plan(plan)["id"]
    return _ACTS[action](number, _asked()) or answer(plan_state(number, whole=True))
