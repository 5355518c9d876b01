"""Directness against a raster of the same walls and gates, on small cities."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.stats import spearmanr

from gridmap.analysis.isolation import isolation
from gridmap.domain.numbers import DEFAULT_NUMBERS
from tests.analysis.raster import Raster
from tests.network.towns import building, compound, gate, town, way

BLOCK, STREET, SIDE = 130.0, 14.0, 5
PITCH = BLOCK + STREET


def city(seed: int):
    """Blocks of 130 m between streets, walled, with one to four gates each, and up to three dwellings."""
    rng = np.random.default_rng(seed)
    end = SIDE * PITCH
    lines = [k * PITCH - STREET / 2 for k in range(SIDE + 1)]
    ways = [way((at, -STREET / 2), (at, end - STREET / 2)) for at in lines]
    ways += [way((-STREET / 2, at), (end - STREET / 2, at)) for at in lines]
    compounds, gates, buildings = [], [], []
    for number in range(SIDE * SIDE):
        x, y = PITCH * (number % SIDE), PITCH * (number // SIDE)
        code = f"c{number:02}"
        compounds.append(compound(code, x, y, x + BLOCK, y + BLOCK))
        for side in rng.permutation(4)[: rng.integers(1, 5)].tolist():
            along = rng.uniform(0.2, 0.8) * BLOCK
            at = [(along, 0.0), (BLOCK, along), (along, BLOCK), (0.0, along)][side]
            gates.append(gate(x + at[0], y + at[1], f"{code}{side}", code))
        for k in range(rng.integers(1, 4)):
            u, v = rng.uniform(0.15, 0.85, 2) * BLOCK
            buildings.append(building(f"{code}b{k}", x + u, y + v, code, int(rng.integers(5, 60))))
    return town(ways=ways, compounds=compounds, gates=gates, buildings=buildings)


def rastered(district) -> np.ndarray:
    """Directness of each compound from the raster, by the definition."""
    gates = shapely.union_all(shapely.buffer(district["gates"].geometry.to_numpy(), DEFAULT_NUMBERS.gate_reach_m))
    shapes = district["compounds"].geometry.to_numpy()
    walls = shapely.difference(shapely.union_all(shapely.boundary(shapes)), gates)
    west, south, east, north = shapely.total_bounds(shapes)
    raster = Raster(walls, (west - STREET, south - STREET, east + STREET, north + STREET), cell=2.0)
    homes = district["buildings"]
    xy = shapely.get_coordinates(shapely.centroid(homes.geometry.to_numpy()))
    walk = raster.distances(xy)
    straight = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    of = homes["compound_code"].map({code: k for k, code in enumerate(district["compounds"]["code"])}).to_numpy()
    near = shapely.distance(shapes[of][:, None], shapes[of][None]) <= DEFAULT_NUMBERS.neighbour_distance_m
    counts = near & (of[:, None] != of[None]) & (straight >= DEFAULT_NUMBERS.pair_least_m)
    households = homes["households"].to_numpy(float)
    weight = households[:, None] * households[None] * counts
    ratio = np.divide(walk, straight, out=np.zeros_like(walk), where=straight > 0)
    return np.array([(weight * ratio)[of == k].sum() / weight[of == k].sum() for k in range(len(shapes))])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_directness_agrees_with_a_raster_of_the_same_walls(seed):
    district = city(seed)
    found, expected = isolation(district)["directness"].to_numpy(), rastered(district)
    assert np.abs(found / expected - 1).max() <= 0.10
    assert spearmanr(found, expected).statistic >= 0.95
