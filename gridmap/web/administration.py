"""The administrators' page: accounts, and what the audit log holds."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from gridmap.database import accounts as database
from gridmap.database import changes
from gridmap.domain.accounts import BELONGS_TO
from gridmap.domain.errors import GridmapError, InputError
from gridmap.domain.words import ACCOUNT_ROLES
from gridmap.services import accounts
from gridmap.web import arguments, session
from gridmap.web.audit import line_words
from gridmap.web.pages import language_words
from gridmap.web.problems import status_of
from gridmap.web.reading import connection, engine
from gridmap.web.wording import moment, word

blueprint = Blueprint("administration", __name__, url_prefix="/admin")

_LOG_LINES = 50


def _page(*, error: GridmapError | None = None, told: tuple[str, str] | None = None) -> tuple[str, int]:
    entries = [
        {
            "name": account.name,
            "role": word(ACCOUNT_ROLES, account.role),
            "belongs_to": account.belongs_to or ("" if BELONGS_TO[account.role] is None else _("nobody any more")),
            "seen": moment(account.seen_at) if account.seen_at else _("never logged in"),
            "disabled": account.disabled_at is not None,
            "own": account.id == session.asker().id,
        }
        for account in accounts.every(engine())
    ]
    before = arguments.whole("before", request.args.get("before"), least=1, most=10**15 - 1, default=10**15 - 1)
    lines = changes.log_lines(connection(), limit=_LOG_LINES + 1, before=before)
    page = render_template(
        "administration.html",
        accounts=entries,
        roles=[(code, word(ACCOUNT_ROLES, code)) for code in ACCOUNT_ROLES],
        log=[line_words(line) for line in lines[:_LOG_LINES]],
        older=lines[_LOG_LINES - 1].id if len(lines) > _LOG_LINES else None,
        later="before" in request.args,
        offered=database.places_offered(connection()),
        error=error.worded(_) if error else None,
        told=told,
        form=request.form,
        **language_words(),
    )
    return page, status_of(error) if error else 200


@blueprint.get("")
def index() -> tuple[str, int]:
    """All accounts, and the latest lines of the log."""
    return _page()


@blueprint.post("/accounts")
def add() -> tuple[str, int] | Response:
    """Add an account; its random password is shown this once."""
    name, role = request.form.get("name", "").strip(), request.form.get("role", "")
    belongs_to = {"staff_code": "staff", "community_code": "community", "street_code": "street"}
    column = BELONGS_TO.get(role)
    given = request.form.get("belongs_to", "").strip()
    password = accounts.random_password()
    actor = session.asker().name or "?"
    try:
        whose = {belongs_to[column]: database.whose(connection(), column, given)} if column and given else {}
        accounts.add(engine(), name=name, role=role, password=password, actor=actor, **whose)
    except GridmapError as error:
        return _page(error=error)
    return _page(told=(name, password))


@blueprint.post("/accounts/<name>")
def change(name: str) -> tuple[str, int] | Response:
    """Close an account, open it again, or give it a new random password that is shown this once."""
    what, actor = request.form.get("what"), session.asker().name or "?"
    try:
        if what == "password":
            password = accounts.random_password()
            accounts.set_password(engine(), name, password, actor=actor)
            return _page(told=(name, password))
        if what not in ("disable", "enable"):
            raise InputError("An account can be disabled, enabled, or given a new password.")
        if what == "disable" and name.lower() == actor.lower():
            raise InputError("Nobody can close the account they are working with.")
        accounts.set_disabled(engine(), name, disabled=what == "disable", actor=actor)
    except GridmapError as error:
        return _page(error=error)
    return redirect(url_for("administration.index"), 303)
