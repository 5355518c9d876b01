"""`/api/isolation`: what a gate would change, the best gates of a place, neighbours, kept scenarios; all as files."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Engine

from gridmap.database import changes, scenarios
from gridmap.domain.errors import InputError, NotFoundError
from gridmap.domain.numbers import Numbers
from gridmap.services import scenarios as keeping
from gridmap.services.gates import LAYERS, MOST_CHANGES, MOST_GATES, GateMap, GateMaps, Wish
from gridmap.web import arguments, session
from gridmap.web.answers import answer, text_answer
from gridmap.web.api import LONGEST_CODE
from gridmap.web.reading import connection, engine
from gridmap.web.result_files import result_file
from gridmap.web.wording import whole

blueprint = Blueprint("isolation", __name__, url_prefix="/api/isolation")

_KEY = "gridmap.gates"


def gate_map() -> GateMap:
    """The gate map of the data as they are, or the one before while it is being made."""
    maps: GateMaps = current_app.extensions[_KEY]
    return maps.at(changes.latest(connection(), LAYERS))


def gate_map_at_hand() -> GateMap | None:
    """The gate map that this process has made last, however old; None before the first."""
    maps: GateMaps = current_app.extensions[_KEY]
    return maps.at_hand()


def renew() -> None:
    """Have the gate map made anew."""
    maps: GateMaps = current_app.extensions[_KEY]
    maps.prepare()


@blueprint.get("/readiness")
def readiness() -> Response:
    """Whether this process has the walks at hand; if not, it makes them ready from now on."""
    return answer({"ready": gate_map_at_hand() is not None})


@blueprint.get("/what-if")
def what_if() -> Response:
    """What gates added, opened or closed would change; nothing is kept."""
    return answer(_effect())


def _effect() -> dict[str, Any]:
    found = gate_map().what_if(_wishes())
    return {**found, "sentence": _sentence(found)}


def _wishes() -> list[Wish]:
    """The changes that the arguments name, in the order of their kinds: add, open, close."""
    given = [(kind, value) for kind in ("add", "open", "close") for value in request.args.getlist(kind)]
    if len(given) > MOST_CHANGES:
        raise InputError("At most {most} changes are weighed together.", most=MOST_CHANGES)
    return [_wish(kind, value) for kind, value in given]


def _wish(kind: str, value: str) -> Wish:
    if kind != "add":
        return Wish(kind, gate=value[:LONGEST_CODE])
    parts = value.split(",")
    if len(parts) not in (2, 3):
        raise InputError("{name} takes two numbers: lon,lat.", name=kind)
    point = (arguments.finite(kind, parts[0], -180, 180), arguments.finite(kind, parts[1], -90, 90))
    return Wish(kind, point=point, compound=parts[2][:LONGEST_CODE] if len(parts) == 3 else None)


def _sentence(found: dict[str, Any]) -> str:
    gain, loss = found["gain"], found["loss"]
    parts = []
    if gain["households"]:
        parts.append(
            _(
                "%(households)s households would walk %(metres)s m less to their neighbours on average.",
                households=whole(gain["households"]),
                metres=whole(gain["mean_m"]),
            )
        )
    if loss["households"]:
        parts.append(
            _(
                "%(households)s households would walk %(metres)s m more to their neighbours on average.",
                households=whole(loss["households"]),
                metres=whole(loss["mean_m"]),
            )
        )
    changed = sum(one["before"]["class"] != one["after"]["class"] for one in found["compounds"])
    if changed:
        parts.append(ngettext("%(num)s compound changes its class.", "%(num)s compounds change their class.", changed))
    return " ".join(parts) or _("No household's way to its neighbours changes by a metre.")


@blueprint.get("/gates")
def gates() -> Response:
    """The best gates of one compound or street, computed now."""
    count = arguments.whole("count", request.args.get("count"), least=1, most=MOST_GATES, default=5)
    compound, street = (request.args.get(name) for name in ("compound", "street"))
    if (compound is None) == (street is None):
        raise InputError("Name a compound or a street, one of them.")
    found = gate_map()
    return answer(
        {"data_version": found.version, "gates": found.proposals(compound=compound, street=street, count=count)}
    )


@blueprint.get("/neighbours")
def neighbours() -> Response:
    """The neighbours of a compound, the worst to reach first."""
    code = arguments.text("compound", longest=LONGEST_CODE)
    found = gate_map()
    return answer(
        {
            "data_version": found.version,
            "neighbours": [
                {
                    "code": one.code,
                    "name": one.name,
                    "reached": one.directness is not None,
                    "directness": None if one.directness is None else round(one.directness, 2),
                    "detour_m": None if one.detour_m is None else round(one.detour_m, 1),
                    "from": list(one.start),
                    "to": one.building,
                }
                for one in found.neighbours(code)
            ],
        }
    )


@blueprint.get("/scenarios")
def kept() -> Response:
    """The kept scenarios, the latest first."""
    return answer({"scenarios": [_told(one) for one in scenarios.newest(connection())]})


@blueprint.post("/scenarios")
def keep() -> tuple[Response, int]:
    """Keep the changes that the arguments name under a name, with what they come to now."""
    name = request.args.get("name", "")
    number = keeping.keep(engine(), name=name, effect=_effect(), actor=session.asker().name or "?")
    return answer({"id": number, "name": name}), 201


@blueprint.post("/scenarios/<number>/forget")
def forget(number: str) -> Response:
    """Forget a kept scenario."""
    keeping.forget(engine(), _number(number), actor=session.asker().name or "?")
    return answer({"forgotten": True})


@blueprint.get("/scenarios/<number>.geojson")
def scenario(number: str) -> Response:
    """The gates of a kept scenario as points, and beside them what they come to."""
    found = scenarios.find(connection(), _number(number))
    if found is None:
        raise NotFoundError("There is no scenario {number}.", number=number)
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": one["point"]},
            "properties": {
                "kind": one["kind"],
                "gate": one["gate"],
                "compound_code": one["compound"]["code"],
                "compound_name": one["compound"]["name"],
                "joins": one["joins"],
            },
        }
        for one in found.effect["changes"]
    ]
    body = {"type": "FeatureCollection", "features": features, **_told(found), "effect": found.effect}
    response = text_answer(current_app.json.dumps(body), mimetype="application/geo+json")
    response.headers["Content-Disposition"] = f'attachment; filename="scenario-{found.id}.geojson"'
    return response


def _number(given: str) -> int:
    return arguments.whole("scenario", given, least=1, most=10**15 - 1)


def _told(one: scenarios.Scenario) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "by": one.actor,
        "at": one.at.isoformat(),
        "data_version": one.effect["data_version"],
        "changes": one.effect["changes"],
        "gain": one.effect["gain"],
        "loss": one.effect["loss"],
    }


@blueprint.get("/export.<ending>")
def export(ending: str) -> Response:
    """The measured compounds and the proposed gates as a file; a GeoJSON holds one of the two."""
    return result_file("isolation", ending)


def init_app(app: Flask, engine: Engine, numbers: Numbers) -> None:
    """Answer about gates on the data of this database."""
    app.extensions[_KEY] = GateMaps(engine, numbers=numbers)
    app.register_blueprint(blueprint)
