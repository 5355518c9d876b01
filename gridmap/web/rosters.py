"""The page on which a roster comes in: sent, understood, settled by hand, taken over or withdrawn."""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from gridmap.database import roster_uploads as database
from gridmap.database.roster_uploads import Upload
from gridmap.domain.errors import GridmapError, InputError
from gridmap.domain.notes import Note
from gridmap.domain.today import today
from gridmap.domain.words import ROLES
from gridmap.layers.rosters import Entry, Roster
from gridmap.services import roster, roster_uploads
from gridmap.web import arguments, session
from gridmap.web.language import request_language
from gridmap.web.looks import look
from gridmap.web.pages import language_words
from gridmap.web.problems import status_of
from gridmap.web.reading import connection, engine
from gridmap.web.vacancies import wanted_roles
from gridmap.web.wording import word

blueprint = Blueprint("rosters", __name__, url_prefix="/roster")

_SETTLED_AT_ONCE = 20
_SHOWN = 100
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Page = tuple[str, int]


def _upload() -> Upload:
    found = database.of_account(connection(), session.account())
    if found is None:
        raise InputError("There is no roster here any more; it is kept for a day. Send it again.")
    return found


def _title(found: Roster, code: str) -> str:
    title = found.titles.get(code, code)
    return title.worded(_) if isinstance(title, Note) else title


def _row(found: Roster, entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "name": entry.person.name,
        "roles": [word(ROLES, post.role) for post in entry.posts],
        "places": [_title(found, code) for code in entry.places],
        "reasons": [reason.worded(_) for reason in entry.reasons],
        "candidates": [(code, _title(found, code)) for code in entry.candidates],
    }


def _page(upload: Upload | None, found: Roster | None, *, error: GridmapError | None = None, **more: Any) -> Page:
    lists: dict[str, Any] = {}
    if found is not None:
        reasons = Counter(reason.worded(_) for entry in found.rejected for reason in entry.reasons)
        lists = {
            "accepted": [_row(found, entry) for entry in found.accepted[:_SHOWN]],
            "unsettled": [_row(found, entry) for entry in found.unsettled[:_SETTLED_AT_ONCE]],
            "rejected": [_row(found, entry) for entry in found.rejected[:_SHOWN]],
            "counts": {state: len(found.of_state(state)) for state in ("accepted", "unsettled", "rejected")},
            "reasons": reasons.most_common(5),
            "ignored": found.sheet.ignored,
        }
    page = render_template(
        "roster.html",
        upload=upload,
        lists=lists,
        done=more.get("done"),
        withdrawn="withdrawn" in request.args,
        endings=",".join(roster_uploads.ENDINGS),
        largest=roster_uploads.LARGEST // 2**20,
        error=error.worded(_) if error else None,
        **language_words(),
    )
    return page, status_of(error) if error else 200


@blueprint.get("")
def index() -> Page:
    """The form to send a roster, or what was understood of the one that is here."""
    upload = database.of_account(connection(), session.account())
    if upload is None:
        return _page(None, None)
    with roster_uploads.opened(engine(), session.scope(), upload) as found:
        return _page(upload, found)


@blueprint.post("")
def send() -> Page | Response:
    """A roster comes in; nothing of it is loaded yet."""
    request.max_content_length = roster_uploads.LARGEST + 2**16
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise InputError("Choose a file first.")
        with file.stream as stream:
            content = stream.read()
        found = roster_uploads.receive(
            engine(), session.scope(), session.account(), name=file.filename, content=content
        )
    except GridmapError as error:
        return _page(None, None, error=error)
    look(file.filename[:80], [entry.person.code for entry in found.entries if entry.person.code], shown=("name",))
    return redirect(url_for("rosters.index"), 303)


@blueprint.post("/choose")
def choose() -> Response:
    """Places chosen by hand for rows that were open."""
    _upload()
    chosen = {
        arguments.whole("row", name.removeprefix("row-"), least=1, most=10**6): code[:64]
        for name, code in request.form.items()
        if name.startswith("row-") and code
    }
    with engine().begin() as writing:
        database.choose(writing, session.account(), chosen)
    return redirect(url_for("rosters.index"), 303)


@blueprint.get("/copy")
def copy() -> Response:
    """The sheet with what became of every row beside it."""
    upload = _upload()
    with roster_uploads.opened(engine(), session.scope(), upload) as found, TemporaryDirectory() as folder:
        out = Path(folder) / "copy.xlsx"
        roster.write_marked(found, out, lang=request_language())
        content = BytesIO(out.read_bytes())
    name = f"{Path(upload.name).stem}-{_('checked')}.xlsx"
    return send_file(content, mimetype=_WORKBOOK, as_attachment=True, download_name=name)


@blueprint.get("/people.xlsx")
def people() -> Response:
    """The people in scope with their posts, and the posts that are open, as a workbook."""
    with TemporaryDirectory() as folder:
        out = Path(folder) / "people.xlsx"
        actor, lang = session.asker().name or "?", request_language()
        roster.write_people(engine(), out, roles=wanted_roles(), actor=actor, lang=lang, scope=session.scope())
        content = BytesIO(out.read_bytes())
    return send_file(content, mimetype=_WORKBOOK, as_attachment=True, download_name=f"{_('Roster')}-{today()}.xlsx")


@blueprint.post("/load")
def load() -> Page:
    """Take over what is accepted, in one transaction, and forget the file."""
    upload = _upload()
    with roster_uploads.opened(engine(), session.scope(), upload) as found:
        try:
            done = roster.load(engine(), found, actor=session.asker().name or "?", scope=session.scope())
        except GridmapError as error:
            return _page(upload, found, error=error)
        with engine().begin() as writing:
            database.forget(writing, session.account())
        return _page(None, done.roster, done=done)


@blueprint.post("/withdraw")
def withdraw() -> Response:
    """Forget the file; nothing was changed."""
    with engine().begin() as writing:
        database.forget(writing, session.account())
    return redirect(url_for("rosters.index", withdrawn=1), 303)
