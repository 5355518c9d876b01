"""The tables of the district file, from what was drawn: codes, names, addresses, degrees."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.domain.metric import GEOGRAPHIC
from gridmap.sample import gates, roster, services
from gridmap.sample.draft import Compound, Draft
from gridmap.sample.frames import frame
from gridmap.sample.ground import Cover, cover, ground
from gridmap.sample.lattice import Cells, Ints
from gridmap.sample.nearest import nearest_line
from gridmap.sample.outline import Outline
from gridmap.sample.people import People
from gridmap.sample.terms import terms
from gridmap.sample.zones import Zones

_ESTATES = "嘉海锦兰祥瑞丽怡金银碧玉福康宁和盛景新华安泰明天"
_ENDINGS = ("花园", "小区", "家园", "苑", "名居", "公寓", "新村", "雅居", "庭院", "华府")
_COMPANIES = ("安居物业", "海诚物业", "蓝湾物业", "和谐物业", "嘉园物业", "鼎盛物业", "宏远物业")


def multi(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Every shape as a multipolygon."""
    return np.array([s if s.geom_type == "MultiPolygon" else shapely.MultiPolygon([s]) for s in shapes], dtype=object)


@dataclass(frozen=True)
class Drawn:
    """All that was drawn of the district, in metres."""

    place: Outline
    plat: Cells
    zones: Zones
    draft: Draft
    people: People


def tables(drawn: Drawn, rng: np.random.Generator) -> tuple[dict[str, gpd.GeoDataFrame], pd.DataFrame]:
    """All layers in EPSG:4326, and the truth."""
    place, plat, zones, draft, people = drawn.place, drawn.plat, drawn.zones, drawn.draft, drawn.people
    codes = [c.code for c in zones.communities]
    compound_codes, compound_table = _compounds(draft, zones, people, codes, rng)
    buildings = _buildings(draft, people, codes, compound_codes)
    stairwells, owner = _stairwells(draft, people, buildings)
    pieces = cover(place, plat, zones, draft)
    layers = {
        "streets": _streets(pieces, zones),
        "communities": _communities(pieces, zones, people, rng),
        "compounds": compound_table,
        "buildings": buildings,
        "stairwells": stairwells,
        "gates": _gates(draft, compound_codes),
        "barriers": frame(
            {"kind": [b.kind for b in draft.barriers], "name": [b.name or None for b in draft.barriers]},
            shapely.line_merge(np.array([b.line for b in draft.barriers], dtype=object)),
        ).explode(index_parts=False, ignore_index=True),
        "ways": frame(
            {
                "kind": [w.kind for w in draft.ways],
                "name": [w.name or None for w in draft.ways],
                "walkable": [w.walkable for w in draft.ways],
                "bridge": [w.bridge for w in draft.ways],
                "tunnel": [False] * len(draft.ways),
            },
            np.array([w.line for w in draft.ways], dtype=object),
        ),
        "ground": ground(pieces),
    }
    served, home = _services(plat, zones, draft, people, rng)
    layers |= served
    _same_offices(layers, codes, buildings["address"].to_numpy()[home])
    layers["staff"] = staff = _staff(drawn, stairwells, owner, rng)
    building = stairwells.set_index("code")["building_code"]
    compound = building.map(buildings.set_index("code")["compound_code"])
    layers["assignments"] = terms(staff, staff["stairwell_code"].map(compound).to_numpy(dtype=object), rng)
    truth = pd.DataFrame(
        {
            "compound_code": compound_codes,
            "isolated": [c.role in gates.ISOLATING for c in draft.compounds],
            "how": [c.role for c in draft.compounds],
        }
    )
    return layers, truth


def _streets(pieces: Cover, zones: Zones) -> gpd.GeoDataFrame:
    shapes, keys = pieces.areas(zones.street)
    own = [zones.streets[k] for k in keys]
    note = [None if s.official else "code" for s in own]
    return frame(
        {
            "code": [s.code for s in own],
            "name": [s.name for s in own],
            "kind": [s.kind for s in own],
            "illustrative": note,
        },
        multi(shapes),
    )


def _communities(pieces: Cover, zones: Zones, people: People, rng: np.random.Generator) -> gpd.GeoDataFrame:
    shapes, keys = pieces.areas(zones.community)
    n = len(zones.communities)
    households = np.bincount(people.community, weights=people.households, minlength=n).astype(np.int64)
    residents = np.bincount(people.community, weights=people.residents, minlength=n).astype(np.int64)
    kinds = np.array(zones.kind)
    old = {"urban": 0.17, "converted": 0.19, "village": 0.33}
    elsewhere = {"urban": 0.34, "converted": 0.28, "village": 0.06}
    reform = np.full(n, None, dtype=object)
    for kind, values, odds in (("converted", ["under_way", "done"], 0.55), ("village", ["none", "under_way"], 0.85)):
        reform = np.where(kinds == kind, rng.choice(values, n, p=[odds, 1 - odds]).astype(object), reform)
    original = np.where(kinds == "urban", 0, residents * rng.uniform(0.25, 0.6, n))
    original = np.where(kinds == "village", residents * rng.uniform(0.82, 0.97, n), original)
    table = pd.DataFrame(
        {
            "code": [c.code for c in zones.communities],
            "name": [c.name for c in zones.communities],
            "kind": zones.kind,
            "street_code": [zones.streets[k].code for k in zones.community_street],
            "households": households,
            "residents": residents,
            "elderly": np.round(residents * np.array([old[k] for k in kinds]) * rng.uniform(0.75, 1.3, n)).astype(int),
            "floating": np.round(residents * np.array([elsewhere[k] for k in kinds]) * rng.uniform(0.5, 1.5, n)).astype(
                int
            ),
            "office_hours": "Mo-Fr 08:30-17:00",
            "phone": [f"0631-5{v}" for v in rng.integers(100000, 999999, n)],
            "party_branch": [f"{c.name}党支部" for c in zones.communities],
            "reform_status": reform,
            "original_residents": original.astype(int),
            "committee": [c.committee for c in zones.communities],
            "illustrative": [None if c.official else "code" for c in zones.communities],
        }
    )
    return frame(table.iloc[keys].reset_index(drop=True), multi(shapes))


def _compounds(
    draft: Draft, zones: Zones, people: People, codes: list[str], rng: np.random.Generator
) -> tuple[list[str], gpd.GeoDataFrame]:
    serial: dict[int, int] = {}
    found: list[str] = []
    named: set[str] = set()
    for c in draft.compounds:
        serial[c.community] = serial.get(c.community, 0) + 1
        found.append(f"{codes[c.community]}-{serial[c.community]:03d}")
        if not c.name:
            c.name = _compound_name(c, zones, serial[c.community], named, rng)
        named.add(c.name)
    owner = np.array([b.compound for b in draft.buildings])
    inside = owner >= 0
    n = len(found)
    households = np.bincount(owner[inside], weights=people.households[inside], minlength=n).astype(np.int64)
    residents = np.bincount(owner[inside], weights=people.residents[inside], minlength=n).astype(np.int64)
    modern = np.array([c.form in ("slab", "garden", "mid", "tower") for c in draft.compounds])
    managed = modern & (rng.random(n) < 0.85)
    company = np.where(managed, rng.choice(_COMPANIES, n).astype(object), np.full(n, None, dtype=object))
    table = pd.DataFrame(
        {
            "code": found,
            "name": [c.name for c in draft.compounds],
            "community_code": [codes[c.community] for c in draft.compounds],
            "enclosure": [c.enclosure for c in draft.compounds],
            "management": [c.management for c in draft.compounds],
            "employer": [c.employer or None for c in draft.compounds],
            "employer_share": [c.employer_share for c in draft.compounds],
            "property_company": company,
            "households": households,
            "residents": residents,
            "owners_committee": managed & (rng.random(n) < 0.4),
        }
    )
    return found, frame(table, np.array([c.polygon for c in draft.compounds], dtype=object))


def _compound_name(c: Compound, zones: Zones, number: int, named: set[str], rng: np.random.Generator) -> str:
    community = zones.communities[c.community].name.removesuffix("社区")
    if c.form == "houses":
        base = community if community.endswith("村") else f"{community}旧村"
        name = base
        k = 1
        while name in named:
            k += 1
            name = f"{base}{'东西南北中'[k % 5]}{'片' if k > 6 else '庄'}{k if k > 11 else ''}"
        return name
    if c.employer:
        return f"{c.employer}大院" if f"{c.employer}大院" not in named else f"{c.employer}大院{number}号"
    while True:
        name = "".join(rng.choice(list(_ESTATES), 2, replace=False)) + str(rng.choice(_ENDINGS))
        if name not in named:
            return name
        name = f"{community}{name}"
        if name not in named:
            return name


def _buildings(draft: Draft, people: People, codes: list[str], compound_codes: list[str]) -> gpd.GeoDataFrame:
    shapes = np.array([b.polygon for b in draft.buildings], dtype=object)
    owner = np.array([b.compound for b in draft.buildings])
    serial: dict[str, int] = {}
    found, names = [], []
    for k, b in enumerate(draft.buildings):
        stem = compound_codes[b.compound] if b.compound >= 0 else f"{codes[people.community[k]]}-B"
        serial[stem] = serial.get(stem, 0) + 1
        found.append(f"{stem}-{serial[stem]:03d}" if b.compound >= 0 else f"{stem}{serial[stem]:04d}")
        names.append(
            f"{serial[stem]}号"
            if b.compound >= 0 and draft.compounds[b.compound].form == "houses"
            else f"{serial[stem]}号楼"
        )
    table = pd.DataFrame(
        {
            "code": found,
            "name": names,
            "address": _addresses(draft, shapes, owner, names),
            "compound_code": [compound_codes[k] if k >= 0 else None for k in owner],
            "community_code": [codes[k] for k in people.community],
            "use": [b.use for b in draft.buildings],
            "floors": [b.floors for b in draft.buildings],
            "households": people.households,
            "residents": people.residents,
        }
    )
    return frame(table, shapes)


def _addresses(draft: Draft, shapes: NDArray[np.object_], owner: Ints, names: list[str]) -> list[str]:
    """Road and number of the compound's (or the building's) nearest named road, then the building."""
    named = [w for w in draft.ways if w.name]
    lines = np.array([w.line for w in named], dtype=object)

    def numbers(points: NDArray[np.object_]) -> list[str]:
        nearest = nearest_line(points, lines)
        xy = shapely.get_coordinates(points)
        base = (np.abs(xy[:, 0] - 400_000) + np.abs(xy[:, 1] - 4_160_000)).astype(int) // 40
        return [f"{named[i].name}{n}号" for i, n in zip(nearest, base, strict=True)]

    of_compound = numbers(shapely.centroid(np.array([c.polygon for c in draft.compounds], dtype=object)))
    of_building = numbers(shapely.centroid(shapes))
    return [of_compound[k] + names[i] if k >= 0 else of_building[i] for i, k in enumerate(owner)]


def _stairwells(draft: Draft, people: People, buildings: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, Ints]:
    """One point an entrance, on the building's north side; and the building of each."""
    entrances = np.array([b.entrances for b in draft.buildings]) * (people.households > 0)
    owner = np.repeat(np.arange(len(entrances)), entrances)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(entrances) - entrances, entrances) + 1
    of = entrances[owner]
    each = people.households[owner] // of + (number <= people.households[owner] % of)
    corners = np.array([shapely.get_coordinates(b.polygon)[:4] for b in draft.buildings])
    share = ((number - 0.5) / of)[:, None]
    north = np.sort(np.argsort(-corners[:, :, 1], axis=1)[:, :2], axis=1)
    rows = np.arange(len(corners))
    a, b = corners[rows, north[:, 0]], corners[rows, north[:, 1]]
    west = np.where((a[:, 0] < b[:, 0])[:, None], a, b)
    east = np.where((a[:, 0] < b[:, 0])[:, None], b, a)
    points = west[owner] * (1 - share) + east[owner] * share
    middle = corners.mean(axis=1)[owner]
    points = points + (middle - points) * (0.4 / np.linalg.norm(middle - points, axis=1))[:, None]
    codes = buildings["code"].to_numpy()
    table = {
        "code": [f"{codes[o]}-{n}" for o, n in zip(owner, number, strict=True)],
        "building_code": codes[owner],
        "number": number,
        "households": each,
    }
    return frame(table, shapely.points(points)), owner


def _gates(draft: Draft, codes: list[str]) -> gpd.GeoDataFrame:
    table = {
        "code": [f"G{k + 1:06d}" for k in range(len(draft.gates))],
        "compound_code": [codes[g.compound] for g in draft.gates],
        "kind": [g.kind for g in draft.gates],
        "access": [g.access for g in draft.gates],
        "hours": [g.hours or None for g in draft.gates],
    }
    return frame(table, shapely.points(np.array([g.xy for g in draft.gates])))


def _services(
    plat: Cells, zones: Zones, draft: Draft, people: People, rng: np.random.Generator
) -> tuple[dict[str, gpd.GeoDataFrame], Ints]:
    """Centres and facilities, and the building that each community's office is in."""
    middle = shapely.get_coordinates(shapely.centroid(np.array([b.polygon for b in draft.buildings], dtype=object)))
    home = np.zeros(len(zones.communities), dtype=np.int64)
    for k in range(len(home)):
        own = np.flatnonzero(people.community == k)
        centre = np.average(middle[own], axis=0, weights=people.households[own] + 0.01)
        home[k] = own[np.linalg.norm(middle[own] - centre, axis=1).argmin()]
    office = middle[home]
    rows, points = services.offices(zones, office, office, rng)
    use = np.array([b.use for b in draft.buildings])
    sites = np.flatnonzero(np.isin(use, ["commercial", "public", "office", "residential"]))
    parks = plat.centre[zones.use == "park"]
    more, places = services.facilities(zones, people.community[sites], middle[sites], parks, rng)
    return {"centres": frame(rows, points), "facilities": frame(more, places)}, home


def _same_offices(layers: dict[str, gpd.GeoDataFrame], codes: list[str], addresses: NDArray[np.object_]) -> None:
    """What a community and its office both tell agrees: the address and the phone, in place."""
    communities, centres = layers["communities"], layers["centres"]
    communities["office_address"] = communities["code"].map(dict(zip(codes, addresses, strict=True)))
    phone = centres["community_code"].map(communities.set_index("code")["phone"])
    centres["phone"] = phone.where(centres["kind"].eq("committee_office"), centres["phone"])


def _staff(drawn: Drawn, stairwells: gpd.GeoDataFrame, owner: Ints, rng: np.random.Generator) -> gpd.GeoDataFrame:
    zones, people, draft = drawn.zones, drawn.people, drawn.draft
    n = len(zones.communities)
    households = np.bincount(people.community, weights=people.households, minlength=n).astype(np.int64)
    compound = np.array([b.compound for b in draft.buildings])[owner]
    homes = roster.Homes(
        stairwells["code"].tolist(), people.community[owner], compound, stairwells["households"].to_numpy()
    )
    rows, home = roster.roster(zones, households, homes, rng)
    points = stairwells.geometry.to_numpy()
    where = np.array([points[k] if k >= 0 else None for k in home], dtype=object)
    return gpd.GeoDataFrame(rows, geometry=gpd.GeoSeries(where, crs=GEOGRAPHIC), crs=GEOGRAPHIC)
