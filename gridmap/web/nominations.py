"""Nominations of stairwell leaders: the link that a community hands out, its public form, and what waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from gridmap.database import nominations as database
from gridmap.database.nominations import Nomination, Stairwell
from gridmap.domain.errors import GridmapError, NotFoundError
from gridmap.domain.today import today
from gridmap.services import nominations
from gridmap.services.entries import LONGEST_NAME, LONGEST_PHONE
from gridmap.web import access, arguments, session
from gridmap.web.cards import card
from gridmap.web.looks import look
from gridmap.web.pages import language_words
from gridmap.web.place_cards import building_name, stairwell_name
from gridmap.web.problems import status_of
from gridmap.web.public import for_this_machine_alone, qr_code
from gridmap.web.reading import connection, engine
from gridmap.web.wording import moment

blueprint = Blueprint("nominations", __name__)

_SHOWN = 200
_AT_ONCE = 60
"""A place with more stairwells than this asks for the building first."""

Page = tuple[str, int]


def _stairwell_name(one: Stairwell | Nomination) -> str:
    building = building_name(one.building_name, one.address, one.compound)
    return stairwell_name(building, one.number)


# ---- for those who name leaders


@blueprint.get("/nominations")
def index() -> Page:
    """All nominations of one's places that wait."""
    return _office_page("")


@blueprint.get("/nominations/<code>")
def place(code: str) -> Page:
    """The link of a place, and the nominations there that wait."""
    return _office_page(code)


def _office_page(code: str, *, error: GridmapError | None = None) -> Page:
    here = None
    link = None
    if code:
        access.check_place(code, "name")
        here = card(code)
        if here["layer"] not in nominations.LINK_LAYERS:
            raise NotFoundError("Nominations are for stairwells: choose a community, compound, building or stairwell.")
        link = database.of_place(connection(), code, today=today())
    found = database.waiting(connection(), session.scope(), place=code, most=_SHOWN + 1)
    if found:
        look(code or "nominations", [one.place for one in found[:_SHOWN]], shown=("name", "phone"))
    address = url_for("nominations.form", token=link.token, _external=True) if link else None
    page = render_template(
        "nominations.html",
        place=here,
        link=link,
        last_day=link.until - timedelta(days=1) if link else None,
        address=address,
        useless=for_this_machine_alone(address) if address else False,
        made=moment(link.made_at) if link else None,
        until=today() + timedelta(days=nominations.DAYS),
        tomorrow=today() + timedelta(days=1),
        latest=today() + timedelta(days=nominations.MOST_DAYS),
        waiting=[(one, _stairwell_name(one), moment(one.at)) for one in found[:_SHOWN]],
        more=len(found) > _SHOWN,
        done=request.args.get("done"),
        error=error.worded(_) if error else None,
        **language_words(),
    )
    return page, status_of(error) if error else 200


@blueprint.post("/nominations/<code>/link")
def make(code: str) -> Page | AnyResponse:
    """Make a link, in the place of the one before."""
    access.check_place(code, "name")
    try:
        until = arguments.day(request.form.get("until", ""))
        nominations.make_link(engine(), session.scope(), place=code, until=until, actor=session.asker().name or "?")
    except GridmapError as error:
        return _office_page(code, error=error)
    return redirect(url_for("nominations.place", code=code, done="made"), 303)


@blueprint.post("/nominations/<code>/close")
def close(code: str) -> AnyResponse:
    """Shut the link."""
    access.check_place(code, "name")
    nominations.close_link(engine(), session.scope(), place=code, actor=session.asker().name or "?")
    return redirect(url_for("nominations.place", code=code, done="closed"), 303)


@blueprint.get("/nominations/<code>/sheet")
def sheet(code: str) -> str:
    """The link as a sheet to print."""
    access.check_place(code, "name")
    link = database.of_place(connection(), code, today=today())
    if link is None:
        raise NotFoundError("This place has no open link; make one first.")
    address = url_for("nominations.form", token=link.token, _external=True)
    return render_template(
        "nomination_sheet.html",
        place=card(code),
        link=link,
        last_day=link.until - timedelta(days=1),
        address=address,
        useless=for_this_machine_alone(address),
        **language_words(),
    )


@blueprint.post("/nominations/decisions/<int:number>")
def decide(number: int) -> Page | AnyResponse:
    """Accept or decline a nomination; who is accepted can be named at once."""
    actor = session.asker().name or "?"
    back = request.form.get("back", "")[:64]
    try:
        if request.form.get("decision") == "accept":
            stairwell, person = nominations.accept(engine(), session.scope(), number, actor=actor)
            return redirect(url_for("posts.choose", code=stairwell, role="stairwell", person=person), 303)
        nominations.decline(engine(), session.scope(), number, actor=actor)
    except GridmapError as error:
        return _office_page(back, error=error)
    where = url_for("nominations.place", code=back, done="declined") if back else None
    return redirect(where or url_for("nominations.index", done="declined"), 303)


# ---- for residents


@blueprint.get("/n/<token>")
def form(token: str) -> Page:
    """The form to nominate somebody."""
    return _form_page(token, MultiDict())


def _form_page(token: str, given: MultiDict[str, str], *, error: GridmapError | None = None) -> Page:
    link = nominations.open_link(connection(), token)
    every = database.stairwells(connection(), link.place)
    building = given.get("building") or request.args.get("building", "")
    inside = [one for one in every if one.building == building]
    ask_building = len(every) > _AT_ONCE and not inside
    page = render_template(
        "nominate.html",
        token=token,
        place=card(link.place),
        last_day=link.until - timedelta(days=1),
        buildings=_buildings(every) if ask_building else None,
        building=building if inside else "",
        stairwells=[(one.code, _stairwell_name(one)) for one in inside or every],
        chosen=given.get("place", ""),
        form=given,
        longest=(LONGEST_NAME, LONGEST_PHONE, nominations.LONGEST_WORDS),
        done="done" in request.args,
        error=error.worded(_) if error else None,
        **language_words(),
    )
    return page, status_of(error) if error else 200


def _buildings(every: list[Stairwell]) -> list[dict[str, Any]]:
    """The buildings of these stairwells, by compound."""
    groups: dict[str | None, dict[str, str]] = {}
    for one in every:
        name = building_name(one.building_name, one.address, one.compound)
        groups.setdefault(one.compound, {})[one.building] = name
    return [{"compound": compound, "buildings": list(names.items())} for compound, names in groups.items()]


@blueprint.post("/n/<token>")
def send(token: str) -> Page | AnyResponse:
    """Nominate somebody."""
    given = request.form
    try:
        nominations.nominate(
            engine(),
            token,
            place=given.get("place", ""),
            name=given.get("name", ""),
            phone=given.get("phone", ""),
            own=given.get("own") == "yes",
            words=given.get("words", ""),
        )
    except NotFoundError:
        raise
    except GridmapError as error:
        return _form_page(token, given, error=error)
    return redirect(url_for("nominations.form", token=token, done=1), 303)


@blueprint.get("/n/<token>/qr.svg")
def qr(token: str) -> Response:
    """The QR code that opens the form."""
    nominations.open_link(connection(), token)
    return qr_code(url_for("nominations.form", token=token, _external=True))
