"""For those who keep it running: is it alive, is it ready, what are its addresses."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app, json, jsonify
from flask_babel import gettext as _

from gridmap.database import facts
from gridmap.domain.errors import NotFoundError
from gridmap.web.analyses import analyses
from gridmap.web.openapi import document
from gridmap.web.reading import connection
from gridmap.web.wording import layer_word

blueprint = Blueprint("operations", __name__)

_AREAS = ("communities", "compounds", "buildings")
"""One of these at least makes a district."""
_NOT_WAITED_FOR = {"check"}
"""What says something about the data, and no page needs."""


@blueprint.get("/healthz")
def alive() -> Response:
    """200 while the process answers; it asks nothing of the database."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> Response:
    """200 when the layers and all analyses that these data allow are there, else 503 with what is missing.

    An analysis that can't run on these data (no communities, say) isn't waited for; `errors` says why.
    """
    numbers = facts.counts(connection())
    missing = [] if any(numbers[name] for name in _AREAS) else ["layers"]
    entries = analyses()
    waited_for = [entry for entry in entries if entry["analysis"] not in _NOT_WAITED_FOR]
    never = [entry for entry in waited_for if entry["data_version"] is None and entry["status"] != "failed"]
    missing += [entry["analysis"] for entry in never]
    body = {
        "status": "waiting" if missing else "ready",
        "missing": missing,
        "analyses": {entry["analysis"]: entry["status"] for entry in entries},
        "errors": {entry["analysis"]: entry["error"] for entry in entries if entry["error"]},
        "layers": {name: number for name, number in numbers.items() if name not in {"staff", "assignments"}},
        "detail": _("Everything is there.")
        if not missing
        else _("Not there yet: %(what)s.", what=_(", ").join(map(_name, missing))),
    }
    response = Response(json.dumps(body, ensure_ascii=False), 503 if missing else 200, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    if missing:
        response.headers["Retry-After"] = "5"
    return response


def _name(missing: str) -> str:
    """What is missing, in words: the layers, or an analysis by the layer that it gives."""
    return _("Layers") if missing == "layers" else layer_word("regions" if missing == "plans" else missing)


@blueprint.get("/authority.crt")
def authority() -> Response:
    """The authority that signed this server's certificate, for phones to install; 404 where there is none of ours."""
    file: Path | None = current_app.extensions["gridmap.authority"]
    if file is None or not file.is_file():
        raise NotFoundError("This server has no authority of its own to install.")
    return Response(file.read_bytes(), mimetype="application/x-x509-ca-cert")


@blueprint.get("/api/openapi.json")
def openapi() -> Response:
    """The OpenAPI document of all addresses for machines."""
    return jsonify(document())
