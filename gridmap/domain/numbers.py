"""The numbers of the field (DESIGN section 3), each a setting with its default and its source."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from typing import Any


def _number(default: Any, source: str) -> Any:
    return field(default=default, metadata={"source": source})


_MISSION = "the mission of the district"
_WALKABILITY = "GB 50180-2018, walking circles"
_SETTING = "setting"


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Thresholds and speeds. Metres, households, m/s, square metres, shares of 0 to 1."""

    staff_least: int = _number(5, _MISSION)
    households_per_staff: int = _number(300, _MISSION)

    grid_target: int = _number(300, "local practice, 300 to 500 households a grid")
    grid_least: int = _number(200, "local practice, 300 to 500 households a grid")
    grid_most: int = _number(500, "local practice, 300 to 500 households a grid")
    grid_piece: int = _number(120, "setting: what is too large to stay whole is cut into pieces of about this many")
    grid_per_staff: bool = _number(False, "setting: as many grids as staff in urban communities, of whatever size")
    village_gap_m: float = _number(100.0, "setting: houses farther apart than this are of two natural villages")
    village_least: int = _number(20, "setting: fewer households than this are no natural village of their own")
    sparse_households_per_ha: float = _number(10.0, "setting: where fewer live, a grid has no lower bound")
    dedicated_area_m2: float = _number(20_000.0, "setting: an employer's ground of this size gets a grid of its own")
    dedicated_share: float = _number(0.5, "setting: an employer's compound from this share of its floor area on")
    leader_change_m: float = _number(50.0, "setting: a sitting leader stays if a change saves no more than this")
    grids_per_leader: int = _number(1, "the mission: one leader a grid")
    compound_leaders: bool = _number(True, _MISSION)
    party_compound_leaders: bool = _number(True, _MISSION)
    stairwell_leaders: bool = _number(True, _MISSION)

    region_least: int = _number(5000, _MISSION)
    region_most: int = _number(15000, _SETTING)
    centre_area_m2: float = _number(1000.0, _MISSION)
    weight_manage: float = _number(1.0, "setting: what 'easy to manage' counts in the sum of a plan's four scores")
    weight_serve: float = _number(1.0, "setting: the same of 'easy to serve'")
    weight_govern: float = _number(1.0, "setting: the same of 'easy to govern themselves'")
    weight_share: float = _number(1.0, "setting: the same of 'sharing resources'")
    plans_differ: float = _number(0.15, "setting: two alternatives differ in at least this share of the households")
    firm_plans: int = _number(200, "setting: how many near-optimal plans tell how firm a border is")
    firm_within: float = _number(0.02, "setting: a plan whose value is worse by no more than this is near-optimal")

    opening_spacing_m: float = _number(200.0, "GB 50180-2018, 6.0.4")
    street_spacing_m: float = _number(300.0, "GB 50180-2018, 6.0.2")
    network_density_km_per_km2: float = _number(8.0, "GB 50180-2018, 6.0.2")
    circle_5_min_m: float = _number(300.0, _WALKABILITY)
    circle_10_min_m: float = _number(500.0, _WALKABILITY)
    circle_15_min_m: float = _number(1000.0, _WALKABILITY)

    people_per_household: float = _number(3.0, "62,000 households for 186,000 residents")
    dwelling_area_m2: float = _number(95.0, "setting: gross floor area of a flat, stairs and walls included")
    least_shown: int = _number(
        10, "setting: the public isn't shown counts of groups of people below this (usual in statistics: 3 to 10)"
    )
    households_error: float = _number(
        0.3, "setting: by this share flats of one building are larger or smaller than those of the district"
    )
    households_error_no_floors: float = _number(
        0.5, "setting: the same where floors were derived, too: one floor of two, or three of six"
    )
    households_shared_error: float = _number(
        0.1, "setting: by this share `dwelling_area_m2` or `people_per_household` may be off in the whole district"
    )
    households_shared_error_no_floors: float = _number(
        0.2, "setting: the same where floors were derived, too, from heights or the size of footprints"
    )
    floor_height_m: float = _number(3.0, _SETTING)
    walking_speed: float = _number(1.2, _SETTING)
    walking_speed_over_70: float = _number(0.9, _SETTING)
    village_road_speed: float = _number(4.0, "setting: on land of villages people ride along roads")

    gate_reach_m: float = _number(3.0, "setting: a way is not cut by a barrier with a gate this near")
    neighbour_distance_m: float = _number(150.0, _SETTING)
    pair_least_m: float = _number(30.0, "setting: nearer pairs say nothing about a detour")
    directness_good: float = _number(1.3, "research practice")
    directness_fair: float = _number(1.5, "research practice")
    directness_poor: float = _number(1.8, "research practice")
    isolated_detour_m: float = _number(100.0, _SETTING)
    partly_detour_m: float = _number(50.0, _SETTING)
    gate_gain_m: float = _number(50.0, "setting: a saving that people notice")
    contiguity_gap_m: float = _number(1.0, "setting: gaps up to this are bridged when neighbours are sought")

    coverage_width_m: float = _number(
        5.0, "setting: 0.5 mm on a map of 1:10,000, as exactly as boundaries of communities are drawn"
    )
    finding_area_m2: float = _number(1.0, "setting: overlaps and gaps smaller than this are no finding of a check")
    nearly_joined_m: float = _number(1.0, "setting: a way that ends this near another was meant to meet it")
    joined_m: float = _number(0.05, "setting: nearer than this two ways do meet, but for rounding")
    count_tolerance: float = _number(0.05, "setting: counts may differ by this share; sums of surveys seldom fit")
    wall_reach_m: float = _number(10.0, "setting: a wall this near follows the boundary of a compound")
    walled_share_enclosed: float = _number(0.8, "setting: with walls along this share of its boundary it is enclosed")
    walled_share_partly: float = _number(0.2, "setting: with walls along this share of its boundary it is partly so")
    gate_boundary_m: float = _number(10.0, "setting: a gate this near a compound's boundary is its gate")
    house_footprint_m2: float = _number(200.0, "setting: a dwelling smaller than this is a house, else flats")
    floors_of_house: int = _number(2, "setting, where nothing says how many floors")
    floors_of_flats: int = _number(6, "setting: walk-up flats, where nothing says how many floors")
    shed_footprint_m2: float = _number(20.0, "setting: nobody lives in anything smaller")
    stairwell_length_m: float = _number(18.0, "setting: length of a slab of flats that one stairwell serves")

    @property
    def principle_weights(self) -> dict[str, float]:
        """What each of the four principles counts in the sum of a plan's scores."""
        return {
            "manage": self.weight_manage,
            "serve": self.weight_serve,
            "govern": self.weight_govern,
            "share": self.weight_share,
        }

    def staff_needed(self, households: int, kind: str) -> int | None:
        """Staff of a community by the mission's rule, max(5, households / 300 rounded up).

        The rule holds for urban communities; others carry their own number, so None.
        """
        if kind != "urban":
            return None
        return max(self.staff_least, math.ceil(households / self.households_per_staff))

    def for_grids(self, households: int, *, staff: int | None) -> Numbers:
        """Those by which the grids of a community with so many households in its buildings are drawn.

        With `grid_per_staff` the target is such that each of its staff has one grid, and the bounds keep their ratio
        to it; otherwise, and where the rule for staff doesn't hold (None), these numbers as they are.
        """
        if not self.grid_per_staff or staff is None or households <= 0:
            return self
        ratio = households / staff / self.grid_target
        sizes = {name: max(1, round(getattr(self, name) * ratio)) for name in _GRID_SIZES}
        return replace(self, **sizes)


_GRID_SIZES = ("grid_target", "grid_least", "grid_most", "grid_piece")

DEFAULT_NUMBERS = Numbers()

UNDO_LOADS = 10
"""Loads whose former rows are kept, the latest; setting `GRIDMAP_UNDO_LOADS`."""


def sources() -> dict[str, str]:
    """The source of each number, by its name."""
    return {item.name: item.metadata["source"] for item in fields(Numbers)}
