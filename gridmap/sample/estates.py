"""Residential blocks: plots with lanes between them, rows of south-facing slabs or towers, ways inside."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridmap.sample.draft import Building, Compound, Draft, Frame, Land, Opening, Way

Floats = NDArray[np.float64]

_LANE_GAP_M = 11.0
_STAIRWELL_M = 15.6
_SPINE_HALF_M = 5.5


@dataclass(frozen=True)
class Form:
    """How a block is built: floors, depth of a building, pitch of rows (the sun's spacing), towers or slabs."""

    name: str
    floors: tuple[int, int]
    depth: float
    pitch: float
    tower: float = 0.0


FORMS = (
    Form("slab", (5, 6), 12.0, 38.0),
    Form("old", (4, 5), 11.0, 32.0),
    Form("garden", (3, 4), 12.0, 34.0),
    Form("mid", (9, 11), 13.0, 56.0),
    Form("tower", (17, 26), 20.0, 64.0, tower=26.0),
)
_FORM_SHARES = (0.36, 0.2, 0.16, 0.14, 0.14)


@dataclass(frozen=True)
class Cut:
    """A line through a block between plots: its place, and the gap of a public lane or none for a common wall."""

    at: float
    gap: float


def net_land(cell: shapely.Geometry, wide: shapely.Geometry | None, setback: float = 13.0) -> shapely.Polygon:
    """The land of a cell inside its streets; arterial roads (`wide`) take more."""
    net: BaseGeometry = shapely.buffer(cell, -setback, join_style="mitre", mitre_limit=2.0)
    if wide is not None:
        net = net.difference(shapely.buffer(wide, setback + 10.0))
    parts = shapely.get_parts(net)
    if not len(parts):
        return shapely.Polygon()
    largest = shapely.Polygon(parts[np.argmax(shapely.area(parts))].exterior)
    return shapely.Polygon(shapely.simplify(largest, 1.0).exterior)


def frame_of(land: Land, limit: float = 25.0, *, turn: float = 0.0) -> Frame:
    """The axes of a cell's block; buildings face south within `limit` degrees."""
    most = np.radians(limit)
    middle = shapely.get_coordinates(shapely.centroid(land.polygon))[0]
    return Frame(middle, float(np.clip(land.angle + turn, -most, most)))


def _columns(net: shapely.Polygon, plots: int, rng: np.random.Generator) -> list[Cut]:
    west, _, east, _ = net.bounds
    if plots == 1 or east - west < 130:
        return []
    share = rng.uniform(0.42, 0.58)
    gap = _LANE_GAP_M if rng.random() < 0.75 else 0.0
    return [Cut(west + share * (east - west), gap)]


def _row_starts(net: shapely.Polygon, form: Form) -> Floats:
    _, south, _, north = net.bounds
    return np.arange(south + 7.0, north - form.depth - 6.0, form.pitch)


def _lane(start: float, form: Form) -> float:
    return start + form.depth + (form.pitch - form.depth) * 0.45


def build(
    draft: Draft,
    land: Land,
    rng: np.random.Generator,
    *,
    form: Form | None = None,
    plots: int | None = None,
    limit: float = 25.0,
) -> list[int]:
    """Build one residential block.

    Parameters
    ----------
    draft
        Gets the compounds, buildings, inner ways and lanes.
    land
        The block up to the middle of its streets.
    form, plots
        What is built and on how many plots; drawn where they are left out.
    limit
        How far buildings may turn from facing south, degrees.

    Returns
    -------
    Indices of the new compounds.
    """
    form = form or FORMS[int(rng.choice(len(FORMS), p=_FORM_SHARES))]
    frame = frame_of(land, limit)
    whole, net = frame.local(land.polygon), frame.local(net_land(land.polygon, land.wide))
    if net.is_empty or net.area < 6000:
        return []
    if plots is None:
        plots = int(np.clip(round(net.area / rng.uniform(21_000, 35_000)), 1, 4))
    starts = _row_starts(net, form)
    if not len(starts):
        return []
    block = _Block(draft=draft, land=land, frame=frame, whole=whole, net=net, form=form, starts=starts, rng=rng)
    return block.build(plots)


class _Block:
    """One block while it is built, in its own axes."""

    def __init__(
        self,
        *,
        draft: Draft,
        land: Land,
        frame: Frame,
        whole: shapely.Polygon,
        net: shapely.Polygon,
        form: Form,
        starts: Floats,
        rng: np.random.Generator,
    ) -> None:
        self.draft, self.cell, self.community, self.frame = draft, land.cell, land.community, frame
        self.whole, self.net, self.form, self.starts, self.rng = whole, net, form, starts, rng
        self.lanes = np.array([_lane(s, form) for s in starts])
        self.roomy = whole.buffer(0.5)
        shapely.prepare(self.roomy)

    def build(self, plots: int) -> list[int]:
        west, south, east, north = self.net.bounds
        columns = _columns(self.net, plots, self.rng)
        edges = [west - 1, *[c.at for c in columns], east + 1]
        per_column = [plots] if not columns else [plots // 2, plots - plots // 2]
        for cut in columns:
            if cut.gap:
                self._way(self._across(cut.at, vertical=True))
        found: list[tuple[int, int, int]] = []
        for k, (left, right) in enumerate(pairwise(edges)):
            left_gap = columns[k - 1].gap if k else -1.0
            right_gap = columns[k].gap if k < len(columns) else -1.0
            cut_y = self._row_cut(per_column[k])
            levels = [south - 1, *([cut_y.at] if cut_y else []), north + 1]
            if cut_y and cut_y.gap:
                self._way(self._between(cut_y.at, left, right, left_gap, right_gap))
            for row, (bottom, top) in enumerate(pairwise(levels)):
                gaps = {
                    "w": left_gap, "e": right_gap,
                    "s": cut_y.gap if cut_y and row else -1.0,
                    "n": cut_y.gap if cut_y and not row else -1.0,
                }  # fmt: skip
                index = self._plot((left, bottom, right, top), gaps)
                if index >= 0:
                    found.append((index, k, row))
        self._share_walls([index for index, _, _ in found])
        self._common_walls(found)
        return [index for index, _, _ in found]

    def _way(self, line: shapely.LineString | None) -> None:
        if line is not None:
            self.draft.ways.append(Way(self.frame.world(line), "residential"))

    def _row_cut(self, plots: int) -> Cut | None:
        if plots < 2 or len(self.lanes) < 4:
            return None
        middle = self.lanes[len(self.lanes) // 2 - 1]
        return Cut(float(middle), _LANE_GAP_M if self.rng.random() < 0.75 else 0.0)

    def _across(self, at: float, *, vertical: bool) -> shapely.LineString | None:
        """The line at x (or y) = `at` from one edge of the block to the other."""
        west, south, east, north = self.whole.bounds
        ray = [(at, south - 5), (at, north + 5)] if vertical else [(west - 5, at), (east + 5, at)]
        parts = shapely.get_parts(shapely.LineString(ray).intersection(self.whole))
        return parts[np.argmax(shapely.length(parts))] if len(parts) else None

    def _between(self, y: float, left: float, right: float, lgap: float, rgap: float) -> shapely.LineString | None:
        """A lane at y through one column, from street or lane to street or lane, short of a common wall."""
        full = self._across(y, vertical=False)
        if full is None:
            return None
        (x0, _), (x1, _) = full.coords[0], full.coords[-1]
        x0, x1 = min(x0, x1), max(x0, x1)
        low = x0 if lgap < 0 else left if lgap > 0 else left + 4
        high = x1 if rgap < 0 else right if rgap > 0 else right - 4
        return shapely.LineString([(low, y), (high, y)])

    def _plot(self, box: tuple[float, float, float, float], gaps: dict[str, float]) -> int:
        left, bottom, right, top = box
        half = {side: max(gap, 0.0) / 2 for side, gap in gaps.items()}
        inside = shapely.box(left + half["w"], bottom + half["s"], right - half["e"], top - half["n"])
        parts = shapely.get_parts(self.net.intersection(inside))
        if not len(parts):
            return -1
        plot = parts[np.argmax(shapely.area(parts))]
        if not isinstance(plot, shapely.Polygon) or plot.area < 3500:
            return -1
        _, y0, _, y1 = plot.bounds
        west, east = max(left, self.net.bounds[0]), min(right, self.net.bounds[2])
        spines = [(west + east) / 2] if east - west < 150 else [west + (east - west) * k for k in (0.27, 0.73)]
        lanes = [y for y in self.lanes if y0 + 6 < y < y1 - 6]
        ways, openings = self._ways_inside(plot, spines, lanes, box, gaps)
        buildings = self._buildings(plot, spines)
        if not buildings or not ways:
            return -1
        world = self.frame.world
        compound = Compound(world(plot), self.cell, self.community, self.form.name, openings, [world(w) for w in ways])
        return self.draft.add(compound, buildings)

    def _ways_inside(
        self, plot: shapely.Polygon, spines: list[float], lanes: list[float],
        box: tuple[float, float, float, float], gaps: dict[str, float],
    ) -> tuple[list[shapely.LineString], list[Opening]]:  # fmt: skip
        x0, y0, x1, y1 = plot.bounds
        inner = plot.buffer(-3.0, join_style="mitre")
        runs: list[tuple[shapely.LineString, shapely.LineString, bool]] = []
        for at, vertical in [(y, False) for y in lanes] + [(x, True) for x in spines]:
            ray = [(at, y0 - 9), (at, y1 + 9)] if vertical else [(x0 - 9, at), (x1 + 9, at)]
            line = _longest(shapely.LineString(ray).intersection(inner))
            reach = _longest(shapely.LineString(ray).intersection(plot))
            if line is not None and reach is not None and line.length >= 12:
                runs.append((line, reach, vertical))
        crossed = [r for r in runs if any(r[0].intersects(o[0]) for o in runs if o[2] != r[2])] or runs[-1:]
        openings: list[Opening] = []
        for line, reach, vertical in crossed:
            for low in (True, False):
                side = ("s" if low else "n") if vertical else ("w" if low else "e")
                opening = self._opening(line, reach, side, box=box, gaps=gaps)
                if opening is not None:
                    openings.append(opening)
        ways = [line for line, _, _ in crossed]
        return ways, openings

    def _opening(
        self,
        line: shapely.LineString,
        reach: shapely.LineString,
        side: str,
        *,
        box: tuple[float, float, float, float],
        gaps: dict[str, float],
    ) -> Opening | None:
        vertical, low = side in "sn", side in "sw"
        axis = 1 if vertical else 0
        inner_end = sorted(line.coords, key=lambda c: c[axis])[0 if low else -1]
        edge = sorted(reach.coords, key=lambda c: c[axis])[0 if low else -1]
        if abs(edge[axis] - inner_end[axis]) > 14:
            return None
        cut = {"w": box[0], "s": box[1], "e": box[2], "n": box[3]}[side]
        # Where the block tapers its own edge, and a street beyond it, comes before the lane or common wall.
        gap = gaps[side] if abs(edge[axis] - cut) < _LANE_GAP_M / 2 + 0.5 else -1.0
        if gap > 0:
            target = [edge[0], edge[1]]
            target[axis] = cut
        elif gap == 0:
            target = [edge[0], edge[1]]
            target[axis] += -3.0 if low else 3.0
        else:
            full = self._across(edge[1 - axis], vertical=vertical)
            if full is None:
                return None
            target = list(sorted(full.coords, key=lambda c: c[axis])[0 if low else -1])
            run = shapely.LineString([edge, target])
            if run.length > 60 or not self.roomy.covers(run):
                return None
        way = self.frame.world(shapely.LineString([inner_end, edge, tuple(target)]))
        return Opening(way, side, joins=-2 if gap == 0 else -1)

    def _share_walls(self, found: list[int]) -> None:
        """Plots rounded each by itself made to meet exactly: what they share gets the same vertices."""
        shapes = np.array([self.draft.compounds[k].polygon for k in found], dtype=object)
        if len(shapes) < 2 or shapely.coverage_is_valid(shapes):
            return
        clean = shapely.coverage_clean(shapes, snapping_distance=0.03, gap_width=0.03)  # type: ignore[attr-defined]
        for k, shape in zip(found, shapely.transform(clean, lambda xy: np.round(xy, 2)), strict=True):
            self.draft.compounds[k].polygon = shape

    def _common_walls(self, found: list[tuple[int, int, int]]) -> None:
        """Name the compound behind each opening in a common wall; drop those that lead nowhere."""
        compounds = self.draft.compounds
        for index, _, _ in found:
            kept = []
            for opening in compounds[index].openings:
                if opening.joins == -2:
                    tip = shapely.Point(opening.way.coords[2])
                    behind = [k for k, _, _ in found if k != index and compounds[k].polygon.contains(tip)]
                    near = [k for k in behind if _meets(compounds[k], tip)]
                    if not near:
                        continue
                    opening.joins = near[0]
                kept.append(opening)
            compounds[index].openings = kept

    def _buildings(self, plot: shapely.Polygon, spines: list[float]) -> list[Building]:
        _, y0, _, y1 = plot.bounds
        safe = plot.buffer(-4.5, join_style="mitre")
        boxes: list[tuple[float, float, float, float, int]] = []
        for start in self.starts:
            if start < y0 or start + self.form.depth > y1:
                continue
            low, high = _chord(safe, float(start) - 0.8, float(start) + self.form.depth + 0.8)
            between = [s for s in spines if low < s < high]
            stops = [low, *[v for s in between for v in (s - _SPINE_HALF_M, s + _SPINE_HALF_M)], high]
            for left, right in zip(stops[::2], stops[1::2], strict=True):
                boxes += self._row(left, right, float(start))
        if not boxes:
            return []
        array = np.array(boxes)
        shapes = shapely.box(array[:, 0], array[:, 1], array[:, 2], array[:, 3])
        fits = shapely.contains(safe, shapes)
        floors = self.rng.integers(self.form.floors[0], self.form.floors[1] + 1)
        built = []
        for shape, entrances in zip(self.frame.worlds(shapes[fits]), array[fits, 4], strict=True):
            per_floor = 4 if self.form.tower else 2
            storeys = int(floors + (self.rng.integers(-2, 3) if self.form.tower else 0))
            built.append(
                Building(shape, -1, self.cell, "residential", storeys, int(entrances),
                         int(entrances) * per_floor * storeys)
            )  # fmt: skip
        return built

    def _row(self, low: float, high: float, start: float) -> list[tuple[float, float, float, float, int]]:
        """Boxes of one row's buildings between two x."""
        room = high - low
        if self.form.tower:
            wide, gap, entrances = self.form.tower, 22.0, 1 if self.rng.random() < 0.5 else 2
        else:
            entrances = int(self.rng.choice([2, 3, 4], p=[0.3, 0.45, 0.25]))
            while entrances > 1 and entrances * _STAIRWELL_M > room:
                entrances -= 1
            wide, gap = entrances * _STAIRWELL_M, 9.0
        count = int((room + gap) // (wide + gap))
        if count < 1:
            return []
        free = (room - count * wide - (count - 1) * gap) / (count + 1)
        xs = low + free + np.arange(count) * (wide + gap + free)
        shift = float(self.rng.uniform(-0.8, 0.8))
        return [(x, start + shift, x + wide, start + self.form.depth + shift, entrances) for x in xs]


def _chord(shape: shapely.Polygon, bottom: float, top: float) -> tuple[float, float]:
    """The x range that lies inside the shape at both heights; empty (0, 0) where there is none."""
    west, _, east, _ = shape.bounds
    ends = []
    for y in (bottom, top):
        run = _longest(shapely.LineString([(west - 1, y), (east + 1, y)]).intersection(shape))
        if run is None:
            return (0.0, 0.0)
        ends.append((run.bounds[0], run.bounds[2]))
    return (max(e[0] for e in ends), min(e[1] for e in ends))


def _longest(shape: shapely.Geometry) -> shapely.LineString | None:
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, shapely.LineString) and part.length > 0]
    return max(parts, key=lambda part: part.length) if parts else None


def _meets(compound: Compound, tip: shapely.Point) -> bool:
    return any(way.distance(tip) < 0.6 for way in compound.ways)
