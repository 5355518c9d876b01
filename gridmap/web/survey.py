"""`/survey`: the places whose true state tells most, in the order of a walk, each settled with one tap."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from gridmap.database import corrections as database
from gridmap.database import gate_places
from gridmap.database.scopes import covers
from gridmap.database.walks import covered
from gridmap.domain.errors import GridmapError
from gridmap.domain.rounds import apart, walking_order
from gridmap.domain.words import CORRECTABLE, GATE_ACCESS, WAY_KINDS
from gridmap.services import corrections, found_gates
from gridmap.services.gates import GateMap
from gridmap.web import access, session
from gridmap.web.cards import card
from gridmap.web.isolation import gate_map_at_hand, renew
from gridmap.web.pages import language_words
from gridmap.web.problems import status_of
from gridmap.web.reading import connection, engine
from gridmap.web.wording import length, wind, word

blueprint = Blueprint("survey", __name__, url_prefix="/survey")

MOST = 20
"""Places of one walk."""

NO_GATE = "none"
"""Tapped where the map has a gate and there is none: nobody passes, and the note says why."""

FIELDS = {"compounds": "enclosure", "gates": "access"}
SETTLES = {"compounds": ("enclosed", "partly", "open"), "gates": ("public", "residents", "closed")}


def _page(*, error: GridmapError | None = None) -> tuple[str, int]:
    made = gate_map_at_hand()
    waiting = made is None or not made.surveyed
    places = [] if made is None or waiting else _places(made)
    page = render_template(
        "survey.html",
        waiting=waiting,
        places=places,
        accesses=[(value, word(GATE_ACCESS, value)) for value in SETTLES["gates"]],
        total=length(sum(place["from_last_m"] for place in places)),
        done=_done(),
        error=error.worded(_) if error else None,
        **language_words(),
    )
    return page, status_of(error) if error else 200


def _places(made: GateMap) -> list[dict[str, Any]]:
    """The places in the asker's reach that are still open questions, in the order of a walk."""
    asked = [one.code for one, _point in made.survey]
    inside = covered(connection(), session.scope(), asked) - database.settled(connection())
    now = {
        code: value
        for layer, field in FIELDS.items()
        for code, value in database.held(connection(), layer, field, inside).items()
    }
    gated = database.with_gates(connection(), inside)
    open_questions = [
        (one, point)
        for one, point in made.survey
        if one.code in now and not (one.layer == "compounds" and _is_answered(now[one.code], one.code in gated))
    ]
    found: list[dict[str, Any]] = [
        {
            "code": one.code,
            "layer": one.layer,
            "point": point,
            "now": now[one.code],
            "now_word": word(CORRECTABLE[one.layer][FIELDS[one.layer]], now[one.code]),
            "tells": len(one.compounds),
            "values": _values(one.layer, now[one.code]),
        }
        for one, point in open_questions[:MOST]
    ]
    order = walking_order([place["point"] for place in found])
    walk = [found[k] for k in order]
    for n, place in enumerate(walk):
        metres = apart(walk[n - 1]["point"], place["point"]) if n else 0.0
        told = card(place["code"])
        place |= {
            "name": told["name"],
            "crossings": _crossings(place) if place["layer"] == "compounds" and place["now"] != "unknown" else [],
            "context": " › ".join(parent["name"] for parent in reversed(told["parents"])),
            "from_last_m": metres,
            "from_last": length(metres) if n else None,
        }
    return walk


def _is_answered(enclosure: str | None, gated: bool) -> bool:
    """Whether a compound is surveyed: open, or known to be walled with a gate on the map."""
    return enclosure == "open" or (enclosure != "unknown" and gated)


def _crossings(place: dict[str, Any]) -> list[dict[str, Any]]:
    """Where ways meet the wall of a compound of which no gate is mapped, in words."""
    return [
        {
            "number": n,
            "words": _(
                "%(way)s, %(side)s side",
                way=row["name"] or word(WAY_KINDS, row["kind"]),
                side=wind(row["bearing"]),
            ),
        }
        for n, row in enumerate(gate_places.crossings(connection(), place["code"]))
    ]


def _values(layer: str, now: str) -> list[tuple[str, str]]:
    """What a tap can say; a compound whose walls are known but no gate is settled only by being open."""
    words = CORRECTABLE[layer][FIELDS[layer]]
    settles = ("open",) if layer == "compounds" and now != "unknown" else SETTLES[layer]
    values = [(value, word(words, value)) for value in settles]
    return [*values, (NO_GATE, _("no gate here"))] if layer == "gates" else values


def _done() -> dict[str, Any] | None:
    """What was settled by the last tap, with what it was before, to take it back."""
    code, before = request.args.get("done"), request.args.get("before")
    if request.args.get("put") is not None:
        return _put(request.args["put"])
    if code is None or before is None or not covers(connection(), session.scope(), code):
        return None
    told = card(code)
    layer = told["layer"]
    if layer not in FIELDS:
        return None
    now = database.present(connection(), layer, code)[FIELDS[layer]]
    words = CORRECTABLE[layer][FIELDS[layer]]
    back = before if before in words and before != now else None
    return {"code": code, "name": told["name"], "now": now, "now_word": word(words, now), "back": back}


def _put(gate: str) -> dict[str, Any] | None:
    """The gate that the last tap put onto the map, to take it off again."""
    if not covers(connection(), session.scope(), gate) or card(gate)["layer"] != "gates":
        return None
    now = database.present(connection(), "gates", gate)["access"]
    return {"code": gate, "name": card(gate)["name"], "now_word": word(GATE_ACCESS, now), "put": True}


@blueprint.get("")
def index() -> tuple[str, int]:
    """The list, to walk along."""
    if "renew" in request.args:
        renew()
    return _page()


@blueprint.post("/<code>")
def settle(code: str) -> tuple[str, int] | Response:
    """Say how a place is."""
    access.check_place(code, "correct")
    layer = card(code)["layer"]
    given, seen = request.form.get("value", ""), request.form.get("seen", "")
    note = _("There is no gate here.") if given == NO_GATE else ""
    try:
        corrections.correct(
            engine(),
            session.scope(),
            place=code,
            values={FIELDS.get(layer, ""): "closed" if given == NO_GATE else given},
            seen={FIELDS.get(layer, ""): seen},
            since=None,
            note=note,
            actor=session.asker().name or "?",
            confirm=True,
        )
    except GridmapError as error:
        return _page(error=error)
    return redirect(url_for("survey.index", done=code, before=seen), 303)


@blueprint.post("/<code>/gates")
def put(code: str) -> tuple[str, int] | Response:
    """Say who passes a gate of which the map knew nothing, where a way meets the wall."""
    access.check_place(code, "correct")
    given = request.form.get("crossing", "")
    try:
        gate = found_gates.add_gate(
            engine(),
            session.scope(),
            compound=code,
            crossing=int(given) if given.isdecimal() and len(given) < 4 else -1,
            access=request.form.get("value", ""),
            actor=session.asker().name or "?",
        )
    except GridmapError as error:
        return _page(error=error)
    return redirect(url_for("survey.index", put=gate), 303)


@blueprint.post("/<code>/drop")
def drop(code: str) -> tuple[str, int] | Response:
    """Take a gate that was put onto the map here off it again."""
    access.check_place(code, "correct")
    try:
        found_gates.drop_gate(engine(), session.scope(), gate=code, actor=session.asker().name or "?")
    except GridmapError as error:
        return _page(error=error)
    return redirect(url_for("survey.index"), 303)
