"""All the checks of a district, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MappingProxyType

from gridmap.domain.district import District
from gridmap.domain.notes import Note, Words, template
from gridmap.domain.numbers import Numbers
from gridmap.layers.checking.areas import invalid, left_open, overlapping, reaching_out, uncovered_streets
from gridmap.layers.checking.figures import codes_twice, sums, values
from gridmap.layers.checking.findings import Finding, ranked
from gridmap.layers.checking.places import dead_references, far_gates, loose_ends, orphans
from gridmap.layers.report import Report

_CHECKS: tuple[tuple[Words, Callable[[District, Numbers], Iterator[Finding]]], ...] = (
    (template("shapes"), invalid),
    (template("overlaps"), overlapping),
    (template("gaps"), left_open),
    (template("streets"), uncovered_streets),
    (template("areas in their parents"), reaching_out),
    (template("places that belong nowhere"), orphans),
    (template("gates"), far_gates),
    (template("ways"), loose_ends),
    (template("references"), dead_references),
    (template("sums"), sums),
    (template("codes"), codes_twice),
    (template("values"), values),
)

_KIND_OF = MappingProxyType({"code_twice": "code_twice", "required": "refused"})
"""What the reader's reasons are as findings; any other is a shape's."""


def check(
    district: District, *, numbers: Numbers, progress: Callable[[float, Words], None], before: list[Finding]
) -> list[Finding]:
    """Everything that is wrong with a district, the worst first.

    Parameters
    ----------
    district
        In metres, as it is: nothing repaired, nothing derived.
    before
        What was found already while it was read, see `refused`.
    """
    found = list(before)
    for number, (words, one) in enumerate(_CHECKS):
        progress(number / len(_CHECKS), words)
        found += one(district, numbers)
    return ranked(found)


def refused(report: Report) -> list[Finding]:
    """What reading a file had to repair or refuse, as findings."""
    layers = {one.source: one.layer for one in report.layers if one.layer}
    found = []
    for feature in report.features:
        layer = layers.get(feature.layer)
        if layer is None or feature.action == "noted":
            continue
        kind = _KIND_OF.get((feature.reason.code or "").split(" ")[0], "invalid_shape")
        told = {"number": feature.number, "layer": feature.layer, "reason": feature.reason}
        found.append(
            Finding(
                kind,
                "error",
                layer,
                Note("feature {number} of {layer}: {reason}", told, code=feature.reason.code),
                code=feature.code,
            )
        )
    return found
