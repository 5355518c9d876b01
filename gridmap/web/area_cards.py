"""The cards of areas: street, community, compound, grid, mega-community."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import gettext as _

from gridmap.database.locate import committee
from gridmap.domain.numbers import Numbers
from gridmap.domain.uncertainty import Plausible
from gridmap.domain.words import (
    COMMUNITY_KINDS,
    ENCLOSURES,
    GATE_ACCESS,
    GRID_KINDS,
    ISOLATION_CAUSES,
    ISOLATION_CLASSES,
    MANAGEMENTS,
    REFORM_STATUS,
    REGION_STATUS,
    STREET_KINDS,
    Vocabulary,
)
from gridmap.web.correction_words import correction_rows
from gridmap.web.language import request_language
from gridmap.web.people import leader_rows, member_words
from gridmap.web.reading import connection
from gridmap.web.wording import about, decimal, figure, hours, layer_word, part, row, share, text, whole, word, yes_no

Facts = dict[str, Any]
Told = dict[str, Any]


def kind(vocabulary: Vocabulary, code: str | None) -> dict[str, str] | None:
    """A kind as code and word; None for none."""
    return {"code": code, "label": word(vocabulary, code)} if code else None


def derived(facts: Facts, name: str) -> bool:
    """Whether gridmap worked this column out."""
    return name in (facts["derived"] or "").split()


def street(_code: str, facts: Facts) -> Told:
    """A street: its communities, its service centre, its staff."""
    numbers: Numbers = current_app.extensions["gridmap.numbers"]
    kinds: dict[str, int] = facts["communities"] or {}
    hubs: list[dict[str, Any]] = facts["hubs"] or []
    enough = [hub for hub in hubs if (hub["area_m2"] or 0) >= numbers.centre_area_m2]
    least = whole(numbers.centre_area_m2)
    if enough:
        sentence = _(
            "%(name)s is its one-stop service centre of at least %(least)s m².",
            name=text(enough[0]["name"]),
            least=least,
        )
    else:
        sentence = _("It has no service centre of at least %(least)s m² yet.", least=least)
    staff = facts["staff"] or {}
    return {
        "name": text(facts["name"]),
        "kind": kind(STREET_KINDS, facts["kind"]),
        "sentence": sentence,
        "figures": [
            figure(_("Households"), about(facts["households"], facts["between"]), _("households")),
            figure(_("Residents"), whole(facts["residents"]), _("people")),
            figure(_("Area"), decimal(facts["area_km2"]), "km²", derived=True),
        ],
        "parts": [
            part(
                layer_word("communities"),
                *(row(word(COMMUNITY_KINDS, name), whole(kinds[name])) for name in COMMUNITY_KINDS if name in kinds),
                row(layer_word("compounds"), whole(facts["compounds"])),
                row(_("Isolated compounds"), whole(facts["isolated"])),
            ),
            part(layer_word("centres"), *(row(text(h["name"]), f"{whole(h['area_m2'])} m²", h["code"]) for h in hubs)),
            part(_("Staff of urban communities"), *_staff_rows(staff)),
        ],
        "method": _("Households and residents are sums over its communities."),
    }


def _staff_rows(staff: dict[str, Any]) -> list[dict[str, Any]]:
    if staff.get("needed") is None:
        return []
    return [
        row(_("Needed by the rule"), _needed(staff)),
        row(_("In place"), whole(staff["in_place"])),
    ]


def _needed(staff: dict[str, Any]) -> str:
    """Staff needed, and between how many where that rests on derived households."""
    least, most = staff.get("least"), staff.get("most")
    if least is None or least == most:
        return whole(staff["needed"])
    return _("%(needed)s, between %(least)s and %(most)s", needed=whole(staff["needed"]), least=least, most=most)


def _households(facts: Facts) -> dict[str, Any]:
    """The figure of households, with the range in which it may lie where it was derived."""
    count = about(facts["households"], facts["between"])
    return figure(_("Households"), count, _("households"), derived=derived(facts, "households"))


def community(code: str, facts: Facts) -> Told:
    """A community: its committee and how to reach it, its people, its places."""
    found = committee(connection(), code)
    office, centre = found["office"], found["service_centre"]
    residents = facts["residents"] or None
    staff = facts["staff"] or {}
    return {
        "name": text(facts["name"]),
        "kind": kind(COMMUNITY_KINDS, facts["kind"]),
        "sentence": _community_sentence(facts, staff),
        "figures": [
            _households(facts),
            figure(_("Residents"), whole(facts["residents"]), _("people"), derived=derived(facts, "residents")),
            figure(
                _("60 and over"),
                share(facts["elderly"] / residents if residents and facts["elderly"] is not None else None),
                "%",
            ),
            *(
                [figure(_("Under 15"), share(facts["children"] / residents), "%")]
                if residents and facts["children"] is not None
                else []
            ),
            figure(
                _("From elsewhere"),
                share(facts["floating"] / residents if residents and facts["floating"] is not None else None),
                "%",
            ),
        ],
        "parts": [
            part(
                _("Committee"),
                row(_("Office"), facts["office_address"] or text(office and office["name"]), office and office["code"]),
                row(_("Hours"), hours(facts["office_hours"] or (office and office["hours"]))),
                row(_("Duty phone"), facts["phone"] or text(office and office["phone"])),
                row(_("Service centre"), text(centre["name"]), centre["code"]) if centre else None,
                row(_("Party branch"), _branch(facts)),
                row(_("Reform of collective property"), word(REFORM_STATUS, facts["reform_status"]))
                if facts["reform_status"]
                else None,
            ),
            part(
                _("Published members"),
                *(
                    row(member["title"] or _("Member"), member_words({**member, "title": None}))
                    for member in found["members"]
                ),
            ),
            part(_("Staff"), *_staff_rows(staff)),
            part(
                _("In it"),
                row(layer_word("compounds"), whole(facts["compounds"])),
                row(_("Isolated compounds"), whole(facts["isolated"])) if facts["measured"] else None,
                row(layer_word("buildings"), whole(facts["buildings"])),
                row(layer_word("grids"), whole(facts["grids"])) if facts["grids"] else None,
                row(_("Vacant posts"), whole(facts["vacancies"])) if facts["grids"] else None,
            ),
        ],
        "method": _(
            "The rule for urban communities: one member of staff for every %(each)s households, at least %(least)s.",
            each=_numbers().households_per_staff,
            least=_numbers().staff_least,
        )
        if facts["kind"] == "urban"
        else _("Villages and converted communities carry their own number of staff."),
    }


def _numbers() -> Numbers:
    numbers: Numbers = current_app.extensions["gridmap.numbers"]
    return numbers


def _branch(facts: Facts) -> str:
    if not facts["party_branch"]:
        return _("not recorded")
    if facts["branch_communities"] > 1:
        return _("%(branch)s, shared with other communities", branch=facts["party_branch"])
    return str(facts["party_branch"])


def _community_sentence(facts: Facts, staff: dict[str, Any]) -> str:
    if staff.get("needed") is not None:
        short = staff["needed"] - (staff["in_place"] or 0)
        if short > 0:
            return _(
                "It needs %(needed)s members of staff and has %(there)s, %(short)s too few.",
                needed=staff["needed"],
                there=staff["in_place"],
                short=short,
            )
        return _(
            "Its staff suffices: %(there)s in place, %(needed)s needed.",
            there=staff["in_place"],
            needed=staff["needed"],
        )
    if facts["isolated"]:
        return _(
            "%(isolated)s of its %(all)s compounds are isolated.", isolated=facts["isolated"], all=facts["compounds"]
        )
    if facts["phone"]:
        return _("Its committee answers at %(phone)s.", phone=facts["phone"])
    return _("%(households)s households look to this committee.", households=whole(facts["households"]))


def compound(code: str, facts: Facts) -> Told:
    """A compound: whether it is isolated and why, its walks, its gates, who looks after it."""
    result = facts["isolation"]
    gates: dict[str, int] = facts["gates"] or {}
    return {
        "name": facts["name"] or _("Compound without a name"),
        "kind": kind(ENCLOSURES, facts["enclosure"]),
        "sentence": _compound_sentence(facts, result),
        "figures": _compound_figures(facts, result),
        "parts": [
            _isolation_part(result) if result else None,
            part(
                _("Gates"),
                *(row(word(GATE_ACCESS, name), whole(gates[name])) for name in GATE_ACCESS if name in gates),
                row(_("How it is run"), word(MANAGEMENTS, facts["management"])),
                *correction_rows("compounds", code),
            ),
            part(
                _("Proposed gates"),
                *(
                    row(
                        _("Rank %(rank)s", rank=item["rank"]),
                        _("saves %(metres)s m on average", metres=whole(item["saved_mean_m"])),
                    )
                    for item in facts["proposals"] or []
                ),
            ),
            part(
                _("Who looks after it"),
                *leader_rows([code]),
                row(_("Property company"), text(facts["property_company"])),
                row(_("Owners' committee"), yes_no(facts["owners_committee"])),
                row(_("Employer"), _employer(facts)) if facts["employer"] else None,
            ),
            part(
                _("In it"),
                row(layer_word("buildings"), whole(facts["buildings"])),
                row(layer_word("stairwells"), whole(facts["stairwells"])),
            ),
        ],
        "method": _(
            "Walks follow ways, and cross walls at gates that the public may use only. Directness is the walk divided "
            "by the straight line, detour their difference; both are means over neighbours within %(metres)s m, "
            "weighed by households.",
            metres=whole(_numbers().neighbour_distance_m),
        )
        if result
        else "",
    }


def _employer(facts: Facts) -> str:
    part_of = facts["employer_share"]
    if part_of is None:
        return str(facts["employer"])
    return _("%(employer)s, %(share)s %% of the households", employer=facts["employer"], share=share(part_of))


def _compound_sentence(facts: Facts, result: dict[str, Any] | None) -> str:
    if result is None:
        return _(
            "Walls: %(walls)s; run: %(run)s. Its isolation has not been measured yet.",
            walls=word(ENCLOSURES, facts["enclosure"]),
            run=word(MANAGEMENTS, facts["management"]),
        )
    reasons = result[f"reasons_{request_language()}"]
    name = word(ISOLATION_CLASSES, result["class"])
    return _("%(verdict)s: %(reasons)s", verdict=name, reasons=reasons) if reasons else name


def _compound_figures(facts: Facts, result: dict[str, Any] | None) -> list[dict[str, Any]]:
    figures = [_households(facts)]
    if result is None:
        return [
            *figures,
            figure(_("Residents"), whole(facts["residents"]), _("people"), derived=derived(facts, "residents")),
        ]
    return [
        *figures,
        figure(_("Detour to neighbours"), whole(result["detour_m"]), _("m"), derived=True),
        figure(_("Longest boundary without an opening"), whole(result["longest_gap_m"]), _("m"), derived=True),
        figure(_("Walk to the committee's office"), whole(result["office_walk_m"]), _("m"), derived=True),
    ]


def _isolation_part(result: dict[str, Any]) -> dict[str, Any] | None:
    worst = result["directness_worst"]
    directness = decimal(result["directness"], 2)
    if worst is not None and result["directness"] is not None and worst > result["directness"]:
        directness = _("%(best)s, at worst %(worst)s", best=directness, worst=decimal(worst, 2))
    return part(
        _("How isolated it is"),
        row(_("Class"), word(ISOLATION_CLASSES, result["class"])),
        row(_("Cause"), word(ISOLATION_CAUSES, result["cause"])) if result["cause"] else None,
        row(_("Score (100 is the worst)"), whole(result["score"])),
        row(_("Directness of walks to neighbours"), directness),
        row(_("Public openings per km of boundary"), decimal(result["openings_per_km"])),
        row(_("Neighbours within a 300 m walk"), _percent(result["reach_300"])),
        row(_("Neighbours within a 500 m walk"), _percent(result["reach_500"])),
        row(_("Walk to a service centre"), _metres(result["centre_walk_m"])),
    )


def _percent(value: float | None) -> str:
    return share(value) if value is None else f"{share(value)} %"


def _metres(value: float | None) -> str:
    return whole(value) if value is None else _("%(metres)s m", metres=whole(value))


def grid(code: str, facts: Facts) -> Told:
    """A grid: its size, its leader, its walks."""
    leaders = leader_rows([code])
    least, most = _allowed(facts)
    size, between = facts["households"], _between(facts)
    if facts["kind"] == "basic" and size is not None and not least <= size <= most:
        fit = _("outside the %(least)s to %(most)s that are allowed", least=least, most=most)
        if between is not None and between.low <= most and between.high >= least:
            fit = _("outside the %(least)s to %(most)s that are allowed, if the estimate holds", least=least, most=most)
        sentence = _("%(households)s households, %(fit)s.", households=whole(size), fit=fit)
    elif leaders:
        sentence = _(
            "%(households)s households. Grid leader: %(leader)s.", households=whole(size), leader=leaders[0]["value"]
        )
    else:
        sentence = _("%(households)s households. No leader has been assigned yet.", households=whole(size))
    return {
        "name": facts["name"],
        "kind": kind(GRID_KINDS, facts["kind"]),
        "sentence": sentence,
        "figures": [
            figure(_("Households"), about(size, between), _("households")),
            figure(layer_word("buildings"), whole(facts["buildings"])),
            figure(_("Mean walk inside"), whole(facts["walk_m"]), _("m"), derived=True),
        ],
        "parts": [part(_("Who looks after it"), *leaders)],
        "method": _(
            "Grids tile a community without splitting a building, near %(target)s households each.",
            target=_numbers().grid_target,
        ),
    }


def _allowed(facts: Facts) -> tuple[int, int]:
    """Between how many households a grid was to have, with `size_least` and `size_most`; else by the settings."""
    least, most = facts["size_least"], facts["size_most"]
    numbers = _numbers()
    return numbers.grid_least if least is None else least, numbers.grid_most if most is None else most


def _between(facts: Facts) -> Plausible | None:
    """Between what the households of a result may lie, as it was worked out with it."""
    if facts["households_low"] is None:
        return None
    return Plausible(facts["households_low"], facts["households_high"])


def region(facts: Facts) -> Told:
    """A mega-community of the newest plan: whether it meets the threshold, its walks, its shape."""
    least = _numbers().region_least
    size = facts["households"]
    between = _between(facts)
    if between is not None and between.low < least <= between.high:
        sentence = _(
            "%(households)s households, estimated: whether it meets the threshold of %(least)s isn't sure.",
            households=about(size, between),
            least=whole(least),
        )
    elif size is not None and size >= least:
        sentence = _(
            "%(households)s households: it meets the threshold of %(least)s.",
            households=whole(size),
            least=whole(least),
        )
    else:
        sentence = _(
            "%(households)s households: %(missing)s fewer than the threshold of %(least)s.",
            households=whole(size),
            missing=whole(least - (size or 0)),
            least=whole(least),
        )
    return {
        "name": facts["name"],
        "kind": kind(REGION_STATUS, facts["status"]),
        "sentence": sentence,
        "figures": [
            figure(_("Households"), about(size, between), _("households"), derived=between is not None),
            figure(_("Parts"), whole(facts["units"]), _("blocks")),
            figure(_("Mean walk to its office"), whole(facts["mean_walk_m"]), _("m"), derived=True),
            figure(_("Compactness"), decimal(facts["compactness"], 2), derived=True),
        ],
        "parts": [
            part(
                _("Plan"),
                row(_("Name"), text(facts["plan_name"])),
                row(_("Status"), word(REGION_STATUS, facts["status"])),
            )
        ],
        "method": _(
            "Contiguous blocks inside one street. Compactness is that of Polsby and Popper: 1 is a circle. "
            "The residents' committees inside it stay what they are in law."
        ),
    }
