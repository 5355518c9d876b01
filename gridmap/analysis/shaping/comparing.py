"""Two plans beside each other: which region of the one is which of the other, and who changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from gridmap.analysis.shaping.ground import Bools, Ints


@dataclass(frozen=True)
class Changed:
    """`partner`: by label of the first plan, the second's region that it corresponds to; `blocks`: (n,) who changes."""

    partner: dict[int, int]
    blocks: Bools


def compared(first: Ints, second: Ints, households: Ints, *, joining: bool = False) -> Changed:
    """Regions that correspond to each other and the blocks that change region.

    Parameters
    ----------
    first, second
        (n,) label of each block's region in either plan, -1 for none.
    households
        (n,)
    joining
        Several regions of the first may correspond to one of the second, as communities do that are joined: only
        who is parted from most of their community then changes. Otherwise one corresponds to one.
    """
    a, b = np.unique(first[first >= 0]), np.unique(second[second >= 0])
    shared = np.zeros((len(a), len(b)))
    both = (first >= 0) & (second >= 0)
    rows, columns = np.searchsorted(a, first[both]), np.searchsorted(b, second[both])
    np.add.at(shared, (rows, columns), households[both] + 1e-6)
    if not shared.size:
        partner = {}
    elif joining:
        partner = {int(a[row]): int(b[int(shared[row].argmax())]) for row in range(len(a)) if shared[row].max() > 0}
    else:
        pairs = zip(*linear_sum_assignment(shared, maximize=True), strict=True)
        partner = {int(a[row]): int(b[column]) for row, column in pairs if shared[row, column] > 0}
    expected = np.array([partner.get(int(label), -2) if label >= 0 else -1 for label in first], dtype=np.int64)
    return Changed(partner, expected != second)
