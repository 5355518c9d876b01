"""How the four analyses stand, as the map and `/readyz` show it."""

from __future__ import annotations

from typing import Any

from gridmap.database.facts import latest_runs
from gridmap.database.tables import ANALYSES
from gridmap.web.reading import connection

_WORDS = {"running": "running", "done": "current", "failed": "failed", "cancelled": "failed"}


def analyses() -> list[dict[str, Any]]:
    """One entry an analysis: its state, the data version it was made from, when, and its summary."""
    runs = latest_runs(connection())
    found = []
    for name in ANALYSES:
        run = runs.get(name)
        status = _WORDS[run["status"]] if run else "never"
        found.append(
            {
                "analysis": name,
                "status": status,
                "data_version": run["data_version"] if run else None,
                "finished_at": run["finished_at"].isoformat() if run and run["finished_at"] else None,
                "progress": run["progress"] if run and status == "running" else None,
                "summary": run["summary"] if run else None,
                "renew": False,
            }
        )
    return found
