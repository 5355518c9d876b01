"""The analyses by name."""

from __future__ import annotations

from types import MappingProxyType

from gridmap.services.check import CHECK
from gridmap.services.grids import GRIDS
from gridmap.services.isolation import ISOLATION
from gridmap.services.leaders import LEADERS
from gridmap.services.plans import PLANS
from gridmap.services.reach import REACH

ANALYSES = MappingProxyType({analysis.name: analysis for analysis in (ISOLATION, GRIDS, LEADERS, PLANS, REACH, CHECK)})
"""In the order in which they are run: leaders need grids, and the check looks at grids, too."""
