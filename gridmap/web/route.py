"""`/api/route`, the walk to a place through gates that are open to the asker, and `/api/nearby`."""

from __future__ import annotations

import math
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from flask_babel import gettext as _
from sqlalchemy import Engine

from gridmap.database import walks as database
from gridmap.domain.errors import NotFoundError, UnavailableError
from gridmap.domain.numbers import Numbers
from gridmap.services.latest import AGAIN_S
from gridmap.services.route import LAYERS, Found, Target, WalkMap, WalkMaps, line_of
from gridmap.web import arguments, navigation, session, walking
from gridmap.web.answers import answer
from gridmap.web.api import LONGEST_CODE, in_wgs84, outside
from gridmap.web.reading import connection
from gridmap.web.wording import length, wind

blueprint = Blueprint("route", __name__, url_prefix="/api")

NEAR_M = 500.0
MOST_NEAR = 30

_KEY = "gridmap.walks"


@blueprint.get("/route")
def route() -> Response:
    """The walk from a point to a place."""
    start = in_wgs84(*arguments.point("from"))
    code = arguments.text("to", longest=LONGEST_CODE)
    place = database.asked(connection(), code, start=start, made_of=LAYERS)
    if place is None:
        raise NotFoundError("There is no place with the code {code} that one can be led to.", code=code[:80])
    if not place["start_inside"]:
        raise outside(*start)
    maps: WalkMaps = current_app.extensions[_KEY]
    version = place["version"]
    made = maps.at(version)
    target = _target(place)
    compounds = {*made.compounds_at(start), *([target.compound_code] if target.compound_code else [])}
    found = made.find(start, target, database.covered(connection(), session.scope(), compounds))
    if made.version != version:
        _check_gates(made, found)
    return answer(_told(made, found, start=start, place=place, target=target))


def _target(place: dict[str, Any]) -> Target:
    points = place["doors"] or [(place["lon"], place["lat"])]
    return Target(
        tuple((lon, lat) for lon, lat in points),
        compound_code=place["compound_code"],
        gate=place["code"] if place["layer"] == "gates" else None,
        whole_compound=place["layer"] == "compounds",
    )


def _check_gates(made: WalkMap, found: Found) -> None:
    """Never through a gate that was shut since this map of walks was made, while the next is in the making."""
    codes = [passage.code for passage in found.walk.gates] if found.walk else []
    now = database.access(connection(), codes)
    if any((now.get(code) or "public") != made.gate(code).access for code in codes):
        raise UnavailableError(
            "A gate on this way has been changed just now. Try again in {seconds} seconds.", seconds=AGAIN_S
        )


def _told(
    made: WalkMap, found: Found, *, start: tuple[float, float], place: dict[str, Any], target: Target
) -> dict[str, Any]:
    numbers: Numbers = current_app.extensions["gridmap.numbers"]
    name = place_name(place)
    walk = found.walk
    gates = [made.gate(passage.code) for passage in walk.gates] if walk else []
    stop = made.gate(found.stops_at) if found.stops_at else None
    minutes = max(1, math.ceil(walk.length_m / numbers.walking_speed / 60)) if walk else None
    end = _end(name, walking.full_name(stop) if stop else None)
    told_gates = [
        walking.gate_answer(gate, passage.at_m) for gate, passage in zip(gates, walk.gates if walk else (), strict=True)
    ]
    notes = walking.notes(made, found, stop)
    if walk is None:
        alike = target.compound_code in made.compounds_at(start)
        notes.append(walking.why_none(made, target.compound_code, place["compound_name"], alike=alike))
    entrance = stop or next((gate for gate in reversed(gates) if gate.compound_code == target.compound_code), None)
    aim = entrance.point if entrance else target.points[walk.target if walk and not target.whole_compound else 0]
    aim_name = walking.full_name(entrance) if entrance else name
    return {
        "from": [round(value, 7) for value in start],
        "to": {
            "code": place["code"],
            "layer": place["layer"],
            "name": name,
            "compound": {"code": place["compound_code"], "name": place["compound_name"]}
            if place["compound_code"]
            else None,
            "point": [round(place["lon"], 7), round(place["lat"], 7)],
        },
        "reaches": walk is not None and stop is None,
        "sentence": walking.sentence(found, gates, minutes or 0, stop),
        "length_m": round(walk.length_m, 1) if walk else None,
        "minutes": minutes,
        "straight_m": round(found.straight_m, 1),
        "worst_m": round(found.worst_m, 1) if found.worst_m is not None else None,
        "unsurveyed": list(found.unsurveyed),
        "notes": notes,
        "gates": told_gates,
        "stops_at": walking.gate_answer(stop, walk.length_m) if stop and walk else None,
        "steps": walking.steps(made, walk, gates, end) if walk else [],
        "line": {"type": "LineString", "coordinates": line_of(made, walk)} if walk else None,
        "aim": {"point": [round(value, 6) for value in aim], "name": aim_name},
        "apps": navigation.links((float(aim[0]), float(aim[1])), aim_name),
        "data_version": made.version,
    }


def _end(name: str, stop: str | None) -> str:
    if stop is not None:
        return _("You stand before the %(gate)s.", gate=stop)
    return _("You are there: %(place)s.", place=name)


def place_name(place: dict[str, Any]) -> str:
    """A place as people call it: a stairwell by its building and number, a gate by its compound."""
    parts = [place["compound_name"]] if place["layer"] in ("buildings", "stairwells", "gates") else []
    if place["layer"] == "stairwells":
        parts += [place["building_name"], _("unit %(n)s", n=place["number"]) if place["number"] is not None else None]
    elif place["layer"] == "gates":
        parts.append(place["name"] or _("the gate"))
    else:
        parts.append(place["name"] or place["address"])
    return " ".join(part for part in parts if part) or place["code"]


@blueprint.get("/nearby")
def nearby() -> Response:
    """The nearest buildings, each with its distance and direction; `mine` where it is in the asker's scope."""
    lon, lat = in_wgs84(arguments.number("lon", least=-180, most=180), arguments.number("lat", least=-90, most=90))
    most = arguments.whole("limit", request.args.get("limit"), least=1, most=MOST_NEAR, default=12)
    if not database.inside(connection(), lon, lat):
        raise outside(lon, lat)
    found = database.nearby(connection(), lon, lat, reach=NEAR_M, most=most, scope=session.scope())
    buildings = [
        {
            "code": row["code"],
            "name": row["name"] or row["address"] or row["code"],
            "address": row["address"],
            "compound": row["compound_name"],
            "households": row["households"],
            "distance_m": round(row["distance_m"], 1),
            "bearing": round(row["bearing"]) if row["bearing"] is not None and row["distance_m"] > 0 else None,
            "words": _("here")
            if row["distance_m"] <= 0 or row["bearing"] is None
            else _("%(metres)s to the %(wind)s", metres=length(row["distance_m"]), wind=wind(row["bearing"])),
            "mine": row["mine"],
        }
        for row in found
    ]
    return answer({"point": [round(lon, 7), round(lat, 7)], "buildings": buildings})


def walk_map() -> WalkMap | None:
    """The map of walks that is at hand; None in the first seconds of a process."""
    maps: WalkMaps = current_app.extensions[_KEY]
    return maps.at_hand()


def prepare(app: Flask) -> None:
    """Have the map of walks made, behind the requests."""
    app.extensions[_KEY].prepare()


def init_app(app: Flask, engine: Engine, numbers: Numbers) -> None:
    """Answer with walks on the data of this database."""
    app.extensions[_KEY] = WalkMaps(engine, numbers=numbers)
    app.register_blueprint(blueprint)
