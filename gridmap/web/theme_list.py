"""The themes: which attribute of which layer colours the map, in what colours (LOOK.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from gridmap.domain import words

Unit = Literal["share", "metres", "households", "per_km", "ratio", "points", "people"]

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


_NOT_KNOWN = lazy_gettext("not known")


@dataclass(frozen=True)
class Theme:
    """A theme: categories from a vocabulary (`words`), from the commonest values, or a sequence with a `unit`."""

    id: str
    name: LazyString
    layer: str
    attribute: str
    vocabulary: words.Vocabulary | None = None
    colours: Mapping[str, str] | None = None
    unit: Unit | None = None
    boolean: bool = False
    unknown: LazyString = _NOT_KNOWN

    @property
    def common(self) -> bool:
        """Whether its categories are the values that most features have."""
        return self.vocabulary is None and self.unit is None and not self.boolean


def _colours(**by_code: str) -> Mapping[str, str]:
    return MappingProxyType(by_code)


def _measure(name: str, title: LazyString, unit: Unit) -> Theme:
    return Theme(f"isolation-{name.replace('_', '-')}", title, "isolation", name, unit=unit)


_ALL = (
    Theme(
        "isolation-class",
        lazy_gettext("Isolation"),
        "isolation",
        "class",
        vocabulary=words.ISOLATION_CLASSES,
        colours=_colours(open="#BFD9E8", partly="#F0A94A", isolated="#A3281E", unsurveyed=UNKNOWN),
    ),
    Theme(
        "isolation-cause",
        lazy_gettext("Cause of isolation"),
        "isolation",
        "cause",
        vocabulary=words.ISOLATION_CAUSES,
        colours=MappingProxyType(dict(zip(words.ISOLATION_CAUSES, CATEGORIES, strict=True))),
        unknown=lazy_gettext("not isolated, or not surveyed"),
    ),
    Theme(
        "party-branch",
        lazy_gettext("Party branch of the community"),
        "communities",
        "branch_state",
        vocabulary=BRANCH_STATES,
        colours=_colours(own="#C84141", shared="#DF9090", none=UNKNOWN),
    ),
    Theme(
        "community-kind",
        lazy_gettext("Kind of community"),
        "communities",
        "kind",
        vocabulary=words.COMMUNITY_KINDS,
        colours=_colours(urban="#49648D", converted="#90BFDF", village="#CACA72"),
    ),
    Theme("elderly-share", lazy_gettext("Residents of 60 and over"), "communities", "elderly_share", unit="share"),
    Theme("floating-share", lazy_gettext("Residents from elsewhere"), "communities", "floating_share", unit="share"),
    Theme("community-households", lazy_gettext("Households"), "communities", "households", unit="households"),
    Theme(
        "owners-committee",
        lazy_gettext("Owners' committee"),
        "compounds",
        "owners_committee",
        boolean=True,
    ),
    Theme(
        "property-company",
        lazy_gettext("Property company"),
        "compounds",
        "property_company",
        unknown=lazy_gettext("no company recorded"),
    ),
    Theme(
        "employer",
        lazy_gettext("Employer"),
        "compounds",
        "employer",
        unknown=lazy_gettext("no employer recorded"),
    ),
    Theme(
        "management",
        lazy_gettext("How it is run"),
        "compounds",
        "management",
        vocabulary=words.MANAGEMENTS,
        colours=_colours(closed="#C84141", hours="#CACA72", open="#90BFDF", unknown=UNKNOWN),
    ),
    Theme(
        "enclosure",
        lazy_gettext("Walls"),
        "compounds",
        "enclosure",
        vocabulary=words.ENCLOSURES,
        colours=_colours(enclosed="#7741C8", partly="#DF9090", open="#90BFDF", unknown=UNKNOWN),
    ),
    _measure("score", lazy_gettext("Isolation score"), "points"),
    _measure("directness", lazy_gettext("Directness of walks to neighbours"), "ratio"),
    _measure("detour_m", lazy_gettext("Detour to neighbours"), "metres"),
    _measure("openings_per_km", lazy_gettext("Public openings per km of boundary"), "per_km"),
    _measure("longest_gap_m", lazy_gettext("Longest boundary without an opening"), "metres"),
    _measure("reach_300", lazy_gettext("Neighbours within a 300 m walk"), "share"),
    _measure("reach_500", lazy_gettext("Neighbours within a 500 m walk"), "share"),
    _measure("office_walk_m", lazy_gettext("Walk to the committee's office"), "metres"),
    _measure("centre_walk_m", lazy_gettext("Walk to a service centre"), "metres"),
    Theme(
        "grid-leader",
        lazy_gettext("Grid leaders"),
        "grids",
        "leader",
        vocabulary=words.LEADER_STATUS,
        colours=_colours(assigned="#49648D", vacant="#C84141"),
        unknown=lazy_gettext("not assigned yet"),
    ),
    Theme("grid-households", lazy_gettext("Households of a grid"), "grids", "households", unit="households"),
    Theme("grid-walk", lazy_gettext("Mean walk inside a grid"), "grids", "walk_m", unit="metres"),
    Theme(
        "region-status",
        lazy_gettext("Mega-communities"),
        "regions",
        "status",
        vocabulary=words.REGION_STATUS,
        colours=_colours(new="#49648D", kept="#90BFDF", later="#CACA72", below="#C84141"),
    ),
    Theme("region-walk", lazy_gettext("Mean walk to the region's office"), "regions", "mean_walk_m", unit="metres"),
)

THEMES: Mapping[str, Theme] = MappingProxyType({theme.id: theme for theme in _ALL})
"""All themes, the weightiest of each layer first."""
