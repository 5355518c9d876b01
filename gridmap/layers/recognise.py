"""Which of our layers a layer of some file is: by its name, its columns, its geometry."""

from __future__ import annotations

import re

from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.domain.notes import Note
from gridmap.layers.counts import is_table_of_counts
from gridmap.layers.repair import Family
from gridmap.layers.vocabulary import LAYER_WORDS, MARKERS, columns_of

BUILDING_AREA_M2 = 3_000.0
COMPOUND_AREA_M2 = 400_000.0
"""Areas whose median is smaller than these are buildings, compounds; larger ones communities."""
_ANY_SITE = ("centres", "facilities")
"""Layers of points that may come as areas: the point is then one inside."""
_NO_PLACE = ("staff", "assignments", "members")
"""Layers whose rows may come without a place; tables of counts by community do, too, and complete what is there."""


def fits(layer: str, family: Family | None) -> bool:
    """Whether a layer can hold shapes of this kind; None is for tables without geometry."""
    if family is None:
        return layer in _NO_PLACE
    wanted = DISTRICT_LAYERS[layer].geometry
    if wanted == "multipolygon":
        wanted = "polygon"
    return family == wanted or (family == "polygon" and layer in _ANY_SITE)


def by_name(name: str, family: Family | None) -> str | None:
    """The layer that a name speaks of, where the geometry fits."""
    if name.lower() in DISTRICT_LAYERS and fits(name.lower(), family):
        return name.lower()
    for layer, words in LAYER_WORDS.items():
        if fits(layer, family) and re.search(words, name, re.IGNORECASE):
            return layer
    return None


def by_columns(columns: list[str], family: Family | None) -> str | None:
    """The layer whose own columns are there, where the geometry fits; the one with most of them."""
    found = {
        layer: len(set(columns_of(layer, DISTRICT_LAYERS[layer].names, columns)) & set(markers))
        for layer, markers in MARKERS.items()
        if fits(layer, family)
    }
    best = max(found, key=lambda layer: found[layer], default=None)
    return best if best is not None and found[best] else None


def recognise(
    name: str, stem: str, columns: list[str], family: Family | None, *, area_m2: float | None = None
) -> tuple[str | None, Note]:
    """Which layer it is, and how that was known.

    Parameters
    ----------
    name, stem
        Names of the layer and of the file.
    columns
        Names of its columns.
    family
        Kind of its shapes; None for a table without any.
    area_m2
        Median of its areas.

    Returns
    -------
    layer
        None where nothing tells.
    known_by
        In words.
    """
    if family is None and is_table_of_counts(columns):
        return "communities", Note("its columns: counts by community")
    for text, known_by in ((name, Note("the name of the layer")), (stem, Note("the name of the file"))):
        found = by_name(text, family)
        if found is not None:
            return found, known_by
    found = by_columns(columns, family)
    if found is not None or family == "line":
        return found or "ways", Note("its columns") if found else Note("lines that nothing else is known of")
    if family == "polygon" and area_m2 is not None:
        if area_m2 < BUILDING_AREA_M2:
            return "buildings", Note("the size of its areas")
        return ("compounds" if area_m2 < COMPOUND_AREA_M2 else "communities"), Note("the size of its areas")
    return None, Note("nothing tells which layer it is")
