"""How sure derived counts of households are, and what sums of them may plausibly be.

A count that was derived from footprint and floors is wrong in two ways. In its own way: this building's flats are
larger or smaller than the district's; such errors are independent of each other and add in squares, so they even out
in sums. And in a way shared by all: the floor area of a flat, or the floors that were assumed, are off in the whole
district; such errors add up as they are and never even out. A count that was given has no error here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers


class Plausible(NamedTuple):
    """The least and the most that a count may plausibly be (about nine times in ten)."""

    low: int
    high: int


@dataclass(frozen=True)
class Errors:
    """Errors of counts, in households: `own` independent of each other, `shared` by all. A number or an array each."""

    own: npt.NDArray[np.float64]
    shared: npt.NDArray[np.float64]

    def summed(self, groups: npt.NDArray[np.int64], size: int) -> Errors:
        """The errors of sums: rows by the number of their group; those of a negative number belong to none."""
        inside = groups >= 0
        at = groups[inside]
        own = np.bincount(at, weights=np.square(self.own[inside]), minlength=size)
        shared = np.bincount(at, weights=self.shared[inside], minlength=size)
        return Errors(np.sqrt(own).astype(np.float64), shared.astype(np.float64))


def marked(derived: pd.Series, column: str) -> pd.Series:
    """Where a row's `derived` names this column."""
    return (" " + derived.astype("object").where(derived.notna(), "").astype(str) + " ").str.contains(f" {column} ")


def household_errors(buildings: pd.DataFrame, *, numbers: Numbers = DEFAULT_NUMBERS) -> Errors:
    """The errors of buildings' households, by what is marked as derived: nothing, the households, the floors, too.

    Parameters
    ----------
    buildings
        `households` and `derived`.
    """
    count = buildings["households"].astype("float64").fillna(0.0).to_numpy()
    if "derived" not in buildings:
        return Errors(np.zeros(len(count)), np.zeros(len(count)))
    guessed = marked(buildings["derived"], "households").to_numpy(dtype=bool)
    floors = marked(buildings["derived"], "floors").to_numpy(dtype=bool)
    own = np.where(floors, numbers.households_error_no_floors, numbers.households_error)
    shared = np.where(floors, numbers.households_shared_error_no_floors, numbers.households_shared_error)
    return Errors(count * own * guessed, count * shared * guessed)


def plausible(count: float, own: float, shared: float) -> Plausible | None:
    """What a count with these errors may be; None where it has none."""
    error = own + shared
    if not error > 0:
        return None
    return Plausible(max(0, round(count - error)), round(count + error))


def ranges(count: pd.Series, errors: Errors) -> pd.DataFrame:
    """Columns `households_low` and `households_high` beside counts; empty where nothing was derived."""
    found = [
        plausible(float(value), float(own), float(shared)) if pd.notna(value) else None
        for value, own, shared in zip(count, errors.own, errors.shared, strict=True)
    ]
    return pd.DataFrame(
        {
            name: pd.array([None if one is None else getattr(one, side) for one in found], dtype="Int64")
            for name, side in (("households_low", "low"), ("households_high", "high"))
        },
        index=count.index,
    )
