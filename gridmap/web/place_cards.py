"""The cards of single places: building, stairwell, gate, service site."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import gettext as _

from gridmap.domain.numbers import Numbers
from gridmap.domain.words import BUILDING_USES, CENTRE_KINDS, FACILITY_KINDS, GATE_ACCESS, GATE_KINDS
from gridmap.web.area_cards import derived, kind
from gridmap.web.correction_words import correction_rows
from gridmap.web.people import leader_rows
from gridmap.web.wording import about, figure, hours, layer_word, part, row, text, whole, word

Facts = dict[str, Any]
Told = dict[str, Any]


def building_name(name: str | None, address: str | None, compound: str | None) -> str:
    """What people call a building: by its compound and name, by its address, or as one without a name."""
    if name:
        return f"{compound} {name}" if compound and compound not in name else name
    return address or (_("Building in %(compound)s", compound=compound) if compound else _("Building without a name"))


def stairwell_name(building: str, number: str | None) -> str:
    """What people call a stairwell, by its building's name and its own number."""
    return _("%(building)s, stairwell %(number)s", building=building, number=number or "–")


def building(code: str, facts: Facts) -> Told:
    """A building: whose it is, who looks after it, its stairwells."""
    stairwells: list[dict[str, Any]] = facts["stairwells"] or []
    places = [code, *([facts["compound_code"]] if facts["compound_code"] else [])]
    places += [facts["grid_code"]] if facts["grid_code"] else []
    return {
        "name": building_name(facts["name"], facts["address"], facts["compound_name"]),
        "kind": kind(BUILDING_USES, facts["use"]),
        "sentence": _belongs(facts),
        "figures": [
            figure(
                _("Households"),
                about(facts["households"], facts["between"]),
                _("households"),
                derived=derived(facts, "households"),
            ),
            figure(_("Residents"), whole(facts["residents"]), _("people"), derived=derived(facts, "residents")),
            figure(_("Floors"), whole(facts["floors"]), "", derived=derived(facts, "floors")),
        ],
        "parts": [
            part(_("Who looks after it"), *leader_rows(places)),
            part(
                layer_word("stairwells"),
                *(
                    row(
                        _("Stairwell %(number)s", number=item["number"] or "–"),
                        _("%(households)s households", households=whole(item["households"])),
                        item["code"],
                    )
                    for item in stairwells
                ),
            ),
            part(_("Address"), row(_("Address"), facts["address"])) if facts["address"] else None,
        ],
        "method": _("Households are estimated from footprint and floors.") if derived(facts, "households") else "",
    }


def _belongs(facts: Facts) -> str:
    place = facts.get("grid_name") or facts["community_name"]
    if place and facts["street_name"]:
        return _("It belongs to %(place)s, %(street)s.", place=place, street=facts["street_name"])
    if place:
        return _("It belongs to %(place)s.", place=place)
    if facts["compound_name"]:
        return _("It stands in %(compound)s.", compound=facts["compound_name"])
    return _("No community is recorded for it.")


def stairwell(code: str, facts: Facts) -> Told:
    """A stairwell: its households and its leader."""
    leaders = leader_rows([code])
    name = building_name(facts["building_name"], facts["address"], facts["compound_name"])
    households = whole(facts["households"])
    return {
        "name": stairwell_name(name, facts["number"]),
        "sentence": _(
            "%(households)s households. Leader: %(leader)s.", households=households, leader=leaders[0]["value"]
        )
        if leaders
        else _("%(households)s households. No leader has been assigned yet.", households=households),
        "figures": [figure(_("Households"), households, _("households"), derived=derived(facts, "households"))],
        "parts": [part(_("Who looks after it"), *leaders)],
    }


def gate(code: str, facts: Facts) -> Told:
    """A gate: who may pass, and when."""
    compound = facts["compound_name"]
    return {
        "name": _("Gate of %(compound)s", compound=compound) if compound else _("Gate"),
        "kind": kind(GATE_ACCESS, facts["access"]),
        "sentence": {
            "public": _("Everybody may pass."),
            "residents": _("Only residents may pass."),
            "closed": _("It is closed."),
        }[facts["access"]],
        "parts": [
            part(
                _("Gate"),
                row(_("For"), word(GATE_KINDS, facts["kind"])),
                row(_("Hours"), hours(facts["hours"])),
                *correction_rows("gates", code),
            )
        ],
    }


def centre(_code: str, facts: Facts) -> Told:
    """A service site: what it offers, whom it serves, whether it is large enough."""
    numbers: Numbers = current_app.extensions["gridmap.numbers"]
    serves: list[dict[str, Any]] = facts["serves"] or []
    least, area = numbers.centre_area_m2, facts["area_m2"]
    if facts["kind"] != "service_centre":
        sentence = _("The committee of %(community)s has its office here.", community=text(facts["community_name"]))
    elif area is None:
        sentence = _("Communities that it serves: %(number)s.", number=len(serves))
    elif area >= least:
        sentence = _("Communities that it serves: %(number)s, on %(area)s m².", number=len(serves), area=whole(area))
    else:
        sentence = _(
            "Communities that it serves: %(number)s. Its %(area)s m² fall short of the %(least)s m² of a one-stop "
            "centre.",
            number=len(serves),
            area=whole(area),
            least=whole(least),
        )
    return {
        "name": text(facts["name"]),
        "kind": kind(CENTRE_KINDS, facts["kind"]),
        "sentence": sentence,
        "figures": [figure(_("Area"), whole(area), "m²", derived=derived(facts, "area_m2"))],
        "parts": [
            part(
                _("Service"),
                row(_("Hours"), hours(facts["hours"])),
                row(_("Phone"), text(facts["phone"])),
                row(_("Services"), text(facts["services"])),
            ),
            part(_("Communities served"), *(row(text(item["name"]), "", item["code"]) for item in serves)),
        ],
    }


def facility(_code: str, facts: Facts) -> Told:
    """A facility: what it is, where, when."""
    what = word(FACILITY_KINDS, facts["kind"])
    return {
        "name": facts["name"] or what,
        "kind": kind(FACILITY_KINDS, facts["kind"]),
        "sentence": _("%(what)s in %(community)s.", what=what, community=facts["community_name"])
        if facts["community_name"]
        else what,
        "figures": [figure(_("Capacity"), whole(facts["capacity"]))] if facts["capacity"] is not None else [],
        "parts": [part(_("Service"), row(_("Hours"), hours(facts["hours"])))] if facts["hours"] else [],
    }
