"""At which revision the database stands, and which is the newest: enough to know that nothing has to be migrated."""

from __future__ import annotations

import re
from functools import cache

from sqlalchemy import Engine, text

from gridmap.database.tables import SCHEMA
from gridmap.resources import folder

_REVISION = re.compile(r"^(down_)?revision(?:: [^=]+)? = \"([^\"]+)\"", re.MULTILINE)
_THERE = text("SELECT to_regclass(:table) IS NOT NULL")
_CURRENT = text(f"SELECT version_num FROM {SCHEMA}.alembic_version")  # noqa: S608  (a constant)


def current(engine: Engine) -> str | None:
    """The revision at which the database stands; None where it has none of our tables."""
    with engine.connect() as connection:
        if not connection.scalar(_THERE, {"table": f"{SCHEMA}.alembic_version"}):
            return None
        return connection.scalar(_CURRENT)


@cache
def newest() -> str | None:
    """The revision that no migration follows."""
    said = [
        found
        for file in (folder("migrations") / "versions").glob("*.py")
        for found in _REVISION.findall(file.read_text(encoding="utf-8"))
    ]
    followed = {revision for down, revision in said if down}
    return next((revision for down, revision in said if not down and revision not in followed), None)
