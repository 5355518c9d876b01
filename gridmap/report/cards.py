"""The small card of a place on a map that is handed on: its name, the sentence that matters, its figures."""

from __future__ import annotations

from html import escape

from gridmap.report.words import SHARES, Lang, label, phrase, term, vocabulary_of

_CARDS: dict[str, tuple[str, ...]] = {
    "communities": (
        *("kind", "households", "residents", "elderly", "children", "floating"),
        *("office_address", "office_hours", "phone"),
    ),
    "compounds": ("enclosure", "management", "households", "residents", "employer", "property_company"),
    "isolation": (
        *("class", "cause", "score", "households", "openings_per_km", "longest_gap_m", "directness", "detour_m"),
        *("office_walk_m", "centre_walk_m"),
    ),
    "grids": ("kind", "households", "buildings", "walk_m"),
    "regions": ("status", "households", "units", "mean_walk_m"),
    "borders": ("firmness", "length_m"),
    "gate_proposals": ("households", "saved_mean_m", "saved_p90_m", "share_50m"),
    "centres": ("kind", "area_m2", "services", "hours", "phone"),
    "facilities": ("kind", "hours"),
    "gates": ("kind", "hours"),
    "streets": ("kind",),
}
_NUMBERED = {
    "regions": ("region", "region"),
    "gate_proposals": ("proposal", "rank"),
    "grids": ("grid", "code"),
    "borders": ("border", "number"),
}


def _number(value: float, column: str) -> str:
    if column in SHARES:
        return f"{value:.0%}"
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.1f}"


def figure(layer: str, column: str, value: object, lang: Lang) -> str:
    """A value as people read it: a word of the vocabulary, a figure with its thousands, a share in per cent."""
    vocabulary = vocabulary_of(layer, column)
    if vocabulary is not None:
        return term(vocabulary, value, lang)
    if isinstance(value, bool) or not isinstance(value, int | float):
        try:
            return _number(float(str(value)), column) if column not in ("phone", "code", "name") else str(value)
        except ValueError:
            return str(value)
    return _number(float(value), column)


def title(layer: str, row: dict[str, object], lang: Lang) -> str:
    """What a place is called: its name, else a word and its number; never a bare code."""
    name = row.get("name")
    if name is not None and str(name).strip():
        return str(name)
    if layer in _NUMBERED and row.get(_NUMBERED[layer][1]) is not None:
        key, column = _NUMBERED[layer]
        number = str(row[column])
        return phrase(key, lang, number=number[-3:].lstrip("0") if layer == "grids" else number)
    return phrase("unnamed", lang)


def card(layer: str, row: dict[str, object], lang: Lang) -> str:
    """The card as HTML; every value escaped."""
    sentence = row.get(f"reasons_{lang}") or row.get("reasons") or row.get("joins")
    lines = [f"<b>{escape(title(layer, row, lang))}</b>"]
    if sentence:
        lines.append(f"<p>{escape(str(sentence))}</p>")
    cells = [
        f"<tr><th>{escape(label(column, lang))}</th><td>{escape(figure(layer, column, row[column], lang))}</td></tr>"
        for column in _CARDS.get(layer, ())
        if row.get(column) is not None
    ]
    if cells:
        lines.append(f"<table>{''.join(cells)}</table>")
    code = row.get("code")
    if code is not None:
        lines.append(f"<small>{escape(str(code))}</small>")
    return "".join(lines)
