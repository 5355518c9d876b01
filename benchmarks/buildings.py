"""A file of plain buildings, the same for the same number: `python -m benchmarks.buildings NUMBER OUT.gpkg`.

Rows of houses in 24 communities of two streets. A building has a code, an address, floors and households; the community
that it lies in isn't written, so that whoever loads the file has to find it. Made in pieces, in a process of its own.
"""

import sys
from pathlib import Path

import numpy as np
import shapely
from pyogrio import raw

_WEST, _SOUTH = 122.0, 37.4
_ACROSS, _DOWN = 6, 4
"""Communities from west to east and from south to north."""
_STEP = 4.5e-4
"""Degrees from house to house."""
_PIECE = 100_000


def write(path: Path, number: int) -> None:
    """Write so many buildings as layer `buildings`; a GeoPackage gets `streets` and `communities` before it."""
    across = int(np.ceil(np.sqrt(number)))
    side = across * _STEP
    driver = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".shp": "ESRI Shapefile", ".fgb": "FlatGeobuf"}[path.suffix]
    if driver == "GPKG":
        _areas(path, side)
    for start in range(0, number, _PIECE):
        rows = np.arange(start, min(start + _PIECE, number))
        random = np.random.default_rng(start)
        x, y = _WEST + (rows % across + 0.5) * _STEP, _SOUTH + (rows // across + 0.5) * _STEP
        wide, deep = random.uniform(0.8e-4, 1.8e-4, len(rows)), random.uniform(0.5e-4, 0.9e-4, len(rows))
        turned = random.uniform(-0.3, 0.3, len(rows))
        corners = np.stack([wide, -wide, -wide, wide], axis=1), np.stack([deep, deep, -deep, -deep], axis=1)
        cos, sin = np.cos(turned)[:, None], np.sin(turned)[:, None]
        ring = np.stack(
            [x[:, None] + corners[0] * cos - corners[1] * sin, y[:, None] + corners[0] * sin + corners[1] * cos], axis=2
        )
        floors = random.integers(1, 19, len(rows))
        fields = {
            "code": np.array([f"B{row:08d}" for row in rows], dtype=object),
            "address": np.array([f"火炬路{row // 100 + 1}号{row % 100 + 1}号楼" for row in rows], dtype=object),
            "floors": floors.astype(np.int32),
            "households": (floors * random.integers(1, 9, len(rows))).astype(np.int32),
        }
        _write(path, "buildings", driver, shapely.polygons(ring), fields, append=start > 0)


def _areas(path: Path, side: float) -> None:
    wide, high = side / _ACROSS, side / _DOWN
    at = [(i, j) for j in range(_DOWN) for i in range(_ACROSS)]
    boxes = [
        shapely.box(_WEST + i * wide, _SOUTH + j * high, _WEST + (i + 1) * wide, _SOUTH + (j + 1) * high) for i, j in at
    ]
    halves = [(0, _ACROSS // 2), (_ACROSS // 2, _ACROSS)]
    streets = [shapely.box(_WEST + a * wide, _SOUTH, _WEST + b * wide, _SOUTH + side) for a, b in halves]
    for name, shapes, kind in (("streets", streets, "street"), ("communities", boxes, "urban")):
        fields = {
            "code": np.array([f"{name[0].upper()}{n + 1:03d}" for n in range(len(shapes))], dtype=object),
            "name": np.array([f"{name[0].upper()}{n + 1}" for n in range(len(shapes))], dtype=object),
            "kind": np.array([kind] * len(shapes), dtype=object),
        }
        many = shapely.multipolygons(np.array(shapes), indices=np.arange(len(shapes)))
        _write(path, name, "GPKG", many, fields, append=name != "streets")


def _write(path: Path, layer: str, driver: str, shapes: object, fields: dict[str, np.ndarray], *, append: bool) -> None:
    raw.write(
        str(path),
        shapely.to_wkb(shapes),
        list(fields.values()),
        list(fields),
        None,
        layer=layer,
        driver=driver,
        geometry_type="Polygon" if layer == "buildings" else "MultiPolygon",
        crs="EPSG:4326",
        encoding="UTF-8",
        append=append,
    )


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
