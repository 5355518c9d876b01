"""Plans of mega-communities: contiguous regions of blocks, of any polygons, or of a dual graph."""

from gridmap.analysis.plans.plan import Plan
from gridmap.analysis.plans.propose import propose

__all__ = ["Plan", "propose"]
