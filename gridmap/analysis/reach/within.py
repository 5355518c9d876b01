"""Services within reach: the residents within 5, 10 and 15 minutes of each kind of service, gaps, and best sites."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.analysis.reach.gaps import gap_areas, gap_table
from gridmap.analysis.reach.people import Floats, People, people
from gridmap.analysis.reach.proposing import best, candidates
from gridmap.analysis.reach.services import Service, Sites, Walks, services
from gridmap.domain.district import District
from gridmap.domain.layers import RESULT_LAYERS
from gridmap.domain.notes import Note, Words, template
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.network import placed, walk_graph

MINUTES = (5, 10, 15)
"""The circles of daily life, in minutes on foot."""

_READING, _WALKING, _GAPS, _SITES = (
    template("walks on the map"),
    template("walks to services"),
    template("gaps of services"),
    template("best sites of services"),
)
_WORDS = {
    "elderly_care": template("place of care for the old"),
    "childcare": template("nursery"),
    "health": template("place of health care"),
    "culture_sport": template("place of culture and sport"),
    "household_service": template("place of household services"),
    "green": template("green space"),
    "school": template("school"),
    "market": template("market"),
    "service_centre": template("service centre"),
    "committee_office": template("committee office"),
}
"""The kinds of services as a sentence calls one of them."""


THERE_M = 1.0
"""A proposed site so near to a centre or facility is that house."""


@dataclass(frozen=True)
class Reach:
    """Who reaches which services.

    Attributes
    ----------
    reach
        Columns of `RESULT_LAYERS["reach"]`, one row a community and kind of service. `residents` and `elderly` (over
        60) live there; `within_5`, `within_10`, `within_15` and `elderly_within_…` of them reach a site in so many
        minutes, `within_15_worst` where what nobody surveyed is closed; `mean_walk_m` is the residents' mean walk to
        the nearest site over those that can reach one, `sites` counts those in the community itself.
    gaps
        Columns of `RESULT_LAYERS["reach_gaps"]`: areas where people live from whom no site is within `minutes`.
    sites
        Columns of `RESULT_LAYERS["reach_sites"]`: places for further sites, `rank` from 1 in each kind. `residents` and
        `elderly` come newly within 15 minutes, given those before; `within_15` is the share of all residents then.
    notes
        What is not recorded, derived or doubtful.
    """

    reach: pd.DataFrame
    gaps: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    notes: list[Note]


def services_within_reach(
    district: District,
    *,
    sites: int = 3,
    numbers: Numbers = DEFAULT_NUMBERS,
    progress: Callable[[float, Words], None] | None = None,
) -> Reach:
    """Measure who reaches each kind of service on foot, where it lacks, and where `sites` more of it would help most.

    Walks are those of the walk graph from every building that people live in to the nearest site, at
    `walking_speed`, and for residents over 60 at `walking_speed_over_70`, to be on the safe side. Residents leave by
    the gates of their own compound, pass those of others only where the public may, and are let in where the site is.
    What nobody surveyed counts as open, and in `within_15_worst` as closed. A kind of which no site is recorded is not
    measured: that isn't the same as none within reach.

    Parameters
    ----------
    district
        Metric, with buildings and ways.
    sites
        How many further sites to propose of each kind.
    numbers
        `walking_speed`, `walking_speed_over_70` (m/s), `people_per_household`.
    progress
        Told the share done and what is being done.
    """
    tell = progress or (lambda _share, _words: None)
    tell(0.0, _READING)
    district = district.with_tables(compounds=placed(district["compounds"]))
    where, notes = people(district, numbers)
    known = services(district)
    notes += _not_recorded(known)
    graph = walk_graph(district, latch=True, numbers=numbers)
    walks = Walks(graph, where)
    sealed = Walks(walk_graph(district, unsurveyed="sealed", latch=True, numbers=numbers, ways=graph.ways), where)
    circles = _Circles.of(numbers)
    names: list[str | None] = [*district["communities"]["code"], None]
    among = candidates(walks, district, circles.everyone[-1]) if sites and known else None
    tables, gaps, proposed = [], [], []
    for n, (kind, service) in enumerate(known.items()):
        share = 0.3 + 0.7 * n / len(known)
        tell(share, _WALKING)
        metres = walks.nearest(service.sites)
        worst = np.maximum(sealed.nearest(service.sites), metres)
        counted = _counted(where, metres, worst, count=len(names) - 1, circles=circles)
        inside = _sites_inside(district["communities"], service.xy)
        counted = counted.assign(community_code=np.array(names, dtype=object), kind=kind, sites=inside)
        tables.append(counted[counted["residents"] > 0])
        tell(share, _GAPS)
        for minutes, limit in zip(MINUTES, circles.everyone, strict=True):
            gaps += [{"kind": kind, "minutes": minutes, **row} for row in gap_areas(where, metres > limit, names)]
        tell(share, _SITES)
        if among is not None:
            chosen = best(among, where, metres > circles.everyone[-1], sites)
            proposed += [{"kind": kind, **row} for row in _added(walks, among.sites, chosen, metres, circles)]
    tell(1.0, template("done"))
    crs = district["buildings"].crs
    found = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=RESULT_LAYERS["reach"].names)
    return Reach(
        reach=found[[*RESULT_LAYERS["reach"].names]],
        gaps=gap_table(gaps, [*RESULT_LAYERS["reach_gaps"].names], crs),
        sites=gap_table(_named(district, proposed), [*RESULT_LAYERS["reach_sites"].names], crs),
        notes=notes,
    )


def _not_recorded(known: dict[str, Service]) -> list[Note]:
    return [
        Note("No {service} is recorded in the data, so nothing can be said of it.", {"service": Note(words)})
        for kind, words in _WORDS.items()
        if kind not in known
    ]


@dataclass(frozen=True)
class _Circles:
    """Metres that are walked in `MINUTES`: by everyone, and by those over 60."""

    everyone: tuple[float, ...]
    older: tuple[float, ...]

    @classmethod
    def of(cls, numbers: Numbers) -> _Circles:
        def metres(speed: float) -> tuple[float, ...]:
            return tuple(60.0 * minutes * speed for minutes in MINUTES)

        return cls(metres(numbers.walking_speed), metres(numbers.walking_speed_over_70))


def _counted(where: People, metres: Floats, worst: Floats, *, count: int, circles: _Circles) -> pd.DataFrame:
    """The figures of one kind, a row each of `count` communities, and last of the homes in none."""
    place = np.where(where.community < 0, count, where.community)

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(place, values, minlength=count + 1), dtype=np.float64)

    figures = {"residents": where.residents, "elderly": where.elderly}
    for minutes, far, far_older in zip(MINUTES, circles.everyone, circles.older, strict=True):
        figures[f"within_{minutes}"] = where.residents * (metres <= far)
        figures[f"elderly_within_{minutes}"] = where.elderly * (metres <= far_older)
    figures["within_15_worst"] = where.residents * (worst <= circles.everyone[-1])
    table = pd.DataFrame({name: total(values) for name, values in figures.items()}).round().astype("Int64")
    reached = np.isfinite(metres)
    walkers = total(np.where(reached, where.residents, 0.0))
    walked = total(np.where(reached, metres, 0.0) * where.residents)
    mean = np.divide(walked, walkers, out=np.full(count + 1, np.nan), where=walkers > 0)
    return table.assign(mean_walk_m=mean)


def _sites_inside(communities: gpd.GeoDataFrame, xy: Floats) -> np.ndarray:
    """How many of the sites lie in each community, and last in none."""
    shapes = communities.geometry.to_numpy()
    place, community = shapely.STRtree(shapes).query(shapely.points(xy), "intersects")
    of = np.full(len(xy), len(shapes))
    of[place[::-1]] = community[::-1]
    return np.bincount(of, minlength=len(shapes) + 1)


def _added(
    walks: Walks, sites: Sites, chosen: Iterable[int], metres: Floats, circles: _Circles
) -> Iterator[dict[str, object]]:
    """What each chosen site adds, counted from every building, given those before it."""
    where, everyone, older = walks.where, circles.everyone[-1], circles.older[-1]
    for rank, row in enumerate(chosen, 1):
        nearer = np.minimum(metres, walks.nearest(Sites(sites.xy[[row]], sites.compound[[row]])))
        newly, newly_older = (nearer <= everyone) & (metres > everyone), (nearer <= older) & (metres > older)
        yield {
            "rank": rank,
            "residents": round(where.residents[newly].sum()),
            "elderly": round(np.nansum(where.elderly[newly_older])),
            "within_15": float(where.residents[nearer <= everyone].sum() / where.residents.sum()),
            "geometry": shapely.Point(sites.xy[row]),
        }
        metres = nearer


def _named(district: District, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """The rows with the community in which each site lies, and the name of what stands there or else of the way."""
    communities = placed(district["communities"])
    points = np.array([row["geometry"] for row in rows], dtype=object)
    place, of = shapely.STRtree(communities.geometry.to_numpy()).query(points, "intersects")
    community = dict(zip(place[::-1].tolist(), communities["code"].to_numpy()[of[::-1]], strict=True))
    beside: dict[int, str] = {}
    for layer, far in (("ways", None), ("facilities", THERE_M), ("centres", THERE_M)):
        table = placed(district[layer])
        near, what = shapely.STRtree(table.geometry.to_numpy()).query_nearest(points, far, all_matches=False)
        names = table["name"].iloc[what]
        beside.update((int(n), name) for n, name in zip(near, names, strict=True) if pd.notna(name))
    return [{**row, "community_code": community.get(n), "beside": beside.get(n)} for n, row in enumerate(rows)]
