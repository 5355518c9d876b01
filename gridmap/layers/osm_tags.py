"""What OpenStreetMap's tags mean in our words. Tables from a tag's value to ours, and small rules over them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd


def _each(meaning: str, values: str) -> dict[str, str]:
    return dict.fromkeys(values.split(), meaning)


BUILDING_USE = {
    **_each("residential", "residential apartments house detached semidetached_house terrace bungalow farm villa"),
    "dormitory": "dormitory",
    **_each("commercial", "commercial retail supermarket kiosk hotel shop mall"),
    **_each("office", "office government"),
    **_each("industrial", "industrial warehouse factory manufacture"),
    **_each("education", "school university college kindergarten"),
    **_each("health", "hospital clinic"),
    **_each("public", "public civic train_station transportation library museum sports_hall"),
    **_each("other", "garage garages carport shed roof service greenhouse hut toilets"),
    **_each("other", "church temple mosque stadium construction ruins parking bridge"),
}
NO_BUILDING = ("no", "proposed", "demolished", "razed")

AMENITY_USE = {
    **_each("education", "school university college kindergarten"),
    **_each("health", "hospital clinic doctors"),
    **_each("public", "townhall police fire_station courthouse library community_centre"),
    **_each("commercial", "restaurant marketplace bank cinema"),
}
"""Where a building's own tag says only `yes`."""

_ROADS = ("motorway", "trunk", "primary", "secondary", "tertiary")
WAY_KIND = {
    **{kind: kind for kind in _ROADS},
    **{f"{kind}_link": kind for kind in _ROADS},
    **_each("residential", "residential living_street unclassified road"),
    **_each("service", "service services busway"),
    **_each("footway", "footway pedestrian corridor platform crossing"),
    **_each("path", "path track trail cycleway bridleway"),
    "steps": "steps",
}
NOT_A_WAY = tuple(_each("", "construction proposed planned razed abandoned disused raceway"))

BARRIER_KIND = {
    **_each("wall", "wall city_wall wall;fence"),
    **_each("fence", "fence hedge fence;hedge guard_rail"),
    "retaining_wall": "retaining_wall",
    **_each("fence", "wire_fence hedge_bank railing"),
    "castle_wall": "wall",
}
WATER_BARRIERS = ("river", "canal")
RAIL_BARRIERS = ("rail", "light_rail", "narrow_gauge", "monorail", "subway")

GATE_KIND = {
    **_each("both", "gate lift_gate swing_gate sliding_gate entrance hampshire_gate opening sally_port bump_gate"),
    **_each("both", "security_control checkpoint"),
    **_each("pedestrian", "kissing_gate wicket_gate turnstile full-height_turnstile stile"),
}
OPENINGS = {
    **_each("pedestrian", "bollard block cycle_barrier chain motorcycle_barrier bus_trap"),
    **_each("pedestrian", "planter jersey_barrier rope log"),
}
"""They stop vehicles; on a compound's boundary they mark an opening for walkers."""

_OPEN = ("yes", "permissive", "designated", "public", "official")
_RESTRICTED = tuple(_each("", "private residents customers permit destination delivery employees students"))
_SHUT = ("no", "emergency", "military")

CAMPUS = ("university", "college", "school", "research_institute")
EMPLOYER_LAND = ("industrial", "military", "education", "institutional")
PLACES = ("neighbourhood", "city_block", "plot", "hamlet", "village", "quarter")
"""Areas of these are compounds where they have a name."""
NO_STAIRWELL = ("no", *_each("", "emergency exit service garage shop delivery loading"))
"""Entrances that lead to no dwelling."""

GROUND_LANDUSE = {
    **_each("green", "forest grass meadow recreation_ground village_green flowerbed cemetery"),
    **_each("farmland", "farmland orchard vineyard farmyard allotments greenhouse_horticulture"),
    **_each("built_up", "residential commercial retail industrial construction institutional education military"),
    **_each("water", "reservoir basin salt_pond aquaculture"),
}
GROUND_NATURAL = {
    "water": "water",
    **_each("green", "wood scrub grassland heath wetland"),
    **_each("hill", "bare_rock scree cliff fell"),
    **_each("sea", "bay strait"),
}
GROUND_LEISURE = _each("green", "park garden nature_reserve golf_course")

FACILITY = {
    "amenity": {
        **_each("elderly_care", "nursing_home retirement_home"),
        **_each("childcare", "kindergarten childcare"),
        **_each("health", "hospital clinic doctors health_post"),
        **_each("culture_sport", "library arts_centre community_centre social_centre theatre"),
        "school": "school",
        "marketplace": "market",
    },
    "social_facility": _each("elderly_care", "nursing_home assisted_living day_care"),
    "leisure": {
        **_each("culture_sport", "sports_centre stadium fitness_centre fitness_station"),
        **_each("green", "park garden"),
    },
    "shop": {
        **_each("household_service", "laundry dry_cleaning"),
        **_each("market", "supermarket greengrocer"),
    },
    "healthcare": _each("health", "hospital clinic centre doctor"),
}
SERVICE_CENTRE_NAME = r"便民服务|政务服务|党群服务|社区服务(?:中心|站)|行政服务中心"
COMMITTEE_NAME = r"居委会|居民委员会|村委会|村民委员会"

ADMIN_STREET, ADMIN_COMMUNITY = "8", "10"
"""China's township level and the level of committees (OpenStreetMap's table of administrative levels)."""
ADMIN_BETWEEN = "9"
"""Between these two; an area of a committee where its name says so."""
COMMUNITY_NAME = r"社区$|村$|居委会|居民委员会|村委会|村民委员会"


def first_number(texts: pd.Series) -> pd.Series:
    """The first number in each text, float64; of several ("6;18") the mean; NaN where there is none."""
    found = texts.astype("object").map(lambda t: re.findall(r"\d+(?:\.\d+)?", t) if isinstance(t, str) else [])
    return found.map(lambda numbers: float(np.mean([float(n) for n in numbers])) if numbers else np.nan).astype(float)


def first_known(values: pd.Series, meanings: Mapping[str, str]) -> pd.Series:
    """What a tag means: its whole value, else the first known of several (`gate;bollard`); None where none is known."""

    def meaning(value: object) -> str | None:
        if not isinstance(value, str):
            return None
        parts = [value, *(part.strip() for part in value.split(";"))]
        return next((meanings[part] for part in parts if part in meanings), None)

    return values.map(meaning).astype(object)


def gate_access(foot: pd.Series, access: pd.Series, locked: pd.Series) -> pd.Series:
    """Who may pass a gate on foot: public, residents, closed; None where the tags don't say."""
    said = foot.where(foot.notna(), access)
    result = pd.Series(np.full(len(said), None, dtype=object), index=said.index)
    result[said.isin(_OPEN)] = "public"
    result[said.isin(_RESTRICTED)] = "residents"
    result[said.isin(_SHUT)] = "closed"
    result[(access == "foot") & foot.isna()] = "public"
    result[locked == "yes"] = "closed"
    return result


def walkable(kind: pd.Series, foot: pd.Series, access: pd.Series, motorroad: pd.Series) -> pd.Series:
    """Whether people walk there. A private way is walked by those who live on it; its gate decides about others."""
    result = (kind != "motorway") & (motorroad != "yes") & (access != "no")
    return result.where(~foot.isin(_OPEN), other=True).where(foot != "no", other=False).astype("boolean")


def management(access: pd.Series) -> pd.Series:
    """How a compound is run, from its own access tag; unknown where there is none."""
    result = pd.Series("unknown", index=access.index, dtype=object)
    result[access.isin(_OPEN)] = "open"
    result[access.isin((*_RESTRICTED, *_SHUT))] = "closed"
    return result
