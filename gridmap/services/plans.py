"""Plans: propose mega-communities from a district, from any polygons, or from a dual graph."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from gridmap.analysis.plans import Plan, propose, propose_district, propose_graph
from gridmap.domain.district import District
from gridmap.domain.errors import InputError
from gridmap.domain.notes import Note
from gridmap.domain.numbers import Numbers
from gridmap.layers import read_units
from gridmap.services.outcome import Analysis, Outcome, Progress, geographic

Objective = Literal["access", "compact", "border"]


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the planner asks for; households, seconds. None: the default of the kind of units.

    `only`: codes of the streets and communities that are planned, of a district's blocks; none means all.
    """

    min_households: int | None = None
    max_households: int | None = None
    regions: int | None = None
    objective: Objective | None = None
    time_limit: float = 60.0
    seed: int = 0
    only: tuple[str, ...] = ()

    def asked(self, numbers: Numbers, *, most: int | None, objective: Objective) -> dict[str, Any]:
        """What the solver is asked for: `most` and `objective` stand where no upper bound or objective is wished.

        Raises
        ------
        InputError
            The upper bound is below the lower.
        """
        lower = self.min_households or numbers.region_least
        upper = self.max_households or most
        if upper is not None and upper < lower:
            raise InputError(
                "A region can't have at least {lower} and at most {upper} households; change one of the two.",
                lower=lower,
                upper=upper,
            )
        return {
            "lower": lower,
            "upper": upper,
            "regions": self.regions,
            "objective": self.objective or objective,
            "time_limit": self.time_limit,
            "seed": self.seed,
        }


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The fields of units that aren't ours: their id, their households, and the group a region may not leave."""

    households: str
    id: str | None = None
    within: str | None = None


def run(district: District, *, numbers: Numbers, progress: Progress, wishes: Wishes = Wishes()) -> Outcome:
    """Propose regions over the blocks of a metric district."""
    plan = propose_district(
        district,
        only=wishes.only,
        numbers=numbers,
        **wishes.asked(numbers, most=numbers.region_most, objective="access"),
        progress=progress,
    )
    return outcome_of(plan, street_names(district))


def street_names(district: District) -> dict[str, str]:
    """The name of each street, its code where it has none."""
    streets = district["streets"]
    return dict(zip(streets["code"], streets["name"].fillna(streets["code"]), strict=True))


def propose_from_polygons(
    path: Path, fields: Fields, wishes: Wishes, *, layer: str | None, numbers: Numbers, progress: Progress
) -> Outcome:
    """Propose regions over the polygons of any layer of any file; no upper bound unless one is wished."""
    units = read_units(path, layer)
    for field in (fields.id, fields.households, fields.within):
        if field is not None and field not in units.columns:
            raise InputError(
                "The layer has no field {field}; it has {fields}.",
                field=field,
                fields=", ".join(map(str, units.columns.drop("geometry"))),
            )
    plan = propose(
        units,
        id=fields.id,
        households=fields.households,
        within=fields.within,
        **wishes.asked(numbers, most=None, objective="compact"),
        progress=progress,
    )
    return outcome_of(plan, read=units.attrs["notes"])


def propose_from_graph(path: Path, fields: Fields, wishes: Wishes, *, numbers: Numbers, progress: Progress) -> Outcome:
    """Propose regions over a dual graph in networkx's adjacency JSON."""
    plan = propose_graph(
        _read_graph(path),
        id=fields.id,
        households=fields.households,
        within=fields.within,
        **wishes.asked(numbers, most=None, objective="border"),
        progress=progress,
    )
    return outcome_of(plan)


def _read_graph(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError("There is no file {path}.", path=path) from None
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError("{path} is not JSON: {error}.", path=path, error=error) from None


def outcome_of(plan: Plan, names: Mapping[str, str] = MappingProxyType({}), *, read: Iterable[Note] = ()) -> Outcome:
    """The plan as tables, figures and notes: what can't be met by a part's name in `names`, then what was `read`."""
    report = {**plan.report, "notes": [*plan.report["notes"], *read]}
    tables = {"assignment": plan.assignment}
    if plan.regions is not None:
        tables = {"regions": geographic(plan.regions), **tables}
    return Outcome(
        tables=tables,
        figures={
            name: report.get(name)
            for name in ("status", "regions", "units", "objective", "objective_value", "lower_bound", "gap", "seconds")
        },
        notes=(
            *(
                Note("{part}: {words}", {"part": names.get(part["part"], part["part"]), "words": part["words"]})
                for part in report["infeasible"]
            ),
            *report["notes"],
        ),
        report=report,
    )


PLANS = Analysis(name="plans", run=run)
