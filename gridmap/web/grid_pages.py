"""The pages of a community's grids: as they are, those published before, and the drafts in which they are corrected."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from gridmap.database import shaped_plans
from gridmap.database.community_grids import community_grids
from gridmap.domain.errors import NotFoundError
from gridmap.domain.words import GRID_KINDS
from gridmap.services import grid_drafts
from gridmap.services.community_grids import standing
from gridmap.web import arguments, session
from gridmap.web.language import request_language
from gridmap.web.pages import language_words
from gridmap.web.plan_pages import editor
from gridmap.web.plans import numbers
from gridmap.web.reading import connection, engine
from gridmap.web.wording import length, moment, share, whole

blueprint = Blueprint("grid_pages", __name__, url_prefix="/grids")


@blueprint.get("/<code>")
def show(code: str) -> str:
    """The grids of a community, or of the one that a grid is in; those published by hand, and its drafts."""
    found = community_grids(connection(), code)
    if found is None:
        raise NotFoundError("There is no community {code}.", code=code[:80])
    community = str(found.community["code"])
    drafts = [(one, moment(one.changed_at)) for one in shaped_plans.every(connection(), community=community)]
    return render_template(
        "grids.html",
        found=found,
        drafts=[each for each in drafts if each[0].adopted_at is None],
        published=[(one, moment(one.adopted_at)) for one, _changed in drafts if one.adopted_at is not None],
        kinds={word.code: getattr(word, request_language()) for word in GRID_KINDS.values()},
        standing=_standing(community),
        may_edit=session.asker().may("plan"),
        least=numbers().grid_least,
        most=numbers().grid_most,
        **language_words(),
    )


def _standing(community: str) -> list[tuple[str, str]]:
    """How good the grids are: figures with their words; none where that isn't known."""
    found = standing(connection(), community)
    if found is None:
        return []
    return [
        (_("Households off the target, mean"), whole(found["off"])),
        (_("The same, at least in any division"), whole(found["off_least"])),
        (_("Walk to the middle of the grid, mean"), length(found["walk_m"])),
        (_("Barriers crossed"), whole(found["crossed"])),
        (_("Compounds cut"), whole(found["cut"])),
        (_("Above the best possible, at most"), f"{share(found['gap'])} %"),
    ]


@blueprint.post("/<code>")
def start(code: str) -> Response:
    """Begin a draft of the community's grids."""
    number = grid_drafts.start(engine(), code, actor=session.asker().name or "", numbers=numbers())
    return redirect(url_for("grid_pages.draft", plan=number), 303)


@blueprint.get("/drafts/<plan>")
def draft(plan: str) -> str:
    """The editor of a draft."""
    one = shaped_plans.find(connection(), arguments.whole("plan", plan, least=1, most=10**15 - 1))
    if not one.community:
        raise NotFoundError("There is no draft of grids {plan}.", plan=one.id)
    return editor(one)
