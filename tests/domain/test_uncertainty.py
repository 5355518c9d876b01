"""How sure derived counts are: own errors even out in sums, shared ones never do, given counts have none."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.domain.uncertainty import Errors, household_errors, plausible, ranges

MARKS = (None, "use", "households residents", "floors households residents")


def buildings(*derived, households=100):
    return pd.DataFrame({"households": pd.array([households] * len(derived), dtype="Int64"), "derived": derived})


def test_a_given_count_is_sure_a_derived_one_is_not_and_less_so_where_floors_were_derived_too():
    errors = household_errors(buildings(*MARKS))
    assert errors.own.tolist() == [0.0, 0.0, 30.0, 50.0]
    assert errors.shared.tolist() == [0.0, 0.0, 10.0, 20.0]


def test_residents_derived_from_given_households_leave_these_sure():
    assert household_errors(buildings("residents")).own.tolist() == [0.0]


def test_own_errors_even_out_in_sums_and_shared_ones_do_not():
    errors = household_errors(buildings(*["households"] * 100)).summed(np.zeros(100, dtype=np.int64), 1)
    assert (errors.own[0], errors.shared[0]) == (pytest.approx(300.0), pytest.approx(1000.0))
    assert plausible(10_000, errors.own[0], errors.shared[0]) == (8700, 11300)


def test_what_belongs_to_no_group_counts_nowhere():
    errors = Errors(np.array([3.0, 4.0, 9.0]), np.array([1.0, 1.0, 9.0])).summed(np.array([0, 0, -1]), 2)
    assert errors.own.tolist() == [5.0, 0.0]
    assert errors.shared.tolist() == [2.0, 0.0]


def test_a_count_without_errors_has_no_range():
    found = ranges(pd.Series([10, 10, None], dtype="Int64"), Errors(np.array([0.0, 5.0, 5.0]), np.zeros(3)))
    assert found["households_low"].isna().tolist() == [True, False, True]
    assert found.iloc[1].tolist() == [5, 15]


@given(st.lists(st.tuples(st.integers(0, 500), st.sampled_from(MARKS)), min_size=1, max_size=30))
def test_the_range_of_a_sum_holds_it_and_is_no_wider_than_those_of_its_parts_together(rows):
    table = pd.DataFrame({"households": [n for n, _ in rows], "derived": [mark for _, mark in rows]})
    errors = household_errors(table)
    both = errors.summed(np.zeros(len(rows), dtype=np.int64), 1)
    total = int(table["households"].sum())
    found = plausible(total, both.own[0], both.shared[0]) or (total, total)
    assert 0 <= found[0] <= total <= found[1]
    assert found[1] - total <= errors.own.sum() + errors.shared.sum() + 1


def test_how_much_they_may_be_off_is_a_setting():
    assert household_errors(buildings("households"), numbers=Numbers(households_error=0.0)).own.tolist() == [0.0]
    assert DEFAULT_NUMBERS.households_error > 0
