"""Employers' land: factories, the two campuses, and blocks of shops and offices."""

from __future__ import annotations

from functools import partial

import numpy as np
import shapely

from gridmap.sample import estates
from gridmap.sample.draft import Building, Compound, Draft, Land, Opening, Way
from gridmap.sample.lattice import Cells, Ints

WORKS = estates.Form("works", (1, 3), 27.0, 50.0)
TRADE = estates.Form("trade", (3, 9), 22.0, 52.0)
CAMPUS = estates.Form("campus", (4, 6), 17.0, 52.0)
QUARTERS = estates.Form("quarters", (4, 5), 11.0, 30.0)
_QUARTERS_M = (96.0, 78.0)

EMPLOYERS = (
    "机床厂",
    "电子厂",
    "服装厂",
    "渔具厂",
    "医疗器械厂",
    "轮胎厂",
    "食品厂",
    "印刷厂",
    "造船厂",
    "船员公寓",
    "研究所",
    "纺织厂",
)
_PLACES = "海高威华宏环文北新光泰金正天信恒"


def employer(rng: np.random.Generator) -> str:
    """A plausible name of an employer."""
    return "".join(rng.choice(list(_PLACES), 2, replace=False)) + str(rng.choice(EMPLOYERS))


def works(draft: Draft, land: Land, rng: np.random.Generator, *, dormitory: bool) -> None:
    """Build a factory on a cell; with a dormitory it is an employer's compound, else land without residents."""
    scratch = _factory(land, rng)
    if scratch is None:
        return
    if dormitory:
        _settle(scratch, rng)
        draft.add(scratch.compounds[0], scratch.buildings)
    else:
        _loose(draft, scratch, every=2)


def quarters(draft: Draft, land: Land, rng: np.random.Generator) -> bool:
    """Build a factory with its workers' housing in its middle: an open compound inside the employer's wall.

    The housing is left through the factory alone, by a gate in the wall between the two.

    Returns whether it found room; else the factory has a dormitory only.
    """
    scratch = _factory(land, rng)
    if scratch is None:
        return False
    _settle(scratch, rng)
    housing = _housing(scratch, land, rng)
    for part in [scratch] if housing is None else [scratch, housing]:
        draft.add(part.compounds[0], part.buildings)
    return housing is not None


def _factory(land: Land, rng: np.random.Generator) -> Draft | None:
    """A compound of halls by itself; None where there is no room."""
    scratch = Draft()
    if not estates.build(scratch, land, rng, form=WORKS, plots=1):
        return None
    for building in scratch.buildings:
        building.use, building.entrances, building.dwellings = "industrial", 0, 0
    return scratch


def _settle(factory: Draft, rng: np.random.Generator) -> None:
    """Make the factory an employer's compound where some live."""
    _dormitories(factory.buildings[-max(2, len(factory.buildings) // 4) :])
    compound = factory.compounds[0]
    compound.employer, compound.employer_share = employer(rng), 1.0
    compound.form = "works"


def _dormitories(buildings: list[Building]) -> None:
    for building in buildings:
        building.use, building.floors, building.entrances, building.dwellings = "dormitory", 5, 2, 40


def _housing(factory: Draft, land: Land, rng: np.random.Generator) -> Draft | None:
    """Make room for housing in the middle of a factory; the housing, or None where it finds no room or no way out."""
    host = factory.compounds[0]
    frame = estates.frame_of(land)
    plot = frame.local(host.polygon)
    middle = plot.centroid
    box = shapely.box(middle.x - _QUARTERS_M[0] / 2, middle.y - _QUARTERS_M[1] / 2,
                      middle.x + _QUARTERS_M[0] / 2, middle.y + _QUARTERS_M[1] / 2)  # fmt: skip
    if not plot.buffer(-24).contains(box):
        return None
    inner = frame.world(box)
    scratch = Draft()
    around = Land(land.cell, land.community, inner.buffer(13, join_style="mitre"), frame.angle)
    estates.build(scratch, around, rng, form=QUARTERS, plots=1)
    kept = [part for way in host.ways for part in shapely.get_parts(way.difference(inner.buffer(4))) if part.length > 4]
    links = [
        link for link in (_link(o, kept, inner) for c in scratch.compounds for o in c.openings) if link is not None
    ]
    own = [b for b in factory.buildings if b.polygon.distance(inner) > 9]
    if not links or len(own) < 2:
        return None
    factory.buildings = own
    if not any(b.dwellings for b in own):
        _dormitories(own[-2:])
    host.ways = kept
    host.polygon = shapely.Polygon(host.polygon.exterior, [inner.exterior])
    host.role = "residents_only"
    host.inner_gate = Opening(min(links, key=lambda line: line.length), "n")
    housing = scratch.compounds[0]
    housing.polygon, housing.role, housing.openings = inner, "employer_wall", []
    housing.employer, housing.employer_share, housing.name = host.employer, 0.9, f"{host.employer}家属院"
    return scratch


def _link(opening: Opening, ways: list[shapely.LineString], inner: shapely.Polygon) -> shapely.LineString | None:
    """From the end of an inner way of the housing through the wall to the next way of the factory."""
    start, gate = (np.array(c) for c in opening.way.coords[:2])
    along = (gate - start) / max(float(np.linalg.norm(gate - start)), 1e-9)
    ray = shapely.LineString([gate + along * 0.5, gate + along * 90])
    meets = [p for way in ways for p in shapely.get_coordinates(shapely.get_parts(ray.intersection(way)))]
    edge = inner.exterior.distance(shapely.Point(gate))
    if not meets or edge > 0.3:
        return None
    first = min(meets, key=lambda p: float(np.linalg.norm(p - gate)))
    return shapely.LineString(np.round([start, gate, first], 2))


def trade(draft: Draft, land: Land, rng: np.random.Generator) -> None:
    """Build a block of shops and offices, with no residents and no walls."""
    scratch = Draft()
    if not estates.build(scratch, land, rng, form=TRADE, plots=1):
        return
    use = str(rng.choice(["commercial", "commercial", "office", "public", "health"], p=[0.3, 0.25, 0.25, 0.15, 0.05]))
    for building in scratch.buildings:
        building.use, building.entrances, building.dwellings = use, 0, 0
        building.floors = int(rng.integers(2, 10))
    _loose(draft, scratch, every=1)


def _loose(draft: Draft, scratch: Draft, *, every: int) -> None:
    """Buildings and ways of a block that is no compound."""
    for building in scratch.buildings:
        building.compound = -1
    draft.buildings += scratch.buildings
    for compound in scratch.compounds:
        draft.ways += [Way(line, "service") for line in compound.ways]
        draft.ways += [Way(o.way, "service") for o in compound.openings[::every] if o.joins < 0]


def campus(draft: Draft, cells: Cells, members: Ints, rng: np.random.Generator, *, community: int, name: str) -> int:
    """Build a campus over several cells; the lines between them become its own streets.

    Returns the compound's index.
    """
    whole = shapely.coverage_union_all(cells.polygon[members])
    outline = shapely.transform(estates.net_land(whole, None), lambda xy: np.round(xy, 2))
    safe = outline.buffer(-2)
    shapely.prepare([outline, safe])
    is_member = np.zeros(len(cells.polygon) + 1, dtype=bool)
    is_member[members] = True
    inner = is_member[cells.left] & is_member[cells.right]
    streets = shapely.get_parts(shapely.line_merge(shapely.union_all(cells.edge[inner])))
    buildings: list[Building] = []
    ways: list[shapely.LineString] = []
    openings: list[Opening] = []
    for k in members:
        scratch = Draft()
        land = Land(int(k), community, cells.polygon[k], float(cells.angle[k]))
        estates.build(scratch, land, rng, form=CAMPUS, plots=1)
        buildings += [b for b in scratch.buildings if outline.contains(b.polygon)]
        for compound in scratch.compounds:
            ways += [w for w in compound.ways if safe.contains(w)]
            ways += [o.way for o in compound.openings if safe.contains(o.way)]
            openings += [o for o in map(partial(_crossing, outline), (o.way for o in compound.openings)) if o]
    for line in streets:
        ways += [p for p in shapely.get_parts(line.intersection(safe)) if p.geom_type == "LineString" and p.length > 5]
        openings += [o for o in map(partial(_crossing, outline), shapely.get_parts(line.difference(outline))) if o]
    homes = rng.random(len(buildings)) < 0.4
    for building, home in zip(buildings, homes, strict=True):
        building.use = "dormitory" if home else "education"
        building.entrances, building.dwellings = (2, 60) if home else (0, 0)
    compound = Compound(outline, int(members[0]), community, "campus", openings, ways, employer=name, name=name)
    compound.employer_share = 1.0
    return draft.add(compound, buildings)


def _crossing(outline: shapely.Polygon, line: shapely.LineString) -> Opening | None:
    """The opening where a line leaves the campus once; None where it stays in or out, or crosses twice."""
    if line.geom_type != "LineString" or line.length < 4:
        return None
    coords = np.array(line.coords)
    inside = [outline.distance(shapely.Point(point)) < 0.02 for point in coords[[0, -1]]]
    if inside[0] == inside[1]:
        return None
    if inside[1]:
        coords = coords[::-1]
    starts_there = outline.boundary.distance(shapely.Point(coords[0])) < 0.02
    meets = (
        coords[:1]
        if starts_there
        else shapely.get_coordinates(shapely.LineString(coords).intersection(outline.boundary))
    )
    if len(meets) != 1:
        return None
    gate, target = meets[0], coords[-1]
    start = coords[0]
    if np.linalg.norm(start - gate) < 1:
        start = gate + (gate - target) / np.linalg.norm(gate - target) * 3.0
    return Opening(shapely.LineString(np.round([start, gate, target], 2)), "n")
