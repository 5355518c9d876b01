"""Answers that the browser asks for anew each time and gets only if they changed, gzipped where it takes that."""

from __future__ import annotations

import gzip
import hashlib

from flask import Flask, Response, json, request

from gridmap.domain.accounts import RESIDENT
from gridmap.web import session

_LEAST_TO_COMPRESS = 1400
"""Bytes of one network packet; smaller answers gain nothing."""

_VISITORS_KEEP_S = 120
"""So long a resident's phone may show a page again without asking; who can change what it shows asks each time."""


def answer(body: object, *, mimetype: str = "application/json") -> Response:
    """An object as JSON, with an ETag of its content."""
    return text_answer(json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=False), mimetype=mimetype)


def text_answer(body: str, *, mimetype: str) -> Response:
    """A text, gzipped where the asker takes it, with an ETag of its content."""
    return _packed(Response(body, mimetype=mimetype))


def for_everybody(page: str) -> Response:
    """A page that shows all residents the same; their browsers keep it for a short while."""
    response = Response(page, mimetype="text/html")
    if session.asker() is RESIDENT:
        response.cache_control.private = True
        response.cache_control.max_age = _VISITORS_KEEP_S
    return response


def _packed(response: Response) -> Response:
    """The answer with an ETag of its content, gzipped if that helps; it depends on the cookie's language."""
    data = response.get_data()
    etag = hashlib.sha256(data).hexdigest()[:20]
    response.vary.update(("Accept-Encoding", "Cookie"))
    if len(data) >= _LEAST_TO_COMPRESS and request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(data, 5, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        etag += "-gz"
    response.set_etag(etag)
    response.headers.setdefault("Cache-Control", "private, no-cache" if session.token() else "no-cache")
    response.make_conditional(request)
    return response


def _page(response: Response) -> Response:
    """Pages are treated like other answers, once; errors aren't kept at all."""
    bare = response.mimetype == "text/html" and response.status_code == 200 and response.get_etag()[0] is None
    return _packed(response) if bare else response


def init_app(app: Flask) -> None:
    """Pack every page."""
    app.after_request(_page)
