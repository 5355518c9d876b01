"""A stored plan as people read it: its report in words, for the map, the page that is handed on and the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gridmap.analysis.plans import KIND_WORDS
from gridmap.analysis.plans.plan import region_called
from gridmap.analysis.plans.scores import PART_WORDS, PRINCIPLE_WORDS, weighed
from gridmap.domain.notes import Note, template

Translate = Callable[[str], str]

MOST_CHANGES = 200
"""Blocks that change community which a view lists, those of most households."""

UNITS = {
    "percent": "{figure}%",
    "km": template("{figure} km"),
    "households": template("{figure} households"),
    "communities": template("{figure} communities"),
    "minutes": template("{figure} minutes"),
    "kinds": template("{figure} kinds"),
    "m2": template("{figure} m²"),
}
"""A figure with its unit."""
OBJECTIVE_WORDS = {
    "access": template("household-weighted walk to the regions' centres, in metres"),
    "compact": template("household-weighted squared distance to the regions' middles, in square metres"),
    "border": template("length of the borders between regions, in metres"),
}
"""What an objective sums up."""
STATUS_WORDS = {
    "optimal": template("proven: none can be better"),
    "feasible": template("found by searching; its distance from the best possible is at most the gap"),
    "partial": template("not every part of the district can have a region"),
    "infeasible": template("no region can be made"),
}
SITE_WORDS = {
    "service_centre": template("service centre"),
    "committee_office": template("committee office"),
    "public_floor": template("block with public floor area"),
}


def view(report: Mapping[str, Any], word: Translate, *, weights: Mapping[str, float] | None = None) -> dict[str, Any]:
    """A plan in words.

    Parameters
    ----------
    report
        As `plan_reviews.report` gives it.
    word
        From an English template to the reader's language.
    weights
        Of the four principles, where others are wished than those the plan was made with.
    """
    entry = report.get("alternative") or {}
    kind = entry.get("kind")
    kept = ("regions", "objective", "objective_value", "lower_bound", "gap", "seconds", "seed", "min_households",
            "max_households", "households", "units", "data_version", "status")  # fmt: skip
    return {
        "id": report.get("id"),
        "name": report.get("name"),
        "kind": kind,
        "label": word(KIND_WORDS[kind]) if kind in KIND_WORDS else report.get("name"),
        "dominated": entry.get("dominated"),
        "difference": entry.get("difference"),
        **{name: report.get(name) for name in kept},
        "status_words": word(STATUS_WORDS.get(str(report.get("status")), "")) if report.get("status") else None,
        "objective_words": word(OBJECTIVE_WORDS.get(str(report.get("objective")), "")),
        "scores": _scores(report, word, weights),
        "hubs": [_hub(hub, report, word) for hub in report.get("hubs") or []],
        "offices": [_office(office, report, word) for office in report.get("offices") or []],
        "unmet": [_unmet(part, report, word) for part in report.get("infeasible") or []],
        "changes": [_changed(one, word) for one in (report.get("changes") or [])[:MOST_CHANGES]],
        "changed_blocks": len(report.get("changes") or []),
        "changed_households": sum(one["households"] for one in report.get("changes") or []),
        "called": report.get("called") or {},
        "phases": report.get("phases") or {},
        "streets": {code: one["name"] for code, one in (report.get("streets") or {}).items()},
        "ensemble": _ensemble(report.get("ensemble"), word),
        "notes": [said(note, word) for note in report.get("notes") or []],
    }


def said(value: object, word: Translate) -> str:
    """A note that was kept as data, or plain text."""
    if isinstance(value, Note):
        return value.worded(word)
    if value is None:
        return ""
    return Note.from_data(value).worded(word) if isinstance(value, Mapping) else str(value)


def _called(code: str | None, report: Mapping[str, Any], word: Translate) -> str:
    streets = {street: str(one["name"]) for street, one in (report.get("streets") or {}).items()}
    return (report.get("called") or {}).get(code) or said(region_called(code, streets), word)


def _scores(report: Mapping[str, Any], word: Translate, weights: Mapping[str, float] | None) -> dict[str, Any] | None:
    told = report.get("scores")
    if not told:
        return None
    told = weighed(told, weights or {})
    return {
        "total": told["total"],
        "principles": [
            {
                **{name: each[name] for name in ("name", "value", "weight")},
                "label": word(PRINCIPLE_WORDS[each["name"]]),
                "parts": [
                    {"label": word(PART_WORDS[part["name"]]), "worth": part["worth"], "figure": _figure(part, word)}
                    for part in each["parts"]
                ],
            }
            for each in told["principles"]
        ],
    }


def _figure(part: Mapping[str, Any], word: Translate) -> str:
    digits = {"km": 1, "minutes": 1, "kinds": 1, "m2": 2, "percent": 1}.get(part["unit"], 0)
    return word(UNITS[part["unit"]]).format(figure=f"{part['figure']:,.{digits}f}")


def _hub(hub: Mapping[str, Any], report: Mapping[str, Any], word: Translate) -> dict[str, Any]:
    """A street's hub, with the sentence that matters."""
    site = hub["site"]
    params: dict[str, object] = {
        "street": hub["name"],
        "households": f"{hub['households']:,}",
        "within": f"{hub['within']:,}",
        "share": f"{hub['within'] / hub['households']:.0%}" if hub["households"] else "–",
    }
    if site is None:
        note = Note("{street}: no site for a hub is known.", params)
        return {"street": hub["name"], "sentence": note.worded(word), "point": None, "regions": []}
    params |= {
        "site": said(site["name"], word),
        "kind": _site_kind(site),
        "area": f"{site['area_m2'] or 0:,}",
        "missing": f"{hub['missing_m2']:,}",
    }
    if hub["missing_m2"]:
        note = Note(
            "{street}: no site has enough floor area; the largest is {site} ({kind}, {area} m²), {missing} m² too "
            "small. {within} of {households} households ({share}) reach it in 15 minutes.",
            params,
        )
    else:
        note = Note(
            "{street}: the hub is best placed at {site} ({kind}, {area} m²); {within} of {households} households "
            "({share}) reach it in 15 minutes.",
            params,
        )
    return {
        "street": hub["name"],
        "sentence": note.worded(word),
        "point": [site["lon"], site["lat"]],
        "regions": [{**one, "name": _called(one["code"], report, word)} for one in hub["regions"]],
    }


def _site_kind(site: Mapping[str, Any]) -> Note:
    kind = site["kind"]
    return Note(SITE_WORDS[kind])


def _office(office: Mapping[str, Any], report: Mapping[str, Any], word: Translate) -> dict[str, Any]:
    site = office["site"]
    return {
        "region": office["region"],
        "name": _called(office["region"], report, word),
        "site": None if site is None else said(site["name"], word),
        "point": None if site is None else [site["lon"], site["lat"]],
        "households": office["households"],
        "within": office["within"],
        "mean_minutes": office["mean_minutes"],
    }


def _unmet(part: Mapping[str, Any], report: Mapping[str, Any], word: Translate) -> dict[str, Any]:
    """What a part of the district lacks, and what would help."""
    streets = report.get("streets") or {}
    name = streets.get(part["part"], {}).get("name") or _called(part["part"], report, word)
    told = [said(part["words"], word)]
    help_ = part.get("would_help") or {}
    if "threshold" in help_:
        params = {"threshold": f"{help_['threshold']:,}"}
        told.append(Note("A threshold of {threshold} households would do", params).worded(word))
    other = streets.get(help_.get("join_group"))
    if other:
        params = {"street": other["name"], "together": f"{other['households'] + part['households']:,}"}
        told.append(Note("joined with {street} it would have {together} households", params).worded(word))
    return {"place": name, "households": part["households"], "missing": part["missing"], "sentences": told}


def _changed(one: Mapping[str, Any], word: Translate) -> dict[str, Any]:
    figures = ("unit", "households", "region", "main", "walk_m", "border_m", "held_by")
    return {
        **{name: one[name] for name in figures},
        "name": said(one["name"], word),
        "sentence": said(one["reason"], word),
    }


def _ensemble(found: Mapping[str, Any] | None, word: Translate) -> str | None:
    """What the firmness of the borders rests on."""
    if not found:
        return None
    params = {"plans": f"{found['plans']:,}", "within": f"{found['within']:.0%}"}
    if found["plans"] <= 1:
        words = template(
            "In a street no other plan was found whose value is worse by at most {within}: there the borders stand as "
            "drawn or at a price."
        )
        return Note(words, params).worded(word)
    words = template(
        "The lines tell in how many good plans a border stands there: at least {plans} different plans of each street, "
        "found by searching around this one, whose value is worse by at most {within}. It is no even sample of all "
        "such plans."
    )
    return Note(words, params).worded(word)
