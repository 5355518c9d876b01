"""The map that is handed on: layers from the database in one HTML file that opens with no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import pandas as pd
from sqlalchemy import Engine

from gridmap.database import facts, illustrative
from gridmap.domain.errors import InputError
from gridmap.domain.layers import DISTRICT_LAYERS, RESULT_LAYERS, SMALL_COUNTS, SMALL_PARTS
from gridmap.domain.words import LAYER_NAMES
from gridmap.report.snapshot import write_snapshot
from gridmap.services.files import stored_layer

GROUND = ("ground", "ways")
"""Drawn beneath whatever is handed on."""
DEFAULT_LAYERS = ("communities", "compounds", "isolation", "gate_proposals", "grids", "regions", "centres")
ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"


def write(
    engine: Engine, path: Path, *, layers: Sequence[str] | None, lang: Literal["zh", "en"], least_shown: int
) -> list[str]:
    """Write the map of these layers; gives the names of those that have anything to show.

    Counts of groups of people below `least_shown` are left out.

    Raises
    ------
    InputError
        A layer can't be handed on, since it is about people or has no geometry.
    """
    for name in layers or ():
        known = DISTRICT_LAYERS.get(name) or RESULT_LAYERS.get(name)
        if known is not None and (known.personal or known.geometry is None):
            raise InputError("The layer {layer} can't be put on a map that is handed on.", layer=name)
    chosen = dict.fromkeys([*GROUND, *(layers or DEFAULT_LAYERS)])
    tables = {name: stored_layer(engine, name) for name in chosen}
    shown = {name: _for_everybody(table, least_shown) for name, table in tables.items() if len(table)}
    with engine.connect() as connection:
        made_up = illustrative.is_there(connection)
        owed = made_up or facts.from_openstreetmap(connection)
    write_snapshot(
        path,
        shown,
        title=_title(shown, lang),
        attribution=ATTRIBUTION if owed else "",
        lang=lang,
        illustrative=made_up,
    )
    return list(shown)


def _for_everybody(table: pd.DataFrame, least: int) -> pd.DataFrame:
    """The table without small counts of groups of people."""
    small = [name for name in (*SMALL_COUNTS, *SMALL_PARTS) if name in table]
    return table.assign(**{name: table[name].where((table[name] >= least).fillna(value=False)) for name in small})


def _title(tables: Mapping[str, pd.DataFrame], lang: str) -> str:
    """What lies on the map beside its ground, in words."""
    names = [LAYER_NAMES[name] for name in tables if name not in GROUND]
    return "、".join(name.zh for name in names) if lang == "zh" else ", ".join(name.en for name in names)
