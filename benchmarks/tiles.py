"""One tile of each layer at zooms 11, 14 and 16, made anew and from the cache."""

import json
import math
import urllib.request

from benchmarks import measure
from benchmarks.served import ADDRESS, home, serving

PLACE = (122.062, 37.528)
ZOOMS = (11, 14, 16)
LAYERS = (
    "streets",
    "communities",
    "compounds",
    "buildings",
    "ways",
    "barriers",
    "gates",
    "ground",
    "isolation",
    "grids",
    "regions",
)


def _fetch(path: str) -> bytes:
    with urllib.request.urlopen(ADDRESS + path, timeout=60) as answer:
        return answer.read()


def _tile(zoom: int) -> tuple[int, int]:
    lon, lat = PLACE
    side = 2**zoom
    return int((lon + 180) / 360 * side), int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side)


def run() -> list[dict]:
    rows = []
    with serving(home(), until="/readyz"):
        for layer in LAYERS:
            described = json.loads(_fetch(f"/tiles/{layer}.json"))
            for zoom in ZOOMS:
                if not described["minzoom"] <= zoom <= described["maxzoom"]:
                    continue
                x, y = _tile(zoom)
                path = described["tiles"][0].format(z=zoom, x=x, y=y).removeprefix(ADDRESS)
                around = [
                    path.replace(f"/{x}/{y}.", f"/{x + dx}/{y + dy}.") for dx in range(-2, 3) for dy in range(-2, 3)
                ]
                fresh = iter(around)
                made = measure.calls(lambda fresh=fresh: _fetch(next(fresh)), len(around))
                kept = measure.calls(lambda path=path: _fetch(path), 50)
                rows.append(
                    {
                        "layer": layer,
                        "zoom": zoom,
                        "bytes": len(_fetch(path)),
                        **{f"new_{key}": value for key, value in made.items()},
                        **{f"kept_{key}": value for key, value in kept.items()},
                    }
                )
    return rows
