"""What the grids of one community are corrected on: its buildings, each with the land about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gridmap.analysis.grids.community import Drawn
from gridmap.analysis.grids.community import Ground as Land
from gridmap.analysis.grids.cutting import as_coverage, borders, cut, whole
from gridmap.analysis.grids.dividing import along_barriers
from gridmap.analysis.grids.households import building_households
from gridmap.analysis.grids.walks import pair_walks_of
from gridmap.analysis.shaping.ground import Floats, Ground, Ints, Shapes
from gridmap.domain.district import District
from gridmap.domain.errors import DataError
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers

BASIC, RURAL, DEDICATED, OPEN_LAND = "basic", "rural", "dedicated", "land"
"""Kinds of blocks: three as of grids, and land on which nothing stands."""


def survey_community(district: District, *, prefix: str, numbers: Numbers = DEFAULT_NUMBERS) -> Ground:
    """A community cut to single buildings, each with the land about it: the blocks that its grids are made of.

    Lines follow ways, barriers and the edges of compounds, as those of grids do, and between them the gaps between
    rows of buildings. Buildings that can't be parted by such lines share a block.

    Parameters
    ----------
    district
        In metres: the one community, its buildings, and the compounds, ways, gates and barriers there.
    prefix
        What the codes of its grids begin with.

    Returns
    -------
    The blocks; `community` is the code of each one's compound (empty outside), `street` the community's. An office may
    be at any block where people live, so that a grid's walks are those to its best place.

    Raises
    ------
    DataError
        There isn't exactly one community, or no building in it.
    """
    communities, buildings, compounds = (district[name] for name in ("communities", "buildings", "compounds"))
    if len(communities) != 1 or buildings.empty:
        raise DataError("Grids can be corrected where one community has buildings.")
    community = communities.iloc[0]
    households = building_households(district)[0].to_numpy()
    land = Land.of(district, households, numbers)
    shapes, compound, block_of = _cut(community.geometry, land)
    count = np.bincount(block_of, weights=households, minlength=len(shapes)).astype(np.int64)
    pairs, lines = borders(shapes)
    xy = _places(shapes, land, block_of)
    own = np.bincount(block_of, minlength=len(shapes))
    names = _names(buildings, block_of, len(shapes))
    sites = np.flatnonzero(count > 0)
    codes = compounds["code"].astype(str).to_numpy(dtype=object)
    of = np.array([codes[row] if row >= 0 else "" for row in compound], dtype=object)
    named = {str(code): str(name) for code, name in zip(codes, compounds["name"], strict=True) if pd.notna(name)}
    named[str(community.code)] = str(community["name"]) if pd.notna(community["name"]) else str(community.code)
    return Ground(
        code=[f"{community.code}/{number}" for number in range(len(shapes))],
        name=names,
        kind=_kinds(str(community.kind), land, compound, own),
        community=of,
        street=np.full(len(shapes), str(community.code), dtype=object),
        households=count,
        xy=xy,
        shapes=shapes,
        edges=pairs.astype(np.int64),
        border=np.asarray(shapely.length(lines)),
        passable=~along_barriers(lines, land.barriers, land.bridges),
        lines=lines,
        sites=sites,
        walks=_walks(district, xy, sites, numbers),
        crs=str(district.crs),
        names={code: name for code, name in named.items() if code == community.code or code in set(of)},
        prefix=prefix,
        buildings={str(code): int(block) for code, block in zip(buildings["code"], block_of, strict=True)},
    )


def _cut(area: shapely.Geometry, land: Land) -> tuple[Shapes, Ints, Ints]:
    """The blocks of all parts of the community, the compound of each (-1: none), and the block of each building."""
    parts = shapely.get_parts(shapely.make_valid(area))
    parts = parts[shapely.get_dimensions(parts) == 2]
    points = shapely.point_on_surface(land.buildings)
    part_of = shapely.STRtree(parts).nearest(points)
    shapes: list[Shapes] = []
    compound: list[Ints] = []
    block_of = np.zeros(len(land.buildings), dtype=np.int64)
    size = 0
    for number, part in enumerate(parts):
        inside = np.flatnonzero(part_of == number)
        contents, found = land.contents(part, inside)
        pieces = cut(whole(part, contents), contents, compound_most=0, rest_most=0, piece=1)
        block_of[inside] = pieces.piece_of + size
        shapes.append(pieces.shapes)
        compound.append(np.where(pieces.compound >= 0, np.append(found, -1)[pieces.compound], -1))
        size += len(pieces.shapes)
    return as_coverage(np.concatenate(shapes)), np.concatenate(compound), block_of


def _places(shapes: Shapes, land: Land, block_of: Ints) -> Floats:
    """Where a block's people are: its first building, else a point on its land."""
    xy = shapely.get_coordinates(shapely.point_on_surface(shapes)).reshape(-1, 2)
    block, first = np.unique(block_of, return_index=True)
    xy[block] = shapely.get_coordinates(shapely.point_on_surface(land.buildings[first])).reshape(-1, 2)
    return xy


def _names(buildings: pd.DataFrame, block_of: Ints, size: int) -> list[str]:
    """What is told of a block: the addresses of its buildings, else their names."""
    told = buildings["address"].where(buildings["address"].notna(), buildings["name"])
    names = [""] * size
    for block, rows in pd.Series(told.to_numpy(dtype=object)).groupby(block_of):
        names[int(str(block))] = ", ".join(str(name) for name in rows if pd.notna(name))
    return names


def _kinds(community: str, land: Land, compound: Ints, buildings: Ints) -> list[str]:
    """What kind of grid each block makes."""
    dedicated = np.append(land.dedicated, np.zeros(1, dtype=np.bool_))[compound]
    lived = RURAL if community == "village" else BASIC
    return np.select([dedicated, buildings == 0], [DEDICATED, OPEN_LAND], default=lived).tolist()


def _walks(district: District, xy: Floats, sites: Ints, numbers: Numbers) -> Floats:
    source, target = np.repeat(sites, len(xy)), np.tile(np.arange(len(xy)), len(sites))
    return pair_walks_of(district, numbers)(xy, source, target).reshape(len(sites), len(xy))


def drawn_by_hand(ground: Ground, region: Ints, codes: dict[int, str], buildings: Sequence[Any]) -> Drawn:
    """The grids that blocks put together by hand make, as if drawn by the analysis.

    Parameters
    ----------
    region
        (n,) label of each block's grid; none is left out.
    codes
        The code of each label's grid.
    buildings
        Codes, in the order in which their grids are asked for.
    """
    labels, grid = np.unique(region, return_inverse=True)
    load = np.bincount(grid, weights=ground.households, minlength=len(labels))
    kinds = grid_kinds(ground, region)
    shapes = [shapely.coverage_union_all(ground.shapes[grid == number]) for number in range(len(labels))]
    parts = shapely.get_parts(shapely.coverage_union_all(ground.shapes))
    return Drawn(
        shapes=np.array(shapes, dtype=object),
        kind=np.array([kinds[int(label)] for label in labels], dtype=object),
        part=shapely.STRtree(parts).nearest(shapely.point_on_surface(shapes)),
        reach=np.full(len(labels), int(load.sum())),
        grid_of=grid[[ground.buildings[str(code)] for code in buildings]],
        codes=np.array([codes[int(label)] for label in labels], dtype=object),
        by_hand=True,
    )


def grid_kinds(ground: Ground, region: Ints) -> dict[int, str]:
    """The kind of each grid of a draft by its label."""
    kinds = np.array(ground.kind, dtype=object)
    labels = np.unique(region[region >= 0])
    return {int(one): _kind(kinds[region == one], ground.households[region == one]) for one in labels}


def _kind(kinds: Shapes, households: Ints) -> str:
    """The kind of a grid of these blocks: that of most of its households; without any that of most blocks."""
    weight = households if households.sum() else np.ones(len(kinds), dtype=np.int64)
    found = pd.Series(weight).groupby(kinds).sum()
    best = str(found.idxmax())
    return RURAL if best == OPEN_LAND else best
