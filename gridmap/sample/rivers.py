"""Rivers at the edge of the town, with open compounds on their far bank: some by a bridge, some far from any."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridmap.sample import estates
from gridmap.sample.draft import Barrier, Draft, Floats, Land, Way
from gridmap.sample.lattice import Cells
from gridmap.sample.nearest import segments
from gridmap.sample.zones import Zones

_OFFSET_M = 38.0
_LANE_M = 9.0
HALF_WIDTH_M = 4.0
_CLEAR_M = HALF_WIDTH_M + 3.0
"""What doesn't cross a river keeps so far from its middle."""
_REACH_M = 250.0
_BANK = estates.Form("bank", (3, 4), 11.0, 30.0)
_PLOT_M = (104.0, 70.0)
_FROM_BRIDGE_M = 330.0
_NAMES = ("黄家沟河", "涝台河", "田村河", "钦村河", "双岛河", "古寨河", "初村河", "羊亭河")


def build(draft: Draft, plat: Cells, zones: Zones, wanted: dict[str, int], rng: np.random.Generator) -> None:
    """Add rivers and their compounds: `wanted` compounds of the roles `river` and `river_bridge`.

    The draft must hold the streets and the town's compounds already.
    """
    town = np.isin(zones.use, ["estate", "houses", "works", "campus", "trade"])
    left = dict(wanted)
    site = _Site(draft, plat, zones, town)
    arcs = site.arcs()
    for arc in arcs:
        if max(left.values()) <= 0:
            break
        bank = _Bank(site, arc, rng)
        if bank.usable():
            for role, number in bank.build(left).items():
                left[role] -= number


class _Site:
    """What stands already around the town's edge."""

    def __init__(self, draft: Draft, plat: Cells, zones: Zones, town: NDArray[np.bool_]) -> None:
        self.draft, self.plat, self.zones = draft, plat, zones
        self.town = shapely.coverage_union_all(plat.polygon[town])
        self.open = np.isin(zones.use, ["farm", "park", "hill"])
        self.free = shapely.coverage_union_all(plat.polygon[self.open])
        streets = np.array([w.line for w in draft.ways if w.compound < 0 and w.name], dtype=object)
        self.streets = shapely.STRtree(segments(streets)[0])
        self.compounds = shapely.STRtree(np.array([c.polygon for c in draft.compounds], dtype=object))
        self.cells = shapely.STRtree(plat.polygon)
        self.plots: list[BaseGeometry] = []
        self.rivers: list[BaseGeometry] = []
        self.ways: list[BaseGeometry] = []
        shapely.prepare([self.free, self.town])

    def arcs(self) -> list[shapely.LineString]:
        """Stretches of a line around the town over open land that no street crosses, longest first."""
        ring = _widened(_widened(_widened(self.town, 60), -60), _OFFSET_M, quad_segs=3).simplify(4).boundary
        # Segment by segment: buffers of all streets and fields as a whole cost far more where there are many.
        edges = segments(np.array([self.free.boundary], dtype=object))[0]
        kept_off = np.concatenate([shapely.buffer(self.streets.geometries, 22), shapely.buffer(edges, 8)])
        pieces = segments(np.array([ring], dtype=object))[0]
        piece, near = shapely.STRtree(kept_off).query(pieces, predicate="intersects")
        order = np.argsort(piece, kind="stable")
        which, starts = np.unique(piece[order], return_index=True)
        around = [shapely.union_all(kept_off[k]) for k in np.split(near[order], starts[1:])]
        pieces[which] = shapely.difference(pieces[which], np.array(around, dtype=object))
        left = shapely.get_parts(pieces)
        over_land = left[shapely.contains(self.free, shapely.line_interpolate_point(left, 0.5, normalized=True))]
        parts = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(list(over_land))))
        return sorted((part for part in parts if part.length > 560), key=lambda part: -part.length)

    def around(self, arc: shapely.LineString) -> list[list[BaseGeometry]]:
        """The plots, rivers and rivers' ways that are drawn already and may lie in a new river's way."""
        land = shapely.box(*arc.bounds).buffer(_REACH_M)
        return [[shape for shape in drawn if land.intersects(shape)] for drawn in (self.plots, self.rivers, self.ways)]

    def community(self, plot: shapely.Polygon) -> tuple[int, int]:
        """The cell and community that a plot lies in, -1 where it lies in several or not on open land."""
        hit = self.cells.query(plot, predicate="intersects")
        if not len(hit) or not self.open[hit].all() or len(np.unique(self.zones.community[hit])) > 1:
            return (-1, -1)
        whole = shapely.coverage_union_all(self.plat.polygon[hit])
        if not whole.contains(plot.buffer(1)):
            return (-1, -1)
        middle = shapely.intersects(self.plat.polygon[hit], plot.centroid)
        cell = int(hit[middle][0]) if middle.any() else int(hit[0])
        return (cell, int(self.zones.community[cell]))


class _Bank:
    """One stretch of river and its far bank."""

    def __init__(self, site: _Site, arc: shapely.LineString, rng: np.random.Generator) -> None:
        self.site, self.draft, self.rng = site, site.draft, rng
        self.plots, self.rivers, self.ways = site.around(arc)
        sides = [shapely.offset_curve(arc, d, join_style="mitre") for d in (_LANE_M, -_LANE_M)]
        far = max(sides, key=lambda line: line.interpolate(0.5, normalized=True).distance(site.town))
        self.river = arc
        self.lane = shapely.LineString(far.coords) if far.geom_type == "LineString" else shapely.LineString()
        if not self.lane.is_empty and _starts_apart(arc, self.lane):
            self.lane = self.lane.reverse()
        self.links: list[Way] = []

    def usable(self) -> bool:
        """Whether the lane on the far bank is one line that keeps clear of the river, with ways to streets at its ends.

        The river begins and ends clear of those ways that go round it.
        """
        if self.lane.is_empty or self.lane.distance(self.river) < _LANE_M * 0.6:
            return False
        if not self.site.free.contains(self.lane) or len(self.site.streets.query(self.lane, predicate="intersects")):
            return False
        if any(self.lane.distance(plot) < 6 or self.river.distance(plot) < 10 for plot in self.plots):
            return False
        if _near(self.lane, self.rivers) or _near(self.river, self.rivers + self.ways):
            return False
        for at in (4.0, self.lane.length - 4.0):
            link = self._link(at)
            if link is None:
                return False
            self.links.append(link)
        round_it = shapely.union_all([link.line for link in self.links if not link.bridge])
        parts = shapely.get_parts(self.river.difference(round_it.buffer(_CLEAR_M)))
        whole = self.river.length
        self.river = max(parts, key=lambda part: part.length)
        return self.river.length > whole - 4 * _CLEAR_M

    def _link(self, at: float) -> Way | None:
        """From the lane to the nearest street, straight: a footbridge where the river lies between."""
        start = self.lane.interpolate(at)
        street = self.site.streets.geometries[self.site.streets.nearest(start)]
        line = shapely.LineString(np.round(shapely.get_coordinates(shapely.shortest_line(start, street)), 2))
        crosses = line.intersection(self.river)
        if line.length > 110 or (not crosses.is_empty and crosses.geom_type != "Point"):
            return None
        if _near(line, self.rivers):
            return None
        return Way(line, "residential") if crosses.is_empty else Way(line, "footway", bridge=True)

    def build(self, left: dict[str, int]) -> dict[str, int]:
        """Draw the river, its lane, bridges and compounds; how many of each role."""
        made = {"river": 0, "river_bridge": 0}
        length = self.lane.length
        plots: list[shapely.Polygon] = []
        links = list(self.links)
        at = 70.0
        while at < length - 60:
            from_bridge = min(at, length - at, *[abs(at - self._at(link)) for link in links])
            far_ones_lack = left["river"] > made["river"]
            role = "river" if from_bridge > _FROM_BRIDGE_M and far_ones_lack else "river_bridge"
            near_end = min(at, length - at) < 140
            if left[role] <= made[role] or (role == "river_bridge" and far_ones_lack and not near_end):
                at += 20
                continue
            bridges = self._bridges(at) if role == "river_bridge" else []
            if role == "river_bridge" and not bridges:
                at += 20
                continue
            plot = self._plot(at)
            index = self._compound(plot, role) if plot is not None else -1
            if plot is None or index < 0:
                at += 20
                continue
            plots.append(plot)
            self.plots.append(plot)
            self.site.plots.append(plot)
            made[role] += 1
            if role == "river_bridge":
                links += bridges
            at += _PLOT_M[0] + (40 if made["river"] % 2 else 175)
        if not plots:
            return made
        name = str(self.rng.choice(_NAMES))
        self.draft.barriers.append(Barrier(self.river, "river", name))
        self.draft.ways.append(Way(self.lane, "residential", f"{name}滨河路"))
        self.draft.ways += links
        self.site.rivers.append(self.river)
        self.site.ways += [self.lane, *(link.line for link in links)]
        return made

    def _at(self, link: Way) -> float:
        return float(self.lane.project(shapely.Point(link.line.coords[0])))

    def _bridges(self, at: float) -> list[Way]:
        """Footbridges on both sides of a place on the lane."""
        links = [self._link(at + step) for step in (-30.0, 30.0)]
        return [link for link in links if link is not None and link.bridge]

    def _plot(self, at: float) -> shapely.Polygon | None:
        """The plot along the lane around a place on it, where it fits and has neighbours across the river only."""
        half = _PLOT_M[0] / 2
        a, b = (shapely.get_coordinates(self.lane.interpolate(at + d))[0] for d in (-half, half))
        along = (b - a) / np.linalg.norm(b - a)
        out = np.array([-along[1], along[0]])
        middle = (a + b) / 2
        if self.river.distance(shapely.Point(middle + out * 40)) < self.river.distance(
            shapely.Point(middle - out * 40)
        ):
            out = -out
        near = middle + out * 8.0
        corners = [
            near - along * half,
            near + along * half,
            near + along * half + out * _PLOT_M[1],
            near - along * half + out * _PLOT_M[1],
        ]
        plot = shapely.Polygon(np.round(corners, 2))
        clear = plot.distance(self.river) > HALF_WIDTH_M + 6 and plot.distance(self.lane) > 3.5
        clear = clear and all(plot.distance(p) > 12 for p in self.plots)
        clear = clear and all(plot.distance(line) > 6 for line in self.rivers + self.ways)
        clear = clear and not len(self.site.streets.query(plot, predicate="dwithin", distance=14))
        if not clear:
            return None
        around = [self.draft.compounds[k] for k in self.site.compounds.query(plot, predicate="dwithin", distance=165)]
        if any(c.form == "houses" and not self.site.town.contains(c.polygon) for c in around):
            return None
        across = [c for c in around if c.form != "works" and c.role == "ordinary" and plot.distance(c.polygon) < 140]
        return plot if len(across) >= 2 else None

    def _compound(self, plot: shapely.Polygon, role: str) -> int:
        """Build the plot's houses and its way to the lane; the compound's index or -1."""
        cell, community = self.site.community(plot)
        if cell < 0:
            return -1
        corners = shapely.get_coordinates(plot)
        turn = np.arctan2(*(corners[1] - corners[0])[::-1])
        turn = float((turn + np.pi / 4) % (np.pi / 2) - np.pi / 4)
        scratch = Draft()
        land = Land(cell, community, plot.buffer(13, join_style="mitre"), turn)
        estates.build(scratch, land, self.rng, form=_BANK, plots=1, limit=46)
        if not scratch.compounds or len(scratch.buildings) < 2:
            return -1
        compound = scratch.compounds[0]
        compound.polygon, compound.role = plot, role
        links = [
            shapely.LineString([o.way.coords[0], o.way.coords[1], *_tip(self.lane, o.gate)]) for o in compound.openings
        ]
        links = [link for link in links if link.length < 30]
        if not links:
            return -1
        compound.ways += [min(links, key=lambda link: link.length)]
        compound.openings = []
        return self.draft.add(compound, scratch.buildings)


def _widened(shape: BaseGeometry, metres: float, *, quad_segs: int = 16) -> BaseGeometry:
    """The buffer of a shape, part by part."""
    return shapely.union_all(shapely.buffer(shapely.get_parts(shape), metres, quad_segs=quad_segs))


def _near(line: BaseGeometry, others: list[BaseGeometry]) -> bool:
    return any(line.distance(other) < _CLEAR_M for other in others)


def _tip(lane: shapely.LineString, gate: tuple[float, float]) -> Floats:
    return np.round(shapely.get_coordinates(lane.interpolate(lane.project(shapely.Point(gate)))), 2)


def _starts_apart(arc: shapely.LineString, lane: shapely.LineString) -> bool:
    start = shapely.Point(arc.coords[0])
    return start.distance(shapely.Point(lane.coords[0])) > start.distance(shapely.Point(lane.coords[-1]))
