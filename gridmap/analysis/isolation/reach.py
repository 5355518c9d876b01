"""Whom people reach on foot, against whom they would without their own compound's boundary."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gridmap.analysis.isolation.walks import Homes
from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers
from gridmap.network import WalkGraph


def reach(district: District, graph: WalkGraph, where: Homes, numbers: Numbers) -> pd.DataFrame:
    """Stub."""
    n = len(district["compounds"])
    return pd.DataFrame({"reach_300": np.full(n, np.nan), "reach_500": np.full(n, np.nan)})
