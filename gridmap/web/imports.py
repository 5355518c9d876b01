"""The page on which a file comes in: sent, read, looked at, corrected, loaded or cancelled; and loads taken back."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Mapping
from io import StringIO
from typing import Any

from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from gridmap.database import history
from gridmap.database import imports as database
from gridmap.database.history import Load
from gridmap.database.imports import Waiting
from gridmap.domain.errors import GridmapError, InputError, NotFoundError
from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.domain.notes import SOURCES, Note
from gridmap.domain.words import AUDIT_ACTIONS
from gridmap.layers import READABLE
from gridmap.services import imports, work
from gridmap.web import session
from gridmap.web.answers import answer
from gridmap.web.language import request_language
from gridmap.web.map_config import map_config
from gridmap.web.pages import browser_strings, language_words
from gridmap.web.problems import status_of
from gridmap.web.reading import connection, engine
from gridmap.web.wording import layer_word, moment, word

blueprint = Blueprint("imports", __name__, url_prefix="/imports")

_UPLOAD = "gridmap.upload_mb"
_FORM = 2**16
_LISTED = 50
_LONGEST = 200
_SYSTEMS = ("wgs84", "gcj02", "bd09", "EPSG:4490", "EPSG:4547", "EPSG:4548", "EPSG:4549", "EPSG:4550", "EPSG:3857")
_ENCODINGS = ("utf-8", "gb18030", "big5")

Page = tuple[str, int]


def _whose() -> int | None:
    """Whose imports the asker sees: their own, an administrator everybody's."""
    return None if session.asker().may("administer") else session.account()


def _found(number: int) -> Waiting:
    found = database.find(connection(), number, _whose())
    if found is None:
        raise NotFoundError("There is no such file here any more; files are kept for a day.")
    return found


def _chosen(before: Mapping[str, Any]) -> dict[str, Any]:
    """What the form says about how the file is to be read and loaded."""
    given = {name: request.form.get(name, "").strip()[:_LONGEST] for name in ("layer", "crs", "encoding", "mode")}
    theirs, ours = request.form.getlist("theirs"), request.form.getlist("ours")
    columns = {a[:_LONGEST]: b[:_LONGEST] for a, b in zip(theirs, ours, strict=False) if a and b}
    if given["mode"] not in ("", "merge", "replace"):
        raise InputError("Choose one of the values of the form.")
    chosen = {**given, "mode": given["mode"] or before.get("mode", "merge"), "columns": columns}
    return {**chosen, "people": session.asker().may("people")}


def _order(number: int) -> Response:
    work.order_import(engine().url, number)
    return redirect(url_for("imports.show", number=number), 303)


@blueprint.get("")
def index() -> Page:
    """The form to send a file, the files that wait, and what was loaded."""
    return _index()


def _index(error: GridmapError | None = None) -> Page:
    page = render_template(
        "imports.html",
        waiting=[_line(one) for one in database.every(connection(), _whose())],
        loads=[_load_line(one) for one in history.loads(connection())],
        endings=",".join(READABLE),
        largest=current_app.extensions[_UPLOAD],
        cancelled="cancelled" in request.args,
        error=error.worded(_) if error else None,
        **language_words(),
    )
    return page, status_of(error) if error else 200


def _line(one: Waiting) -> dict[str, Any]:
    return {"one": one, "name": _name(one), "at": moment(one.uploaded_at), "state": _state_words(one)}


def _name(one: Waiting) -> str:
    return one.name or _("Taking back data version %(version)s", version=one.undoes)


def _state_words(one: Waiting) -> str:
    if one.interrupted:
        return _("interrupted, nothing was loaded")
    return {
        "waiting": _("waits to be read"),
        "reading": _("is being read"),
        "ready": _("can't be loaded") if one.error else _("waits for you"),
        "refused": _("refused"),
        "ordered": _("waits to be loaded"),
        "loading": _("is being loaded"),
        "loaded": _("loaded as data version %(version)s", version=one.version),
    }[one.state]


def _load_line(load: Load) -> dict[str, Any]:
    what = word(AUDIT_ACTIONS, load.action) + (f" {load.undoes}" if load.undoes else f" {load.file or ''}")
    rows = [
        _("%(layer)s %(numbers)s", layer=layer_word(layer), numbers=numbers)
        for layer, effect in load.effects.items()
        if (numbers := _signed(vars(effect)))
    ]
    return {"load": load, "what": what.strip(), "at": moment(load.at), "rows": rows}


def _signed(counts: Mapping[str, int]) -> str:
    signs = (("+", "added"), ("~", "changed"), ("−", "removed"))
    return " ".join(f"{sign}{counts[name]:,}" for sign, name in signs if counts[name])


@blueprint.post("")
def send() -> Page | Response:
    """A file comes in; nothing of it is loaded yet."""
    most = current_app.extensions[_UPLOAD]
    request.max_content_length = most * 2**20 + _FORM
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise InputError("Choose a file first.")
        with file.stream as stream:
            number = imports.receive(
                engine(), session.account(), name=file.filename, stream=stream, most_mb=most, chosen=_chosen({})
            )
    except GridmapError as error:
        return _index(error)
    return _order(number)


@blueprint.post("/undo/<int:version>")
def undo(version: int) -> Response:
    """Take a load back, behind the page."""
    return _order(imports.wish_undo(engine(), session.account(), version))


@blueprint.get("/<int:number>")
def show(number: int) -> Page:
    """One file: how far it is, or what was understood of it, with the map and the form to correct it."""
    one = _found(number)
    report = _report(one)
    page = render_template(
        "import.html",
        one=one,
        name=_name(one),
        state=_state_words(one),
        doing=one.doing.worded(_) if one.doing else "",
        error=one.error.worded(_) if one.error else None,
        at_work=_at_work(one),
        report=report,
        layers=[(name, layer_word(name)) for name in DISTRICT_LAYERS],
        systems=_SYSTEMS,
        encodings=_ENCODINGS,
        config=map_config() if one.report else None,
        strings=browser_strings(request_language()),
        **language_words(),
    )
    return page, 200


def _at_work(one: Waiting) -> bool:
    return one.state in ("waiting", "reading", "ordered", "loading") and not one.interrupted


def _worded(said: object) -> str:
    """A sentence of the report, as the database keeps it."""
    return Note.from_data(said).worded(_) if isinstance(said, Mapping) else str(said or "")


def _report(one: Waiting) -> dict[str, Any] | None:
    """The report as the page shows it."""
    given = one.report
    if given is None:
        return None
    noted = [each for each in given["features"] if each["action"] in ("repaired", "rejected")]
    noted.sort(key=lambda each: each["action"] == "repaired")
    reasons = Counter((each["action"], _worded(each["reason"])) for each in noted)
    layers = [
        {
            **each,
            "source": _source_word(each["source"]),
            "name": layer_word(each["layer"]) if each["layer"] else None,
            "known": _known(each),
        }
        for each in given["layers"]
    ]
    return {
        **given,
        "layers": layers,
        "known_alike": layers[0]["known"] if len({each["known"] for each in layers}) == 1 else None,
        "changed": [(layer_word(name), given["changed"][name]) for name in DISTRICT_LAYERS if name in given["changed"]],
        "notes": [_worded(note) for note in given["notes"]],
        "reasons": reasons.most_common(8),
        "noted": [
            {**each, "name": _source_word(each["layer"]), "words": _happened(each["action"], each["reason"])}
            for each in noted[:_LISTED]
        ],
        "noted_in_all": len(noted),
    }


def _known(layer: Mapping[str, Any]) -> tuple[str, ...]:
    """The coordinate system and the encoding of a layer, each with how it was known."""
    return tuple(
        _("%(what)s (%(known_by)s)", what=layer[name], known_by=_worded(layer[f"{name}_known_by"]))
        if layer[name]
        else "–"
        for name in ("crs", "encoding")
    )


@blueprint.get("/<int:number>/state")
def state(number: int) -> Response:
    """How far the work on it is, for the page to ask again and again."""
    one = _found(number)
    doing = one.doing.worded(_) if one.doing else _state_words(one)
    return answer({"at_work": _at_work(one), "progress": one.progress, "doing": doing})


@blueprint.get("/<int:number>/features.geojson")
def features(number: int) -> Response:
    """What the map of the page draws."""
    _found(number)
    body = database.features(connection(), number)
    if body is None:
        raise NotFoundError("There is no such file here any more; files are kept for a day.")
    drawn = json.loads(gzip.decompress(body))
    for each in drawn["features"]:
        told = each["properties"]
        if "reason" in told:
            told["words"] = (
                f"{_source_word(told['layer'])} {told['number']}: {_happened(told['what'], told.pop('reason'))}"
            )
    headers = {"Content-Encoding": "gzip", "Cache-Control": "private, no-cache"}
    body = gzip.compress(json.dumps(drawn, ensure_ascii=False, separators=(",", ":")).encode(), 1)
    return Response(body, mimetype="application/geo+json", headers=headers)


def _source_word(name: str) -> str:
    """What a layer of the file is called."""
    return _(SOURCES[name]) if name in SOURCES else layer_word(name)


def _happened(action: str, reason: object) -> str:
    """What became of a feature, and why."""
    words = _worded(reason)
    return _("rejected: %(reason)s", reason=words) if action == "rejected" else _("repaired: %(reason)s", reason=words)


def _whole_report(number: int) -> dict[str, Any]:
    one = _found(number)
    if one.report is None:
        raise NotFoundError("There is no such file here any more; files are kept for a day.")
    given = dict(one.report)
    layers = [
        {**each, **{n: _worded(each[n]) for n in ("encoding_known_by", "crs_known_by")}} for each in given["layers"]
    ]
    given.pop("bounds", None)
    given.pop("layers_here", None)
    listed = [{**each, "reason": _worded(each["reason"])} for each in given["features"]]
    return {**given, "layers": layers, "features": listed, "notes": [_worded(note) for note in given["notes"]]}


@blueprint.get("/<int:number>/report.json")
def report(number: int) -> Response:
    """The whole report, as `gridmap import --report` writes it."""
    response = answer(_whole_report(number))
    response.headers["Content-Disposition"] = f"attachment; filename=import-{number}.json"
    return response


@blueprint.get("/<int:number>/report.csv")
def table(number: int) -> Response:
    """What was repaired and rejected, a row a feature."""
    out = StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    columns = ("layer", "number", "code", "action", "reason_code", "reason")
    rows.writerow(columns)
    for each in _whole_report(number)["features"]:
        rows.writerow([_harmless(each[name]) for name in columns])
    response = Response("\ufeff" + out.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename=import-{number}.csv"
    return response


def _harmless(value: object) -> object:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t")) else value


@blueprint.post("/<int:number>/again")
def again(number: int) -> Response:
    """Read the file again, as the form says."""
    one = _found(number)
    with engine().begin() as writing:
        chosen = _chosen(one.chosen)
        fresh = {"chosen": chosen, "report": None, "features": None}
        if not database.move(writing, number, "waiting", of=_resting(one), **fresh):
            raise InputError("The file is being worked on; wait for it.")
    return _order(number)


def _resting(one: Waiting) -> tuple[str, ...]:
    return ("ready", "refused", *(database.AT_WORK if one.interrupted else ()))


@blueprint.post("/<int:number>/load")
def load(number: int) -> Response:
    """Load what was looked at, in one transaction, behind the page."""
    _found(number)
    with engine().begin() as writing:
        if not database.move(writing, number, "ordered", of=("ready",)):
            raise InputError("The file is being worked on; wait for it.")
    return _order(number)


@blueprint.post("/<int:number>/cancel")
def cancel(number: int) -> Response:
    """Forget the file; nothing was changed."""
    one = _found(number)
    if one.state == "loading" and not one.interrupted:
        raise InputError("The file is being worked on; wait for it.")
    with engine().begin() as writing:
        database.forget(writing, number)
    return redirect(url_for("imports.index", cancelled=1), 303)


def init_app(app: Flask, most_mb: int) -> None:
    """Take files of so many megabytes at most."""
    app.extensions[_UPLOAD] = most_mb
    app.register_blueprint(blueprint)
