"""Grids: each community tiled into contiguous areas of about 300 households that a person can walk."""

from gridmap.analysis.grids.drawing import Grids, grids

__all__ = ["Grids", "grids"]
