# ruff: noqa: C901, PLR0912, PLR0915, PLR0917 - compiled loops take their arrays one by one and stay in one piece
"""Annealed moves of border units, compiled: the value of a move in constant time, contiguity kept at every step.

Loads outside the bounds are allowed on the way at a price that rises as the temperature falls. The functions are
pure in their arguments and carry their own random numbers, so a seed repeats a run however it is cut into pieces.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numba
import numpy as np

Compiled = Callable[..., Any]
compiled = cast(Callable[[Compiled], Compiled], numba.njit(cache=True, nogil=True))
"""numba's compiler with its result kept on disk, in a form that the type checker understands."""

ACCESS, COMPACT, BORDER = 0, 1, 2
CHAINS = 0.3
"""Share of the moves refused for their households that are tried together with a second one."""
PERIOD = 20
"""Steps a unit after which the price of households outside the bounds is looked at."""
PUSH_MOST = 100.0
WALK_MOST = 12
"""Steps of the walk that looks for the second unit."""


@compiled
def uniform(state):  # type: ignore[no-untyped-def]
    """A random number of [0, 1) by splitmix64; `state` is one uint64."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.float64(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def stays_connected(v, r, indptr, indices, region, mark, stamp, queue):  # type: ignore[no-untyped-def]
    """Whether region r without unit v is still in one piece: its neighbours there reach each other."""
    count = 0
    first = -1
    for e in range(indptr[v], indptr[v + 1]):
        u = indices[e]
        if region[u] == r:
            count += 1
            mark[u] = stamp
            first = u
    if count <= 1:
        return count == 1
    found = 1
    head = 0
    tail = 1
    queue[0] = first
    mark[first] = stamp + 1
    mark[v] = stamp + 1
    while head < tail:
        x = queue[head]
        head += 1
        for e in range(indptr[x], indptr[x + 1]):
            u = indices[e]
            if region[u] == r and mark[u] != stamp + 1:
                if mark[u] == stamp:
                    found += 1
                    if found == count:
                        return True
                mark[u] = stamp + 1
                queue[tail] = u
                tail += 1
    return False


@compiled
def excess(load, low, high):  # type: ignore[no-untyped-def]
    """Households by which a load misses its bounds."""
    if load < low:
        return low - load
    if load > high:
        return load - high
    return 0.0


@compiled
def sums(  # type: ignore[no-untyped-def]
    objective, indptr, indices, border, weights, xy, cost, column, region, p, target, target_cost
):
    """The value of a partition, and per region its households, its moments and its number of units."""
    n = len(weights)
    load = np.zeros(p)
    moment = np.zeros((p, 2))
    size = np.zeros(p, dtype=np.int64)
    value = 0.0
    for v in range(n):
        r = region[v]
        load[r] += weights[v]
        size[r] += 1
        if objective == COMPACT:
            moment[r, 0] += weights[v] * xy[v, 0]
            moment[r, 1] += weights[v] * xy[v, 1]
        elif objective == ACCESS:
            value += weights[v] * cost[v, column[r]]
        else:
            for e in range(indptr[v], indptr[v + 1]):
                if indices[e] > v and region[indices[e]] != r:
                    value += border[e]
    if objective == COMPACT:
        for v in range(n):
            r = region[v]
            if load[r] > 0:
                dx = xy[v, 0] - moment[r, 0] / load[r]
                dy = xy[v, 1] - moment[r, 1] / load[r]
                value += weights[v] * (dx * dx + dy * dy)
    if target_cost > 0:
        for r in range(p):
            value += target_cost * (load[r] - target) ** 2
    return value, load, moment, size


@compiled
def _border_change(v, r, s, indptr, indices, border, region):  # type: ignore[no-untyped-def]
    """Change of the border's length when unit v goes from region r to s."""
    change = 0.0
    for e in range(indptr[v], indptr[v + 1]):
        u = region[indices[e]]
        if u == r:
            change += border[e]
        elif u == s:
            change -= border[e]
    return change


@compiled
def _change(  # type: ignore[no-untyped-def]
    v, r, s, objective, indptr, indices, border, weights, xy, cost, column, region, load, moment
):
    """Change of the value when unit v goes from region r to s."""
    w = weights[v]
    if objective == BORDER:
        return _border_change(v, r, s, indptr, indices, border, region)
    change = 0.0
    if w == 0:
        return change
    if objective == COMPACT:
        if load[s] > 0:
            dx = xy[v, 0] - moment[s, 0] / load[s]
            dy = xy[v, 1] - moment[s, 1] / load[s]
            change += w * load[s] / (load[s] + w) * (dx * dx + dy * dy)
        if load[r] > w:
            dx = xy[v, 0] - moment[r, 0] / load[r]
            dy = xy[v, 1] - moment[r, 1] / load[r]
            change -= w * load[r] / (load[r] - w) * (dx * dx + dy * dy)
    elif objective == ACCESS:
        change += w * (cost[v, column[s]] - cost[v, column[r]])
    return change


@compiled
def _move(  # type: ignore[no-untyped-def]
    v, s, objective, indptr, indices, back, weights, xy, region, load, moment, size, cut, place, cuts
):
    """Put unit v into region s, in place, and keep the list of border edges; how many border edges there are now."""
    r = region[v]
    w = weights[v]
    region[v] = s
    load[r] -= w
    load[s] += w
    size[r] -= 1
    size[s] += 1
    if objective == COMPACT:
        moment[r, 0] -= w * xy[v, 0]
        moment[r, 1] -= w * xy[v, 1]
        moment[s, 0] += w * xy[v, 0]
        moment[s, 1] += w * xy[v, 1]
    for e in range(indptr[v], indptr[v + 1]):
        across = region[indices[e]] != s
        for one in (e, back[e]):
            if across and place[one] < 0:
                cut[cuts] = one
                place[one] = cuts
                cuts += 1
            elif not across and place[one] >= 0:
                cuts -= 1
                last = cut[cuts]
                cut[place[one]] = last
                place[last] = place[one]
                place[one] = -1
    return cuts


@compiled
def _way_out(v, s, indptr, indices, region, state):  # type: ignore[no-untyped-def]
    """An edge out of region s that a random walk inside it, from unit v, comes to; -1 where it comes to none."""
    x = v
    for _ in range(WALK_MOST):
        first = indptr[x]
        count = indptr[x + 1] - first
        e = first + int(uniform(state) * count)
        if region[indices[e]] == s:
            x = indices[e]
        elif x != v:
            return e
    return -1


@compiled
def anneal(  # type: ignore[no-untyped-def]
    objective, indptr, indices, border, weights, xy, cost, column, region, p, low, high, toll, locked, target,
    target_cost, smooth, hot, cold, price_hot, price_cold, start, stop, total, state, best, best_value, push,
    any_will_do,
):  # fmt: skip
    """Steps `start` to `stop` of a run of `total`; changes `region`, `state`, `best` and `best_value` in place.

    A step takes a random border edge; the unit at its start may go to the region at its end. Where that would leave
    the bounds, sometimes another unit leaves the region that it goes to, for any region, and both moves count as one.
    `best` is the best partition within all bounds so far, `best_value` its value; with `any_will_do` the first one
    ends the run. `toll` is what a household more in a region costs the others, by a relaxation: moves are judged with
    it, so that regions without room are left as easily as they are entered. Units without households change no value
    but that of the border: `smooth` is what a metre of it weighs for them, so that they don't wander. `push`
    holds what the price is multiplied by, and for how many steps of its period all loads were within their bounds: it
    rises while none are, and falls while all are.
    """
    n = len(weights)
    value, load, moment, size = sums(
        objective, indptr, indices, border, weights, xy, cost, column, region, p, target, target_cost
    )
    outside = 0.0
    for r in range(p):
        outside += excess(load[r], low, high[r])
    mark = np.zeros(n, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    stamp = 2
    sources = np.empty(len(indices), dtype=np.int64)
    for v in range(n):
        for e in range(indptr[v], indptr[v + 1]):
            sources[e] = v
    cut = np.empty(len(indices), dtype=np.int64)
    place = np.full(len(indices), -1, dtype=np.int64)
    back = np.empty(len(indices), dtype=np.int64)
    cuts = 0
    for v in range(n):
        for e in range(indptr[v], indptr[v + 1]):
            u = indices[e]
            back[e] = indptr[u] + np.searchsorted(indices[indptr[u] : indptr[u + 1]], v)
            if region[u] != region[v]:
                cut[cuts] = e
                place[e] = cuts
                cuts += 1
    changed = True
    patience = max(1, n // 200)
    waited = 0
    temperature = hot
    price = price_hot
    period = PERIOD * n
    for step in range(start, stop):
        if cuts == 0 or (any_will_do and outside < 0.5):
            break
        if (step - start) % 64 == 0:
            share = step / total
            temperature = hot * (cold / hot) ** share
            price = push[0] * price_hot * (price_cold / price_hot) ** share
        if outside < 0.5:
            push[1] += 1
        if step % period == period - 1:
            if push[1] < 0.05 * period:
                push[0] = min(push[0] * 1.1, PUSH_MOST)
            elif push[1] > 0.5 * period:
                push[0] = max(push[0] / 1.1, 1.0 / PUSH_MOST)
            push[1] = 0.0
        chosen = cut[int(uniform(state) * cuts)]
        v = sources[chosen]
        r = region[v]
        s = region[indices[chosen]]
        if locked[v] or size[r] == 1:
            continue
        w = weights[v]
        change = _change(v, r, s, objective, indptr, indices, border, weights, xy, cost, column, region, load, moment)
        if target_cost > 0:
            change += target_cost * 2.0 * w * (load[s] - load[r] + w)
        beyond = (
            excess(load[r] - w, low, high[r])
            + excess(load[s] + w, low, high[s])
            - excess(load[r], low, high[r])
            - excess(load[s], low, high[s])
        )
        paid = change + (toll[s] - toll[r]) * w + price * beyond
        if w == 0 and objective != BORDER:
            paid += smooth * _border_change(v, r, s, indptr, indices, border, region)
        if paid > 0:
            luck = uniform(state)
            allowed = 0.0 if luck == 0 else -temperature * np.log(luck)
            if paid > allowed:
                if beyond <= 0 or uniform(state) > CHAINS:
                    continue
                if not stays_connected(v, r, indptr, indices, region, mark, stamp, queue):
                    stamp += 2
                    continue
                stamp += 2
                cuts = _move(v, s, objective, indptr, indices, back, weights, xy, region, load, moment, size, cut,
                             place, cuts)  # fmt: skip
                kept = False
                e = _way_out(v, s, indptr, indices, region, state)
                if e >= 0 and not locked[sources[e]]:
                    u = sources[e]
                    t = region[indices[e]]
                    more = weights[u]
                    also = _change(
                        u, s, t, objective, indptr, indices, border, weights, xy, cost, column, region, load, moment
                    )
                    if target_cost > 0:
                        also += target_cost * 2.0 * more * (load[t] - load[s] + more)
                    beyond += (
                        excess(load[s] - more, low, high[s])
                        + excess(load[t] + more, low, high[t])
                        - excess(load[s], low, high[s])
                        - excess(load[t], low, high[t])
                    )
                    paid = change + also + (toll[s] - toll[r]) * w + (toll[t] - toll[s]) * more + price * beyond
                    if paid <= allowed:
                        kept = stays_connected(u, s, indptr, indices, region, mark, stamp, queue)
                        stamp += 2
                    if kept:
                        cuts = _move(u, t, objective, indptr, indices, back, weights, xy, region, load, moment, size,
                                     cut, place, cuts)  # fmt: skip
                        value += change + also
                        outside += beyond
                        changed = True
                        waited += 1
                if not kept:
                    cuts = _move(v, r, objective, indptr, indices, back, weights, xy, region, load, moment, size, cut,
                                 place, cuts)  # fmt: skip
                    continue
                change = 0.0
                beyond = 0.0
                v = -1
        if v >= 0:
            if not stays_connected(v, r, indptr, indices, region, mark, stamp, queue):
                stamp += 2
                continue
            stamp += 2
            cuts = _move(v, s, objective, indptr, indices, back, weights, xy, region, load, moment, size, cut, place,
                         cuts)  # fmt: skip
            value += change
            outside += beyond
            changed = True
            waited += 1
        if waited >= patience and changed and outside < 0.5 and value < best_value[0] - 1e-9 * abs(best_value[0]):
            best[:] = region
            best_value[0] = value
            waited = 0
            changed = False
    if outside < 0.5 and value < best_value[0]:
        best[:] = region
        best_value[0] = value
    return outside


@compiled
def recentre(weights, cost, centres, region, p, column, capacity, load):  # type: ignore[no-untyped-def]
    """Give each region its best candidate centre, in place in `column`; one that lies in it and has room for it."""
    n = len(weights)
    starts = np.zeros(p + 1, dtype=np.int64)
    for v in range(n):
        starts[region[v] + 1] += 1
    for r in range(p):
        starts[r + 1] += starts[r]
    members = np.empty(n, dtype=np.int64)
    at = starts[:-1].copy()
    for v in range(n):
        members[at[region[v]]] = v
        at[region[v]] += 1
    least = np.full(p, np.inf)
    for j in range(len(centres)):
        r = region[centres[j]]
        if load[r] > capacity[j]:
            continue
        total = 0.0
        for i in range(starts[r], starts[r + 1]):
            v = members[i]
            if weights[v] > 0:
                total += weights[v] * cost[v, j]
                if total >= least[r]:
                    break
        if total < least[r]:
            least[r] = total
            column[r] = j
    return least


@compiled
def typical_change(  # type: ignore[no-untyped-def]
    objective, indptr, indices, border, weights, xy, cost, column, region, p, target, target_cost
):
    """Mean size of the change of the value over all moves that a partition offers."""
    _, load, moment, size = sums(
        objective, indptr, indices, border, weights, xy, cost, column, region, p, target, target_cost
    )
    total = 0.0
    count = 0
    for v in range(len(weights)):
        r = region[v]
        for e in range(indptr[v], indptr[v + 1]):
            s = region[indices[e]]
            if s != r and size[r] > 1:
                change = _change(
                    v, r, s, objective, indptr, indices, border, weights, xy, cost, column, region, load, moment
                )
                if target_cost > 0:
                    change += target_cost * 2.0 * weights[v] * (load[s] - load[r] + weights[v])
                if np.isfinite(change):
                    total += abs(change)
                    count += 1
    return total / count if count else 1.0
