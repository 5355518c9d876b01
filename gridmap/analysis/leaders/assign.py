"""The exact assignment of people to places: as many places as can be, and then at the least total cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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
    apart = _parts(pairs, capacity)
    rows = np.concatenate([np.empty(0, np.int64), *(part.row[_solve(part)] for part in apart)])
    chosen = pairs.iloc[rows][["place_code", "staff_code"]].astype(object)
    return chosen.set_index("place_code")["staff_code"]


def second_choices(pairs: pd.DataFrame, capacity: Mapping[str, int], chosen: pd.Series) -> pd.DataFrame:
    """What it would cost not to choose those who are chosen: each once left out at their place, all else made anew.

    Parameters
    ----------
    pairs, capacity
        As for `assign`.
    chosen
        What `assign` gave for them.

    Returns
    -------
    DataFrame
        By the place's code, one row for each of `chosen`: `next_code`, who would take it in the best assignment
        without that choice, and `next_m`, by how much the sum of costs would be greater. Both are empty where this or
        another place would be vacant then.
    """
    place, person = pairs["place_code"].to_numpy(), pairs["staff_code"].to_numpy()
    found: dict[str, tuple[str, float]] = {}
    for part in _parts(pairs, capacity):
        if len(part.row) < 2:
            continue
        best = _solve(part)
        total = part.cost[best].sum()
        for taken in best:
            others = part.without(taken)
            anew = _solve(others)
            here = anew[others.place[anew] == part.place[taken]]
            if len(anew) == len(best) and len(here) == 1:
                next_code = str(person[others.row[here[0]]])
                found[place[part.row[taken]]] = next_code, float(others.cost[anew].sum() - total)
    rows = pd.DataFrame.from_dict(found, orient="index", columns=["next_code", "next_m"])
    return rows.reindex(chosen.index).astype({"next_m": float})


@dataclass(frozen=True)
class _Part:
    """Pairs that hang together by their places and people, as arrays: one `row` a pair, `seats` the person's capacity;
    places and people are numbers."""

    row: np.ndarray
    place: np.ndarray
    person: np.ndarray
    cost: np.ndarray
    seats: np.ndarray

    def without(self, one: int) -> _Part:
        """All pairs but this one."""
        columns = (self.row, self.place, self.person, self.cost, self.seats)
        return _Part(*(np.delete(column, one) for column in columns))


def _parts(pairs: pd.DataFrame, capacity: Mapping[str, int]) -> Iterator[_Part]:
    """The connected parts of those pairs whose people can take any place at all."""
    seats = pairs["staff_code"].map(capacity).fillna(0).to_numpy(int)
    row = np.flatnonzero(seats > 0)
    if not len(row):
        return
    able = pairs.iloc[row]
    place, places = pd.factorize(able["place_code"], sort=True)
    person, people = pd.factorize(able["staff_code"], sort=True)
    size = len(places) + len(people)
    links = coo_matrix((np.ones(len(row)), (place, person + len(places))), shape=(size, size))
    _, part = connected_components(links, directed=False)
    order = np.argsort(part[place], kind="stable")
    columns = (row, place, person, able["cost"].to_numpy(float), seats[row])
    for own in np.split(order, np.flatnonzero(np.diff(part[place][order])) + 1):
        yield _Part(*(column[own] for column in columns))


def _solve(part: _Part) -> np.ndarray:
    """Which of the pairs are chosen."""
    if len(part.cost) < 2:
        return np.arange(len(part.cost))
    places, row = np.unique(part.place, return_inverse=True)
    people, first, column = np.unique(part.person, return_index=True, return_inverse=True)
    seats = np.repeat(np.arange(len(people)), np.minimum(part.seats[first], len(places)))
    spread = float(np.ptp(part.cost)) + 1.0
    empty = spread * (len(places) + 1)
    matrix = np.full((len(places), len(people)), 2 * empty)
    matrix[row, column] = part.cost - part.cost.min()
    # a place may stay empty, but only at more than all that the others could save by it
    at, to = linear_sum_assignment(np.hstack([matrix[:, seats], np.full((len(places),) * 2, empty)]))
    real = to < len(seats)
    pair = np.full(matrix.shape, -1, np.int64)
    pair[row, column] = np.arange(len(part.cost))
    return np.sort(pair[at[real], seats[to[real]]])
