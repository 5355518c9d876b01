"""How many households live in each building, and which community each building is in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from gridmap.domain.district import District
from gridmap.domain.notes import Note, template

_LIVED_IN = ("residential", "mixed", "dormitory", "unknown")


def building_households(district: District) -> tuple[pd.Series, list[Note]]:
    """Households of each building, whole numbers.

    Known figures stay. Where none of the buildings of a compound has a figure but the compound has one, it is shared
    out over them by floor area, and so is a community's figure over its buildings if none has one.

    Parameters
    ----------
    district
        Metric.

    Returns
    -------
    tuple
        A Series with the index of `district["buildings"]`, and notes on what was derived or is missing.
    """
    buildings = district["buildings"]
    given = buildings["households"].astype("float64")
    given = given.where(given >= 0)
    notes: list[Note] = []
    floors = buildings["floors"].astype("float64").fillna(1.0).clip(lower=1.0)
    room = buildings.geometry.area * floors * (buildings["use"].isna() | buildings["use"].isin(_LIVED_IN))
    for layer, column, message in (
        (
            "compounds",
            "compound_code",
            template("Households of {count} buildings were shared out from their compounds, by floor area."),
        ),
        (
            "communities",
            "community_code",
            template("Households of {count} buildings were shared out from their communities, by floor area."),
        ),
    ):
        known = given.groupby(buildings[column]).sum(min_count=1)
        total = district[layer].drop_duplicates("code").set_index("code")["households"].astype("float64")
        missing = total.index[(total > 0) & known.reindex(total.index).isna()]
        rows = buildings[column].isin(missing) & (room > 0)
        if rows.any():
            shares = [
                _share_out(room[own], total[code]) for code, own in rows[rows].groupby(buildings[column]).groups.items()
            ]
            given.update(pd.concat(shares))
            notes.append(Note(message, {"count": int(rows.sum())}))
    unknown = int((given.isna() & (room > 0)).sum())
    if unknown:
        notes.append(Note("The households of {count} buildings are unknown and count as none.", {"count": unknown}))
    return given.fillna(0.0).round().astype(int), notes


def building_communities(district: District) -> tuple[np.ndarray, list[Note]]:
    """The position of each building's community in `district["communities"]`, -1 where there is none at all.

    Its own code counts if the footprint touches that community; else where its point lies; else the nearest.
    """
    buildings, communities = district["buildings"], district["communities"]
    notes: list[Note] = []
    shapes = communities.geometry.to_numpy()
    codes = pd.Index(communities["code"])
    own = codes.get_indexer(pd.Index(buildings["community_code"]))
    footprints = buildings.geometry.to_numpy()
    touches = np.zeros(len(buildings), dtype=bool)
    touches[own >= 0] = shapely.intersects(footprints[own >= 0], shapes[own[own >= 0]])
    points = shapely.point_on_surface(footprints)
    at, which = shapely.STRtree(shapes).query(points, predicate="intersects")
    found = np.full(len(buildings), -1)
    found[at[::-1]] = which[::-1]
    found = np.where(touches, own, found)
    lost = found < 0
    if lost.any():
        found[lost] = shapely.STRtree(shapes).nearest(points[lost])
        notes.append(
            Note("{count} buildings lie in no community; each went to the nearest.", {"count": int(lost.sum())})
        )
    differs = int(((own >= 0) & (own != found)).sum())
    if differs:
        notes.append(
            Note(
                "{count} buildings lie outside the community whose code they carry; where they lie counts.",
                {"count": differs},
            )
        )
    return found, notes


def _share_out(room: pd.Series, total: float) -> pd.Series:
    """Whole numbers in proportion to the room that add up to the total (largest remainders)."""
    exact = room / room.sum() * total
    whole = np.floor(exact)
    short = round(total - whole.sum())
    order = (exact - whole).sort_values(ascending=False, kind="stable").index[:short]
    whole[order] += 1
    return whole
