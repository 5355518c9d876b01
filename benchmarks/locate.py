"""`/api/locate` at random places of the built-up area, through HTTP, one after the other."""

import random
import urllib.request

from benchmarks import measure
from benchmarks.served import ADDRESS, ROUTE, first_answer, home, serving


def run() -> list[dict]:
    random.seed(1)
    with serving(home(), until="/readyz"):
        # the map of walks is made in the first seconds of each worker
        first_answer(ROUTE)

        def locate() -> None:
            lon, lat = random.uniform(122.045, 122.085), random.uniform(37.495, 37.53)
            with urllib.request.urlopen(f"{ADDRESS}/api/locate?lon={lon}&lat={lat}", timeout=30) as answer:
                answer.read()

        return [measure.calls(locate, 500)]
