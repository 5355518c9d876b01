"""`/api/reach`: services within reach as files."""

from __future__ import annotations

from flask import Blueprint, Response

from gridmap.web.result_files import result_file

blueprint = Blueprint("reach", __name__, url_prefix="/api/reach")


@blueprint.get("/export.<ending>")
def export(ending: str) -> Response:
    """The figures by community, the gaps and the proposed sites as a file; a GeoJSON holds gaps or sites."""
    return result_file("reach", ending)
