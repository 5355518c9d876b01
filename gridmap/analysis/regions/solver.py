"""The order of work: parts one by one, the most regions first, then the least value, a bound and a last check."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from gridmap.analysis.regions.bounds import is_lattice, lower_bound
from gridmap.analysis.regions.check import faults
from gridmap.analysis.regions.closing import begin_of, closable, close, relaxed_fixed
from gridmap.analysis.regions.cutting import cut_by_flows, cut_in_two, recut
from gridmap.analysis.regions.exact import UNITS_MOST, prove
from gridmap.analysis.regions.flowing import UNITS_MOST as FLOWS_MOST
from gridmap.analysis.regions.halving import halved
from gridmap.analysis.regions.lagrange import access_bound
from gridmap.analysis.regions.prepare import Prepared, counts, prepare
from gridmap.analysis.regions.problem import (
    Answer,
    Floats,
    Ints,
    Objective,
    Part,
    Problem,
    Progress,
    Solution,
    Status,
    Unserved,
)
from gridmap.analysis.regions.program import Relaxed
from gridmap.analysis.regions.restarts import restarted
from gridmap.analysis.regions.search import (
    HOT,
    LUMPY,
    SMOOTH,
    STEADY,
    Clock,
    Found,
    Schedule,
    Search,
    most_regions,
    search,
)
from gridmap.analysis.regions.start import positions
from gridmap.domain.errors import InputError
from gridmap.domain.notes import Note

STEPS_PER_UNIT = 20_000
"""Annealing steps a unit where nobody says how many; on rook grids this comes within 1 % of the best known."""
STEPS_LEAST = 200_000
FIRST_LOOK = 0.5
"""Of the progress that is told: that of all parts before their borders are looked for again."""
NEAR = 0.08
"""Gap within which a border counts as found: large boards stay about that far from their bound."""
STEPS_PER_SECOND = 2_500_000
"""A careful guess for one core, only to fit the steps into the time."""
RUNS = ((SMOOTH, 1 / 3), (LUMPY, 1 / 3), (SMOOTH, 1 / 3))
BORDER_RUNS = ((STEADY, 0.8), (LUMPY, 0.05), (SMOOTH, 0.15))
"""What is tried one after another with which share of the steps; the third goes on from the best of the first two."""
EVEN = 1e-9
"""Share of a value within which a bound meets it."""
TIME_FOR_BOUND = 0.15
"""Share of a part's time that is kept for its lower bound."""
IN_TWO = {"compact": halved, "border": cut_in_two}
"""What proves plans of two regions by these objectives."""
LEAST_S = 0.05
"""Seconds that a bound has in any case."""
REASONS = {
    "below_lower": "{count} part(s) have fewer households than a region needs, {missing} missing in all",
    "unit_above_upper": "{count} unit(s) have more households than a region may have",
    "between_bounds": "{count} part(s) have too many households for one number of regions and too few for the next",
    "locks": "{count} part(s) have locks that contradict each other or the bounds",
    "no_centre": "{count} part(s) hold no candidate centre",
    "no_plan": "{count} part(s) can't be cut into contiguous regions within the bounds, which is proven",
    "not_found": "no plan was found for {count} part(s), which doesn't prove that there is none",
}


def solve(
    problem: Problem,
    *,
    objective: Objective = "access",
    time_limit: float = 60.0,
    iterations: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    proof: bool = True,
) -> Solution:
    """Join units into contiguous regions: the most that can be (or the number asked for), at the least value.

    Parameters
    ----------
    problem
        See `Problem`.
    objective
        "access": sum of weights x cost to the region's centre; "compact": sum of weights x squared distance to the
        region's weighted centre (xy); "border": sum of border lengths between regions.
    time_limit
        Seconds of wall time, without the first compilation.
    iterations
        Annealing steps in all; with time to spare the same seed then gives the same answer. Without it a number by
        size, cut to fit the time.
    seed
        Of the random numbers.
    progress
        Called with the share done (0 to 1) and words. If it returns False the search stops and the best so far is
        the answer (`interrupted`); an exception it raises goes through to the caller. KeyboardInterrupt during the
        search also ends it with the best so far.

    proof
        Whether to spend time on proving small parts. Without it thousands of small problems take milliseconds each.

    Returns
    -------
    Solution
        Contiguous and within the bounds, checked by separate code.

    Raises
    ------
    InputError
        Arrays of the wrong shape, numbers that are negative or not numbers, an unknown objective.
    """
    if np.isnan(time_limit):
        raise InputError("{name} must be numbers.", name="time_limit")
    if not counts(seed):
        raise InputError(
            "{name} must be whole numbers of at least 0; number {first} is {value}.", name="seed", first=0, value=seed
        )
    _compile()
    begin = time.perf_counter()
    prepared = prepare(problem, objective)
    if prepared.refused:
        return _nothing(begin, prepared.unserved, refused=prepared.refused)
    clock = Clock(begin + time_limit, progress)
    answers: list[tuple[Part, Answer]] = []
    total = sum(part.n for part in prepared.parts)
    done = 0
    again = objective == "border" and proof and iterations is None
    told = FIRST_LOOK if again else 1.0
    for number, part in enumerate(prepared.parts):
        clock.begin, clock.width = told * done / total, told * part.n / total
        clock.words = Note("part {number} of {count}", {"number": number + 1, "count": len(prepared.parts)})
        steps = None if iterations is None else max(1, round(iterations * part.n / total))
        part_clock = _share_of_time(clock, part.n / (total - done))
        answer = solve_part(part, objective, steps, seed + number, part_clock, proof=proof)
        clock.stopped = clock.stopped or part_clock.asked_to_stop
        done += part.n
        if isinstance(answer, Answer):
            answers.append((part, answer))
        else:
            reason = "not_found" if answer is None else "no_plan"
            prepared.unserved.append(Unserved(part.units, part.weight, 0, reason))
    if proof:
        _go_on(objective, answers, seed if again else None, clock, told=told)
    if progress is not None:
        progress(1.0, "done")
    return _assemble(problem, objective, prepared, answers, begin)


def _go_on(
    objective: Objective, answers: list[tuple[Part, Answer]], seed: int | None, clock: Clock, *, told: float
) -> None:
    """Use the time that is left over, in place: for proofs, or with a seed for borders of which the bound tells little.

    `told` is the share of the progress that was told before.
    """

    def unsure(part: Part, answer: Answer) -> bool:
        if seed is None:
            return not answer.proven and closable(part, objective)
        return answer.bound < answer.value * (1.0 - NEAR)

    open_ = [at for at, (part, answer) in enumerate(answers) if unsure(part, answer)]
    for number, at in enumerate(open_):
        part, answer = answers[at]
        clock.width = (1.0 - told) / len(open_)
        clock.begin = told + clock.width * number
        own = _share_of_time(clock, 1.0 / (len(open_) - number))
        if own.stopped or own.left <= 0:
            return
        found = _closed(part, answer, own) if seed is None else _restarted(part, answer, seed, own)
        answers[at] = part, replace(found, cut_short=found.cut_short or own.asked_to_stop)
        clock.stopped = clock.stopped or own.asked_to_stop


def _restarted(part: Part, answer: Answer, seed: int, clock: Clock) -> Answer:
    """The answer with its border looked for again: two regions at a time, from scratch, and two at a time again."""
    most = replace(clock, deadline=clock.deadline - clock.left / 4)
    if part.plainly_in_two and len(answer.columns) == 2:
        answer = cut_in_two(part, answer, most)
    known = answer.region, answer.columns, answer.value
    if part.plain and not part.plainly_in_two:
        known = recut(part, known, most)
    clock.stopped = clock.asked_to_stop = most.asked_to_stop
    if not answer.proven:
        rest = replace(clock, deadline=clock.deadline - clock.left / 2)
        found = restarted(part, known, seed, rest)
        clock.stopped = clock.asked_to_stop = rest.asked_to_stop
        known = recut(part, found, clock) if part.plain and found[2] < known[2] else found
    return replace(answer, region=known[0], columns=known[1], value=known[2])


def solve_part(
    part: Part, objective: Objective, steps: int | None, seed: int, clock: Clock, *, proof: bool = True
) -> Answer | bool | None:
    """The best found for one connected part; False where it is proven that there is none, None where none was found."""
    if part.most == 1:
        return _one_region(part, objective)
    small = proof and part.n <= UNITS_MOST
    quick = min(steps or STEPS_LEAST, STEPS_LEAST)
    cut = _by_least_cuts(part, clock) if proof and objective == "border" else None
    answer = _searched(part, objective, quick if small or cut is not None else steps, seed, clock)
    if cut is not None and (answer is None or (-part.most, cut[2]) < (-len(answer.columns), answer.value)):
        answer = Answer(cut[0], cut[2], 0.0, cut[1])
    if answer is not None and proof and (small or objective == "compact"):
        answer = _proven_in_two(part, objective, answer, clock)
    if not small or clock.stopped or (answer is not None and answer.proven):
        return _bounded(part, objective, answer, clock, proof=proof)
    third = replace(clock, deadline=clock.deadline - clock.left * 2 / 3)
    proven = prove(part, objective, third, None if answer is None else (len(answer.columns), answer.value))
    if isinstance(proven, Answer):
        better = answer is None or len(proven.columns) > len(answer.columns) or proven.value < answer.value
        best = proven if better or answer is None else answer
        return replace(best, bound=best.value, proven=True, cut_short=False)
    if proven is False and answer is None:
        return False
    more = None if clock.stopped else _searched(part, objective, steps, seed + 1, clock)
    found = [one for one in (answer, more) if one is not None]
    best_found = min(found, key=lambda one: (-len(one.columns), one.value), default=None)
    if best_found is not None:
        best_found = replace(best_found, bound=max(one.bound for one in found))
    return _bounded(part, objective, best_found, clock, proof=proof)


def _proven_in_two(part: Part, objective: Objective, answer: Answer, clock: Clock) -> Answer:
    """A plan of two regions bettered and bounded by what knows of two alone; others as they are."""
    if objective not in IN_TWO or not part.plainly_in_two or len(answer.columns) != 2:
        return answer
    half = replace(clock, deadline=max(clock.deadline - clock.left / 2, time.perf_counter() + LEAST_S), stopped=False)
    answer = IN_TWO[objective](part, answer, half)
    clock.asked_to_stop |= half.asked_to_stop
    return answer


def _by_least_cuts(part: Part, clock: Clock) -> Found | None:
    """A plan by least cuts, where they tell more than the search from scratch does: not on boards, where all borders
    are alike."""
    if not part.plain or part.n > FLOWS_MOST or is_lattice(part):
        return None
    half = replace(clock, deadline=clock.deadline - clock.left / 2)
    found = cut_by_flows(part, part.most, half)
    clock.stopped = clock.asked_to_stop = clock.asked_to_stop or half.asked_to_stop
    return found


def _bounded(
    part: Part, objective: Objective, answer: Answer | None, clock: Clock, *, proof: bool
) -> Answer | bool | None:
    """The answer with a lower bound, within the time kept for it; the quick kind where no proof is wanted.

    Where there is none, one by other means, if those know any.
    """
    if answer is None and proof and closable(part, objective) and not clock.asked_to_stop:
        return _last_resort(part, clock)
    if answer is None or answer.proven or not (proof or objective == "border"):
        return answer
    own = replace(clock, deadline=max(clock.deadline, time.perf_counter() + LEAST_S), stopped=clock.asked_to_stop)
    if proof and closable(part, objective):
        answer = _closed(part, answer, own)
    else:
        p = len(answer.columns)
        bound = lower_bound(part, objective, fewest=p, most=part.most, value=answer.value, clock=own, quick=not proof)
        proven = p == part.most and _met(answer.value, bound)
        answer = replace(answer, bound=min(answer.value, max(bound, answer.bound)), proven=proven)
    clock.asked_to_stop = own.asked_to_stop
    return replace(answer, cut_short=answer.cut_short or own.asked_to_stop)


def _last_resort(part: Part, clock: Clock) -> Answer | bool | None:
    """Where no plan was found: one by the program, or the proof that there is none."""
    own = replace(clock, stopped=False)
    found, bound = _most(part, part.least, np.inf, own)
    clock.asked_to_stop = own.asked_to_stop
    return found or (False if np.isinf(bound) else None)


def _most(part: Part, fewest: int, value: float, clock: Clock) -> tuple[Answer | None, float]:
    """The plan with the most regions, `fewest` at least, and a bound on what wasn't ruled out above it.

    `value` is about what a plan costs; infinite where nothing is known.
    """
    least, _ = access_bound(part, fewest, part.most, value, clock)
    bound = np.inf
    for p in range(part.most, fewest - 1, -1):
        if clock.stop_now(0.9):
            return None, least
        closed = close(part, p, clock, bound=least)
        if closed.found is not None:
            region, columns, found = closed.found
            proven = closed.proven and np.isinf(bound)
            return Answer(region, found, min(bound, closed.bound), columns, proven=proven), bound
        if not closed.proven:
            bound = min(bound, closed.bound)
    return None, bound


def _closed(part: Part, answer: Answer, clock: Clock) -> Answer:
    """A plan with more regions, if there is one, and the best with as many, where size and time allow; bounded."""
    more = np.inf
    if len(answer.columns) < part.most:
        half = replace(clock, deadline=clock.deadline - clock.left / 2)
        found, more = _most(part, len(answer.columns) + 1, answer.value, half)
        clock.asked_to_stop = half.asked_to_stop
        clock.stopped = clock.asked_to_stop
        answer = found or answer
    p = len(answer.columns)
    bound, price = access_bound(part, p, p, answer.value, clock)
    if bound < answer.value and not (clock.stopped or answer.proven):
        known = answer.region, answer.columns, answer.value
        closed = close(part, p, clock, known=known, bound=bound, price=price)
        bound = closed.bound
        if closed.found is not None and closed.found[2] < answer.value:
            region, columns, value = closed.found
            answer = replace(answer, region=region, columns=columns, value=value)
    bound = max(bound, answer.bound)
    proven = bool(np.isinf(more)) and _met(answer.value, bound)
    return replace(answer, bound=min(answer.value, bound, more), proven=proven)


def _met(value: float, bound: float) -> bool:
    return value - bound <= EVEN * max(1.0, abs(value))


def _searched(part: Part, objective: Objective, steps: int | None, seed: int, clock: Clock) -> Answer | None:
    """The heuristic's best, with the most regions it comes to."""
    budget = steps if steps is not None else max(STEPS_LEAST, STEPS_PER_UNIT * part.n)
    if steps is None:
        budget = int(min(budget, max(20_000, clock.left * 0.8 * STEPS_PER_SECOND)))
    own = replace(clock, deadline=clock.deadline - clock.left * TIME_FOR_BOUND)
    half = replace(own, deadline=own.deadline - own.left / 2)
    relaxed = _relaxed(part, objective, half)
    begin = None if relaxed is None else begin_of(part, relaxed, seed)
    toll = None if relaxed is None else relaxed.toll
    first = None
    if begin is not None:
        p = len(part.centres)
        found = search(
            part, p, objective, seed=seed, steps=budget // 3, clock=half, schedule=HOT, begin=begin, toll=toll
        )
        first = None if found is None else (p, found)
    if first is None:
        first = most_regions(part, objective, seed=seed, steps=max(2000, budget // 20), clock=half)
    own.asked_to_stop = own.stopped = half.asked_to_stop
    if first is None:
        clock.stopped, clock.asked_to_stop = half.stopped, half.asked_to_stop
        return None
    p, best = first
    fits = int(min(budget, own.left * STEPS_PER_SECOND)) // (STEPS_PER_UNIT * part.n)
    times = max(1, fits) if objective == "border" else 1
    runs = [(schedule, share / times, at == 2) for at, (schedule, share) in enumerate(_runs(objective))] * times
    hurried, rest, best_here = False, 1.0, best
    for number, (schedule, share, goes_on) in enumerate(runs):
        if own.stopped:
            break
        turn = replace(own, deadline=own.deadline - own.left * (1.0 - share / rest), hurried=False)
        answer = search(
            part,
            p,
            objective,
            seed=seed + number,
            steps=max(1, int(budget * share)),
            clock=turn,
            schedule=schedule,
            begin=best_here[0] if goes_on else begin,
            toll=toll,
        )
        own.asked_to_stop = turn.asked_to_stop
        own.stopped = own.asked_to_stop or own.left <= 0
        hurried, rest = hurried or turn.hurried or turn.stopped, max(rest - share, 1e-9)
        if number % len(_runs(objective)) == 0:
            best_here = answer or best
        elif answer is not None and answer[2] < best_here[2]:
            best_here = answer
        if answer is not None and answer[2] < best[2]:
            best = answer
    clock.stopped, clock.asked_to_stop = own.stopped, own.asked_to_stop
    rng = np.random.default_rng(seed)
    region, column, value = Search(part, p, objective, rng, []).tidied(best)
    return Answer(region, value, 0.0, column, proven=False, cut_short=own.stopped or hurried)


def _relaxed(part: Part, objective: Objective, clock: Clock) -> Relaxed | None:
    """Where centres are fixed, what would be best if units could be shared."""
    return relaxed_fixed(part, clock) if part.fixed_centres and closable(part, objective) else None


def _runs(objective: Objective) -> tuple[tuple[Schedule, float], ...]:
    return BORDER_RUNS if objective == "border" else RUNS


def _share_of_time(clock: Clock, share: float) -> Clock:
    """A clock of its own for one part: its share of the time that is left."""
    return Clock(
        deadline=time.perf_counter() + clock.left * share,
        progress=clock.progress,
        words=clock.words,
        begin=clock.begin,
        width=clock.width,
        stopped=clock.stopped,
    )


def _one_region(part: Part, objective: Objective) -> Answer | None:
    """The only plan there is: all units together, with the best centre."""
    run = Search(part, 1, objective, np.random.default_rng(0), [np.empty(0, dtype=np.int64)])
    region = np.zeros(part.n, dtype=np.int64)
    column = run.first_columns(region)
    locked = part.label[part.label >= 0]
    if column is None or not len(column):
        return None
    if len(locked) and not part.free_centres:
        column[0] = locked[0]
    value = run.value(region, column)
    capacity = part.high if part.capacity is None else int(part.capacity[column[0]])
    if not np.isfinite(value) or part.weight > capacity:
        return None
    return Answer(region, value, value, column, proven=True)


def _centre_units(part: Part, objective: Objective, answer: Answer) -> Ints:
    """Local units that are the centres: the chosen candidates, else the unit nearest each region's middle."""
    if objective == "access" or not part.free_centres:
        return part.centres[answer.columns]
    region = answer.region
    xy = positions(part)
    return np.array([_middle(xy, part.weights, np.flatnonzero(region == r)) for r in range(region.max() + 1)])


def _middle(xy: Floats, weights: Ints, members: Ints) -> int:
    share = weights[members] + 1e-9
    middle = (xy[members] * share[:, None]).sum(axis=0) / share.sum()
    return int(members[((xy[members] - middle) ** 2).sum(axis=1).argmin()])


def _assemble(
    problem: Problem,
    objective: Objective,
    prepared: Prepared,
    answers: Sequence[tuple[Part, Answer]],
    begin: float,
) -> Solution:
    """The parts' answers as one, checked."""
    if not answers:
        return _nothing(begin, prepared.unserved)
    region = np.full(prepared.n, -1)
    centres: list[Ints] = []
    count = 0
    for part, answer in answers:
        region[part.units] = answer.region + count
        centres.append(part.units[_centre_units(part, objective, answer)])
        count += len(answer.columns)
    value = sum(answer.value for _, answer in answers)
    bound = sum(answer.bound for _, answer in answers)
    proven = all(answer.proven for _, answer in answers)
    status: Status = "partial" if prepared.unserved else "optimal" if proven else "feasible"
    centre = np.concatenate(centres)
    broken = faults(problem, region, centre)
    if broken:
        raise RuntimeError(f"The solver's answer breaks its own rules: {'; '.join(broken)}")
    return Solution(
        region=region,
        centres=centre,
        value=value,
        bound=bound,
        gap=max(0.0, (value - bound) / value) if value > 0 else 0.0,
        status=status,
        reason=_reason(prepared.unserved),
        seconds=time.perf_counter() - begin,
        unserved=tuple(prepared.unserved),
        most=sum(part.most for part in prepared.parts),
        interrupted=any(answer.cut_short for _, answer in answers),
    )


def _nothing(begin: float, unserved: Sequence[Unserved], *, refused: Note | None = None) -> Solution:
    nan = float("nan")
    none = np.empty(0, dtype=np.int64)
    seconds = time.perf_counter() - begin
    reason = _reason(unserved) if refused is None else f"{refused.code}: {refused}"
    return Solution(None, none, nan, nan, nan, "infeasible", reason, seconds, tuple(unserved), refused=refused)


def _reason(unserved: Sequence[Unserved]) -> str:
    """Every cause with its code, the most frequent words of `REASONS` filled in."""
    codes = list(dict.fromkeys(item.reason for item in unserved))
    said = []
    for code in codes:
        items = [item for item in unserved if item.reason == code]
        words = REASONS[code].format(count=len(items), missing=sum(item.missing for item in items))
        said.append(f"{code}: {words}")
    return "; ".join(said)


@cache
def _compile() -> None:
    """Load or compile every compiled function once, outside anybody's time limit."""
    edges = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (0, 3)]
    problem = Problem([2, 2, 2, 2, 2, 2], edges, xy=[[0, 0], [1, 0], [2, 0], [2, 1], [3, 1], [4, 1]], lower=4)
    part = prepare(problem, "compact").parts[0]
    for objective in ("access", "compact", "border"):
        search(part, 2, objective, seed=0, steps=100, clock=Clock(time.perf_counter() + 60))
    prove(part, "compact", Clock(time.perf_counter() + 60))
    halved(part, Answer(np.repeat([0, 1], 3), 1e9, 0.0, np.zeros(2, np.int64)), Clock(time.perf_counter() + 60))
    for objective in ("compact", "border"):
        lower_bound(part, objective, fewest=2, most=2, value=1e9, clock=Clock(time.perf_counter() + 60))
