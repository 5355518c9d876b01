"""Leaders of a town that can be worked out by hand, and the assignment against every other assignment there is."""

from __future__ import annotations

import itertools
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from gridmap.analysis.leaders import leaders
from gridmap.analysis.leaders.assign import assign, second_choices
from gridmap.domain.district import District
from gridmap.domain.errors import DataError
from gridmap.domain.numbers import Numbers
from tests.fixtures.districts import EAST, NORTH, URBAN, VILLAGE, make_town

CRS = "EPSG:4550"
GRIDS = [f"{URBAN}00{number}" for number in (1, 2, 3, 4)]


def straight(places, source, target):
    return np.hypot(*(places[source] - places[target]).T)


def with_grids(district: District) -> District:
    """The town with one grid a compound."""
    shapes = district["compounds"].geometry
    grids = gpd.GeoDataFrame(
        {"code": GRIDS, "community_code": URBAN, "kind": "basic", "households": 240}, geometry=list(shapes), crs=CRS
    )
    members = pd.DataFrame({"building_code": district["buildings"]["code"][:16], "grid_code": np.repeat(GRIDS, 4)})
    nowhere = gpd.GeoSeries([None] * 16, crs=CRS)
    return district.with_tables(grids=grids, members=gpd.GeoDataFrame(members, geometry=nowhere, crs=CRS))


@pytest.fixture
def metric_town() -> District:
    return with_grids(make_town().metric())


def staffed(district: District, **columns) -> District:
    """The town with these columns of its roster changed; `None` at a place clears it."""
    staff = district["staff"].copy()
    for name, values in columns.items():
        if name == "geometry":
            staff.geometry = gpd.GeoSeries(
                [None if p is None else Point(EAST + p[0], NORTH + p[1]) for p in values], index=staff.index, crs=CRS
            )
        else:
            staff[name] = values
    return district.with_tables(staff=staff)


def in_office(district: District, *rows: tuple) -> District:
    """The town with assignments (role, place, person, locked)."""
    table = pd.DataFrame(rows, columns=["role", "place_code", "staff_code", "locked"])
    table["since"], table["until"] = pd.Timestamp("2024-01-01"), pd.NaT
    nowhere = gpd.GeoSeries([None] * len(table), crs=CRS)
    return district.with_tables(assignments=gpd.GeoDataFrame(table, geometry=nowhere, crs=CRS))


def led(district: District, role: str, **options) -> dict[str, str | None]:
    table = leaders(district, walks=straight, **options).leaders
    table = table[table["role"] == role]
    return dict(zip(table["place_code"], table["staff_code"], strict=True))


def cause(district: District, role: str, place: str) -> str | None:
    table = leaders(district, walks=straight).leaders
    return table.loc[(table["role"] == role) & (table["place_code"] == place), "cause"].item()


def test_each_grid_is_led_by_who_lives_nearest(metric_town):
    assert led(metric_town, "grid") == dict(zip(GRIDS, ["P1", "P2", "P3", "P4"], strict=True))


def test_the_walk_is_the_mean_over_the_buildings_weighted_by_households(metric_town):
    buildings = metric_town["buildings"].copy()
    buildings["households"] = [30 if code.endswith("-A-1") else 0 for code in buildings["code"]]
    table = leaders(metric_town.with_tables(buildings=buildings), walks=straight).leaders
    # P1 lives at (50, 40), the point on the surface of building A-1 is (50, 26)
    first = table[(table["role"] == "grid") & (table["place_code"] == GRIDS[0])]
    assert first["walk_m"].item() == pytest.approx(14.0, abs=0.01)


def test_the_least_total_walk_wins_over_the_nearest_first(metric_town):
    district = staffed(metric_town, geometry=[(120, 100), (150, 100), (250, 100), (350, 100)])
    assert led(district, "grid")[GRIDS[0]] == "P1"


def test_nobody_leads_more_grids_than_their_capacity(metric_town):
    district = staffed(metric_town, capacity=[3, 0, 1, 0])
    counts = pd.Series(led(district, "grid").values()).value_counts()
    assert counts.to_dict() == {"P1": 3, "P3": 1}


def test_without_a_capacity_one_grid_each(metric_town):
    district = staffed(metric_town, capacity=[None, 0, 0, 0])
    assert list(led(district, "grid").values()).count("P1") == 1


def test_grids_beyond_all_capacity_are_vacant_for_that(metric_town):
    district = staffed(metric_town, capacity=[1, 1, 1, 0])
    vacant = [place for place, person in led(district, "grid").items() if person is None]
    assert [cause(district, "grid", place) for place in vacant] == ["all_at_capacity"]


def test_staff_of_another_community_lead_no_grid_here(metric_town):
    district = staffed(metric_town, community_code=VILLAGE)
    assert {cause(district, "grid", place) for place in GRIDS} == {"no_staff_in_community"}


def test_somebody_without_a_home_still_gets_a_grid(metric_town):
    district = staffed(metric_town, stairwell_code=None, geometry=[(50, 40), (150, 40), (250, 40), None])
    assert led(district, "grid")[GRIDS[3]] == "P4"


def test_an_unknown_home_is_an_unknown_walk(metric_town):
    district = staffed(metric_town, stairwell_code=None, geometry=[None] * 4)
    table = leaders(district, walks=straight).leaders
    assert table.loc[table["role"] == "grid", "walk_m"].isna().all()


def test_a_stairwell_stands_for_a_home_without_a_point(metric_town):
    district = staffed(metric_town, geometry=[None, (150, 40), (250, 40), (350, 40)])
    assert led(district, "compound")[f"{URBAN}-A"] == "P1"


def test_the_compound_is_led_by_who_lives_there(metric_town):
    assert led(metric_town, "compound") == {
        f"{URBAN}-A": "P1", f"{URBAN}-B": None, f"{URBAN}-C": None, f"{URBAN}-D": None
    }  # fmt: skip


def test_a_home_inside_the_compound_is_enough(metric_town):
    district = staffed(metric_town, roles="compound", stairwell_code=None)
    assert list(led(district, "compound").values()) == ["P1", "P2", "P3", "P4"]


def test_no_candidate_lives_in_compound_b(metric_town):
    assert cause(metric_town, "compound", f"{URBAN}-B") == "no_candidate_lives_there"


def test_one_person_may_hold_both_roles_of_a_compound(metric_town):
    assert led(metric_town, "compound")[f"{URBAN}-A"] == led(metric_town, "party_compound")[f"{URBAN}-A"] == "P1"


def test_the_party_members_role_is_not_for_others(metric_town):
    district = staffed(metric_town, party_member=False)
    assert cause(district, "party_compound", f"{URBAN}-A") == "no_party_member_lives_there"


def test_the_stairwell_is_led_by_who_lives_behind_it(metric_town):
    filled = {place: person for place, person in led(metric_town, "stairwell").items() if person}
    assert filled == {f"{URBAN}-A-1-1": "P1"}


def test_in_a_building_the_nearest_stairwell_is_ones_own(metric_town):
    # building A-1 spans (15, 20) to (85, 32), its stairwells stand at x 32.5 and 67.5
    district = staffed(metric_town, roles="stairwell", stairwell_code=None, geometry=[(70, 25), None, None, None])
    assert led(district, "stairwell")[f"{URBAN}-A-1-2"] == "P1"


def test_a_place_where_nobody_lives_needs_nobody(metric_town):
    compounds = metric_town["compounds"].assign(households=0)
    assert cause(metric_town.with_tables(compounds=compounds), "compound", f"{URBAN}-B") == "no_households"


def test_a_sitting_leader_stays_where_a_change_saves_little(metric_town):
    district = staffed(metric_town, geometry=[(50, 100), (150, 100), (240, 100), (260, 100)])
    swapped = in_office(district, ("grid", GRIDS[2], "P4", False), ("grid", GRIDS[3], "P3", False))
    assert led(swapped, "grid")[GRIDS[2]] == "P4"


def test_a_sitting_leader_goes_where_a_change_saves_much(metric_town):
    swapped = in_office(metric_town, ("grid", GRIDS[0], "P4", False), ("grid", GRIDS[3], "P1", False))
    assert led(swapped, "grid")[GRIDS[0]] == "P1"


def test_a_locked_assignment_stays_whatever_it_costs(metric_town):
    locked = in_office(metric_town, ("grid", GRIDS[0], "P4", True))
    assert led(locked, "grid")[GRIDS[0]] == "P4"


def test_a_locked_place_uses_up_capacity(metric_town):
    locked = in_office(metric_town, ("grid", GRIDS[0], "P4", True))
    assert list(led(locked, "grid").values()).count("P4") == 1


def test_a_locked_leader_from_elsewhere_stays_too(metric_town):
    locked = in_office(metric_town, ("compound", f"{URBAN}-B", "P4", True))
    assert led(locked, "compound")[f"{URBAN}-B"] == "P4"


def test_a_leaver_s_locked_place_is_filled_anew_and_said(metric_town):
    result = leaders(in_office(metric_town, ("grid", GRIDS[0], "gone", True)), walks=straight)
    assert "gone" in " ".join(map(str, result.notes))


def test_an_assignment_ends_on_its_first_day_out_of_office(metric_town):
    locked = in_office(metric_town, ("grid", GRIDS[0], "P4", True))
    locked = locked.with_tables(assignments=locked["assignments"].assign(until=pd.Timestamp("2025-01-01")))
    assert led(locked, "grid", on=date(2024, 12, 31))[GRIDS[0]] == "P4"
    assert led(locked, "grid", on=date(2025, 1, 1))[GRIDS[0]] == "P1"


def test_a_person_entered_twice_counts_once(metric_town):
    staff = metric_town["staff"]
    twice = metric_town.with_tables(staff=gpd.GeoDataFrame(pd.concat([staff, staff.iloc[:1]]), crs=CRS))
    assert list(led(twice, "grid").values()).count("P1") == 1


def test_every_place_has_one_row_a_role(metric_town):
    table = leaders(metric_town, walks=straight).leaders
    assert table.groupby("role").size().to_dict() == {
        "grid": 4, "compound": 4, "party_compound": 4, "stairwell": 32
    }  # fmt: skip


def test_need_follows_the_mission_s_rule_in_urban_communities_alone(metric_town):
    table = leaders(metric_town, walks=straight).need.set_index("community_code")
    assert table.loc[URBAN].dropna().to_dict() == {"households": 960, "staff_needed": 5, "staff_in_place": 4}
    assert pd.isna(table.loc[VILLAGE, "staff_needed"])


def test_roles_can_be_switched_off(metric_town):
    numbers = Numbers(party_compound_leaders=False, stairwell_leaders=False)
    table = leaders(metric_town, walks=straight, numbers=numbers).leaders
    assert set(table["role"]) == {"grid", "compound"}


def test_an_empty_roster_leaves_every_place_vacant(metric_town):
    district = metric_town.with_tables(staff=metric_town["staff"].iloc[:0])
    assert set(leaders(district, walks=straight).leaders["status"]) == {"vacant"}


def test_a_district_with_nothing_to_lead_is_refused():
    with pytest.raises(DataError, match="nothing to lead"):
        leaders(District({}, crs=CRS))


def test_a_district_in_degrees_is_refused(town):
    with pytest.raises(DataError, match="metric"):
        leaders(town)


@st.composite
def small_assignments(draw):
    places, people = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    cells = list(itertools.product([f"p{i}" for i in range(places)], [f"s{i}" for i in range(people)]))
    kept = draw(st.lists(st.sampled_from(cells), unique=True))
    costs = draw(st.lists(st.integers(-60, 3000), min_size=len(kept), max_size=len(kept)))
    capacity = {f"s{i}": draw(st.integers(0, 3)) for i in range(people)}
    frame = pd.DataFrame(kept, columns=["place_code", "staff_code"])
    return frame.assign(cost=np.array(costs, float)), capacity


def every_assignment(pairs: pd.DataFrame, capacity: dict[str, int]):
    """(places left empty, total cost) of every assignment that keeps to the capacities."""
    options = {place: [None, *rows.itertuples(index=False)] for place, rows in pairs.groupby("place_code")}
    for choice in itertools.product(*options.values()):
        taken = [row for row in choice if row is not None]
        counts = pd.Series([row.staff_code for row in taken], dtype=object).value_counts()
        if all(counts[person] <= capacity[person] for person in counts.index):
            yield len(options) - len(taken), sum(row.cost for row in taken)


@given(small_assignments())
@settings(max_examples=60, deadline=None)
def test_no_other_assignment_is_better(problem):
    pairs, capacity = problem
    chosen = assign(pairs, capacity)
    costs = pairs.set_index(["place_code", "staff_code"])["cost"]
    value = (pairs["place_code"].nunique() - len(chosen), sum(costs[pair] for pair in chosen.items()))
    assert value == min(every_assignment(pairs, capacity))


@given(small_assignments())
@settings(max_examples=60, deadline=None)
def test_the_next_costs_what_the_best_assignment_without_the_choice_costs_more(problem):
    pairs, capacity = problem
    chosen = assign(pairs, capacity)
    empty, least = min(every_assignment(pairs, capacity))
    for place, second in second_choices(pairs, capacity, chosen).dropna().iterrows():
        others = pairs[(pairs["place_code"] != place) | (pairs["staff_code"] != chosen[place])]
        assert min(every_assignment(others, capacity)) == (empty, pytest.approx(least + second["next_m"]))


@given(small_assignments())
@settings(max_examples=60, deadline=None)
def test_there_is_no_next_only_where_a_place_would_be_vacant(problem):
    pairs, capacity = problem
    chosen = assign(pairs, capacity)
    empty, _least = min(every_assignment(pairs, capacity))
    seconds = second_choices(pairs, capacity, chosen)
    for place in seconds.index[seconds["next_code"].isna()]:
        others = pairs[(pairs["place_code"] != place) | (pairs["staff_code"] != chosen[place])]
        elsewhere = others[others["place_code"] != place]
        alone = place not in set(others["place_code"])
        # with this place filled, another is not; or it is the one that stays empty at the least cost
        assert (
            alone
            or min(every_assignment(others, capacity))[0] > empty
            or (min(every_assignment(elsewhere, capacity))[0] + 1 == empty)
        )


def test_why_it_is_who_lives_nearest(metric_town):
    table = leaders(metric_town, walks=straight).leaders
    first = table[(table["role"] == "grid") & (table["place_code"] == GRIDS[0])].iloc[0]
    assert tuple(first[["basis", "candidates", "rank"]]) == ("chosen", 4, 1)


def test_without_anybody_to_spare_a_choice_is_paid_by_two_longer_walks(metric_town):
    district = staffed(metric_town, geometry=[(50, 100), (150, 100), (250, 100), (350, 100)])
    table = leaders(district, walks=straight).leaders.set_index(["role", "place_code"])
    assert table.loc[("grid", GRIDS[0]), "next_code"] == "P2"
    assert table.loc[("grid", GRIDS[0]), "next_m"] > 100


def test_a_sitting_leader_is_said_to_stay(metric_town):
    table = leaders(in_office(metric_town, ("grid", GRIDS[0], "P1", False)), walks=straight).leaders
    assert table.set_index(["role", "place_code"]).loc[("grid", GRIDS[0]), "basis"] == "sitting"


def test_a_locked_leader_has_no_next(metric_town):
    table = leaders(in_office(metric_town, ("grid", GRIDS[0], "P4", True)), walks=straight).leaders
    row = table.set_index(["role", "place_code"]).loc[("grid", GRIDS[0])]
    assert (row["basis"], row["next_code"]) == ("locked", None)


def test_need_of_derived_households_lies_between_two_numbers(metric_town):
    """Sixteen buildings of 120: √(16 · 36²) + 192 = 336 households either way."""
    buildings = metric_town["buildings"].copy()
    urban = buildings["community_code"] == URBAN
    buildings.loc[urban, "households"] = 120
    buildings["derived"] = np.where(urban, "households residents", None)
    communities = metric_town["communities"].assign(households=pd.array([1920, 40], dtype="Int64"))
    communities["derived"] = ["households", None]
    town = metric_town.with_tables(buildings=buildings, communities=communities)
    row = leaders(town, walks=straight).need.set_index("community_code")
    columns = ["households_low", "households_high", "staff_least", "staff_needed", "staff_most"]
    assert row.loc[URBAN, columns].tolist() == [1584, 2256, 6, 7, 8]
    assert row.loc[VILLAGE, ["households_low", "households_high"]].isna().all()
