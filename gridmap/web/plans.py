"""Plans for machines: what there is, their states, files and comparison."""

from __future__ import annotations

import csv
import io
import re
from types import MappingProxyType
from typing import Any

import numpy as np
from flask import Blueprint, Response, current_app, json
from flask_babel import gettext as _

from gridmap.database import block_sets, plans, shaped_plans
from gridmap.database.shaped_plans import Shaped
from gridmap.domain.errors import NotFoundError
from gridmap.domain.numbers import Numbers
from gridmap.services import grid_drafts, plan_comparing, plan_editing, plan_files, plan_ground
from gridmap.web import arguments
from gridmap.web.answers import answer, text_answer
from gridmap.web.reading import connection, engine
from gridmap.web.wording import moment

blueprint = Blueprint("plans", __name__, url_prefix="/api/plans")

MOST_PLANS = 200
_VERSIONS = 40
_TYPES = MappingProxyType(
    {
        "geojson": "application/geo+json",
        "gpkg": "application/geopackage+sqlite3",
        "zip": "application/zip",
        "kml": "application/vnd.google-earth.kml+xml",
        "csv": "text/csv",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)
_FOREVER = "private, max-age=31536000, immutable"


def numbers() -> Numbers:
    """The numbers of the field, as the settings have them."""
    found: Numbers = current_app.extensions["gridmap.numbers"]
    return found


@blueprint.get("")
def index() -> Response:
    """The newest proposals."""
    return answer(
        {
            "plans": [
                {**row, "created_at": row["created_at"].isoformat()}
                for row in plans.newest(connection(), most=MOST_PLANS)
            ]
        }
    )


def found_plan(given: str) -> Any:
    """The plan of this number, by whoever it was made: id, name, origin, data version.

    Raises
    ------
    NotFoundError
        There is none.
    """
    number = arguments.whole("plan", given, least=1, most=10**15 - 1)
    found = plans.find(connection(), number)
    if found is None:
        raise NotFoundError("There is no plan {plan}.", plan=number)
    return found


@blueprint.get("/<plan>/regions.geojson")
def regions(plan: str) -> Response:
    """A plan's regions, RFC 7946."""
    found = found_plan(plan)
    if found["origin"] != "proposal":
        return _file(found["id"], "regions.geojson")
    features = ",".join(plans.region_features(connection(), found["id"]))
    response = text_answer(f'{{"type":"FeatureCollection","features":[{features}]}}', mimetype="application/geo+json")
    response.headers["Content-Disposition"] = f'inline; filename="plan-{found["id"]}-regions.geojson"'
    return response


@blueprint.get("/<plan>/assignment.csv")
def assignment(plan: str) -> Response:
    """A plan's units, each with its region; region -1 is served by none."""
    found = found_plan(plan)
    if found["origin"] != "proposal":
        return _file(found["id"], "assignment.csv")
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow(("unit", "region", "households"))
    writer.writerows(
        (_plain(unit), region, households) for unit, region, households in plans.units(connection(), found["id"])
    )
    response = text_answer(sheet.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="plan-{found["id"]}-assignment.csv"'
    return response


def _plain(unit: str) -> str:
    """A unit's name that no spreadsheet takes for a formula."""
    return f"'{unit}" if re.match(r"[=+\-@\t]", unit) else unit


def _file(plan: int, file: str) -> Response:
    content = plan_files.export(engine(), plan, file, numbers=numbers())
    response = Response(content, mimetype=_TYPES[file.rsplit(".", 1)[1]])
    response.headers["Content-Disposition"] = f'attachment; filename="plan-{plan}-{file}"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.get("/<plan>/export/<file>")
def export(plan: str, file: str) -> Response:
    """A plan shaped by hand as a file."""
    return _file(found_plan(plan)["id"], file)


@blueprint.get("/<plan>/state")
def state(plan: str) -> Response:
    """A plan as it stands."""
    return answer(plan_state(found_plan(plan)["id"], whole=True))


def plan_state(plan: int, *, whole: bool) -> dict[str, Any]:
    """A plan's state; `whole`: with who did what, which a shared link doesn't tell."""
    with engine().connect() as fresh:
        found = shaped_plans.find(fresh, plan)
        state = shaped_plans.state(fresh, plan, found.version)
        start = shaped_plans.state(fresh, plan, 1)
        layers = grid_drafts.LAYERS if found.community else plan_ground.LAYERS
        stale = shaped_plans.stale(fresh, layers, found.data_version)
        done = shaped_plans.versions(fresh, plan, most=_VERSIONS) if whole else []
    ground = plan_ground.ground_of(engine(), found.set_id)
    return {
        "id": found.id,
        "name": found.name,
        "status": found.status,
        "set": found.set_id,
        "revision": found.revision,
        "version": found.version,
        "undo": found.previous is not None and found.adopted_at is None,
        "redo": found.newer is not None and found.adopted_at is None,
        "changed": {"at": found.changed_at.isoformat(), "by": found.changed_by if whole else None},
        "adopted": _adopted(found) if whole else None,
        "shared": found.shared,
        "stale": stale,
        "data_version": found.data_version,
        "regions": list(state.regions),
        "codes": plan_editing.codes(ground, state.region),
        "locked": list(state.locked),
        "region": state.region.tolist(),
        "start": start.region.tolist(),
        "versions": [{**one, "at": moment(one["at"]), "action": _action_words(one["action"])} for one in done],
    }


def _action_words(action: str) -> str:
    """What a version did."""
    return {
        "start": _("started"),
        "paint": _("painted"),
        "erase": _("erased"),
        "move": _("moved"),
        "split": _("split a region"),
        "join": _("joined regions"),
        "lock": _("changed locks"),
        "name": _("named a region"),
        "phase": _("changed phases"),
        "repair": _("repaired"),
        "finish": _("finished"),
        "improve": _("improved"),
        "restore": _("went back"),
    }[action]


def _adopted(found: Shaped) -> dict[str, Any] | None:
    if found.adopted_at is None or found.adopted_from is None:
        return None
    return {
        "at": moment(found.adopted_at),
        "by": found.adopted_by,
        "why": found.adopted_why,
        "from": found.adopted_from.isoformat(),
    }


@blueprint.get("/blocks/<int:number>")
def blocks(number: int) -> Response:
    """The blocks that plans are shaped on, and their borders; they never change."""
    return _blocks(number)


def _blocks(number: int) -> Response:
    if block_sets.walks(connection(), number) is None:
        raise NotFoundError("There are no such blocks.")
    areas, lines = block_sets.features(connection(), number)
    sites, names, _version = block_sets.about(connection(), number)
    parts = (f'"{name}":{{"type":"FeatureCollection","features":[{",".join(each)}]}}' for name, each in
             (("blocks", areas), ("borders", lines)))  # fmt: skip
    whole = f"{{{','.join(parts)},{json.dumps({'sites': sites, 'names': names}, ensure_ascii=False)[1:]}"
    response = text_answer(whole, mimetype="application/json")
    response.headers["Cache-Control"] = _FOREVER
    return response


@blueprint.get("/blocks/<int:number>/walks")
def walks(number: int) -> Response:
    """Metres from each site to every block."""
    return _walks(number)


def _walks(number: int) -> Response:
    found = block_sets.walks(connection(), number)
    if found is None:
        raise NotFoundError("There are no such blocks.")
    response = Response(found, mimetype="application/octet-stream")
    response.headers["Cache-Control"] = _FOREVER
    return response


def _shared(token: str) -> Shaped:
    return shaped_plans.by_token(connection(), token)


@blueprint.get("/shared/<token>/state")
def shared_state(token: str) -> Response:
    """The plan that a link leads to."""
    return answer(plan_state(_shared(token).id, whole=False))


@blueprint.get("/shared/<token>/blocks")
def shared_blocks(token: str) -> Response:
    """The blocks of a shared plan."""
    return _blocks(_shared(token).set_id)


@blueprint.get("/shared/<token>/walks")
def shared_walks(token: str) -> Response:
    """The walks of a shared plan."""
    return _walks(_shared(token).set_id)


def side(name: str) -> plan_comparing.Side:
    """One of the two that are compared, by an argument of the address: a plan's number, or today.

    Raises
    ------
    InputError
        It is neither.
    """
    given = arguments.text(name, longest=20)
    return "today" if given == "today" else arguments.whole(name, given, least=1, most=10**15 - 1)


@blueprint.get("/compare")
def compare() -> Response:
    """Two plans beside each other, and who changes."""
    found = plan_comparing.compare(engine(), side("a"), side("b"), numbers=numbers())
    ground, changed = found.ground, np.flatnonzero(found.changed.blocks)
    return answer(
        {
            "set": found.set_id,
            "a": _side(found.first),
            "b": _side(found.second),
            "partner": found.changed.partner,
            "changed": [
                {
                    "block": int(block),
                    "code": ground.code[int(block)],
                    "name": ground.name[int(block)] or None,
                    "kind": ground.kind[int(block)],
                    "community": ground.names.get(ground.community[block], ground.community[block]),
                    "households": int(ground.households[block]),
                    "from": int(found.first.region[block]),
                    "to": int(found.second.region[block]),
                }
                for block in changed
            ],
            "households": int(ground.households[changed].sum()),
            "all_households": int(ground.households.sum()),
        }
    )


def _side(shown: plan_comparing.Shown) -> dict[str, Any]:
    return {
        "side": shown.side,
        "title": shown.title or _("Today's communities"),
        "region": shown.region.tolist(),
        "names": shown.names,
        "figures": {
            label: {name: None if value != value else value for name, value in row.items()}  # noqa: PLR0124  # NaN
            for label, row in shown.figures.items()
        },
    }
