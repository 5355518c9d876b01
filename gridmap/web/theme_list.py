"""The themes: which attribute of which layer colours the map, in what colours (LOOK.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from gridmap.domain import words

Unit = Literal["share", "metres", "households", "per_km", "ratio", "points", "people", "count"]

UNKNOWN = "#C9C6BF"
OTHER = "#A79F93"
SEQUENCE = ("#FFFFCC", "#A1DAB4", "#41B6C4", "#2C7FB8", "#253494")
"""ColorBrewer's YlGnBu of five classes; dark is much."""

CATEGORIES = ("#49648D", "#90BFDF", "#CACA72", "#DF9090", "#C84141", "#7741C8")
"""Six fills that stay apart with any colour blindness (least difference 27)."""

BRANCH_STATES = words.Vocabulary(
    ("own", "一社区一支部", "a branch of its own"),
    ("shared", "与其他社区合设", "shares a branch"),
    ("none", "未建支部", "no branch recorded"),
)


_COLOURS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "isolation-class": {"open": "#BFD9E8", "partly": "#F0A94A", "isolated": "#A3281E", "unsurveyed": UNKNOWN},
        "isolation-cause": dict(zip(words.ISOLATION_CAUSES, CATEGORIES, strict=True)),
        "party-branch": {"own": "#C84141", "shared": "#DF9090", "none": UNKNOWN},
        "community-kind": {"urban": "#49648D", "converted": "#90BFDF", "village": "#CACA72"},
        "management": {"closed": "#C84141", "hours": "#CACA72", "open": "#90BFDF", "unknown": UNKNOWN},
        "enclosure": {"enclosed": "#7741C8", "partly": "#DF9090", "open": "#90BFDF", "unknown": UNKNOWN},
        "grid-leader": {"assigned": "#49648D", "vacant": "#C84141"},
        "region-status": {"new": "#49648D", "kept": "#90BFDF", "later": "#CACA72", "below": "#C84141"},
    }
)
"""The fills of the themes of a vocabulary, by theme and word."""

_NOT_KNOWN = _("not known")


@dataclass(frozen=True)
class Theme:
    """A theme: categories from a vocabulary (`words`), from the commonest values, or a sequence with a `unit`."""

    id: str
    name: LazyString
    layer: str
    attribute: str
    vocabulary: words.Vocabulary | None = None
    unit: Unit | None = None
    boolean: bool = False
    unknown: LazyString = _NOT_KNOWN

    @property
    def common(self) -> bool:
        """Whether its categories are the values that most features have."""
        return self.vocabulary is None and self.unit is None and not self.boolean

    @property
    def colours(self) -> Mapping[str, str]:
        """The fills of the vocabulary's words; empty without one."""
        return _COLOURS.get(self.id, MappingProxyType({}))


def _measure(name: str, title: LazyString, unit: Unit) -> Theme:
    return Theme(f"isolation-{name.replace('_', '-')}", title, "isolation", name, unit=unit)


_NO_CAUSE = _("not isolated, or not surveyed")
_NO_COMPANY = _("no company recorded")
_NO_EMPLOYER = _("no employer recorded")
_NO_LEADER = _("not assigned yet")

_ALL = (
    Theme("isolation-class", _("Isolation"), "isolation", "class", words.ISOLATION_CLASSES),
    Theme("isolation-cause", _("Cause of isolation"), "isolation", "cause", words.ISOLATION_CAUSES, unknown=_NO_CAUSE),
    Theme("party-branch", _("Party branch of the community"), "communities", "branch_state", BRANCH_STATES),
    Theme("community-kind", _("Kind of community"), "communities", "kind", words.COMMUNITY_KINDS),
    Theme("elderly-share", _("Residents of 60 and over"), "communities", "elderly_share", unit="share"),
    Theme("floating-share", _("Residents from elsewhere"), "communities", "floating_share", unit="share"),
    Theme("community-households", _("Households"), "communities", "households", unit="households"),
    Theme("owners-committee", _("Owners' committee"), "compounds", "owners_committee", boolean=True),
    Theme("property-company", _("Property company"), "compounds", "property_company", unknown=_NO_COMPANY),
    Theme("employer", _("Employer"), "compounds", "employer", unknown=_NO_EMPLOYER),
    Theme("management", _("How it is run"), "compounds", "management", words.MANAGEMENTS),
    Theme("enclosure", _("Walls"), "compounds", "enclosure", words.ENCLOSURES),
    _measure("score", _("Isolation score"), "points"),
    _measure("directness", _("Directness of walks to neighbours"), "ratio"),
    _measure("detour_m", _("Detour to neighbours"), "metres"),
    _measure("openings_per_km", _("Public openings per km of boundary"), "per_km"),
    _measure("longest_gap_m", _("Longest boundary without an opening"), "metres"),
    _measure("reach_300", _("Neighbours within a 300 m walk"), "share"),
    _measure("reach_500", _("Neighbours within a 500 m walk"), "share"),
    _measure("office_walk_m", _("Walk to the committee's office"), "metres"),
    _measure("centre_walk_m", _("Walk to a service centre"), "metres"),
    _measure("neighbours_unreached", _("Neighbours out of reach"), "count"),
    _measure("walled_share", _("Walled share of the boundary"), "share"),
    _measure("employer_share", _("Households of the employer"), "share"),
    _measure("interleaving", _("Neighbours that belong to other communities"), "share"),
    _measure("residents_directness", _("Directness for its own residents"), "ratio"),
    _measure("residents_detour_m", _("Detour for its own residents"), "metres"),
    Theme("grid-leader", _("Grid leaders"), "grids", "leader", words.LEADER_STATUS, unknown=_NO_LEADER),
    Theme("grid-households", _("Households of a grid"), "grids", "households", unit="households"),
    Theme("grid-walk", _("Mean walk inside a grid"), "grids", "walk_m", unit="metres"),
    Theme("region-status", _("Mega-communities"), "regions", "status", words.REGION_STATUS),
    Theme("region-walk", _("Mean walk to the region's office"), "regions", "mean_walk_m", unit="metres"),
)

THEMES: Mapping[str, Theme] = MappingProxyType({theme.id: theme for theme in _ALL})
"""All themes, the weightiest of each layer first."""
