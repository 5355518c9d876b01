"""The date on the wall of the offices that use gridmap, wherever the server stands."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

LOCAL_TIME = ZoneInfo("Asia/Shanghai")


def today() -> date:
    """The date there now."""
    return datetime.now(LOCAL_TIME).date()
