"""Services within reach: who walks how far to each kind of them, where they lack, and where one more helps most."""

from gridmap.analysis.reach.within import Reach, services_within_reach

__all__ = ["Reach", "services_within_reach"]
