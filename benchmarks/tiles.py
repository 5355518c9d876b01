"""One tile of each layer at zooms 11, 14 and 16: made anew, from the cache, and by TiPg from the same tables.

TiPg has no cache of tiles, so its figures stand beside those of tiles made anew; it is asked for the attributes that
both have. Some of gridmap's tiles hold more: points for labels, outlines thinned to the zoom, a leader, a class.
"""

import json
import math
import sys
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import quote

from sqlalchemy.engine import make_url

from benchmarks import measure
from benchmarks.served import ADDRESS, home, server, serving
from gridmap.database import tables
from gridmap.database.tile_layers import TILE_LAYERS

PLACE = (122.062, 37.528)
ZOOMS = (11, 14, 16)
CALLS = 60
ANEW, TIPG = "http://127.0.0.1:8766", "http://127.0.0.1:8767"
STORED = {
    name: tables.plan_regions if name == "regions" else tables.layer_table(name)
    for name in (
        "streets",
        "communities",
        "compounds",
        "buildings",
        "stairwells",
        "gates",
        "barriers",
        "ways",
        "ground",
        "centres",
        "facilities",
        "isolation",
        "gate_proposals",
        "grids",
        "regions",
    )
}
"""The layers with the tables that TiPg makes its tiles from."""


def run() -> list[dict]:
    rows = []
    with serving(home(), until="/readyz"), ExitStack() as others:
        url = measure.said(*measure.GRIDMAP, "db", "url", GRIDMAP_HOME=str(home()))
        gunicorn = (sys.executable, "-m", "gunicorn", "--bind", ANEW.removeprefix("http://"), "benchmarks.uncached:app")
        others.enter_context(
            server(*gunicorn, "--worker-class", "gthread", until=f"{ANEW}/healthz", GRIDMAP_DATABASE_URL=url)
        )
        servers = {"gridmap, made anew": _own(ANEW), "gridmap, from its cache": _own(ADDRESS)}
        try:
            peer = f"TiPg {version('tipg')}, made anew"
        except PackageNotFoundError:
            rows.append({"server": "TiPg", "absent": "tipg isn't installed; `make bench` installs it"})
        else:
            others.enter_context(_tipg(url))
            servers[peer] = _peer
        for layer in STORED:
            described = _described(ADDRESS, layer)
            for zoom in ZOOMS:
                if described["minzoom"] <= zoom <= described["maxzoom"]:
                    rows += [
                        {"layer": layer, "zoom": zoom, "server": name, **_taken(address(layer, zoom))}
                        for name, address in servers.items()
                    ]
    return rows


def _tipg(url: str) -> AbstractContextManager[float]:
    """TiPg on the same database, with as many features in a tile and as wide a margin."""
    variables = {
        "DATABASE_URL": _in_its_form(url),
        "TIPG_DB_SCHEMAS": '["gridmap"]',
        "TIPG_MAX_FEATURES_PER_TILE": "20000",
        "TIPG_TILE_BUFFER": "64",
        "TIPG_CATALOG_TTL": "0",
    }
    command = (sys.executable, "-m", "uvicorn", "tipg.main:app", "--port", TIPG.rpartition(":")[2])
    return server(*command, "--log-level", "warning", until=f"{TIPG}/healthz", **variables)


def _in_its_form(url: str) -> str:
    """The address of the private server with the socket's folder in the place of a host, where TiPg wants one."""
    parsed = make_url(url)
    folder = quote(str(parsed.query["host"]), safe="")
    return f"postgresql://{parsed.username}@{folder}:{parsed.query['port']}/{parsed.database}"


def _own(address: str) -> Callable[[str, int], str]:
    def tile(layer: str, zoom: int) -> str:
        x, y = _tile(zoom)
        return _described(address, layer)["tiles"][0].format(z=zoom, x=x, y=y)

    return tile


def _peer(layer: str, zoom: int) -> str:
    table = STORED[layer]
    x, y = _tile(zoom)
    both = ",".join(name for name in TILE_LAYERS[layer].fields if name in table.c)
    return f"{TIPG}/collections/{table.fullname}/tiles/WebMercatorQuad/{zoom}/{x}/{y}?properties={both}"


def _taken(address: str) -> dict[str, object]:
    for _ in range(8):  # every process of a server has it once, where it keeps it
        size = len(_fetch(address))
    return {"bytes": size, **measure.calls(lambda: _fetch(address), CALLS)}


def _described(address: str, layer: str) -> dict:
    with urllib.request.urlopen(f"{address}/tiles/{layer}.json", timeout=60) as answer:
        return json.load(answer)


def _fetch(address: str) -> bytes:
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def _tile(zoom: int) -> tuple[int, int]:
    lon, lat = PLACE
    side = 2**zoom
    return int((lon + 180) / 360 * side), int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side)
