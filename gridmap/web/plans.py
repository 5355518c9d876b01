"""Plans for machines: what there is, and a plan's regions and assignment as files."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from flask import Blueprint, Response

from gridmap.database import plans
from gridmap.domain.errors import NotFoundError
from gridmap.web import arguments
from gridmap.web.answers import answer, text_answer
from gridmap.web.reading import connection

blueprint = Blueprint("plans", __name__, url_prefix="/api/plans")

MOST_PLANS = 200


@blueprint.get("")
def index() -> Response:
    """The newest plans."""
    return answer(
        {
            "plans": [
                {**row, "created_at": row["created_at"].isoformat()}
                for row in plans.newest(connection(), most=MOST_PLANS)
            ]
        }
    )


def _plan(given: str) -> Any:
    number = arguments.whole("plan", given, least=1, most=10**15 - 1)
    found = plans.find(connection(), number)
    if found is None:
        raise NotFoundError("There is no plan {plan}.", plan=number)
    return found


@blueprint.get("/<plan>/regions.geojson")
def regions(plan: str) -> Response:
    """A plan's regions, RFC 7946."""
    found = _plan(plan)
    features = ",".join(plans.region_features(connection(), found["id"]))
    response = text_answer(f'{{"type":"FeatureCollection","features":[{features}]}}', mimetype="application/geo+json")
    response.headers["Content-Disposition"] = f'inline; filename="plan-{found["id"]}-regions.geojson"'
    return response


@blueprint.get("/<plan>/assignment.csv")
def assignment(plan: str) -> Response:
    """A plan's units, each with its region; region -1 is served by none."""
    found = _plan(plan)
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
