"""The few of many possible sites that together bring most people within reach."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from gridmap.analysis.reach.people import Floats

STARTS = 6
"""So many sites are tried as the first one."""
ROUNDS = 5
"""So often each chosen site is weighed against all others."""


def choose(covered: csr_matrix, people: Floats, count: int) -> list[int]:
    """The sites that together bring most people within reach, at most `count`, those that add most first.

    From each of some good first sites the one that adds most is taken given those before, then each is exchanged for a
    better one as long as that helps (Teitz and Bart, *Operations Research* 16, 1968); the best of these choices counts.

    Parameters
    ----------
    covered
        (sites, groups): not zero where the site is within reach of that group of people.
    people
        How many of each group have none within reach yet.
    """
    missing = np.flatnonzero(people > 0)
    covered, people = covered[:, missing].tocsr(), people[missing]
    if count < 1 or covered.nnz == 0:
        return []
    first = np.argsort(-(covered @ people), kind="stable")[:STARTS]
    choices = [_exchanged(covered, people, _filled(covered, people, int(one), count)) for one in first]
    best = min(choices, key=lambda chosen: _left(covered, people, chosen).sum())
    return _in_order(covered, people, best)


def _filled(covered: csr_matrix, people: Floats, first: int, count: int) -> list[int]:
    """The first site and those that add most given those before."""
    chosen = [first]
    while len(chosen) < min(count, covered.shape[0]):
        chosen.append(int(np.argmax(covered @ _left(covered, people, chosen))))
    return chosen


def _exchanged(covered: csr_matrix, people: Floats, chosen: list[int]) -> list[int]:
    """The sites, each in turn exchanged for one that adds more beside the others."""
    for _round in range(ROUNDS):
        before = list(chosen)
        for n in range(len(chosen)):
            adds = covered @ _left(covered, people, chosen[:n] + chosen[n + 1 :])
            better = int(np.argmax(adds))
            if adds[better] > adds[chosen[n]]:
                chosen[n] = better
        if chosen == before:
            break
    return chosen


def _left(covered: csr_matrix, people: Floats, chosen: list[int]) -> Floats:
    """The people of each group whom none of these sites reaches."""
    left = people.copy()
    left[covered[chosen].indices] = 0.0
    return left


def _in_order(covered: csr_matrix, people: Floats, chosen: list[int]) -> list[int]:
    """The sites, each the one that adds most given those before it; without those that add nobody."""
    ordered: list[int] = []
    rest = list(chosen)
    while rest:
        adds = covered @ _left(covered, people, ordered)
        best = max(rest, key=lambda one: float(adds[one]))
        if adds[best] < 1:
            break
        ordered.append(best)
        rest.remove(best)
    return ordered
