"""How the four analyses stand, as the map and `/readyz` show it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from gridmap.database import results
from gridmap.web.reading import connection


def analyses() -> list[dict[str, Any]]:
    """One entry an analysis: its state, the data version that its result was made from, when, and its summary."""
    return [
        {
            "analysis": name,
            "status": "failed" if state.status == "never" and state.error else state.status,
            "data_version": state.version,
            "finished_at": state.finished_at.isoformat() if state.finished_at else None,
            "progress": state.progress,
            "doing": state.doing.worded(gettext) if state.doing else None,
            "summary": dict(state.summary) if state.summary is not None else None,
            "error": state.error.worded(gettext) if state.error else None,
            "renew": False,
        }
        for name, state in results.state(connection()).items()
    ]
