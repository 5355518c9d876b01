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
    "Effect": _record(
        data_version=_WHOLE,
        sentence=_TEXT,
        changes=_list(_record(kind=_TEXT, gate=_maybe(_TEXT), compound=_OBJECT, joins=_maybe(_TEXT), point=_POINT)),
        gain=_ref("Gain"),
        loss=_ref("Gain"),
        compounds=_list(
            _record(
                code=_TEXT,
                name=_maybe(_TEXT),
                households=_maybe(_WHOLE),
                own={"type": "boolean", "description": "Whether one of its gates is changed."},
                before={**_OBJECT, "description": "Class and figures as they are."},
                after={**_OBJECT, "description": "Class and figures with the changes."},
            )
        ),
    ),
    "Gain": _record(
        households={**_WHOLE, "description": "Whose walks to neighbours change by a metre or more on their mean."},
        mean_m=_NUMBER,
        p90_m=_NUMBER,
        share_50m={**_NUMBER, "description": "Of the changed gates' compounds' households, 0 to 1."},
    ),
    "Scenario": _record(
        id=_WHOLE,
        name=_TEXT,
        by=_TEXT,
        at=_TEXT,
        data_version=_WHOLE,
        changes=_list(_OBJECT),
        gain=_ref("Gain"),
        loss=_ref("Gain"),
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
_SCENARIO = _path("number", "The scenario's number.", {"type": "integer", "minimum": 1})
_CHANGES = (
    _argument("add", _list(_TEXT), what="lon,lat[,CODE]: a gate in the nearest wall, or that of the compound CODE."),
    _argument("open", _list(_TEXT), what="Code of a gate to open to the public."),
    _argument("close", _list(_TEXT), what="Code of a gate to close."),
)
_PLAN = _path("plan", "The plan's number.", {"type": "integer", "minimum": 1})
_SET = _path(
    "number", "The number of the set of blocks, as a plan's state names it.", {"type": "integer", "minimum": 1}
)
_TOKEN = _path("token", "What the link holds.")

_WEIGHTS = _argument(
    "weights", _TEXT, what="What the four principles count: four numbers of 0 to 100 (manage, serve, govern, share)."
)

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
    "/api/isolation/what-if": _get(
        "What gates added, opened or closed would change together; nothing is kept.",
        {_JSON: _ref("Effect")},
        *_CHANGES,
        s503="The walks are being made ready; Retry-After says when to ask again.",
    ),
    "/api/isolation/readiness": _get(
        "Whether the walks that the other addresses here need are at hand.",
        {_JSON: _record(ready={"type": "boolean"})},
    ),
    "/api/isolation/gates": _get(
        "The best gates of one compound or street, computed now.",
        {_JSON: _record(data_version=_WHOLE, gates=_list(_OBJECT))},
        _argument("compound", _TEXT, what="The compound's code; this or `street`."),
        _argument("street", _TEXT, what="The street's code; this or `compound`."),
        _argument("count", {"type": "integer", "minimum": 1, "maximum": 50}, what="Most gates; 5 by default."),
        s503="The walks are being made ready; Retry-After says when to ask again.",
    ),
    "/api/isolation/neighbours": _get(
        "The neighbours of a compound, the worst to reach first.",
        {
            _JSON: _record(
                data_version=_WHOLE,
                neighbours=_list(
                    _record(
                        code=_TEXT,
                        name=_maybe(_TEXT),
                        reached={"type": "boolean"},
                        directness=_maybe(_NUMBER),
                        detour_m=_maybe(_NUMBER),
                        optional={
                            "from": {**_POINT, "description": "A building from which the walk is typical."},
                            "to": {**_maybe(_TEXT), "description": "The code of a building to which it is."},
                        },
                    )
                ),
            )
        },
        _argument("compound", _TEXT, what="The compound's code.", required=True),
        s503="The walks are being made ready; Retry-After says when to ask again.",
    ),
    "/api/isolation/scenarios": {
        **_get("The kept scenarios, the latest first.", {_JSON: _record(scenarios=_list(_ref("Scenario")))}),
        "post": {
            "summary": "Keep the changes under a name, with what they come to now.",
            "parameters": [_argument("name", _TEXT, what="At most 60 characters.", required=True), *_CHANGES, _LANG],
            "responses": {
                "201": {
                    "description": "Kept.",
                    "content": {_JSON: {"schema": _record(id=_WHOLE, name=_TEXT)}},
                },
                "400": {
                    "description": "Malformed or out of range.",
                    "content": {"application/problem+json": {"schema": _ref("Problem")}},
                },
            },
        },
    },
    "/api/isolation/scenarios/{number}.geojson": _get(
        "The gates of a kept scenario, and beside them what they come to.",
        {_GEOJSON: _ref("FeatureCollection")},
        _SCENARIO,
    ),
    "/api/isolation/scenarios/{number}/forget": {
        "post": {
            "summary": "Forget a kept scenario.",
            "parameters": [_SCENARIO, _LANG],
            "responses": {
                "200": {"description": "Forgotten.", "content": {_JSON: {"schema": _OBJECT}}},
                "404": {
                    "description": "Not there.",
                    "content": {"application/problem+json": {"schema": _ref("Problem")}},
                },
            },
        }
    },
    "/api/isolation/export.{ending}": _get(
        "The measured compounds and the proposed gates as a file; a GeoJSON holds one of the two.",
        {"application/octet-stream": {"type": "string", "format": "binary"}},
        _path("ending", "gpkg, xlsx or geojson.", {"type": "string", "enum": ["gpkg", "xlsx", "geojson"]}),
        _argument("layer", {"type": "string", "enum": ["isolation", "gate_proposals"]}, what="Of a GeoJSON."),
    ),
    "/api/reach/export.{ending}": _get(
        "Who reaches which services, by community, gaps and proposed sites as a file; a GeoJSON holds one layer.",
        {"application/octet-stream": {"type": "string", "format": "binary"}},
        _path("ending", "gpkg, xlsx or geojson.", {"type": "string", "enum": ["gpkg", "xlsx", "geojson"]}),
        _argument("layer", {"type": "string", "enum": ["reach_gaps", "reach_sites"]}, what="Of a GeoJSON."),
    ),
    "/api/plans": _get("The newest plans.", {_JSON: _OBJECT}),
    "/api/plans/{plan}/regions.geojson": _get("A plan's regions.", {_GEOJSON: _ref("FeatureCollection")}, _PLAN),
    "/api/plans/{plan}/assignment.csv": _get("A plan's units, each with its region.", {"text/csv": _TEXT}, _PLAN),
    "/api/plans/{plan}/review": _get(
        "All that is to be said about a plan in words: scores, hubs, offices, what can't be met, what changes.",
        {_JSON: _OBJECT},
        _PLAN,
        _WEIGHTS,
    ),
    "/api/plans/{plan}/borders.geojson": _get(
        "A plan's border pieces: blocks, regions, metres, and the share of near-optimal plans in which each stands.",
        {_GEOJSON: _ref("FeatureCollection")},
        _PLAN,
    ),
    "/api/plans/{plan}/borders/{number}": _get(
        "Why one border piece runs where it does, with what the other choices would cost.",
        {_JSON: _OBJECT},
        _PLAN,
        _path("number", "The border piece's number.", {"type": "integer", "minimum": 1}),
    ),
    "/api/plans/{plan}/report.html": _get(
        "A plan's report, one page that opens with no network.", {"text/html": _TEXT}, _PLAN
    ),
    "/api/plans/{plan}/report.pdf": _get(
        "A plan's report as a PDF.", {"application/pdf": {"type": "string", "format": "binary"}}, _PLAN
    ),
    "/api/proposals": {
        **_get("The alternatives that were proposed together last, with their scores.", {_JSON: _OBJECT}, _WEIGHTS),
        "post": {
            "summary": "Have alternatives made, behind the pages; planners and administrators. The body may hold only "
            "(a list of codes of streets and communities), min_households and max_households.",
            "requestBody": {"content": {_JSON: {"schema": _OBJECT}}},
            "responses": {"202": {"description": "Ordered.", "content": {_JSON: {"schema": _OBJECT}}}},
        },
    },
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
