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
_KEPT = 27
"""How many of a way of being isolated are kept at least, at scale 1."""
_MEASURED = ("single_gate", "river")
_ISOLATED = (1.97, 130.0)


def _public(openings: list[Opening]) -> NDArray[np.bool_]:
    return np.array([o.access == "public" for o in openings], dtype=bool)


def settle(draft: Draft, ways: list[Way], openings: list[Opening], scale: float) -> None:
    """Open more gates until no compound is isolated by accident; take back what doesn't isolate.

    A compound that stays in between becomes one that nobody has surveyed.
    """
    walks = Walks(draft, [w for w in ways if not w.barred])
    surveyed = np.array([c.role != "unsurveyed" for c in draft.compounds])
    meant = np.array([c.role in gates.ISOLATING for c in draft.compounds])

    single = np.array([k for k, c in enumerate(draft.compounds) if c.role in _MEASURED], dtype=np.int64)
    directness, detour = walks.measure(_public(openings), single)
    for k in single[(directness < _ISOLATED[0]) | (detour < _ISOLATED[1])].tolist():
        _release(draft, int(k), meant)

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
    # The open banks by a bridge are nearer than the measure knows: it keeps to their one way.
    banks = np.array([c.role == "river_bridge" for c in draft.compounds])
    for k in _poor(walks, openings, np.flatnonzero(surveyed & ~meant & ~banks), _FORGET):
        _forget(draft, int(k))


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
