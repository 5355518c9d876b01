"""The grids of a small sample against balanced k-means on the same buildings, and against their own bounds."""

from __future__ import annotations

import pytest

from gridmap.analysis.grids import Grids, grids
from gridmap.analysis.grids.objective import measured
from gridmap.analysis.grids.walks import PairWalks, pair_walks_of
from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers
from gridmap.sample import make_sample
from gridmap.sample.source import METRIC
from tests.fixtures.balanced import balanced_k_means, settings_of

NUMBERS = Numbers()


@pytest.fixture(scope="module")
def sample() -> tuple[District, PairWalks, Grids]:
    district = make_sample(scale=0.1).district.to_crs(METRIC)
    walks = pair_walks_of(district, NUMBERS)
    return district, walks, grids(district, walks=walks)


def test_grids_are_near_their_bound(sample):
    values = sample[2].values
    assert len(values)
    assert values["gap"].mean() <= 0.03
    assert (values["deviation"] - values["deviation_least"]).mean() <= 0.03


def test_grids_are_better_than_balanced_k_means(sample):
    for code, (setting, ours, places) in settings_of(*sample).items():
        count = ours.max() + 1
        others = balanced_k_means(places, setting.households, count, seed=1)
        best = min(measured(setting, other, NUMBERS).total for other in others)
        assert measured(setting, ours, NUMBERS).total < best, code


def test_the_parts_that_are_reported_are_those_that_are_measured(sample):
    values = sample[2].values.set_index("community_code")
    for code, (setting, ours, _) in settings_of(*sample).items():
        value = measured(setting, ours, NUMBERS)
        assert values.loc[code, "walk"] == pytest.approx(value.walk, abs=1)
        assert values.loc[code, "off_target"] == pytest.approx(value.off_target, abs=1)
        assert values.loc[code, "cut"] == value.cut
