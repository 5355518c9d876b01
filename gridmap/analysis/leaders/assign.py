"""The exact assignment of people to places: as many places as can be, and then at the least total cost."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


def assign(pairs: pd.DataFrame, capacity: Mapping[str, int]) -> pd.Series:
    """Who takes which place.

    Each connected part of the pairs (a community, a compound) is solved to its optimum on its own as a linear
    assignment in which a person stands once for every place they can take.

    Parameters
    ----------
    pairs
        Columns `place_code`, `staff_code`, `cost` (any finite figure): who could take what. No pair twice.
    capacity
        Places a person can take, by the person's code.

    Returns
    -------
    Series
        The person's code by the place's code, for those places that are filled. The number of filled places is the
        greatest possible, and among all such assignments the sum of costs is the least.
    """
    pairs = pairs[pairs["staff_code"].map(capacity).fillna(0) > 0]
    if pairs.empty:
        return pd.Series([], index=pd.Index([], name="place_code"), dtype=object, name="staff_code")
    place, places = pd.factorize(pairs["place_code"], sort=True)
    person, people = pd.factorize(pairs["staff_code"], sort=True)
    cost = pairs["cost"].to_numpy(float)
    size = len(places) + len(people)
    links = coo_matrix((np.ones(len(pairs)), (place, person + len(places))), shape=(size, size))
    _, part = connected_components(links, directed=False)
    order = np.argsort(part[place], kind="stable")
    ends = np.flatnonzero(np.diff(part[place][order])) + 1
    chosen: dict[str, str] = {}
    for rows in np.split(order, ends):
        taken = _solve(place[rows], person[rows], cost[rows], np.array([capacity[people[p]] for p in person[rows]]))
        chosen.update((places[i], people[j]) for i, j in taken)
    return pd.Series(chosen, dtype=object, name="staff_code").rename_axis("place_code")


def _solve(place: np.ndarray, person: np.ndarray, cost: np.ndarray, capacity: np.ndarray) -> list[tuple[int, int]]:
    rows, row = np.unique(place, return_inverse=True)
    columns, first, column = np.unique(person, return_index=True, return_inverse=True)
    seats = np.repeat(np.arange(len(columns)), np.minimum(capacity[first], len(rows)))
    spread = float(np.ptp(cost)) + 1.0
    empty = spread * (len(rows) + 1)
    matrix = np.full((len(rows), len(columns)), np.inf)
    matrix[row, column] = cost - cost.min()
    # a place may stay empty, but only at more than all that the others could save by it
    padded = np.hstack([np.where(np.isfinite(matrix), matrix, 2 * empty)[:, seats], np.full((len(rows),) * 2, empty)])
    at, to = linear_sum_assignment(padded)
    real = to < len(seats)
    return [(rows[i], columns[seats[j]]) for i, j in zip(at[real], to[real], strict=True)]
