"""The pages of plans: the list and where one begins, the editor, the comparison, and what a shared link shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from gridmap.analysis.plans import KIND_WORDS
from gridmap.database import plan_reviews, plans, shaped_plans
from gridmap.database.shaped_plans import Shaped
from gridmap.domain.errors import GridmapError, InputError, NotFoundError
from gridmap.domain.notes import Note
from gridmap.services import plan_editing, plan_files, plan_ground, plan_reviewing, plan_starting, work
from gridmap.services.community_grids import numbers_of
from gridmap.services.uploads import plain_name
from gridmap.web import session
from gridmap.web.language import request_language
from gridmap.web.map_config import map_config
from gridmap.web.pages import browser_strings, language_words
from gridmap.web.plans import found_plan, numbers, side
from gridmap.web.problems import status_of
from gridmap.web.reading import connection, engine
from gridmap.web.wording import moment

blueprint = Blueprint("plan_pages", __name__, url_prefix="/plans")

_MOST_ERRORS = 100
Page = tuple[str, int]


@blueprint.get("")
def index() -> Page:
    """All plans, and the form that starts one."""
    return _index()


def _index(error: GridmapError | None = None, wrong: list[tuple[int, Note]] | None = None) -> Page:
    proposals = plans.newest(connection(), most=50)
    shaped = shaped_plans.every(connection())
    page = render_template(
        "plans/index.html",
        shaped=[_line(one) for one in shaped],
        proposals=[
            {
                **row,
                "name": _called(row),
                "at": moment(row["created_at"]),
                "outcome": _outcome(row["outcome"]),
            }
            for row in proposals
        ],
        error=error.worded(_) if error else None,
        wrong=[(number, note.worded(_)) for number, note in (wrong or [])[:_MOST_ERRORS]],
        wrong_in_all=len(wrong or []),
        endings=",".join(plan_files.ENDINGS),
        longest=plan_editing.LONGEST_NAME,
        chosen=request.values.get("begin", ""),
        name=request.form.get("name", ""),
        **language_words(),
    )
    return page, status_of(error) if error else 400 if wrong else 200


def _called(row: Mapping[str, Any]) -> str:
    """A proposal by what it is best at, where it is one of several alternatives, and its own name."""
    kind = KIND_WORDS.get(row["kind"] or "")
    return f"{_(kind)} {row['name']}" if kind else str(row["name"])


def _outcome(code: str | None) -> str:
    return {
        "optimal": _("proven optimal"),
        "feasible": _("within the bounds"),
        "partial": _("in part"),
        "infeasible": _("not possible"),
    }.get(code or "", "–")


def origin_words(one: Shaped) -> str:
    """What a plan began as."""
    if one.origin == "today":
        return _("today's communities")
    if one.origin == "grids":
        return _("the grids as they were then")
    if one.origin == "imported":
        return _("an imported table")
    return _("plan %(number)s", number=one.from_plan) if one.from_plan else _("a plan that was removed")


def _line(one: Shaped) -> dict[str, Any]:
    return {"one": one, "origin": origin_words(one), "at": moment(one.changed_at)}


@blueprint.post("")
def start() -> Page | Response:
    """Start a plan from what the form says."""
    request.max_content_length = plan_files.LARGEST + 2**16
    begin, actor = request.form.get("begin", ""), session.asker().name or ""
    name = request.form.get("name", "").strip() or _name(begin)
    try:
        if begin == "table":
            return _start_from_table(name, actor)
        if begin == "today":
            number = plan_starting.start_from_today(engine(), name=name, actor=actor, numbers=numbers())
            return redirect(url_for("plan_pages.show", plan=number), 303)
        if not begin.isdigit() or len(begin) > 15:
            raise InputError("Choose what the plan begins as.")
        number, lost = plan_starting.start_from_plan(engine(), int(begin), name=name, actor=actor, numbers=numbers())
    except GridmapError as error:
        return _index(error)
    return redirect(url_for("plan_pages.show", plan=number, unassigned=lost or None), 303)


def _name(begin: str) -> str:
    if begin == "today":
        return _("From today's communities")
    if begin == "table":
        file = request.files.get("file")
        return plain_name(file.filename or "")[: plan_editing.LONGEST_NAME] if file else ""
    return _("From plan %(number)s", number=begin)


def _start_from_table(name: str, actor: str) -> Page | Response:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InputError("Choose a file first.")
    rows = plan_files.rows_of(file.filename, file.stream.read())
    number, wrong, lost = plan_starting.start_from_rows(engine(), rows, name=name, actor=actor, numbers=numbers())
    if number is None:
        return _index(wrong=wrong)
    return redirect(url_for("plan_pages.show", plan=number, unassigned=lost or None), 303)


@blueprint.get("/<plan>")
def show(plan: str) -> str | Response:
    """The editor; a proposal as it was found, with the way to shape it."""
    found = found_plan(plan)
    if found["origin"] == "proposal":
        row = next((row for row in plans.newest(connection(), most=10_000) if row["id"] == found["id"]), None)
        return render_template(
            "plans/proposal.html",
            plan=row,
            at=moment(row["created_at"]) if row else "",
            outcome=_outcome(row["outcome"] if row else None),
            regions=plans.region_rows(connection(), found["id"]),
            **language_words(),
        )
    one = shaped_plans.find(connection(), found["id"])
    if one.community:
        return redirect(url_for("grid_pages.draft", plan=one.id))
    files = [(name, url_for("plans.export", plan=one.id, file=name)) for name in plan_files.FILES]
    return editor(one, files=files)


@blueprint.get("/<plan>/report")
def report(plan: str) -> str:
    """The report of a plan: where it can be had, or how far it is."""
    found = found_plan(plan)
    told = plan_reviews.report(connection(), found["id"]) or {}
    one = shaped_plans.known(connection(), found["id"])
    if one is not None and one.community:
        raise NotFoundError("There is no plan {plan}.", plan=one.id)
    error = told.get("review_error")
    return render_template(
        "plans/report.html",
        plan=found,
        ready=one is None or plan_reviewing.reviewed(told, one),
        earlier=one is not None and told.get("reviewed"),
        pending=told.get("review_asked") is not None,
        error=Note.from_data(error).worded(_) if error else None,
        may_ask=session.asker().may("plan"),
        **language_words(),
    )


@blueprint.post("/<plan>/report")
def work_out_report(plan: str) -> Response:
    """Have the report of a plan that was shaped by hand worked out."""
    number = shaped_plans.find(connection(), found_plan(plan)["id"]).id
    work.order_review(engine().url.render_as_string(hide_password=False), engine(), number)
    return redirect(url_for("plan_pages.report", plan=number), 303)


def editor(one: Shaped, *, files: list[tuple[str, str]] | None = None) -> str:
    """The editor of a plan or of a draft of grids, for those who may shape it; for others to look at."""
    return _editor(
        one,
        may_edit=session.asker().may("plan") and one.adopted_at is None,
        state=url_for("plans.state", plan=one.id),
        blocks=url_for("plans.blocks", number=one.set_id),
        walks=url_for("plans.walks", number=one.set_id),
        act=f"/api/plans/{one.id}/",
        files=files or [],
    )


@blueprint.get("/shared/<token>")
def shared(token: str) -> str:
    """A plan to look at, for whoever has its link."""
    one = shaped_plans.by_token(connection(), token)
    return _editor(
        one,
        may_edit=False,
        state=url_for("plans.shared_state", token=token),
        blocks=url_for("plans.shared_blocks", token=token),
        walks=url_for("plans.shared_walks", token=token),
        act=None,
        files=[],
    )


def _editor(one: Shaped, *, may_edit: bool, files: list[tuple[str, str]], **addresses: str | None) -> str:
    own = numbers_of(connection(), one.community, numbers())
    least, most = plan_editing.bounds(plan_ground.ground_of(engine(), one.set_id), own)
    return render_template(
        "plans/editor.html",
        one=one,
        origin=origin_words(one),
        may_edit=may_edit,
        link=addresses["act"] is None,
        files=files,
        editor={
            **addresses,
            "may_edit": may_edit,
            "grids": bool(one.community),
            "least": least,
            "most": most,
            "far": numbers().circle_15_min_m,
        },
        unassigned=request.args.get("unassigned", type=int),
        config=map_config(),
        strings=browser_strings(request_language()),
        **language_words(),
    )


@blueprint.get("/compare")
def compare() -> Page:
    """Two plans side by side."""
    known: list[tuple[str, str]] = [("today", _("Today's communities"))]
    known += [(str(one.id), one.name) for one in shaped_plans.every(connection())]
    known += [(str(row["id"]), _called(row)) for row in plans.newest(connection(), most=50)]
    both = "a" in request.args and "b" in request.args
    error = None
    if both:
        try:
            if side("a") == side("b"):
                raise InputError("Choose two different plans to compare.")
        except InputError as wrong:
            error = wrong
    page = render_template(
        "plans/compare.html",
        known=known,
        a=request.args.get("a", "today"),
        b=request.args.get("b", known[1][0] if len(known) > 1 else ""),
        both=both and error is None,
        error=error.worded(_) if error else None,
        config=map_config(),
        strings=browser_strings(request_language()),
        **language_words(),
    )
    return page, 400 if error else 200
