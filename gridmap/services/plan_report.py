"""The report of a plan, as a page or a PDF, with its map, figures, bound, settings and the reasons of its borders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from sqlalchemy import Connection, Engine

from gridmap.analysis.plans.plan import region_called
from gridmap.database import facts, illustrative, plan_reviews, shaped_plans, store
from gridmap.database import plans as stored_plans
from gridmap.database.shaped_plans import Shaped
from gridmap.domain.errors import DataError, InputError, NotFoundError, UnavailableError
from gridmap.domain.notes import Note, joined
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.domain.today import LOCAL_TIME
from gridmap.domain.words import REGION_STATUS
from gridmap.report.plan_page import plan_html
from gridmap.report.plan_pdf import plan_pdf
from gridmap.report.words import Lang
from gridmap.services import plan_reviewing
from gridmap.services.language import Translate, translator
from gridmap.services.plan_view import said as worded
from gridmap.services.plan_view import view
from gridmap.services.snapshot import ATTRIBUTION, GROUND

FREE = ""
"""What holds a border that nothing holds."""
_HELD_WORDS = {
    "street": Note("the border of a street"),
    "barrier": Note("a wall, river or railway"),
    "below": Note("the least households of a region"),
    "above": Note("the most households of a region"),
    "contiguity": Note("contiguity"),
    "apart": Note("no way across on foot"),
    "empty": Note("a region of one block"),
    "lock": Note("a lock"),
}


def write(engine: Engine, path: Path, *, plan: int | None, lang: Lang, numbers: Numbers = DEFAULT_NUMBERS) -> int:
    """Write the report of a plan, by default the newest, as one HTML file or a PDF; the plan's number.

    Raises
    ------
    InputError
        The name ends neither in .html nor in .pdf, or there is no such folder.
    NotFoundError
        There is no such plan.
    DataError
        It was shaped by hand on data that have changed since.
    """
    if path.suffix.lower() not in {".html", ".htm", ".pdf"}:
        raise InputError("{path} must end in .html or .pdf.", path=path)
    if not path.absolute().parent.is_dir():
        raise InputError("The folder {folder} doesn't exist.", folder=path.absolute().parent)
    with engine.connect() as connection:
        if plan is None:
            newest = stored_plans.newest(connection, most=1)
            if not newest:
                raise NotFoundError("There is no plan yet; `gridmap propose` makes one.")
            plan = int(newest[0]["id"])
        by_hand = shaped_plans.known(connection, plan)
    if by_hand is not None:
        plan_reviewing.review_shaped(engine, plan, numbers=numbers)
    with engine.connect() as connection:
        made = pdf if path.suffix.lower() == ".pdf" else html
        content = made(connection, plan, lang=lang)
    page = content if isinstance(content, bytes) else content.encode()
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(page)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UnavailableError("Can't write {path}: {reason}.", path=path, reason=error.strerror) from error
    return plan


def html(connection: Connection, plan: int, *, lang: Lang) -> str:
    """The report of a plan as one page. Raises as `_report` does."""
    return plan_html(**_report(connection, plan, lang=lang))


def pdf(connection: Connection, plan: int, *, lang: Lang) -> bytes:
    """The report of a plan as a PDF. Raises as `_report` does."""
    return plan_pdf(**_report(connection, plan, lang=lang))


def _report(connection: Connection, plan: int, *, lang: Lang) -> dict[str, Any]:
    """What the page and the PDF of a plan are made of.

    Raises
    ------
    NotFoundError
        There is no such plan, or it has no shapes.
    DataError
        It was shaped by hand, and nobody has looked at it as it stands (see `plan_reviewing`).
    """
    report = plan_reviews.report(connection, plan)
    if report is None:
        raise NotFoundError("There is no plan {plan}.", plan=plan)
    by_hand = shaped_plans.known(connection, plan)
    if by_hand is not None and not plan_reviewing.reviewed(report, by_hand):
        raise DataError("The report of this plan as it stands isn't worked out yet.")
    word = translator(lang)
    told = view(report, word)
    regions = plan_reviews.regions(connection, plan)
    borders = plan_reviews.borders(connection, plan)
    if not len(regions):
        raise NotFoundError("Plan {plan} has no regions to draw.", plan=plan)

    def name(code: object) -> str:
        if code in told["called"]:
            return str(told["called"][code])
        called = region_called(code if isinstance(code, str) else None, told["streets"])
        return called.worded(word) if isinstance(called, Note) else called

    drawn = borders.assign(reasons=[note.worded(word) for note in borders["reason"]])
    layers = {name: store.load_layer(connection, name) for name in (*GROUND, "communities")}
    layers = {name: table for name, table in layers.items() if len(table)}
    named = regions.assign(name=regions["code"].map(name))
    layers |= {"regions": named, "borders": drawn.drop(columns=["choices", "reason"])}
    made_up = illustrative.is_there(connection)
    owed = made_up or facts.from_openstreetmap(connection)
    return {
        "told": told,
        "labels": _labels(told, regions, word, lang, name=name, by_hand=by_hand),
        "layers": {name: table for name, table in layers.items() if len(table)} | {"borders": layers["borders"]},
        "reasons": _reasons(borders, name, word),
        "attribution": ATTRIBUTION if owed else "",
        "lang": lang,
        "illustrative": made_up,
    }


def _labels(
    told: Mapping[str, Any],
    regions: gpd.GeoDataFrame,
    word: Translate,
    lang: Lang,
    *,
    name: Callable[[Any], str],
    by_hand: Shaped | None,
) -> dict[str, Any]:
    """The page's own words and its tables of figures."""

    def said(message: Note) -> str:
        return message.worded(word)

    status = regions["status"].map(lambda code: getattr(REGION_STATUS[code], lang))
    count = int((regions["region"] >= 0).sum())
    answer = {"regions": count, "households": _whole(told["households"]), "blocks": _whole(told["units"])}
    gap = told["gap"]
    scores = told["scores"] or {"total": None}
    return {
        "title": said(Note("Report of a plan of mega-communities")),
        "answer": said(Note("{regions} regions for {households} households on {blocks} blocks.", answer)),
        "figures": [
            (said(Note("Regions")), count),
            (said(Note("Households of a region")), _range(regions)),
            (said(Note("Households that change community")), _whole(told["changed_households"])),
            *(
                [(said(Note("At most from the best possible")), "–" if gap is None else f"{gap:.1%}")]
                if not by_hand
                else []
            ),
            (said(Note("Weighted mean of the scores")), "–" if scores["total"] is None else scores["total"]),
        ],
        "map": said(Note("Map of the plan")),
        "scores": said(Note("The four principles")),
        "total": said(
            Note(
                "Weighted mean: {total} of 100. Each score is the mean of its parts; the weights can be moved.",
                {"total": "–" if scores["total"] is None else scores["total"]},
            )
        ),
        "weight": said(Note("weight")),
        "regions": said(Note("The regions")),
        "region_heads": [
            said(Note("Region")),
            said(Note("Status")),
            said(Note("Households")),
            said(Note("Blocks")),
            said(Note("Mean walk, m")),
            said(Note("Compactness, 1 a circle")),
            *([said(Note("Phase"))] if told["phases"] else []),
        ],
        "region_rows": [
            (
                f"{row['region'] + 1}  {name(row['code'])}" if row["region"] >= 0 else name(row["code"]),
                state,
                _whole(row["households"]),
                _whole(row["units"]),
                "–" if np.isnan(row["mean_walk_m"]) else f"{row['mean_walk_m']:,.0f}",
                "–" if np.isnan(row["compactness"]) else f"{row['compactness']:.2f}",
                *([told["phases"].get(row["code"], "–")] if told["phases"] else []),
            )
            for row, state in zip(regions.to_dict("records"), status, strict=True)
        ],
        "hubs": said(Note("One hub for each street")),
        "unmet": said(Note("What can't be met")),
        "all_met": said(Note("Every part of the district has a region within the bounds.")),
        "stop": said(Note("; ")),
        "reasons": said(Note("Why the boundaries run where they do")),
        "changes": said(Note("Blocks that leave their community")),
        "changed": said(
            Note(
                "{blocks} blocks with {households} households are in another region than most of their community; "
                "those of most households, each with what going with the community would mean:",
                {"blocks": _whole(told["changed_blocks"]), "households": _whole(told["changed_households"])},
            )
        ),
        "made": said(Note("How it was made")),
        "settings": [
            (said(Note("Plan")), told["name"]),
            (said(Note("Data version")), told["data_version"]),
            (said(Note("Least households of a region")), _whole(told["min_households"])),
            (said(Note("Most households of a region")), _whole(told["max_households"])),
            *(_searched(told, said) if by_hand is None else _shaped(by_hand, said)),
        ],
    }


def _searched(told: Mapping[str, Any], said: Callable[[Note], str]) -> list[tuple[str, Any]]:
    """How a plan was found."""
    return [
        (said(Note("What was made small")), told["objective_words"]),
        (said(Note("Its value")), _whole(told["objective_value"])),
        (said(Note("Lower bound: no plan is below")), _whole(told["lower_bound"])),
        (said(Note("Result")), told["status_words"]),
        (said(Note("Seconds of searching")), told["seconds"]),
        (said(Note("Seed")), told["seed"]),
    ]


def _shaped(by_hand: Shaped, said: Callable[[Note], str]) -> list[tuple[str, Any]]:
    """Who shaped a plan, and what became of it."""
    rows = [
        (said(Note("Shaped by hand by")), by_hand.changed_by),
        (said(Note("Version")), by_hand.version),
        (said(Note("Last changed")), f"{by_hand.changed_at.astimezone(LOCAL_TIME):%Y-%m-%d %H:%M}"),
    ]
    if by_hand.adopted_at is None:
        return [*rows, (said(Note("State")), said(Note("draft, not adopted")))]
    params = {"who": by_hand.adopted_by, "day": by_hand.adopted_from, "why": by_hand.adopted_why}
    return [*rows, (said(Note("State")), said(Note("adopted by {who}, in force from {day}: {why}", params)))]


def _whole(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _range(regions: gpd.GeoDataFrame) -> str:
    households = regions["households"][regions["region"] >= 0]
    return f"{households.min():,} – {households.max():,}" if len(households) else "–"


def _reasons(borders: gpd.GeoDataFrame, name: Callable[[Any], str], word: Translate) -> list[dict[str, Any]]:
    """The borders of each pair of regions, the longest first, with a summary of what holds them."""
    named = borders.assign(first=borders["region_a"].map(name), second=borders["region_b"].map(name))
    swap = named["first"] > named["second"]
    named.loc[swap, ["first", "second"]] = named.loc[swap, ["second", "first"]].to_numpy()
    pairs = []
    for (first, second), pieces in named.groupby(["first", "second"], sort=False):
        length = float(pieces["length_m"].sum())
        firm = pieces[pieces["firmness"].notna()]
        mean = float(np.average(firm["firmness"].astype(float), weights=firm["length_m"])) if len(firm) else None
        pairs.append(
            {
                "between": f"{first} ↔ {second}",
                "metres": length,
                "length": Note("{metres} m of common border", {"metres": f"{length:,.0f}"}).worded(word),
                "firmness": None if mean is None else _firm(mean, word),
                "summary": _summary(pieces, length, word),
                "count": Note("{count} pieces, one by one", {"count": len(pieces)}).worded(word),
                "pieces": [_piece(row, word) for row in pieces.to_dict("records")],
            }
        )
    return sorted(pairs, key=lambda pair: -float(str(pair["metres"])))


def _firm(share: float, word: Translate) -> str:
    return Note("{share} of the good plans draw the line here", {"share": f"{share:.0%}"}).worded(word)


def _summary(pieces: gpd.GeoDataFrame, length: float, word: Translate) -> str:
    """What holds how much of a border."""
    said: list[Note] = []
    held: dict[str, float] = {}
    for codes, metres in zip(pieces["held_by"], pieces["length_m"], strict=True):
        for code in (codes or FREE).split() or [FREE]:
            held[code] = held.get(code, 0.0) + float(metres)
    for code, metres in sorted(held.items(), key=lambda item: -item[1]):
        params: dict[str, object] = {"share": f"{metres / length:.0%}" if length else "–"}
        if code == FREE:
            said.append(Note("{share} is held by no constraint: there it is a matter of cost", params))
        else:
            said.append(Note("{share} is held by {what}", {**params, "what": _HELD_WORDS[code]}))
    return joined(*said).worded(word)


def _piece(row: Mapping[str, Any], word: Translate) -> dict[str, Any]:
    firm = row["firmness"]
    head: Sequence[str] = [f"{row['length_m']:,.0f} m", *([] if firm is None or np.isnan(firm) else [f"{firm:.0%}"])]
    return {
        "number": row["number"],
        "head": " · ".join(head),
        "sentence": row["reason"].worded(word),
        "choices": [worded(one["sentence"], word) for one in row["choices"]],
    }
