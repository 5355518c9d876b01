"""Plans of mega-communities: contiguous regions of blocks, of any polygons, or of a dual graph."""

from gridmap.analysis.plans.district import propose_district
from gridmap.analysis.plans.graph import propose_graph
from gridmap.analysis.plans.plan import Plan
from gridmap.analysis.plans.propose import propose

__all__ = ["Plan", "propose", "propose_district", "propose_graph"]
