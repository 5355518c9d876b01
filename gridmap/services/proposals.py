"""Several alternatives of mega-communities at once: found, kept as each is there, then scored and explained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
from sqlalchemy import Connection, Engine

from gridmap.analysis.plans import (
    KIND_WORDS,
    Alternative,
    Ground,
    Missing,
    Review,
    alternatives,
    find_sites,
    firmness,
    ground,
    review,
)
from gridmap.analysis.plans.scores import dominated
from gridmap.database import changes, plan_reviews, results
from gridmap.database import plans as stored_plans
from gridmap.domain.district import District
from gridmap.domain.notes import Note, Words
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.layers import write
from gridmap.services.analysing import silent
from gridmap.services.outcome import Outcome, Progress, geographic
from gridmap.services.plan_reviewing import streets_of
from gridmap.services.plans import PLANS, Wishes, outcome_of, street_names
from gridmap.services.sources import FileSource
from gridmap.services.stored_analyses import DatabaseSource, noted

USUAL = Wishes()
SEARCH, FIRM = 0.5, 0.45
"""Shares of the progress: the search, and how firm the borders are."""
FIRM_S = 10.0
"""Seconds for near-optimal plans around each alternative, at most."""


@dataclass
class Proposal:
    """One alternative on its way: what was found, and once it was looked at, its review."""

    found: Alternative
    review: Review | None = None

    @property
    def report(self) -> dict[str, Any]:
        """What the plan's report says."""
        reviewed = {} if self.review is None else self.review.as_data()
        entry = {
            "kind": self.found.kind,
            "difference": round(self.found.difference, 4),
            "pushed": self.found.pushed,
            "dominated": None,
        }
        return {**self.found.plan.report, "alternative": entry, **reviewed}

    @property
    def scores(self) -> list[float | None]:
        """The four scores."""
        return [] if self.review is None else [score.value for score in self.review.scores]


@dataclass
class Proposals:
    """All alternatives of one asking, with what couldn't be made."""

    here: Ground
    made: list[Proposal] = field(default_factory=list)
    missing: list[Note] = field(default_factory=list)

    def reports(self) -> list[dict[str, Any]]:
        """Each alternative's report, with whether another is better in every way."""
        beaten = dominated([one.scores for one in self.made])
        streets = streets_of(self.here)
        told = [{**one.report, "streets": streets} for one in self.made]
        for report, is_beaten in zip(told, beaten, strict=True):
            report["alternative"]["dominated"] = is_beaten
        return told

    def lines(self) -> list[Note]:
        """A line of each alternative, for a summary, then what couldn't be made."""
        said = []
        for report in self.reports():
            kind = report["alternative"]["kind"]
            params = {
                "kind": Note(KIND_WORDS[kind]),
                "regions": report["regions"],
                "total": report["scores"]["total"],
                "scores": " / ".join(str(each["value"]) for each in report["scores"]["principles"]),
            }
            said.append(Note("{kind}: {regions} regions, {total} of 100 ({scores})", params))
        return [*said, *self.missing]


def propose_many(
    district: District,
    *,
    wishes: Wishes = USUAL,
    numbers: Numbers = DEFAULT_NUMBERS,
    progress: Progress = silent,
    ready: Callable[[Proposal], None] | None = None,
    firm_s: float = FIRM_S,
) -> Proposals:
    """Alternatives over the blocks of a metric district; `ready` gets each as soon as it is found, unreviewed."""
    asked = wishes.asked(numbers, most=numbers.region_most, objective="access")
    lower, upper = asked["lower"], asked["upper"]
    progress(0.0, "blocks")
    here = ground(district, lower=lower, only=wishes.only, numbers=numbers)
    done = Proposals(here)
    found = alternatives(
        here, lower=lower, upper=upper, time_limit=wishes.time_limit, seed=wishes.seed,
        progress=_part(progress, 0.0, SEARCH),
    )  # fmt: skip
    for one in found:
        if isinstance(one, Missing):
            done.missing.append(one.note(numbers.plans_differ))
            continue
        done.made.append(Proposal(one))
        if ready is not None:
            ready(done.made[-1])
    sites = find_sites(here)
    for number, proposal in enumerate(done.made):
        one = proposal.found
        assert one.solution.region is not None
        share = FIRM / len(done.made)
        near = firmness(
            here, one.problem, one.asked.objective, one.solution.region, seed=wishes.seed, time_limit=firm_s,
            progress=_part(progress, SEARCH + number * share, share),
        )  # fmt: skip
        proposal.review = review(
            sites, one.solution.region, lower=lower, upper=upper, centre=one.solution.centres, near=near
        )
    return done


def _part(progress: Progress, begin: float, width: float) -> Progress:
    def told(share: float, words: Words) -> None:
        progress(begin + width * share, words)

    return told


def propose_into_database(
    engine: Engine,
    *,
    actor: str,
    wishes: Wishes = USUAL,
    numbers: Numbers = DEFAULT_NUMBERS,
    progress: Progress = silent,
    firm_s: float = FIRM_S,
) -> Outcome:
    """Alternatives over the district in the database, each a plan of its own as soon as it is found."""
    with engine.connect() as connection:
        version = changes.latest(connection)
    settings = {"wishes": str(wishes), "alternatives": "true"}
    with results.running(engine, PLANS.name, version=version, settings=settings) as run:
        told = noted(engine, run, progress)
        told(0.0, "reading")
        district = DatabaseSource(engine).district(PLANS)
        version = district.version or version  # what was read, should something have been loaded meanwhile
        kept: list[int] = []

        def keep(proposal: Proposal) -> None:
            with _recorded(engine, actor, run, version) as connection:
                kept.append(_save(connection, proposal, run=run, version=version, actor=actor))

        done = propose_many(district.metric(), wishes=wishes, numbers=numbers, progress=told, ready=keep, firm_s=firm_s)
        outcome = _summary(done, district)
        with engine.begin() as connection:
            results.save(
                connection, PLANS.name, {}, settings=settings, version=district.version,
                summary=dict(outcome.figures), actor=actor, run=run,
            )  # fmt: skip
            for plan, proposal, report in zip(kept, done.made, done.reports(), strict=True):
                _complete(connection, plan, proposal, report, run=run)
    return outcome


@contextmanager
def _recorded(engine: Engine, actor: str, run: int, version: int) -> Iterator[Connection]:
    """A transaction whose change of the plans is recorded."""
    with engine.begin() as connection:
        detail = {"analysis": PLANS.name, "run": run, "made_from": version}
        changes.record(connection, actor=actor, action="analyse", layers=["regions"], detail=detail)
        yield connection


def _save(connection: Connection, proposal: Proposal, *, run: int, version: int, actor: str) -> int:
    """Keep an alternative as a plan that has no scores yet; its number."""
    plan = proposal.found.plan
    assert plan.regions is not None
    report = proposal.report
    report["alternative"]["set"] = run
    tables = {"regions": geographic(plan.regions), "assignment": plan.assignment}
    return stored_plans.save_plan(connection, tables, report, version=version, actor=actor)


def _complete(connection: Connection, plan: int, proposal: Proposal, report: dict[str, Any], *, run: int) -> None:
    """Add to an alternative's plan what was found out since it was kept."""
    assert proposal.review is not None
    further = {
        name: report[name] for name in ("alternative", "scores", "hubs", "offices", "changes", "ensemble", "streets")
    }
    further["alternative"]["set"] = run
    plan_reviews.add_to_report(connection, plan, further)
    plan_reviews.save_borders(connection, plan, proposal.review.borders)


def propose_into_files(
    source: Path,
    out: Path,
    *,
    wishes: Wishes = USUAL,
    numbers: Numbers = DEFAULT_NUMBERS,
    progress: Progress = silent,
) -> Outcome:
    """Alternatives over a district file, each in a file of its own: OUT's name with the kind behind it.

    A GeoPackage also holds the layer `borders`.
    """
    district = FileSource(source).district(PLANS)
    done = propose_many(district.metric(), wishes=wishes, numbers=numbers, progress=progress)
    for proposal in done.made:
        plan = proposal.found.plan
        assert plan.regions is not None
        tables: dict[str, Any] = {"regions": geographic(plan.regions), "assignment": geographic(plan.assignment)}
        if proposal.review is not None and out.suffix.lower() == ".gpkg":
            tables["borders"] = geographic(_plain(proposal.review.borders))
        write(out.with_name(f"{out.stem}-{proposal.found.kind}{out.suffix}"), tables)
    return _summary(done, district)


def _plain(borders: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Borders as a layer of a file: the reason as a sentence, without the choices."""
    return borders.assign(reason=borders["reason"].map(str), firmness=borders["firmness"].astype("float64")).drop(
        columns="choices"
    )


def _summary(done: Proposals, district: District) -> Outcome:
    """What the command says: the figures of the last alternative, which `propose` gives alone, and a line of each."""
    reports = done.reports()
    last = done.made[-1].found.plan if done.made else None
    figures: dict[str, Any] = {"status": "infeasible", "units": len(done.here.table), "regions": 0}
    notes = done.lines()
    if last is not None:
        whole = outcome_of(last, street_names(district))
        figures, notes = dict(whole.figures), [*notes, *whole.notes]
    best = max((each["scores"]["total"] or 0.0 for each in reports), default=None)
    figures |= {"alternatives": len(reports), "best_total": best}
    return Outcome(
        tables={}, figures=figures, notes=tuple(notes), report={"alternatives": reports, "missing": done.missing}
    )
