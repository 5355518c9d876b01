"""What there is to say about a plan, worked out by hand on boards of squares: scores, hubs, borders with reasons."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString

from gridmap.analysis.plans import find_sites, ground, review
from gridmap.analysis.plans.scores import as_data, dominated, weighed
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from tests.fixtures.boards import CRS, EAST, NORTH, SIDE, board, centres, middle

HALVES = np.array([0, 0, 1, 1])
"""A row of four squares in two regions."""
OFFICES = centres(
    ("hub", "service_centre", 1200.0, middle(1, 0)),
    ("west", "committee_office", 200.0, middle(0, 0)),
    ("east", "committee_office", 300.0, middle(3, 0)),
)


def row(**more):
    return board(4, 1, centres=OFFICES, **more)


def reviewed(district, region, *, lower=2000, upper=3000, numbers=DEFAULT_NUMBERS, **more):
    here = ground(district, lower=lower, numbers=numbers)
    return review(find_sites(here), np.asarray(region), lower=lower, upper=upper, **more)


def parts(found):
    return {part.name: part for score in found.scores for part in score.parts}


def test_regions_within_the_bounds_and_of_one_size_are_easiest_to_manage():
    found = parts(reviewed(row(), HALVES))
    assert (found["within_bounds"].worth, found["evenness"].worth) == (1.0, 1.0)


def test_one_of_three_borders_of_the_same_length_is_cut():
    assert parts(reviewed(row(), HALVES))["borders_uncut"].worth == pytest.approx(2 / 3)


def test_three_thousand_and_one_thousand_differ_from_their_mean_by_half():
    assert parts(reviewed(row(), [0, 0, 0, 1]))["evenness"].figure == pytest.approx(50.0)


def test_a_region_below_the_least_takes_its_households_from_the_share_within_the_bounds():
    assert parts(reviewed(row(), [0, 0, 0, 1]))["within_bounds"].worth == 0.75


def test_the_office_is_the_site_with_the_least_walk_of_its_region():
    found = reviewed(row(), HALVES)
    assert [each["site"]["code"] for each in found.offices] == ["hub", "east"]


def test_half_of_the_households_live_at_the_office_the_others_six_minutes_away():
    found = parts(reviewed(row(), HALVES))
    assert found["office_minutes"].figure == pytest.approx(3.0)
    assert found["office_within_15"].worth == 1.0


def test_villages_ride_at_four_metres_a_second():
    district = row()
    communities = district["communities"].assign(kind="village", reform_status="done")
    found = parts(reviewed(district.with_tables(communities=communities), HALVES))
    assert found["office_minutes"].figure == pytest.approx(3.0 * 1.2 / 4.0)


def test_the_hub_is_a_site_of_a_thousand_square_metres():
    (hub,) = reviewed(row(), HALVES).hubs
    assert (hub["site"]["code"], hub["missing_m2"]) == ("hub", 0)


def test_who_reaches_the_hub_is_counted_for_every_region():
    (hub,) = reviewed(row(), HALVES).hubs
    assert [(one["code"], one["within"]) for one in hub["regions"]] == [("371071004601", 2000), ("371071004602", 2000)]


def test_a_street_without_a_site_large_enough_says_what_is_missing():
    small = centres(("small", "service_centre", 640.0, middle(0, 0)))
    (hub,) = reviewed(board(4, 1, centres=small), HALVES).hubs
    assert (hub["site"]["code"], hub["missing_m2"]) == ("small", 360)


def test_a_street_without_any_site_has_no_hub():
    (hub,) = reviewed(board(4, 1), HALVES).hubs
    assert hub["site"] is None


def test_public_buildings_of_a_block_together_are_a_site():
    near = [middle(2, 0).buffer(10, cap_style="square"), middle(2.2, 0).buffer(10, cap_style="square")]
    rows = [
        {"code": f"b{n}", "use": "public", "floors": 2, "households": 0, "geometry": shape}
        for n, shape in enumerate(near)
    ]
    buildings = gpd.GeoDataFrame(rows, crs=CRS)
    (hub,) = reviewed(board(4, 1, buildings=buildings), HALVES).hubs
    assert (hub["site"]["kind"], hub["site"]["area_m2"]) == ("public_floor", 1600)


def test_no_community_is_cut_where_regions_are_made_of_whole_ones():
    found = parts(reviewed(row(), HALVES))
    assert (found["households_together"].figure, found["communities_whole"].figure) == (0.0, 0.0)


def test_unripe_villages_in_a_new_region_count_against_it():
    district = row()
    communities = district["communities"].copy()
    communities.loc[0, ["kind", "reform_status"]] = ["village", "none"]
    found = parts(reviewed(district.with_tables(communities=communities), [0, 0, 0, 1], lower=1000))
    assert (found["unripe_left"].worth, found["unripe_left"].figure) == (0.0, 1000.0)


def test_a_region_that_holds_one_of_two_kinds_of_facilities_shares_half():
    facilities = gpd.GeoDataFrame(
        [
            {"code": "f1", "kind": "health", "geometry": middle(0, 0)},
            {"code": "f2", "kind": "market", "geometry": middle(1, 0)},
            {"code": "f3", "kind": "market", "geometry": middle(2, 0)},
        ],
        crs=CRS,
    )
    assert parts(reviewed(row(facilities=facilities), HALVES))["kinds_of_facilities"].worth == 0.75


def test_office_floor_is_measured_against_a_hub_for_the_least_households():
    found = parts(reviewed(row(), HALVES, numbers=Numbers(region_least=2000)))
    assert found["office_floor"].worth == pytest.approx((1.0 + 0.15 / 0.5) / 2)


def test_a_score_is_the_mean_of_its_parts():
    found = reviewed(row(), HALVES)
    manage = found.scores[0]
    assert manage.value == pytest.approx(100 * (1 + 1 + 2 / 3) / 3, abs=0.06)


def test_the_total_is_the_weighted_mean():
    numbers = Numbers(weight_manage=1, weight_serve=0, weight_govern=3, weight_share=0)
    found = reviewed(row(), HALVES, numbers=numbers)
    manage, _, govern, _ = (score.value for score in found.scores)
    assert as_data(found.scores)["total"] == round((manage + 3 * govern) / 4, 1)


def test_weights_can_be_moved_afterwards():
    told = as_data(reviewed(row(), HALVES).scores)
    assert weighed(told, {"serve": 0, "govern": 0, "share": 0})["total"] == told["principles"][0]["value"]


def test_a_plan_that_is_worse_in_every_way_is_dominated():
    assert dominated([[1, 2, 3, 4], [1, 2, 3, 3], [4, 3, 2, 1]]) == [False, True, False]


def test_every_border_of_two_regions_is_there_once():
    found = reviewed(row(), HALVES).borders
    assert found[["unit_a", "unit_b"]].to_numpy().tolist() == [["371071004002B001", "371071004003B001"]]


def test_a_border_that_would_leave_too_few_households_is_held_by_the_threshold():
    (held,) = reviewed(row(), HALVES).borders["held_by"]
    assert held == "below"


def test_what_the_other_choice_costs_is_said_in_metres_and_households():
    (choices,) = reviewed(row(), HALVES).borders["choices"]
    first = choices[0]
    assert (first["unit"], first["walk_m"], first["left"], first["load"]) == ("371071004002B001", 800.0, 1000, 3000)


def test_a_border_that_nothing_holds_and_that_costs_nothing_can_be_moved():
    (reason,) = reviewed(board(4, 1), HALVES, lower=1000, centre=np.array([1, 2])).borders["reason"]
    assert "costs more" in str(reason)


def test_a_block_that_would_be_above_the_most_is_held_by_it():
    (held,) = reviewed(row(), HALVES, lower=1000, upper=2500).borders["held_by"]
    assert held == "above"


def test_a_locked_block_holds_its_border():
    (held,) = reviewed(row(), HALVES, lower=1000, locked=[1, 2]).borders["held_by"]
    assert held == "lock"


def test_a_block_at_the_end_goes_alone():
    (choices,) = reviewed(row(), [0, 0, 0, 1], lower=500).borders["choices"]
    assert choices[0]["along"] == 0


def test_what_would_be_cut_off_goes_along():
    (choices,) = reviewed(board(3, 1), [1, 0, 0], lower=500).borders["choices"]
    middle_one = choices[1]
    assert (middle_one["unit"], middle_one["along"]) == ("371071004002B001", 0)
    found = reviewed(board(3, 2), [0, 0, 0, 0, 1, 0], lower=500).borders
    corner = next(one for every in found["choices"] for one in every if one["unit"] == "371071004002B001")
    assert (corner["along"], corner["load"]) == (2000, 4000)


def test_the_border_of_two_streets_is_held_by_them():
    found = reviewed(board(4, 1, streets=2), HALVES).borders
    assert found["held_by"].tolist() == ["street"]
    assert "东街道" in str(found["reason"].iloc[0])


def test_a_river_that_nobody_crosses_holds_a_border():
    line = LineString([(EAST + 2 * SIDE, NORTH - 10), (EAST + 2 * SIDE, NORTH + SIDE + 10)])
    river = gpd.GeoDataFrame([{"kind": "river", "geometry": line}], crs=CRS)
    found = reviewed(row(barriers=river), HALVES).borders
    assert found["held_by"].iloc[0].split()[0] == "barrier"


def test_a_block_parted_from_its_community_says_what_going_back_would_mean():
    district = row()
    communities = district["communities"].dissolve([0, 0, 0, 1]).reset_index(drop=True)
    ways = gpd.GeoDataFrame(
        [
            {
                "kind": "tertiary",
                "geometry": LineString([(EAST + n * SIDE, NORTH - 5), (EAST + n * SIDE, NORTH + SIDE + 5)]),
            }
            for n in (1, 2)
        ],
        crs=CRS,
    )
    district = district.with_tables(communities=communities.assign(households=[3000, 1000]), ways=ways)
    found = reviewed(district, [0, 0, 1, 1], lower=1000, upper=None)
    assert [(one["households"], one["main"]) for one in found.changes] == [(1000, "371071004601")]


def test_streets_regions_are_called_by_their_street_and_number():
    (reason,) = (note for note in [reviewed(row(), HALVES).borders["reason"].iloc[0]])
    assert "东街道 mega-community" in str(reason)
