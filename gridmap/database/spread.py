"""How far off derived households of places may be: their buildings' errors, summed up where the buildings are."""

# ruff: noqa: S608 (the names in these statements are our own tables')

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, text

from gridmap.domain.numbers import Numbers
from gridmap.domain.uncertainty import Plausible, plausible

_SUMMED = """
SELECT coalesce(sqrt(sum(power(households * own, 2))), 0) AS own, coalesce(sum(households * shared), 0) AS shared
FROM (
    SELECT b.households, CASE WHEN bare THEN :own_no_floors ELSE :own END AS own,
        CASE WHEN bare THEN :shared_no_floors ELSE :shared END AS shared
    FROM gridmap.buildings b,
        LATERAL (SELECT 'floors' = ANY(string_to_array(b.derived, ' ')) AS bare) AS marks
    WHERE 'households' = ANY(string_to_array(b.derived, ' ')) AND {belongs}
) AS errors
"""
_DERIVED = "'households' = ANY(string_to_array({table}.derived, ' '))"
_BELONGS = MappingProxyType(
    {
        "streets": "b.community_code IN (SELECT code FROM gridmap.communities c WHERE c.street_code = :code AND "
        + _DERIVED.format(table="c")
        + ")",
        "communities": "b.community_code IN (SELECT code FROM gridmap.communities c WHERE c.code = :code AND "
        + _DERIVED.format(table="c")
        + ")",
        "compounds": "b.compound_code IN (SELECT code FROM gridmap.compounds c WHERE c.code = :code AND "
        + _DERIVED.format(table="c")
        + ")",
        "buildings": "b.code = :code",
    }
)
"""Which buildings make up a place's households; none where those were counted."""


def households_between(
    connection: Connection, layer: str, code: str, households: int | None, *, numbers: Numbers
) -> Plausible | None:
    """Between what the households of a place may lie; None where nothing of them was derived."""
    if households is None or layer not in _BELONGS:
        return None
    values: dict[str, Any] = {
        "code": code,
        "own": numbers.households_error,
        "own_no_floors": numbers.households_error_no_floors,
        "shared": numbers.households_shared_error,
        "shared_no_floors": numbers.households_shared_error_no_floors,
    }
    own, shared = connection.execute(text(_SUMMED.replace("{belongs}", _BELONGS[layer])), values).one()
    return plausible(float(households), float(own), float(shared))
