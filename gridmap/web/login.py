"""Logging in and out, and one's own account."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from gridmap.domain.errors import GridmapError, InputError, LoginError, TooManyError
from gridmap.domain.words import ACCOUNT_ROLES
from gridmap.services import accounts
from gridmap.web import session
from gridmap.web.pages import language_words
from gridmap.web.problems import status_of
from gridmap.web.reading import engine
from gridmap.web.wording import word

blueprint = Blueprint("login", __name__)


def _own_path(given: str | None) -> str:
    """The page of ours to go on to; another site's address, however it is written, leads to the map."""
    path = given or "/"
    parts = urlsplit(path)
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return path if plain and len(path) <= 400 and path.isprintable() else "/"


def _form(*, next_page: str, name: str = "", error: GridmapError | None = None) -> tuple[str, int]:
    words = error.worded(_) if error else None
    page = render_template("login.html", next_page=next_page, name=name, error=words, **language_words())
    return page, status_of(error) if error else 200


@blueprint.get("/login")
def form() -> tuple[str, int] | Response:
    """The form; who is logged in already goes on."""
    next_page = _own_path(request.args.get("next"))
    if session.asker().id is not None:
        return redirect(next_page, 303)
    return _form(next_page=next_page)


@blueprint.post("/login")
def log_in() -> tuple[str, int] | Response:
    """Let in who knows the password."""
    name, next_page = request.form.get("name", ""), _own_path(request.form.get("next"))
    try:
        token = accounts.log_in(
            engine(), name, request.form.get("password", ""), address=request.remote_addr or "unknown"
        )
    except (LoginError, TooManyError) as error:
        return _form(next_page=next_page, name=name[:40], error=error)
    return session.keep(redirect(next_page, 303), token)


@blueprint.post("/logout")
def log_out() -> Response:
    """End this session."""
    sent = session.token()
    if sent is not None:
        accounts.log_out(engine(), sent)
    return session.forget(redirect(url_for("pages.index"), 303))


def _account(*, error: GridmapError | None = None, changed: bool = False) -> tuple[str, int]:
    asker = session.asker()
    page = render_template(
        "account.html",
        me=asker,
        role=word(ACCOUNT_ROLES, asker.role),
        error=error.worded(_) if error else None,
        changed=changed,
        **language_words(),
    )
    return page, status_of(error) if error else 200


@blueprint.get("/account")
def account() -> tuple[str, int]:
    """One's own account."""
    return _account(changed="changed" in request.args)


@blueprint.post("/account")
def change_password() -> tuple[str, int] | Response:
    """Another password for oneself; one's other sessions end."""
    name, sent = session.asker().name or "", session.token()
    new = request.form.get("new", "")
    try:
        accounts.check_own_password(engine(), name, request.form.get("old", ""), address=request.remote_addr or "")
        if new != request.form.get("again", ""):
            raise InputError("The two new passwords differ.")
        accounts.set_password(engine(), name, new, actor=name, keep_session=sent)
    except GridmapError as error:
        return _account(error=error)
    return redirect(url_for("login.account", changed=1), 303)
