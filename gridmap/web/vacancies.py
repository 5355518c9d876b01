"""The page of vacancies: posts of every community in scope, and the places behind each figure."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask_babel import gettext as _

from gridmap.database import nominations
from gridmap.database import vacancies as database
from gridmap.database.vacancies import Counts
from gridmap.domain.numbers import Numbers
from gridmap.domain.words import ROLES, SOLE_ROLES, VACANCY_CAUSES
from gridmap.web import access, arguments, session
from gridmap.web.cards import card
from gridmap.web.pages import language_words
from gridmap.web.place_cards import building_name, stairwell_name
from gridmap.web.reading import connection
from gridmap.web.wording import whole, word

blueprint = Blueprint("vacancies", __name__, url_prefix="/posts")

_COMMUNITIES = 20
_PLACES = 50
_LONGEST_CODE = 64


def wanted_roles() -> tuple[str, ...]:
    """The sole roles that this district wants."""
    numbers: Numbers = current_app.extensions["gridmap.numbers"]
    wanted = {
        "compound": numbers.compound_leaders,
        "party_compound": numbers.party_compound_leaders,
        "stairwell": numbers.stairwell_leaders,
    }
    return tuple(role for role in SOLE_ROLES if wanted.get(role, True))


def _states() -> dict[str, str]:
    return {"vacant": _("Vacant"), "proposed": _("Proposed"), "held": _("In office")}


@blueprint.get("")
def index() -> str:
    """Posts by community, or the places of one community's posts of one role."""
    return _places(request.args["community"]) if request.args.get("community") else _communities()


def _cell(role: str, counts: Counts) -> dict[str, Any]:
    every = counts.held + counts.proposed + counts.vacant
    return {"role": role, "label": word(ROLES, role), "vacant": counts.vacant, "proposed": counts.proposed,
            "words": _("%(vacant)s of %(all)s vacant", vacant=whole(counts.vacant), all=whole(every)) if every else "–",
            "all": every}  # fmt: skip


def _communities() -> str:
    roles = wanted_roles()
    chosen = arguments.choice("role", ("", *roles), default="")
    shown = (chosen,) if chosen else roles
    after = request.args.get("after", "")[:_LONGEST_CODE]
    found = database.by_community(connection(), shown, session.scope(), after=after, most=_COMMUNITIES + 1)
    totals = database.totals(connection(), shown, session.scope()) if not after else None
    page = found[:_COMMUNITIES]
    return render_template(
        "posts.html",
        roles=[(role, word(ROLES, role)) for role in roles],
        shown=[word(ROLES, role) for role in shown],
        chosen=chosen,
        totals=[_cell(role, totals.get(role, Counts())) for role in shown] if totals is not None else None,
        communities=[
            {"code": code, "name": name or code, "cells": [_cell(role, counts.get(role, Counts())) for role in shown]}
            for code, name, counts in page
        ],
        following=url_for("vacancies.index", role=chosen or None, after=page[-1][0])
        if len(found) > _COMMUNITIES
        else None,
        later=bool(after),
        nominations=nominations.count(connection(), session.scope()),
        **language_words(),
    )


def _places(community: str) -> str:
    access.check_place(community, "name")
    roles = wanted_roles()
    role = arguments.choice("role", roles, default=roles[0])
    states = _states()
    state: database.State = arguments.choice("state", tuple(states), default="vacant")  # type: ignore[assignment]
    after = request.args.get("after", "")[:_LONGEST_CODE]
    found = database.places(connection(), role=role, community=community, state=state, after=after, most=_PLACES + 1)
    page = found[:_PLACES]
    following = None
    if len(found) > _PLACES:
        following = url_for("vacancies.index", community=community, role=role, state=state, after=page[-1]["code"])
    return render_template(
        "posts_of_community.html",
        community=card(community),
        roles=[(code, word(ROLES, code)) for code in roles],
        role=role,
        states=states,
        state=state,
        places=[
            {"code": row["code"], "name": _name(row),
             "cause": word(VACANCY_CAUSES, row["cause"]) if row["cause"] and state == "vacant" else None}
            for row in page
        ],
        following=following,
        **language_words(),
    )  # fmt: skip


def _name(row: dict[str, Any]) -> str:
    if row["layer"] == "grids":
        return str(row["grid"])
    if row["layer"] == "compounds":
        return str(row["compound"] or _("Compound without a name"))
    building = building_name(row["building"], row["address"], row["compound"])
    return stairwell_name(building, row["number"])
