"""A community's committee as everybody may know it: name, phone, office, members, and the centre that serves it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from gridmap.database import locate as database
from gridmap.domain.hours import state
from gridmap.web.reading import connection
from gridmap.web.wording import now


def committee(community: dict[str, Any]) -> dict[str, Any]:
    """The committee of a community.

    Parameters
    ----------
    community
        `code`, `name`, `kind`, `office_address`, `office_hours`, `phone`; what tells of the office is taken out of it.

    Returns
    -------
    dict
        `name`, `office_address`, `office_hours`, `phone`; `office` and `service_centre` with `open_now`, None where
        there is none; `members`.
    """
    told = {name: community.pop(name) for name in ("office_address", "office_hours", "phone")}
    found = database.committee(connection(), community["code"])
    for site in (found["office"], found["service_centre"]):
        if site:
            site["open_now"] = open_now(site["hours"])
    return {"name": committee_name(community["name"], community["kind"]), **told, **found}


def committee_name(community: str | None, kind: str | None) -> str:
    """What the committee is called: villages have one of their own kind."""
    if not community:
        return _("The committee")
    if kind == "village":
        return _("Villagers' committee of %(community)s", community=community)
    return _("Residents' committee of %(community)s", community=community)


def open_now(hours: str | None) -> bool | None:
    """Whether a site with these hours is open at this moment; None where its hours don't say."""
    known = state(hours, now())
    return known.open if known else None
