"""The quality of a district's data: findings with their sentences, from a file as it is or from the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from gridmap.domain.district import District
from gridmap.domain.notes import Note
from gridmap.domain.numbers import Numbers
from gridmap.domain.words import FINDING_KINDS
from gridmap.layers import read
from gridmap.layers.checking import Finding, check, places_of, refused, table_of
from gridmap.services.language import translator
from gridmap.services.outcome import Analysis, Outcome, Progress, geographic
from gridmap.services.sources import Sink

_NAMED = 2
"""So many of each kind are named in the summary; the report and the layer have them all."""


def run(district: District, *, numbers: Numbers, progress: Progress, before: Iterable[Finding] = ()) -> Outcome:
    """Check a metric district; `before` was found while it was read."""
    found = check(district, numbers=numbers, progress=progress, before=list(before))
    table = geographic(table_of(found, district.crs))
    for lang in ("zh", "en"):
        translate = translator(lang)
        table[f"words_{lang}"] = [note.worded(translate) for note in table["sentence"]]
    counts = Counter(one.kind for one in found)
    layers = {name: len(district[name]) for name in district.filled()}
    return Outcome(
        tables=_tables(table),
        figures={
            "findings": len(found),
            "errors": sum(one.severity == "error" for one in found),
            "kinds": {kind: counts[kind] for kind in FINDING_KINDS if counts[kind]},
            "layers": layers,
        },
        report=_report(table, counts, layers),
        notes=_worst(found),
    )


CHECK = Analysis(name="check", run=run)


def check_file(path: Path, sinks: Iterable[Sink], *, numbers: Numbers, progress: Progress) -> Outcome:
    """Check a file as it is: what an import would repair or refuse is found, nothing is repaired."""
    progress(0.0, "reading")
    reading = read(path, numbers=numbers, as_it_is=True)
    outcome = run(reading.district.metric(), numbers=numbers, progress=progress, before=refused(reading.report))
    for sink in sinks:
        sink.save(CHECK, outcome, settings={}, version=None)
    return outcome


def _tables(table: gpd.GeoDataFrame) -> dict[str, Any]:
    """All findings as points, and beside them the areas of those that have one."""
    plain = table.drop(columns="sentence")
    areas = plain[shapely.get_dimensions(plain.geometry.to_numpy()) == 2]  # areas
    tables = {"findings": places_of(plain)}
    return {**tables, "finding_areas": areas.reset_index(drop=True)} if len(areas) else tables


def _worst(found: list[Finding]) -> tuple[Note, ...]:
    """The worst of each kind, for the summary."""
    shown: Counter[str] = Counter()
    notes = []
    for one in found:
        shown[one.kind] += 1
        if shown[one.kind] <= _NAMED:
            notes.append(one.sentence)
    return tuple(notes)


def _report(table: gpd.GeoDataFrame, counts: Counter[str], layers: dict[str, int]) -> dict[str, Any]:
    """Everything for programs: `sentence` is a note, worded by whoever writes the report."""
    places = places_of(table)
    rows: list[dict[Any, Any]] = []
    plain = pd.DataFrame(table.drop(columns=["geometry", "words_zh", "words_en"])).astype(object)
    for row, place in zip(plain.where(plain.notna(), None).to_dict("records"), places.geometry, strict=True):
        lon, lat = (None, None) if place is None else (round(place.x, 7), round(place.y, 7))
        rows.append({**row, "lon": lon, "lat": lat})
    return {
        "findings": len(table),
        "kinds": {kind: counts[kind] for kind in FINDING_KINDS},
        "layers": layers,
        "list": rows,
    }
