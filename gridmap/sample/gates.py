"""What stands around each compound: the part it plays, its walls, its gates and the ways through them."""

from __future__ import annotations

import math

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridmap.sample.draft import Barrier, Compound, Draft, Gate, Opening, Way

ISOLATING = ("single_gate", "residents_only", "river", "employer_wall")
"""Roles that make a compound isolated."""

ROLES = {"single_gate": 110, "residents_only": 30, "closed_beside_open": 40, "unsurveyed": 50}
"""How many compounds of each role are chosen in a district of scale 1."""

_LEAST_WALL_M = 1.0
_SPACING_M = 70.0
_CAMPUS_SPACING_M = 45.0
_BESIDE_M = 12.0
_SINGLE_LEAST_M2 = 15_000.0
_LOW = ("slab", "old", "garden")
"""Forms with few enough homes that one closed estate doesn't outweigh all others around a neighbour."""


def assign_roles(draft: Draft, scale: float, rng: np.random.Generator) -> None:
    """Choose which compounds are made isolated, and how, which are decoys, and which nobody has surveyed."""
    compounds = draft.compounds
    campuses = [c for c in compounds if c.form == "campus"]
    for number, compound in enumerate(campuses):
        compound.role = "employer_open" if number % 2 == 0 else "residents_only"
    for compound in compounds:
        if compound.form == "works" and compound.role == "ordinary":
            compound.role = "employer_open"
    free = [c for c in compounds if c.role == "ordinary" and c.form not in ("houses", "works", "campus")]
    alone = _alone(draft)
    single = [
        c
        for c in free
        if c.cell in alone and c.form in _LOW and c.polygon.area > _SINGLE_LEAST_M2 and len(_street(c)) > 1
    ]
    for k in rng.permutation(len(single))[: max(3, round(ROLES["single_gate"] * scale))]:
        single[k].role = "single_gate"
    rest = [c for c in free if c.role == "ordinary" and _street(c)]
    order = rng.permutation(len(rest)).tolist()
    for role in ("residents_only", "closed_beside_open", "unsurveyed"):
        for _ in range(max(3, round(ROLES[role] * scale))):
            if order:
                rest[order.pop()].role = role


def _alone(draft: Draft) -> set[int]:
    """Cells that hold one compound only."""
    cells, count = np.unique([c.cell for c in draft.compounds], return_counts=True)
    return set(cells[count == 1].tolist())


def _street(compound: Compound) -> list[Opening]:
    return [o for o in compound.openings if o.joins < 0]


def enclose(draft: Draft, rng: np.random.Generator) -> None:
    """Give every compound its enclosure and management by its role, and its first choice of openings."""
    around = shapely.STRtree(np.array([c.polygon for c in draft.compounds], dtype=object))
    for compound in draft.compounds:
        role = compound.role
        if role in ("single_gate", "residents_only"):
            compound.enclosure = "enclosed"
            compound.management = "closed" if role == "residents_only" else str(rng.choice(["hours", "open"]))
        elif role in ("employer_open", "closed_beside_open"):
            compound.enclosure, compound.management = "enclosed", "open"
        elif role == "unsurveyed":
            compound.enclosure = str(rng.choice(["unknown", "enclosed"], p=[0.6, 0.4]))
            compound.management = "unknown"
        elif compound.form == "houses" or role != "ordinary":
            compound.enclosure, compound.management = "open", "open"
        else:
            compound.enclosure = str(rng.choice(["enclosed", "partly", "open"], p=[0.55, 0.2, 0.25]))
            compound.management = "open" if compound.enclosure == "open" else str(rng.choice(["open", "hours"]))
        near = [draft.compounds[k] for k in around.query(compound.polygon, predicate="dwithin", distance=150)]
        _choose(compound, [c for c in near if c is not compound], rng)


def _choose(compound: Compound, near: list[Compound], rng: np.random.Generator) -> None:
    """The openings in use at first, and who may use them."""
    chosen = thinned(_street(compound), _CAMPUS_SPACING_M if compound.form == "campus" else _SPACING_M)
    access = "public"
    if compound.role == "unsurveyed" and compound.enclosure == "enclosed":
        chosen = []
    elif compound.role == "single_gate":
        chosen = [max(_street(compound), key=lambda o: _apart(o, near))]
    elif compound.role == "residents_only":
        chosen, access = chosen[: int(rng.integers(1, 4))], "residents"
    for opening in chosen:
        opening.access = access
    if compound.enclosure == "partly" and not any(o.side in "ns" for o in chosen):
        compound.enclosure = "open"


def _apart(opening: Opening, near: list[Compound]) -> float:
    """How far an opening lies from the neighbours, on average."""
    gate = shapely.Point(opening.gate)
    return float(np.mean([gate.distance(c.polygon.centroid) for c in near])) if near else 0.0


def thinned(openings: list[Opening], spacing: float) -> list[Opening]:
    """Openings at least so far apart from each other, most central of each side first."""
    chosen: list[Opening] = []
    points: list[tuple[float, float]] = []
    for side in "ewns":
        own = [o for o in openings if o.side == side]
        if not own:
            continue
        at = np.array([o.gate for o in own])
        for k in np.argsort(np.linalg.norm(at - at.mean(axis=0), axis=1), kind="stable"):
            if all(math.dist(own[k].gate, point) >= spacing for point in points):
                chosen.append(own[k])
                points.append(own[k].gate)
    return chosen


def widen(draft: Draft, compound: Compound, spacing: float) -> None:
    """Open what else can be opened: more gates to the streets, and passages to neighbours the public may enter."""
    for opening in thinned(_street(compound), spacing):
        opening.access = opening.access or "public"
    passages = [o for o in compound.openings if o.joins >= 0 and _enterable(draft.compounds[o.joins])]
    for opening in thinned(passages, 50.0):
        opening.access = "public"


def _enterable(compound: Compound) -> bool:
    return compound.role not in ISOLATING and compound.role != "unsurveyed"


def potential(draft: Draft) -> tuple[list[Way], list[Opening]]:
    """Ways through every opening there could be, each with its opening's number, and the openings."""
    openings = [(k, o) for k, c in enumerate(draft.compounds) for o in c.openings]
    ways = [Way(o.way, "service", compound=k, opening=n) for n, (k, o) in enumerate(openings)]
    return ways, [o for _, o in openings]


def draw(draft: Draft, rng: np.random.Generator) -> None:
    """Draw the walls and gates of every compound, and the gate inside an employer's compound."""
    for index, compound in enumerate(draft.compounds):
        if compound.enclosure in ("open", "unknown"):
            _let_in(draft, compound)
            continue
        ring: BaseGeometry = compound.polygon.boundary
        used = [o for o in compound.openings if o.access]
        if compound.enclosure == "partly":
            sides = [shapely.Point(o.gate).buffer(28) for o in used if o.side in "ew" and o.joins < 0]
            ring = ring.difference(shapely.union_all(sides)) if sides else ring
            ring = shapely.MultiLineString([part for part in shapely.get_parts(ring) if part.length > _LEAST_WALL_M])
            used = [o for o in used if o.side in "ns" or o.joins >= 0]
        name = f"{compound.employer}围墙" if compound.employer else ""
        draft.barriers.append(Barrier(ring, "fence" if rng.random() < 0.3 else "wall", name))
        hours = "06:00-22:00" if compound.management == "hours" else ""
        for opening in used:
            kind = (
                "pedestrian"
                if opening.joins >= 0
                else str(rng.choice(["both", "pedestrian", "vehicle"], p=[0.72, 0.25, 0.03]))
            )
            draft.gates.append(Gate(opening.gate, index, opening.access, kind, hours))
        if compound.inner_gate is not None:
            draft.gates.append(Gate(compound.inner_gate.gate, index, "residents", "both"))
        if compound.role == "closed_beside_open":
            _closed(draft, index, compound, used)


def _let_in(draft: Draft, compound: Compound) -> None:
    """Gates in the walls of neighbours where a compound without walls has a passage to them."""
    for opening in compound.openings:
        if opening.access and opening.joins >= 0:
            other = draft.compounds[opening.joins]
            if other.enclosure in ("enclosed", "partly"):
                draft.gates.append(Gate(opening.gate, opening.joins, "public", "pedestrian"))


def _closed(draft: Draft, index: int, compound: Compound, used: list[Opening]) -> None:
    """Locked gates a few steps beside open ones."""
    ring = compound.polygon.exterior
    open_at = shapely.MultiPoint([o.gate for o in used])
    for opening in used[:3]:
        at = ring.project(shapely.Point(opening.gate))
        for step in (_BESIDE_M, -_BESIDE_M):
            point = ring.interpolate((at + step) % ring.length)
            if point.distance(open_at) > _BESIDE_M - 3:
                x, y = np.round(point.coords[0], 2)
                draft.gates.append(Gate((float(x), float(y)), index, "closed", "pedestrian"))
                break


def inner_ways(draft: Draft) -> list[Way]:
    """The ways through the gates between an employer's compound and the housing inside it."""
    return [
        Way(c.inner_gate.way, "service", compound=k, barred=True)
        for k, c in enumerate(draft.compounds)
        if c.inner_gate is not None
    ]
