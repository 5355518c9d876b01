"""What a district lacks for its isolation to be measured, and what was done about it."""

from __future__ import annotations

import json
from collections import Counter

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gridmap.analysis.isolation.boundary import with_outlines
from gridmap.analysis.isolation.walked import Walked
from gridmap.domain.district import District
from gridmap.domain.notes import Note, template
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.network import placed

MOSTLY = 0.95
"""With so much of their length in one piece, ways are one network, but for a few strays."""

_CAUSES = {
    "enclosure_unknown": template(
        "{count} of {compounds} compounds are not judged: nobody surveyed whether they are enclosed."
    ),
    "gates_unmapped": template(
        "{count} of {compounds} compounds are not judged: they have walls, but no gate is mapped."
    ),
    "ways_missing": template("{count} of {compounds} compounds are not judged: the mapped ways around don't connect."),
}
_LAYERS = {
    "ways": template("No ways are mapped: walks lead only where compounds touch or face each other."),
    "gates": template("No gates are mapped: compounds with walls can't be judged."),
    "buildings": template("No buildings are mapped: the middle of each compound stands for its homes."),
}
_SITES = {
    "committee_office": template("No committee office is mapped: the walk to one is left empty."),
    "service_centre": template("No service centre is mapped: the walk to one is left empty."),
}


def lacks(
    district: District,
    measured: gpd.GeoDataFrame,
    found: Walked | None,
    *,
    numbers: Numbers = DEFAULT_NUMBERS,
) -> tuple[Note, ...]:
    """What could not be measured, and why, the weightiest first.

    Parameters
    ----------
    district
        Metric.
    measured, found
        The table of isolation and the walks for it, see `isolation_walked`.
    """
    compounds = with_outlines(district)["compounds"]
    notes = [*_unjudged(measured)]
    notes += [Note(words) for name, words in _LAYERS.items() if placed(district[name]).empty]
    notes += _pieces(found, measured)
    kinds = set(placed(district["centres"])["kind"])
    notes += [Note(words) for kind, words in _SITES.items() if kind not in kinds]
    overlapping = int(_overlaps(compounds, numbers).sum())
    if overlapping:
        notes.append(
            Note(
                "{count} compounds overlap others: where they do, the boundary of the smaller one counts.",
                {"count": overlapping},
            )
        )
    lost = len(district["compounds"]) - len(compounds)
    if lost:
        notes.append(Note("{count} compounds have no outline and are left out.", {"count": lost}))
    return tuple(notes)


def _unjudged(measured: gpd.GeoDataFrame) -> list[Note]:
    """How many compounds are not judged, and of what."""
    causes = Counter(
        json.loads(why).get("score")
        for why, kind in zip(measured["not_measured"], measured["class"], strict=True)
        if kind == "unsurveyed"
    )
    return [
        Note(words, {"count": causes[cause], "compounds": len(measured)})
        for cause, words in _CAUSES.items()
        if causes[cause]
    ]


def _pieces(found: Walked | None, measured: gpd.GeoDataFrame) -> list[Note]:
    """That the network of ways is in pieces, where some neighbours can't be reached or judged."""
    if found is None or not (measured["neighbours_unreached"].gt(0) | measured["class"].eq("unsurveyed")).any():
        return []
    xy, ends, _ = found.setting.graph.ways
    if len(ends) == 0:
        return []
    links = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(xy),) * 2)
    count, part = connected_components(links, directed=False)
    metres = np.bincount(part[ends[:, 0]], np.hypot(*(xy[ends[:, 1]] - xy[ends[:, 0]]).T))
    share = metres.max() / metres.sum()
    if share >= MOSTLY:
        return []
    return [
        Note(
            "The ways are in {pieces} pieces that don't meet; the largest has {share} of their length.",
            {"pieces": int(count), "share": f"{share:.0%}"},
        )
    ]


def _overlaps(compounds: gpd.GeoDataFrame, numbers: Numbers) -> NDArray[np.bool_]:
    """Which compounds overlap another by more than `finding_area_m2`."""
    shapes = np.asarray(shapely.make_valid(compounds.geometry.to_numpy()), dtype=object)
    a, b = shapely.STRtree(shapes).query(shapes, "intersects")
    a, b = a[a < b], b[a < b]
    deep = shapely.area(shapely.intersection(shapes[a], shapes[b])) > numbers.finding_area_m2
    found = np.zeros(len(shapes), bool)
    found[a[deep]] = found[b[deep]] = True
    return found
