# ruff: noqa: PLR0917 - a compiled loop takes its arrays one by one
"""How near to the target grids can be on the mean, over all divisions of some pieces: proven by an integer program."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import block_diag, csc_array

from gridmap.analysis.grids.partitioning import cheapest
from gridmap.analysis.regions.anneal import compiled

_PIECES_MOST = 62
"""Pieces that fit into the bits of a number."""
_SETS_MOST, _LOOKS_A_SET = 400_000, 25
"""Sets that are counted at most, and how many are looked at for each of them."""
_TURNS = 4


class Lumps(NamedTuple):
    """What grids of a part are made of: the households of each piece (n,), which pieces touch (n, n), and the least and
    most households of a grid; a piece with more is one by itself."""

    load: np.ndarray
    near: np.ndarray
    least: float
    most: float

    def sets(self, limit: int = _SETS_MOST) -> tuple[np.ndarray, np.ndarray] | None:
        """Each connected set that can be a grid: its households (s,) and its pieces (s, n); None for too many."""
        count = len(self.load)
        if self.load.sum() < 2 * max(self.least, 1):
            return np.array([self.load.sum()]), np.ones((1, count), dtype=bool)
        if count > _PIECES_MOST:
            return None
        place = np.arange(count, dtype=np.uint64)
        links = (self.near.astype(np.uint64) << place).sum(axis=1, dtype=np.uint64)
        found = np.empty(limit, dtype=np.uint64)
        count = _enumerate(self.load, links, float(self.least), float(self.most), _LOOKS_A_SET * limit, found)
        if count < 0:
            return None
        member = (found[:count, None] >> place) & np.uint64(1) == 1
        return member @ self.load, member


def least_mean(parts: Sequence[Lumps], known: float, target: int) -> float:
    """Households that grids are off the target on the mean, at least: in any division of all these parts.

    The mean is a ratio, so the sum of what sets are off, less a mean for each grid, is made least (Dinkelbach's
    method): below 0 there may be a smaller mean, which is then tried. Where a part has too many sets it is 0.

    Parameters
    ----------
    known
        The mean of a division that there is.
    """
    sets = [one.sets() for one in parts]
    if any(one is None or not len(one[0]) for one in sets):
        return 0.0
    found = [one for one in sets if one is not None]
    off = np.concatenate([np.abs(size - target) for size, _ in found])
    fewest = sum(math.ceil(part.load.sum() / size.max()) for part, (size, _) in zip(parts, found, strict=True))
    once = csc_array(block_diag([csc_array(member.T.astype(float)) for _, member in found]))
    no_cuts, no_most = csc_array((0, len(off))), np.empty(0)
    mean, below = known, 0.0
    for _ in range(_TURNS):
        chosen, least = cheapest(off - mean, once, no_cuts, no_most, 0.0)
        below = max(below, mean + least / fewest)
        if chosen is None:
            break
        mean = float(off[chosen].mean())
    return below


@compiled
def _enumerate(load, near, low, high, looks, found):  # type: ignore[no-untyped-def]
    """Every connected set once: from its first piece on, each time by a piece that lies beside what is there."""
    m = len(load)
    one = np.uint64(1)
    count = 0
    sets = np.empty(100_000, np.uint64)
    open_ = np.empty(100_000, np.uint64)
    closed = np.empty(100_000, np.uint64)
    sums = np.empty(100_000)
    for root in range(m):
        bit = one << np.uint64(root)
        later = ~(bit | (bit - one))
        sets[0], open_[0], closed[0], sums[0] = bit, near[root] & later, near[root] | bit, load[root]
        top = 1
        while top > 0:
            top -= 1
            looks -= 1
            now, ways, shut, size = sets[top], open_[top], closed[top], sums[top]
            if looks < 0:
                return -1
            if size >= low and (size <= high or now == bit):
                if count == len(found):
                    return -1
                found[count] = now
                count += 1
            for i in range(root + 1, m):
                more = one << np.uint64(i)
                if ways & more == 0:
                    continue
                ways &= ~more
                if size + load[i] <= high:
                    if top == len(sets):
                        return -1
                    sets[top] = now | more
                    open_[top] = ways | (near[i] & later & ~shut)
                    closed[top] = shut | near[i] | more
                    sums[top] = size + load[i]
                    top += 1
    return count
