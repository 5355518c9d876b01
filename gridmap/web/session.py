"""Who asks: the account of the session that the browser's cookie names, or one of the askers without an account."""

from __future__ import annotations

import ipaddress

from flask import Flask, current_app, g, request
from werkzeug.wrappers import Response

from gridmap.database import accounts as database
from gridmap.database.scopes import Scope, scope_of
from gridmap.domain.accounts import DESK, RESIDENT, SESSION_LASTS, Asker
from gridmap.services.accounts import token_hash
from gridmap.web.reading import connection, engine

COOKIE = "session"
_DESK = "gridmap.desk"


def token() -> str | None:
    """The session's token that the browser sent."""
    return request.cookies.get(COOKIE) or None


def asker() -> Asker:
    """Who sends this request; looked up once."""
    if "asker" not in g:
        g.asker = _of_session() or (DESK if _at_the_machine() else RESIDENT)
    found: Asker = g.asker
    return found


def account() -> int:
    """The number of the asker's account, for views that only accounts reach."""
    found = asker().id
    if found is None:
        raise RuntimeError("this view is for accounts")
    return found


def scope() -> Scope:
    """How far the asker reaches, as the data stand in this request; looked up once."""
    if "scope" not in g:
        g.scope = scope_of(connection(), asker())
    found: Scope = g.scope
    return found


def _of_session() -> Asker | None:
    sent = token()
    if sent is None:
        return None
    found = database.of_session(connection(), token_hash(sent))
    if found is None:
        g.session_over = True
        return None
    account, long_ago = found
    if long_ago:
        with engine().begin() as writing:
            database.touch_session(writing, token_hash(sent))
    return account


def _at_the_machine() -> bool:
    """Whether this is a person at the machine itself: never where others reach the server, directly or by a proxy."""
    forwarded = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"))
    if not current_app.extensions[_DESK] or forwarded:
        return False
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def keep(response: Response, new_token: str) -> Response:
    """Have the browser keep a session: no script reads it, no other site's form sends it."""
    response.set_cookie(
        COOKIE,
        new_token,
        max_age=int(SESSION_LASTS.total_seconds()),
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response: Response) -> Response:
    """Have the browser forget its session."""
    response.delete_cookie(COOKIE, secure=request.is_secure, httponly=True, samesite="Lax")
    return response


def _forget_what_is_over(response: Response) -> Response:
    return forget(response) if g.get("session_over") and "Set-Cookie" not in response.headers else response


def init_app(app: Flask, *, desk: bool) -> None:
    """Know the askers; `desk`: nobody but the machine itself can reach the server."""
    app.extensions[_DESK] = desk
    app.after_request(_forget_what_is_over)
    app.jinja_env.globals["asker"] = asker
