"""What is known of each compound's enclosure, and which gates belong to it (DESIGN section 3, `surveyed`)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.domain.district import District
from gridmap.domain.errors import DataError
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers


def require_metric(district: District) -> None:
    """Raise DataError where the district's coordinates are degrees."""
    crs = gpd.GeoSeries([], crs=district.crs).crs
    if crs is None or crs.is_geographic:
        raise DataError("Walks are measured in metres, but the district is in {crs}.", crs=str(district.crs))


def placed(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The rows that have a place, numbered from 0."""
    shapes = table.geometry
    return table[~(shapes.isna() | shapes.is_empty)].reset_index(drop=True)


def gate_compounds(
    gates: gpd.GeoDataFrame, compounds: gpd.GeoDataFrame, *, numbers: Numbers = DEFAULT_NUMBERS
) -> pd.DataFrame:
    """Which gate leads into which compound: one row a pair, columns `gate` and `compound` (row numbers).

    A gate belongs to the compound whose code it carries; further to compounds whose boundary runs through it
    (within `contiguity_gap_m`: two compounds may share a gate). One without a known code belongs to every
    compound with a boundary within `gate_reach_m`.
    """
    if gates.empty or compounds.empty:
        return pd.DataFrame({"gate": np.array([], int), "compound": np.array([], int)})
    points = gates.geometry.to_numpy()
    boundaries = shapely.boundary(compounds.geometry.to_numpy())
    by_code = pd.Series(np.arange(len(compounds)), index=compounds["code"]).groupby(level=0).first()
    own = gates["compound_code"].map(by_code).to_numpy(dtype=float)
    gate, compound = shapely.STRtree(boundaries).query(points, "dwithin", numbers.gate_reach_m)
    near = shapely.distance(points[gate], boundaries[compound]) <= numbers.contiguity_gap_m
    keep = near | np.isnan(own[gate])
    known = np.flatnonzero(~np.isnan(own))
    pairs = pd.DataFrame(
        {
            "gate": np.concatenate([known, gate[keep]]),
            "compound": np.concatenate([own[known].astype(int), compound[keep]]),
        }
    )
    return pairs.drop_duplicates(ignore_index=True)


def gate_owners(gates: gpd.GeoDataFrame, pairs: pd.DataFrame) -> np.ndarray:
    """The compound (row number) to whose residents each gate opens, (n,): that whose code it carries, without a known
    code the first that it leads into (`pairs` of `gate_compounds`, where a gate's own compound stands first); -1 for
    none."""
    owner = np.full(len(gates), -1, np.int64)
    first = pairs.drop_duplicates("gate")
    owner[first["gate"].to_numpy(dtype=np.int64)] = first["compound"].to_numpy(dtype=np.int64)
    return owner


def surveyed(district: District, *, numbers: Numbers = DEFAULT_NUMBERS) -> pd.Series:
    """Whether each compound is surveyed: enclosure known and, where enclosed or partly so, a gate mapped.

    Returns
    -------
    bool by the index of `district["compounds"]`. Closed gates count: somebody has looked.
    """
    table = district["compounds"]
    compounds, gates = placed(table), placed(district["gates"])
    return known(table, gates, compounds, gate_compounds(gates, compounds, numbers=numbers))


def known(
    table: gpd.GeoDataFrame, gates: gpd.GeoDataFrame, compounds: gpd.GeoDataFrame, pairs: pd.DataFrame
) -> pd.Series:
    """As `surveyed`, of the compounds of `table`, where it is known which gate leads into which: `pairs`."""
    with_gate = set(compounds["code"].to_numpy()[pairs["compound"].unique()]) | set(gates["compound_code"].dropna())
    walled = table["enclosure"].isin(["enclosed", "partly"])
    return (table["enclosure"] == "open") | (walled & table["code"].isin(with_gate))


def usable_gates(
    gates: gpd.GeoDataFrame, *, asker: str = "public", residents_of: frozenset[str] | None = None
) -> np.ndarray:
    """Which gates let the asker through, (n,) bool.

    The public pass where `access` is public or not said; residents also at residents' gates: of every compound, or
    only of those named in `residents_of`.
    """
    access = gates["access"]
    usable = (access.isna() | (access == "public")).to_numpy(dtype=bool)
    if asker == "residents":
        theirs = (access == "residents").to_numpy(dtype=bool)
        if residents_of is not None:
            theirs = theirs & gates["compound_code"].isin(residents_of).to_numpy(dtype=bool)
        usable = usable | theirs
    return usable
