"""A walk in words: the gates it passes, its steps, what nobody surveyed, and why there may be none."""

from __future__ import annotations

from typing import Any

from gridmap.domain.words import GATE_ACCESS, GATE_KINDS, WAY_KINDS, WINDS
from gridmap.network import Step, Walk
from gridmap.services.route import Found, Gate, WalkMap
from gridmap.web.language import gettext as _
from gridmap.web.wording import length, wind, word

AHEAD = 30
"""A turn of fewer degrees is none."""
ROUND = 150
"""A turn of more degrees is about."""
AT_GATE_M = 30.0
"""A stretch is told in two parts where a gate lies within it, not where one of them would be shorter than this."""


def gate_name(gate: Gate) -> str:
    """A gate as people call it: by its name, else by the side of its compound."""
    if gate.name:
        return gate.name
    return _("%(side)s gate", side=wind(gate.bearing)) if gate.bearing is not None else _("the gate")


def full_name(gate: Gate) -> str:
    """A gate with its compound."""
    name = gate_name(gate)
    return _("%(gate)s of %(compound)s", gate=name, compound=gate.compound_name) if gate.compound_name else name


def gate_answer(gate: Gate, at_m: float) -> dict[str, Any]:
    """A gate on a walk, for machines and people."""
    return {
        "code": gate.code,
        "name": gate.name,
        "kind": gate.kind,
        "kind_label": word(GATE_KINDS, gate.kind),
        "access": gate.access,
        "access_label": word(GATE_ACCESS, gate.access),
        "side": None if gate.bearing is None else WINDS.codes[round(gate.bearing / 45) % 8],
        "words": _("by the %(gate)s", gate=gate_name(gate)),
        "full_name": full_name(gate),
        "compound": {"code": gate.compound_code, "name": gate.compound_name} if gate.compound_code else None,
        "at_m": round(at_m, 1),
        "point": [round(value, 6) for value in gate.point],
    }


def steps(made: WalkMap, walk: Walk, gates: list[Gate], end: str) -> list[dict[str, Any]]:
    """The walk step by step: stretches and gates in order, and the end."""
    told: list[dict[str, Any]] = []
    passing = list(zip(walk.gates, gates, strict=True))
    for step in made.told(walk):
        rest: Step | None = step
        while rest is not None and passing and passing[0][0].at_m < rest.at_m + rest.metres:
            passage, gate = passing.pop(0)
            before = passage.at_m - rest.at_m
            after = rest.metres - before
            if before > AT_GATE_M:
                told.append(_told(rest._replace(metres=before if after > AT_GATE_M else rest.metres)))
                rest = rest._replace(at_m=passage.at_m, metres=after, turn=0.0) if after > AT_GATE_M else None
            told.append(_passed(gate))
        if rest is not None:
            told.append(_told(rest))
    told += [_passed(gate) for _passage, gate in passing]
    return [*told, {"words": end, "metres": 0, "gate": None}]


def _told(step: Step) -> dict[str, Any]:
    return {"words": _stretch(step), "metres": round(step.metres), "gate": None}


def _passed(gate: Gate) -> dict[str, Any]:
    return {"words": _("Through the %(gate)s", gate=full_name(gate)), "metres": 0, "gate": gate.code}


def _stretch(step: Step) -> str:
    way, metres = step.name or (word(WAY_KINDS, step.kind) if step.kind else None), length(step.metres)
    where = (
        _("along %(way)s, %(metres)s", way=way, metres=metres)
        if way
        else _("straight across, %(metres)s", metres=metres)
    )
    return _("%(turn)s %(where)s", turn=_turn(step), where=where)


def _turn(step: Step) -> str:
    if step.turn is None:
        return _("To the %(wind)s,", wind=wind(step.bearing))
    if abs(step.turn) < AHEAD:
        return _("Straight on,")
    if abs(step.turn) > ROUND:
        return _("Turn about,")
    return _("Left,") if step.turn < 0 else _("Right,")


def sentence(found: Found, gates: list[Gate], minutes: int, stop: Gate | None) -> str:
    """The answer in one sentence."""
    if found.walk is None:
        return _("There is no way there on foot.")
    metres = length(found.walk.length_m)
    if stop is not None:
        return _(
            "%(metres)s to the %(gate)s, about %(minutes)s min; it opens for residents only.",
            metres=metres,
            gate=full_name(stop),
            minutes=minutes,
        )
    if not gates:
        return _("%(metres)s, about %(minutes)s min on foot.", metres=metres, minutes=minutes)
    return _(
        "%(metres)s, about %(minutes)s min on foot, by the %(gate)s.",
        metres=metres,
        minutes=minutes,
        gate=gate_name(gates[-1]),
    )


def notes(made: WalkMap, found: Found, stop: Gate | None) -> list[str]:
    """What the walker should know besides."""
    said = []
    if stop is not None:
        said.append(_("Who shows the door code at the gate is let in; else ask the committee or the compound's guard."))
    if found.unsurveyed:
        names = _(", ").join(made.compound_name(code) for code in found.unsurveyed)
        said.append(_("The way leads through %(names)s, which nobody has surveyed.", names=names))
        if found.worst_m is None:
            said.append(_("If it is walled, there is no other way."))
        else:
            said.append(_("If it is walled, the way round it is %(metres)s.", metres=length(found.worst_m)))
    return said


def why_none(made: WalkMap, compound: str | None, compound_name: str | None, *, alike: bool) -> str:
    """Why there is no way: the gates of the compound that are all shut, or something in between."""
    gates = made.gates_of(compound) if compound is not None and not alike else {}
    name = compound_name or compound or ""
    if gates and all(access == "closed" for access in gates.values()):
        return _("All mapped gates of %(compound)s are closed.", compound=name)
    if compound is not None and not alike and not gates:
        return _("No gate of %(compound)s is mapped, and its walls are.", compound=name)
    return _("Walls, a river or a railway lie between, and no gate or bridge that is mapped leads across.")
