"""What each cell of the lattice is: its street, its community, and its use, from town centre to hill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from gridmap.sample import names, source
from gridmap.sample.lattice import Cells, Floats, Ints

BUILT_UP_M2 = 38.9e6
"""The mission's figure, for a district of 140 km²."""

BUILT = ("estate", "houses", "works", "campus", "trade", "village")
"""Uses that count as built-up land; the others are park, hill and farm."""

_VILLAGE_CELLS = (2, 3)
_BANKS_M2 = 0.45e6
"""Land on the far banks of rivers that is built on later."""

_CENTRES = 12
"""A cell goes to one of so many nearest centres."""

_LEAST_ESTATES = 4
_HILLS_IN_STREETS = 0.24
_HILLS_IN_TOWNS = 0.42


@dataclass
class Zones:
    """One value a cell: index of its street and community, its use; and what those are."""

    street: Ints
    community: Ints
    use: NDArray[np.object_]
    campus: Ints
    streets: list[names.StreetName]
    communities: list[names.CommunityName]
    kind: list[str]
    community_street: Ints
    touching: csr_array


@dataclass(frozen=True)
class _Plan:
    """The streets to be, their centres, and which cells touch."""

    streets: list[names.StreetName]
    centres: Floats
    links: csr_array


def noise(xy: Floats, length: float, rng: np.random.Generator) -> Floats:
    """A smooth random field of about unit size that varies over `length` metres."""
    turn = rng.uniform(0, 2 * np.pi, 10)
    lengths = length * rng.uniform(0.6, 1.8, 10)
    waves = np.column_stack([np.cos(turn), np.sin(turn)]) * (2 * np.pi / lengths)[:, None]
    return np.asarray(np.sin(xy @ waves.T + rng.uniform(0, 6.28, 10)).sum(axis=1) / np.sqrt(5))


def touching(cells: Cells, *, across_arterials: bool = True) -> csr_array:
    """Which cells share an edge (n, n), symmetric."""
    inner = (cells.left >= 0) & (cells.right >= 0)
    if not across_arterials:
        named = np.array([bool(line.name) for line in cells.lines])
        inner &= ~named[cells.line]
    i, j = cells.left[inner], cells.right[inner]
    n = len(cells.polygon)
    ones = np.ones(2 * len(i))
    return coo_array((ones, (np.concatenate([i, j]), np.concatenate([j, i]))), shape=(n, n)).tocsr()


def zones(cells: Cells, scale: float, rng: np.random.Generator) -> Zones:
    """Give every cell its street, community and use."""
    xy, area = cells.centre, cells.area
    links = touching(cells)
    streets = names.streets(scale)
    centres = _centres(streets, xy, rng)
    share = np.array([s.share for s in streets])
    street = _shares(xy, area, centres, share)
    invented = np.array([s.centre is None for s in streets]) & (scale > 1)
    for _ in range(6 if invented.any() else 0):
        for k in np.flatnonzero(invented):
            centres[k] = xy[street == k].mean(axis=0)
        street = _shares(xy, area, centres, share)
    street = connected(street, links)
    is_town = np.array([s.kind == "town" for s in streets])[street]
    away = np.linalg.norm(xy - centres[street], axis=1)
    # The known streets are one town and grow into each other; each invented one grows by itself.
    group = np.where(invented, np.arange(len(streets)), -1)[street]

    hill = _hills(xy, area, is_town, away, rng, group=group)
    use = np.full(len(xy), "farm", dtype=object)
    use[hill] = "hill"

    target = (BUILT_UP_M2 - _BANKS_M2) * scale
    villages = sum(s.counts["village"] for s in streets)
    village_area = villages * np.mean(_VILLAGE_CELLS) * np.median(area)
    town_core = 0.12 * (target - village_area)
    order = away / np.sqrt(share)[street] + 70 * noise(xy, 2200, rng)
    order_in_towns = away + 150 * noise(xy, 900, rng)
    towns = [(~is_town, order, target - village_area - town_core), (is_town, order_in_towns, town_core)]
    wanted = np.array([max(s.counts["urban"] + s.counts["converted"], 1) for s in streets])
    for part, nearest, land in towns:
        here = np.unique(street[part])
        for g in np.unique(group[part]):
            own = np.unique(street[part & (group == g)])
            _fill(use, area, nearest, ~hill & part & (group == g), land * wanted[own].sum() / wanted[here].sum())

    zoning = _communities(cells, street, use, _Plan(streets, centres, links), rng)
    _villages(zoning, cells, rng)
    _town_uses(zoning, cells, away, scale, rng)
    _mend(zoning, area, order, ~hill & ~is_town, target)
    use[(use == "estate") & ~_compact(cells)] = "trade"
    _interleave(zoning, round(16 * scale), rng)
    return zoning


def _centres(streets: list[names.StreetName], xy: Floats, rng: np.random.Generator) -> Floats:
    """The centre of each street: the known ones, the others spread over the rest."""
    centres = np.full((len(streets), 2), np.nan)
    for k, s in enumerate(streets):
        if s.centre is not None:
            centres[k] = source.metric_xy(np.array([s.centre]))[0]
    if np.isnan(centres).all():
        middle = xy.mean(axis=0)
        for k, s in enumerate(streets):
            reach = 0.25 * np.ptp(xy[:, 1])
            turn = np.pi * 1.45 if s.kind == "town" else np.pi / 2 + 0.8 * (k - (len(streets) - 2) / 2)
            centres[k] = middle + reach * np.array([np.cos(turn), np.sin(turn)])
        return centres
    missing = np.flatnonzero(np.isnan(centres[:, 0]))
    if len(missing):
        south = xy[:, 1] < np.nanmin(centres[:, 1]) - 4000
        spread, _ = kmeans2(xy[south], len(missing), minit="++", seed=rng, iter=30)
        centres[missing] = spread[rng.permutation(len(missing))]
    return centres


def _shares(xy: Floats, area: Floats, centres: Floats, share: Floats) -> Ints:
    """Each cell's centre by weighted distance, with weights such that each gets its share of the area."""
    goal = share / share.sum() * area.sum()
    distance, near = cKDTree(centres).query(xy, k=min(_CENTRES, len(centres)))
    squared, near = np.reshape(distance, (len(xy), -1)) ** 2, np.reshape(near, (len(xy), -1))
    rows = np.arange(len(xy))
    weight = np.zeros(len(centres))
    step = 0.5 * area.sum() / len(centres)
    chosen = np.zeros(len(xy), dtype=np.int64)
    for _ in range(300):
        chosen = near[rows, (squared - weight[near]).argmin(axis=1)]
        got = np.bincount(chosen, weights=area, minlength=len(centres))
        weight += step * np.clip((goal - got) / goal, -1, 1)
        step *= 0.985
    return chosen


def connected(label: Ints, links: csr_array, *, rounds: int = 12) -> Ints:
    """Labels made contiguous: pieces apart from a label's largest one join the label around them."""
    label = label.copy()
    for _ in range(rounds):
        coo = links.tocoo()
        same = label[coo.row] == label[coo.col]
        n = len(label)
        graph = coo_array((np.ones(same.sum()), (coo.row[same], coo.col[same])), shape=(n, n))
        _, piece = connected_components(graph, directed=False)
        size = np.bincount(piece)
        largest = np.zeros(label.max() + 1, dtype=np.int64)
        np.maximum.at(largest, label, size[piece])
        loose = size[piece] < largest[label]
        if not loose.any():
            break
        for k in np.flatnonzero(loose):
            around = links.indices[links.indptr[k] : links.indptr[k + 1]]
            around = around[~loose[around]]
            if len(around):
                label[k] = np.bincount(label[around]).argmax()
    return label


def _hills(
    xy: Floats, area: Floats, is_town: NDArray[np.bool_], away: Floats, rng: np.random.Generator, *, group: Ints
) -> NDArray[np.bool_]:
    """The highest land of each group: a share of the streets, more of the towns, a ridge along their south."""
    height = noise(xy, 3000, rng) + 0.5 * noise(xy, 1100, rng) + np.clip(away / 2500, 0, 1.2)
    south = (xy[:, 1].max() - xy[:, 1]) / np.ptp(xy[:, 1])
    height = height + np.where(is_town, 2.5 * np.clip(south - 0.75, 0, 1) / 0.25, 0)
    hill = np.zeros(len(xy), dtype=bool)
    for part, share in ((is_town, _HILLS_IN_TOWNS), (~is_town, _HILLS_IN_STREETS)):
        for g in np.unique(group[part]):
            index = np.flatnonzero(part & (group == g))
            index = index[np.argsort(-height[index], kind="stable")]
            hill[index[np.cumsum(area[index]) < share * area[index].sum()]] = True
    return hill


def _fill(use: NDArray[np.object_], area: Floats, order: Floats, where: NDArray[np.bool_], target: float) -> None:
    index = np.flatnonzero(where & (use == "farm"))
    index = index[np.argsort(order[index], kind="stable")]
    use[index[np.cumsum(area[index]) <= target]] = "estate"


def _mend(zoning: Zones, area: Floats, order: Floats, where: NDArray[np.bool_], target: float) -> None:
    """Add or take the outermost cells of the town until the built-up area is the mission's."""
    use = zoning.use
    index = np.flatnonzero(where)
    index = index[np.argsort(order[index], kind="stable")]
    estates = np.bincount(zoning.community[use == "estate"], minlength=len(zoning.kind))
    excess = area[np.isin(use, BUILT)].sum() - target
    for k in index[::-1] if excess > 0 else index:
        if abs(excess) < 0.6 * area[k]:
            break
        if excess > 0 and use[k] in ("estate", "trade", "works") and estates[zoning.community[k]] > _LEAST_ESTATES:
            estates[zoning.community[k]] -= use[k] == "estate"
            use[k], excess = "farm", excess - area[k]
        elif excess < 0 and use[k] == "farm":
            use[k], excess = "estate", excess + area[k]


def _communities(cells: Cells, street: Ints, use: NDArray[np.object_], plan: _Plan, rng: np.random.Generator) -> Zones:
    """Communities of each street around seeds, the town's first, contiguous."""
    streets, centres, links = plan.streets, plan.centres, plan.links
    xy = cells.centre
    label = np.full(len(xy), -1, dtype=np.int64)
    found: list[names.CommunityName] = []
    kinds: list[str] = []
    owner: list[int] = []
    committees = names.Committees(rng)
    for k, s in enumerate(streets):
        own = np.flatnonzero(street == k)
        built, free = own[use[own] == "estate"], own[use[own] == "farm"]
        town, villages = s.counts["urban"] + s.counts["converted"], s.counts["village"]
        seeds = np.zeros((0, 2))
        if town:
            seeds, _ = kmeans2(xy[built], town, minit="++", seed=rng, iter=40)
            seeds = seeds[np.argsort(np.linalg.norm(seeds - centres[k], axis=1), kind="stable")]
        if villages:
            pool = free if len(free) > villages else own
            more, _ = kmeans2(xy[pool], villages, minit="++", seed=rng, iter=40)
            seeds = np.vstack([seeds, more])
        nearest = ((xy[own][:, None] - seeds[None]) ** 2).sum(axis=2).argmin(axis=1)
        label[own] = len(found) + connected(nearest, links[own][:, own])
        for kind in names.KINDS:
            taken = committees.take(s, kind, s.counts[kind])
            found += taken
            kinds += [kind] * len(taken)
            owner += [k] * len(taken)
    none = np.full(len(xy), -1, dtype=np.int64)
    return Zones(street, label, use, none, streets, found, kinds, np.array(owner), links)


def _cluster(start: int, size: int, allowed: NDArray[np.bool_], links: csr_array, xy: Floats) -> list[int]:
    """Cells around one, joined to it, at most `size`, nearest first."""
    chosen = [start]
    while len(chosen) < size:
        around = np.unique(np.concatenate([links.indices[links.indptr[c] : links.indptr[c + 1]] for c in chosen]))
        around = around[allowed[around] & ~np.isin(around, chosen)]
        if not len(around):
            break
        chosen.append(int(around[np.linalg.norm(xy[around] - xy[start], axis=1).argmin()]))
    return chosen


def _compact(cells: Cells) -> NDArray[np.bool_]:
    """Cells of a size and shape that can be built on as a whole."""
    length = shapely.length(cells.polygon)
    return np.asarray((cells.area > 26_000) & (4 * np.pi * cells.area / length**2 > 0.55))


def _villages(zoning: Zones, cells: Cells, rng: np.random.Generator) -> None:
    """The settlements of the villages, and what is left of them inside converted communities."""
    xy, good = cells.centre, _compact(cells)
    for k, kind in enumerate(zoning.kind):
        own = zoning.community == k
        if kind == "village":
            wanted, use, size = np.isin(zoning.use, ["farm", "estate"]), "village", int(rng.choice(_VILLAGE_CELLS))
        elif kind == "converted":
            wanted, use, size = zoning.use == "estate", "houses", int(rng.choice([1, 2, 2]))
        else:
            continue
        allowed = own & wanted & good
        if not allowed.any():
            allowed = own & good if (own & good).any() else own
        middle = xy[own].mean(axis=0)
        index = np.flatnonzero(allowed)
        start = int(index[np.linalg.norm(xy[index] - middle, axis=1).argmin()])
        cluster = _cluster(start, size, allowed, zoning.touching, xy)
        zoning.use[cluster] = use


def _town_uses(zoning: Zones, cells: Cells, away: Floats, scale: float, rng: np.random.Generator) -> None:
    """Campuses, works, trade and parks among the built-up cells of the town."""
    xy, use = cells.centre, zoning.use
    good = _compact(cells)
    _campuses(zoning, cells, scale, rng)
    built = np.flatnonzero(use == "estate")
    small = built[~good[built]]
    use[small] = "trade"
    built = np.flatnonzero(use == "estate")
    industry = 0.5 * noise(xy[built], 1500, rng) + away[built] / 1000
    works = built[np.argsort(-industry, kind="stable")[: int(0.30 * len(built))]]
    use[works] = "works"
    built = np.flatnonzero(use == "estate")
    drawn = rng.permutation(built)
    use[drawn[: int(0.11 * len(built))]] = "trade"
    for k in range(len(zoning.kind)):
        own = np.flatnonzero(zoning.community == k)
        lacking = _LEAST_ESTATES - int((use[own] == "estate").sum())
        if zoning.kind[k] != "village" and lacking > 0:
            for other in ("works", "trade", "farm", "hill"):
                pool = own[(use[own] == other) & good[own]]
                use[pool[:lacking]] = "estate"
                lacking -= len(pool[:lacking])
    swap = np.flatnonzero(
        (use == "farm") & (away < 3000) & ~np.array([s.kind == "town" for s in zoning.streets])[zoning.street]
    )
    park = rng.permutation(swap)[: len(swap) // 3]
    use[park] = "park"


def _campuses(zoning: Zones, cells: Cells, scale: float, rng: np.random.Generator) -> None:
    xy = cells.centre
    inside = touching(cells, across_arterials=False)
    good = cells.area > 15_000
    places = [source.landmark("山东大学(威海)"), source.landmark("哈尔滨工业大学(威海)")]
    points = [np.array([p.x, p.y]) for p in places]
    estate = np.flatnonzero(zoning.use == "estate")
    extra = max(0, round(2 * (scale - 1)))
    points += [xy[k] for k in rng.choice(estate, extra, replace=False)]
    number = 0
    for point in points:
        distance = np.linalg.norm(xy - point, axis=1)
        start = int(distance.argmin())
        if distance[start] > 400:
            continue
        allowed = good & np.isin(zoning.use, ["estate", "hill", "farm"]) & (zoning.campus < 0)
        allowed &= zoning.street == zoning.street[start]
        cluster = _cluster(start, 12, allowed, inside, xy)
        zoning.community[cluster] = zoning.community[start]
        zoning.use[cluster] = "campus"
        zoning.campus[cluster] = number
        number += 1
    coo = zoning.touching.tocoo()
    same = zoning.street[coo.row] == zoning.street[coo.col]
    within = coo_array((coo.data[same], (coo.row[same], coo.col[same])), shape=coo.shape).tocsr()
    zoning.community = connected(zoning.community, within)


def _interleave(zoning: Zones, pieces: int, rng: np.random.Generator) -> None:
    """Give single blocks deep inside one community to the next one, as history has left them in life."""
    links = zoning.touching
    twice = (links @ links).tocsr()
    done = 0
    for k in rng.permutation(np.flatnonzero(zoning.use == "estate")).tolist():
        if done >= pieces:
            break
        near = zoning.community[links.indices[links.indptr[k] : links.indptr[k + 1]]]
        beyond = twice.indices[twice.indptr[k] : twice.indptr[k + 1]]
        beyond = beyond[(zoning.street[beyond] == zoning.street[k]) & ~np.isin(zoning.community[beyond], near)]
        own = zoning.community == zoning.community[k]
        if len(beyond) and (near == zoning.community[k]).all() and own.sum() > 6:
            zoning.community[k] = zoning.community[int(rng.choice(beyond))]
            done += 1
