"""The solver under grids and plans: arrays in, arrays out; it knows no map.

Units with households, a contiguity graph, bounds on a region's households: first the most regions (or a given
number), then the least value of one of three objectives, every answer with a true lower bound.
"""

from gridmap.analysis.regions.near import Near, near_optimal
from gridmap.analysis.regions.problem import Problem, Solution, Unserved
from gridmap.analysis.regions.solver import solve

__all__ = ["Near", "Problem", "Solution", "Unserved", "near_optimal", "solve"]
