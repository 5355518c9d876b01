"""The card of a place: the sentence that matters, two to four figures, the parts, how it was measured."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _

from gridmap.database import cards as database
from gridmap.database.scopes import covers
from gridmap.database.spread import households_between
from gridmap.domain.accounts import Permission
from gridmap.domain.errors import NotFoundError
from gridmap.domain.numbers import Numbers
from gridmap.domain.words import CORRECTABLE, LAYER_NAMES, ROLES_AT
from gridmap.web import area_cards, place_cards
from gridmap.web.access import visible_layers
from gridmap.web.analyses import analyses
from gridmap.web.language import request_language
from gridmap.web.reading import connection
from gridmap.web.session import asker, scope

_TOLD_BY: MappingProxyType[str, Callable[[str, dict[str, Any]], dict[str, Any]]] = MappingProxyType(
    {
        "streets": area_cards.street,
        "communities": area_cards.community,
        "compounds": area_cards.compound,
        "grids": area_cards.grid,
        "buildings": place_cards.building,
        "stairwells": place_cards.stairwell,
        "gates": place_cards.gate,
        "centres": place_cards.centre,
        "facilities": place_cards.facility,
    }
)

_RESTS_ON = MappingProxyType({"compounds": "isolation", "communities": "leaders", "grids": "grids", "regions": "plans"})
"""The analysis whose result a card shows."""


def card(code: str) -> dict[str, Any]:
    """The card of the place of this code, in the language of the request.

    Raises
    ------
    NotFoundError
        The asker can see no place of this code.
    """
    layers = tuple(name for name in database.LAYERS if name in visible_layers(asker()))
    place = database.place(connection(), code, layers=layers)
    if place is None:
        found = database.region(connection(), code) if "regions" in visible_layers(asker()) else None
        if found is None:
            raise NotFoundError("There is no place with the code {code}.", code=code[:80])
        return _whole(code, "regions", found, area_cards.region(found))
    facts = database.facts(connection(), place["layer"], code)
    numbers: Numbers = current_app.extensions["gridmap.numbers"]
    facts["between"] = households_between(connection(), place["layer"], code, facts.get("households"), numbers=numbers)
    return _whole(code, place["layer"], place, _TOLD_BY[place["layer"]](code, facts) | {"parents": _parents(facts)})


def _whole(code: str, layer: str, place: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """The card with all its fields, in the order in which they are read."""
    corners = [place[side] for side in ("west", "south", "east", "north")]
    state = None
    if layer in _RESTS_ON:
        state = next(entry["status"] for entry in analyses() if entry["analysis"] == _RESTS_ON[layer])
    return {
        "code": code,
        "layer": layer,
        "layer_name": getattr(LAYER_NAMES[layer], request_language()),
        "name": told["name"],
        "kind": told.get("kind"),
        "sentence": told["sentence"][:1].upper() + told["sentence"][1:],
        "figures": told.get("figures", []),
        "parts": [part for part in told.get("parts", []) if part],
        "method": told.get("method", ""),
        "parents": told.get("parents", []),
        "point": [place["lon"], place["lat"]] if place["lon"] is not None else None,
        "bbox": corners if corners[0] is not None else None,
        "state": state,
        "actions": actions(layer, code),
    }


def actions(layer: str, code: str) -> list[dict[str, str]]:
    """What the asker may do at this place beside looking."""
    ways: list[tuple[Permission, str, str]] = []
    if layer in ROLES_AT:
        ways.append(("name", _("Who looks after it: name or change"), "posts.place"))
    if layer in CORRECTABLE:
        ways.append(("correct", _("Correct on the spot"), "corrections.show"))
    mine = [(label, view) for permission, label, view in ways if asker().may(permission)]
    if not mine or not covers(connection(), scope(), code):
        mine = []
    if layer in {"communities", "grids"} and asker().may("plan"):
        mine.append((_("Grids: look at them or correct them"), "grid_pages.show"))
    return [{"label": label, "href": url_for(view, code=code)} for label, view in mine]


def _parents(facts: dict[str, Any]) -> list[dict[str, str]]:
    """What the place stands in, the nearest first."""
    chain = (
        ("building", "buildings"),
        ("compound", "compounds"),
        ("grid", "grids"),
        ("community", "communities"),
        ("street", "streets"),
    )
    return [
        {"code": facts[f"{name}_code"], "layer": layer, "name": facts.get(f"{name}_name") or _("without a name")}
        for name, layer in chain
        if facts.get(f"{name}_code")
    ]
