"""From a problem to its connected parts: everything checked, every unit that no region can take named with why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridmap.analysis.regions.problem import Bools, Floats, Ints, Part, Problem, Unserved
from gridmap.domain.errors import InputError
from gridmap.domain.notes import Note

WHOLE_MOST = 2.0**53
"""Beyond this a floating-point number doesn't tell whether it is whole."""


@dataclass
class Prepared:
    """The parts that can be solved, those that can't, and why the whole can't where that is so."""

    n: int
    parts: list[Part]
    unserved: list[Unserved]
    refused: Note | None = None


def prepare(problem: Problem, objective: str) -> Prepared:
    """Check a problem and cut it into parts that have nothing to do with each other.

    Raises
    ------
    InputError
        Arrays of the wrong shape, numbers that are negative, not numbers or out of range.
    """
    checked = _Checked(problem, objective)
    n = checked.n
    if problem.regions is not None and problem.regions > n:
        params = {"units": n, "regions": problem.regions}
        return Prepared(n, [], [], Note("{units} units can't make {regions} regions", params, code="too_few_units"))
    if problem.fixed_centres and problem.regions not in {None, len(checked.centres)}:
        params = {"regions": problem.regions, "centres": len(checked.centres)}
        words = Note("{regions} regions asked of {centres} fixed centres", params, code="regions_and_centres")
        return Prepared(n, [], [], words)
    if problem.upper is not None and problem.upper < problem.lower:
        return Prepared(n, [], [], Note("the upper bound is below the lower one", code="between_bounds"))
    largest = checked.high if checked.capacity is None else min(checked.high, int(checked.capacity.max(initial=0)))
    inside = checked.weights <= largest
    unserved = [
        Unserved(np.array([unit]), int(checked.weights[unit]), 0, "unit_above_upper")
        for unit in np.flatnonzero(~inside)
    ]
    parts: list[Part] = []
    for units in checked.pieces(inside):
        part = checked.part(units)
        trouble = _range_of_regions(part)
        if trouble is None:
            parts.append(part)
        else:
            unserved.append(Unserved(units, part.weight, *trouble))
    parts, unserved = _without_torn_locks(parts, unserved)
    refused = None
    if problem.regions is not None and not problem.fixed_centres:
        refused = _allot(parts, problem.regions)
    return Prepared(n, parts, unserved, refused)


class _Checked:
    """A problem's arrays in their types, checked."""

    def __init__(self, problem: Problem, objective: str) -> None:
        self.weights = _whole(problem.weights, "weights")
        n = self.n = len(self.weights)
        if n == 0:
            raise InputError("There are no units to make regions of.")
        self.low, self.high = _bounds(problem, int(self.weights.sum()))
        self.xy = None if problem.xy is None else _numbers(problem.xy, (n, 2), "xy")
        free = problem.centres is None
        self.centres = np.arange(n) if problem.centres is None else _whole(problem.centres, "centres")
        k = len(self.centres)
        if k == 0 or self.centres.max() >= n or len(np.unique(self.centres)) < k:
            raise InputError("The centres must be different units of 0 to {last}.", last=n - 1)
        if problem.fixed_centres and free:
            raise InputError("Fixed centres were asked for, but no centres are given.")
        self.fixed_centres = problem.fixed_centres
        self.cost = None if problem.cost is None else _numbers(problem.cost, (n, k), "cost", infinite=True)
        _check_objective(objective, self.xy, self.cost)
        self.free = free
        self.capacity: Ints | None = None
        if problem.capacity is not None:
            self.capacity = np.minimum(_whole(problem.capacity, "capacity"), self.high)
            if self.capacity.shape != (k,):
                raise InputError("capacity has {found} values for {k} centres.", found=len(self.capacity), k=k)
        self.edges, self.border = _edges(problem.edges, problem.border, n)
        self.within = _groups(problem.within, n)
        self.label = _locks(problem.fixed or {}, n, None if free else k)
        if problem.regions is not None and not counts(problem.regions, 1):
            raise InputError("At least one region must be asked for, not {regions}.", regions=problem.regions)
        self.target = float("nan") if problem.target is None else float(problem.target)
        self.target_cost = 0.0 if problem.target is None else float(problem.target_cost)
        if problem.target is not None and not math.isfinite(self.target):
            raise InputError("{name} must be numbers.", name="target")
        if self.target_cost < 0 or not math.isfinite(self.target_cost):
            raise InputError("target_cost must be a number of at least 0.")

    def pieces(self, inside: Bools) -> list[Ints]:
        """Units of each connected piece inside its group, without those left out; in the order of first units."""
        a, b = self.edges.T
        keep = (self.within[a] == self.within[b]) & inside[a] & inside[b]
        graph = coo_array((np.ones(keep.sum()), (a[keep], b[keep])), shape=(self.n, self.n))
        piece = connected_components(graph, directed=False)[1]
        order = np.argsort(piece, kind="stable")
        cuts = np.flatnonzero(np.diff(piece[order])) + 1
        found = [part[inside[part]] for part in np.split(order, cuts)]
        return sorted((part for part in found if len(part)), key=lambda part: int(part[0]))

    def part(self, units: Ints) -> Part:
        """These units as a problem of their own."""
        here = np.full(self.n, -1)
        here[units] = np.arange(len(units))
        a, b = here[self.edges.T]
        keep = (a >= 0) & (b >= 0)
        indptr, indices, border = _rows(a[keep], b[keep], self.border[keep], len(units))
        columns = np.flatnonzero(here[self.centres] >= 0)
        cost = None if self.cost is None else np.ascontiguousarray(self.cost[np.ix_(units, columns)])
        label = self.label[units]
        if not self.free:
            renumbered = np.full(len(self.centres) + 1, -1)
            renumbered[columns] = np.arange(len(columns))
            away = (label >= 0) & (renumbered[label] < 0)
            label = np.where(away, len(self.centres), renumbered[label])
        return Part(
            units=units,
            weights=self.weights[units],
            indptr=indptr,
            indices=indices,
            border=border,
            xy=None if self.xy is None else np.ascontiguousarray(self.xy[units] - self.xy[units].mean(axis=0)),
            cost=cost,
            centres=here[self.centres[columns]],
            free_centres=self.free,
            fixed_centres=self.fixed_centres,
            label=label,
            low=self.low,
            high=self.high,
            capacity=None if self.capacity is None else self.capacity[columns],
            target=self.target,
            target_cost=self.target_cost,
        )


def _check_objective(objective: str, xy: Floats | None, cost: Floats | None) -> None:
    if objective not in {"access", "compact", "border"}:
        raise InputError("Unknown objective {objective}: take access, compact or border.", objective=objective)
    if objective == "compact" and xy is None:
        raise InputError("The objective compact needs the units' positions (xy).")
    if objective == "access" and xy is None and cost is None:
        raise InputError("The objective access needs costs, or the units' positions (xy) for straight distances.")


def _groups(within: ArrayLike | None, n: int) -> Ints:
    if within is None:
        return np.zeros(n, dtype=np.int64)
    groups = np.asarray(within)
    if groups.shape != (n,):
        raise InputError("within has {found} values for {n} units.", found=len(groups), n=n)
    return np.unique(groups.astype(str), return_inverse=True)[1]


def _bounds(problem: Problem, total: int) -> tuple[int, int]:
    for name, value in (("lower", problem.lower), ("upper", problem.upper)):
        if value is not None and not _measures(value):
            raise InputError("The {name} bound must be a number of at least 0, not {value}.", name=name, value=value)
    return math.ceil(problem.lower), total if problem.upper is None else math.floor(problem.upper)


def counts(value: Any, least: int = 0) -> bool:
    """Whether this is a whole number of at least so much, whatever was given."""
    return isinstance(value, Integral) and int(value) >= least


def _measures(value: Any) -> bool:
    return isinstance(value, Real) and math.isfinite(value) and float(value) >= 0


def _whole(values: ArrayLike, name: str) -> Ints:
    array = np.asarray(values)
    if array.ndim != 1:
        raise InputError("{name} must be a flat list, not of shape {shape}.", name=name, shape=array.shape)
    try:
        numbers = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("{name} must be numbers.", name=name) from error
    bad = ~np.isfinite(numbers) | (numbers < 0) | (numbers != np.floor(numbers)) | (numbers >= WHOLE_MOST)
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        raise InputError(
            "{name} must be whole numbers of at least 0; number {first} is {value}.",
            name=name,
            first=first,
            value=array[first],
        )
    return numbers.astype(np.int64)


def _numbers(values: ArrayLike, shape: tuple[int, ...], name: str, *, infinite: bool = False) -> Floats:
    try:
        array = np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("{name} must be numbers.", name=name) from error
    if array.shape != shape:
        raise InputError("{name} has the shape {found} instead of {shape}.", name=name, found=array.shape, shape=shape)
    bad = np.isnan(array) | ((array < 0) if infinite else np.isinf(array))
    if bad.any():
        raise InputError(
            "{name} holds values that are negative or not numbers, the first at {place}.",
            name=name,
            place=tuple(int(i) for i in np.argwhere(bad)[0]),
        )
    return array


def _edges(edges: ArrayLike, border: ArrayLike | None, n: int) -> tuple[Ints, Floats]:
    """Each pair of touching units once, with the sum of its borders."""
    try:
        pairs = np.asarray(edges)
    except ValueError as error:
        raise InputError("{name} must be numbers.", name="edges") from error
    if pairs.size == 0:
        pairs = np.empty((0, 2), dtype=np.int64)
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise InputError("edges must be pairs of units, not of shape {shape}.", shape=pairs.shape)
    pairs = _whole(pairs.ravel(), "edges").reshape(-1, 2)
    if len(pairs) and pairs.max() >= n:
        raise InputError("edges name unit {unit}, but the last unit is {last}.", unit=int(pairs.max()), last=n - 1)
    length = np.ones(len(pairs)) if border is None else _numbers(border, (len(pairs),), "border")
    if (length < 0).any():
        raise InputError("border lengths can't be negative.")
    pairs = np.sort(pairs, axis=1)
    proper = pairs[:, 0] != pairs[:, 1]
    keys, which = np.unique(pairs[proper, 0] * n + pairs[proper, 1], return_inverse=True)
    if border is None:
        total = np.ones(len(keys))
    else:
        total = np.bincount(which, weights=length[proper], minlength=len(keys)).astype(np.float64)
    return np.column_stack((keys // n, keys % n)), total


def _locks(fixed: Mapping[int, Any], n: int, k: int | None) -> Ints:
    label = np.full(n, -1)
    names: dict[Any, int] = {}
    for unit, name in fixed.items():
        if not counts(unit) or int(unit) >= n:
            raise InputError("A lock names unit {unit}, but the last unit is {last}.", unit=unit, last=n - 1)
        if k is None:
            label[int(unit)] = names.setdefault(name, len(names))
        elif not counts(name) or int(name) >= k:
            raise InputError("A lock names centre {centre}, but there are {k} centres.", centre=name, k=k)
        else:
            label[int(unit)] = int(name)
    return label


def _rows(a: Ints, b: Ints, border: Floats, n: int) -> tuple[Ints, Ints, Floats]:
    """Rows of the symmetric graph: starts, neighbours in order, borders."""
    source, target = np.concatenate((a, b)), np.concatenate((b, a))
    number = np.tile(np.arange(len(a)), 2)
    order = np.lexsort((target, source))
    indptr = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(source, minlength=n), out=indptr[1:])
    return indptr, target[order], border[number[order]]


def _range_of_regions(part: Part) -> tuple[int, str] | None:
    """Set how few and how many regions the part may have; (households missing, reason) where there is no number."""
    total, k = part.weight, len(part.centres)
    if k == 0:
        return 0, "no_centre"
    needed = part.low * (k if part.fixed_centres else 1)
    if total < needed:
        return needed - total, "below_lower"
    room = part.high if part.capacity is None else int(part.capacity.max())
    part.least = max(1, math.ceil(total / room)) if room else 1
    part.most = min(part.n, k, _most(part.weights, part.low))
    if part.fixed_centres:
        together = k * part.high if part.capacity is None else int(part.capacity.sum())
        part.least = part.most = k if together >= total else 0
    labels, which = np.unique(part.label[part.label >= 0], return_inverse=True)
    loads = np.bincount(which, weights=part.weights[part.label >= 0], minlength=len(labels))
    if part.least > part.most or part.most == 0:
        return 0, "between_bounds"
    if (loads > part.high).any() or len(labels) > part.most or not _fits_centres(part, labels, loads):
        return 0, "locks"
    part.least = max(part.least, len(labels))
    return None


def _most(weights: Ints, low: int) -> int:
    """Most regions that the households allow, wherever the units lie.

    What a unit has beyond the floor helps no other region, and a region without a unit at the floor needs two.
    """
    if low == 0:
        return len(weights)
    alone = int((weights >= low).sum())
    return min(int(np.minimum(weights, low).sum()) // low, alone + int(((weights > 0) & (weights < low)).sum()) // 2)


def _fits_centres(part: Part, labels: Ints, loads: Ints | Floats) -> bool:
    """Whether locks to centres can hold: a centre here, not itself locked elsewhere, with room enough."""
    if part.free_centres or not len(labels):
        return True
    if labels.max() >= len(part.centres):
        return False
    own = part.label[part.centres]
    asked = np.zeros(len(part.centres), dtype=bool)
    asked[labels] = True
    used = asked | part.fixed_centres
    torn = used & (own >= 0) & (own != np.arange(len(part.centres)))
    full = part.capacity is not None and bool((loads > part.capacity[labels]).any())
    return not torn.any() and not full


def _without_torn_locks(parts: list[Part], unserved: list[Unserved]) -> tuple[list[Part], list[Unserved]]:
    """Labels without centres that lie in several parts can't be met: those parts are named."""
    seen: dict[int, int] = {}
    torn: set[int] = set()
    for number, part in enumerate(parts):
        if not part.free_centres:
            continue
        for label in np.unique(part.label[part.label >= 0]):
            if int(label) in seen:
                torn |= {number, seen[int(label)]}
            seen[int(label)] = number
    unserved = unserved + [Unserved(parts[i].units, parts[i].weight, 0, "locks") for i in sorted(torn)]
    return [part for i, part in enumerate(parts) if i not in torn], unserved


def _allot(parts: list[Part], regions: int) -> Note | None:
    """Share a given number of regions among the parts by households; what can't be is said."""
    least, most = [p.least for p in parts], [p.most for p in parts]
    if not parts:
        return None
    asked = {"regions": regions, "most": sum(most), "least": sum(least)}
    if regions > sum(most):
        return Note("{regions} regions were asked for, at most {most} can be", asked, code="too_many_regions")
    if regions < sum(least):
        return Note("{regions} regions were asked for, at least {least} are needed", asked, code="too_few_regions")
    share = list(least)
    while sum(share) < regions:
        open_parts = [i for i in range(len(parts)) if share[i] < most[i]]
        chosen = max(open_parts, key=lambda i: parts[i].weight / (share[i] + 0.5))
        share[chosen] += 1
    for part, count in zip(parts, share, strict=True):
        part.least = part.most = count
    return None
