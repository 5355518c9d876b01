"""The map that is handed on: layers from the database in one HTML file that opens with no network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine

from gridmap.domain.errors import InputError
from gridmap.domain.layers import DISTRICT_LAYERS, RESULT_LAYERS
from gridmap.report.snapshot import write_snapshot
from gridmap.services.files import stored_layer

DEFAULT_LAYERS = ("communities", "isolation", "gate_proposals", "grids", "regions", "centres")
ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"


def write(engine: Engine, path: Path, *, layers: Sequence[str] | None, lang: Literal["zh", "en"]) -> list[str]:
    """Write the map of these layers; gives the names of those that have anything to show.

    Raises
    ------
    InputError
        A layer can't be handed on, since it is about people or has no geometry.
    """
    for name in layers or ():
        known = DISTRICT_LAYERS.get(name) or RESULT_LAYERS.get(name)
        if known is not None and (known.personal or known.geometry is None):
            raise InputError("The layer {layer} can't be put on a map that is handed on.", layer=name)
    tables = {name: stored_layer(engine, name) for name in layers or DEFAULT_LAYERS}
    shown = {name: table for name, table in tables.items() if len(table)}
    write_snapshot(path, shown, title="gridmap", attribution=ATTRIBUTION, lang=lang)
    return list(shown)
