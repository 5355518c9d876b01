"""Committee offices, service centres and facilities, scarce in places."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.sample.lattice import Floats, Ints
from gridmap.sample.zones import Zones

_SERVED = 7
_SERVICES = "社会保障 民政救助 计生服务 就业服务 证件办理"
_FACILITIES = {
    # kind: name, share of communities that have one (urban, converted, village), capacity
    "elderly_care": ("日间照料中心", (0.45, 0.25, 0.1), (20, 80)),
    "childcare": ("幼儿园", (0.8, 0.5, 0.08), (90, 360)),
    "health": ("卫生服务站", (0.7, 0.5, 0.35), (10, 60)),
    "culture_sport": ("文体活动中心", (0.6, 0.3, 0.25), (50, 300)),
    "household_service": ("家政服务站", (0.4, 0.15, 0.0), (5, 30)),
    "school": ("小学", (0.35, 0.25, 0.06), (400, 1500)),
    "market": ("集贸市场", (0.45, 0.35, 0.1), (30, 200)),
}


def offices(
    zones: Zones, office_at: Floats, communities: Floats, rng: np.random.Generator
) -> tuple[pd.DataFrame, NDArray[np.object_]]:
    """One office a committee, one service centre a street; the model centre of 中盛园 serves seven communities.

    Parameters
    ----------
    office_at
        A place for the office of each community (n, 2), metres.
    communities
        A middle of each community (n, 2), metres.

    Returns
    -------
    The rows and their points.
    """
    rows: list[dict[str, object]] = []
    points: list[shapely.Point] = []
    codes = [c.code for c in zones.communities]
    for k, community in enumerate(zones.communities):
        small = {"urban": (180, 620), "converted": (120, 500), "village": (60, 240)}[zones.kind[k]]
        rows.append(
            {
                "code": f"{community.code}-OF",
                "name": community.name.removesuffix("社区").removesuffix("村")
                + ("村委会" if zones.kind[k] == "village" else "居委会"),
                "kind": "committee_office",
                "area_m2": float(rng.integers(*small)),
                "community_code": community.code,
                "serves": community.code,
                "services": "居民事务",
                "hours": "Mo-Fr 08:30-17:00",
                "phone": f"0631-5{rng.integers(100000, 999999)}",
            }
        )
        points.append(shapely.Point(office_at[k]))
    model = next((k for k, c in enumerate(zones.communities) if c.name == "中盛园社区"), 0)
    for s, street in enumerate(zones.streets):
        own = np.flatnonzero(zones.community_street == s)
        host = model if model in own else int(own[0])
        near = own[np.argsort(np.linalg.norm(communities[own] - communities[host], axis=1), kind="stable")]
        served = near[: _SERVED if host == model else int(rng.integers(3, 6))]
        name = (
            "中盛园便民服务中心"
            if host == model and zones.communities[host].name == "中盛园社区"
            else f"{street.name}便民服务中心"
        )
        rows.append(
            {
                "code": f"{street.code}-SC",
                "name": name,
                "kind": "service_centre",
                "area_m2": float([1560, 1180, 640, 860][s % 4]),
                "community_code": codes[host],
                "serves": " ".join(codes[i] for i in served),
                "services": _SERVICES,
                "hours": "Mo-Sa 08:30-17:30",
                "phone": f"0631-5{rng.integers(100000, 999999)}",
            }
        )
        points.append(shapely.Point(office_at[host] + [14.0, 3.0]))
    return pd.DataFrame(rows), np.array(points, dtype=object)


def facilities(
    zones: Zones, community: Ints, at: Floats, parks: Floats, rng: np.random.Generator
) -> tuple[pd.DataFrame, NDArray[np.object_]]:
    """Facilities of every kind; many communities lack some.

    Parameters
    ----------
    community, at
        Of possible sites: the community (n,) and the place (n, 2) in metres.
    parks
        Middles of parks (n, 2), metres.
    """
    rows: list[dict[str, object]] = []
    points: list[shapely.Point] = []
    for kind, (label, shares, capacity) in _FACILITIES.items():
        has = rng.random(len(zones.kind)) < np.array(
            [shares[("urban", "converted", "village").index(k)] for k in zones.kind]
        )
        if not has.any():
            has[0] = True
        for k in np.flatnonzero(has):
            sites = np.flatnonzero(community == k)
            if not len(sites):
                continue
            site = at[int(rng.choice(sites))]
            rows.append(
                {
                    "code": f"F{len(rows) + 1:05d}",
                    "name": f"{zones.communities[k].name}{label}",
                    "kind": kind,
                    "capacity": int(rng.integers(*capacity)),
                    "hours": "Mo-Fr 08:00-17:30",
                }
            )
            points.append(shapely.Point(site))
    for number, park in enumerate(parks, start=1):
        rows.append(
            {
                "code": f"F{len(rows) + 1:05d}",
                "name": f"第{number}口袋公园",
                "kind": "green",
                "capacity": None,
                "hours": "24/7",
            }
        )
        points.append(shapely.Point(park))
    return pd.DataFrame(rows), np.array(points, dtype=object)
