"""The public page of a place, put together: whom to call, the office, the leaders, the members, the service centre."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from gridmap.database import public as database
from gridmap.domain.words import FACILITY_KINDS, ROLES
from gridmap.services.way_there import WayThere, way_there
from gridmap.web.committee import committee
from gridmap.web.correction_words import correction_rows
from gridmap.web.people import Post, leaders_in_office
from gridmap.web.place_cards import building_name, stairwell_name
from gridmap.web.reading import connection
from gridmap.web.route import walk_map
from gridmap.web.wording import hours, length, now, opening, wind, word

_AREAS = frozenset({"streets", "communities", "grids"})
_HAS_A_WAY = frozenset({"compounds", "buildings", "stairwells", "gates", "facilities"})
"""Places small enough that a distance to the office says something."""


@dataclass(frozen=True)
class Site:
    """A committee's office or a service centre, in words."""

    name: str
    phone: str | None
    address: str | None
    hours: str | None
    open: bool | None
    opening: str | None
    """Whether it is open, in words."""
    services: tuple[str, ...] = ()


@dataclass(frozen=True)
class Leaders:
    """Who is in office here; roles in words where nobody is, or nobody who is published."""

    published: tuple[dict[str, Any], ...]
    unpublished: tuple[str, ...]
    vacant: tuple[str, ...]


@dataclass(frozen=True)
class PublicPage:
    """All that the template of a public page shows."""

    code: str
    name: str
    around: tuple[str, ...]
    committee: str | None
    phone: str | None
    """The committee's; where no committee is responsible, the service centre's."""
    office: Site | None
    way: str | None
    map: dict[str, Any] | None
    members: tuple[dict[str, Any], ...]
    leaders: Leaders
    centre: Site | None
    communities: tuple[dict[str, Any], ...]
    corrections: tuple[dict[str, Any], ...]
    """What people on the spot found to be otherwise, at a gate or at the compound."""

    @property
    def first(self) -> Site | None:
        """Whose opening hours stand beside the phone."""
        return self.office if self.committee else self.centre


def public_page(place: dict[str, Any]) -> PublicPage:
    """The page of a place as `database.public.place` gives it."""
    found = _committee(place)
    office = _office(found) if found else None
    way = _way(place, found)
    centre = _centre(place, found)
    return PublicPage(
        code=place["code"],
        name=place_name(place),
        around=_around(place),
        committee=found["name"] if found else None,
        phone=_phone(found, centre),
        office=office,
        way=_way_words(way) if way else None,
        map=_map(place, found["office"] if found else centre, way),
        members=tuple(found["members"]) if found else (),
        leaders=_leaders(place),
        centre=_centre_site(centre) if centre else None,
        communities=_communities(place),
        corrections=_corrections(place),
    )


def place_name(place: dict[str, Any]) -> str:
    """What people call the place; never its code."""
    building = building_name(place["building_name"], place["building_address"], place["compound_name"])
    compound = place["compound_name"]
    by_layer: dict[str, Callable[[], str]] = {
        "stairwells": lambda: stairwell_name(building, place["stairwell_number"]),
        "buildings": lambda: building,
        "compounds": lambda: place["name"] or _("Compound without a name"),
        "gates": lambda: _("Gate of %(compound)s", compound=compound) if compound else _("Gate"),
        "grids": lambda: place["grids"][0]["name"],
        "facilities": lambda: place["name"] or word(FACILITY_KINDS, place["facility_kind"]),
    }
    name = by_layer[place["layer"]]() if place["layer"] in by_layer else place["name"]
    return str(name or _("without a name"))


def _around(place: dict[str, Any]) -> tuple[str, ...]:
    """What the place stands in, from its address outwards, without its own name again."""
    address = place["building_address"] or place["address"]
    around = (address, place["compound_name"], place["community_name"], place["street_name"])
    return tuple(dict.fromkeys(part for part in around if part and part not in place_name(place)))


def _is_service_centre(place: dict[str, Any]) -> bool:
    return place["layer"] == "centres" and place["centre_kind"] == "service_centre"


def _committee(place: dict[str, Any]) -> dict[str, Any] | None:
    """The committee that is responsible; a street and a service centre are no single committee's."""
    if place["community_code"] is None or _is_service_centre(place):
        return None
    return committee(
        {"code": place["community_code"], "name": place["community_name"], "kind": place["community_kind"]}
        | {name: place[name] for name in ("office_address", "office_hours", "phone")}
    )


def _phone(found: dict[str, Any] | None, centre: dict[str, Any] | None) -> str | None:
    """Whom to call: the committee or its office; the service centre where no committee is responsible."""
    if found:
        return found["phone"] or (found["office"] or {}).get("phone")
    return centre["phone"] if centre else None


def _site(name: str, site: dict[str, Any], **more: Any) -> Site:
    state = opening(site["hours"], now())
    return Site(
        name=name,
        phone=site["phone"],
        hours=hours(site["hours"]) if site["hours"] else None,
        open=state[0] if state else None,
        opening=state[1] if state else None,
        **{"address": None, **more},
    )


def _office(found: dict[str, Any]) -> Site | None:
    """The committee's office; its own phone only where it isn't the committee's."""
    office: dict[str, Any] = found["office"] or {}
    near = office.get("address_near")
    site = {"hours": office.get("hours") or found["office_hours"], "phone": office.get("phone")}
    if not (office or site["hours"] or found["office_address"]):
        return None
    if site["phone"] == found["phone"] or not found["phone"]:
        site["phone"] = None
    address = found["office_address"] or (_("at or beside %(address)s", address=near) if near else None)
    return _site(office.get("name") or found["name"], site, address=address)


def _centre(place: dict[str, Any], found: dict[str, Any] | None) -> dict[str, Any] | None:
    """The service centre that the page is of, that serves the committee, or that stands in the street."""
    if _is_service_centre(place):
        return database.service_centre(connection(), place["code"])
    if found:
        centre: dict[str, Any] | None = found["service_centre"]
        return centre
    return database.centre_of_street(connection(), place["street_code"]) if place["street_code"] else None


def _centre_site(centre: dict[str, Any]) -> Site:
    services = tuple((centre["services"] or "").split())
    return _site(centre["name"] or _("Service centre"), centre, services=services)


def _way(place: dict[str, Any], found: dict[str, Any] | None) -> WayThere | None:
    if place["layer"] not in _HAS_A_WAY or not found or not found["office"] or place["lon"] is None:
        return None
    lon, lat = found["office"]["point"]
    return way_there(
        (place["lon"], place["lat"]),
        (lon, lat),
        walks=walk_map(),
        lives_in=place["compound_code"],
        numbers=current_app.extensions["gridmap.numbers"],
    )


def _way_words(way: WayThere) -> str:
    metres, towards = length(way.metres), wind(way.heading)
    if way.straight:
        return _("%(metres)s to the %(towards)s in a straight line", metres=metres, towards=towards)
    return _(
        "about %(minutes)s minutes on foot, %(metres)s; set out to the %(towards)s",
        minutes=f"{max(way.minutes or 0, 1):.0f}",
        metres=metres,
        towards=towards,
    )


def _map(place: dict[str, Any], site: dict[str, Any] | None, way: WayThere | None) -> dict[str, Any] | None:
    """What the map shows once it is asked for: the place unless it is an area, the office, the way between them."""
    pins = []
    if place["lon"] is not None and place["layer"] not in _AREAS:
        pins.append({"kind": "place", "name": place_name(place), "point": [place["lon"], place["lat"]]})
    if site and place["layer"] != "centres":
        pins.append({"kind": "office", "name": site["name"], "point": site["point"]})
    line = [list(point) for point in way.line] if way else []
    return {"pins": pins, "line": line, "straight": bool(way and way.straight)} if pins else None


def _leaders(place: dict[str, Any]) -> Leaders:
    stairwells, grids = place["stairwells"], place["grids"]
    if place["layer"] == "stairwells":
        stairwells = [{"code": place["code"], "number": place["stairwell_number"]}]
    posts: list[Post] = [("stairwell", item["code"]) for item in stairwells]
    posts += [("compound", place["compound_code"])] if place["compound_code"] else []
    posts += [("grid", item["code"]) for item in grids]
    names = {item["code"]: _("Stairwell %(number)s", number=item["number"] or "–") for item in stairwells}
    names |= {item["code"]: item["name"].removeprefix(place["community_name"] or "").strip() for item in grids}
    several = {"stairwell": len(stairwells) > 1, "grid": len(grids) > 1}
    told = leaders_in_office(posts, also=[place["building_code"]] if place["building_code"] else [])
    for leader in told:
        leader["role_label"] = word(ROLES, leader["role"])
        leader["place_label"] = names.get(leader["place_code"]) if several.get(leader["role"]) else None
    return Leaders(
        published=tuple(leader for leader in told if leader["name"]),
        unpublished=_posts(told, lambda leader: not leader["name"] and leader["status"] != "vacant"),
        vacant=_posts(told, lambda leader: leader["status"] == "vacant"),
    )


def _posts(leaders: list[dict[str, Any]], chosen: Callable[[dict[str, Any]], bool]) -> tuple[str, ...]:
    """The chosen leaders' roles, each with its place unless all of that role are chosen."""
    mixed = {leader["role"] for leader in leaders if not chosen(leader)}
    return tuple(
        dict.fromkeys(
            " ".join(part for part in (leader["role"] in mixed and leader["place_label"], leader["role_label"]) if part)
            for leader in leaders
            if chosen(leader)
        )
    )


def _corrections(place: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    if place["layer"] == "gates":
        return tuple(correction_rows("gates", place["code"]))
    return tuple(correction_rows("compounds", place["compound_code"])) if place["compound_code"] else ()


def _communities(place: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """The communities of a street, or those that a service centre serves."""
    if place["layer"] == "streets":
        return tuple(database.communities(connection(), street=place["code"]))
    if _is_service_centre(place):
        return tuple(database.communities(connection(), centre=place["code"]))
    return ()
