"""`python -m benchmarks [CASE …]`: run cases, print them, and write each to `benchmarks/results/CASE.json`.

A peer that isn't there has a row that says so.
"""

import importlib
import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

CASES = ("page", "tiles", "locate", "route", "phone", "load", "export", "sample", "analyses", "regions", "polygons")
"""In an order in which the pages are first: what they load serves the tiles as well."""
RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, object]:
    """What the figures are measured on; `busy`: processes at work over the last minute, before it begins."""
    info = Path("/proc/cpuinfo")
    names = (
        [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        if info.exists()
        else []
    )
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "busy": round(os.getloadavg()[0], 1),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }


def main(names: list[str]) -> int:
    """Run these cases, all of them where none is named."""
    unknown = set(names) - set(CASES)
    if unknown:
        print(f"There is no case {', '.join(sorted(unknown))}; there are {', '.join(CASES)}.", file=sys.stderr)
        return 2
    RESULTS.mkdir(exist_ok=True)
    for name in names or CASES:
        case, here = importlib.import_module(f"benchmarks.{name}"), machine()
        began = time.monotonic()
        print(f"\n{name}: {case.__doc__.splitlines()[0]}")
        rows = case.run()
        for row in rows:
            print("  " + "  ".join(f"{key}={value}" for key, value in row.items()))
        result = {
            "case": name,
            "command": f"make bench CASE={name}",
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - began),
            "machine": here,
            "rows": rows,
        }
        (RESULTS / f"{name}.json").write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    return 0


sys.exit(main(sys.argv[1:]))
