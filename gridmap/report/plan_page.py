"""The report of a plan: one HTML page with a map inside, which opens with no network and prints on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from jinja2 import Environment, FileSystemLoader

from gridmap.domain.metric import metric_crs
from gridmap.report.snapshot import snapshot_html
from gridmap.report.styles import FIRMNESS, SIX, colours_apart, firmness_class
from gridmap.report.words import Lang, phrase

_ASSETS = Path(__file__).with_name("assets")
_WIDTH = 1000.0
"""Width of the printed map in its own units."""
_MOST_HEIGHT = 1300.0


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
    legend = [(width, colour, phrase(f"firmness_{name}", lang)) for _, width, colour, name in FIRMNESS]
    return environment.get_template("plan.html").render(
        told=told,
        labels=labels,
        reasons=reasons,
        map=inner,
        printed=_printed(layers["regions"], layers["borders"]),
        legend=legend,
        fixed=phrase("firmness_fixed", lang),
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


def _printed(regions: gpd.GeoDataFrame, borders: gpd.GeoDataFrame) -> dict[str, Any]:
    """The map for paper, as shapes of an SVG: areas by colour, lines by firmness, names."""
    crs = metric_crs(tuple(regions.total_bounds))
    areas, lines = regions.to_crs(crs), borders.to_crs(crs)
    west, south, east, north = areas.total_bounds
    scale = min(_WIDTH / (east - west), _MOST_HEIGHT / (north - south))

    def placed(shapes: np.ndarray) -> np.ndarray:
        simple = shapely.simplify(shapes, 0.5 / scale)
        return np.asarray(shapely.transform(simple, lambda xy: np.round((xy - [west, north]) * [scale, -scale], 1)))

    colour = colours_apart(areas.geometry.to_numpy())
    shapes = placed(areas.geometry.to_numpy())
    points = shapely.point_on_surface(shapes)
    return {
        "width": round((east - west) * scale),
        "height": round((north - south) * scale),
        "areas": [(_path(shape), SIX[which]) for shape, which in zip(shapes, colour.tolist(), strict=True)],
        "lines": [
            (_path(shape), *_stroke(firmness_class(value)))
            for shape, value in zip(
                placed(lines.geometry.to_numpy()), lines["firmness"].astype("float64").tolist(), strict=True
            )
        ],
        "names": [
            (round(point.x), round(point.y), str(code)[-3:])
            for point, code, number in zip(points, areas["code"], areas["region"], strict=True)
            if number >= 0
        ],
    }


def _stroke(which: int) -> tuple[str, float, str]:
    if which == len(FIRMNESS):
        return "#5A6775", 2.5, "2 5"
    _, width, colour, _ = FIRMNESS[which]
    return colour, width, "none"


def _path(shape: shapely.Geometry) -> str:
    """An SVG path of an area or a line."""
    parts = []
    for part in shapely.get_parts(shape):
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for ring in rings:
            if ring.geom_type != "Point":
                parts += ["M", "L".join(f"{x:g} {y:g}" for x, y in ring.coords)]
    return "".join(parts)
