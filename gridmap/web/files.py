"""The static files: kept for a year under an address that names their content, gzipped once.

`/static/v-<digest>/…` is the whole folder under a digest of all of it: the modules' relative imports and the
styles' relative links inherit it, so nothing needs rewriting. `/static/…` without it is asked for anew each time.
`css/one+another.css` is several styles of one folder in that order, so that a phone asks once for those of a page.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from gridmap import resources

blueprint = Blueprint("files", __name__)

_MARK = "v-"
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml", ".map": "application/json"}
_TEXT = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
_LEAST_TO_COMPRESS = 600


@lru_cache(maxsize=1)
def digest() -> str:
    """A digest of all static files and their names, taken once a process."""
    root = resources.folder("static")
    whole = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file():
            whole.update(path.relative_to(root).as_posix().encode())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:12]


def static_url(path: str) -> str:
    """The address of a static file that may be kept for a year; while developing, one that is asked for anew."""
    return f"/static/{path}" if current_app.debug or current_app.testing else f"/static/{_MARK}{digest()}/{path}"


def _files(path: str) -> tuple[Path, ...]:
    """The files of an address: one, or several of a folder and kind; NotFound where one is missing or stands twice."""
    folder, slash, name = path.rpartition("/")
    stems, dot, ending = name.rpartition(".")
    found = [
        safe_join(str(resources.folder("static")), folder + slash + stem + dot + ending) for stem in stems.split("+")
    ]
    files = tuple(Path(file) for file in found if file is not None and Path(file).is_file())
    if len(files) < len(found) or len(set(files)) < len(files):
        raise NotFound
    return files


@lru_cache(maxsize=512)
def _content(files: tuple[Path, ...], _changed: tuple[int, ...]) -> tuple[bytes, bytes | None, str, str]:
    """The files' bytes, gzipped bytes where that helps, type and digest."""
    file = files[0]
    plain = b"".join(one.read_bytes() for one in files)
    kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    beside = file.with_name(file.name + ".gz")
    packed: bytes | None = None
    if len(files) == 1 and beside.is_file():
        packed = beside.read_bytes()
    elif kind.startswith(_TEXT) and len(plain) >= _LEAST_TO_COMPRESS:
        packed = gzip.compress(plain, 9, mtime=0)
    return plain, packed, kind, hashlib.sha256(plain).hexdigest()[:20]


@blueprint.get("/static/<path:path>")
def static(path: str) -> Response:
    """One static file, or several of one kind as one."""
    first, _, rest = path.partition("/")
    named = first.startswith(_MARK)
    files = _files(rest if named else path)
    plain, packed, kind, etag = _content(files, tuple(file.stat().st_mtime_ns for file in files))
    response = Response(mimetype=kind)
    if packed is not None:
        response.vary.add("Accept-Encoding")
    if packed is not None and request.accept_encodings["gzip"] > 0:
        response.set_data(packed)
        response.headers["Content-Encoding"] = "gzip"
        response.set_etag(f"{etag}-gz")
    else:
        response.set_data(plain)
        response.set_etag(etag)
    forever = named and first == _MARK + digest()
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if forever else "no-cache"
    response.make_conditional(request)
    return response


def init_app(app: Flask) -> None:
    """Serve the files and give templates `static_url`."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals["static_url"] = static_url
