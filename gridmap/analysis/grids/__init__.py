"""Grids: each community tiled into contiguous areas of about 300 households that a person can walk."""

from gridmap.analysis.grids.drawing import Grids, grids
from gridmap.analysis.grids.finishing import tiling

__all__ = ["Grids", "grids", "tiling"]
