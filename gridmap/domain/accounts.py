"""Accounts: who may do what, and how far it reaches (DESIGN section 10). One table for pages, API and queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Literal

Role = Literal["resident", "desk", "leader", "staff", "planner", "official", "administrator"]
"""Who asks. `resident` has no account; `desk` is a resident at the machine itself, while nobody else can reach it."""

Permission = Literal[
    "alive", "public", "own", "look", "people", "name", "correct", "load", "weigh", "plan", "administer"
]
"""
`alive`: ask whether the server answers. `public`: what is published for everyone. `own`: one's own account.
`look`: the map with all that tells of no person. `people`: personal data of staff and leaders. `name`: give places
their leaders, end terms, bring in rosters. `correct`: gates and enclosure. `load`: bring in files, take loads back.
`weigh`: ask what one more gate would change, and keep that. `plan`: shape plans and adopt them. `administer`: accounts,
and the audit log.
"""

Reach = Literal["nothing", "places", "community", "street", "district"]
"""How far `people`, `name` and `correct` go: one's own places, community, street, or everywhere."""


@dataclass(frozen=True)
class Grant:
    """What a role may do, and where."""

    permissions: frozenset[Permission]
    reach: Reach = "nothing"


GRANTS: Mapping[Role, Grant] = MappingProxyType(
    {
        "resident": Grant(frozenset({"alive", "public"})),
        "desk": Grant(frozenset({"alive", "public", "look"})),
        "leader": Grant(frozenset({"alive", "public", "own", "people", "correct"}), "places"),
        "staff": Grant(frozenset({"alive", "public", "own", "look", "people", "name", "correct"}), "community"),
        "planner": Grant(frozenset({"alive", "public", "own", "look", "load", "weigh", "plan"})),
        "official": Grant(
            frozenset({"alive", "public", "own", "look", "people", "name", "correct", "weigh"}), "street"
        ),
        "administrator": Grant(
            frozenset(
                {"alive", "public", "own", "look", "people", "name", "correct", "load", "weigh", "plan", "administer"}
            ),
            "district",
        ),
    }
)

BELONGS_TO: Mapping[str, str | None] = MappingProxyType(
    {"leader": "staff_code", "staff": "community_code", "planner": None, "official": "street_code",
     "administrator": None}
)  # fmt: skip
"""The column of an account that says whose it is, by role: without it the account reaches nothing."""

SHORTEST_PASSWORD = 10
"""Characters; setting, after NIST SP 800-63B, which asks for 8 with a check against common passwords."""
LONGEST_PASSWORD = 128
WEAKEST_PASSWORD = 2
"""zxcvbn's least score of 0 to 4: from here on more than a hundred million guesses are needed."""
LONGEST_NAME = 40

SESSION_LASTS = timedelta(days=14)
SESSION_IDLES = timedelta(days=3)
"""A session ends so long after the login, and so long after it was last used; settings."""


@dataclass(frozen=True)
class Asker:
    """Who asks: the account, or one of the two kinds of askers without one."""

    role: Role
    id: int | None = None
    name: str | None = None
    staff_code: str | None = None
    community_code: str | None = None
    street_code: str | None = None

    @property
    def grant(self) -> Grant:
        """What this asker may do."""
        return GRANTS[self.role]

    def may(self, permission: Permission) -> bool:
        """Whether this asker has the permission somewhere at all."""
        return permission in self.grant.permissions


RESIDENT = Asker("resident")
DESK = Asker("desk")
