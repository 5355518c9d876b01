"""In which order a few places are walked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, float]


def apart(a: Point, b: Point) -> float:
    """Metres between two points in degrees, straight, as exact as a walk through a district needs."""
    middle = math.radians((a[1] + b[1]) / 2)
    return 111_195 * math.hypot((a[0] - b[0]) * math.cos(middle), a[1] - b[1])


def walking_order(points: Sequence[Point]) -> list[int]:
    """The order in which points (degrees) are walked with little way back: the nearest next, then what crosses is
    undone, from whichever start is best."""
    if not points:
        return []
    metres = [[apart(a, b) for b in points] for a in points]
    rounds = [_straightened(_nearest_next(start, metres), metres) for start in range(len(points))]
    return min(rounds, key=lambda order: _length(order, metres))


def _length(order: Sequence[int], metres: Sequence[Sequence[float]]) -> float:
    return sum(metres[a][b] for a, b in pairwise(order))


def _nearest_next(start: int, metres: Sequence[Sequence[float]]) -> list[int]:
    order, left = [start], set(range(len(metres))) - {start}
    while left:
        here = order[-1]
        order.append(min(left, key=lambda other: metres[here][other]))
        left.remove(order[-1])
    return order


def _straightened(order: list[int], metres: Sequence[Sequence[float]]) -> list[int]:
    """The order with stretches turned round as long as that makes it shorter."""
    better = True
    while better:
        better = False
        for i in range(len(order) - 1):
            for j in range(i + 2, len(order) + 1):
                turned = order[:i] + order[i:j][::-1] + order[j:]
                if _length(turned, metres) < _length(order, metres) - 1e-6:
                    order, better = turned, True
    return order
