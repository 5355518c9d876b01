"""Distances on foot from a raster of walls and gates, with no graph of ways: what the walk graph is compared with."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from shapely.geometry.base import BaseGeometry

MOVES = [(1, 0), (0, 1), (1, 1), (1, -1), (2, 1), (1, 2), (2, -1), (1, -2), (3, 1), (1, 3), (3, -1), (1, -3)]
MOVES += [(3, 2), (2, 3), (3, -2), (2, -3)]
"""Half of the 32 directions; the others are these back. The longest way round by them is 1.3 % too long."""


def _over(move: tuple[int, int]) -> list[tuple[int, int]]:
    """The cells that a move touches between its ends."""
    t = np.linspace(0, 1, 41)[1:-1, None]
    near = np.array(move) * t
    cells = {tuple(cell) for shift in (-1e-6, 1e-6) for cell in np.floor(near + 0.5 + shift).astype(int).tolist()}
    return sorted(cells - {(0, 0), move})


class Raster:
    """Free ground between walls, in square cells.

    Parameters
    ----------
    walls
        What nobody crosses, with the gates already taken out.
    bounds
        West, south, east, north, metres.
    cell
        Metres.
    """

    def __init__(self, walls: BaseGeometry, bounds: tuple[float, float, float, float], cell: float) -> None:
        self.cell, self.origin = cell, np.array(bounds[:2])
        self.shape = tuple(int(size) + 1 for size in (np.array(bounds[2:]) - self.origin) / cell)
        blocked = np.zeros(self.shape, bool)
        at = self.cells(shapely.get_coordinates(shapely.segmentize(walls, cell / 5)))
        blocked[tuple(at[((at >= 0) & (at < self.shape)).all(axis=1)].T)] = True
        number = np.arange(blocked.size).reshape(self.shape)
        free = np.pad(~blocked, 4)
        rows, cols, metres = [], [], []
        for move in MOVES:
            x, y = move
            passes = free[4:-4, 4:-4].copy()
            for dx, dy in [*_over(move), move]:
                passes &= free[4 + dx : free.shape[0] - 4 + dx, 4 + dy : free.shape[1] - 4 + dy]
            i, j = np.nonzero(passes)
            rows.append(number[i, j])
            cols.append(number[i + x, j + y])
            metres.append(np.full(len(i), cell * np.hypot(x, y)))
        self.graph = coo_matrix(
            (np.concatenate(metres), (np.concatenate(rows), np.concatenate(cols))), shape=(blocked.size,) * 2
        ).tocsr()

    def cells(self, xy: np.ndarray) -> np.ndarray:
        """The cells of places (n, 2)."""
        return np.floor((xy - self.origin) / self.cell).astype(int)

    def distances(self, xy: np.ndarray) -> np.ndarray:
        """Metres between places (n, 2), each from the middle of its cell."""
        at = np.ravel_multi_index(tuple(self.cells(xy).T), self.shape)
        return dijkstra(self.graph, directed=False, indices=at)[:, at]
