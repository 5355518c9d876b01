"""`/api/route` from random places of the built-up area to random stairwells, through HTTP, one after the other."""

import json
import random
import urllib.error

from benchmarks import measure
from benchmarks.served import ADDRESS, first_answer, get, home, serving

NEAR_M = 1_500
"""Walks of people in office lead so far at most; those across the whole district are a case of their own."""


def stairwells() -> list[tuple[str, list[float]]]:
    """Codes and places of all stairwells."""
    found, path = [], "/api/layers/stairwells.geojson?limit=10000&geometry=point"
    while path:
        page = json.loads(get(path))
        found += [(one["properties"]["code"], one["geometry"]["coordinates"]) for one in page["features"]]
        path = (page["next"] or "").removeprefix(ADDRESS) or None
    return found


def run() -> list[dict]:
    random.seed(1)
    with serving(home(), until="/readyz"):
        doors = stairwells()

        def address(far: bool) -> str:
            code, (lon, lat) = random.choice(doors)
            if far:
                _, (lon, lat) = random.choice(doors)
            else:
                lon += random.uniform(-NEAR_M, NEAR_M) / 88_000
                lat += random.uniform(-NEAR_M, NEAR_M) / 111_000
            return f"/api/route?from={lon:.6f},{lat:.6f}&to={code}"

        def ask(far: bool) -> None:
            try:
                get(address(far))
            except urllib.error.HTTPError as error:
                # a random start may lie in the sea
                if error.code != 404:
                    raise

        waited = first_answer(address(far=True))
        return [
            {"what": "both workers answer, after the page is ready", "seconds": round(waited, 1)},
            {"what": "within about 1.5 km", **measure.calls(lambda: ask(False), 500)},
            {"what": "from anywhere to anywhere", **measure.calls(lambda: ask(True), 500)},
        ]
