"""The page on which gates and compounds are corrected on the spot, and how a card tells of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from gridmap.database import corrections as database
from gridmap.database.corrections import Correction
from gridmap.domain.errors import GridmapError, NotFoundError
from gridmap.domain.today import today
from gridmap.domain.words import CORRECTABLE, GATE_ACCESS
from gridmap.services import corrections
from gridmap.web import access, arguments, session
from gridmap.web.cards import card
from gridmap.web.correction_words import correction_words, field_word
from gridmap.web.pages import language_words
from gridmap.web.problems import status_of
from gridmap.web.reading import connection, engine
from gridmap.web.wording import moment, wind, word

blueprint = Blueprint("corrections", __name__, url_prefix="/corrections")


def _page(code: str, *, error: GridmapError | None = None) -> tuple[str, int]:
    access.check_place(code, "correct")
    place = card(code)
    known = CORRECTABLE.get(place["layer"])
    if known is None:
        raise NotFoundError("Of such a place nothing can be corrected here; choose a compound or a gate.")
    now = database.present(connection(), place["layer"], code)
    found = database.of_place(connection(), place["layer"], code)
    fields = [
        {
            "name": field,
            "label": field_word(field),
            "now": now[field],
            "now_word": word(values, now[field]),
            "chosen": request.form.get(field, now[field]),
            "values": [(value, word(values, value)) for value in values],
        }
        for field, values in known.items()
    ]
    page = render_template(
        "corrections.html",
        place=place,
        fields=fields,
        gates=_gates(code),
        standing=[correction_words(item) for item in found if item.stands],
        earlier=[_row(item) for item in found],
        today=today(),
        form=request.form,
        longest_note=corrections.LONGEST_NOTE,
        done="done" in request.args,
        error=error.worded(_) if error else None,
        **language_words(),
    )
    return page, status_of(error) if error else 200


def _gates(compound: str) -> list[dict[str, Any]]:
    """The gates of a compound, each by its side and with who may pass."""
    return [
        {
            "code": gate["code"],
            "name": _("%(side)s gate", side=wind(gate["bearing"])) if gate["bearing"] is not None else _("Gate"),
            "access": word(GATE_ACCESS, gate["access"]),
        }
        for gate in database.gates_of(connection(), compound)
    ]


def _row(item: Correction) -> dict[str, Any]:
    values = next(there[item.field] for there in CORRECTABLE.values() if item.field in there)
    return {
        "field": field_word(item.field),
        "before": word(values, item.before),
        "after": word(values, item.after),
        "since": item.since,
        "note": item.note,
        "actor": item.actor if session.asker().may("people") else None,
        "at": moment(item.at),
        "stands": item.stands,
    }


@blueprint.get("/<code>")
def show(code: str) -> tuple[str, int]:
    """What the map says of a gate or a compound, what was corrected before, and the form to correct it."""
    return _page(code)


@blueprint.post("/<code>")
def correct(code: str) -> tuple[str, int] | Response:
    """Correct it."""
    access.check_place(code, "correct")
    form = request.form
    fields = [field for known in CORRECTABLE.values() for field in known if field in form]
    try:
        corrections.correct(
            engine(),
            session.scope(),
            place=code,
            values={field: form[field] for field in fields},
            seen={field: form.get(f"seen_{field}", "") for field in fields},
            since=arguments.day(form["since"]) if form.get("since") else None,
            note=form.get("note", ""),
            actor=session.asker().name or "?",
        )
    except GridmapError as error:
        return _page(code, error=error)
    return redirect(url_for("corrections.show", code=code, done=1), 303)
