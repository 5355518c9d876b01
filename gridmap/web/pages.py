"""The pages: the front page or the map, what its data are, and the page of an error."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from pathlib import Path

from babel.messages.mofile import read_mo
from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from gridmap.database import public
from gridmap.web import arguments
from gridmap.web.finding import LONGEST_QUERY, find
from gridmap.web.kept import kept
from gridmap.web.language import request_language
from gridmap.web.map_config import illustrative, map_config
from gridmap.web.reading import connection
from gridmap.web.session import asker

bp = Blueprint("pages", __name__)

TRANSLATIONS = Path(__file__).resolve().parent / "translations"

_FOUND = 20
"""Places that the front page lists for a query."""

LANGUAGES = {"zh": ("zh-CN", "中文"), "en": ("en", "English")}
"""The tag and the own name of each language of the interface."""


@cache
def browser_strings(language: str) -> dict[str, str | list[str]]:
    """The strings of `static/js` in the language, by their English; none for English itself.

    A string with a plural has a list: its forms in the order of the language's rule.
    """
    path = TRANSLATIONS / language / "LC_MESSAGES" / "browser.mo"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalog = read_mo(file)
    strings: dict[str, str | list[str]] = {}
    for message in catalog:
        english = message.id if isinstance(message.id, str) else message.id[0]
        if english and message.string:
            strings[english] = message.string if isinstance(message.string, str) else list(message.string)
    return strings


def language_words() -> dict[str, str]:
    """What every template needs of the request's language, and of the other one."""
    language = request_language()
    other = "en" if language == "zh" else "zh"
    return {
        "lang_tag": LANGUAGES[language][0],
        "other_language": other,
        "other_tag": LANGUAGES[other][0],
        "other_name": LANGUAGES[other][1],
    }


@bp.get("/")
def index() -> str | BaseResponse:
    """The map for those who may look at it, their own places for leaders; the search for residents, and for whoever
    comes with a query."""
    if "q" in request.args or (asker().id is None and not asker().may("look")):
        return _front()
    return _map() if asker().may("look") else redirect(url_for("my.index"), 303)


def _map() -> str:
    config = map_config()
    tasks = (
        ("look", "map", _("Browse")),
        ("isolation", "fence", _("Isolation")),
        ("grids", "user-check", _("Grids")),
        ("plans", "shapes", _("Plans")),
        ("reach", "hand-heart", _("Reach")),
        ("data", "database", _("Data")),
    )
    return render_template(
        "map.html",
        config=config,
        strings=browser_strings(request_language()),
        tasks=tasks,
        title=config.get("district") or _("District map"),
        **language_words(),
    )


def _front() -> str:
    """The search for a place's committee, with what it found, and all communities to browse."""
    query = arguments.text("q", longest=LONGEST_QUERY) if request.args.get("q", "").strip() else ""
    found, more = find(query, limit=_FOUND) if query else ([], False)
    communities = kept("communities", lambda: public.communities(connection()))
    return render_template(
        "front.html",
        query=query,
        found=[place for place in found if place["name"] != place["code"]],
        more=more,
        streets=[
            (code, name, list(members))
            for (code, name), members in groupby(communities, lambda one: (one["street_code"], one["street_name"]))
        ],
        illustrative=illustrative(),
        **language_words(),
    )


@bp.get("/about")
def about() -> str:
    """What the data are, where they come from, and what the analyses can say."""
    return render_template("about.html", config=map_config(), **language_words())


def error_page(code: int, title: str, words: str) -> str:
    """The page of an error: its number, what happened and what to do, in the language of the request."""
    return render_template("error.html", code=code, title=title, words=words, **language_words())
