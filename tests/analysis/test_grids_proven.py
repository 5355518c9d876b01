"""What is proven of the grids of some pieces, against all divisions of them that there are."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridmap.analysis.grids import proving
from gridmap.analysis.grids.bettering import Costs
from gridmap.analysis.grids.objective import CUT, OFF_TARGET_M
from gridmap.analysis.grids.pricing import Field, Prices, best_offers, offers_below
from gridmap.analysis.grids.proving import Proof, proven
from gridmap.domain.numbers import Numbers

NUMBERS = Numbers()
LEAST, TARGET, MOST = NUMBERS.grid_least, NUMBERS.grid_target, NUMBERS.grid_most


class Place:
    """Pieces at points, those near each other touching, each with as many buildings as it has rows in `walks`."""

    def __init__(self, seed: int, size: int, *, most: int = 160, compounds: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.xy = rng.uniform(0, 600, (size, 2))
        self.households = rng.integers(40, most, size)
        far = np.hypot(*(self.xy[:, None] - self.xy).T)
        near = np.argsort(far, axis=1)[:, 1:3]
        pairs = np.sort(np.column_stack([np.repeat(np.arange(size), 2), near.ravel()]), axis=1)
        self.pairs = np.unique(np.vstack([pairs, np.column_stack([np.arange(size - 1), np.arange(1, size)])]), axis=0)
        home = np.repeat(np.arange(size), rng.integers(1, 4, size))
        spot = self.xy[home] + rng.uniform(-20, 20, (len(home), 2))
        walks = np.hypot(*(spot[:, None] - self.xy).T).T * self.households
        compound = np.where(np.arange(size) < 2 * compounds, np.arange(size) // 2, -1)
        self.costs = Costs(walks, compound, np.ones(max(compounds, 1), dtype=int), home)

    def whole(self, pieces: tuple[int, ...]) -> bool:
        """Whether these pieces hang together."""
        inside = self.pairs[np.isin(self.pairs, pieces).all(axis=1)]
        links = coo_array((np.ones(len(inside)), inside.T), shape=(len(self.xy),) * 2)
        return len(np.unique(connected_components(links, directed=False)[1][list(pieces)])) == 1

    def cost(self, pieces: tuple[int, ...]) -> float:
        """What a grid of these pieces costs; inf where it can't be one."""
        size = self.households[list(pieces)].sum()
        if not self.whole(pieces) or size < LEAST or size > MOST:
            return np.inf
        walks = self.costs.walks[np.ix_(np.isin(self.costs.home, pieces), pieces)].sum(axis=1)
        return float(walks.min() + OFF_TARGET_M * abs(size - TARGET))

    def best(self) -> tuple[float, np.ndarray | None]:
        """The best of all divisions: its value and the grid of each piece."""
        size = len(self.xy)
        sets = [one for count in range(1, size + 1) for one in combinations(range(size), count)]
        cost = {one: self.cost(one) for one in sets}
        able = [one for one in sets if cost[one] < np.inf]
        found: tuple[float, np.ndarray | None] = (np.inf, None)

        def extend(grid: np.ndarray, count: int, so_far: float) -> None:
            nonlocal found
            left = np.flatnonzero(grid < 0)
            if not len(left):
                value = so_far + CUT * self.cuts(grid)
                found = (value, grid.copy()) if value < found[0] else found
                return
            for one in able:
                if one[0] == left[0] and (grid[list(one)] < 0).all() and so_far + cost[one] < found[0]:
                    grid[list(one)] = count
                    extend(grid, count + 1, so_far + cost[one])
                    grid[list(one)] = -1

        extend(np.full(size, -1), 0, 0.0)
        return found

    def cuts(self, grid: np.ndarray) -> int:
        """How many compounds lie in two grids."""
        return sum(
            len(np.unique(grid[self.costs.compound == one])) - 1 for one in np.unique(self.costs.compound) if one >= 0
        )

    def proven(self, grid: np.ndarray, value: float) -> Proof:
        return proven(grid, value, self.households, self.pairs, self.costs, least=LEAST, numbers=NUMBERS)


PLACES = st.builds(Place, st.integers(0, 10**6), st.integers(5, 9), compounds=st.integers(0, 2)).filter(
    lambda place: place.households.sum() >= 2 * LEAST  # else there is one division, and nothing to be proven
)


@pytest.fixture(params=[5_000, 0], ids=["chosen from all", "generated"])
def few(request, monkeypatch):
    """Where there are more sets than so many they are generated."""
    monkeypatch.setattr(proving, "_SETS_FEW", request.param)


both_ways = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(PLACES)
@both_ways
@pytest.mark.usefixtures("few")
def test_the_best_division_is_known_to_be_that(place: Place) -> None:
    value, grid = place.best()
    if grid is not None:
        assert place.proven(grid, value).bound == pytest.approx(value, rel=2e-3)


@given(PLACES)
@both_ways
@pytest.mark.usefixtures("few")
def test_no_division_lies_below_the_bound(place: Place) -> None:
    value, grid = place.best()
    if grid is not None:
        assert place.proven(np.zeros_like(grid), 3 * value).bound <= value + 1e-6


@given(PLACES)
@both_ways
@pytest.mark.usefixtures("few")
def test_a_better_division_is_found_where_there_is_one(place: Place) -> None:
    value, grid = place.best()
    if grid is None:
        return
    found = place.proven(np.zeros_like(grid), 1.05 * value + 100.0).grid
    assert found is not None
    each = [tuple(np.flatnonzero(found == one)) for one in np.unique(found)]
    assert sum(place.cost(one) for one in each) + CUT * place.cuts(found) == pytest.approx(value, rel=2e-3)


def test_a_piece_above_the_bounds_is_a_grid_alone() -> None:
    place = Place(1, 7)
    place.households[3] = 700
    grid = np.where(np.arange(7) == 3, 0, 1)
    proof = place.proven(grid, 1e9)
    assert proof.grid is not None
    assert np.count_nonzero(proof.grid == proof.grid[3]) == 1


def field(place: Place) -> Field:
    near = np.zeros((len(place.xy),) * 2, dtype=bool)
    near[tuple(place.pairs.T)] = near[tuple(place.pairs[:, ::-1].T)] = True
    return Field(
        walks=place.costs.walks,
        first=np.searchsorted(place.costs.home, np.arange(len(place.xy) + 1)),
        load=place.households.astype(float),
        indptr=np.append(0, near.sum(axis=1).cumsum()),
        indices=np.nonzero(near)[1],
        compound=np.full(len(place.xy), -1),
        sizes=(float(LEAST), float(TARGET), float(MOST)),
    )


def sets_of(place: Place) -> dict[tuple[int, ...], float]:
    size = len(place.xy)
    every = [one for count in range(1, size + 1) for one in combinations(range(size), count)]
    return {one: cost for one in every if (cost := place.cost(one)) < np.inf}


@given(PLACES, st.floats(0, 400))
@settings(max_examples=40, deadline=None)
def test_all_sets_below_a_limit_are_found(place: Place, price: float) -> None:
    paid = price * place.households
    reduced = {one: cost - paid[list(one)].sum() for one, cost in sets_of(place).items()}
    limit = float(np.median(list(reduced.values()))) if reduced else 0.0
    found = offers_below(field(place), Prices(paid, np.empty(0)), limit, 10_000, 10**6)
    wanted = {one for one, cost in reduced.items() if cost < limit - 1e-6}
    assert wanted <= {tuple(np.flatnonzero(one)) for one in found}
    assert all(reduced[tuple(np.flatnonzero(one))] <= limit + 1e-6 for one in found)


@given(PLACES, st.floats(0, 400), st.integers(1, 50))
@settings(max_examples=40, deadline=None)
def test_no_grid_costs_less_than_its_offers_bound(place: Place, price: float, looks: int) -> None:
    paid = price * place.households
    bound, _, _ = best_offers(field(place), Prices(paid, np.empty(0)), len(place.xy), looks)
    for one, cost in sets_of(place).items():
        middle = min(one, key=lambda piece: place.costs.walks[np.ix_(place.costs.home == piece, one)].sum(axis=1).min())
        assert bound[middle] <= cost - paid[list(one)].sum() + 1e-6
