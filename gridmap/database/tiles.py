"""Vector tiles, made by PostGIS in one statement each, so that a tile and its version are of one moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from gridmap.database.tile_layers import LAST_ZOOM, MAX_ZOOM, TILE_LAYERS, TileLayer
from gridmap.domain.numbers import DEFAULT_NUMBERS

EXTENT = 4096
BUFFER = 64
MOST_FEATURES = 20_000
"""Of one tile; beyond it the first by key are drawn, and the layer `<layer>_limit` says so."""


@dataclass(frozen=True)
class Tile:
    """A tile's bytes (empty: nothing is there), with the version of the data that it was made from."""

    version: int
    data: bytes
    limited: bool


_VERSION = """
SELECT coalesce(max(id), 0) FROM gridmap.data_versions WHERE layers && :depends
"""

# The envelope is brought into the column's system, so that the GiST index answers; the shapes are brought into the
# tile's by number, since the text form of ST_Transform looks the system up for every shape.
_TILE = """
WITH found AS MATERIALIZED (
    SELECT * FROM ({source}) AS source
    WHERE geom && ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => :margin), 4326)
    ORDER BY id LIMIT :most + 1
), drawn AS (
    SELECT {fields}, id, ST_AsMVTGeom({shape}, ST_TileEnvelope(:z, :x, :y), :extent, :buffer) AS geom
    FROM (SELECT * FROM found ORDER BY id LIMIT :most) AS most
){label_points}, note AS (
    SELECT 1::bigint AS id, CAST(:most AS int) AS shown,
        ST_AsMVTGeom(ST_TileEnvelope(:z, :x, :y), ST_TileEnvelope(:z, :x, :y)) AS geom
    WHERE (SELECT count(*) FROM found) > :most
)
SELECT ({version}) AS version,
    (SELECT ST_AsMVT(drawn, :name, :extent, 'geom', 'id') FROM drawn WHERE geom IS NOT NULL){labels}
    || (SELECT ST_AsMVT(note, :limit_name, :extent, 'geom', 'id') FROM note) AS data,
    EXISTS (SELECT FROM note) AS limited
"""

_LABEL_POINTS = """, labels AS (
    SELECT {fields}, id, ST_AsMVTGeom(ST_Transform(place, 3857), ST_TileEnvelope(:z, :x, :y), :extent, 0) AS geom
    FROM (SELECT *, ST_PointOnSurface(geom) AS place FROM found ORDER BY id LIMIT :most) AS most
)"""

_LABELS = " || (SELECT ST_AsMVT(labels, :label_name, :extent, 'geom', 'id') FROM labels WHERE geom IS NOT NULL)"


def _statement(layer: TileLayer, *, labelled: bool, thinned: bool) -> TextClause:
    """The statement of a layer's tile, put together from this module's own pieces."""
    shape = "ST_Transform(geom, 3857)"
    if thinned:
        shape = f"ST_Simplify({shape}, :step, true)"
    fields = ", ".join(layer.fields)
    if layer.coloured:
        fields += ", (CAST(:colours AS jsonb) ->> code)::int AS colour"
    pieces = {
        "{source}": layer.source,
        "{shape}": shape,
        "{label_points}": _LABEL_POINTS.replace("{fields}", ", ".join(layer.label_fields)) if labelled else "",
        "{labels}": _LABELS if labelled else "",
        "{fields}": fields,
        "{version}": _VERSION,
    }
    statement = _TILE
    for mark, piece in pieces.items():
        statement = statement.replace(mark, piece)
    return text(statement).bindparams(bindparam("depends", type_=ARRAY(Text)))


_STATEMENTS = {
    (layer.name, labelled, thinned): _statement(layer, labelled=labelled, thinned=thinned)
    for layer in TILE_LAYERS.values()
    for labelled in (False, True)
    for thinned in (False, True)
    if (not labelled or layer.labels_from is not None) and (not thinned or layer.simplified)
}

_WORLD_M = 40_075_016.68557849
"""Circumference of the web map's square world, in its metres."""


def make_tile(
    connection: Connection,
    layer: TileLayer,
    z: int,
    x: int,
    y: int,
    *,
    colours: Mapping[str, int] | None = None,
    most: int = MOST_FEATURES,
    least_shown: int = DEFAULT_NUMBERS.least_shown,
) -> Tile:
    """One tile, uncompressed.

    Parameters
    ----------
    z, x, y
        Zoom, column and row (from the north) of the web map's scheme; must lie in range.
    colours
        The numbers of the areas of a coloured layer, by code.
    most
        Most features of the tile; where there are more, a layer `<layer>_limit` holds one polygon over the tile with
        `shown`, the number drawn.
    least_shown
        Counts of groups of people below this are left out, and shares made of them.

    Returns
    -------
    Tile
        Layers `<layer>`, from some zoom on `<layer>_label`, and `<layer>_limit`; each feature with its row's id.
    """
    if z < layer.minzoom:
        return Tile(layer_version(connection, layer), b"", limited=False)
    thinned = layer.simplified and z < MAX_ZOOM
    labelled = layer.labels_from is not None and z >= layer.labels_from
    given: dict[str, object] = {
        "z": z,
        "x": x,
        "y": y,
        "most": most,
        "margin": BUFFER / EXTENT,
        "extent": EXTENT,
        "buffer": BUFFER,
        "name": layer.name,
        "limit_name": f"{layer.name}_limit",
        "depends": layer.versions,
    }
    given.update(layer.least_shown(least_shown))
    if labelled:
        given["label_name"] = f"{layer.name}_label"
    if layer.coloured:
        given["colours"] = json.dumps(dict(colours or {}))
    if thinned:
        given["step"] = _WORLD_M / 2**z / 512 / 4
    row = connection.execute(_STATEMENTS[layer.name, labelled, thinned], given).one()
    return Tile(row.version, bytes(row.data), limited=row.limited)


_LAYER_VERSION = text(_VERSION).bindparams(bindparam("depends", type_=ARRAY(Text)))


def layer_version(connection: Connection, layer: TileLayer) -> int:
    """The version that the layer's tiles have now; 0 before there are any data."""
    return int(connection.execute(_LAYER_VERSION, {"depends": layer.versions}).scalar_one())


_EXTENT = text(
    """
    SELECT min(west) AS west, min(south) AS south, max(east) AS east, max(north) AS north
    FROM gridmap.places WHERE layer NOT IN ('staff')
    """
)


def bounds(connection: Connection) -> tuple[float, float, float, float] | None:
    """West, south, east, north of all places in degrees; None where there are none."""
    row = connection.execute(_EXTENT).one()
    return None if row.west is None else (row.west, row.south, row.east, row.north)


_COUNT = "SELECT count(*) FROM ({source}) AS source"


def counts(connection: Connection, names: tuple[str, ...]) -> dict[str, int]:
    """How many features each of these layers of tiles holds."""
    if not names:
        return {}
    pieces = (
        f"SELECT '{name}' AS name, ({_COUNT.replace('{source}', TILE_LAYERS[name].source)}) AS number" for name in names
    )
    given = {"z": LAST_ZOOM} if "ways" in names else {}
    for name in names:
        given.update(TILE_LAYERS[name].least_shown(0))
    rows = connection.execute(text(" UNION ALL ".join(pieces)), given)
    return {row.name: row.number for row in rows}
