"""Who would have to agree to a gate: the compound and whoever has a say in its walls, in words of both languages."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from gridmap.analysis.isolation.reasons import Wording

PARTIES = {
    "employer": Wording("单位：{name}", "the employer, {name}"),
    "owners_committee": Wording("业主委员会", "the owners' committee"),
    "owners": Wording(
        "业主大会（尚无业委会，由居委会组织）", "the owners' assembly, convened by the residents' committee"
    ),
    "property_company": Wording("物业公司：{name}", "the property company, {name}"),
}
"""Those who have a say, by code."""

UNNAMED = Wording("未命名小区", "a compound without a name")


class Party(NamedTuple):
    """One who has a say: which one of `PARTIES`, and its name where it has one."""

    code: str
    name: str | None


def parties(compound: pd.Series) -> list[Party]:
    """Those who have a say in the walls of a compound (a row with `employer`, `owners_committee`, `property_company`).

    An employer decides about its own compound; else the owners do, through their committee where they have one, and
    the company that runs the gates takes part.
    """
    found = []
    employer, company = _text(compound["employer"]), _text(compound["property_company"])
    if employer:
        found.append(Party("employer", employer))
    elif not pd.isna(compound["owners_committee"]) and bool(compound["owners_committee"]):
        found.append(Party("owners_committee", None))
    else:
        found.append(Party("owners", None))
    if company:
        found.append(Party("property_company", company))
    return found


def worded(compounds: list[pd.Series], language: str) -> str:
    """Whom to ask about each of these compounds, as a sentence in `zh` or `en`."""
    comma, between, stop = ("、", "；", "。") if language == "zh" else (", ", "; ", ".")
    colon = "：" if language == "zh" else ": "
    parts = []
    for compound in compounds:
        name = _text(compound["name"]) or getattr(UNNAMED, language)
        who = comma.join(getattr(PARTIES[one.code], language).format(name=one.name) for one in parties(compound))
        parts.append(f"{name}{colon}{who}")
    return between.join(parts) + stop


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
