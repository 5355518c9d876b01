"""Leaders: every grid, compound and stairwell gets its leader at the least walk, or a vacancy with its cause."""

from gridmap.analysis.leaders.leading import Leaders, leaders

__all__ = ["Leaders", "leaders"]
