"""`/my`: a leader's, a community's or a street's own places on a phone, what is near, and the walk there."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from gridmap.database import my as database
from gridmap.database import tiles
from gridmap.database import walks as database_walks
from gridmap.database.locate import leaders_of, people_at
from gridmap.database.scopes import covers
from gridmap.domain.errors import NotFoundError
from gridmap.domain.words import LAYER_NAMES, ROLES
from gridmap.web import arguments, session
from gridmap.web.api import LONGEST_CODE
from gridmap.web.cards import actions
from gridmap.web.finding import LONGEST_QUERY, find
from gridmap.web.kept import kept
from gridmap.web.language import request_language
from gridmap.web.looks import look
from gridmap.web.pages import browser_strings, language_words
from gridmap.web.people import leader_words
from gridmap.web.reading import connection
from gridmap.web.route import place_name
from gridmap.web.wording import whole, word

blueprint = Blueprint("my", __name__, url_prefix="/my")

MOST_FOUND = 20


def _page(template: str, **words: Any) -> str:
    return render_template(template, script_config=_script_config(), **words, **language_words())


def _script_config() -> dict[str, Any]:
    """What the scripts start from, in the form that they share with the map page."""
    bounds = kept("bounds", lambda: tiles.bounds(connection()))
    return {"lang": request_language(), "bounds": list(bounds) if bounds else None, "layers": []}


@blueprint.get("")
def index() -> str:
    """One's own places, a search, and what is near."""
    asker = session.asker()
    query, results = None, None
    if request.args.get("q", "").strip():
        query = arguments.text("q", longest=LONGEST_QUERY)
        results, _more = find(query, limit=MOST_FOUND)
    groups: list[dict[str, Any]] = []
    if asker.staff_code:
        groups.append({"title": None, "items": [_term(row) for row in _terms(asker.staff_code)]})
    elif asker.community_code:
        groups = _groups(database.inside(connection(), "communities", asker.community_code))
    elif asker.street_code:
        groups = _groups(database.inside(connection(), "streets", asker.street_code))
    elif asker.grant.reach == "district":
        groups = _groups(database.outermost(connection()))
    return _page(
        "my/index.html",
        query=query,
        results=results,
        groups=groups,
        title=_title(),
        strings=browser_strings(request_language()),
    )


def _title() -> str:
    asker = session.asker()
    code = asker.community_code or asker.street_code
    found = database.head(connection(), code) if code else None
    return str(found["name"]) if found else _("My places")


def _terms(staff: str) -> list[dict[str, Any]]:
    return database.terms(connection(), staff)


def _term(row: dict[str, Any]) -> dict[str, Any]:
    return {**_item(row), "context": word(ROLES, row["role"])}


def _item(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a list: the name, what it is, and how many households."""
    unit = _("unit %(n)s", n=row["number"]) if row.get("number") is not None else None
    return {
        "code": row["code"],
        "layer": row["layer"],
        "name": " ".join(part for part in (row["name"], unit) if part) or row["code"],
        "context": row.get("context"),
        "households": row.get("households"),
    }


def _groups(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Places in a group for each layer."""
    layers = dict.fromkeys(row["layer"] for row in rows)
    return [
        {
            "title": word(LAYER_NAMES, name),
            "items": [_item(row) for row in rows if row["layer"] == name][: database.MOST],
            "more": sum(row["layer"] == name for row in rows) > database.MOST,
            "in_order": any(row.get("stop") for row in rows if row["layer"] == name),
        }
        for name in layers
    ]


@blueprint.get("/<code>")
def place(code: str) -> str:
    """A place: what stands in it, who leads it, and the walk there."""
    found = database.head(connection(), code) if len(code) <= LONGEST_CODE else None
    if found is None:
        raise NotFoundError("There is no place with the code {code}.", code=code[:80])
    building = found["layer"] in ("buildings", "stairwells")
    groups = _groups(database.inside(connection(), found["layer"], code))
    codes = [code, *(item["code"] for group in groups for item in group["items"] if building)]
    people = _people(code, list(dict.fromkeys(codes)))
    return _page(
        "my/place.html",
        place=found,
        name=_item(found)["name"] if found["layer"] != "stairwells" else _stairwell_name(found),
        context=" · ".join(
            part
            for part in (
                found["compound_name"] if building else None,
                found["address"] if found["address"] != found["name"] else None,
                found["community_name"] if found["layer"] != "communities" else None,
            )
            if part
        ),
        households=whole(found["households"]) if found["households"] is not None else None,
        groups=groups,
        building=building,
        people={key: [row for row in people if row["place_code"] == key] for key in codes},
        walkable=found["layer"] in database_walks.TARGETS,
        actions=actions(found["layer"], code),
    )


def _stairwell_name(found: dict[str, Any]) -> str:
    return " ".join(
        part for part in (found["building_name"], _("unit %(n)s", n=found["number"] or found["code"])) if part
    )


def _people(code: str, codes: list[str]) -> list[dict[str, Any]]:
    """The leaders of these places: all about them where the place is in the asker's scope, which is then written down;
    elsewhere the published ones."""
    asker = session.asker()
    proposed = asker.may("look")
    if not (asker.may("people") and covers(connection(), session.scope(), code)):
        rows = leaders_of(connection(), codes, proposed=proposed)
        return [{**_leader(row), "words": leader_words(row), "phones": _phones(row)} for row in rows]
    rows = people_at(connection(), codes, proposed=proposed)
    look(code, (row["staff_code"] for row in rows if row["name"]), shown=("name", "title", "duty_phone", "phone"))
    return [
        {
            **_leader(row),
            "words": leader_words({**row, "duty_phone": None}),
            "phones": _phones(row),
        }
        for row in rows
    ]


def _leader(row: dict[str, Any]) -> dict[str, Any]:
    return {"role": word(ROLES, row["role"]), "place_code": row["place_code"]}


def _phones(row: dict[str, Any]) -> list[str]:
    return [row[name] for name in ("duty_phone", "phone") if row.get(name)]


@blueprint.get("/walk")
def walk() -> str:
    """The walk to a place: its words, and a map when asked for."""
    code = arguments.text("to", longest=LONGEST_CODE)
    found = database_walks.target(connection(), code)
    if found is None:
        raise NotFoundError("There is no place with the code {code} that one can be led to.", code=code[:80])
    return _page(
        "my/walk.html",
        code=code,
        name=place_name(found),
        shown=found["building_code"] or found["compound_code"],
        shown_name=found["building_name"] or found["compound_name"],
        strings=browser_strings(request_language()),
    )
