"""How far the areas of communities interleave around a compound, and what its neighbours are."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.analysis.isolation.setting import Setting
from gridmap.network import placed


def around(setting: Setting, surveyed: NDArray[np.bool_]) -> pd.DataFrame:
    """What lies around each compound, within `neighbour_distance_m`.

    Returns
    -------
    One row a compound: `neighbours_unsurveyed`; `employer_near` (an employer's compound, or one beside it);
    `interleaving` (0 to 1, the share of neighbours that are of other communities; empty without neighbours);
    `pieces_own` and `pieces_other`, pieces of communities' areas apart from their community's largest piece that lie
    this near, of its own community and of others; `apart`, whether the compound itself lies in such a piece.
    """
    compounds, count = setting.district["compounds"], setting.compound_count
    a, b = np.concatenate([setting.neighbours, setting.neighbours[:, ::-1]]).T
    employers = compounds["employer"].notna().to_numpy()
    community = pd.factorize(compounds["community_code"])[0]
    other = (community[a] != community[b]) & (community[a] >= 0) & (community[b] >= 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        interleaving = np.bincount(a[other], minlength=count) / np.bincount(a, minlength=count)
    return pd.DataFrame(
        {
            "neighbours_unsurveyed": np.bincount(a[~surveyed[b]], minlength=count),
            "employer_near": employers | (np.bincount(a[employers[b]], minlength=count) > 0),
            "interleaving": interleaving,
        }
    ).join(_pieces(compounds, placed(setting.district["communities"]), setting.numbers.neighbour_distance_m))


def _pieces(compounds: gpd.GeoDataFrame, communities: gpd.GeoDataFrame, near_m: float) -> pd.DataFrame:
    """Pieces of communities near each compound that are not their community's largest."""
    shapes, count = compounds.geometry.to_numpy(), len(compounds)
    parts, of = shapely.get_parts(communities.geometry.to_numpy(), return_index=True)
    area = pd.Series(shapely.area(parts))
    small = (area < area.groupby(of).transform("max")).to_numpy(dtype=bool)
    code = communities["code"].to_numpy()[of[small]]
    compound, part = shapely.STRtree(parts[small]).query(shapes, "dwithin", near_m)
    own = compounds["community_code"].to_numpy()[compound] == code[part]
    middle = np.asarray(shapely.point_on_surface(shapes), dtype=object)
    inside = own & np.asarray(shapely.intersects(middle[compound], parts[small][part]), dtype=bool)
    apart = np.zeros(count, bool)
    apart[compound[inside]] = True
    return pd.DataFrame(
        {
            "pieces_own": np.bincount(compound[own], minlength=count),
            "pieces_other": np.bincount(compound[~own], minlength=count),
            "apart": apart,
        }
    )
