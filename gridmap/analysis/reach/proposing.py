"""Where one more site of a service would bring most residents within reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

from gridmap.analysis.reach.choosing import choose
from gridmap.analysis.reach.people import Floats, Ints, People
from gridmap.analysis.reach.services import Sites, Walks, inside
from gridmap.domain.district import District
from gridmap.network import placed

APART_M = 120.0
"""Possible sites beside those there are lie on walkable ways, one in each square of this side."""
NEAR_HOMES_M = 150.0
"""And no farther than this from some home."""
GROUP_M = 80.0
"""The people of one compound in one square of this side are taken to walk from one of their buildings, when sites are
compared; what a chosen site adds is counted from every building."""


@dataclass(frozen=True)
class Candidates:
    """Possible sites, and from which groups of people they are within reach: `covered` (sites, groups), true or false.

    `group` is the group of each home.
    """

    sites: Sites
    covered: csr_matrix
    group: Ints


def candidates(walks: Walks, district: District, limit: float) -> Candidates:
    """Centres, facilities and places along walkable ways, all near homes, and who walks there within `limit` metres."""
    where, graph = walks.where, walks.graph
    ways = placed(district["ways"])
    lines = ways.geometry.to_numpy()[ways["walkable"].fillna(value=True).to_numpy(bool)]
    on_ways = shapely.get_coordinates(shapely.segmentize(lines, APART_M))
    here = [shapely.get_coordinates(placed(district[name]).geometry.to_numpy()) for name in ("centres", "facilities")]
    xy = np.concatenate([*here, on_ways[_first_of(_squares(on_ways, APART_M))]])
    if not len(xy) or not len(where.xy):
        return Candidates(Sites(xy[:0], np.empty(0, np.int64)), csr_matrix((0, 0)), np.zeros(len(where.xy), np.int64))
    xy = xy[cKDTree(where.xy).query(xy, distance_upper_bound=NEAR_HOMES_M)[0] <= NEAR_HOMES_M]
    square = np.unique(_squares(where.xy, GROUP_M), axis=0, return_inverse=True)[1].reshape(-1)
    _, first, group = np.unique(
        np.stack([square, where.compound], axis=1), axis=0, return_index=True, return_inverse=True
    )
    near = cKDTree(xy).query_ball_point(where.xy[first], limit) if len(xy) else [[]] * len(first)
    source = np.repeat(np.arange(len(first)), [len(one) for one in near])
    target = np.concatenate([np.empty(0, np.int64), *map(np.asarray, near)]).astype(np.int64)
    found = graph.pair_walks(
        walks.legs.take(first), graph.legs(xy), source, target, keys=where.compound[first], limit=limit
    )
    within = found <= limit
    shape = (len(xy), len(first))
    covered = csr_matrix((np.ones(int(within.sum())), (target[within], source[within])), shape=shape)
    compounds = district["compounds"].geometry.to_numpy()
    return Candidates(Sites(xy, inside(compounds, xy)), covered, group.reshape(-1))


def best(among: Candidates, where: People, beyond: np.ndarray, count: int) -> list[int]:
    """The candidates that together bring most of those `beyond` within reach, those that add most first."""
    missing = np.bincount(among.group, np.where(beyond, where.residents, 0.0), minlength=among.covered.shape[1])
    return choose(among.covered, np.asarray(missing, dtype=np.float64), count)


def _squares(xy: Floats, side: float) -> Ints:
    return np.asarray(np.floor(xy / side), dtype=np.int64)


def _first_of(squares: Ints) -> Ints:
    """The first row of each square."""
    return pd.DataFrame(squares).drop_duplicates().index.to_numpy()
