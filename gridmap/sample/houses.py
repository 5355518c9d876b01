"""Villages, and what is left of them inside the town: houses in narrow yards along lanes."""

from __future__ import annotations

import numpy as np
import shapely

from gridmap.sample.draft import Building, Compound, Draft, Floats, Land, Way
from gridmap.sample.estates import frame_of, net_land

_ROW_M = 20.5
_HOUSE_DEPTH_M = 6.8
_LANE_AT_M = 2.2


def _blob(net: shapely.Polygon, rng: np.random.Generator) -> shapely.Polygon:
    """The settlement inside its land: uneven at the edge."""
    ring = shapely.get_coordinates(net.segmentize(25.0).exterior)[:-1]
    inward = rng.uniform(0.0, 0.12, len(ring))
    smooth = np.convolve(np.concatenate([inward[-2:], inward, inward[:2]]), np.ones(5) / 5, mode="valid")
    middle = shapely.get_coordinates(net.centroid)[0]
    blob = shapely.Polygon(ring + (middle - ring) * smooth[:, None]).buffer(0)
    parts = shapely.get_parts(blob)
    return shapely.Polygon(parts[np.argmax(shapely.area(parts))].exterior)


def _rows(blob: shapely.Polygon, streets: list[float], starts: Floats, rng: np.random.Generator) -> Floats:
    """Boxes (n, 4) of houses side by side along the lanes, with gaps where the streets run."""
    west, _, east, _ = blob.bounds
    boxes = []
    for start in starts:
        stops = [west, *[v for s in streets for v in (s - 3.5, s + 3.5)], east]
        for low, high in zip(stops[::2], stops[1::2], strict=True):
            widths = rng.uniform(9.5, 13.5, int((high - low) / 9.5) + 1)
            gaps = rng.choice([0.8, 1.2, 4.5], len(widths), p=[0.5, 0.35, 0.15])
            ends = low + np.cumsum(widths + gaps)
            starts_x = ends - widths - gaps
            fit = ends <= high
            depth = _HOUSE_DEPTH_M + rng.uniform(-0.6, 0.9, len(widths))
            bottom = start + 11.0 + rng.uniform(-0.7, 0.7, len(widths))
            boxes.append(np.column_stack([starts_x, bottom, starts_x + widths, bottom + depth])[fit])
    return np.vstack(boxes) if boxes else np.zeros((0, 4))


def build(draft: Draft, land: Land, rng: np.random.Generator, *, floors: int = 1, keep: float = 0.94) -> int:
    """Build one village settlement on a cell: houses that face south, a lane a row, streets across.

    Parameters
    ----------
    floors
        Most storeys of a house.
    keep
        Share of the yards that have a house.

    Returns
    -------
    Index of the new compound, -1 where there is no room.
    """
    frame = frame_of(land, turn=float(rng.uniform(-0.08, 0.08)))
    whole, net = frame.local(land.polygon), frame.local(net_land(land.polygon, land.wide, setback=9.0))
    if net.is_empty or net.area < 6000:
        return -1
    blob = _blob(net, rng)
    west, south, east, north = blob.bounds
    count = max(1, round((east - west) / 95))
    streets = [west + (east - west) * (k + 0.5) / count + float(rng.uniform(-8, 8)) for k in range(count)]
    starts = np.arange(south + 2, north - 15, _ROW_M)
    boxes = _rows(blob, streets, starts, rng)
    shapes = np.asarray(shapely.box(*boxes.T), dtype=object)
    fits = shapely.contains(blob.buffer(-1.5), shapes) & (rng.random(len(shapes)) < keep)
    storeys = rng.integers(1, floors + 1, len(shapes))
    buildings = [
        Building(shape, -1, land.cell, "residential", int(f), 1, int(f))
        for shape, f in zip(frame.worlds(shapes[fits]), storeys[fits], strict=True)
    ]
    if not buildings:
        return -1
    ways = _ways(whole, blob, streets, starts)
    inner = [frame.world(line) for line, through in ways if not through]
    index = draft.add(Compound(frame.world(blob), land.cell, land.community, "houses", ways=inner), buildings)
    draft.ways += [Way(frame.world(line), "residential", compound=index) for line, through in ways if through]
    return index


def _ways(
    whole: shapely.Polygon, blob: shapely.Polygon, streets: list[float], starts: Floats
) -> list[tuple[shapely.LineString, bool]]:
    """Streets from edge to edge of the land, and lanes inside the settlement; whether each runs through."""
    west, south, east, north = whole.bounds
    ways = [(_run(whole, [(x, south - 5), (x, north + 5)]), True) for x in streets]
    for k, start in enumerate(starts):
        y = float(start) + _LANE_AT_M
        through = k % 3 == 1
        ways.append((_run(whole if through else blob.buffer(-1), [(west - 5, y), (east + 5, y)]), through))
    return [(line, through) for line, through in ways if line is not None and line.length > 15]


def _run(shape: shapely.Polygon, ray: list[tuple[float, float]]) -> shapely.LineString | None:
    parts = [p for p in shapely.get_parts(shapely.LineString(ray).intersection(shape)) if p.geom_type == "LineString"]
    return max(parts, key=lambda p: p.length) if parts else None
