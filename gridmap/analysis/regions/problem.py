"""What the solver is asked and what it answers: plain arrays, no map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridmap.domain.notes import Note, Words

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Objective = Literal["access", "compact", "border"]
Status = Literal["optimal", "feasible", "partial", "infeasible"]
Progress = Callable[[float, Words], Any]


@dataclass(frozen=True)
class Problem:
    """Units to be joined into contiguous regions.

    Parameters
    ----------
    weights
        (n,) households of each unit, whole numbers of at least 0.
    edges
        (m, 2) pairs of units that touch. Doubles and loops are allowed and count once or not at all.
    cost
        (n, k) cost of unit i at candidate centre j, per household; infinite where it can't be served from there.
        Without it, straight distances of `xy`.
    xy
        (n, 2) metres. Needed for the objective "compact", and for "access" without `cost`.
    border
        (m,) length of the border that each edge stands for; without it every edge counts 1.
    centres
        (k,) units that are candidate centres; without it any unit is one (and k is n).
    fixed_centres
        All of `centres` are used, one region each.
    lower, upper
        Least and most households of a region; a region of exactly the least is one. No `upper`: no bound.
    capacity
        (k,) most households of a region with this centre.
    regions
        How many regions. Without it the most that can be.
    within
        (n,) the group that a region may not leave; any values.
    fixed
        Locks: unit to index into `centres`, or, where there are no centres, to a label. Units of one label share a
        region, units of different labels don't.
    target, target_cost
        A wish, not a bound: `target_cost` x (households - target)² is added to the value for every region.
    """

    weights: ArrayLike
    edges: ArrayLike
    cost: ArrayLike | None = None
    xy: ArrayLike | None = None
    border: ArrayLike | None = None
    centres: ArrayLike | None = None
    fixed_centres: bool = False
    lower: int = 5000
    upper: int | None = None
    capacity: ArrayLike | None = None
    regions: int | None = None
    within: ArrayLike | None = None
    fixed: Mapping[int, Any] | None = None
    target: float | None = None
    target_cost: float = 0.0


@dataclass(frozen=True)
class Unserved:
    """Units that no region can take, and why.

    `reason` is a code: `below_lower` (the part has `missing` households too few), `unit_above_upper`,
    `between_bounds` (no number of regions fits between the bounds), `locks` (locks contradict each other or the
    bounds), `no_centre`, `no_plan` (proven: none keeps the bounds), `not_found` (none was found, which proves
    nothing).
    """

    units: Ints
    weight: int
    missing: int
    reason: str


@dataclass(frozen=True)
class Solution:
    """The answer, with its distance from the best possible.

    Parameters
    ----------
    region
        (n,) region of each unit in 0..p-1, -1 for units that can't be served. None: nothing can.
    centres
        (p,) the unit that is each region's centre.
    value
        The objective over all regions. NaN where there is none.
    bound
        A true lower bound on the least value, over every plan with as many regions or more.
    gap
        (value - bound) / value, 0 where the value is 0.
    status
        `optimal` (proven: no plan has more regions, none with as many costs less), `feasible`, `partial` (some
        units can't be served, see `unserved`), `infeasible`.
    reason
        Empty for `optimal` and `feasible`, else "code: words", for example "below_lower: …".
    refused
        Why the whole can't be solved as it was asked, where that is so; its `code` is that of `reason`.
    seconds
        Wall time without the first compilation.
    unserved
        The units that stay without a region, part by part.
    most
        An upper bound on the number of regions.
    interrupted
        Whether the time limit or the caller ended the search before it was through.
    """

    region: Ints | None
    centres: Ints
    value: float
    bound: float
    gap: float
    status: Status
    reason: str
    seconds: float
    unserved: tuple[Unserved, ...] = ()
    most: int = 0
    interrupted: bool = False
    refused: Note | None = None


@dataclass
class Part:
    """One connected piece of the problem, renumbered from 0; what the methods of this folder work on.

    `indptr, indices, border` are the rows of a symmetric sparse graph. `centres` are the candidates' local units, a
    column of `cost` each; with `free_centres` they are all units. `label` is the lock of each unit, -1 without.
    `high` holds for any region, `capacity` for that of a candidate. `least` and `most` regions can be.
    """

    units: Ints
    weights: Ints
    indptr: Ints
    indices: Ints
    border: Floats
    xy: Floats | None
    cost: Floats | None
    centres: Ints
    free_centres: bool
    fixed_centres: bool
    label: Ints
    low: int
    high: int
    capacity: Ints | None
    target: float
    target_cost: float
    least: int = 1
    most: int = 1

    @property
    def n(self) -> int:
        """How many units."""
        return len(self.weights)

    @property
    def weight(self) -> int:
        """Households of all units."""
        return int(self.weights.sum())

    @property
    def plain(self) -> bool:
        """Whether there is nothing to be kept to but the bounds on households."""
        free = self.capacity is None and self.free_centres and self.target_cost <= 0
        return free and not (self.label >= 0).any()

    @property
    def plainly_in_two(self) -> bool:
        """Whether it is for two regions with nothing to be kept to but their bounds."""
        return self.most == 2 and self.plain

    def costs(self) -> Floats:
        """(n, k) cost per household of each unit at each candidate."""
        if self.cost is not None:
            return self.cost
        assert self.xy is not None
        difference = self.xy[:, None, :] - self.xy[None, self.centres, :]
        self.cost = np.ascontiguousarray(np.hypot(difference[..., 0], difference[..., 1]))
        return self.cost

    def among(self, units: Ints) -> Part:
        """Some of the units, in order, with the candidates among them, as a part of their own."""
        return self.only(units, np.flatnonzero(np.isin(self.centres, units)))

    def only(self, units: Ints, columns: Ints) -> Part:
        """Some of the units, in order, with some of the candidates among them, as a part of their own."""
        here = np.full(self.n, -1)
        here[units] = np.arange(len(units))
        sources = np.repeat(np.arange(self.n), np.diff(self.indptr))
        keep = (here[sources] >= 0) & (here[self.indices] >= 0)
        indptr = np.zeros(len(units) + 1, dtype=np.int64)
        np.cumsum(np.bincount(here[sources[keep]], minlength=len(units)), out=indptr[1:])
        renumbered = np.full(len(self.centres) + 1, -1)
        renumbered[columns] = np.arange(len(columns))
        return replace(
            self,
            units=self.units[units],
            weights=self.weights[units],
            indptr=indptr,
            indices=here[self.indices[keep]],
            border=self.border[keep],
            xy=None if self.xy is None else self.xy[units],
            cost=None if self.cost is None else np.ascontiguousarray(self.cost[np.ix_(units, columns)]),
            centres=here[self.centres[columns]],
            label=self.label[units] if self.free_centres else renumbered[self.label[units]],
            capacity=None if self.capacity is None else self.capacity[columns],
        )


@dataclass
class Answer:
    """What a method found for one part: regions from 0, each one's column of `cost`, a bound, whether it is proven."""

    region: Ints
    value: float
    bound: float
    columns: Ints
    proven: bool = False
    cut_short: bool = False
