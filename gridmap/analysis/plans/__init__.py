"""Plans of mega-communities: contiguous regions of blocks, of any polygons, or of a dual graph."""

from gridmap.analysis.plans.alternatives import KIND_WORDS, Alternative, Missing, alternatives, difference
from gridmap.analysis.plans.district import propose_district, with_costs
from gridmap.analysis.plans.graph import propose_graph
from gridmap.analysis.plans.ground import Ground, ground
from gridmap.analysis.plans.plan import Plan
from gridmap.analysis.plans.propose import propose
from gridmap.analysis.plans.review import Review, firmness, review
from gridmap.analysis.plans.sites import Sites, find_sites

__all__ = [
    "KIND_WORDS",
    "Alternative",
    "Ground",
    "Missing",
    "Plan",
    "Review",
    "Sites",
    "alternatives",
    "difference",
    "find_sites",
    "firmness",
    "ground",
    "propose",
    "propose_district",
    "propose_graph",
    "review",
    "with_costs",
]
