"""The extract of Beijing, Haidian, around the agricultural university: walks worked out by hand from the map."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import shapely

from gridmap.analysis.isolation import isolation
from gridmap.layers.reading import read
from gridmap.network import walk_graph

EXTRACTS = Path(__file__).parents[3] / "shared" / "real" / "osm"
CAU = EXTRACTS / "beijing_haidian_cau.osm"

pytestmark = pytest.mark.skipif(not CAU.exists(), reason="the real extracts are not here")

BY_HAND = Path(__file__).parents[2] / "docs" / "isolation.md"


def worked_out() -> list[tuple[str, str, float, float]]:
    """From, to (ways of buildings), the sum, and the sum of the stretches, of the walks in docs/isolation.md."""
    rows = re.findall(r"^\|[^|]*\| `w(\d+)` → `w(\d+)` \| ([^|]*) \| (\d+) \|$", BY_HAND.read_text(), re.MULTILINE)
    return [
        (f"osm-w{start}", f"osm-w{end}", float(total), sum(map(float, re.findall(r"(\d+) m", how))))
        for start, end, how, total in rows
    ]


@pytest.fixture(scope="module")
def district():
    return read(CAU).district.metric()


@pytest.fixture(scope="module")
def graph(district):
    return walk_graph(district)


def test_nine_walks_are_worked_out():
    assert len(worked_out()) >= 9


@pytest.mark.parametrize(("start", "end", "total", "stretches"), worked_out())
def test_a_walk_is_as_long_as_by_hand(district, graph, start, end, total, stretches):
    shapes = district["buildings"].set_index("code").geometry
    places = [shapely.point_on_surface(shapes[code]).coords[0] for code in (start, end)]
    assert stretches == pytest.approx(total, abs=3)
    assert graph.distances(places[:1], places[1:])[0, 0] == pytest.approx(total, rel=0.05)


@pytest.mark.parametrize(
    "name", ["beijing_haidian_cau.osm", "beijing_haidian_tsinghua_pku.osm", "helsinki_center.osm.pbf"]
)
def test_what_nobody_mapped_is_not_judged(name):
    district = read(EXTRACTS / name).district.metric()
    table = isolation(district).set_index("code")
    compounds = district["compounds"].set_index("code")
    unknown = compounds.index[~compounds["enclosure"].isin(["open", "enclosed", "partly"])]
    assert table.loc[unknown, "class"].eq("unsurveyed").all()
    assert table.loc[unknown, "score"].isna().all()
