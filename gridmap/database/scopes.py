"""How far an account reaches, as a condition on places: single objects and queries ask the same one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.expression import BindParameter
from sqlalchemy.types import Boolean, Text

from gridmap.database.terms import SITS_NOW
from gridmap.domain.accounts import Asker
from gridmap.domain.errors import NotFoundError


@dataclass(frozen=True)
class Scope:
    """Everything, or whole communities, or single places by their codes."""

    everything: bool = False
    communities: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    def parameters(self) -> dict[str, Any]:
        """The parameters of `IN_SCOPE` and `PEOPLE_IN_SCOPE`."""
        return {f"scope_{name}": list(value) if isinstance(value, tuple) else value
                for name, value in asdict(self).items()}  # fmt: skip


NOTHING = Scope()
DISTRICT = Scope(everything=True)

IN_SCOPE = "(:scope_everything OR p.community_code = ANY(:scope_communities) OR p.code = ANY(:scope_places))"
"""Condition on a row `p` of `places`: a place in these communities, or one of these places."""

PEOPLE_IN_SCOPE = f"""(:scope_everything OR s.community_code = ANY(:scope_communities) OR EXISTS (
    SELECT FROM gridmap.assignments a JOIN gridmap.places p ON p.code = a.place_code
    WHERE a.staff_code = s.code AND {SITS_NOW} AND {IN_SCOPE}
))"""  # our own pieces
"""Condition on a row `s` of `staff`: of these communities, or in office at a place in scope."""


def scope_parameters() -> tuple[BindParameter[Any], ...]:
    """The parameters of a statement that holds one of the two conditions, with their types."""
    return (
        bindparam("scope_everything", type_=Boolean),
        bindparam("scope_communities", type_=ARRAY(Text)),
        bindparam("scope_places", type_=ARRAY(Text)),
    )


_OF_STREET = text("SELECT code FROM gridmap.communities WHERE street_code = :street ORDER BY code")

# A leader's own places are those of the terms and all that stands in them: the buildings of a grid or compound with
# their stairwells, and the compounds and gates of those buildings.
_OWN = text(
    f"""
    WITH led AS (
        SELECT DISTINCT a.place_code AS code FROM gridmap.assignments a WHERE a.staff_code = :staff AND {SITS_NOW}
    ), buildings AS (
        SELECT code FROM led UNION SELECT m.building_code FROM gridmap.members m JOIN led ON led.code = m.grid_code
        UNION SELECT b.code FROM gridmap.buildings b JOIN led ON led.code = b.compound_code
    ), compounds AS (
        SELECT code FROM led UNION
        SELECT b.compound_code FROM gridmap.buildings b JOIN buildings USING (code) WHERE b.compound_code IS NOT NULL
    )
    SELECT code FROM buildings UNION SELECT code FROM compounds
    UNION SELECT w.code FROM gridmap.stairwells w JOIN buildings ON buildings.code = w.building_code
    UNION SELECT g.code FROM gridmap.gates g JOIN compounds ON compounds.code = g.compound_code
    """  # noqa: S608  # our own pieces
)


def scope_of(connection: Connection, asker: Asker) -> Scope:
    """How far the asker's `people`, `name` and `correct` go at this moment."""
    reach = asker.grant.reach
    if reach == "district":
        return DISTRICT
    if reach == "street" and asker.street_code:
        return Scope(communities=tuple(connection.scalars(_OF_STREET, {"street": asker.street_code})))
    if reach == "community" and asker.community_code:
        return Scope(communities=(asker.community_code,))
    if reach == "places" and asker.staff_code:
        return Scope(places=tuple(connection.scalars(_OWN, {"staff": asker.staff_code})))
    return NOTHING


_COVERS = text(
    f"SELECT EXISTS (SELECT FROM gridmap.places p WHERE p.code = :code AND {IN_SCOPE})"  # noqa: S608  # our own pieces
).bindparams(*scope_parameters())


def covers(connection: Connection, scope: Scope, code: str) -> bool:
    """Whether a place lies in the scope."""
    return bool(connection.scalar(_COVERS, {"code": code, **scope.parameters()}))


def require(connection: Connection, scope: Scope, code: str) -> None:
    """Deny a place that isn't in scope.

    Raises
    ------
    NotFoundError
        It isn't, or there is none: whether it is elsewhere isn't told.
    """
    if not covers(connection, scope, code):
        raise NotFoundError("There is no place with the code {code} that is yours to look after.", code=code[:80])
