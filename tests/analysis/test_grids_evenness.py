"""How near to the target grids can be on the mean: the bound against all divisions there are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis.grids.evenness import Lumps, least_mean

TARGET, LEAST, MOST = 300, 200, 500


def street(houses: list[int]) -> Lumps:
    """Houses side by side: each touches the next."""
    place = np.arange(len(houses))
    return Lumps(np.array(houses, dtype=float), np.abs(place[:, None] - place) == 1, LEAST, MOST)


def best_of_a_line(houses: list[int]) -> dict[int, float]:
    """By how many grids: the least sum of what they are off, over all ways to cut the street."""
    ends = np.cumsum([0, *houses])
    best: list[dict[int, float]] = [{0: 0.0}]
    for b in range(1, len(ends)):
        here: dict[int, float] = {}
        for a in range(b):
            size = ends[b] - ends[a]
            if LEAST <= size <= MOST:
                for k, off in best[a].items():
                    here[k + 1] = min(here.get(k + 1, np.inf), off + abs(size - TARGET))
        best.append(here)
    return best[-1]


STREETS = st.lists(st.integers(20, 120), min_size=8, max_size=20)


@given(STREETS)
@settings(max_examples=40, deadline=None)
def test_the_best_division_of_a_street_is_known_to_be_that(houses: list[int]) -> None:
    by_count = best_of_a_line(houses)
    if not by_count:
        return
    best = min(off / k for k, off in by_count.items())
    assert least_mean([street(houses)], best, TARGET) == pytest.approx(best, abs=0.1)


@given(STREETS, STREETS)
@settings(max_examples=20, deadline=None)
def test_no_division_of_two_streets_is_below_their_bound(one: list[int], other: list[int]) -> None:
    both = [best_of_a_line(houses) for houses in (one, other)]
    if not all(both):
        return
    best = min((a + b) / (j + k) for j, a in both[0].items() for k, b in both[1].items())
    found = least_mean([street(one), street(other)], best + 5.0, TARGET)
    assert found <= best + 1e-6


def test_a_division_that_is_never_off_is_its_own_bound() -> None:
    assert least_mean([street([150, 150, 150, 150])], 0.0, TARGET) == 0.0


def test_units_that_fit_badly_are_known_to() -> None:
    assert least_mean([street([240, 240, 240])], 80.0, TARGET) == pytest.approx(60.0, abs=0.1)
