"""The API that the map and other programs ask: places, search, themes, features, analyses."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, json, request
from flask_babel import gettext as _

from gridmap.database import features as database_features
from gridmap.database import locate as database_locate
from gridmap.domain.errors import InputError, NotFoundError
from gridmap.domain.numbers import Numbers
from gridmap.domain.words import (
    COMMUNITY_KINDS,
    GRID_KINDS,
    LEADER_STATUS,
    ROLES,
    Vocabulary,
)
from gridmap.layers.shifted import DATUMS, Datum, shift
from gridmap.web import access, arguments, session
from gridmap.web.analyses import analyses as all_analyses
from gridmap.web.answers import answer, text_answer
from gridmap.web.cards import card
from gridmap.web.committee import committee
from gridmap.web.finding import LONGEST_QUERY, find
from gridmap.web.language import request_language
from gridmap.web.people import leaders_in_office
from gridmap.web.reading import connection
from gridmap.web.themes import themes as all_themes

blueprint = Blueprint("api", __name__, url_prefix="/api")

MOST_FEATURES = 10_000
USUAL_FEATURES = 1_000
MOST_FOUND = 50
LONGEST_CODE = 120


def word(vocabulary: Vocabulary, code: str | None) -> str | None:
    """The word for a code in the request's language; None for none."""
    if code is None:
        return None
    term = vocabulary.get(code)
    return getattr(term, request_language()) if term else code


def in_wgs84(lon: float, lat: float) -> tuple[float, float]:
    """Coordinates in the datum that the argument `crs` names, in WGS84."""
    datum: Datum = arguments.choice("crs", DATUMS, default="wgs84")  # type: ignore[assignment]
    if datum == "wgs84":
        return lon, lat
    shifted = shift([(lon, lat)], source=datum, target="wgs84")[0]
    return float(shifted[0]), float(shifted[1])


def outside(lon: float, lat: float) -> NotFoundError:
    """The error for a point of which the district knows nothing."""
    return NotFoundError(
        "{lon}, {lat} lies outside the district. Coordinates are longitude first; those of Chinese maps need "
        "crs=gcj02 or crs=bd09.",
        lon=f"{lon:.6f}",
        lat=f"{lat:.6f}",
    )


@blueprint.get("/locate")
def locate() -> Response:
    """Whose a point is, and who looks after it."""
    lon, lat = in_wgs84(arguments.number("lon", least=-180, most=180), arguments.number("lat", least=-90, most=90))
    found = database_locate.places_at(connection(), lon, lat)
    if not any(found[name] for name in ("building", "compound", "grid", "community", "street")):
        raise outside(lon, lat)
    return answer({"point": [round(lon, 7), round(lat, 7)], **_labelled(found), **_looked_after(found)})


def _labelled(found: dict[str, Any]) -> dict[str, Any]:
    """The places with the words for their kinds, and each figure in its unit."""
    if found["building"]:
        found["building"]["distance_m"] = round(found["building"]["distance_m"], 1)
    for place, vocabulary in (("grid", GRID_KINDS), ("community", COMMUNITY_KINDS)):
        if found[place]:
            found[place]["kind_label"] = word(vocabulary, found[place]["kind"])
    for stairwell in found["stairwells"]:
        stairwell["point"] = [stairwell.pop("lon"), stairwell.pop("lat")]
    return found


def _looked_after(found: dict[str, Any]) -> dict[str, Any]:
    """The committee, and the leaders of the stairwells, the compound and the grid.

    Who may not look at the analyses hears of those in office alone.
    """
    community = found["community"]
    stairwells = [stairwell["code"] for stairwell in found["stairwells"]]
    around = {name: found[name]["code"] for name in ("building", "compound", "grid") if found[name]}
    if session.asker().may("look"):
        leaders = database_locate.leaders_of(connection(), [*stairwells, *around.values()], proposed=True)
    else:
        posts = [("stairwell", code) for code in stairwells]
        posts += [(role, around[role]) for role in ("compound", "grid") if role in around]
        leaders = leaders_in_office(posts, also=[around["building"]] if "building" in around else [])
    return {
        "committee": committee(community) if community else None,
        "leaders": [
            {
                **leader,
                "role_label": word(ROLES, leader["role"]),
                "status_label": _status(leader),
            }
            for leader in leaders
        ],
    }


def _status(leader: dict[str, Any]) -> str | None:
    proposed = leader["status"] == "assigned" and not leader["in_office"]
    return _("proposed") if proposed else word(LEADER_STATUS, leader["status"])


@blueprint.get("/search")
def search() -> Response:
    """Places by name, address, code, pinyin or its initials, best first."""
    query = arguments.text("q", longest=LONGEST_QUERY)
    limit = arguments.whole("limit", request.args.get("limit"), least=1, most=MOST_FOUND, default=10)
    results, more = find(query, limit=limit)
    return answer({"results": results, "more": more})


@blueprint.get("/places/<code>")
def place(code: str) -> Response:
    """The card of a place: the sentence that matters, its figures, its parts, how it was measured."""
    if len(code) > LONGEST_CODE:
        raise InputError("{name} is too long: at most {longest} characters.", name="code", longest=LONGEST_CODE)
    return answer(card(code))


@blueprint.get("/themes")
def themes() -> Response:
    """The themes with the classes and colours of their legends."""
    return answer(all_themes())


@blueprint.get("/analyses")
def analyses() -> Response:
    """How the four analyses stand."""
    return answer(all_analyses())


@blueprint.get("/layers/<layer>.geojson")
def features(layer: str) -> Response:
    """A page of a layer's features, RFC 7946; `next` is the address of the next page."""
    chosen = access.check_layer(layer, session.asker())
    limit = arguments.whole("limit", request.args.get("limit"), least=1, most=MOST_FEATURES, default=USUAL_FEATURES)
    box = arguments.box("bbox")
    if box is not None and chosen.geometry is None:
        raise InputError("The layer {layer} has no geometry, so no bbox.", layer=layer)
    shape: database_features.Shape = arguments.choice(  # type: ignore[assignment]
        "geometry", ("full", "point", "none"), default="full"
    )
    after: str | int | None = request.args.get("after")
    if after is not None and not database_features.key_is_code(chosen):
        after = arguments.whole("after", str(after), least=0, most=10**15 - 1)
    numbers: Numbers = current_app.extensions["gridmap.numbers"]
    page = database_features.features(
        connection(),
        chosen,
        columns=access.visible_columns(chosen),
        most=limit,
        box=box,
        after=after,
        shape=shape,
        language=request_language(),
        least_shown=None if session.asker().may("look") else numbers.least_shown,
    )
    following = None
    if page.next_after is not None:
        kept = {name: value for name, value in request.args.items() if name != "after"}
        following = f"{request.base_url}?{urlencode({**kept, 'after': page.next_after})}"
    head = f'"type":"FeatureCollection","numberReturned":{len(page.features)},"next":{json.dumps(following)}'
    return text_answer(f'{{{head},"features":[{",".join(page.features)}]}}', mimetype="application/geo+json")
