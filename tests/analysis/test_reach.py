"""Services within reach on small towns worked out by hand."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from shapely import Point, box

from gridmap.analysis.reach import services_within_reach
from gridmap.analysis.reach.choosing import choose
from gridmap.analysis.reach.people import people
from gridmap.analysis.reach.proposing import best, candidates
from gridmap.analysis.reach.services import Walks
from gridmap.domain.numbers import DEFAULT_NUMBERS
from gridmap.network import walk_graph
from tests.network.towns import building, compound, gate, town, way


def community(code: str, *bounds: float, elderly: int | None = None, households: int = 100):
    columns = {"code": code, "name": code, "kind": "urban", "households": households, "elderly": elderly}
    return {**columns, "geometry": shapely.multipolygons([box(*bounds)])}


def facility(x: float, y: float, kind: str = "health"):
    return {"code": f"f{x:g}-{y:g}-{kind}", "kind": kind, "geometry": Point(x, y)}


def road(*, sites=(), buildings=None, **layers):
    """A straight road of 3 km with houses of ten households (30 people) on it every 100 m, in two communities."""
    houses = [building(f"b{k}", 100 * k, 0) for k in range(31)] if buildings is None else buildings
    return town(
        ways=[way((-50, 0), (3050, 0), name="长街")],
        communities=[
            community("w", -100, -100, 1450, 100, elderly=45),
            community("e", 1450, -100, 3100, 100),
        ],
        buildings=houses,
        facilities=list(sites),
        **layers,
    )


def of(found, community_code, kind="health"):
    table = found.reach
    return table[(table["community_code"] == community_code) & (table["kind"] == kind)].iloc[0]


def test_residents_within_so_many_minutes_are_those_who_live_on_so_many_metres_of_the_way():
    row = of(services_within_reach(road(sites=[facility(0, 0)])), "w")
    # 360, 720 and 1,080 m at 1.2 m/s: houses at 0, 100, …
    assert row[["residents", "within_5", "within_10", "within_15"]].tolist() == [450, 120, 240, 330]


def test_those_over_60_walk_more_slowly():
    row = of(services_within_reach(road(sites=[facility(0, 0)])), "w")
    # 270, 540 and 810 m at 0.9 m/s; 45 of 450 are over 60, three a house
    assert row[["elderly", "elderly_within_5", "elderly_within_10", "elderly_within_15"]].tolist() == [45, 9, 18, 27]


def test_the_mean_walk_is_that_of_all_residents():
    assert of(services_within_reach(road(sites=[facility(0, 0)])), "w")["mean_walk_m"] == pytest.approx(700, abs=1)


def test_over_60s_that_nobody_counted_are_not_made_up():
    found = services_within_reach(road(sites=[facility(0, 0)]))
    assert of(found, "e")[["elderly", "elderly_within_15"]].isna().all()


def test_and_that_is_said():
    found = services_within_reach(road(sites=[facility(0, 0)]))
    assert "In 1 communities nobody counted those over 60" in " ".join(map(str, found.notes))


def test_a_kind_without_sites_has_no_figures():
    found = services_within_reach(road(sites=[facility(0, 0)]))
    assert set(found.reach["kind"]) == {"health"}


def test_a_kind_without_sites_is_said_not_to_be_recorded():
    notes = map(str, services_within_reach(road(sites=[facility(0, 0)])).notes)
    assert "No nursery is recorded in the data, so nothing can be said of it." in notes


def test_the_sites_of_each_community_are_counted():
    found = services_within_reach(road(sites=[facility(0, 0), facility(200, 10), facility(2000, 5)]))
    assert (of(found, "w")["sites"], of(found, "e")["sites"]) == (2, 1)


def test_green_ground_is_reached_at_its_edge():
    park = {"kind": "green", "geometry": box(0, 20, 1000, 90)}
    row = of(services_within_reach(road(ground=[park])), "w", "green")
    # up to 1,000 m beside it, and 340 m more at its end
    assert row["within_5"] == 14 * 30


def gated(access: str):
    """A house behind a wall with one gate to the road, and a clinic on the road."""
    return road(
        sites=[facility(0, 0)],
        buildings=[building("b", 100, 60, "a")],
        compounds=[compound("a", 50, 10, 150, 110)],
        gates=[gate(100, 10, "g", "a", access)],
    )


def test_residents_leave_by_their_own_gates():
    assert of(services_within_reach(gated("residents")), "w")["within_5"] == 30


def test_nobody_leaves_by_a_closed_gate():
    assert of(services_within_reach(gated("closed")), "w")["within_15"] == 0


def test_the_gates_of_others_stay_shut():
    layers = {
        "ways": [way((-50, 0), (200, 0)), way((100, 0), (100, 200)), way((-50, 200), (200, 200))],
        "compounds": [compound("a", -60, 50, 210, 150)],
        "gates": [gate(100, 50, "s", "a", "residents"), gate(100, 150, "n", "a", "residents")],
        "buildings": [building("b", 100, 220)],
        "communities": [community("w", -100, -100, 300, 300)],
        "facilities": [facility(100, 0)],
    }
    assert of(services_within_reach(town(**layers)), "w")["within_15"] == 0


def test_what_nobody_surveyed_is_closed_in_the_worst_case():
    district = road(
        sites=[facility(0, 0)],
        buildings=[building("b", 100, 60, "a")],
        compounds=[compound("a", 50, 10, 150, 110, enclosure="unknown")],
    )
    assert of(services_within_reach(district), "w")[["within_15", "within_15_worst"]].tolist() == [30, 0]


def test_gaps_hold_those_whom_no_site_reaches():
    found = services_within_reach(road(sites=[facility(0, 0)]))
    gaps = found.gaps[found.gaps["minutes"] == 15].set_index("community_code")
    assert gaps["residents"].to_dict() == {"w": 120, "e": 480}


def test_gaps_lie_where_they_live():
    found = services_within_reach(road(sites=[facility(0, 0)]))
    gap = found.gaps[(found.gaps["minutes"] == 15) & (found.gaps["community_code"] == "w")].geometry.iloc[0]
    inside = [k for k in range(15) if gap.covers(Point(100 * k, 0))]
    assert inside == [11, 12, 13, 14]


def test_the_best_site_brings_most_residents_into_reach():
    found = services_within_reach(road(sites=[facility(0, 0)]), sites=1)
    site = found.sites.iloc[0]
    # of the houses from 1,100 m on, 20 in all, one place reaches 1,080 m to both sides
    assert site["residents"] == 600


def test_its_share_is_that_after_it_is_there():
    found = services_within_reach(road(sites=[facility(0, 0)]), sites=1)
    site = found.sites.iloc[0]
    again = services_within_reach(road(sites=[facility(0, 0), facility(site.geometry.x, site.geometry.y)]), sites=0)
    assert site["within_15"] == pytest.approx(again.reach["within_15"].sum() / again.reach["residents"].sum(), abs=1e-9)


def test_it_says_on_which_way_it_stands():
    assert services_within_reach(road(sites=[facility(0, 0)]), sites=1).sites["beside"].tolist() == ["长街"]


def test_where_all_is_within_reach_no_site_is_proposed():
    sites = [facility(x, 0) for x in range(0, 3100, 500)]
    assert services_within_reach(road(sites=sites)).sites.empty


def test_a_district_without_services_has_an_empty_result():
    found = services_within_reach(road())
    assert (len(found.reach), len(found.gaps), len(found.sites)) == (0, 0, 0)


def test_homes_outside_every_community_are_counted_too():
    district = road(sites=[facility(0, 0)])
    district = district.with_tables(communities=district["communities"].iloc[:0])
    table = services_within_reach(district).reach
    assert (table["community_code"].isna().all(), table["residents"].sum()) == (True, 930)


@st.composite
def places(draw):
    """Houses and sites at random along a road with a wall in the middle."""
    homes = draw(st.lists(st.integers(0, 30), min_size=1, max_size=12, unique=True))
    sites = draw(st.lists(st.integers(0, 30), min_size=1, max_size=4, unique=True))
    return [building(f"b{k}", 100 * k, 0, households=draw(st.integers(0, 40))) for k in homes], sites


@settings(max_examples=15, deadline=None)
@given(places())
def test_more_minutes_reach_no_fewer(made):
    homes, sites = made
    table = services_within_reach(road(buildings=homes, sites=[facility(100 * k, 0) for k in sites]), sites=0).reach
    steps = table[["within_5", "within_10", "within_15", "residents"]].to_numpy(float)
    assert (np.diff(steps, axis=1) >= 0).all()


@settings(max_examples=15, deadline=None)
@given(places(), st.integers(0, 30))
def test_one_more_site_takes_nobody_out_of_reach(made, further):
    homes, sites = made
    before, after = (
        services_within_reach(road(buildings=homes, sites=[facility(100 * k, 0) for k in chosen]), sites=0)
        .reach.set_index("community_code")[["within_5", "within_10", "within_15"]]
        .to_numpy(float)
        for chosen in (sites, [*sites, further])
    )
    assert (after >= before).all()


@settings(max_examples=15, deadline=None)
@given(places())
def test_who_is_not_within_reach_is_in_a_gap(made):
    homes, sites = made
    found = services_within_reach(road(buildings=homes, sites=[facility(100 * k, 0) for k in sites]), sites=0)
    for minutes in (5, 10, 15):
        gaps = found.gaps[found.gaps["minutes"] == minutes]
        assert gaps["residents"].sum() == (found.reach["residents"] - found.reach[f"within_{minutes}"]).sum()


@settings(max_examples=10, deadline=None)
@given(places())
def test_sites_bring_nearly_as_many_as_the_best_choice_of_all(made):
    homes, _sites = made
    district = road(buildings=homes)
    where, _ = people(district, DEFAULT_NUMBERS)
    if not len(where.residents):
        return
    walks = Walks(walk_graph(district, latch=True), where)
    among = candidates(walks, district, 400.0)
    covered = among.covered.toarray() > 0
    weight = np.bincount(among.group, where.residents, minlength=covered.shape[1])
    chosen = best(among, where, np.ones(len(where.residents), bool), 2)
    pairs = combinations(range(len(covered)), min(2, len(covered)))
    most = max(weight[covered[list(pair)].any(axis=0)].sum() for pair in pairs)
    assert weight[covered[chosen].any(axis=0)].sum() >= 0.95 * most


@pytest.mark.parametrize("seed", range(12))
def test_chosen_sites_come_near_the_exact_best(seed):
    random = np.random.default_rng(seed)
    sites, groups = random.random((15, 2)), random.random((40, 2))
    covered = csr_matrix((np.hypot(*(sites[:, None] - groups).transpose(2, 0, 1)) < 0.25).astype(float))
    residents = random.integers(0, 50, 40).astype(float)
    most = max(_reached(covered, residents, three) for three in combinations(range(15), 3))
    assert _reached(covered, residents, choose(covered, residents, 3)) >= 0.95 * most


def _reached(covered, residents, chosen):
    return residents[np.unique(covered[list(chosen)].indices)].sum()


def test_a_house_that_is_there_is_a_site_too():
    office = {"code": "o", "name": "服务中心", "kind": "service_centre", "geometry": Point(1510, 0)}
    homes = [building(f"b{n}", 1500 + n, 0, households=40) for n in (0, 20)]
    district = road(buildings=homes, sites=[facility(0, 0)], centres=[office])
    found = services_within_reach(district, sites=1).sites
    assert found[found["kind"] == "health"]["beside"].tolist() == ["服务中心"]
