"""The cheapest partition into sets, against all partitions there are."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_array

from gridmap.analysis.grids import partitioning
from gridmap.analysis.grids.partitioning import cheapest


def partitions(sets: list[frozenset[int]], pieces: int):
    """All choices of sets that hold each piece once."""
    for count in range(1, pieces + 1):
        for chosen in combinations(range(len(sets)), count):
            if (
                sum(len(sets[k]) for k in chosen) == pieces
                and len(frozenset().union(*(sets[k] for k in chosen))) == pieces
            ):
                yield chosen


@st.composite
def instances(draw):
    pieces = draw(st.integers(2, 5))
    some = st.frozensets(st.integers(0, pieces - 1), min_size=1)
    sets = draw(st.lists(some, min_size=1, max_size=9, unique=True))
    prices = draw(st.lists(st.integers(1, 50), min_size=len(sets), max_size=len(sets)))
    return pieces, sets, prices


def asked(pieces: int, sets: list[frozenset[int]], prices: list[int], value: float):
    once = csc_array(np.array([[float(k in one) for one in sets] for k in range(pieces)]))
    return cheapest(np.array(prices, dtype=float), once, csc_array((0, len(sets))), np.empty(0), value)


@given(instances(), st.integers(1, 200))
@settings(max_examples=100, deadline=None)
def test_no_partition_is_below_the_bound(instance, value):
    pieces, sets, prices = instance
    _, bound = asked(pieces, sets, prices, float(value))
    best = min((sum(prices[k] for k in chosen) for chosen in partitions(sets, pieces)), default=value)
    assert bound <= min(best, value) + 1e-6


@pytest.fixture(params=[300, 1], ids=["whole", "tightened"])
def few(request, monkeypatch):
    """With so few sets an integer program is asked; with more the relaxation is tightened first."""
    monkeypatch.setattr(partitioning, "_FEW", request.param)


@given(instances())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.usefixtures("few")
def test_the_cheapest_partition_is_found(instance):
    pieces, sets, prices = instance
    known = [sum(prices[k] for k in chosen) for chosen in partitions(sets, pieces)]
    if not known:
        return
    chosen, bound = asked(pieces, sets, prices, min(known) + 1.0)
    assert sum(prices[k] for k in chosen) == min(known) == pytest.approx(bound, rel=2e-3)


def test_a_cut_that_costs_more_than_it_saves_is_left():
    # two halves in two sets cost 2, and 5 for the cut between them; whole they cost 4
    price = np.array([1.0, 1.0, 4.0, 5.0])
    once = csc_array(np.array([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.0]]))
    cuts = csc_array(np.array([[1.0, 1.0, 1.0, -1.0]]))
    chosen, bound = cheapest(price, once, cuts, np.array([1.0]), 100.0)
    assert (chosen.tolist(), bound) == ([2], pytest.approx(4.0))


def test_pieces_that_go_in_pairs_only_are_not_held_by_halves():
    # any two of three pieces are a set: by halves they would hold each once for 1.5, whole they can't
    price, once = np.array([1.0, 1.0, 1.0, 9.0]), np.array([[1, 1, 0, 1], [1, 0, 1, 1], [0, 1, 1, 1]], dtype=float)
    program = partitioning._Program(price, csc_array(once), np.ones(3), csc_array((0, 4)), np.empty(0), 0)
    halves = program.relaxed()
    tight = program.tightened(halves.x)
    assert (halves.fun, tight.relaxed().fun) == (pytest.approx(1.5), pytest.approx(9.0))


def test_without_any_set_nothing_is_better():
    nothing = csc_array((2, 0))
    assert cheapest(np.empty(0), nothing, csc_array((0, 0)), np.empty(0), 7.0) == (None, 7.0)


def test_so_many_sets_as_asked_are_chosen():
    # one set of both costs less than two of one each, but two are asked for
    price, once = np.array([1.0, 2.0, 2.0]), csc_array(np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]]))
    chosen, bound = cheapest(price, once, csc_array((0, 3)), np.empty(0), 100.0, times=np.array([1.0, 1.0, 2.0]))
    assert (chosen.tolist(), bound) == ([1, 2], pytest.approx(4.0))
