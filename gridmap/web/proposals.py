"""Alternatives of mega-communities: asked for, listed with their scores, and each border with its reason."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext

from gridmap.analysis.plans.scores import PRINCIPLE_WORDS
from gridmap.database import places as database_places
from gridmap.database import plan_reviews, results
from gridmap.domain.errors import InputError, NotFoundError
from gridmap.report.words import LANGS, Lang
from gridmap.services import plan_report, work
from gridmap.services.plan_view import said, view
from gridmap.services.plans import Wishes
from gridmap.web import arguments, session
from gridmap.web.answers import answer, text_answer
from gridmap.web.language import request_language
from gridmap.web.plans import numbers
from gridmap.web.reading import connection, engine

blueprint = Blueprint("proposals", __name__, url_prefix="/api")

MOST_WEIGHT = 100.0
_MOST_CODES, _MOST_HOUSEHOLDS = 500, 10_000_000
_WORDED = ("name", "sentence", "held")
_LISTED = ("id", "kind", "label", "dominated", "difference", "regions", "objective_words", "objective_value",
           "lower_bound", "gap", "status", "scores", "changed_households")  # fmt: skip


@blueprint.get("/proposals")
def index() -> Response:
    """The alternatives that were proposed together last, with the scores under the weights that are asked for."""
    weights = _weights()
    found = [view(report, gettext, weights=weights) for report in plan_reviews.alternatives(connection())]
    state = results.state(connection())["plans"]
    return answer(
        {
            "running": state.status == "running",
            "progress": state.progress,
            "doing": state.doing.worded(gettext) if state.doing else None,
            "streets": database_places.named(connection(), "streets"),
            "min_households": numbers().region_least,
            "alternatives": [{name: one[name] for name in _LISTED} for one in found],
        }
    )


def _weights() -> dict[str, float]:
    """The argument `weights`: four weights, one for each principle in their order."""
    given = request.args.get("weights")
    if given is None:
        return {}
    parts = given.split(",")
    try:
        weights = [float(part) for part in parts]
    except ValueError:
        weights = []
    if (
        len(weights) != len(PRINCIPLE_WORDS)
        or not all(0 <= each <= MOST_WEIGHT for each in weights)
        or not any(weights)
    ):
        raise InputError(
            "weights takes four numbers of 0 to 100, one of them above 0: {names}.", names=", ".join(PRINCIPLE_WORDS)
        )
    return dict(zip(PRINCIPLE_WORDS, weights, strict=True))


@blueprint.post("/proposals")
def ask() -> tuple[Response, int]:
    """Ask for alternatives, of all or of some streets and communities; they are made behind the pages."""
    url = engine().url.render_as_string(hide_password=False)
    work.order_plans(url, _wishes(), actor=session.asker().name or "?")
    return answer({"ordered": True}), 202


def _wishes() -> Wishes:
    """What the body asks for: `only` (codes), `min_households`, `max_households`; nothing asks for what is usual."""
    given = request.get_json(silent=True) if request.get_data() else {}
    if not isinstance(given, dict) or set(given) - {"only", "min_households", "max_households"}:
        raise InputError("Send a JSON object with only, min_households and max_households, or some of them.")
    only = given.get("only") or []
    if not isinstance(only, list) or len(only) > _MOST_CODES or not all(isinstance(code, str) for code in only):
        raise InputError("only takes a list of at most {most} codes of streets and communities.", most=_MOST_CODES)
    known = database_places.known(connection(), only, ("streets", "communities"))
    if lost := [code for code in only if code not in known]:
        raise InputError("There is no street or community {codes}.", codes=", ".join(lost)[:200])
    least, most = (_households(name, given.get(name)) for name in ("min_households", "max_households"))
    wishes = Wishes(only=tuple(only), min_households=least, max_households=most)
    wishes.asked(numbers(), most=numbers().region_most, objective="access")  # says what contradicts itself
    return wishes


def _households(name: str, given: object) -> int | None:
    if given is None:
        return None
    if not isinstance(given, int) or isinstance(given, bool) or not 1 <= given <= _MOST_HOUSEHOLDS:
        raise InputError("{name} takes a whole number of 1 to {most}.", name=name, most=_MOST_HOUSEHOLDS)
    return given


@blueprint.get("/plans/<plan>/review")
def review(plan: str) -> Response:
    """All that is to be said about a plan: scores, hubs, offices, what can't be met, what changes, in words."""
    report = _report(plan)
    colours = plan_reviews.colours(connection(), report["id"])
    return answer({**view(report, gettext, weights=_weights()), "colours": colours})


def _report(given: str) -> dict[str, Any]:
    number = arguments.whole("plan", given, least=1, most=10**15 - 1)
    found = plan_reviews.report(connection(), number)
    if found is None:
        raise NotFoundError("There is no plan {plan}.", plan=number)
    return found


@blueprint.get("/plans/<plan>/borders.geojson")
def borders(plan: str) -> Response:
    """A plan's border pieces with their firmness, RFC 7946."""
    features = ",".join(plan_reviews.border_features(connection(), _report(plan)["id"]))
    return text_answer(f'{{"type":"FeatureCollection","features":[{features}]}}', mimetype="application/geo+json")


@blueprint.get("/plans/<plan>/borders/<number>")
def border(plan: str, number: str) -> Response:
    """Why one border piece runs where it does, in words, with what the other choices would cost."""
    whole = arguments.whole("number", number, least=1, most=10**9)
    found = plan_reviews.border(connection(), _report(plan)["id"], whole)
    if found is None:
        raise NotFoundError("Plan {plan} has no border piece {number}.", plan=plan, number=whole)
    point = [found.pop("lon"), found.pop("lat")]
    choices = [{**one, **{name: said(one[name], gettext) for name in _WORDED}} for one in found["choices"]]
    return answer({**found, "reason": found["reason"].worded(gettext), "choices": choices, "point": point})


@blueprint.get("/plans/<plan>/report.html")
def report(plan: str) -> Response:
    """A plan's report, one page that opens with no network."""
    number = _report(plan)["id"]
    html = plan_report.html(connection(), number, lang=_lang())
    return _as_file(text_answer(html, mimetype="text/html"), f"plan-{number}.html")


@blueprint.get("/plans/<plan>/report.pdf")
def report_pdf(plan: str) -> Response:
    """A plan's report as a PDF."""
    number = _report(plan)["id"]
    pdf = plan_report.pdf(connection(), number, lang=_lang())
    response = _as_file(Response(pdf, mimetype="application/pdf"), f"plan-{number}.pdf")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _lang() -> Lang:
    return LANGS[LANGS.index(request_language())]


def _as_file(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
