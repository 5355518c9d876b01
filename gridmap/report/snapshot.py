"""The map that is handed on: one HTML file with everything inside it, which opens with no network at all."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely
from branca.element import Element, Figure, MacroElement
from folium.template import Template
from folium.utilities import JsCode

from gridmap.domain.errors import InputError, UnavailableError
from gridmap.domain.layers import DISTRICT_LAYERS, RESULT_LAYERS
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.report.cards import card, title
from gridmap.report.styles import DRAWN, Drawing, Style, layer_name, shown
from gridmap.report.words import LANGS, Lang, phrase

_ASSETS = Path(__file__).with_name("assets")
_TOLERANCE = 5e-6
"""Degrees, half a metre: what nobody sees on the screen."""
_DECIMALS = 6


_ON_PHONES = """
if (window.innerWidth < 700) {
  L.Control.Layers.addInitHook(function () { this.options.collapsed = true; });
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll(".snapshot-legend").forEach(function (legend) { legend.open = false; });
  });
}
"""


class OfflineMap(folium.Map):
    """A map whose script and style are Leaflet's alone; their links are replaced by their text when it is written."""

    default_js = [("leaflet", "leaflet.js")]  # noqa: RUF012
    default_css = [("leaflet_css", "leaflet.css")]  # noqa: RUF012


class _Corner(MacroElement):
    """Whose data the map shows, and its scale, in the corner."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "{{ this._parent.get_name() }}.attributionControl.setPrefix(false).addAttribution({{ this.text|tojson }});"
        "L.control.scale({imperial: false, position: 'bottomright'}).addTo({{ this._parent.get_name() }});"
        "{% endmacro %}"
    )

    def __init__(self, text: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.text = escape(text)


def _shapes(table: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    shapes = table.geometry.to_numpy()
    areas = shapely.get_dimensions(shapes) > 0
    shapes[areas] = shapely.simplify(shapes[areas], _TOLERANCE)
    rounded = shapely.transform(shapely.force_2d(shapes), lambda xy: np.round(xy, _DECIMALS))
    return [json.loads(text) for text in shapely.to_geojson(rounded)]


def _features(name: str, table: gpd.GeoDataFrame, drawing: Drawing, lang: Lang) -> dict[str, Any]:
    plain = table.drop(columns=table.geometry.name).astype("object")
    rows = plain.where(plain.notna(), None).to_dict("records")
    features = []
    for row, shape, which in zip(rows, _shapes(table), drawing.which.tolist(), strict=True):
        properties: dict[str, Any] = {"s": which}
        if drawing.cards:
            properties["t"] = escape(title(name, row, lang))
            properties["c"] = card(name, row, lang)
        features.append({"type": "Feature", "properties": properties, "geometry": shape})
    return {"type": "FeatureCollection", "features": features}


def _add(target: OfflineMap, name: str, table: gpd.GeoDataFrame, drawing: Drawing, lang: Lang) -> None:
    styles = json.dumps(drawing.styles, ensure_ascii=False)
    cards = "l.bindPopup(f.properties.c, {maxWidth: 340}); l.bindTooltip(f.properties.t, {sticky: true});"
    folium.GeoJson(
        _features(name, table, drawing, lang),
        name=layer_name(name, lang),
        show=drawing.show,
        style=JsCode(f"function (f) {{ return {styles}[f.properties.s]; }}"),
        point_to_layer=JsCode(f"function (f, at) {{ return L.circleMarker(at, {styles}[f.properties.s]); }}"),
        on_each_feature=JsCode(f"function (f, l) {{ {cards if drawing.cards else ''} }}"),
        interactive=drawing.cards,
    ).add_to(target)


def _swatch(style: Style) -> str:
    dash = f' stroke-dasharray="{style["dashArray"]}"' if "dashArray" in style else ""
    paint = f'fill="{style["fillColor"]}" fill-opacity="{style["fillOpacity"]}" stroke="{style["color"]}"{dash}'
    if "radius" in style:
        body = f'<circle cx="12" cy="8" r="{min(style["radius"], 6)}" {paint} stroke-width="2"/>'
    else:
        body = f'<rect x="1" y="2" width="22" height="12" {paint} stroke-width="{min(style["weight"], 2)}"/>'
    return f'<svg width="24" height="16" aria-hidden="true">{body}</svg>'


def _entries(name: str, drawing: Drawing, lang: Lang) -> str:
    head = f"<h2>{escape(layer_name(name, lang))}</h2>" if len(drawing.legend) > 1 else ""
    return head + "".join(f"<div>{_swatch(style)}{escape(words)}</div>" for style, words in drawing.legend)


def _is_illustrative(layers: Mapping[str, gpd.GeoDataFrame]) -> bool:
    return any(
        "illustrative" in t and t["illustrative"].fillna(value=False).astype(bool).any() for t in layers.values()
    )


def _frame(figure: Figure, drawings: Mapping[str, Drawing], *, heading: str, illustrative: bool, lang: Lang) -> None:
    note = f"<span>{escape(phrase('illustrative', lang))}</span>" if illustrative else ""
    lines = "".join(_entries(name, drawing, lang) for name, drawing in drawings.items())
    heading_of = escape(phrase("legend", lang))
    legend = f'<details class="snapshot-legend" open><summary>{heading_of}</summary>{lines}</details>'
    figure.html.add_child(
        Element(
            "{% raw %}"
            f'<header class="snapshot-title"><h1>{escape(heading)}</h1>{note}</header>{legend if lines else ""}'
            f"<noscript>{escape(phrase('noscript', lang))}</noscript>"
            "{% endraw %}"
        ),
        name="snapshot_frame",
    )


def _offline(html: str, *, heading: str, lang: Lang) -> str:
    """The page with Leaflet's text in place of its links, and nothing else that a browser would fetch."""
    script = (
        (_ASSETS / "leaflet" / "leaflet.js")
        .read_text(encoding="utf-8")
        .replace("//# sourceMappingURL=leaflet.js.map", "")
    )
    words = json.dumps({"zoomInTitle": phrase("zoom_in", lang), "zoomOutTitle": phrase("zoom_out", lang)})
    script += f"\nL.Control.Zoom.mergeOptions({words});\n{_ON_PHONES}"
    style = re.sub(r"url\([^)]*\)", "none", (_ASSETS / "leaflet" / "leaflet.css").read_text(encoding="utf-8"))
    # text goes in by function: a pattern's own escapes would otherwise be read in it
    html = re.sub(r'<script src="leaflet\.js"></script>', lambda _m: f"<script>{script}</script>", html)
    html = re.sub(r'<link rel="stylesheet" href="leaflet\.css"\s*/>', lambda _m: f"<style>{style}</style>", html)
    own = (_ASSETS / "snapshot.css").read_text(encoding="utf-8")
    language = "zh-CN" if lang == "zh" else "en"
    html = re.sub(r"<html[^>]*>", f'<html lang="{language}">', html, count=1)
    return html.replace("<head>", f"<head><title>{escape(heading)}</title>", 1).replace(
        "</head>", f"<style>{own}</style></head>", 1
    )


def snapshot_html(
    layers: Mapping[str, gpd.GeoDataFrame],
    *,
    title: str,
    attribution: str,
    lang: Lang = "zh",
    illustrative: bool | None = None,
    show: Collection[str] = (),
) -> str:
    """The page as text; parameters and errors as for `write_snapshot`. `show`: layers that are on at first, beside the
    usual ones.
    """
    if lang not in LANGS:
        raise InputError("There is no language {lang}; there are {langs}.", lang=lang, langs=", ".join(LANGS))
    for name in layers:
        known = DISTRICT_LAYERS.get(name) or RESULT_LAYERS.get(name)
        if known is not None and known.personal:
            raise InputError("Layer {layer} is about people and isn't put on a map that is handed on.", layer=name)
        if name not in DRAWN:
            raise InputError("A map can't show {layer}; it can show {known}.", layer=name, known=", ".join(DRAWN))
    tables = {name: shown(name, layers[name]).to_crs(GEOGRAPHIC) for name in DRAWN if name in layers}
    tables = {name: table for name, table in _named(tables).items() if len(table)}
    if not tables:
        raise InputError("There is nothing to draw: none of the layers has a place on the map.")
    drawings = {name: DRAWN[name](table, lang) for name, table in tables.items()}
    drawings |= {name: replace(drawings[name], show=True) for name in show if name in drawings}
    target = OfflineMap(tiles=None, prefer_canvas=True, zoom_snap=0.25)
    for name, table in tables.items():
        _add(target, name, table, drawings[name], lang)
    boxes = np.array([table.total_bounds for name, table in tables.items() if name != "ground" or len(tables) == 1])
    target.fit_bounds([boxes[:, [1, 0]].min(axis=0).tolist(), boxes[:, [3, 2]].max(axis=0).tolist()])
    folium.LayerControl(collapsed=False).add_to(target)
    _Corner(attribution).add_to(target)
    figure = target.get_root()
    assert isinstance(figure, Figure)
    says_so = _is_illustrative(layers) if illustrative is None else illustrative
    _frame(figure, drawings, heading=title, illustrative=says_so, lang=lang)
    return _offline(figure.render(), heading=title, lang=lang)


def _named(tables: dict[str, gpd.GeoDataFrame]) -> dict[str, gpd.GeoDataFrame]:
    """Results with the names and households of the compounds they are about; compounds give way to their classes."""
    if "isolation" not in tables or "compounds" not in tables:
        return tables
    about = tables["compounds"].set_index("code")
    found = tables["isolation"].copy()
    for column in ("name", "households"):
        if column not in found and column in about:
            found[column] = found["code"].map(about[column])
    return {name: found if name == "isolation" else t for name, t in tables.items() if name != "compounds"}


def write_snapshot(
    path: str | Path,
    layers: Mapping[str, gpd.GeoDataFrame],
    *,
    title: str,
    attribution: str,
    lang: Lang = "zh",
    illustrative: bool | None = None,
) -> None:
    """Write a map that opens in any browser with no network.

    Parameters
    ----------
    path
        The HTML file.
    layers
        Tables by the layer's name, of `gridmap.report.styles.DRAWN`, in any coordinate system. Where `isolation` is
        there, compounds are drawn by their class.
    title
        Heading of the page.
    attribution
        Whose data it shows, for instance the coast's.
    lang
        `zh` or `en`.
    illustrative
        Whether to say that the data are illustrative; by default where a layer's column of that name says so.

    Raises
    ------
    InputError
        A layer that can't be shown or is personal, nothing to draw, or no such folder.
    UnavailableError
        The file can't be written.
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise InputError("{path} must end in .html.", path=target)
    if not target.parent.is_dir():
        raise InputError("The folder {folder} doesn't exist.", folder=target.parent)
    html = snapshot_html(layers, title=title, attribution=attribution, lang=lang, illustrative=illustrative)
    try:
        with tempfile.TemporaryDirectory(prefix=".gridmap-", dir=target.parent) as folder:
            part = Path(folder) / target.name
            part.write_text(html, encoding="utf-8")
            part.replace(target)
    except OSError as error:
        raise UnavailableError("Can't write {path}: {reason}.", path=target, reason=error.strerror) from error
