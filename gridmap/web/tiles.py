"""Vector tiles and their TileJSON. A tile's address names the version of its data, so it may be kept for ever."""

from __future__ import annotations

import gzip
import hashlib

from flask import Blueprint, Flask, Response, current_app, request
from flask_babel import gettext as _

from gridmap.database import tiles as database
from gridmap.database.colours import colours
from gridmap.database.tile_layers import LAST_ZOOM, MAX_ZOOM, TILE_LAYERS, TileLayer
from gridmap.domain.errors import NotFoundError
from gridmap.domain.numbers import Numbers
from gridmap.domain.words import LAYER_NAMES
from gridmap.web import access, arguments, session
from gridmap.web.answers import answer
from gridmap.web.kept import kept
from gridmap.web.language import request_language
from gridmap.web.reading import connection
from gridmap.web.tile_cache import Packed, TileCache

blueprint = Blueprint("tiles", __name__, url_prefix="/tiles")

_CACHE = "gridmap.tiles"
_FOR_EVER = "public, max-age=31536000, immutable"


def visible(name: str) -> TileLayer:
    """The layer of tiles of that name, if the asker may see it.

    Raises
    ------
    NotFoundError
        There is no such layer of tiles for the asker.
    """
    access.check_layer(name, session.asker())
    if name not in TILE_LAYERS:
        raise NotFoundError("The layer {layer} has no place on the map.", layer=name)
    return TILE_LAYERS[name]


@blueprint.get("/<layer>.json")
def tilejson(layer: str) -> Response:
    """TileJSON 3.0 of one layer."""
    chosen = visible(layer)
    version = database.layer_version(connection(), chosen)
    name = getattr(LAYER_NAMES[layer], request_language())
    layers = [
        {
            "id": layer,
            "description": name,
            "fields": chosen.announced,
            "minzoom": chosen.minzoom,
            "maxzoom": MAX_ZOOM,
        }
    ]
    if chosen.labels_from is not None:
        fields = {field: chosen.fields[field] for field in chosen.label_fields}
        layers.append({"id": f"{layer}_label", "fields": fields, "minzoom": chosen.labels_from, "maxzoom": MAX_ZOOM})
    layers.append(
        {"id": f"{layer}_limit", "fields": {"shown": "Number"}, "minzoom": chosen.minzoom, "maxzoom": MAX_ZOOM}
    )
    body = {
        "tilejson": "3.0.0",
        "name": name,
        "description": _(
            "A tile holds at most %(most)s features; where there are more, its layer %(limit)s says so.",
            most=database.MOST_FEATURES,
            limit=f"{layer}_limit",
        ),
        "version": f"{version}.0.0",
        "scheme": "xyz",
        "tiles": [f"{request.url_root}tiles/{layer}/{version}/{{z}}/{{x}}/{{y}}.mvt"],
        "minzoom": chosen.minzoom,
        "maxzoom": MAX_ZOOM,
        "vector_layers": layers,
    }
    bounds = kept("bounds", lambda: database.bounds(connection()))
    if bounds is not None:
        body["bounds"] = list(bounds)
    return answer(body)


@blueprint.get("/<layer>/<version>/<z>/<x>/<y>.mvt")
def tile(layer: str, version: str, z: str, x: str, y: str) -> Response:
    """One tile, gzipped; 204 where nothing is, 404 for a version that is not today's."""
    chosen = visible(layer)
    asked = arguments.whole("version", version, least=0, most=10**15 - 1)
    zoom = arguments.whole("z", z, least=0, most=LAST_ZOOM)
    column = arguments.whole("x", x, least=0, most=2**zoom - 1)
    row = arguments.whole("y", y, least=0, most=2**zoom - 1)
    cache: TileCache = current_app.extensions[_CACHE]
    key = (layer, asked, zoom, column, row)
    packed = cache.get(key)
    current = database.layer_version(connection(), chosen)
    if packed is None and current == asked:
        by_code = kept(f"colours {layer}", lambda: colours(connection(), chosen)) if chosen.coloured else None
        numbers: Numbers = current_app.extensions["gridmap.numbers"]
        made = database.make_tile(
            connection(), chosen, zoom, column, row, colours=by_code, least_shown=numbers.least_shown
        )
        packed = Packed(
            gzip.compress(made.data, 6, mtime=0) if made.data else b"", hashlib.sha256(made.data).hexdigest()[:20]
        )
        current = made.version
        if current == asked:
            cache.put(key, packed)
    if packed is None or current != asked:
        raise NotFoundError(
            "The tiles of version {asked} are gone; today's are of version {current}.", asked=asked, current=current
        )
    return _answer(packed)


def _answer(packed: Packed) -> Response:
    if not packed.data:
        response = Response(status=204)
    else:
        response = Response(mimetype="application/vnd.mapbox-vector-tile")
        response.vary.add("Accept-Encoding")
        if request.accept_encodings["gzip"] > 0:
            response.set_data(packed.data)
            response.headers["Content-Encoding"] = "gzip"
            response.set_etag(f"{packed.digest}-gz")
        else:
            response.set_data(gzip.decompress(packed.data))
            response.set_etag(packed.digest)
    response.headers["Cache-Control"] = _FOR_EVER
    response.make_conditional(request)
    return response


def init_app(app: Flask, *, cache_bytes: int) -> None:
    """Serve tiles, keeping at most so many bytes of them."""
    app.extensions[_CACHE] = TileCache(cache_bytes)
    app.register_blueprint(blueprint)
