"""What makes a compound isolated: each possible cause is taken away, and what that mends is its doing."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.domain.district import District
from gridmap.network import placed

NATURAL = ("river", "railway", "road", "retaining_wall")
"""Barriers that the land or the traffic sets, not a compound's owner."""

Judge = Callable[[District, NDArray[np.bool_]], NDArray[np.bool_]]
"""Tells which of some compounds have a better class in a changed district."""


def causes(district: District, bad: NDArray[np.bool_], measures: pd.DataFrame, judge: Judge) -> pd.DataFrame:
    """The cause of each compound that is isolated or partly so.

    Geography: rivers, railways, closed roads or retaining walls lie between it and most of the neighbours that it
    reaches badly or not at all. Employer: without employers' walls its class were better, and it or a neighbour is an
    employer's. Closed management: with all gates open to the public it were, and some of its own aren't. Boundaries:
    it lies in a piece apart from its community's largest.
    Several: geography and another of these. Walls: none of these.

    Parameters
    ----------
    district
        Metric; its compounds numbered from 0.
    bad
        The compounds in question.
    measures
        `gates_restricted`, `employer_near` (an employer's compound, or one beside it), `long_blank`
        (partly isolated by a long stretch without an opening alone), `across` (such a barrier lies
        towards most of the neighbours that it reaches badly).

    Returns
    -------
    `cause` (None for the others), `by_geography`, `by_employer`, `by_management`, `by_boundaries`.
    """
    count = len(bad)
    nobody = np.zeros(count, bool)
    gates, compounds = placed(district["gates"]), district["compounds"]
    geography = bad & measures["across"].to_numpy()
    employers = compounds["employer"].notna().to_numpy()
    employer = nobody
    asked = bad & measures["employer_near"].to_numpy()
    if asked.any():
        # unknown enclosures let people through, their own walls along with them
        opened = compounds.assign(enclosure=compounds["enclosure"].mask(employers, "unknown"))
        employer = asked & judge(district.with_tables(compounds=opened), asked)
    restricted = measures["gates_restricted"].to_numpy() > 0
    management = nobody
    asked = bad & restricted
    if asked.any():
        management = asked & judge(district.with_tables(gates=gates.assign(access="public")), asked)
    by_blank = bad & measures["long_blank"].to_numpy()
    employer = employer | (by_blank & employers)
    management = management | (by_blank & restricted & ~employers)
    boundaries = bad & _enclaves(compounds, placed(district["communities"]))
    others = employer | management | boundaries
    cause = np.select(
        [geography & others, geography, employer, management, boundaries],
        ["several", "geography", "employer", "closed_management", "boundaries"],
        default="walls",
    ).astype(object)
    cause[~bad] = None
    return pd.DataFrame(
        {
            "cause": cause,
            "by_geography": geography,
            "by_employer": employer,
            "by_management": management,
            "by_boundaries": boundaries,
        }
    )


def _enclaves(compounds: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Which compounds lie in a piece of their community that is not its largest."""
    found = np.zeros(len(compounds), bool)
    parts, of = shapely.get_parts(communities.geometry.to_numpy(), return_index=True)
    if len(parts) == 0:
        return found
    area = pd.Series(shapely.area(parts))
    small = (area < area.groupby(of).transform("max")).to_numpy()
    middle = np.asarray(shapely.point_on_surface(compounds.geometry.to_numpy()), dtype=object)
    compound, part = shapely.STRtree(parts[small]).query(middle, "intersects")
    code = communities["code"].to_numpy()[of[small][part]]
    found[compound[compounds["community_code"].to_numpy()[compound] == code]] = True
    return found
