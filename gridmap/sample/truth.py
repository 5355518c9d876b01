"""Makes the truth true: gates where neighbours need them, and only those compounds isolated that are meant to be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridmap.sample import gates
from gridmap.sample.draft import Draft, Opening, Way
from gridmap.sample.lattice import Ints
from gridmap.sample.walks import Walks

# Both sides keep a margin from the thresholds, since others measure a little differently.
_WIDEN = (1.42, 75.0)
_RELEASE = (1.5, 88.0)
_FORGET = (1.53, 92.0)
_RELEASED = ("single_gate", "residents_only")
_KEPT = 34
"""How many of a way of being isolated are kept at least, at scale 1."""
_MEASURED = ("single_gate", "river")
_ISOLATED, _STILL_ISOLATED = (1.97, 130.0), (1.93, 120.0)
_UNSURVEYED = 0.5
"""With a larger share of neighbours that nobody surveyed, nobody surveyed a compound with a single gate either."""


def _public(openings: list[Opening]) -> NDArray[np.bool_]:
    return np.array([o.access == "public" for o in openings], dtype=bool)


def settle(draft: Draft, households: Ints, ways: list[Way], openings: list[Opening], scale: float) -> None:
    """Open more gates until no compound is isolated by accident; take back what doesn't isolate.

    A compound that stays in between becomes one that nobody has surveyed.
    """
    walks = Walks(draft, households, [w for w in ways if not w.barred])
    surveyed = np.array([c.role != "unsurveyed" for c in draft.compounds])
    meant = np.array([c.role in gates.ISOLATING for c in draft.compounds])

    for k in _unproven(draft, walks, openings, _ISOLATED):
        _release(draft, k, meant)

    _widen(draft, walks, openings, surveyed, meant, spacings=(45.0, 25.0))
    suspects = _poor(walks, openings, np.flatnonzero(surveyed & ~meant), _RELEASE)
    spare = {role: sum(c.role == role for c in draft.compounds) - round(_KEPT * scale) for role in _RELEASED}
    for k in suspects:
        for other in walks.j[walks.i == k].tolist():
            role = draft.compounds[other].role
            if role in _RELEASED and spare[role] > 0 and not draft.compounds[other].employer:
                spare[role] -= 1
                _release(draft, int(other), meant)
    # What was released can be reached from now on, by a long walk perhaps: so all are looked at again.
    _widen(draft, walks, openings, surveyed, meant, spacings=(25.0,))
    for k in _poor(walks, openings, np.flatnonzero(surveyed & ~meant), _FORGET):
        _forget(draft, int(k))
    # Gates that were opened near by may have let them out, and walkers are let through what nobody surveyed.
    for k in _unproven(draft, walks, openings, _STILL_ISOLATED):
        _forget(draft, k)
    for k in np.flatnonzero([c.role == "single_gate" for c in draft.compounds]).tolist():
        around = [draft.compounds[other].role == "unsurveyed" for other in walks.j[walks.i == k]]
        if np.mean(around) > _UNSURVEYED:
            _forget(draft, k)


def _unproven(draft: Draft, walks: Walks, openings: list[Opening], limits: tuple[float, float]) -> list[int]:
    """Compounds with a single gate or behind a river whose walks are too short, or that have no neighbour at all."""
    which = np.array([k for k, c in enumerate(draft.compounds) if c.role in _MEASURED], dtype=np.int64)
    directness, detour = walks.measure(_public(openings), which)
    return which[~((directness >= limits[0]) & (detour >= limits[1]))].tolist()


def _widen(
    draft: Draft,
    walks: Walks,
    openings: list[Opening],
    surveyed: NDArray[np.bool_],
    meant: NDArray[np.bool_],
    *,
    spacings: tuple[float, ...],
) -> None:
    """More gates at the compounds from which walks are long, and at their neighbours."""
    suspects = np.flatnonzero(surveyed & ~meant)
    for spacing in spacings:
        suspects = _poor(walks, openings, suspects, _WIDEN)
        for k in suspects:
            for other in [int(k), *walks.j[walks.i == k].tolist()]:
                if surveyed[other] and not meant[other]:
                    gates.widen(draft, draft.compounds[other], spacing)


def _poor(walks: Walks, openings: list[Opening], which: Ints, limits: tuple[float, float]) -> Ints:
    directness, detour = walks.measure(_public(openings), which)
    alone = ~np.isin(which, walks.i)
    poor = (directness > limits[0]) & (detour > limits[1])
    return which[(poor | np.isnan(directness)) & ~alone]


def _release(draft: Draft, k: int, meant: NDArray[np.bool_]) -> None:
    """An isolated compound becomes an ordinary one with gates all round."""
    draft.compounds[k].role, draft.compounds[k].management = "ordinary", "open"
    meant[k] = False
    for opening in draft.compounds[k].openings:
        opening.access = ""
    gates.widen(draft, draft.compounds[k], 45.0)


def _forget(draft: Draft, k: int) -> None:
    compound = draft.compounds[k]
    compound.role, compound.enclosure, compound.management = "unsurveyed", "unknown", "unknown"
