"""From `gridmap serve` in an empty home to the first page, the second time, and to all analyses done."""

from benchmarks.served import folder_of, home, serving


def run() -> list[dict]:
    folder = folder_of("page") if home().exists() else home()
    with serving(folder, until="/") as first:
        pass
    with serving(folder, until="/") as second:
        pass
    with serving(folder, until="/readyz") as ready:
        pass
    return [
        {"what": "first page, empty home", "seconds": round(first, 1)},
        {"what": "first page, second start", "seconds": round(second, 1)},
        {"what": "all analyses done, third start", "seconds": round(ready, 1)},
    ]
