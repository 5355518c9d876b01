"""The walk graph: built from ways, gates, barriers and compounds; routes and reach."""

from gridmap.network.building import Edges, way_edges
from gridmap.network.closing import legs_without, nodes_at_gates, without_edges, without_nodes
from gridmap.network.graph import WalkGraph, walk_graph
from gridmap.network.legs import Legs, legs_together
from gridmap.network.openings import Openings, facing, opening_at, possible_openings
from gridmap.network.routes import Passage, Routes, Walk
from gridmap.network.steps import Step, Steps
from gridmap.network.survey import gate_compounds, gate_owners, placed, require_metric, surveyed, usable_gates

__all__ = [
    "Edges",
    "Legs",
    "Openings",
    "Passage",
    "Routes",
    "Step",
    "Steps",
    "Walk",
    "WalkGraph",
    "facing",
    "gate_compounds",
    "gate_owners",
    "legs_together",
    "legs_without",
    "nodes_at_gates",
    "opening_at",
    "placed",
    "possible_openings",
    "require_metric",
    "surveyed",
    "usable_gates",
    "walk_graph",
    "way_edges",
    "without_edges",
    "without_nodes",
]
