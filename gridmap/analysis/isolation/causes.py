"""What makes a compound isolated: each possible cause is taken away, and what that mends is its doing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NATURAL = ("river", "railway", "road", "retaining_wall")
"""Barriers that the land or the traffic sets, not a compound's owner."""

Mended = Callable[[NDArray[np.bool_]], NDArray[np.bool_]]
"""Tells which of some compounds have a better class once something is taken away."""


def causes(
    bad: NDArray[np.bool_], measures: pd.DataFrame, *, without_employers: Mended, with_open_gates: Mended
) -> pd.DataFrame:
    """The cause of each compound that is isolated or partly so.

    Geography: rivers, railways, closed roads or retaining walls lie between it and most of the neighbours that it
    reaches badly or not at all. Employer: without employers' walls its class were better, and it or a neighbour is an
    employer's. Closed management: with all gates open to the public it were, and some of its own aren't. Boundaries:
    it lies in a piece apart from its community's largest.
    Several: geography and another of these. Walls: none of these.

    Parameters
    ----------
    bad
        The compounds in question.
    measures
        `gates_restricted`, `employer` (it is an employer's), `employer_near` (it or one beside it is), `long_blank`
        (partly isolated by a long stretch without an opening alone), `across` (such a barrier lies towards most of the
        neighbours that it reaches badly), `apart` (it lies in a piece of its community apart from the largest).

    Returns
    -------
    `cause` (None for the others), `by_geography`, `by_employer`, `by_management`, `by_boundaries`.
    """
    geography = bad & measures["across"].to_numpy(dtype=bool)
    employers = measures["employer"].to_numpy(dtype=bool)
    restricted = measures["gates_restricted"].to_numpy() > 0
    blank = bad & measures["long_blank"].to_numpy(dtype=bool)
    employer = _asked(bad & measures["employer_near"].to_numpy(dtype=bool), without_employers) | (blank & employers)
    management = _asked(bad & restricted, with_open_gates) | (blank & restricted & ~employers)
    boundaries = bad & measures["apart"].to_numpy(dtype=bool)
    others = employer | management | boundaries
    cause = np.select(
        [geography & others, geography, employer, management, boundaries],
        ["several", "geography", "employer", "closed_management", "boundaries"],
        default="walls",
    ).astype(object)
    cause[~bad] = None
    return pd.DataFrame(
        {
            "cause": cause,
            "by_geography": geography,
            "by_employer": employer,
            "by_management": management,
            "by_boundaries": boundaries,
        }
    )


def _asked(which: NDArray[np.bool_], mended: Mended) -> NDArray[np.bool_]:
    return which & mended(which) if which.any() else which
