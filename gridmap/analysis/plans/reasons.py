"""Why a boundary runs where it does: what each other choice would cost, and which constraint holds it, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from gridmap.analysis.plans.contiguity import Floats, Ints
from gridmap.analysis.plans.ground import Ground
from gridmap.analysis.plans.plan import region_called
from gridmap.analysis.plans.scores import parted
from gridmap.domain.notes import Note, joined, template

ALIKE_M = 25.0
"""A walk that is longer or shorter by less, for those who live there, is no reason."""

_HELD = {
    "street": template("a region stays inside its street, and this is the border of {first} and {second}"),
    "barrier": template("a wall, river or railway runs here that nobody crosses on foot"),
    "lock": template("{block} is locked"),
    "contiguity": template("{households} households hang on to {from_region} by {block} alone and would go with "
                           "it"),
    "apart": template("{block} can be reached from no block of {to_region} on foot"),
    "below": template("{from_region} would keep {left} households, {missing} fewer than it must have"),
    "above": template("{to_region} would have {load} households, {beyond} more than it may have"),
    "empty": template("{from_region} would have no blocks left"),
}  # fmt: skip
"""What holds a border, by its code."""


def _held(code: str, params: Mapping[str, object] = MappingProxyType({})) -> Note:
    return Note(_HELD[code], params, code=code)


@dataclass(frozen=True)
class Drawn:
    """A plan as its borders are looked at.

    Parameters
    ----------
    region, codes
        (n,) region of each block, -1 without one; the code of each region.
    to_office
        (p, n) metres of walking from every block to each region's office.
    lower, upper
        Least and most households of a region.
    locked
        Positions of blocks that a planner locked.
    called
        What people call regions, by their codes; the others go by street and number.
    """

    region: Ints
    codes: Sequence[str]
    to_office: Floats
    lower: int
    upper: int | None
    locked: frozenset[int] = frozenset()
    called: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """What it would mean if one block went to another region, with what would be cut off without it.

    `households`: of the block; `along`: of those that would be cut off and go with it; `walk_m`: by how much the walk
    of those who live there would be longer (below 0: shorter); `border_m`: by how much the borders of regions would
    be; `left`, `load`: households of the region it leaves and of the one it joins; `held`: what rules it out, code by
    code, empty where nothing does.
    """

    block: int
    origin: int
    target: int
    households: int
    along: int
    walk_m: float
    border_m: float
    left: int
    load: int
    held: tuple[Note, ...]


class Choices:
    """The other choices of a plan's blocks."""

    def __init__(self, here: Ground, drawn: Drawn) -> None:
        self.here, self.drawn = here, drawn
        self.names = [drawn.called.get(code) or region_called(code, here.streets) for code in drawn.codes]
        count = len(drawn.codes)
        served = drawn.region >= 0
        self.load = np.bincount(drawn.region[served], weights=here.weights[served], minlength=count).astype(np.int64)
        a, b = here.touching.edges.T
        n = len(here.weights)
        same = here.group[a] == here.group[b]
        ends = np.concatenate((a[same], b[same])), np.concatenate((b[same], a[same]))
        self.crossed = csr_array((np.ones(len(ends[0])), ends), shape=(n, n))
        a, b = here.every.edges.T
        border = np.concatenate((here.every.border, here.every.border))
        self.border = csr_array((border, (np.concatenate((a, b)), np.concatenate((b, a)))), shape=(n, n))

    def of(self, block: int, target: int) -> Choice:
        """What it would mean if the block went to the region."""
        here, drawn = self.here, self.drawn
        origin = int(drawn.region[block])
        group, whole = self._going(block, origin)
        weights = here.weights[group]
        total = int(weights.sum())
        walk = 0.0
        if total and origin >= 0:
            longer = drawn.to_office[target, group] - drawn.to_office[origin, group]
            walk = float((longer * weights).sum() / total)
        left = int(self.load[origin]) - total if origin >= 0 else 0
        choice = Choice(
            block=block,
            origin=origin,
            target=target,
            households=int(here.weights[block]),
            along=total - int(here.weights[block]),
            walk_m=walk,
            border_m=self._longer(group, origin, target),
            left=left,
            load=int(self.load[target]) + total,
            held=(),
        )
        return replace(choice, held=self._held(choice, group, whole=whole))

    def _going(self, block: int, origin: int) -> tuple[Ints, bool]:
        """The block and what would be cut off without it; and whether that is its whole region."""
        rest = np.flatnonzero(self.drawn.region == origin) if origin >= 0 else np.empty(0, dtype=np.int64)
        rest = rest[rest != block]
        if not len(rest):
            return np.array([block]), origin >= 0
        count, piece = connected_components(self.crossed[rest][:, rest], directed=False)
        load = np.bincount(piece, weights=self.here.weights[rest], minlength=count)
        size = np.bincount(piece, minlength=count)
        stays = int(np.lexsort((-size, -load))[0])
        return np.concatenate(([block], rest[piece != stays])), False

    def _longer(self, group: Ints, origin: int, target: int) -> float:
        """Metres by which the borders of regions grow when the blocks go."""
        region = self.drawn.region
        moved = region.copy()
        moved[group] = target
        rows = self.border[group].tocoo()
        inside = np.isin(rows.col, group)
        before = (region[rows.col] != origin) & ~inside
        after = (moved[rows.col] != target) & ~inside
        return float(rows.data[after].sum() - rows.data[before].sum())

    def _held(self, choice: Choice, group: Ints, *, whole: bool) -> tuple[Note, ...]:
        here, drawn = self.here, self.drawn
        said = {
            "block": here.names[choice.block],
            "from_region": self.names[choice.origin] if choice.origin >= 0 else "",
            "to_region": self.names[choice.target],
        }
        held = []

        def add(code: str, **params: object) -> None:
            held.append(_held(code, {**said, **params}))

        if drawn.locked.intersection(group.tolist()):
            add("lock")
        if choice.target not in drawn.region[self._around(choice.block)]:
            add("apart")
        if whole:
            add("empty")
        elif choice.origin >= 0 and choice.left < drawn.lower <= choice.left + choice.households + choice.along:
            if choice.along and choice.left + choice.along >= drawn.lower:
                add("contiguity", households=f"{choice.along:,}")
            add("below", left=f"{choice.left:,}", missing=f"{drawn.lower - choice.left:,}")
        if drawn.upper is not None and choice.load > drawn.upper:
            add("above", load=f"{choice.load:,}", beyond=f"{choice.load - drawn.upper:,}")
        return tuple(held)

    def _around(self, block: int) -> Ints:
        return self.crossed.indices[self.crossed.indptr[block] : self.crossed.indptr[block + 1]]


def borders(here: Ground, drawn: Drawn, firmness: Floats | None = None) -> gpd.GeoDataFrame:
    """The border pieces of a plan, each with why it runs there.

    A piece is the common border of two blocks in different regions (or of one in a region and one in none).

    Parameters
    ----------
    firmness
        (m,) for each pair of `here.every` the share of near-optimal plans in which a border stands there.

    Returns
    -------
    GeoDataFrame
        In the district's system: `number` from 1, `unit_a`, `unit_b` (codes of the blocks), `region_a`, `region_b`
        (codes of the regions, empty without one), `length_m`, `firmness` (0 to 1, empty where it can't differ),
        `held_by` (codes of what holds it, by spaces), `reason` (Note), `choices` (list of dict), geometry: the lines.
    """
    choices = Choices(here, drawn)
    a, b = here.every.edges.T
    region = drawn.region
    pieces = np.flatnonzero((region[a] != region[b]) & (here.every.border > 0))
    rows = []
    for number, piece in enumerate(pieces, start=1):
        first, second = int(a[piece]), int(b[piece])
        reason, held, told = _why(choices, first, second, crossed=bool(here.counts[piece]))
        firm = None
        if firmness is not None and here.group[first] == here.group[second] and here.counts[piece]:
            firm = round(float(firmness[piece]), 4)
        rows.append(
            {
                "number": number,
                "unit_a": here.table["code"].iloc[first],
                "unit_b": here.table["code"].iloc[second],
                "region_a": drawn.codes[region[first]] if region[first] >= 0 else None,
                "region_b": drawn.codes[region[second]] if region[second] >= 0 else None,
                "length_m": round(float(here.every.border[piece]), 1),
                "firmness": firm,
                "held_by": " ".join(held),
                "reason": reason,
                "choices": told,
            }
        )
    columns = ["number", "unit_a", "unit_b", "region_a", "region_b", "length_m", "firmness", "held_by", "reason",
               "choices"]  # fmt: skip
    return gpd.GeoDataFrame(rows, columns=columns, geometry=here.every.lines[pieces], crs=here.table.crs)


def _why(choices: Choices, first: int, second: int, *, crossed: bool) -> tuple[Note, list[str], list[dict[str, Any]]]:
    """The reason of one piece, the codes of what holds it, and the two other choices as JSON."""
    here, drawn = choices.here, choices.drawn
    if here.group[first] != here.group[second]:
        names = {"first": here.street_name(str(here.group[first])), "second": here.street_name(str(here.group[second]))}
        return Note("It runs here because {why}.", {"why": _held("street", names)}), ["street"], []
    others = []
    for block, beyond in ((first, second), (second, first)):
        target = int(drawn.region[beyond])
        if target >= 0:
            others.append(choices.of(block, target))
    told = [{**as_data(here, drawn, one), "sentence": sentence(choices, one).as_data()} for one in others]
    held = list(dict.fromkeys(str(note.code) for one in others for note in one.held))
    if not crossed:
        return Note("It runs here because {why}.", {"why": _held("barrier")}), ["barrier", *held], told
    return _verdict(others), held, told


def _verdict(others: Sequence[Choice]) -> Note:
    """What holds a border that people can cross, or that nothing does."""
    if not others:
        return Note("Neither side belongs to a region.")
    bound = [one for one in others if one.held]
    free = [one for one in others if not one.held]
    worse = all(one.walk_m > ALIKE_M or one.border_m > 0 for one in free)
    if not bound:
        if worse:
            return Note("No constraint holds it here; it runs here because every other choice costs more.")
        return Note("No constraint holds it here: another choice would be about as good, so it can be moved.")
    why = joined(*(note for one in bound for note in one.held))
    if not free:
        return Note("It can't be moved here: {why}.", {"why": why})
    if worse:
        return Note("One way it can't be moved ({why}); the other way costs more.", {"why": why})
    return Note("One way it can't be moved ({why}); the other way would be about as good, so it can.", {"why": why})


def sentence(choices: Choices, choice: Choice) -> Note:
    """One choice in words: what it would cost, and what rules it out."""
    params: dict[str, object] = {
        "block": choices.here.names[choice.block],
        "households": f"{choice.households:,}",
        "region": choices.names[choice.target],
        "walk": _walk_words(choice),
        "border": _border_words(choice),
        "loads": _load_words(choices, choice),
    }
    if choice.along:
        params["along"] = f"{choice.along:,}"
        words = Note(
            "If {block} ({households} households) went to {region}, with {along} households that would be cut "
            "off without it: {walk}, {border}, {loads}",
            params,
        )
    else:
        words = Note("If {block} ({households} households) went to {region}: {walk}, {border}, {loads}", params)
    if not choice.held:
        return words
    why = joined(*choice.held)
    return Note("{choice}. It can't, because {why}", {"choice": words, "why": why})


def _walk_words(choice: Choice) -> Note:
    if not choice.households + choice.along:
        return Note("nobody lives there, so no walk changes")
    metres = round(abs(choice.walk_m))
    if abs(choice.walk_m) < ALIKE_M:
        return Note("its people would walk about as far to the office")
    if choice.walk_m > 0:
        return Note("its people would walk {metres} m farther to the office", {"metres": f"{metres:,}"})
    return Note("its people would walk {metres} m less to the office", {"metres": f"{metres:,}"})


def _border_words(choice: Choice) -> Note:
    metres = f"{round(abs(choice.border_m)):,}"
    if round(choice.border_m) > 0:
        return Note("borders would be {metres} m longer", {"metres": metres})
    if round(choice.border_m) < 0:
        return Note("borders would be {metres} m shorter", {"metres": metres})
    return Note("borders would be as long as now")


def _load_words(choices: Choices, choice: Choice) -> Note:
    params: dict[str, object] = {"to": choices.names[choice.target], "load": f"{choice.load:,}"}
    if choice.origin < 0:
        return Note("{to} would have {load} households", params)
    params |= {"origin": choices.names[choice.origin], "left": f"{choice.left:,}"}
    return Note("{origin} would have {left} households and {to} {load}", params)


def as_data(here: Ground, drawn: Drawn, choice: Choice) -> dict[str, Any]:
    """A choice as JSON has it; metres, households."""
    name = here.names[choice.block]
    return {
        "name": name.as_data() if isinstance(name, Note) else name,
        "unit": str(here.table["code"].iloc[choice.block]),
        "to": drawn.codes[choice.target],
        "households": choice.households,
        "along": choice.along,
        "walk_m": round(choice.walk_m, 1),
        "border_m": round(choice.border_m, 1),
        "left": choice.left,
        "load": choice.load,
        "held_by": [str(note.code) for note in choice.held],
        "held": joined(*choice.held).as_data() if choice.held else None,
    }


def changes(here: Ground, drawn: Drawn) -> list[dict[str, Any]]:
    """The blocks that a plan parts from their community, most households first, each with why.

    Returns
    -------
    list of dict
        `unit`, `name`, `community`, `households`, `region`, `main` (the region of most of the community), `reason`
        (Note), and the figures of going with the community, as `as_data` gives them.
    """
    choices = Choices(here, drawn)
    own, away = parted(here, drawn.region)
    found = []
    for block in sorted((int(each) for each in away), key=lambda each: (-int(here.weights[each]), each)):
        choice = choices.of(block, int(own[block]))
        community = here.table["community_code"].iloc[block]
        found.append(
            {
                **as_data(here, drawn, choice),
                "name": here.names[block],
                "community": str(community),
                "region": drawn.codes[int(drawn.region[block])],
                "main": drawn.codes[int(own[block])],
                "reason": sentence(choices, choice),
            }
        )
    return found
