"""The results of an analysis as a file to take home."""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path

from flask import Response, send_file

from gridmap.domain.analyses import GIVES
from gridmap.domain.errors import NotFoundError
from gridmap.domain.layers import RESULT_LAYERS
from gridmap.services import files
from gridmap.web import arguments
from gridmap.web.reading import engine

FORMATS = {
    "gpkg": "application/geopackage+sqlite3",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
}


def result_file(analysis: str, ending: str) -> Response:
    """All layers that the analysis gives; in a GeoJSON the one that `layer` names, by default the first with a shape.

    Raises
    ------
    NotFoundError
        There is no such format.
    """
    if ending not in FORMATS:
        raise NotFoundError("There is no export in the format {format}.", format=ending[:20])
    drawn = tuple(name for name in GIVES[analysis] if RESULT_LAYERS[name].geometry)
    layer = arguments.choice("layer", drawn, default=drawn[0])
    layers = (layer,) if ending == "geojson" else GIVES[analysis]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{analysis}.{ending}"
        files.export_results(engine(), layers, path)
        content = BytesIO(path.read_bytes())
    name = f"{layer if ending == 'geojson' else analysis}.{ending}"
    return send_file(content, mimetype=FORMATS[ending], as_attachment=True, download_name=name)
