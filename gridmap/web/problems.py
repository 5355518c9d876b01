"""Errors as answers: problem details (RFC 9457) for machines, a page for people."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType

from flask import Flask, Response, json, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from markupsafe import escape
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from gridmap.domain import errors

logger = logging.getLogger(__name__)

STATUS: Mapping[type, int] = MappingProxyType(
    {
        errors.InputError: 400,
        errors.LoginError: 401,
        errors.ForbiddenError: 403,
        errors.NotFoundError: 404,
        errors.DataError: 409,
        errors.ConflictError: 412,
        errors.TooManyError: 429,
        errors.UnavailableError: 503,
    }
)
"""The status of each of our errors."""

CODES = MappingProxyType(
    {
        400: "bad-request",
        401: "login",
        403: "forbidden",
        404: "not-found",
        405: "method-not-allowed",
        409: "data",
        412: "changed-meanwhile",
        413: "too-large",
        414: "too-long",
        429: "too-many",
        500: "fault",
        503: "unavailable",
    }
)
"""A stable word for each status, for machines."""

TITLES = MappingProxyType(
    {
        400: lazy_gettext("The request can't be understood"),
        401: lazy_gettext("Please log in"),
        403: lazy_gettext("Not allowed"),
        404: lazy_gettext("Not found"),
        405: lazy_gettext("Not possible here"),
        409: lazy_gettext("The data lack something"),
        412: lazy_gettext("Changed by somebody else"),
        413: lazy_gettext("Too large"),
        429: lazy_gettext("Too many tries"),
        500: lazy_gettext("A fault of the program"),
        503: lazy_gettext("Not available at the moment"),
    }
)

DETAILS = MappingProxyType(
    {
        400: lazy_gettext("The request is malformed."),
        404: lazy_gettext("There is nothing at this address."),
        405: lazy_gettext("This address can only be read."),
        413: lazy_gettext("What was sent is too large, so nothing of it was kept."),
        500: lazy_gettext(
            "This is not your mistake. It has been written to the log whole; please tell who runs gridmap."
        ),
        503: lazy_gettext("The database doesn't answer. Try again in a moment; if it stays so, run: gridmap db status"),
    }
)

_MACHINE = ("/api/", "/tiles/")


def problem(status: int, detail: str, *, headers: dict[str, str] | None = None) -> Response:
    """The answer for an error: problem+json below /api and /tiles, else a page."""
    title = str(TITLES.get(status) or DETAILS.get(status) or CODES.get(status, "error"))
    code = CODES.get(status, f"http-{status}")
    if request.path.startswith(_MACHINE):
        body = json.dumps(
            {
                "type": "about:blank",
                "title": title,
                "status": status,
                "detail": detail,
                "instance": request.path[:300],
                "code": code,
            },
            ensure_ascii=False,
        )
        response = Response(body, status, mimetype="application/problem+json")
    else:
        response = Response(_page(status, title, detail), status, mimetype="text/html")
    response.headers.update(headers or {})
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(status: int, title: str, detail: str) -> str:
    try:
        from gridmap.web.pages import error_page  # noqa: PLC0415 (pages import the app's parts)
    except ImportError:
        return f"<!doctype html><title>{escape(title)}</title><h1>{escape(title)}</h1><p>{escape(detail)}</p>"
    return str(error_page(status, title, detail))


def status_of(error: errors.GridmapError) -> int:
    """The status of one of our errors."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def _ours(error: errors.GridmapError) -> Response:
    seconds = error.note.params.get("seconds")
    headers = None if seconds is None else {"Retry-After": str(seconds)}
    return problem(status_of(error), error.worded(gettext), headers=headers)


def _login(error: errors.LoginError) -> BaseResponse:
    """A page that wants a login leads there and back; a program is told."""
    if request.path.startswith(_MACHINE) or request.method != "GET":
        return _ours(error)
    return redirect(url_for("login.form", next=request.full_path.rstrip("?")), 303)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None or status < 400:
        return Response(status=status, headers=error.get_response().headers)
    headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    if error.code == 405 and getattr(error, "valid_methods", None):
        headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    detail = DETAILS.get(status)
    return problem(status, str(detail) if detail else str(error.description or ""), headers=headers)


def _database(error: OperationalError) -> Response:
    logger.error("database unavailable", exc_info=error)
    return problem(503, str(DETAILS[503]), headers={"Retry-After": "2"})


def init_app(app: Flask) -> None:
    """Answer errors in words. A fault that nobody foresaw reaches Flask's own logging first, then a 500."""
    app.register_error_handler(errors.GridmapError, _ours)
    app.register_error_handler(errors.LoginError, _login)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
