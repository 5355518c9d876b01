"""What stands around a compound, worked out from walls that follow its boundary, and which gates are its own."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers

_WALLS = ("wall", "fence", "retaining_wall")


def walled_share(
    boundaries: npt.NDArray[np.object_], lines: npt.NDArray[np.object_], gates: npt.NDArray[np.object_], *, reach: float
) -> npt.NDArray[np.float64]:
    """Share of each boundary that has a wall, or a gate in one, within reach.

    Parameters
    ----------
    boundaries : (n,)
        Boundaries of compounds, in metres.
    lines, gates
        Walls and gate points, in metres.
    reach
        Metres.

    Returns
    -------
    (n,)
        0 to 1.
    """
    share = np.zeros(len(boundaries))
    if not len(lines) or not len(boundaries):
        return share
    covers = shapely.buffer(np.concatenate([lines, gates]), reach, cap_style="flat")
    covers[len(lines) :] = shapely.buffer(gates, reach)
    owner, cover = shapely.STRtree(covers).query(boundaries, predicate="intersects")
    for compound in np.unique(owner):
        near = cover[owner == compound]
        if (near < len(lines)).any():
            area = shapely.union_all(covers[near])
            share[compound] = shapely.length(shapely.intersection(boundaries[compound], area)) / shapely.length(
                boundaries[compound]
            )
    return share


def nearest_boundary(gates: gpd.GeoDataFrame, compounds: gpd.GeoDataFrame, *, reach: float) -> npt.NDArray[np.object_]:
    """The code of the compound on whose boundary each gate stands; None where none is within reach (metres).

    Of several boundaries the nearest counts; where they run together, to a metre, the outer compound's.
    """
    codes = np.full(len(gates), None, dtype=object)
    if not len(gates) or not len(compounds):
        return codes
    edges = compounds.geometry.boundary.to_numpy()
    points = gates.geometry.to_numpy()
    at, compound = shapely.STRtree(edges).query(points, predicate="dwithin", distance=reach)
    if not len(at):
        return codes
    distance = np.round(shapely.distance(points[at], edges[compound]))
    order = np.lexsort((-compounds.geometry.area.to_numpy()[compound], distance, at))
    first = np.unique(at[order], return_index=True)[1]
    codes[at[order][first]] = compounds["code"].to_numpy()[compound[order][first]]
    return codes


def enclosed(metric: District, *, numbers: Numbers) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Compounds with their enclosure, gates with their compound, both where nobody said.

    Parameters
    ----------
    metric
        A district in metres.

    Returns
    -------
    compounds
        `enclosure` filled from `walled_share` where it was missing (not where somebody said that it is unknown), and
        both named in `derived`.
    gates
        `compound_code` filled where it was missing, and named in `derived`.
    """
    compounds, gates, barriers = metric["compounds"].copy(), metric["gates"].copy(), metric["barriers"]
    said = compounds["derived"].fillna("").astype(str).str.split().map(lambda names: "enclosure" not in names)
    missing = compounds["enclosure"].isna() | ((compounds["enclosure"] == "unknown") & ~said)
    if missing.any():
        walls = barriers.geometry[barriers["kind"].isin(_WALLS)].to_numpy()
        edges = compounds.geometry.boundary.to_numpy()[missing]
        share = walled_share(edges, walls, gates.geometry.to_numpy(), reach=numbers.wall_reach_m)
        steps = [share >= numbers.walled_share_enclosed, share >= numbers.walled_share_partly]
        compounds.loc[missing, "enclosure"] = np.select(steps, ["enclosed", "partly"], "unknown")
        compounds["walled_share"] = np.nan
        compounds.loc[missing, "walled_share"] = np.round(share, 3)
        compounds = marked(marked(compounds, missing, "enclosure"), missing, "walled_share")
    lost = gates["compound_code"].isna()
    nearest = nearest_boundary(gates, compounds, reach=numbers.gate_boundary_m)
    gates["compound_code"] = gates["compound_code"].where(~lost, nearest)
    return compounds, marked(gates, lost & gates["compound_code"].notna(), "compound_code")


def marked(table: gpd.GeoDataFrame, where: npt.ArrayLike, column: str) -> gpd.GeoDataFrame:
    """The table with the column's name added to `derived` in these rows."""
    rows = np.asarray(where, dtype=bool)
    if not rows.any():
        return table
    # few texts differ: each is looked at once
    kind, texts = pd.factorize(table["derived"].astype("object"), use_na_sentinel=True)
    after = [text if column in str(text).split() else f"{text} {column}".strip() for text in texts]
    before = np.array([*(text or None for text in texts), None], dtype=object)
    marks = np.array([*after, column], dtype=object)
    return table.assign(derived=np.where(rows, marks[kind], before[kind]))
