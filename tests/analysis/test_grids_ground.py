"""What counts as lying in a community, of compounds that reach across its edge."""

from __future__ import annotations

import numpy as np
from shapely import box

from gridmap.analysis.grids.community import Ground

COMMUNITY = box(-100, 0, 20, 100)
NEXT_DOOR = box(0, 0, 1000, 100)
"""2 % of it lies in the community."""


def found_in(building) -> list[int]:
    """The compounds that count where this building belongs to the one next door."""
    none = np.empty(0, dtype=object)
    ground = Ground(
        compounds=np.array([NEXT_DOOR]),
        dedicated=np.array([False]),
        ways=none,
        barriers=none,
        bridges=none,
        buildings=np.array([building]),
        households=np.array([100]),
        compound_of=np.array([0]),
    )
    own = np.flatnonzero([COMMUNITY.intersects(building)])
    return list(ground.contents(COMMUNITY, own)[1])


def test_a_compound_mostly_next_door_counts_where_its_people_live():
    assert found_in(box(5, 5, 15, 15)) == [0]


def test_an_edge_drawn_inexactly_brings_no_compound_in():
    assert found_in(box(505, 5, 515, 15)) == []
