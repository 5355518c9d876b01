"""Colours that neighbours never share, the same wherever they are worked out."""

from __future__ import annotations

import os
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from gridmap.database.colours import NUMBER, apart

GRID = """
from gridmap.database.colours import apart
cells = [(x, y) for x in range(12) for y in range(12)]
print(sorted(apart((f"c{x}-{y}", f"c{x + a}-{y + b}") for x, y in cells for a, b in ((1, 0), (0, 1), (1, 1))).items()))
"""


def in_a_process(seed: int) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    return subprocess.run(
        [sys.executable, "-c", GRID], env=environment, check=True, capture_output=True
    ).stdout.decode()


def test_every_process_colours_the_same_areas_alike() -> None:
    assert in_a_process(1) == in_a_process(2)


def test_an_area_without_neighbours_has_a_colour() -> None:
    assert apart([("a", None)]) == {"a": 0}


@given(st.integers(2, 9), st.integers(2, 9))
def test_neighbours_of_a_map_never_share_a_colour(width: int, height: int) -> None:
    cells = [(x, y) for x in range(width) for y in range(height)]
    pairs = [
        (f"{x} {y}", f"{x + a} {y + b}")
        for x, y in cells
        for a, b in ((1, 0), (0, 1), (1, 1))
        if x + a < width and y + b < height
    ]
    found = apart(pairs)
    assert all(found[one] != found[other] for one, other in pairs)
    assert set(found.values()) <= set(range(NUMBER))
