"""Isolated compounds: measured, explained, and where a gate would help."""

from gridmap.analysis.isolation.gates import gate_proposals
from gridmap.analysis.isolation.lacks import lacks
from gridmap.analysis.isolation.measure import isolation, isolation_walked

__all__ = ["gate_proposals", "isolation", "isolation_walked", "lacks"]
