"""Gates found on the spot where the map had none: put onto it, and taken off again."""

from __future__ import annotations

from sqlalchemy import Connection, Engine

from gridmap.database import changes, gate_places, posts
from gridmap.database.scopes import Scope, require
from gridmap.domain.errors import InputError, NotFoundError
from gridmap.domain.words import GATE_ACCESS


def _require(connection: Connection, scope: Scope, place: str, layer: str) -> None:
    require(connection, scope, place)
    if posts.layer_of(connection, place) != layer:
        raise NotFoundError("There is no place with the code {code} that is yours to look after.", code=place[:80])


def add_gate(engine: Engine, scope: Scope, *, compound: str, crossing: int, access: str, actor: str) -> str:
    """Put a gate where the way of this number (of `gate_places.crossings`) crosses the compound's boundary; its code.

    Raises
    ------
    NotFoundError
        The compound isn't in scope.
    InputError
        There is no such crossing, or no such access.
    """
    with engine.begin() as connection:
        changes.wait_turn(connection)
        _require(connection, scope, compound, "compounds")
        found = gate_places.crossings(connection, compound)
        if access not in GATE_ACCESS or not 0 <= crossing < len(found):
            raise InputError("Choose one of the values of the form.")
        point = (found[crossing]["lon"], found[crossing]["lat"])
        code = gate_places.free_code(connection, compound)
        detail = {"place": code, "after": {"access": access, "point": list(point)}}
        version = changes.record(
            connection, actor=actor, action="correct", layers=["gates"], subject=compound, detail=detail
        )
        gate_places.add(connection, code, compound=compound, point=point, access=access, version=version)
    return code


def drop_gate(engine: Engine, scope: Scope, *, gate: str, actor: str) -> None:
    """Take such a gate off the map again.

    Raises
    ------
    NotFoundError
        It isn't in scope, or wasn't put there on the spot.
    """
    with engine.begin() as connection:
        changes.wait_turn(connection)
        _require(connection, scope, gate, "gates")
        changes.record(
            connection,
            actor=actor,
            action="correct",
            layers=["gates"],
            subject=gate,
            detail={"place": gate, "after": {}},
        )
        if not gate_places.drop(connection, gate):
            raise NotFoundError("There is no gate {code}.", code=gate[:80])
