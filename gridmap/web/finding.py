"""Places that a query finds, in the words of the request's language: for the API and for the front page."""

from __future__ import annotations

from typing import Any

from gridmap.database import search as database
from gridmap.domain.words import LAYER_NAMES
from gridmap.web.access import visible_layers
from gridmap.web.language import request_language
from gridmap.web.reading import connection
from gridmap.web.session import asker

LONGEST_QUERY = 100

SEARCHED = (
    "streets",
    "communities",
    "compounds",
    "centres",
    "facilities",
    "grids",
    "buildings",
    "stairwells",
    "gates",
)
"""The layers that a search finds, the weightier ones first."""


def find(query: str, *, limit: int) -> tuple[list[dict[str, Any]], bool]:
    """The best places that the asker may see, at most `limit`, and whether there are more."""
    layers = tuple(name for name in SEARCHED if name in visible_layers(asker()))
    rows = database.search(connection(), query, layers=layers, most=limit + 1)
    return [_found(row) for row in rows[:limit]], len(rows) > limit


def _found(row: dict[str, Any]) -> dict[str, Any]:
    around = (row["compound"], row["address"] if row["name"] else None, row["community"], row["street"])
    return {
        "code": row["code"],
        "layer": row["layer"],
        "layer_name": getattr(LAYER_NAMES[row["layer"]], request_language()),
        "name": row["name"] or row["address"] or row["code"],
        "context": " · ".join(part for part in around if part and part != row["name"]),
        "point": [row["lon"], row["lat"]] if row["lon"] is not None else None,
        "bbox": [row["west"], row["south"], row["east"], row["north"]] if row["west"] is not None else None,
    }
