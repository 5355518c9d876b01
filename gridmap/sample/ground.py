"""What covers the ground: built-up land, parks, hills, fields, water; made to look grown, without overlaps."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridmap.sample.draft import Draft
from gridmap.sample.frames import frame
from gridmap.sample.lattice import Cells
from gridmap.sample.outline import Outline
from gridmap.sample.zones import BUILT, Zones

_ROUNDING_M = 70.0
_RIVER_HALF_WIDTH_M = 4.0
_SLIVER_DEG2 = 1e-10
"""About a square metre, in square degrees."""


def ground(place: Outline, plat: Cells, zones: Zones, draft: Draft) -> gpd.GeoDataFrame:
    """Polygons by kind in EPSG:4326; banks and rivers are cut out of the open land, hills have round feet."""

    def land(uses: tuple[str, ...]) -> BaseGeometry:
        chosen = plat.polygon[np.isin(zones.use, uses)]
        return shapely.coverage_union_all(chosen) if len(chosen) else shapely.Polygon()

    built, parks = land(BUILT), land(("park",))
    banks = shapely.union_all([c.polygon for c in draft.compounds if c.form == "bank"])
    streams = shapely.union_all(
        [b.line.buffer(_RIVER_HALF_WIDTH_M, cap_style="flat") for b in draft.barriers if b.kind == "river"]
    )
    streams = streams.intersection(place.land).difference(banks).difference(built)
    wet = banks.union(streams)
    open_land = land(("hill", "farm")).difference(wet)
    hills = land(("hill",)).buffer(-_ROUNDING_M).buffer(2 * _ROUNDING_M).buffer(-_ROUNDING_M).simplify(4)
    hills = hills.intersection(open_land)
    lagoon = place.lagoon.difference(place.land)
    kinds: dict[str, list[BaseGeometry]] = {
        "built_up": [built, banks],
        "green": [parks.difference(wet)],
        "hill": [hills],
        "farmland": [open_land.difference(hills)],
        "water": [lagoon.union(streams)],
        "sea": [place.sea.difference(place.land).difference(place.lagoon)],
    }
    names = [kind for kind, shapes in kinds.items() for _ in shapes]
    shapes = np.array([shape for group in kinds.values() for shape in group], dtype=object)
    table = frame({"kind": names}, shapely.set_precision(shapes, 0.01))
    table.geometry = table.geometry.make_valid()
    table = table.explode(index_parts=False, ignore_index=True)
    whole = table.geometry.geom_type.eq("Polygon") & (shapely.area(table.geometry.to_numpy()) > _SLIVER_DEG2)
    return table[whole].reset_index(drop=True)
