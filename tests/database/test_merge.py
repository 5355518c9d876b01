"""What becomes of a row that comes again, worked out by hand."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from gridmap.database.merge import merge_rows
from gridmap.database.rows import prepare
from gridmap.domain.layers import DISTRICT_LAYERS

LAYER = DISTRICT_LAYERS["compounds"]


def row(code: str = "A", **values: object) -> gpd.GeoDataFrame:
    shape = values.pop("geometry", Point(122, 37).buffer(0.01))
    return prepare(
        gpd.GeoDataFrame({"code": [code], **{k: [v] for k, v in values.items()}}, geometry=[shape], crs=4326), LAYER
    )


@pytest.mark.parametrize(
    ("there", "incoming", "expected"),
    [
        ({"households": 5}, {"households": 7}, (7, None)),
        ({"households": 5}, {"households": None}, (5, None)),
        ({"households": None}, {"households": 7}, (7, None)),
        ({"households": 5}, {"households": 7, "derived": "households"}, (5, None)),
        ({"households": 5, "derived": "households"}, {"households": 7}, (7, None)),
        ({"households": 5, "derived": "households"}, {"households": 7, "derived": "households"}, (7, "households")),
        ({"households": 5, "derived": "households"}, {"households": None}, (5, "households")),
        ({"households": None}, {"households": 7, "derived": "households"}, (7, "households")),
    ],
)
def test_a_value_stays_or_goes(there: dict, incoming: dict, expected: tuple) -> None:
    merged = merge_rows(row(**there), row(**incoming), LAYER).iloc[0]
    assert (merged["households"], merged["derived"]) == expected


def test_further_columns_are_joined() -> None:
    merged = merge_rows(row(a=1, b=2), row(b=3, c=4), LAYER)
    assert merged["more"].iloc[0] == {"a": 1, "b": 3, "c": 4}


def test_rows_keep_their_order_and_new_ones_are_as_they_came() -> None:
    incoming = pd.concat([row("B", households=2), row("A", name="新"), row("C", households=3)], ignore_index=True)
    merged = merge_rows(row("A", households=1), gpd.GeoDataFrame(incoming), LAYER)
    assert merged["code"].tolist() == ["B", "A", "C"]
    assert merged["households"].tolist() == [2, 1, 3]


words = st.sampled_from([None, "households", "residents", "households residents"])
numbers = st.one_of(st.none(), st.integers(0, 9))
rows_ = st.builds(lambda h, r, d: row(households=h, residents=r, derived=d), numbers, numbers, words)


@settings(max_examples=60, deadline=None)
@given(rows_, rows_)
def test_merging_twice_is_merging_once(there: gpd.GeoDataFrame, incoming: gpd.GeoDataFrame) -> None:
    once = merge_rows(there, incoming, LAYER)
    twice = merge_rows(once, incoming, LAYER)
    pd.testing.assert_frame_equal(pd.DataFrame(once), pd.DataFrame(twice))
