"""What the sample says it made isolated is what the walk graph finds, and little else."""

from __future__ import annotations

import pandas as pd
import pytest

from gridmap.analysis.isolation import isolation
from gridmap.sample import make_sample


@pytest.fixture(scope="module")
def judged() -> pd.DataFrame:
    sample = make_sample(seed=2012, scale=0.2)
    found = isolation(sample.district.metric())
    return sample.truth.merge(pd.DataFrame(found[["code", "class"]]), left_on="compound_code", right_on="code")


def test_what_was_made_isolated_is_found(judged: pd.DataFrame) -> None:
    made = judged[judged["isolated"]]
    assert len(made) >= 12
    assert made["class"].eq("isolated").mean() >= 0.9


def test_little_else_is_found(judged: pd.DataFrame) -> None:
    found = judged[judged["class"].eq("isolated")]
    assert (~found["isolated"]).mean() <= 0.1


def test_what_nobody_surveyed_is_never_called_isolated(judged: pd.DataFrame) -> None:
    assert judged.loc[judged["how"].eq("unsurveyed"), "class"].eq("unsurveyed").all()
