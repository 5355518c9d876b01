"""The report of a plan: one HTML page with a map inside, which opens with no network and prints on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from jinja2 import Environment, FileSystemLoader

from gridmap.report.printed import PrintedMap, printed_map
from gridmap.report.snapshot import snapshot_html
from gridmap.report.words import Lang, phrase

_ASSETS = Path(__file__).with_name("assets")


def plan_html(
    told: Mapping[str, Any],
    labels: Mapping[str, str],
    layers: Mapping[str, gpd.GeoDataFrame],
    reasons: Sequence[Mapping[str, Any]],
    *,
    attribution: str,
    lang: Lang,
    illustrative: bool,
) -> str:
    """The page as text.

    Parameters
    ----------
    told
        The plan in words, as the service's view gives it.
    labels
        The page's own words, by name, in the reader's language.
    layers
        Tables for the map: `regions` and `borders`, and what lies beneath them.
    reasons
        The borders of each pair of regions: `between`, `length`, `firmness`, `pieces` (of each its `number`,
        `length`, `firmness`, `sentence`).
    attribution, lang, illustrative
        As for `write_snapshot`.
    """
    environment = Environment(loader=FileSystemLoader(_ASSETS), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    inner = snapshot_html(
        layers,
        title=str(told["label"]),
        attribution=attribution,
        lang=lang,
        illustrative=illustrative,
        show=("regions",),
    )
    printed = printed_map(layers["regions"], layers["borders"], lang=lang)
    return environment.get_template("plan.html").render(
        told=told,
        labels=labels,
        reasons=reasons,
        map=inner,
        printed=_drawn(printed),
        legend=[(one.width, one.colour, _dashes(one.dash), one.words) for one in printed.legend],
        bars=_bars(told.get("scores")),
        language="zh-CN" if lang == "zh" else "en",
        illustrative=phrase("illustrative", lang) if illustrative else None,
        attribution=attribution,
    )


def _bars(scores: Mapping[str, Any] | None) -> list[tuple[str, float, str]]:
    """Of each principle its label, its share of the bar and its figure."""
    if not scores:
        return []
    return [(one["label"], (one["value"] or 0.0) * 2, f"{one['value']}") for one in scores["principles"]]


def _drawn(printed: PrintedMap) -> dict[str, Any]:
    """The map for paper as paths of an SVG."""
    return {
        "width": round(printed.width),
        "height": round(printed.height),
        "areas": [(_path(area.shape), area.colour) for area in printed.areas],
        "lines": [(_path(line.shape), line.colour, line.width, _dashes(line.dash)) for line in printed.lines],
        "names": [(round(name.x), round(name.y), name.words) for name in printed.names],
    }


def _dashes(dash: Sequence[int]) -> str:
    return " ".join(map(str, dash)) or "none"


def _path(shape: shapely.Geometry) -> str:
    """An SVG path of an area or a line."""
    parts = []
    for part in shapely.get_parts(shape):
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for ring in rings:
            if ring.geom_type != "Point":
                parts += ["M", "L".join(f"{x:g} {y:g}" for x, y in ring.coords)]
    return "".join(parts)
