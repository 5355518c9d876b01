"""Areas that are invalid, overlap, leave gaps, or reach out of the area that they belong to."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely

from gridmap.domain.district import District
from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.domain.notes import Note
from gridmap.domain.numbers import Numbers
from gridmap.layers.beside import mostly_in, uncovered
from gridmap.layers.checking.findings import Finding
from gridmap.layers.coverage import gaps, overlaps
from gridmap.layers.tiled import APART, TILING, by_pair, unnested

_PARENTS = (
    ("communities", "street_code", "streets"),
    ("compounds", "community_code", "communities"),
    ("grids", "community_code", "communities"),
    ("buildings", "compound_code", "compounds"),
)
_HALF = 0.5
"""From this share on outside of its parent, the reference is wrong rather than the boundary; setting."""


def invalid(district: District, _numbers: Numbers) -> Iterator[Finding]:
    """Shapes that aren't valid or are empty."""
    for name, layer in DISTRICT_LAYERS.items():
        table = district[name]
        if layer.geometry is None or not len(table):
            continue
        shapes = table.geometry.to_numpy()
        bad = ~shapely.is_missing(shapes) & (~shapely.is_valid(shapes) | shapely.is_empty(shapes))
        for row in np.flatnonzero(bad):
            reason = str(shapely.is_valid_reason(shapes[row])).split("[", maxsplit=1)[0]
            yield Finding(
                "invalid_shape",
                "error",
                name,
                Note("its shape is invalid ({reason})", {"reason": reason}, code="invalid_shape"),
                code=table["code"].iloc[row] if layer.has_code else None,
                shape=None if shapely.is_empty(shapes[row]) else shapely.make_valid(shapes[row]),
            )


def _valid(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = table.geometry.to_numpy()
    return table[shapely.is_valid(shapes) & ~shapely.is_empty(shapes)]


def overlapping(district: District, numbers: Numbers) -> Iterator[Finding]:
    """Areas of one layer on one another; compounds and buildings that lie in another wholly are no finding."""
    for name in (*TILING, *APART, "buildings"):
        table = _valid(district[name])
        if len(table) < 2:  # it takes two
            continue
        shapes, codes = table.geometry.to_numpy(), table["code"].to_numpy()
        found = overlaps(shapes, least=numbers.finding_area_m2 if name == "buildings" else None)
        if name not in TILING:
            found = unnested(shapes, found)
        for (one, two), at in by_pair(found):
            area = float(found.areas[at].sum())
            if area < numbers.finding_area_m2:
                continue
            told = {"one": codes[one], "two": codes[two], "area": f"{area:,.1f}"}
            yield Finding(
                "overlap",
                "error" if name in TILING else "doubt",
                name,
                Note("{one} and {two} overlap by {area} m²", told, code="overlap"),
                code=codes[one],
                other=codes[two],
                area_m2=area,
                shape=shapely.multipolygons(found.shapes[at]),
            )


def left_open(district: District, numbers: Numbers) -> Iterator[Finding]:
    """What streets enclose and none of them covers, and the same of communities."""
    for name in TILING:
        table = _valid(district[name])
        if len(table) < 2:  # it takes two
            continue
        codes = table["code"].to_numpy()
        found = gaps(table.geometry.to_numpy())
        for at in np.flatnonzero(found.areas >= numbers.finding_area_m2):
            between = found.between[at]
            listed = ", ".join(str(codes[number]) for number in between[:4]) + (" …" if len(between) > 4 else "")
            yield Finding(
                "gap",
                "doubt",
                name,
                Note(
                    "a gap of {area} m² between {codes}",
                    {"area": f"{found.areas[at]:,.1f}", "codes": listed},
                    code="gap",
                ),
                code=codes[between[0]],
                other=codes[between[1]],
                area_m2=float(found.areas[at]),
                shape=found.shapes[at],
            )


def uncovered_streets(district: District, numbers: Numbers) -> Iterator[Finding]:
    """What of a street lies in no community and is wider than boundaries are exact; but for gaps inside these."""
    streets, communities = _valid(district["streets"]), _valid(district["communities"])
    if not len(streets) or not len(communities):
        return
    areas, codes = communities.geometry.to_numpy(), streets["code"].to_numpy()
    found = uncovered(streets.geometry.to_numpy(), areas, width=numbers.coverage_width_m)
    found = found.where(~mostly_in(found.shapes, gaps(areas).shapes))
    for (street,), shape, area in zip(found.between, found.shapes, found.areas, strict=True):
        if area < numbers.finding_area_m2:
            continue
        told = {"area": f"{area:,.1f}", "code": codes[street]}
        yield Finding(
            "gap",
            "doubt",
            "streets",
            Note("{area} m² of {code} lie in none of its communities", told, code="gap"),
            code=codes[street],
            area_m2=float(area),
            shape=shape,
        )


def reaching_out(district: District, numbers: Numbers) -> Iterator[Finding]:
    """Areas of which a part lies outside of the one that they belong to."""
    for name, column, parent in _PARENTS:
        table, parents = _valid(district[name]), _valid(district[parent])
        table = table[table[column].isin(parents["code"])]
        if not len(table):
            continue
        shapes = table.geometry.to_numpy()
        around = parents.drop_duplicates("code").set_index("code").geometry.reindex(table[column]).to_numpy()
        shapely.prepare(around)
        out = np.flatnonzero(~shapely.covers(around, shapes))
        beyond = shapely.difference(shapes[out], around[out])
        areas = shapely.area(beyond)
        for row, shape, area in zip(out, beyond, areas, strict=True):
            if area < numbers.finding_area_m2:
                continue
            code, other = table["code"].iloc[row], table[column].iloc[row]
            share = area / shapes[row].area
            told = {"code": code, "other": other, "area": f"{area:,.1f}", "share": f"{share:.0%}"}
            yield Finding(
                "outside",
                "error" if share >= _HALF else "doubt",
                name,
                Note("{area} m² of {code} ({share}) lie outside of {other}, where it belongs", told, code="outside"),
                code=code,
                other=other,
                area_m2=float(area),
                shape=shape,
            )
