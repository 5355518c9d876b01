"""Who is in office in the sample: people who may, where they live, one a place."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gridmap.sample.terms import terms

STAFF = pd.DataFrame(
    {
        "code": [f"P{k}" for k in range(400)],
        "roles": ["stairwell", "compound", "party_compound", "staff grid"] * 100,
        "stairwell_code": [None if k % 40 == 1 else f"W{k}" for k in range(400)],
    }
)
COMPOUND = np.array([f"C{k // 20}" if k % 3 else None for k in range(400)], dtype=object)
HOME = pd.DataFrame({"W": STAFF["stairwell_code"].to_numpy(), "C": COMPOUND}, index=STAFF["code"])


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return terms(STAFF, COMPOUND, np.random.default_rng(1))


def test_everybody_in_office_may_be(found: pd.DataFrame) -> None:
    roles = STAFF.set_index("code")["roles"]
    assert all(role in roles[code].split() for role, code in zip(found["role"], found["staff_code"], strict=True))


def test_a_place_has_one_of_each(found: pd.DataFrame) -> None:
    assert not found.duplicated(["role", "place_code"]).any()


def test_everybody_lives_at_their_place(found: pd.DataFrame) -> None:
    stairwell = found["role"] == "stairwell"
    home = np.where(stairwell, HOME["W"].reindex(found["staff_code"]), HOME["C"].reindex(found["staff_code"]))
    assert (home == found["place_code"]).all()


def test_not_every_place_has_somebody(found: pd.DataFrame) -> None:
    able = STAFF["roles"].eq("stairwell") & STAFF["stairwell_code"].notna()
    assert 0.7 < (found["role"] == "stairwell").sum() / able.sum() < 0.9


def test_terms_have_begun(found: pd.DataFrame) -> None:
    assert found["since"].between("2023-01-01", "2026-04-30").all()
