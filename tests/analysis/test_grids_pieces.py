"""What grids are made from: parts between rows, shares of land, households, numbers of grids."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import LineString, affinity, box

from gridmap.analysis.grids.bettering import Costs
from gridmap.analysis.grids.bounding import least_deviation, lower_bound
from gridmap.analysis.grids.cutting import Contents, borders, share_along, whole
from gridmap.analysis.grids.households import building_communities, building_households
from gridmap.analysis.grids.joining import best_of_all, how_many, join
from gridmap.analysis.grids.numbering import grid_codes
from gridmap.analysis.grids.objective import (
    CHANGED_M,
    CROSSED,
    CUT,
    OFF_TARGET_M,
    Setting,
    measured,
    units,
    walks_between,
)
from gridmap.analysis.grids.proving import Proof
from gridmap.analysis.grids.rows import allot, cut_rows, zones
from gridmap.analysis.grids.walks import straight_pairs
from gridmap.domain.numbers import Numbers
from tests.fixtures.districts import URBAN, VILLAGE, make_town

NUMBERS = Numbers()


def estate(rows: int, columns: int, angle: float) -> tuple[shapely.Polygon, np.ndarray]:
    """An estate of slabs in rows, turned by an angle in degrees."""
    area = box(0, 0, columns * 60, rows * 40)
    slabs = [box(x * 60 + 5, y * 40 + 14, x * 60 + 55, y * 40 + 26) for y in range(rows) for x in range(columns)]
    return affinity.rotate(area, angle, (0, 0)), np.array([affinity.rotate(slab, angle, (0, 0)) for slab in slabs])


@given(st.integers(1, 5), st.integers(1, 4), st.floats(0, 180), st.integers(20, 200))
@settings(max_examples=25, deadline=None)
def test_parts_between_rows_tile_the_estate_and_split_no_building(rows, columns, angle, most):
    area, slabs = estate(rows, columns, angle)
    households = np.arange(len(slabs)) % 4 * 20
    parts = cut_rows(area, slabs, households, most)
    shapes = np.array([part.shape for part in parts])
    assert shapely.area(shapes).sum() == pytest.approx(area.area)
    # without a grid GEOS can lose a piece of this union
    assert shapely.union_all(shapes, grid_size=1e-6).symmetric_difference(area).area < 1e-3
    assert sorted(np.concatenate([part.buildings for part in parts])) == list(range(len(slabs)))
    for part in parts:
        assert shapely.area(shapely.difference(slabs[part.buildings], part.shape)).max() < 1e-6
        assert households[part.buildings].sum() <= most or (households[part.buildings] > 0).sum() == 1


def test_a_line_between_rows_runs_along_them():
    area, slabs = estate(2, 3, 30.0)
    first, second = (part.shape for part in cut_rows(area, slabs, np.full(6, 50), 150))
    assert shapely.intersection(first, second).length == pytest.approx(180.0)


def test_interlocking_buildings_are_parted_halfway():
    corners = np.array([LineString([(10, 60), (10, 10), (60, 10)]).buffer(4), box(30, 30, 80, 80)], dtype=object)
    parts = cut_rows(box(0, 0, 90, 90), corners, np.array([100, 100]), 100)
    assert len(parts) == 2
    for part in parts:
        assert shapely.area(shapely.difference(corners[part.buildings], part.shape)).max() < 1.0


def test_land_goes_to_the_nearest_of_those_beside_it():
    shares = allot(
        box(0, 0, 100, 20), [LineString([(0, 0), (0, 20)]), LineString([(100, 0), (100, 20)])], np.array([7, 8])
    )
    assert {label: round(shape.area) for label, shape in shares} == {7: 1000, 8: 1000}


def test_neighbours_share_more_than_a_point():
    squares = np.array([box(0, 0, 10, 10), box(10, 0, 20, 10), box(10, 10, 20, 20)])
    pairs, lines = borders(squares)
    assert pairs.tolist() == [[0, 1], [1, 2]]
    assert shapely.length(lines).tolist() == [10, 10]


def test_the_share_of_a_border_along_a_road():
    line = np.array([LineString([(0, 0), (100, 0)])])
    assert share_along(line, np.array([LineString([(50, 0), (200, 0)])]))[0] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("households", "count"), [(150, 1), (300, 1), (390, 1), (410, 2), (600, 2), (1000, 3), (1500, 5)]
)
def test_the_number_of_grids_is_the_one_nearest_to_the_target(households, count):
    assert how_many(households, NUMBERS, NUMBERS.grid_least)[0] == count


def test_no_division_deviates_less_than_equal_grids():
    none = np.full(10, -1)
    setting = Setting(np.full(10, 100), np.zeros((10, 10)), none, np.zeros(10, dtype=int))
    assert least_deviation(setting, np.arange(10), NUMBERS) == pytest.approx((1000 / 3 - 300) / 300)


def test_a_compound_above_the_target_is_off_whatever_stands_beside_it():
    setting = Setting(np.array([420, 90, 90]), np.zeros((3, 3)), np.array([0, -1, -1]), np.zeros(3, dtype=int))
    assert least_deviation(setting, np.arange(3), NUMBERS) == pytest.approx(120 / 300)


@given(st.lists(st.integers(5, 110), min_size=12, max_size=30), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_grids_along_a_street_are_contiguous_and_near_the_bound(houses, seed):
    households = np.array(houses)
    size = len(households)
    xy = np.column_stack([np.arange(size) * 30.0, np.zeros(size)])
    pairs = np.column_stack([np.arange(size - 1), np.arange(1, size)])
    costs = costs_of(households, xy)
    least = min(200, int(households.sum()))
    known = {"costs": costs, "numbers": NUMBERS, "least": least, "seed": seed}
    grid, value = join(households, xy, pairs, **known)
    grid, value, proof = best_of_all(grid, value, households, pairs, **known)
    # along a line contiguous means that the grid changes once less often than there are grids
    assert (np.diff(grid) != 0).sum() == grid.max()
    load = np.bincount(grid, weights=households)
    if households.sum() >= 600:
        assert load.min() >= 200
        assert load.max() <= 500
        best = least_on_a_line(households, costs)
        assert best - 1e-6 <= value <= best * (1 + 1e-3)
        assert proof.bound <= best + 1e-6


def best_on_a_line(households: np.ndarray, steps: float = 30.0) -> tuple[np.ndarray, Proof]:
    """Pieces so far apart along a street, joined as well as can be: households of each grid, and the proof."""
    xy = np.column_stack([np.arange(len(households)) * steps, np.zeros(len(households))])
    pairs = np.column_stack([np.arange(len(households) - 1), np.arange(1, len(households))])
    known = {"costs": costs_of(households, xy), "numbers": NUMBERS, "least": 200, "seed": 0}
    grid, value = join(households, xy, pairs, **known)
    grid, _, proof = best_of_all(grid, value, households, pairs, **known)
    return np.bincount(grid, weights=households), proof


def test_a_grid_within_the_bounds_is_worth_any_walk():
    load, _ = best_on_a_line(np.array([150, 350, 300]), steps=5_000.0)
    assert sorted(load) == [300, 500]


def test_where_no_division_keeps_within_the_bounds_it_is_said():
    _, proof = best_on_a_line(np.array([150, 400]))
    assert proof.none


@given(st.lists(st.integers(60, 480), min_size=2, max_size=9))
@settings(max_examples=50, deadline=None)
def test_bounds_are_missed_only_where_no_division_keeps_them(houses):
    able = {0}
    for end in range(1, len(houses) + 1):
        able |= {end for start in able if 200 <= sum(houses[start:end]) <= 500}
    assume(sum(houses) >= 400)
    load, proof = best_on_a_line(np.array(houses))
    assert ((load < 200) | (load > 500)).any() == (len(houses) not in able) == proof.none


def costs_of(households: np.ndarray, xy: np.ndarray) -> Costs:
    """One building a piece, straight walks."""
    apart = np.hypot(*(xy[:, None] - xy[None, :]).transpose(2, 0, 1))
    return Costs(apart * households, np.full(len(xy), -1), np.zeros(0, dtype=int), np.arange(len(xy)))


def least_on_a_line(households: np.ndarray, costs: Costs) -> float:
    """The least objective of all divisions of a line of pieces, stretch by stretch."""
    best = [0.0] + [np.inf] * len(households)
    for end in range(1, len(households) + 1):
        for start in range(end):
            load = households[start:end].sum()
            if 200 <= load <= 500:
                walk = costs.walks[start:end, start:end].sum(axis=1).min()
                best[end] = min(best[end], best[start] + OFF_TARGET_M * abs(load - 300) + walk)
    return best[-1]


def test_the_objective_adds_up_its_parts():
    # four buildings of 150 households in a row, 100 m apart; the middle two are one compound
    places = np.column_stack([np.arange(4) * 100.0, np.zeros(4)])
    setting = Setting(
        households=np.full(4, 150),
        walks=walks_between(places, np.ones(4, dtype=bool), straight_pairs),
        compound=np.array([-1, 0, 0, -1]),
        part=np.array([0, 0, 1, 1]),
        before=np.array([5, 5, 5, 8]),
    )
    value = measured(setting, np.array([0, 0, 1, 1]), NUMBERS)
    assert (value.off_target, value.walk, value.crossed) == (0.0, 2 * 150 * 100.0, 0.0)
    assert value.cut == CUT  # one compound in two grids, though it would fit into one
    assert value.changed == CHANGED_M * 150  # the third building leaves what is most of its grid from before
    assert value.total == 30_000 + CUT + CHANGED_M * 150
    whole = measured(setting, np.zeros(4, dtype=int), NUMBERS)
    assert whole.off_target == OFF_TARGET_M * 300
    assert whole.crossed == CROSSED
    assert whole.deviation == 1.0


@given(st.integers(0, 200))
@settings(max_examples=20, deadline=None)
def test_no_division_lies_below_the_bound(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(8, 40))
    setting = Setting(
        households=rng.integers(20, 150, size),
        walks=walks_between(rng.uniform(0, 400, (size, 2)), np.ones(size, dtype=bool), straight_pairs),
        compound=np.full(size, -1),
        part=np.zeros(size, dtype=int),
    )
    count = max(1, round(setting.households.sum() / 300))
    order = rng.permutation(size)
    division = np.empty(size, dtype=int)
    division[order] = np.minimum(np.cumsum(setting.households[order]) * count // setting.households.sum(), count - 1)
    load = np.bincount(division, weights=setting.households)
    assume(load.min() >= 200)
    assume(load.max() <= 500)
    value = measured(setting, division, NUMBERS)
    unit = units(setting, division, NUMBERS)
    assert lower_bound(setting, unit, value.total, NUMBERS) <= value.total
    assert least_deviation(setting, unit, NUMBERS) <= value.deviation + 1e-9


def test_households_of_a_compound_are_shared_out_by_floor_area():
    town = make_town().metric()
    buildings = town["buildings"].copy()
    own = buildings["compound_code"] == f"{URBAN}-A"
    buildings.loc[own, "households"] = None
    buildings.loc[own, "floors"] = [6, 3, 12, 0]
    households, _ = building_households(town.with_tables(buildings=buildings))
    assert households[own].tolist() == [65, 33, 131, 11]


def test_unknown_households_count_as_none_and_are_said():
    town = make_town().metric()
    buildings = town["buildings"].copy()
    buildings.loc[0, "households"] = None
    households, notes = building_households(town.with_tables(buildings=buildings))
    assert households[0] == 0
    assert any("1 buildings are unknown" in str(note) for note in notes)


def test_a_building_is_where_it_lies_whatever_code_it_carries():
    town = make_town().metric()
    buildings = town["buildings"].copy()
    buildings.loc[0, "community_code"] = VILLAGE
    home, notes = building_communities(town.with_tables(buildings=buildings))
    assert town["communities"]["code"].iloc[home[0]] == URBAN
    assert any("outside the community whose code they carry" in str(note) for note in notes)


def test_a_building_outside_every_community_goes_to_the_nearest():
    town = make_town().metric()
    buildings = town["buildings"].copy()
    buildings.loc[[35], "geometry"] = buildings.loc[[35]].geometry.translate(0, 5000)
    home, _ = building_communities(town.with_tables(buildings=buildings.assign(community_code=None)))
    assert town["communities"]["code"].iloc[home[35]] == VILLAGE


def test_codes_count_from_west_to_east():
    shapes = np.array([box(x, 0, x + 10, 10) for x in (20, 0, 10)])
    assert grid_codes("371071004001", shapes) == ["371071004001003", "371071004001001", "371071004001002"]


def test_cells_whose_corners_don_t_meet_are_zones_all_the_same():
    """A side that wavers by a ten-millionth of a metre, as roundness leaves it: the quick union can't take it."""
    wavering = shapely.Polygon([(10, 0), (20, 0), (20, 10), (10, 10), (10 - 1e-7, 7), (10 + 1e-7, 5), (10 - 1e-7, 3)])
    cells = np.array([box(0, 0, 10, 10), wavering, box(0, 10, 20, 20)], dtype=object)
    with pytest.raises(shapely.errors.GEOSException):
        shapely.coverage_union_all(cells[:2])
    found = zones(cells, np.array([0, 0, 1]), box(0, 0, 20, 20))
    assert [(name, round(zone.area, 3)) for name, zone in found] == [(0, 200.0), (1, 200.0)]


def contents_of(compounds: list[shapely.Polygon], buildings: list[shapely.Polygon]) -> Contents:
    nothing = np.empty(0, dtype=object)
    return Contents(
        compounds=np.array(compounds, dtype=object),
        ways=nothing,
        barriers=nothing,
        buildings=np.array(buildings, dtype=object),
        households=np.ones(len(buildings), dtype=int),
        compound_of=np.full(len(buildings), -1),
    )


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_an_edge_that_runs_through_buildings_parts_the_land_all_the_same(seed):
    rng = np.random.default_rng(seed)
    far = {"xoff": 441_000.3, "yoff": 4_430_000.7}  # as in a district's metres, where a micrometre is near to rounding
    area = affinity.translate(box(0, 0, 400, 300), **far)
    edge = affinity.translate(affinity.rotate(box(100, 80, 300, 220), rng.uniform(0, 180), (200, 150)), **far)
    spots = [
        edge.exterior.interpolate(share, normalized=True) for share in (np.arange(8) + rng.uniform(0.2, 0.8, 8)) / 8
    ]
    buildings = [affinity.rotate(box(p.x - 9, p.y - 6, p.x + 9, p.y + 6), rng.uniform(0, 180)) for p in spots]
    pieces = whole(area, contents_of([edge], buildings))
    own = shapely.union_all(pieces.shapes[pieces.compound == 0], grid_size=1e-6)
    off = own.symmetric_difference(edge).difference(shapely.union_all(buildings))
    assert off.area == pytest.approx(0.0, abs=0.01)


@given(st.floats(60, 240), st.floats(60, 140), st.permutations(range(10)))
@settings(max_examples=25, deadline=None)
def test_of_two_compounds_one_inside_the_other_land_lies_in_the_inner_one(x, y, order):
    inner, elsewhere = box(x, y, x + 100, y + 100), [box(400 + 20 * k, 0, 410 + 20 * k, 10) for k in range(8)]
    compounds = [[box(50, 50, 350, 250), inner, *elsewhere][k] for k in order]
    pieces = whole(box(0, 0, 900, 300), contents_of(compounds, [box(x + 40, y + 40, x + 60, y + 60)]))
    assert shapely.area(pieces.shapes[pieces.compound == order.index(1)]).sum() == pytest.approx(inner.area)
