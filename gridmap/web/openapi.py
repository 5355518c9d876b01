"""The OpenAPI document of the addresses for machines, whole in itself: every reference is local."""

from __future__ import annotations

from typing import Any

from gridmap import __version__
from gridmap.database.tile_layers import LAST_ZOOM, TILE_LAYERS
from gridmap.layers.shifted import DATUMS
from gridmap.services.plan_files import FILES
from gridmap.web.plan_acts import ACTIONS

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_WHOLE: Schema = {"type": "integer"}
_OBJECT: Schema = {"type": "object"}
_POINT: Schema = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}
_BOX: Schema = {"type": "array", "items": _NUMBER, "minItems": 4, "maxItems": 4}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _record(*, optional: Schema | None = None, **properties: Schema) -> Schema:
    return {"type": "object", "properties": {**properties, **(optional or {})}, "required": list(properties)}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _argument(name: str, schema: Schema, *, what: str, required: bool = False, place: str = "query") -> Schema:
    return {
        "name": name,
        "in": place,
        "required": required or place == "path",
        "description": what,
        "schema": schema,
    }


def _path(name: str, what: str, schema: Schema | None = None) -> Schema:
    return _argument(name, schema or _TEXT, what=what, place="path")


_LANG = _argument("lang", {"type": "string", "enum": ["zh", "en"]}, what="Language of the words in the answer.")


def _get(summary: str, content: dict[str, Schema], *arguments: Schema, **statuses: str) -> Schema:
    """A path that can be read: what it answers, its arguments, and further statuses with their meaning."""
    responses: Schema = {
        "200": {"description": summary, "content": {kind: {"schema": schema} for kind, schema in content.items()}}
    }
    for status, meaning in {"s400": "Malformed or out of range.", "s404": "Not there.", **statuses}.items():
        responses[status[1:]] = {
            "description": meaning,
            "content": {"application/problem+json": {"schema": _ref("Problem")}},
        }
    return {"get": {"summary": summary, "parameters": [*arguments, _LANG], "responses": responses}}


def _post(summary: str, *arguments: Schema) -> Schema:
    """A path that takes a JSON object and answers with one."""
    found = _get(summary, {"application/json": _OBJECT}, *arguments, s412="Somebody else has changed it meanwhile.")[
        "get"
    ]
    return {"post": {**found, "requestBody": {"content": {"application/json": {"schema": _OBJECT}}}}}


_JSON = "application/json"
_GEOJSON = "application/geo+json"

_SCHEMAS: Schema = {
    "Problem": _record(
        type=_TEXT, title=_TEXT, status=_WHOLE, detail=_TEXT, instance=_TEXT, code={**_TEXT, "description": "Stable."}
    ),
    "FeatureCollection": {
        "type": "object",
        "properties": {
            "type": {"const": "FeatureCollection"},
            "features": _list(_OBJECT),
            "numberReturned": _WHOLE,
            "next": _maybe(_TEXT),
        },
        "required": ["type", "features"],
    },
    "Site": _record(
        code=_TEXT,
        name=_maybe(_TEXT),
        hours={**_maybe(_TEXT), "description": "In OpenStreetMap's syntax."},
        open_now={**_maybe({"type": "boolean"}), "description": "By these hours, on the district's clock."},
        phone=_maybe(_TEXT),
        point=_POINT,
        optional={
            "address_near": {**_maybe(_TEXT), "description": "Of an office: the building it stands in or beside."},
            "services": {**_maybe(_TEXT), "description": "Of a service centre, separated by spaces."},
        },
    ),
    "Committee": _record(
        name=_TEXT,
        office_address=_maybe(_TEXT),
        office_hours=_maybe(_TEXT),
        phone=_maybe(_TEXT),
        office=_maybe(_ref("Site")),
        service_centre=_maybe(_ref("Site")),
        members={
            **_list(_record(name=_TEXT, title=_maybe(_TEXT), duty_phone=_maybe(_TEXT))),
            "description": "Published.",
        },
    ),
    "Leader": _record(
        role=_TEXT,
        role_label=_TEXT,
        place_code=_TEXT,
        status={"type": "string", "enum": ["assigned", "vacant"]},
        status_label=_TEXT,
        cause=_maybe(_TEXT),
        in_office={
            "type": "boolean",
            "description": "False for a vacancy, and for a proposal of an analysis, which residents aren't told of.",
        },
        published={"type": "boolean"},
        name={**_maybe(_TEXT), "description": "Of a published leader only, as title and duty phone."},
        title=_maybe(_TEXT),
        duty_phone=_maybe(_TEXT),
    ),
    "Located": _record(
        point=_POINT,
        building=_maybe(_OBJECT),
        stairwells=_list(_OBJECT),
        compound=_maybe(_OBJECT),
        grid=_maybe(_OBJECT),
        community=_maybe(_OBJECT),
        street=_maybe(_OBJECT),
        committee=_maybe(_ref("Committee")),
        leaders=_list(_ref("Leader")),
    ),
    "Gate": _record(
        code=_TEXT,
        name=_maybe(_TEXT),
        kind=_maybe(_TEXT),
        kind_label=_TEXT,
        access={"type": "string", "enum": ["public", "residents", "closed"]},
        access_label=_TEXT,
        side={**_maybe(_TEXT), "description": "Of its compound: n, ne, e, se, s, sw, w, nw."},
        words=_TEXT,
        full_name=_TEXT,
        compound=_maybe(_OBJECT),
        at_m={**_NUMBER, "description": "Metres from the start."},
        point=_POINT,
    ),
    "Walk": _record(
        **{"from": _POINT},
        to=_OBJECT,
        reaches={"type": "boolean", "description": "Whether the walk leads to the place, not only up to `stops_at`."},
        sentence=_TEXT,
        length_m=_maybe(_NUMBER),
        minutes=_maybe(_WHOLE),
        straight_m=_NUMBER,
        worst_m={**_maybe(_NUMBER), "description": "Round the compounds that nobody surveyed; null: no way round."},
        unsurveyed=_list(_TEXT),
        notes=_list(_TEXT),
        gates=_list(_ref("Gate")),
        stops_at=_maybe(_ref("Gate")),
        steps=_list(_record(words=_TEXT, metres=_WHOLE, gate=_maybe(_TEXT))),
        line={**_maybe(_OBJECT), "description": "A GeoJSON LineString."},
        aim={**_record(point=_POINT, name=_TEXT), "description": "Where other apps are sent: the gate."},
        apps=_list(_record(app=_TEXT, label=_TEXT, href=_TEXT)),
        data_version=_WHOLE,
    ),
    "Near": _record(
        point=_POINT,
        buildings=_list(
            _record(
                code=_TEXT,
                name=_TEXT,
                address=_maybe(_TEXT),
                compound=_maybe(_TEXT),
                households=_maybe(_WHOLE),
                distance_m=_NUMBER,
                bearing={**_maybe(_WHOLE), "description": "Degrees clockwise from north; null inside."},
                words=_TEXT,
                mine={"type": "boolean", "description": "In the asker's scope."},
            )
        ),
    ),
    "Found": _record(
        results=_list(
            _record(
                code=_TEXT,
                layer=_TEXT,
                layer_name=_TEXT,
                name=_TEXT,
                context=_TEXT,
                point=_maybe(_POINT),
                bbox=_maybe(_BOX),
            )
        ),
        more={"type": "boolean"},
    ),
    "Card": _record(
        code=_TEXT,
        layer=_TEXT,
        layer_name=_TEXT,
        name=_TEXT,
        kind=_maybe(_record(code=_TEXT, label=_TEXT)),
        sentence=_TEXT,
        figures=_list(_record(label=_TEXT, value=_TEXT, unit=_TEXT, derived={"type": "boolean"})),
        parts=_list(_record(title=_TEXT, rows=_list(_OBJECT))),
        method=_TEXT,
        parents=_list(_record(code=_TEXT, layer=_TEXT, name=_TEXT)),
        point=_maybe(_POINT),
        bbox=_maybe(_BOX),
        state=_maybe(_TEXT),
        actions=_list(_record(label=_TEXT, href=_TEXT)),
    ),
    "Theme": _record(
        id=_TEXT,
        name=_TEXT,
        layer=_TEXT,
        property=_TEXT,
        type={"type": "string", "enum": ["category", "sequence"]},
        unit=_maybe(_TEXT),
        classes=_list(_OBJECT),
        other=_maybe(_OBJECT),
        unknown=_OBJECT,
    ),
    "Analysis": _record(
        analysis=_TEXT,
        status={"type": "string", "enum": ["never", "running", "current", "stale", "failed"]},
        data_version=_maybe(_WHOLE),
        finished_at=_maybe(_TEXT),
        progress=_maybe(_NUMBER),
        doing=_maybe(_TEXT),
        summary=_maybe(_OBJECT),
        error={**_maybe(_TEXT), "description": "What the latest run said when it failed."},
        renew={"type": "boolean"},
    ),
}

_LAYER = _path("layer", "The layer's name.")
_TILE_LAYER = _path("layer", "The layer's name.", {"type": "string", "enum": list(TILE_LAYERS)})
_PLAN = _path("plan", "The plan's number.", {"type": "integer", "minimum": 1})
_SET = _path(
    "number", "The number of the set of blocks, as a plan's state names it.", {"type": "integer", "minimum": 1}
)
_TOKEN = _path("token", "What the link holds.")

_PATHS: Schema = {
    "/healthz": _get("Alive.", {_JSON: _OBJECT}),
    "/readyz": _get(
        "Ready: the layers and the four analyses are there.", {_JSON: _OBJECT}, s503="Something is missing."
    ),
    "/api/openapi.json": _get("This document.", {_JSON: _OBJECT}),
    "/api/locate": _get(
        "Whose a point is, and who looks after it: committee, office, published members and leaders, service centre.",
        {_JSON: _ref("Located")},
        _argument("lon", {"type": "number", "minimum": -180, "maximum": 180}, what="Longitude.", required=True),
        _argument("lat", {"type": "number", "minimum": -90, "maximum": 90}, what="Latitude.", required=True),
        _argument("crs", {"type": "string", "enum": list(DATUMS)}, what="The datum of lon and lat; wgs84 by default."),
    ),
    "/api/route": _get(
        "The walk to a place through gates that are open to the asker.",
        {_JSON: _ref("Walk")},
        _argument("from", _TEXT, what="lon,lat of the start.", required=True),
        _argument("to", _TEXT, what="Code of a building, stairwell, compound, gate or service site.", required=True),
        _argument("crs", {"type": "string", "enum": list(DATUMS)}, what="The datum of `from`; wgs84 by default."),
        s503="The map of walks is being made; Retry-After says when to ask again.",
    ),
    "/api/nearby": _get(
        "The buildings within 500 m, the nearest first.",
        {_JSON: _ref("Near")},
        _argument("lon", {"type": "number", "minimum": -180, "maximum": 180}, what="Longitude.", required=True),
        _argument("lat", {"type": "number", "minimum": -90, "maximum": 90}, what="Latitude.", required=True),
        _argument("crs", {"type": "string", "enum": list(DATUMS)}, what="The datum of lon and lat; wgs84 by default."),
        _argument("limit", {"type": "integer", "minimum": 1, "maximum": 30}, what="Most buildings; 12 by default."),
    ),
    "/api/search": _get(
        "Places by name, address, code, pinyin or its initials, best first.",
        {_JSON: _ref("Found")},
        _argument("q", {"type": "string", "minLength": 1, "maxLength": 100}, what="The query.", required=True),
        _argument("limit", {"type": "integer", "minimum": 1, "maximum": 50}, what="Most places; 10 by default."),
    ),
    "/api/places/{code}": _get("A place's card.", {_JSON: _ref("Card")}, _path("code", "The place's code.")),
    "/api/themes": _get("The themes with their classes and colours.", {_JSON: _list(_ref("Theme"))}),
    "/api/analyses": _get("How the four analyses stand.", {_JSON: _list(_ref("Analysis"))}),
    "/api/layers/{layer}.geojson": _get(
        "A page of features.",
        {_GEOJSON: _ref("FeatureCollection")},
        _LAYER,
        _argument("bbox", _TEXT, what="west,south,east,north in degrees."),
        _argument(
            "limit", {"type": "integer", "minimum": 1, "maximum": 10000}, what="Most features; 1,000 by default."
        ),
        _argument("after", _TEXT, what="Last key of the page before; `next` holds it."),
        _argument("geometry", {"type": "string", "enum": ["full", "point", "none"]}, what="Whole, a point, or none."),
    ),
    "/api/plans": _get("The newest plans.", {_JSON: _OBJECT}),
    "/api/plans/{plan}/regions.geojson": _get("A plan's regions.", {_GEOJSON: _ref("FeatureCollection")}, _PLAN),
    "/api/plans/{plan}/assignment.csv": _get("A plan's units, each with its region.", {"text/csv": _TEXT}, _PLAN),
    "/api/plans/{plan}/export/{file}": _get(
        "A plan shaped by hand as a file.",
        {"application/octet-stream": _TEXT},
        _PLAN,
        _path("file", "What, and as what.", {"type": "string", "enum": list(FILES)}),
    ),
    "/api/plans/{plan}/state": _get(
        "A plan shaped by hand as it stands: regions, the region of every block, locks, versions.",
        {_JSON: _OBJECT},
        _PLAN,
    ),
    "/api/plans/{plan}/{action}": _post(
        "Change a plan shaped by hand, or ask for a change; planners only.",
        _PLAN,
        _path("action", "What to do.", {"type": "string", "enum": list(ACTIONS)}),
    ),
    "/api/plans/blocks/{number}": _get(
        "The blocks that plans are shaped on, and their borders.", {_JSON: _OBJECT}, _SET
    ),
    "/api/plans/blocks/{number}/walks": _get(
        "Whole metres from each site to every block, two bytes each, the lower first; 65535: farther, or not known.",
        {"application/octet-stream": _TEXT},
        _SET,
    ),
    "/api/plans/compare": _get(
        "Two plans beside each other, and who changes.",
        {_JSON: _OBJECT},
        _argument("a", _TEXT, what="A plan's number, or today.", required=True),
        _argument("b", _TEXT, what="A plan's number, or today.", required=True),
    ),
    "/api/plans/shared/{token}/state": _get("A shared plan as it stands.", {_JSON: _OBJECT}, _TOKEN),
    "/api/plans/shared/{token}/blocks": _get("Its blocks.", {_JSON: _OBJECT}, _TOKEN),
    "/api/plans/shared/{token}/walks": _get("Its walks.", {"application/octet-stream": _TEXT}, _TOKEN),
    "/tiles/{layer}.json": _get("TileJSON 3.0 of a layer.", {_JSON: _OBJECT}, _TILE_LAYER),
    "/tiles/{layer}/{version}/{z}/{x}/{y}.mvt": _get(
        "A vector tile; 204 where nothing is, 404 for an old version.",
        {"application/vnd.mapbox-vector-tile": {"type": "string", "format": "binary"}},
        _TILE_LAYER,
        _path("version", "The version that the TileJSON names.", {"type": "integer", "minimum": 0}),
        _path("z", "Zoom.", {"type": "integer", "minimum": 0, "maximum": LAST_ZOOM}),
        _path("x", "Column.", {"type": "integer", "minimum": 0}),
        _path("y", "Row, from the north.", {"type": "integer", "minimum": 0}),
    ),
}


def document() -> Schema:
    """The document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "gridmap",
            "version": __version__,
            "description": "Coordinates are longitude first, in WGS84. Errors are application/problem+json.",
        },
        "paths": _PATHS,
        "components": {"schemas": _SCHEMAS},
    }
