"""What stands around each compound: the part it plays, its walls, its gates and the ways through them."""

from __future__ import annotations

import numpy as np
import shapely

from gridmap.sample.draft import Barrier, Compound, Draft, Floats, Gate, Opening, Way

_SPACING_M = 70.0


def assign_roles(draft: Draft, scale: float, rng: np.random.Generator) -> None:
    """Choose which compounds are made isolated, and how, which are decoys, and which nobody has surveyed."""
    wanted = {
        "single_gate": 34, "residents_only": 30, "employer_open": 30, "closed_beside_open": 40, "unsurveyed": 52,
    }  # fmt: skip
    free = [
        k for k, c in enumerate(draft.compounds) if c.role == "ordinary" and c.form not in ("houses", "works", "campus")
    ]
    works = [k for k, c in enumerate(draft.compounds) if c.form == "works"]
    campuses = [k for k, c in enumerate(draft.compounds) if c.form == "campus"]
    for number, k in enumerate(campuses):
        draft.compounds[k].role = "employer_open" if number % 2 == 0 else "residents_only"
    for number, k in enumerate(works):
        draft.compounds[k].role = "employer_open" if number % 3 else "residents_only"
    alone = _alone(draft)
    single = [k for k in free if alone[k] and draft.compounds[k].polygon.area > 15_000]
    chosen = rng.permutation(single)[: round(wanted["single_gate"] * scale)]
    for k in chosen:
        draft.compounds[k].role = "single_gate"
    rest = list(rng.permutation([k for k in free if draft.compounds[k].role == "ordinary"]))
    for role in ("residents_only", "closed_beside_open", "unsurveyed"):
        number = round(wanted[role] * scale)
        for k in rest[:number]:
            draft.compounds[k].role = role
        rest = rest[number:]
    for k in rest:
        draft.compounds[k].role = "ordinary"


def _alone(draft: Draft) -> dict[int, bool]:
    """Whether a compound has its block to itself."""
    count: dict[int, int] = {}
    for compound in draft.compounds:
        count[compound.cell] = count.get(compound.cell, 0) + 1
    return {k: count[c.cell] == 1 for k, c in enumerate(draft.compounds)}


def enclose(draft: Draft, rng: np.random.Generator) -> None:
    """Give every compound its enclosure and management by its role."""
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
        elif compound.form == "houses":
            compound.enclosure, compound.management = "open", "open"
        else:
            compound.enclosure = str(rng.choice(["enclosed", "partly", "open"], p=[0.55, 0.2, 0.25]))
            compound.management = "open" if compound.enclosure == "open" else str(rng.choice(["open", "hours"]))


def thinned(openings: list[Opening], spacing: float) -> list[Opening]:
    """Openings at least so far apart from each other, most central of each side first."""
    chosen: list[Opening] = []
    points: list[Floats] = []
    for side in "ewns":
        own = [o for o in openings if o.side == side]
        if not own:
            continue
        at = np.array([o.gate for o in own])
        order = np.argsort(np.linalg.norm(at - at.mean(axis=0), axis=1), kind="stable")
        for k in order:
            if all(np.linalg.norm(at[k] - p) >= spacing for p in points):
                chosen.append(own[k])
                points.append(at[k])
    return chosen


def draw(draft: Draft, rng: np.random.Generator) -> None:
    """Draw the walls, gates and the ways through them, by each compound's role."""
    for index, compound in enumerate(draft.compounds):
        _draw_one(draft, index, compound, rng)


def _draw_one(draft: Draft, index: int, compound: Compound, rng: np.random.Generator) -> None:
    street = [o for o in compound.openings if o.joins < 0]
    chosen = thinned(street, 45.0 if compound.form == "campus" else _SPACING_M)
    if compound.enclosure == "open" or (compound.enclosure == "unknown"):
        draft.ways += [Way(o.way, "service", compound=index) for o in chosen]
        return
    ring = shapely.LineString(compound.polygon.exterior)
    kind = "fence" if rng.random() < 0.3 else "wall"
    if compound.role == "unsurveyed":
        draft.barriers.append(Barrier(ring, kind))
        return
    access = ["public"] * len(chosen)
    if compound.role == "single_gate":
        chosen, access = [chosen[int(rng.integers(len(chosen)))]], ["public"]
    elif compound.role == "residents_only":
        chosen = chosen[: int(rng.integers(1, 4))]
        access = ["residents"] * len(chosen)
    if compound.enclosure == "partly":
        sides = shapely.union_all([shapely.Point(o.gate).buffer(28) for o in chosen if o.side in "ew"])
        draft.barriers.append(Barrier(ring.difference(sides), kind))
    else:
        draft.barriers.append(Barrier(ring, kind))
    for opening, who in zip(chosen, access, strict=True):
        draft.ways.append(Way(opening.way, "service", compound=index))
        if compound.enclosure == "enclosed" or opening.side in "ns":
            draft.gates.append(
                Gate(opening.gate, index, who, str(rng.choice(["both", "pedestrian", "vehicle"], p=[0.7, 0.25, 0.05])))
            )
    if compound.role == "closed_beside_open":
        taken = {o.gate for o in chosen}
        for opening in [o for o in street if o.gate not in taken][:3]:
            draft.gates.append(Gate(opening.gate, index, "closed", "pedestrian"))
            draft.ways.append(Way(shapely.LineString(opening.way.coords[:2]), "footway", compound=index))
