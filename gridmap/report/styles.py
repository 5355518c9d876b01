"""How each layer of a map that is handed on is drawn; the colours are those of the map in the browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from gridmap.domain.words import CENTRE_KINDS, GROUND_KINDS, ISOLATION_CLASSES, LAYER_NAMES, REGION_STATUS
from gridmap.report.words import Lang, phrase, term

Style = dict[str, Any]

SIX = ("#49648D", "#90BFDF", "#CACA72", "#DF9090", "#C84141", "#7741C8")
"""Six fills for areas that touch, apart with any colour blindness."""
_GROUND = {
    "sea": "#CBDDE8",
    "water": "#CBDDE8",
    "hill": "#E2EADB",
    "built_up": "#EFEAE1",
    "green": "#DFE9D3",
    "farmland": "#F0EFDF",
}
_ISOLATION = {"open": "#BFD9E8", "partly": "#F0A94A", "isolated": "#A3281E", "unsurveyed": "#C9C6BF"}
_CENTRES = {"service_centre": "#1F5FA8", "committee_office": "#5A6775"}
_MAIN_WAYS = ("motorway", "trunk", "primary", "secondary", "tertiary")


@dataclass(frozen=True)
class Drawing:
    """A layer's drawing: the styles, which of them each row has, and the legend's entries (style, words)."""

    styles: list[Style]
    which: npt.NDArray[np.int64]
    legend: list[tuple[Style, str]]
    show: bool = True
    cards: bool = True


def _fill(
    colour: str, *, strength: float, line: str | None = None, width: float = 1.0, dash: str | None = None
) -> Style:
    style: Style = {"color": line or colour, "weight": width, "fillColor": colour, "fillOpacity": strength}
    return {**style, "dashArray": dash} if dash else style


def _dot(colour: str, radius: float, *, fill: str | None = None) -> Style:
    return {"radius": radius, "color": colour, "weight": 2, "fillColor": fill or colour, "fillOpacity": 1}


def _by_value(table: gpd.GeoDataFrame, column: str, styles: dict[str, Style], other: str) -> npt.NDArray[np.int64]:
    codes = list(styles)
    values = table.get(column, [other] * len(table))
    return np.array([codes.index(v if v in styles else other) for v in values], dtype=np.int64)


def colours_apart(shapes: npt.NDArray[Any], count: int = len(SIX)) -> npt.NDArray[np.int64]:
    """A colour number for each area such that neighbours differ wherever `count` colours allow."""
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    neighbours: dict[int, set[int]] = {}
    for i, j in zip(a.tolist(), b.tolist(), strict=True):
        if i != j:
            neighbours.setdefault(i, set()).add(j)
    colour = np.full(len(shapes), -1, dtype=np.int64)
    for i in sorted(range(len(shapes)), key=lambda i: -len(neighbours.get(i, ()))):
        near = [int(colour[j]) for j in neighbours.get(i, ()) if colour[j] >= 0]
        used = np.bincount(near, minlength=count)[:count] + np.bincount(colour[colour >= 0], minlength=count) * 1e-6
        colour[i] = int(np.argmin(used))
    return colour


def _ground(table: gpd.GeoDataFrame, lang: Lang) -> Drawing:
    styles = {kind: _fill(colour, strength=1.0, width=0) for kind, colour in _GROUND.items()}
    kinds = set(table["kind"]) if "kind" in table else set()
    legend = [(styles[k], term(GROUND_KINDS, k, lang)) for k in ("sea", "hill", "built_up") if k in kinds]
    return Drawing(list(styles.values()), _by_value(table, "kind", styles, "built_up"), legend, cards=False)


def _ways(table: gpd.GeoDataFrame, _lang: Lang) -> Drawing:
    style = {"color": "#D9B96A", "weight": 1.5, "opacity": 0.9, "fill": False}
    return Drawing([style], np.zeros(len(table), dtype=np.int64), [], cards=False)


def _communities(table: gpd.GeoDataFrame, lang: Lang) -> Drawing:
    style = _fill("#6F6A7A", strength=0.02, width=1.5, dash="5 4")
    return Drawing([style], np.zeros(len(table), dtype=np.int64), [(style, term(LAYER_NAMES, "communities", lang))])


def _streets(table: gpd.GeoDataFrame, lang: Lang) -> Drawing:
    style = _fill("#1C2733", strength=0.0, width=2)
    return Drawing([style], np.zeros(len(table), dtype=np.int64), [(style, term(LAYER_NAMES, "streets", lang))])


def _isolation(table: gpd.GeoDataFrame, lang: Lang) -> Drawing:
    styles = {
        code: _fill(colour, strength=0.78, line="#7E7466", dash="3 3" if code == "unsurveyed" else None)
        for code, colour in _ISOLATION.items()
    }
    legend = [(styles[code], term(ISOLATION_CLASSES, code, lang)) for code in styles]
    return Drawing(list(styles.values()), _by_value(table, "class", styles, "unsurveyed"), legend)


def _compounds(table: gpd.GeoDataFrame, lang: Lang) -> Drawing:
    style = _fill("#C9C6BF", strength=0.5, line="#7E7466")
    return Drawing([style], np.zeros(len(table), dtype=np.int64), [(style, term(LAYER_NAMES, "compounds", lang))])


def _grids(table: gpd.GeoDataFrame, _lang: Lang) -> Drawing:
    styles = [_fill(colour, strength=0.35, width=1) for colour in SIX]
    return Drawing(styles, colours_apart(table.geometry.to_numpy()), [], show=False)


def _regions(table: gpd.GeoDataFrame, lang: Lang) -> Drawing:
    styles = [_fill(colour, strength=0.4, width=2.5) for colour in SIX]
    pale = [{**style, "fillOpacity": 0.12, "dashArray": "6 4"} for style in styles]
    new = (table["status"] == "new").to_numpy() if "status" in table else np.ones(len(table), dtype=bool)
    legend = [
        ({**styles[0], "fillOpacity": 0.4}, term(REGION_STATUS, "new", lang)),
        (pale[0], f"{term(REGION_STATUS, 'kept', lang)} / {term(REGION_STATUS, 'later', lang)}"),
    ]
    which = colours_apart(table.geometry.to_numpy()) + np.where(new, 0, len(SIX))
    return Drawing([*styles, *pale], which, legend, show=False)


FIRMNESS = ((0.9, 5.0, "#1C2733", "firm"), (0.5, 3.5, "#8A5A00", "likely"), (0.0, 2.0, "#B3261E", "open"))
"""From which share of good plans on a border is drawn how wide and in which colour, and what it is called."""


def firmness_class(value: float | None) -> int:
    """The class of a border's firmness; the one after the last where it can't differ."""
    if value is None or np.isnan(value):
        return len(FIRMNESS)
    return next(number for number, (least, *_) in enumerate(FIRMNESS) if value >= least)


def _borders(table: gpd.GeoDataFrame, lang: Lang) -> Drawing:
    styles: list[Style] = [{"color": c, "weight": w, "opacity": 1, "fill": False} for _, w, c, _ in FIRMNESS]
    styles.append({"color": "#5A6775", "weight": 2.5, "opacity": 1, "fill": False, "dashArray": "2 5"})
    words = [phrase(f"firmness_{name}", lang) for *_, name in FIRMNESS] + [phrase("firmness_fixed", lang)]
    swatches = [{**style, "fillColor": style["color"], "fillOpacity": 1} for style in styles]
    which = np.array([firmness_class(value) for value in table["firmness"].astype("float64")], dtype=np.int64)
    return Drawing(styles, which, list(zip(swatches, words, strict=True)))


def _proposals(table: gpd.GeoDataFrame, lang: Lang) -> Drawing:
    style = _dot("#2E7D4F", 6, fill="#FFFFFF")
    return Drawing([style], np.zeros(len(table), dtype=np.int64), [(style, term(LAYER_NAMES, "gate_proposals", lang))])


def _centres(table: gpd.GeoDataFrame, lang: Lang) -> Drawing:
    styles = {"service_centre": _dot(_CENTRES["service_centre"], 8), "committee_office": _dot("#5A6775", 4)}
    legend = [(styles[kind], term(CENTRE_KINDS, kind, lang)) for kind in styles]
    return Drawing(list(styles.values()), _by_value(table, "kind", styles, "committee_office"), legend)


def _points(name: str, colour: str) -> Callable[[gpd.GeoDataFrame, Lang], Drawing]:
    def draw(table: gpd.GeoDataFrame, lang: Lang) -> Drawing:
        style = _dot(colour, 3)
        return Drawing(
            [style], np.zeros(len(table), dtype=np.int64), [(style, term(LAYER_NAMES, name, lang))], show=False
        )

    return draw


DRAWN: dict[str, Callable[[gpd.GeoDataFrame, Lang], Drawing]] = {
    "ground": _ground,
    "ways": _ways,
    "streets": _streets,
    "communities": _communities,
    "compounds": _compounds,
    "isolation": _isolation,
    "grids": _grids,
    "regions": _regions,
    "borders": _borders,
    "facilities": _points("facilities", "#8A5A00"),
    "gates": _points("gates", "#4D4438"),
    "gate_proposals": _proposals,
    "centres": _centres,
}
"""The layers that a map handed on can show, from the lowest to the topmost."""


def layer_name(name: str, lang: Lang) -> str:
    """A layer's name in the layer switch."""
    return phrase(name, lang) if name in ("ground", "ways", "borders") else term(LAYER_NAMES, name, lang)


def shown(name: str, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The rows worth drawing: of the ways the main ones, everywhere those that have a shape."""
    if name == "ways":
        table = table[table["kind"].isin(_MAIN_WAYS)]
    return table[~(table.geometry.isna() | table.geometry.is_empty)]
