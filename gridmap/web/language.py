"""The language of a request: what the address asks for, else what was chosen before, else the setting."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, request
from flask_babel import Babel, get_domain

LANGUAGES = ("zh", "en")
COOKIE = "lang"
_YEAR = 365 * 24 * 3600


def gettext(text: str, **values: Any) -> str:
    """The text in the request's language, as Flask-Babel gives it, from a catalogue that is looked up once a request.

    For answers of hundreds of words, where looking it up each time takes longer than all else.
    """
    try:
        say = g.say
    except AttributeError:
        say = g.say = get_domain().get_translations().ugettext
    words: str = say(text)
    return words % values if values else words


def request_language() -> str:
    """`zh` or `en`: from `?lang=`, else from the cookie `lang`, else the setting; decided once a request."""
    try:
        language: str = g.language
    except AttributeError:
        language = g.language = _language()
    return language


def _language() -> str:
    if has_request_context():
        for asked in (request.args.get("lang"), request.cookies.get(COOKIE)):
            if asked in LANGUAGES:
                return asked
    return str(current_app.config["BABEL_DEFAULT_LOCALE"])


def remember(response: Response) -> Response:
    """Keep a language that a page's address asked for, so that the next page speaks it as well."""
    asked = request.args.get("lang")
    if asked in LANGUAGES and response.mimetype == "text/html":
        response.set_cookie(COOKIE, asked, max_age=_YEAR, samesite="Lax", secure=request.is_secure, httponly=False)
    return response


def init_app(app: Flask, *, default: str) -> None:
    """Message catalogues for the app, and the cookie that keeps the choice."""
    app.config["BABEL_DEFAULT_LOCALE"] = default
    Babel(
        app,
        default_locale=default,
        default_translation_directories=f"{app.root_path}/translations",
        locale_selector=request_language,
    )
    app.after_request(remember)
