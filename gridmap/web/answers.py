"""JSON answers that the browser asks for anew each time and gets only if they changed."""

from __future__ import annotations

import gzip
import hashlib

from flask import Response, json, request

_LEAST_TO_COMPRESS = 1400
"""Bytes of one network packet; smaller answers gain nothing."""


def answer(body: object, *, mimetype: str = "application/json") -> Response:
    """An object as JSON, with an ETag of its content."""
    return text_answer(json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=False), mimetype=mimetype)


def text_answer(body: str, *, mimetype: str) -> Response:
    """A text, gzipped where the asker takes it, with an ETag of its content."""
    data = body.encode()
    etag = hashlib.sha256(data).hexdigest()[:20]
    response = Response(mimetype=mimetype)
    response.vary.update(("Accept-Encoding", "Cookie"))
    if len(data) >= _LEAST_TO_COMPRESS and request.accept_encodings["gzip"] > 0:
        data = gzip.compress(data, 5, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
        etag += "-gz"
    response.set_data(data)
    response.set_etag(etag)
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response
