"""The grids of one community of the database: what numbers hold for them, and how good they are."""

from __future__ import annotations

from sqlalchemy import Connection

from gridmap.analysis.grids.objective import CROSSED, CUT, OFF_TARGET_M
from gridmap.database import community as database
from gridmap.database import results
from gridmap.domain.numbers import Numbers


def numbers_of(connection: Connection, community: str, numbers: Numbers) -> Numbers:
    """The numbers that hold for the grids of a community ("": of none)."""
    if not numbers.grid_per_staff or not community:
        return numbers
    kind, households, in_buildings = database.counted(connection, community)
    return numbers.for_grids(in_buildings, staff=numbers.staff_needed(households, kind))


def standing(connection: Connection, community: str) -> dict[str, float] | None:
    """How good a community's grids are; None where that isn't known.

    `off` and `off_least`: households more or fewer than the target, mean over its grids, as they are and at least in
    any division. `walk_m`: metres on foot of a household to the middle of its grid. `crossed`, `cut`: barriers and
    compounds, how often. `gap`: share by which the objective may be above the least possible.
    """
    summary = results.state(connection)["grids"].summary or {}
    rows = (one for one in summary.get("by_community", ()) if one["community_code"] == community)
    found = next(rows, None)
    if found is None or not found["grids"]:
        return None
    off = found["off_target"] / OFF_TARGET_M / found["grids"]
    return {
        "off": off,
        "off_least": off * found["deviation_least"] / found["deviation"] if found["deviation"] else 0.0,
        "walk_m": found["walk"] / found["households"],
        "crossed": round(found["crossed"] / CROSSED),
        "cut": round(found["cut"] / CUT),
        "gap": max(found["gap"], 0.0),
    }
