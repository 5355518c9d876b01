"""Cutting a community into pieces that grids are joined from: compounds whole, the rest along ways and barriers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from shapely import Polygon

from gridmap.analysis.grids.rows import NODE_M, allot, cut_rows
from gridmap.network.segments import as_lines, explode

_TOUCH_M = 1.0
"""Metres of common border from which on two pieces are neighbours: more than a point."""
_MOST_ROUNDS = 20
"""Rounds of giving land away; each round reaches one piece further, so this is for land far from all buildings."""
_SHARE_BARRED = 0.5
"""Share of a common border along ways or barriers from which on land isn't given across."""
_SLIVER_M2 = 1.0
"""Square metres below which a piece without buildings is no piece."""
_SAMPLES = (np.arange(12) + 0.5) / 12
"""Where on a line it is looked whether it runs along another."""
_SHARED_M2 = 200.0
"""Square metres from which on land is shared out among those beside it; less goes to one of them whole."""
_ALONG_M = 0.5
"""Metres within which a border counts as running along a way or barrier."""


@dataclass(frozen=True)
class Contents:
    """What lies in and about a community, as arrays of geometry in metres."""

    compounds: np.ndarray
    ways: np.ndarray
    barriers: np.ndarray
    buildings: np.ndarray
    households: np.ndarray
    compound_of: np.ndarray
    """Position of the building's own compound among `compounds`, -1 where it has none."""


@dataclass(frozen=True)
class Pieces:
    """The pieces of a community: they tile it, and each building is in one of them."""

    shapes: np.ndarray
    compound: np.ndarray
    """Position of the compound that the piece is (a part of), -1 for the rest."""
    piece_of: np.ndarray
    """The piece of each building."""

    def households(self, contents: Contents) -> np.ndarray:
        """Households of each piece."""
        return np.bincount(self.piece_of, weights=contents.households, minlength=len(self.shapes)).astype(int)

    def large(self, contents: Contents, compound_most: int, rest_most: int) -> np.ndarray:
        """Positions of the compounds and of the rest's pieces that have more households than so many."""
        return np.flatnonzero(self.households(contents) > np.where(self.compound >= 0, compound_most, rest_most))

    @property
    def beside(self) -> bool:
        """Whether there are buildings that stand in no compound."""
        return bool((self.compound[self.piece_of] < 0).any())


def borders(shapes: np.ndarray, between: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (m, 2) of polygons with a common border of at least 1 m, and these borders as lines.

    `between`: only those of which one is among these (n, bool) and the other isn't.
    """
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    wanted = first < second
    if between is not None:
        wanted &= between[first] != between[second]
    pairs = np.column_stack([first[wanted], second[wanted]])
    edges = shapely.boundary(shapes)
    lines = shapely.intersection(edges[pairs[:, 0]], edges[pairs[:, 1]])
    long = shapely.length(lines) >= _TOUCH_M
    return pairs[long], lines[long]


def as_coverage(shapes: np.ndarray) -> np.ndarray:
    """The areas with exactly the same vertices along common borders."""
    cleaned: np.ndarray = shapely.coverage_clean(shapes)  # type: ignore[attr-defined]
    return cleaned


def share_along(lines: np.ndarray, along: np.ndarray) -> np.ndarray:
    """The share of each line's length that runs along some of these other lines, from points along it."""
    if not len(along) or not len(lines):
        return np.zeros(len(lines))
    parts, line = shapely.get_parts(lines, return_index=True)
    length = shapely.length(parts)
    points = shapely.line_interpolate_point(parts[length > 0][:, None], _SAMPLES[None, :], normalized=True)
    near = np.zeros(points.size, dtype=bool)
    # of a long line only the segments that a point lies by are looked at
    straight = as_lines(*explode(along)[:2])
    near[shapely.STRtree(points.ravel()).query(straight, predicate="dwithin", distance=_ALONG_M)[1]] = True
    shares = near.reshape(points.shape).mean(axis=1) * length[length > 0]
    total = np.bincount(line, weights=length, minlength=len(lines))
    found: np.ndarray = np.bincount(line[length > 0], weights=shares, minlength=len(lines)) / np.maximum(total, 1e-9)
    return found


def whole(area: Polygon, contents: Contents) -> Pieces:
    """The compounds of one connected part of a community, and the faces that ways, barriers and compounds leave."""
    faces = _faces(area, contents)
    label, compound, holds = _labelled(faces, contents)
    return Pieces(*_merged(faces, label, compound, holds))


def cut(
    pieces: Pieces, contents: Contents, *, compound_most: int, rest_most: int, piece: int, narrow: bool = False
) -> Pieces:
    """Cut the pieces that `whole` gives further, as far as it takes.

    A compound with more than `compound_most` households, and a face with more than `rest_most`, is cut between its rows
    of buildings into parts of at most `piece`. Land without buildings goes to the pieces beside it, each the nearest to
    itself, but not across a way where it can be helped. Lines that run through a building go around it.

    With `narrow`, land with buildings that lies about several compounds is kept to what is nearest to its buildings and
    the compounds get the rest, so that compounds on either side of a narrow strip become neighbours.
    """
    shapes, compound, piece_of = _cut_large(pieces, contents, pieces.large(contents, compound_most, rest_most), piece)
    if narrow:
        shapes, compound, piece_of = _narrowed(shapes, compound, piece_of, contents)
    shapes, compound, piece_of = _share_land(shapes, compound, piece_of, contents)
    keep = np.ones(len(shapes), dtype=bool)
    shapes, compound, _, piece_of = _loose_ends(as_coverage(shapes), compound, keep, piece_of, contents)
    return _without_slivers(shapes, compound, piece_of)


def _faces(area: Polygon, contents: Contents) -> np.ndarray:
    lines = shapely.get_parts(shapely.boundary(contents.compounds))
    outside = contents.ways
    if len(contents.compounds) and len(outside):
        outside = shapely.difference(outside, shapely.union_all(contents.compounds, grid_size=NODE_M))
    lines = np.concatenate([lines, shapely.get_parts(outside), contents.barriers])
    lines = shapely.get_parts(shapely.intersection(lines, area))
    lines = lines[np.isin(shapely.get_type_id(lines), (1, 5))]
    lines = _around_buildings(lines, contents.buildings, area)
    noded = shapely.union_all([*lines, area.boundary], grid_size=NODE_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    return faces[shapely.contains(area, shapely.point_on_surface(faces))]


def _around_buildings(lines: np.ndarray, buildings: np.ndarray, area: Polygon) -> np.ndarray:
    """The lines, led around the buildings that they would run through."""
    if not len(lines) or not len(buildings):
        return lines
    inner = shapely.buffer(buildings, -0.01, quad_segs=1)
    _, hit = shapely.STRtree(lines).query(inner, predicate="intersects")[::-1]
    hit = np.unique(hit)
    if not len(hit):
        return lines
    # what is cut away ends exactly on what leads around, or a face would stay open there
    blocks = shapely.set_precision(buildings[hit], NODE_M)
    outline = shapely.intersection(shapely.boundary(blocks), area)
    return np.append(shapely.difference(lines, shapely.union_all(blocks, grid_size=NODE_M)), outline)


def _labelled(faces: np.ndarray, contents: Contents) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each face the piece it belongs to and its compound; for each building its face."""
    points = shapely.point_on_surface(faces)
    compound = np.full(len(faces), -1)
    if len(contents.compounds):
        at, which = shapely.STRtree(contents.compounds).query(points, predicate="intersects")
        # of compounds one inside the other it is the inner one, as for buildings
        inward = np.argsort(-shapely.area(contents.compounds)[which], kind="stable")
        compound[at[inward]] = which[inward]
    middle = shapely.point_on_surface(contents.buildings)
    holds = shapely.STRtree(faces).nearest(middle) if len(middle) else np.zeros(0, dtype=int)
    pairs, lines = borders(faces)
    label = np.arange(len(faces))
    # a face that is one building, cut out because a line ran through it, goes back to where the building belongs
    single = np.flatnonzero(np.bincount(holds, minlength=len(faces)) == 1)
    building = pd.Series(np.arange(len(holds)), index=holds)
    length = shapely.length(lines)
    for face in single:
        own = int(building[face])
        if shapely.area(faces[face]) > shapely.area(contents.buildings[own]) * 1.01:
            continue
        if contents.compound_of[own] >= 0:
            compound[face] = contents.compound_of[own]
            continue
        touching = np.flatnonzero((pairs == face).any(axis=1))
        if len(touching) and compound[face] < 0:
            longest = touching[length[touching].argmax()]
            label[face] = pairs[longest].sum() - face
            compound[face] = compound[label[face]]
    same = (compound[pairs[:, 0]] == compound[pairs[:, 1]]) & (compound[pairs[:, 0]] >= 0)
    joined = np.vstack([pairs[same], np.column_stack([np.arange(len(faces)), label])])
    links = coo_matrix((np.ones(len(joined)), (joined[:, 0], joined[:, 1])), shape=(len(faces),) * 2)
    return connected_components(links, directed=False)[1], compound, holds


def _merged(
    faces: np.ndarray, label: np.ndarray, compound: np.ndarray, holds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    groups = pd.Series(np.arange(len(faces))).groupby(label)
    shapes = np.array([shapely.coverage_union_all(faces[own.to_numpy()]) for _, own in groups], dtype=object)
    first = groups.first().to_numpy()
    return shapes, compound[first], label[holds]


def _cut_large(
    pieces: Pieces, contents: Contents, large: np.ndarray, piece: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    shapes, compound, piece_of = pieces.shapes.copy(), pieces.compound, pieces.piece_of.copy()
    more: list[Polygon] = []
    owner: list[int] = []
    for index in large:
        own = np.flatnonzero(piece_of == index)
        parts = cut_rows(shapes[index], contents.buildings[own], contents.households[own], piece)
        shapes[index] = parts[0].shape
        for part in parts[1:]:
            piece_of[own[part.buildings]] = len(shapes) + len(more)
            more.append(part.shape)
            owner.append(int(compound[index]))
    if more:
        shapes = np.append(shapes, np.array(more, dtype=object))
        compound = np.append(compound, owner)
    return shapes, compound, piece_of


def _narrowed(
    shapes: np.ndarray, compound: np.ndarray, piece_of: np.ndarray, contents: Contents
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Land about compounds shared out among them and the buildings on it; what holds buildings stays, in parts."""
    shapes = as_coverage(shapes)
    pairs, lines = borders(shapes, compound >= 0)
    beside = share_along(lines, np.concatenate([contents.ways, contents.barriers])) <= _SHARE_BARRED
    pairs, lines = pairs[beside], lines[beside]
    rest = np.where(compound[pairs[:, 0]] < 0, pairs[:, 0], pairs[:, 1])
    neighbour = pairs.sum(axis=1) - rest
    more: list[Polygon] = []
    piece_of = piece_of.copy()
    for face in np.unique(rest):
        near = np.flatnonzero(rest == face)
        own = np.flatnonzero(piece_of == face)
        if len(near) < 2 or not len(own):
            continue
        seeds = [*lines[near], *contents.buildings[own]]
        given = allot(shapes[face], seeds, np.append(neighbour[near], np.full(len(own), face)))
        parts = np.array([shape for to, shape in given if to == face and not shape.is_empty], dtype=object)
        if not len(parts):  # its buildings stand outside of it
            continue
        holder = shapely.STRtree(parts).nearest(shapely.point_on_surface(contents.buildings[own]))
        shapes[face] = parts[holder[0]]
        for part in np.unique(holder[holder != holder[0]]):
            piece_of[own[holder == part]] = len(shapes) + len(more)
            more.append(parts[part])
        used = np.isin(np.arange(len(parts)), holder)
        more.extend(parts[~used])
        more.extend(shape for to, shape in given if to != face)
    grown = np.append(shapes, np.array(more, dtype=object)) if more else shapes
    return grown, np.append(compound, np.full(len(more), -1)), piece_of


def _share_land(
    shapes: np.ndarray, compound: np.ndarray, piece_of: np.ndarray, contents: Contents
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give pieces without buildings to those beside them, again and again until none is left that could be given."""
    keep = (np.bincount(piece_of, minlength=len(shapes)) > 0) | (compound >= 0)
    along = np.concatenate([contents.ways, contents.barriers])
    for _ in range(_MOST_ROUNDS):
        if keep.all() or not keep.any():
            break
        shapes = as_coverage(shapes)
        pairs, lines = borders(shapes, keep)
        open_land = ~keep
        if not len(pairs):
            break
        barred = share_along(lines, along) > _SHARE_BARRED
        gifts: dict[int, list[Polygon]] = {}
        taken = np.zeros(len(shapes), dtype=bool)
        land = np.where(open_land[pairs[:, 0]], pairs[:, 0], pairs[:, 1])
        neighbour = pairs.sum(axis=1) - land
        for face in np.unique(land):
            near = np.flatnonzero(land == face)
            near = near[~barred[near]] if not barred[near].all() else near
            if len(near) > 1 and shapely.area(shapes[face]) >= _SHARED_M2:
                given = allot(shapes[face], list(lines[near]), neighbour[near])
            else:
                given = [(int(neighbour[near[shapely.length(lines[near]).argmax()]]), shapes[face])]
            for to, shape in given:
                gifts.setdefault(to, []).append(shape)
            taken[face] = True
        for to, given_shapes in gifts.items():
            shapes[to] = shapely.union_all([shapes[to], *given_shapes], grid_size=NODE_M)
        left = ~taken
        number = np.cumsum(left) - 1
        shapes, compound, keep, piece_of = shapes[left], compound[left], keep[left], number[piece_of]
        shapes, compound, keep, piece_of = _loose_ends(shapes, compound, keep, piece_of, contents)
    return shapes, compound, piece_of


def _without_slivers(shapes: np.ndarray, compound: np.ndarray, piece_of: np.ndarray) -> Pieces:
    """Without the pieces that are only the roundness of figures: each joins the neighbour that it touches most."""
    real = (shapely.area(shapes) >= _SLIVER_M2) | (np.bincount(piece_of, minlength=len(shapes)) > 0)
    if not real.any():
        real[shapely.area(shapes).argmax()] = True
    tree = shapely.STRtree(shapes[real])
    main = np.flatnonzero(real)
    for sliver in np.flatnonzero(~real & (shapely.area(shapes) > 0)):
        near = main[tree.query(shapes[sliver], predicate="intersects")]
        if len(near):
            to = near[shapely.length(shapely.intersection(shapes[near], shapes[sliver])).argmax()]
            shapes[to] = shapely.union(shapes[to], shapes[sliver], grid_size=NODE_M)
    number = np.cumsum(real) - 1
    return Pieces(shapes[real], compound[real], number[piece_of])


def _loose_ends(
    shapes: np.ndarray, compound: np.ndarray, keep: np.ndarray, piece_of: np.ndarray, contents: Contents
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pieces in several parts: each part with buildings becomes a piece, and the others land, to be given away."""
    piece_of = piece_of.copy()
    more: list[Polygon] = []
    owner: list[int] = []
    held: list[bool] = []
    for index in np.flatnonzero(shapely.get_num_geometries(shapes) > 1):
        parts = shapely.get_parts(shapes[index])
        own = np.flatnonzero(piece_of == index)
        part_of = shapely.STRtree(parts).nearest(shapely.point_on_surface(contents.buildings[own]))
        holds = np.bincount(part_of, minlength=len(parts))
        main = int(holds.argmax()) if len(own) else int(shapely.area(parts).argmax())
        shapes[index] = parts[main]
        for part in np.flatnonzero(np.arange(len(parts)) != main):
            piece_of[own[part_of == part]] = len(shapes) + len(more)
            more.append(parts[part])
            owner.append(int(compound[index]) if holds[part] else -1)
            held.append(bool(holds[part]))
    if not more:
        return shapes, compound, keep, piece_of
    shapes = np.append(shapes, np.array(more, dtype=object))
    return shapes, np.append(compound, owner), np.append(keep, held), piece_of
