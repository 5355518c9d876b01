"""What the database holds around the places of a file: what it is compared with, and what it comes beside."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine

from gridmap.database import surroundings
from gridmap.database.engine import reading
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.layers import KNOWN_SHAPES


@dataclass(frozen=True)
class Surroundings:
    """What the database knows of a place (`gridmap.layers.comparison.Known`)."""

    engine: Engine

    def extent(self) -> surroundings.Bounds | None:
        """Bounds of the district in degrees; None where there is none."""
        with reading(self.engine) as connection:
            return surroundings.extent(connection)

    def within(self, bounds: surroundings.Bounds) -> dict[str, npt.NDArray[np.object_]]:
        """The shapes there in EPSG:4326."""
        with reading(self.engine) as connection:
            return surroundings.shapes_within(connection, bounds, KNOWN_SHAPES)


@dataclass(frozen=True)
class AreasThatStay:
    """The areas in the database that a merge leaves as they are (`gridmap.layers.Staying`)."""

    engine: Engine

    def areas(self, layer: str, bounds: surroundings.Bounds, *, but: Collection[str]) -> gpd.GeoDataFrame:
        """Codes and areas in EPSG:4326 that touch a box in degrees."""
        with reading(self.engine) as connection:
            codes, shapes = surroundings.areas_within(connection, layer, bounds, but=but)
        return gpd.GeoDataFrame({"code": codes}, geometry=gpd.GeoSeries(shapes, crs=GEOGRAPHIC))
