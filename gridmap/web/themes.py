"""The themes with their classes, as the data spread now, in the words of the request's language."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from gridmap.database import facts
from gridmap.database import themes as database
from gridmap.domain.analyses import GIVES
from gridmap.domain.numbers import Numbers
from gridmap.domain.words import Term
from gridmap.web.access import visible_layers
from gridmap.web.kept import kept
from gridmap.web.language import request_language
from gridmap.web.reading import connection
from gridmap.web.session import asker
from gridmap.web.theme_list import CATEGORIES, OTHER, SEQUENCE, THEMES, UNKNOWN, Theme, Unit

_RESULTS = frozenset(layer for layers in GIVES.values() for layer in layers)
"""Layers that may be empty today and full when an analysis has run."""

_LEAST_DIGITS, _MOST_DIGITS = 2, 5
"""Significant digits of a break between classes: people read 120, not 118.37; more where values lie that close."""


def themes() -> list[dict[str, Any]]:
    """The themes that the asker may see and that have something to show, as `/api/themes` gives them."""
    measures, common = _spread()
    seen = visible_layers(asker())
    counted = kept("counts", lambda: facts.counts(connection()))
    found = []
    for theme in THEMES.values():
        if theme.layer not in seen or (theme.layer not in _RESULTS and not counted[theme.layer]):
            continue
        body: dict[str, Any] = {
            "id": theme.id,
            "name": str(theme.name),
            "layer": theme.layer,
            "property": theme.attribute,
            "type": "sequence" if theme.unit else "category",
            "unit": _unit(theme.unit) if theme.unit else None,
            "classes": [],
            "other": None,
            "unknown": {"label": str(theme.unknown), "colour": UNKNOWN},
        }
        key = (theme.layer, theme.attribute)
        if theme.unit:
            body["classes"] = _sequence(measures.get(key, ()), theme.unit)
        elif theme.common:
            values = common[key]
            body["classes"] = [
                {"value": value, "label": value, "colour": colour}
                for value, colour in zip(values.values, CATEGORIES, strict=False)
            ]
            if values.others:
                body["other"] = {"label": _("others"), "colour": OTHER}
        else:
            body["classes"] = _vocabulary(theme)
        if body["classes"]:
            found.append(body)
    return found


def _spread() -> tuple[dict[database.Property, tuple[float, ...]], dict[database.Property, database.Common]]:
    """How the values spread, worked out once for each version of the data."""
    sequences = tuple((theme.layer, theme.attribute) for theme in THEMES.values() if theme.unit)
    categories = tuple((theme.layer, theme.attribute) for theme in THEMES.values() if theme.common)
    numbers: Numbers = current_app.extensions["gridmap.numbers"]
    least = numbers.least_shown
    return kept(
        "spread",
        lambda: (
            database.quantiles(connection(), sequences, least_shown=least),
            database.commonest(connection(), categories, least_shown=least),
        ),
    )


def _vocabulary(theme: Theme) -> list[dict[str, Any]]:
    if theme.boolean:
        return [
            {"value": True, "label": _("yes"), "colour": CATEGORIES[0]},
            {"value": False, "label": _("no"), "colour": CATEGORIES[2]},
        ]
    terms: Sequence[Term] = tuple((theme.vocabulary or {}).values())
    return [
        {"value": term.code, "label": getattr(term, request_language()), "colour": theme.colours[term.code]}
        for term in terms
    ]


def _sequence(values: Sequence[float], unit: Unit) -> list[dict[str, Any]]:
    """At most five classes between round breaks near the quantiles, from the least to the most."""
    if not values:
        return []
    edges = breaks(values)
    classes = len(edges) - 1
    if classes == 1:
        colours: tuple[str, ...] = (SEQUENCE[2],)
    else:
        colours = tuple(SEQUENCE[round(i * (len(SEQUENCE) - 1) / (classes - 1))] for i in range(classes))
    return [
        {
            "min": low,
            "max": high,
            "label": f"{_figure(low, unit)}–{_figure(high, unit)}{_suffix(unit)}",
            "colour": colour,
        }
        for low, high, colour in zip(edges[:-1], edges[1:], colours, strict=True)
    ]


def breaks(values: Sequence[float]) -> list[float]:
    """Edges of classes from quantiles: the inner ones round, the outer ones rounded outwards, all different.

    Parameters
    ----------
    values
        The quantiles, ascending, the least and the greatest value at the ends.

    Returns
    -------
    list of float
        Ascending; two at least, even where all values are one.
    """
    distinct = len(set(values))
    if distinct == 1:
        return [values[0], values[0]]
    edges: list[float] = []
    for digits in range(_LEAST_DIGITS, _MOST_DIGITS + 1):
        low, *inner, high = (_rounded(value, digits) for value in values)
        low = low if low <= values[0] else _rounded(values[0], digits, math.floor)
        high = high if high >= values[-1] else _rounded(values[-1], digits, math.ceil)
        edges = sorted({low, *(value for value in inner if low < value < high), high})
        if len(edges) >= distinct:
            break
    return edges


def _rounded(value: float, digits: int, how: Callable[[float], float] = round) -> float:
    """The value with so many significant digits."""
    if value == 0:
        return 0.0
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    step = 10.0**-decimals
    return round(how(value / step) * step, max(decimals, 0))


def _figure(value: float, unit: Unit) -> str:
    if unit == "share":
        return f"{value * 100:.3g}"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _suffix(unit: Unit) -> str:
    word = _unit(unit)
    return f" {word}" if word else ""


def _unit(unit: Unit) -> str:
    return {
        "share": "%",
        "metres": _("m"),
        "households": _("households"),
        "people": _("people"),
        "per_km": _("per km"),
        "points": _("points"),
        "ratio": "",
        "count": "",
    }[unit]
