"""What the map page starts from: its bounds, layers, themes and the state of the analyses."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from gridmap.database import facts, tiles
from gridmap.database import illustrative as sample
from gridmap.database.tile_layers import TILE_LAYERS
from gridmap.domain.analyses import GIVES
from gridmap.domain.words import LAYER_NAMES
from gridmap.web.access import visible_layers
from gridmap.web.analyses import analyses
from gridmap.web.kept import kept, version
from gridmap.web.language import request_language
from gridmap.web.reading import connection
from gridmap.web.session import asker
from gridmap.web.themes import themes

_ANALYSIS = {layer: analysis for analysis, layers in GIVES.items() for layer in layers}


def map_config() -> dict[str, Any]:
    """The object that the page `/` embeds as `map-config`, in the language of the request."""
    language = request_language()
    seen = visible_layers(asker())
    counted = kept("counts", lambda: facts.counts(connection()))
    made_up = illustrative()
    numbers = {name: number for name, number in counted.items() if name in seen}
    states = analyses()
    by_analysis = {state["analysis"]: state["status"] for state in states}
    bounds = kept("bounds", lambda: tiles.bounds(connection()))
    layers = [
        {
            "id": name,
            "name": getattr(LAYER_NAMES[name], language),
            "geometry": TILE_LAYERS[name].geometry,
            "minzoom": TILE_LAYERS[name].minzoom,
            "tilejson": f"/tiles/{name}.json",
            "count": numbers.get(name, 0),
            "result": name in _ANALYSIS,
            "state": by_analysis.get(_ANALYSIS.get(name, ""), "current"),
        }
        for name in seen
        if name in TILE_LAYERS
    ]
    return {
        "lang": language,
        "version": version(),
        "account": asker().name,
        "may_load": asker().may("load"),
        "may_weigh": asker().may("weigh"),
        "may_correct": asker().may("correct"),
        "district": None,
        "bounds": list(bounds) if bounds else None,
        "illustrative": made_up,
        "notice": _("An illustrative district: its outlines are made up, not surveyed.") if made_up else None,
        "layers": layers,
        "counts": numbers,
        "themes": themes(),
        "analyses": states,
        "attribution": attribution(),
    }


def attribution() -> str:
    """Whom the map owes its lines to; empty where all of it is the user's own."""
    if kept("from_openstreetmap", lambda: facts.from_openstreetmap(connection())):
        return _("© OpenStreetMap contributors (ODbL)")
    return _("Coast © OpenStreetMap contributors (ODbL)") if illustrative() else ""


def illustrative() -> bool:
    """Whether anything of the sample is on the map."""
    return kept("illustrative", lambda: sample.is_there(connection()))
