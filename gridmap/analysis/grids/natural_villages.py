"""The natural villages (自然村) of an administrative one: where its houses stand together, with fields between."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely import Polygon

from gridmap.analysis.grids.rows import Part, allot, parts_of
from gridmap.domain.numbers import Numbers


def natural_villages(area: Polygon, outlines: np.ndarray, households: np.ndarray, numbers: Numbers) -> list[Part]:
    """Divide the land of a village among its natural villages.

    Houses that people live in and that stand within `numbers.village_gap_m` of each other, outline to outline, are one
    natural village; groups with fewer than `numbers.village_least` households go with the nearest one that has them.
    The lines between run halfway, around buildings.

    Parameters
    ----------
    area
        Connected, metres.
    outlines, households
        Its buildings: footprints, and how many live in each.

    Returns
    -------
    list of Part
        They tile the area, each building is in one of them; one part where there is one village.
    """
    whole = [Part(area, np.arange(len(outlines)))]
    lived_in = np.flatnonzero(households > 0)
    if len(lived_in) < 2:
        return whole
    group = village_of(outlines[lived_in], households[lived_in], numbers)
    if group.max() == 0:
        return whole
    of = group[shapely.STRtree(outlines[lived_in]).nearest(outlines)]
    of[lived_in] = group
    shapes = [shape for _, shape in allot(area, list(outlines), of)]
    return parts_of(np.array(shapes, dtype=object), np.arange(len(outlines)), outlines)


def village_of(houses: np.ndarray, households: np.ndarray, numbers: Numbers) -> np.ndarray:
    """The natural village of each house, numbers from 0."""
    gap = numbers.village_gap_m
    middle = shapely.get_coordinates(shapely.centroid(houses))
    near = cKDTree(middle).query_pairs(gap, output_type="ndarray")
    group = _joined(near, len(houses))
    # most stand together by their middles already; outlines are measured only between the groups that these make
    low, high = np.hsplit(shapely.bounds(houses), 2)
    first, second = shapely.STRtree(houses).query(shapely.box(*(low - gap).T, *(high + gap).T))
    apart = (first < second) & (group[first] != group[second])
    first, second = first[apart], second[apart]
    close = shapely.dwithin(houses[first], houses[second], gap)
    group = _joined(np.concatenate([near, np.column_stack([first, second])[close]]), len(houses))
    enough = np.bincount(group, weights=households)[group] >= numbers.village_least
    if not enough.any():
        return np.zeros(len(houses), dtype=int)
    nearest = cKDTree(middle[enough]).query(middle[~enough])[1] if not enough.all() else []
    group[~enough] = group[enough][nearest]
    return pd.factorize(group)[0]


def _joined(pairs: np.ndarray, size: int) -> np.ndarray:
    """The connected part of each of `size` things that these pairs (n, 2) join."""
    links = coo_matrix((np.ones(len(pairs)), pairs.T), shape=(size, size))
    part: np.ndarray = connected_components(links, directed=False)[1]
    return part
