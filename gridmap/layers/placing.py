"""The coordinate systems of a file's layers: what is said, else what the values allow, else what comparing tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.domain.notes import Note
from gridmap.layers.comparison import Known, compared
from gridmap.layers.crs import System, bounds_of, datum_in, in_china, metric_ones, shifted_ones, system_of
from gridmap.layers.report import Report
from gridmap.layers.source import SourceLayer

LayerOf = Callable[[SourceLayer, System], str | None]

_OWN_LEAST = 2
"""Columns of ours by which a table counts as made for gridmap."""


def _is_own(source: SourceLayer) -> bool:
    """Whether a table has nothing but columns of one of our layers, by our names: such tables are in WGS84."""
    columns = {str(column) for column in source.table.columns}
    return len(columns) >= _OWN_LEAST and any(columns <= set(layer.names) for layer in DISTRICT_LAYERS.values())


def _said(source: SourceLayer) -> System:
    """What the file says, in its columns' names too, and what its values allow."""
    assert source.shapes is not None
    system = system_of(source.shapes, source.crs, said_by=source.said_by)
    if source.datum is not None:
        return replace(system, datum=source.datum, sure=True)
    if system.sure or source.format != "table":
        return system
    named = datum_in(str(source.said_by))
    if named is not None:
        words = Note("the names of the columns {names}", {"names": source.said_by})
        return replace(system, datum=named, sure=True, known_by=words)
    if _is_own(source):
        return replace(system, sure=True, known_by=Note("the columns are gridmap's own, which are in WGS84"))
    return system


def _possible(source: SourceLayer, system: System) -> list[System]:
    """The systems that comparing may choose from; the one found comes first."""
    assert source.shapes is not None
    bounds = bounds_of(source.shapes)
    if not np.isfinite(bounds).all():
        return []
    if system.crs is None:
        return metric_ones(bounds)
    return shifted_ones(system) if in_china(bounds, system) else []


def systems_of(
    sources: Sequence[SourceLayer], layer_of: LayerOf, *, given: str | None, known: Known | None, report: Report
) -> list[System]:
    """The coordinate system of each layer of a file.

    Parameters
    ----------
    sources
        Those with shapes.
    layer_of
        Which of our layers a layer is, once its system is known.
    given
        What the user says, which counts before all.
    known
        What is already known of the place. Layers that can't be compared with it go with those of the same file that
        can, where these agree.
    report
        Gets a note of each layer whose file says something else than what comparing told, and of those that the file's
        word was taken for.

    Returns
    -------
    list
        By source; `crs` None or `sure` False where it has to be asked for.
    """
    if given is not None:
        return [system_of(source.shapes, source.crs, given=given) for source in sources if source.shapes is not None]
    found = [_said(source) for source in sources]
    if known is None:
        return found
    told: dict[int, System] = {}
    open_ones = {at: possible for at, source in enumerate(sources) if (possible := _possible(source, found[at]))}
    for at, possible in open_ones.items():
        shapes, layer = sources[at].shapes, layer_of(sources[at], found[at])
        if layer is not None and shapes is not None:
            system = compared(shapes, layer, possible, known)
            if system is not None:
                told[at] = system
    told |= _like_the_others(found, told, [at for at in open_ones if at not in told])
    _tell(sources, found, told, list(open_ones), report)
    return [told.get(at, system) for at, system in enumerate(found)]


def _like_the_others(found: Sequence[System], told: dict[int, System], left: list[int]) -> dict[int, System]:
    """The systems of layers that couldn't be compared: those of the same file's that could, where all these agree."""
    words = Note("the other layers of the file, which were compared with what is here")
    like: dict[int, System] = {}
    for at in left:
        kin = [system for other, system in told.items() if (found[other].crs is None) == (found[at].crs is None)]
        if len({(system.datum, system.swapped, system.name) for system in kin}) == 1:
            own = kin[0] if found[at].crs is None else replace(found[at], datum=kin[0].datum)
            like[at] = replace(own, known_by=words, sure=True)
    return like


def _tell(
    sources: Sequence[SourceLayer],
    found: Sequence[System],
    told: dict[int, System],
    open_ones: list[int],
    report: Report,
) -> None:
    """Note what comparing changed, and where the file's word had to do."""
    for at, system in sorted(told.items()):
        if found[at].sure and system.datum != found[at].datum:
            said = {"layer": sources[at].name, "said_by": found[at].known_by, "said": found[at].name}
            is_so = {**said, "found": system.name, "known_by": system.known_by, "datum": found[at].datum}
            report.note(
                Note(
                    "{layer} says that it is in {said} ({said_by}), but it is in {found}: {known_by}. It was converted "
                    "from that; if it is right as it is, say --crs {datum}.",
                    is_so,
                )
            )
    believed = [sources[at].name for at in open_ones if at not in told and found[at].sure and found[at].crs]
    if believed:
        report.note(
            Note(
                "Whether {layers} are shifted can't be told: there is nothing here that they fit, so the file's word "
                "was taken. If they come from a Chinese web map, say --crs gcj02 or bd09.",
                {"layers": ", ".join(believed)},
            )
        )
